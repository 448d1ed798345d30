"""Watches: numbers that people wait for, told when they come into the calendar, or that they did not."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from storage.courts import Courts


def match(connection: Connection, case_ids: Iterable[int], *, courts: Courts, now: datetime) -> int:
    """Tell everybody who watches for one of these cases and may know of it; return how many.

    Call it after the calendar changed, in the same unit of work.
    """
    raise NotImplementedError(connection, case_ids, courts, now)


def expire(connection: Connection, *, courts: Courts, now: datetime) -> int:
    """End the watches whose time is over and say so to who kept them; return how many."""
    raise NotImplementedError(connection, courts, now)
