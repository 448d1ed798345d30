"""The gate's verdicts: what it decided about a notice, when, why, and on what it looked; ids and codes only."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.schema import verdict


def add(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Write verdicts down: rows of {"notice_id", "at", "decision", "reason", "until", "inputs"}."""
    if rows:
        connection.execute(insert(verdict), rows)


def of_notices(connection: Connection, notice_ids: Iterable[int]) -> list[Row[*tuple[Any, ...]]]:
    """Return every verdict about these notices, oldest first."""
    query = select(verdict).where(verdict.c.notice_id.in_(list(notice_ids))).order_by(verdict.c.id)
    return list(connection.execute(query))
