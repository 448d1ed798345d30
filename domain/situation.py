"""What decides over a person's notices about a hearing: people in one situation get the same, but for their ids."""

from datetime import datetime
from typing import NamedTuple, TypeAlias

from domain.consent import Standing
from domain.hearing import Appearance, HearingStatus
from domain.hearing_view import HearingView, Told
from domain.roles import Role

Ids: TypeAlias = tuple[int, int, int]
"""Of a hearing, a participation and a person."""
NOBODY: Ids = (0, 0, 0)
OTHER = "other"


class Heard(NamedTuple):
    """What somebody was last told of the hearing, and how it differs now but for start and status (see `Told`).

    `since` is None where it is so long ago that no reminder comes too soon after it.
    """

    revision: int
    starts_at: datetime
    status: HearingStatus
    is_settled: bool
    since: datetime | None
    is_elsewhere: bool  # another room or place now
    is_otherwise: bool  # another way to take part now


class Situation(NamedTuple):
    """Where somebody stands who is enrolled, has no outcome, and for whom nothing of this revision was ever planned."""

    role: Role
    revision: int
    starts_at: datetime
    status: HearingStatus
    heard: Heard | None = None
    reminded: tuple[tuple[str, datetime], ...] = ()

    def view(self, ids: Ids = NOBODY, *, long_ago: datetime) -> HearingView:
        """Return a view of somebody in this situation, all that does not matter left out."""
        hearing_id, participation_id, person_id = ids
        heard = self.heard
        appearance = Appearance(
            starts_at=self.starts_at,
            status=self.status,
            courtroom=OTHER if heard is not None and heard.is_elsewhere else None,
            join_url=OTHER if heard is not None and heard.is_otherwise else None,
        )
        return HearingView(
            hearing_id=hearing_id,
            participation_id=participation_id,
            person_id=person_id,
            role=self.role,
            revision=self.revision,
            appearance=appearance,
            standing=Standing.GRANTED,
            told=None if heard is None else _told(heard, long_ago),
            reminded=self.reminded,
        )


def situation_of(view: HearingView, *, long_ago: datetime) -> Situation:
    """Return somebody's situation; who was first told of the hearing before `long_ago` is told long ago."""
    now, told = view.appearance, view.told
    heard = None
    if told is not None:
        then = told.appearance
        heard = Heard(
            revision=told.revision,
            starts_at=then.starts_at,
            status=then.status,
            is_settled=told.is_settled,
            since=told.since if told.since > long_ago else None,
            is_elsewhere=(then.courtroom, then.place) != (now.courtroom, now.place),
            is_otherwise=(then.mode, then.join_url) != (now.mode, now.join_url),
        )
    return Situation(view.role, view.revision, now.starts_at, now.status, heard, view.reminded)


def _told(heard: Heard, long_ago: datetime) -> Told:
    return Told(
        revision=heard.revision,
        appearance=Appearance(starts_at=heard.starts_at, status=heard.status),
        is_settled=heard.is_settled,
        since=heard.since or long_ago,
    )
