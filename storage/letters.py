"""All that the gate and the wording look at for a batch of notices, read in a few bulk queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, false, func, or_, select, text
from sqlalchemy import case as when

from domain.consent import ConsentEvent
from domain.delivery import ChannelName, DeliveryState
from domain.gate import LOOP_WINDOW, EndpointState
from domain.hearing import Appearance, Confidentiality, Outcome
from domain.notice import NoticeKind, NoticeState, Purpose
from domain.roles import Role
from storage import consents
from storage.cases import IS_MINOR
from storage.hearings import APPEARANCE, at_revisions
from storage.prepared import Prepared, one_of
from storage.schema import (
    case,
    court,
    delivery,
    endpoint,
    hearing,
    hearing_party,
    notice,
    participation,
    person,
    person_endpoint,
    task,
)

DAY = timedelta(days=1)
RECEIPT_WAIT = timedelta(minutes=15)
"""So long a correction waits for the receipt of the message that it corrects; most come within seconds."""
LEFT_NOTHING = (DeliveryState.FAILED, DeliveryState.UNDELIVERED)
ON_ITS_WAY = (NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT)


class LetterRow(NamedTuple):
    """A notice with all of its own facts. What it has none of is None: a reply has no hearing, a watch no person.

    `minor`, that its case is about somebody who is not of age, is read only for who has no part in it: it decides over
    them alone. What is None together is not said to be optional one by one. A named tuple, for a batch looks at
    thousands of these fields.
    """

    id: int
    kind: NoticeKind
    purpose: Purpose | None
    priority: int
    endpoint_id: int
    court_id: int
    person_id: Any
    participation_id: Any
    case_id: Any
    hearing_id: Any
    revision: int | None
    told_revision: Any
    changed: str | None
    asks_attendance: bool
    bundle_key: str | None
    dedupe_key: str
    text: Any
    due_at: datetime
    expires_at: datetime
    attempts: int
    channel: ChannelName
    address: bytes
    endpoint_language: str | None
    endpoint_state: EndpointState
    carrier_stopped: bool
    foreign_held: bool
    person_language: str | None
    in_custody: bool | None
    role: Role | None
    number: Any
    confidentiality: Confidentiality | None
    minor: bool
    current_revision: int | None
    starts_at: Any
    status: Any
    courtroom: str | None
    place: str | None
    mode: Any
    join_url: str | None
    outcome: Outcome | None


class Seat(NamedTuple):
    """That somebody has a role in a case."""

    person_id: int
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is true around a batch of notices.

    `today` counts texts by endpoint, `replied_today` and `replied_lately` replies only. `written` holds the
    (endpoint, court) pairs that something may have left for. `seats`: who of an endpoint's people has which role in a
    case. `handed`: since when an endpoint is not another's, by (person, endpoint) as `consents.handed_over` says.
    `told`: a hearing as a revision said. `on_its_way`: until when an earlier message about (hearing, participation) is
    waited for. `clashes`: the (hearing, person) pairs that the desk has yet to decide about.
    """

    said: Mapping[int, Sequence[ConsentEvent]]
    feeds: Mapping[int, datetime | None]
    today: Mapping[int, int]
    replied_today: Mapping[int, int]
    replied_lately: Mapping[int, int]
    written: frozenset[tuple[int, int]]
    seats: Mapping[tuple[int, int], set[Seat]]
    handed: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    told: Mapping[tuple[int, int], Appearance] = field(default_factory=dict)
    on_its_way: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    clashes: frozenset[tuple[int, int]] = frozenset()


def load(connection: Connection, notice_ids: Sequence[int]) -> list[LetterRow]:
    """Return one row a notice, in the given order."""
    if not notice_ids:
        return []
    found = _LETTERS.all(connection, notices=notice_ids)
    rows = {row.id: row for row in map(LetterRow._make, found)}
    return [rows[notice_id] for notice_id in notice_ids if notice_id in rows]


def surroundings(connection: Connection, rows: Sequence[LetterRow], *, now: datetime) -> Surroundings:
    """Read what is true around these notices at `now`."""
    endpoint_ids = {row.endpoint_id for row in rows}
    history = _history(connection, endpoint_ids, now)
    return Surroundings(
        said=consents.of_endpoints(connection, endpoint_ids),
        feeds=dict(_FEEDS.all(connection, courts={row.court_id for row in rows})),
        today=history.today,
        replied_today=history.replied_today,
        replied_lately=history.replied_lately,
        written=frozenset(history.written),
        seats=seats(connection, endpoint_ids),
        handed=consents.handed_over(connection, endpoint_ids),
        told=at_revisions(
            connection, {(row.hearing_id, row.told_revision) for row in rows if row.told_revision is not None}
        ),
        on_its_way=_on_its_way(connection, [row for row in rows if row.kind is NoticeKind.CORRECTION]),
        clashes=_clashes(connection),
    )


def seats(connection: Connection, endpoint_ids: Collection[int]) -> dict[tuple[int, int], set[Seat]]:
    """Return, by (endpoint, case), who of the people of these endpoints has which role there."""
    found: dict[tuple[int, int], set[Seat]] = defaultdict(set)
    for endpoint_id, case_id, *seat in _SEATS.all(connection, endpoints=endpoint_ids):
        found[endpoint_id, case_id].add(Seat._make(seat))
    return found


@dataclass(slots=True)
class _History:
    """What may have left to endpoints, counted, and which courts have written to them at all."""

    today: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    replied_today: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    replied_lately: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    written: set[tuple[int, int]] = field(default_factory=set)


def _history(connection: Connection, endpoint_ids: Collection[int], now: datetime) -> _History:
    history = _History()
    recent = {"day_ago": now - DAY, "window_ago": now - LOOP_WINDOW}
    for endpoint_id, court_id, texts, replies, replies_lately in _HISTORY.all(
        connection, endpoints=endpoint_ids, **recent
    ):
        history.today[endpoint_id] += texts
        history.replied_today[endpoint_id] += replies
        history.replied_lately[endpoint_id] += replies_lately
        history.written.add((endpoint_id, court_id))
    return history


def _on_its_way(connection: Connection, corrections: Sequence[LetterRow]) -> dict[tuple[int, int], datetime]:
    """Return until when a correction must wait; a Telegram message that was accepted is there."""
    if not corrections:
        return {}
    query = (
        select(notice.c.hearing_id, notice.c.participation_id, func.max(notice.c.left_at).label("left_at"))
        .join(endpoint, endpoint.c.id == notice.c.endpoint_id)
        .join(hearing, hearing.c.id == notice.c.hearing_id)
        .where(
            notice.c.hearing_id.in_({row.hearing_id for row in corrections}),
            notice.c.revision < hearing.c.revision,
            notice.c.state.in_(ON_ITS_WAY),
            or_(notice.c.state != NoticeState.SENT, endpoint.c.channel == ChannelName.SMS),
        )
        .group_by(notice.c.hearing_id, notice.c.participation_id)
    )
    return {
        (row.hearing_id, row.participation_id): row.left_at + RECEIPT_WAIT
        for row in connection.execute(query)
        if row.left_at is not None
    }


def _clashes(connection: Connection) -> frozenset[tuple[int, int]]:
    return frozenset(_CLASHES.all(connection))


_FEEDS = Prepared(select(court.c.id, court.c.feed_seen_at).where(one_of(court.c.id, "courts")))
_WITHIN_A_DAY = delivery.c.created_at > bindparam("day_ago")
_LATELY = delivery.c.created_at > bindparam("window_ago")
_IS_REPLY = notice.c.kind == NoticeKind.REPLY
_HISTORY = Prepared(
    select(
        delivery.c.endpoint_id,
        notice.c.court_id,
        func.sum(when((_WITHIN_A_DAY, 1), else_=0)),
        func.sum(when((_WITHIN_A_DAY & _IS_REPLY, 1), else_=0)),
        func.sum(when((_LATELY & _IS_REPLY, 1), else_=0)),
    )
    .join(notice, notice.c.id == delivery.c.notice_id)
    .where(one_of(delivery.c.endpoint_id, "endpoints"), *(delivery.c.state != state for state in LEFT_NOTHING))
    .group_by(delivery.c.endpoint_id, notice.c.court_id)
)
_SEATS = Prepared(
    select(person_endpoint.c.endpoint_id, participation.c.case_id, person_endpoint.c.person_id, participation.c.role)
    .join(participation, participation.c.person_id == person_endpoint.c.person_id)
    .where(
        one_of(person_endpoint.c.endpoint_id, "endpoints"),
        person_endpoint.c.ended_at.is_(None),
        participation.c.ended_at.is_(None),
    )
)
_CLASHES = Prepared(
    select(task.c.hearing_id, task.c.person_id).where(text("state = 'open'"), task.c.kind == "conflict")
)
_IS_STRANGER = or_(participation.c.role.is_(None), participation.c.role == Role.FOLLOWER)
_LETTERS = Prepared(
    select(
        notice.c.id,
        notice.c.kind,
        notice.c.purpose,
        notice.c.priority,
        notice.c.endpoint_id,
        notice.c.court_id,
        notice.c.person_id,
        notice.c.participation_id,
        notice.c.case_id,
        notice.c.hearing_id,
        notice.c.revision,
        notice.c.told_revision,
        notice.c.changed,
        notice.c.asks_attendance,
        notice.c.bundle_key,
        notice.c.dedupe_key,
        notice.c.text,
        notice.c.due_at,
        notice.c.expires_at,
        notice.c.attempts,
        endpoint.c.channel,
        endpoint.c.address,
        endpoint.c.language.label("endpoint_language"),
        endpoint.c.state.label("endpoint_state"),
        endpoint.c.carrier_stopped,
        endpoint.c.foreign_held,
        person.c.language.label("person_language"),
        person.c.in_custody,
        participation.c.role,
        case.c.number,
        case.c.confidentiality,
        when((_IS_STRANGER, IS_MINOR), else_=false()).label("minor"),
        hearing.c.revision.label("current_revision"),
        *(hearing.c[name] for name in APPEARANCE),
        hearing_party.c.outcome,
    )
    .select_from(notice)
    .join(endpoint, endpoint.c.id == notice.c.endpoint_id)
    .outerjoin(person, person.c.id == notice.c.person_id)
    .outerjoin(participation, participation.c.id == notice.c.participation_id)
    .outerjoin(case, case.c.id == notice.c.case_id)
    .outerjoin(hearing, hearing.c.id == notice.c.hearing_id)
    .outerjoin(
        hearing_party,
        (hearing_party.c.hearing_id == notice.c.hearing_id)
        & (hearing_party.c.participation_id == notice.c.participation_id),
    )
    .where(one_of(notice.c.id, "notices"))
)
