"""A hearing as the court's calendar states it, and what a change of it means to people."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.record import record


class HearingStatus(StrEnum):
    """Where a hearing stands. CONTINUED: put off without a new date yet."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    CONTINUED = "continued"
    HELD = "held"

    @property
    def is_on(self) -> bool:
        """Whether people are expected to come."""
        return self is HearingStatus.SCHEDULED


class Outcome(StrEnum):
    """What staff recorded of a hearing that was held."""

    APPEARED = "appeared"
    DID_NOT_APPEAR = "did_not_appear"


class Mode(StrEnum):
    """How people take part."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"


class Confidentiality(StrEnum):
    """Who may learn that a case exists. Only PUBLIC cases answer to their number."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    JUVENILE = "juvenile"
    SEALED = "sealed"


class ChangeKind(StrEnum):
    """One way in which a hearing differs from what was said before."""

    NEW = "new"
    EARLIER = "moved_earlier"
    LATER = "moved_later"
    ROOM = "room"
    MODE = "mode"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"


@record(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What of a hearing matters to people: any difference in it makes a new revision.

    `starts_at` is an instant (aware, UTC); the court has the zone. `place` is the building when it is not the
    court's own; `courtroom` is as the feed writes it. `join_url` and `mode` count as one: how to take part.
    """

    starts_at: datetime
    status: HearingStatus = HearingStatus.SCHEDULED
    courtroom: str | None = None
    place: str | None = None
    mode: Mode = Mode.IN_PERSON
    join_url: str | None = None

    def __post_init__(self) -> None:
        """Refuse an instant that is not UTC.

        Raises:
            InvalidInputError: If `starts_at` is naive or in another zone.
        """
        if self.starts_at.utcoffset() != timedelta(0):
            raise InvalidInputError("starts_at", "must be an aware UTC datetime")


def changes_between(old: Appearance, new: Appearance) -> frozenset[ChangeKind]:
    """Say how `new` differs from `old` for people; empty when it does not.

    A hearing that stops being on is CANCELLED and nothing else; one that is on again is REINSTATED, with the
    differences of time, room and mode beside it.
    """
    if old.status.is_on and not new.status.is_on:
        return frozenset({ChangeKind.CANCELLED}) if new.status is not HearingStatus.HELD else frozenset()
    if not new.status.is_on:
        return frozenset()
    found: set[ChangeKind] = set()
    if not old.status.is_on:
        found.add(ChangeKind.REINSTATED)
    if new.starts_at < old.starts_at:
        found.add(ChangeKind.EARLIER)
    if new.starts_at > old.starts_at:
        found.add(ChangeKind.LATER)
    if (old.courtroom, old.place) != (new.courtroom, new.place):
        found.add(ChangeKind.ROOM)
    if (old.mode, old.join_url) != (new.mode, new.join_url):
        found.add(ChangeKind.MODE)
    return frozenset(found)
