"""Notices that wait for a lane that is down, or gone: which can wait no longer, and how they change lanes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, TextClause, cast, exists, or_, select, text, true, update

from domain.court import Failover
from domain.gate import EndpointState
from domain.notice import WAITING, NoticeKind, Priority
from storage import lanes
from storage.columns import ID
from storage.schema import WAITING_SQL, endpoint, hearing, lane, notice, person_endpoint, verdict

AnyRow = Row[*tuple[Any, ...]]

BLIP = timedelta(minutes=1)
"""Nobody is written to another way because of a rest so short, unless their notice would expire in it."""
LAST_MOMENT = timedelta(minutes=1)
REASON = "lane.down"
DECISION = "detour"


@dataclass(frozen=True, slots=True)
class Down:
    """A lane by which nothing leaves before `opens_at`, and has not for `since` (both aware, UTC)."""

    lane_id: int
    since: datetime
    opens_at: datetime

    @property
    def lasts(self) -> timedelta:
        """How long it will have been down when it is next tried."""
        return self.opens_at - self.since


def down(connection: Connection, *, now: datetime) -> list[Down]:
    """Return the lanes that rest or are broken."""
    query = select(lane).where(or_(lane.c.paused_until > now, lane.c.broken_since.is_not(None))).order_by(lane.c.id)
    return [
        Down(row.id, row.broken_since or now, max(row.paused_until or now, now)) for row in connection.execute(query)
    ]


def stranded(
    connection: Connection,
    one: Down,
    court_id: int,
    policy: Failover,
    *,
    not_by: Collection[int],
    now: datetime,
    after: int,
    limit: int,
) -> list[AnyRow]:
    """Return, by id, due notices of a lane that can wait for it no longer and whose person has another endpoint.

    Only what has never left; a reply belongs to its conversation and stays. `after` is the last id of the page before.
    """
    other = (
        exists()
        .where(
            person_endpoint.c.person_id == notice.c.person_id,
            person_endpoint.c.endpoint_id != notice.c.endpoint_id,
            person_endpoint.c.ended_at.is_(None),
        )
        .where(
            endpoint.c.id == person_endpoint.c.endpoint_id,
            endpoint.c.state == EndpointState.ACTIVE,
            endpoint.c.lane_id.not_in(not_by),
        )
    )
    query = (
        select(notice.c.id, notice.c.person_id, notice.c.endpoint_id, notice.c.court_id, notice.c.case_id)
        .outerjoin(hearing, hearing.c.id == notice.c.hearing_id)
        .where(
            text("notice." + WAITING_SQL),
            notice.c.lane_id == one.lane_id,
            notice.c.priority.in_([int(priority) for priority in Priority]),
            notice.c.due_at <= now,
            notice.c.court_id == court_id,
            notice.c.kind != NoticeKind.REPLY,
            notice.c.left_at.is_(None),
            notice.c.id > after,
            _cannot_wait(one, policy),
            other,
        )
    )
    return list(connection.execute(query.order_by(notice.c.id).limit(limit)))


def take(connection: Connection, notice_id: int, *, endpoint_id: int, lane_id: int) -> bool:
    """Send a waiting notice to another endpoint; return False when it has left, or ended, meanwhile."""
    still = (notice.c.id == notice_id, notice.c.state.in_(WAITING), notice.c.left_at.is_(None))
    values = {"endpoint_id": endpoint_id, "lane_id": lane_id, "reason": REASON}
    return bool(connection.execute(update(notice).where(*still).values(values)).rowcount)


def of(connection: Connection, endpoint_id: int) -> list[AnyRow]:
    """Lock and return the notices that were to go to an endpoint and wait for another one of its people instead.

    What a worker has in hand is waited for: it may leave it where it is.
    """
    went_round = exists().where(
        verdict.c.notice_id == notice.c.id,
        verdict.c.decision == DECISION,
        cast(verdict.c.inputs["from_endpoint"].as_string(), ID) == endpoint_id,
    )
    here = select(person_endpoint.c.person_id).where(person_endpoint.c.endpoint_id == endpoint_id)
    elsewhere = select(person_endpoint.c.endpoint_id).where(
        person_endpoint.c.person_id.in_(here), person_endpoint.c.endpoint_id != endpoint_id
    )
    query = select(notice).where(
        text("notice." + WAITING_SQL),
        notice.c.endpoint_id.in_(elsewhere),
        notice.c.person_id.in_(here),
        went_round,
    )
    return list(connection.execute(query.order_by(notice.c.id).with_for_update(of=notice, key_share=True)))


def leave_retired(connection: Connection) -> int:
    """Put notices that wait on a retired lane onto the lane their endpoint has now; return how many."""
    gone = lanes.retired(connection)
    if not gone:
        return 0
    home = select(endpoint.c.lane_id).where(endpoint.c.id == notice.c.endpoint_id).scalar_subquery()
    moved = update(notice).where(
        *waiting_on(gone), exists().where(endpoint.c.id == notice.c.endpoint_id, endpoint.c.lane_id.not_in(gone))
    )
    return connection.execute(moved.values(lane_id=home)).rowcount


def waiting_on(lane_ids: Sequence[int]) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Say which notices wait on some lanes, in words that the outbox's index knows."""
    urgencies = notice.c.priority.in_([int(priority) for priority in Priority])
    return text("notice." + WAITING_SQL), notice.c.lane_id.in_(lane_ids), urgencies


def _cannot_wait(one: Down, policy: Failover) -> ColumnElement[bool]:
    """Say which notices a lane that opens so late is too late for."""
    if one.lasts >= policy.after:
        return true()
    too_late = [notice.c.expires_at <= one.opens_at + LAST_MOMENT, notice.c.due_at <= one.opens_at - policy.after]
    if one.lasts >= BLIP:
        too_late.append(hearing.c.starts_at <= one.opens_at + policy.near)
    return or_(*too_late)
