"""How things stand: what `usher status`, `/readyz` and `/metrics` show; counts and instants, nobody's words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, func, select, text

from domain.delivery import DeliveryState
from storage import heartbeats, tasks
from storage.schema import IN_FLIGHT_SQL, WAITING_SQL, court, delivery, import_run, inbound, lane, notice


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """One sender: what waits for it, what is due, and since when the oldest of that has been."""

    key: str
    rate: float
    tokens: float
    waiting: int
    due: int
    oldest_due_at: datetime | None
    paused_until: datetime | None
    paused_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtStatus:
    """One court: when its calendar was last imported, and how the last import ended."""

    key: str
    feed_seen_at: datetime | None
    last_import: str | None
    last_import_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that is open at one instant; all of it is found by an index."""

    at: datetime
    lanes: tuple[LaneStatus, ...]
    courts: tuple[CourtStatus, ...]
    heartbeats: dict[str, datetime]
    tasks: dict[str, int]
    in_flight: int
    unknown: int
    inbound_waiting: int


def read(connection: Connection, *, now: datetime) -> Status:
    """Look at what is open."""
    return Status(
        at=now,
        lanes=_lanes(connection, now),
        courts=_courts(connection),
        heartbeats=heartbeats.read(connection),
        tasks=tasks.count_open(connection),
        in_flight=_count(connection, notice.c.id, IN_FLIGHT_SQL),
        unknown=_count(connection, delivery.c.id, "state = 'unknown'"),
        inbound_waiting=_count(connection, inbound.c.id, "state = 'received'"),
    )


def notices_by_state(connection: Connection) -> dict[str, int]:
    """Count every notice there ever was; reads the whole table."""
    query = select(notice.c.state, func.count().label("total")).group_by(notice.c.state)
    return {row.state: row.total for row in connection.execute(query)}


def deliveries_by_state(connection: Connection) -> dict[DeliveryState, int]:
    """Count every delivery there ever was; reads the whole table."""
    query = select(delivery.c.state, func.count().label("total")).group_by(delivery.c.state)
    return {row.state: row.total for row in connection.execute(query)}


def _lanes(connection: Connection, now: datetime) -> tuple[LaneStatus, ...]:
    waiting = (
        select(
            notice.c.lane_id,
            func.count().label("waiting"),
            func.count().filter(notice.c.due_at <= now).label("due"),
            func.min(notice.c.due_at).filter(notice.c.due_at <= now).label("oldest"),
        )
        .where(text(WAITING_SQL))
        .group_by(notice.c.lane_id)
        .subquery()
    )
    query = select(lane, waiting).outerjoin(waiting, waiting.c.lane_id == lane.c.id).order_by(lane.c.key)
    return tuple(
        LaneStatus(
            key=row.key,
            rate=row.rate,
            tokens=row.tokens,
            waiting=row.waiting or 0,
            due=row.due or 0,
            oldest_due_at=row.oldest,
            paused_until=row.paused_until,
            paused_reason=row.paused_reason,
        )
        for row in connection.execute(query)
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


def _count(connection: Connection, column: Column[int], where: str) -> int:
    return connection.execute(select(func.count(column)).where(text(where))).scalar_one()
