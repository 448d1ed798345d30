"""The breaker of a lane: when its provider fails again and again, one canary at a time looks if that is over."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, null, select, update

from storage.prepared import Prepared
from storage.schema import lane

FAULTS = 5
"""So many of the lane's own faults one after the other, with nothing taken between them, break it."""
FIRST_PROBE = timedelta(seconds=5)
LONGEST_PROBE = timedelta(minutes=5)
BY_RECEIPT = " (receipt)"
LONGEST_CODE = 48


def fault(connection: Connection, lane_id: int, *, count: int, code: str, now: datetime) -> bool:
    """Count faults of a lane itself; return whether it is broken (now, or still)."""
    more = update(lane).where(lane.c.id == lane_id).values(faults=lane.c.faults + count)
    row = connection.execute(more.returning(lane.c.faults, lane.c.broken_since)).one()
    if row.broken_since is None and row.faults >= FAULTS:
        trip(connection, lane_id, code=code, probe=FIRST_PROBE, now=now)
    return row.broken_since is not None or row.faults >= FAULTS


def trip(connection: Connection, lane_id: int, *, code: str, probe: timedelta, now: datetime) -> None:
    """Break a lane: nothing leaves but a canary, first after `probe`, then after twice as long each time.

    One that is broken already keeps its count; from when it is known by receipts, it takes a receipt to mend it.
    """
    whole = (lane.c.id == lane_id, lane.c.broken_since.is_(None))
    broken = {"broken_since": now, "broken_reason": code[:64], "probe_seconds": probe.total_seconds()}
    if connection.execute(update(lane).where(*whole).values(broken)).rowcount:
        _wait(connection, lane_id, until=now + probe)
    elif code.endswith(BY_RECEIPT):
        connection.execute(update(lane).where(lane.c.id == lane_id).values(broken_reason=code[:64]))


def by_receipt(code: str) -> str:
    """Return the reason of a break that receipts tell: the provider takes texts, and they do not get through."""
    return f"{code[:LONGEST_CODE]}{BY_RECEIPT}"


def canary_left(connection: Connection, lane_id: int, *, now: datetime) -> None:
    """Let nothing else leave until the next canary's time; the time after that is twice as long."""
    probe = connection.execute(select(lane.c.probe_seconds).where(lane.c.id == lane_id)).scalar_one()
    wait = timedelta(seconds=probe or FIRST_PROBE.total_seconds())
    longer = max(min(2 * wait, LONGEST_PROBE), wait)
    connection.execute(update(lane).where(lane.c.id == lane_id).values(probe_seconds=longer.total_seconds()))
    _wait(connection, lane_id, until=now + longer)


def mend(connection: Connection, lane_id: int) -> bool:
    """Write down that the provider took something: faults are forgotten. Return whether that mends a broken lane.

    A rest for which the provider asked goes on; and what receipts have broken stays so.
    """
    return _mend(connection, lane_id, has_got_through=False)


def got_through(connection: Connection, lane_id: int) -> bool:
    """Write down that a text of a lane got through which left since it broke; return whether that mends it."""
    return _mend(connection, lane_id, has_got_through=True)


def _mend(connection: Connection, lane_id: int, *, has_got_through: bool) -> bool:
    [(faults, since, reason)] = _HEALTH.all(connection, lane=lane_id)
    is_mended = since is not None and (reason or "").endswith(BY_RECEIPT) is has_got_through
    if not is_mended and (has_got_through or not faults):
        return False
    values: dict[str, object] = {"faults": 0}
    if is_mended:
        values |= {"broken_since": None, "broken_reason": None, "probe_seconds": None}
        ours = lane.c.paused_reason == lane.c.broken_reason
        values |= {name: case((ours, null()), else_=lane.c[name]) for name in ("paused_until", "paused_reason")}
    connection.execute(update(lane).where(lane.c.id == lane_id).values(values))
    return is_mended


def _wait(connection: Connection, lane_id: int, *, until: datetime) -> None:
    """Hold the lane until its next canary; a provider that asked for a longer rest gets it."""
    where = (lane.c.id == lane_id, lane.c.paused_until.is_(None) | (lane.c.paused_until < until))
    connection.execute(update(lane).where(*where).values(paused_until=until, paused_reason=lane.c.broken_reason))


_HEALTH = Prepared(
    select(lane.c.faults, lane.c.broken_since, lane.c.broken_reason).where(lane.c.id == bindparam("lane"))
)
