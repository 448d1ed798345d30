"""Why somebody did, or did not, get a text: a timeline in plain words, for staff."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from domain.delivery import Address, ChannelName, DeliveryState
from domain.errors import NotFoundError
from domain.notice import NoticeState
from domain.phone import Phone, parse_phone
from domain.reasons import SENTENCES, Reason
from storage import why
from storage.why import Trail

AnyRow = Row[*tuple[Any, ...]]

STATES = {
    NoticeState.PLANNED: "waits for its time",
    NoticeState.HELD: "is held back",
    NoticeState.CLAIMED: "is about to be sent",
    NoticeState.SENDING: "is being sent",
    NoticeState.UNKNOWN: "may have left: no answer came",
    NoticeState.SENT: "was sent",
    NoticeState.DELIVERED: "arrived",
    NoticeState.FAILED: "did not arrive",
    NoticeState.DROPPED: "was not sent",
    NoticeState.SUPERSEDED: "was not sent: a newer notice speaks instead",
    NoticeState.EXPIRED: "was not sent: its time had passed",
}
RECEIPTS = {
    DeliveryState.SENDING: "was given to the provider",
    DeliveryState.UNKNOWN: "got no answer from the provider",
    DeliveryState.ACCEPTED: "was accepted by the provider",
    DeliveryState.SENT: "was passed on to the carrier",
    DeliveryState.UNDELIVERED: "could not be delivered",
    DeliveryState.FAILED: "did not leave",
    DeliveryState.DELIVERED: "arrived on the phone",
    DeliveryState.READ: "was read",
}
OTHER_REASONS = {
    "planner": "The hearing, the people or the policy changed, and this was no longer wanted.",
    "unopened": "Its text or address could not be opened with the keys there are; it is tried again.",
    "unspeakable": "It could not be put into words whole and right, so nothing was sent.",
    "lane.down": "Its sender was down for longer than it could wait, so it goes to another phone or chat of theirs.",
    "lease.lost": "The process that was sending it stopped; whether it left is being found out.",
    "provider.not_found": "The provider never had it.",
    "restored": "The database came back from a backup and does not know whether it had been sent; the desk decides.",
}
DECISIONS = {"send": "may leave", "hold": "must wait", "drop": "must not leave", "detour": "goes another way"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened; `at` is aware and in UTC. `text` holds the words that were sent, where they were."""

    at: datetime
    what: str
    code: str | None = None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One notice from plan to end; `about` is the case's number. Instants are aware and in UTC."""

    notice_id: int
    kind: str
    court: str
    channel: str
    about: str | None
    hearing_id: int | None
    revision: int | None
    starts_at: datetime | None
    due_at: datetime
    state: str
    outcome: str
    moments: tuple[Moment, ...]


def tell(connection: Connection, whom: str, *, hearing_id: int | None = None) -> list[Story]:
    """Tell the story of every notice to a person, oldest first.

    `whom` is a person's id, a party id of a feed, or a telephone number; of a shared phone, everybody's. Ten digits and
    more are a number, and an id only where nobody we know has that number.

    Raises:
        NotFoundError: If nobody is known by it.
    """
    person_ids, endpoint_ids = _find(connection, whom.strip())
    if not person_ids and not endpoint_ids:
        raise NotFoundError("nobody is known by this id, party id or number")
    trails = why.trails(connection, person_ids=person_ids, endpoint_ids=endpoint_ids, hearing_id=hearing_id)
    return [_story(trail) for trail in trails]


def explain(reason: str) -> str:
    """Say a reason's code as a sentence; a provider's code stays as it is."""
    if reason in set(Reason):
        return SENTENCES[Reason(reason)]
    return OTHER_REASONS.get(reason, f"The provider said: {reason}.")


def _find(connection: Connection, whom: str) -> tuple[list[int], list[int]]:
    by_key = why.people_by_key(connection, whom)
    if by_key:
        return by_key, []
    may_be_id = whom.isascii() and whom.isdigit() and len(whom) <= LONGEST_ID
    if not may_be_id or len(whom) >= SHORTEST_NUMBER:
        person_ids, endpoint_ids = _at_number(connection, whom)
        if endpoint_ids or not may_be_id:
            return person_ids, endpoint_ids
    return why.people_by_id(connection, int(whom)), []


def _at_number(connection: Connection, whom: str) -> tuple[list[int], list[int]]:
    number = parse_phone(whom, region=REGION, allow_fictional=True)
    return why.people_at(connection, Address(ChannelName.SMS, number.e164)) if isinstance(number, Phone) else ([], [])


REGION = "US"  # whose way of writing numbers without a country code is understood
SHORTEST_NUMBER = 10  # digits; with fewer it is a person's id
LONGEST_ID = 18  # digits; so many fit into 64 bits


def _story(trail: Trail) -> Story:
    row = trail.notice
    return Story(
        notice_id=row.id,
        kind=str(row.kind),
        court=row.court_key,
        channel=str(row.channel),
        about=row.number,
        hearing_id=row.hearing_id,
        revision=row.revision,
        starts_at=row.starts_at,
        due_at=row.due_at,
        state=str(row.state),
        outcome=_outcome(row),
        moments=tuple(sorted(_moments(trail), key=lambda moment: moment.at)),
    )


def _outcome(row: AnyRow) -> str:
    said = STATES[row.state]
    return f"{said}. {explain(row.reason)}" if row.reason else f"{said}."


def _moments(trail: Trail) -> Iterable[Moment]:
    yield Moment(trail.notice.created_at, "was planned")
    for ruling in trail.verdicts:
        until = f" until {ruling.until:%Y-%m-%d %H:%M} UTC" if ruling.until else ""
        yield Moment(ruling.at, f"{DECISIONS[ruling.decision]}{until}: {explain(ruling.reason)}", ruling.reason)
    for made, text in zip(trail.deliveries, trail.texts, strict=True):
        yield Moment(made.created_at, f"was given to the provider (attempt {made.attempt}){_removed(made)}", None, text)
        if made.settled_at is not None and made.state in _ANSWERS:
            yield Moment(made.settled_at, RECEIPTS[made.state], made.error_code)
    for said in trail.receipts:
        yield Moment(said.at, RECEIPTS[said.state], said.error_code)


def _removed(made: AnyRow) -> str:
    """Say that a text is gone, and the digest that proves what it was: the record's chain holds the same."""
    if made.redacted_at is None:
        return ""
    return f"; text removed on {made.redacted_at:%Y-%m-%d}; digest {made.text_digest.hex()[:32]}"


_ANSWERS = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED})
