"""Housekeeping: what is over is ended with a reason, and the desk is told where that mattered."""

from datetime import datetime

from sqlalchemy import Connection

from scheduler import consequences
from storage import letters, outbox

AT_ONCE = 500


def expire(connection: Connection, *, now: datetime, limit: int = AT_ONCE) -> int:
    """End waiting notices whose time has passed, also on lanes that nobody serves; return how many.

    The gate does the same for what a dispatcher comes across; this is for a machine that was down. Call it again
    while it returns `limit`.
    """
    overdue = letters.load(connection, outbox.overdue(connection, now=now, limit=limit))
    consequences.expire(connection, overdue, now=now)
    return len(overdue)
