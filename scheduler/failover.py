"""Fail-over: what can no longer wait for a lane that is down goes to another endpoint of its person."""

from datetime import datetime

import structlog
from sqlalchemy import Connection

from storage import detours, rehoming, verdicts, ways
from storage.courts import Courts
from storage.verdicts import Ruling

AT_ONCE = 200

log = structlog.get_logger(__name__)


def go_round(connection: Connection, *, courts: Courts, now: datetime, after: int = 0) -> int | None:
    """Move what can wait no longer, a page of notices after the id `after`; return where to go on, None at the end.

    It is the same notice that goes another way, and only one that has never left: nothing is told twice. What may
    have left is never moved; it is settled first (see `scheduler.reconcile`).
    """
    rehoming.rehome_who_waits(connection, courts)
    lanes_down = detours.down(connection, now=now)
    closed = [one.lane_id for one in lanes_down]
    last: int | None = None
    for one in lanes_down:
        moved = 0
        for court_id, court in courts.by_id.items():
            rows = detours.stranded(
                connection, one, court_id, court.failover, not_by=closed, now=now, after=after, limit=AT_ONCE
            )
            moved += sum(_move(connection, row, one.lane_id, closed, now=now) for row in rows)
            if len(rows) == AT_ONCE:
                last = rows[-1].id if last is None else min(last, rows[-1].id)
        if moved:
            log.warning("notices.went_round", lane_id=one.lane_id, notices=moved)
    return last


def _move(connection: Connection, row: detours.AnyRow, lane_id: int, closed: list[int], *, now: datetime) -> bool:
    place = {"instead_of": row.endpoint_id, "court_id": row.court_id, "case_id": row.case_id}
    way = ways.another(connection, row.person_id, **place, not_by=closed)
    if way is None or way.lane_id is None:
        return False
    if not detours.take(connection, row.id, endpoint_id=way.id, lane_id=way.lane_id):
        return False
    inputs = {"from_lane": lane_id, "to_lane": way.lane_id, "from_endpoint": row.endpoint_id, "to_endpoint": way.id}
    verdicts.add(connection, [Ruling(row.id, detours.DECISION, detours.REASON, inputs)], now=now)
    return True
