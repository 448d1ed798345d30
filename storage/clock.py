"""The database's clock: the one that all processes of an installation share."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection


def read(connection: Connection, *, steady: Callable[[], float]) -> tuple[datetime, float, float] | None:
    """Return what PostgreSQL's clock shows, and a steady clock's moments before and after; None for SQLite, a file."""
    if connection.dialect.name != "postgresql":
        return None
    before = steady()
    shown: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return shown, before, steady()
