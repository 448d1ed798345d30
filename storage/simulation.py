"""A simulation's own look at its throw-away database: who is to be reached, what left, and what did not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, exists, func, select, text, update

from domain.delivery import ChannelName
from domain.hearing import HearingStatus
from domain.notice import NoticeKind, NoticeState, Priority, Purpose
from domain.roles import Role
from storage.database import vault_of
from storage.deliveries import TEXT
from storage.endpoints import ADDRESS
from storage.schema import (
    WAITING_SQL,
    case,
    court,
    delivery,
    endpoint,
    hearing,
    hearing_party,
    notice,
    participation,
    person,
    start_token,
    verdict,
)

LEFT = (NoticeState.SENT, NoticeState.DELIVERED)


class Due(NamedTuple):
    """When the next notice may leave (aware, UTC), and by which lane."""

    at: datetime
    lane_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentText:
    """One text as it left. `at` is aware and in UTC; `to` is the address; several cases when it was a bundle."""

    at: datetime
    court: str
    cases: tuple[str, ...]
    role: Role | None
    to: str
    channel: ChannelName
    language: str
    kind: NoticeKind
    purpose: Purpose | None
    segments: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """So many notices of one kind that did not leave: where they ended or wait, and the last reason given."""

    kind: NoticeKind
    state: NoticeState
    reason: str | None
    count: int


def cases_of_nobody(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Return (id, court_id) of every case that has a hearing and names nobody."""
    query = select(case.c.id, case.c.court_id).where(
        exists().where(hearing.c.case_id == case.c.id), ~exists().where(participation.c.case_id == case.c.id)
    )
    return list(connection.execute(query.order_by(case.c.id)))


def hearings_of(connection: Connection, case_ids: Sequence[int]) -> list[Row[*tuple[Any, ...]]]:
    """Return (case_id, id) of every hearing of these cases."""
    query = select(hearing.c.case_id, hearing.c.id).where(hearing.c.case_id.in_(case_ids))
    return list(connection.execute(query.order_by(hearing.c.id)))


def people(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """Return (id, court_id, language, has_token) of everybody; has_token: their paper has a Telegram link on it."""
    has_token = exists().where(start_token.c.person_id == person.c.id).label("has_token")
    query = select(person.c.id, person.c.court_id, person.c.language, has_token)
    return list(connection.execute(query.order_by(person.c.id)))


def set_languages(connection: Connection, languages: Iterable[tuple[int, str]]) -> None:
    """Give people a language: pairs of person and tag."""
    rows = [{"who": person_id, "tag": tag} for person_id, tag in languages]
    if rows:
        connection.execute(
            update(person).where(person.c.id == bindparam("who")).values(language=bindparam("tag")), rows
        )


def hearing_ids(connection: Connection) -> list[int]:
    """Return the ids of all hearings."""
    return list(connection.execute(select(hearing.c.id).order_by(hearing.c.id)).scalars())


def next_due(connection: Connection, lane_ids: Iterable[int]) -> Due | None:
    """Return when and on which of these lanes the next notice is due; None when none waits.

    It asks the dispatcher's own index, so it takes the same time however many wait.
    """
    dues = (
        (connection.execute(_NEXT_DUE, {"lane": lane_id, "priority": int(priority)}).scalar(), lane_id)
        for lane_id in lane_ids
        for priority in Priority
    )
    return min((Due(at, lane_id) for at, lane_id in dues if at is not None), default=None)


def sent(connection: Connection) -> Iterator[SentText]:
    """Go through every text that left, in the order of time."""
    open_value = vault_of(connection).open
    for _, carried in groupby(connection.execute(_SENT), attrgetter("id")):
        rows = list(carried)
        lead = rows[0]
        yield SentText(
            at=lead.created_at,
            court=lead.key,
            cases=tuple(dict.fromkeys(row.number for row in rows if row.number is not None)),
            role=lead.role,
            to=open_value(lead.address, ADDRESS),
            channel=lead.channel,
            language=lead.language,
            kind=lead.kind,
            purpose=lead.purpose,
            segments=lead.segments,
            text=open_value(lead.text, TEXT),
        )


def not_sent(connection: Connection) -> list[NotSent]:
    """Count the notices that did not leave."""
    query = (
        select(notice.c.kind, notice.c.state, notice.c.reason, func.count().label("count"))
        .where(notice.c.state.not_in(LEFT))
        .group_by(notice.c.kind, notice.c.state, notice.c.reason)
        .order_by(notice.c.kind, notice.c.state, notice.c.reason)
    )
    return [
        NotSent(kind=row.kind, state=row.state, reason=row.reason, count=row[3]) for row in connection.execute(query)
    ]


def held(connection: Connection) -> dict[str, int]:
    """Count, for each reason of the gate's, the notices that it held back for a while."""
    query = (
        select(verdict.c.reason, func.count(verdict.c.notice_id.distinct()).label("held"))
        .where(verdict.c.decision == "hold")
        .group_by(verdict.c.reason)
        .order_by(verdict.c.reason)
    )
    return {row.reason: row.held for row in connection.execute(query)}


def told_of(connection: Connection, *, since: datetime, until: datetime) -> tuple[int, int]:
    """Count the people of each hearing that is on from `since` until before `until`; and those of them told nothing."""
    told = exists().where(
        notice.c.hearing_id == hearing_party.c.hearing_id,
        notice.c.participation_id == hearing_party.c.participation_id,
        notice.c.state.in_(LEFT),
    )
    coming = (
        select(func.count())
        .select_from(hearing_party)
        .join(hearing, hearing.c.id == hearing_party.c.hearing_id)
        .where(hearing.c.starts_at >= since, hearing.c.starts_at < until, hearing.c.status == HearingStatus.SCHEDULED)
    )
    return connection.execute(coming).scalar_one(), connection.execute(coming.where(~told)).scalar_one()


_NEXT_DUE = select(func.min(notice.c.due_at)).where(
    text(WAITING_SQL), notice.c.lane_id == bindparam("lane"), notice.c.priority == bindparam("priority")
)
_SENT = (
    select(
        delivery.c.id,
        delivery.c.created_at,
        delivery.c.text,
        delivery.c.language,
        delivery.c.segments,
        notice.c.kind,
        notice.c.purpose,
        court.c.key,
        case.c.number,
        participation.c.role,
        endpoint.c.channel,
        endpoint.c.address,
    )
    .join(notice, notice.c.delivery_id == delivery.c.id)
    .join(court, court.c.id == notice.c.court_id)
    .join(endpoint, endpoint.c.id == delivery.c.endpoint_id)
    .outerjoin(case, case.c.id == notice.c.case_id)
    .outerjoin(participation, participation.c.id == notice.c.participation_id)
    .order_by(delivery.c.created_at, delivery.c.id, notice.c.id)
)
