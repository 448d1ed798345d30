"""How things stand: what `usher status`, `/readyz` and `/metrics` show; counts and instants, nobody's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, func, select, text

from domain.delivery import ChannelName, DeliveryState
from domain.notice import Priority
from storage import dead_letters, heartbeats, tasks
from storage.schema import IN_FLIGHT_SQL, WAITING_SQL, court, delivery, import_run, inbound, lane, notice

SEGMENTS = 2  # that a text by SMS has as a rule: a reminder has two at most in any language
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """One sender: what waits for it, what is due, and since when the oldest of that has been.

    `oldest_due` tells the same for each priority that has something due, by its name: "reply", "urgent" and so on.
    While `broken_since` is set only a canary leaves, at `paused_until`; `faults` counts those of the lane itself
    since the provider last took something. `used_at` is when something last left, or will as soon as its turn comes;
    `expires_at` when the first expires of what is due, and `work_seconds` how long all that is due takes at the lane's
    rate, SEGMENTS a text.
    """

    id: int
    key: str
    rate: float
    burst: int
    tokens: float
    waiting: int
    due: int
    oldest_due_at: datetime | None
    oldest_due: dict[str, datetime]
    paused_until: datetime | None
    paused_reason: str | None
    broken_since: datetime | None = None
    broken_reason: str | None = None
    faults: int = 0
    is_retired: bool = False
    used_at: datetime | None = None
    expires_at: datetime | None = None
    work_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtStatus:
    """One court: when its calendar was last imported, and how the last import ended."""

    key: str
    feed_seen_at: datetime | None
    last_import: str | None
    last_import_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that is open at one instant; all of it is found by an index.

    `unknown_since` is when the oldest attempt was made that may or may not have left, `inbound_since` when the oldest
    message came that nobody has thought about; `given_up` are those that could not be answered in several tries, while
    the desk has them on its list. `done` is when the last backup, purge and import ended well. An attempt that nothing
    more can be learned of is not open: what it carried was sent again, or is work for the desk.
    """

    at: datetime
    lanes: tuple[LaneStatus, ...]
    courts: tuple[CourtStatus, ...]
    heartbeats: dict[str, datetime]
    tasks: dict[str, int]
    in_flight: int
    unknown: int
    unknown_since: datetime | None
    inbound_waiting: int
    inbound_since: datetime | None
    given_up: int = 0
    done: dict[str, datetime] = field(default_factory=dict)


def read(connection: Connection, *, now: datetime) -> Status:
    """Look at what is open."""
    unknown, unknown_since = _open(connection, delivery.c.created_at, "state = 'unknown' AND ask_at IS NOT NULL")
    inbound_waiting, inbound_since = _open(connection, inbound.c.received_at, "state = 'received'")
    in_flight, _ = _open(connection, notice.c.leased_until, IN_FLIGHT_SQL)
    return Status(
        at=now,
        lanes=_lanes(connection, now),
        courts=_courts(connection),
        heartbeats=heartbeats.read(connection),
        tasks=tasks.count_open(connection),
        in_flight=in_flight,
        unknown=unknown,
        unknown_since=unknown_since,
        inbound_waiting=inbound_waiting,
        inbound_since=inbound_since,
        done=heartbeats.last_done(connection),
        given_up=dead_letters.count_open(connection),
    )


def notices_by_state(connection: Connection) -> dict[str, int]:
    """Count every notice there ever was; reads the whole table."""
    query = select(notice.c.state, func.count().label("total")).group_by(notice.c.state)
    return {str(row.state): row.total for row in connection.execute(query)}


def deliveries_by_state(connection: Connection) -> dict[DeliveryState, int]:
    """Count every delivery there ever was; reads the whole table."""
    query = select(delivery.c.state, func.count().label("total")).group_by(delivery.c.state)
    return {row.state: row.total for row in connection.execute(query)}


def _lanes(connection: Connection, now: datetime) -> tuple[LaneStatus, ...]:
    query = (
        select(
            notice.c.lane_id,
            notice.c.priority,
            func.count().label("waiting"),
            func.count().filter(notice.c.due_at <= now).label("due"),
            func.min(notice.c.due_at).filter(notice.c.due_at <= now).label("oldest"),
        )
        .where(text(WAITING_SQL))
        .group_by(notice.c.lane_id, notice.c.priority)
        .order_by(notice.c.priority)
    )
    first_to_expire = select(notice.c.lane_id, func.min(notice.c.expires_at).label("expires_at"))
    due = first_to_expire.where(text(WAITING_SQL), notice.c.due_at <= now)
    expires = {row.lane_id: row.expires_at for row in connection.execute(due.group_by(notice.c.lane_id))}
    waiting: dict[int, list[AnyRow]] = {}
    for row in connection.execute(query):
        waiting.setdefault(row.lane_id, []).append(row)
    lanes = connection.execute(select(lane).order_by(lane.c.key))
    return tuple(_lane(row, waiting.get(row.id, []), expires.get(row.id), now) for row in lanes)


def _lane(row: AnyRow, waiting: Sequence[AnyRow], expires_at: datetime | None, now: datetime) -> LaneStatus:
    due = sum(one.due for one in waiting)
    units = due * (SEGMENTS if row.channel is ChannelName.SMS else 1)
    oldest = {Priority(one.priority).name.lower(): one.oldest for one in waiting if one.oldest is not None}
    return LaneStatus(
        id=row.id,
        key=row.key,
        rate=row.rate,
        burst=row.burst,
        tokens=min(row.burst, row.tokens + max((now - row.refilled_at).total_seconds(), 0.0) * row.rate),
        waiting=sum(one.waiting for one in waiting),
        due=due,
        oldest_due_at=min(oldest.values(), default=None),
        oldest_due=oldest,
        paused_until=row.paused_until,
        paused_reason=row.paused_reason,
        broken_since=row.broken_since,
        broken_reason=row.broken_reason,
        faults=row.faults,
        is_retired=row.retired_at is not None,
        used_at=row.refilled_at,
        expires_at=expires_at,
        work_seconds=units / row.rate,
    )


def _courts(connection: Connection) -> tuple[CourtStatus, ...]:
    newest = (
        select(func.max(import_run.c.id)).where(import_run.c.court_id == court.c.id).correlate(court).scalar_subquery()
    )
    query = (
        select(court.c.key, court.c.feed_seen_at, import_run.c.state, import_run.c.finished_at)
        .outerjoin(import_run, import_run.c.id == newest)
        .order_by(court.c.key)
    )
    return tuple(
        CourtStatus(key=row.key, feed_seen_at=row.feed_seen_at, last_import=row.state, last_import_at=row.finished_at)
        for row in connection.execute(query)
    )


def _open(connection: Connection, since: Column[datetime], where: str) -> tuple[int, datetime | None]:
    """Count what is open, and say since when the oldest of it has been."""
    query = select(func.count().label("total"), func.min(since).label("oldest")).where(text(where))
    found = connection.execute(query).one()
    return found.total, found.oldest
