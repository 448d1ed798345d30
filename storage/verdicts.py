"""The gate's verdicts: what it decided about a notice, when, why, and on what it looked; ids and codes only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.record import record
from storage import bulk
from storage.schema import verdict


@record(frozen=True, slots=True)
class Ruling:
    """One verdict: "send", "hold" (until when) or "drop"; `inputs` are codes and numbers."""

    notice_id: int
    decision: str
    reason: str
    inputs: Mapping[str, object]
    until: datetime | None = None


def add(connection: Connection, rulings: Sequence[Ruling], *, now: datetime) -> None:
    """Write verdicts down."""
    rows = ((one.notice_id, now, one.decision, one.reason, one.until, dict(one.inputs)) for one in rulings)
    bulk.insert_rows(connection, verdict, _COLUMNS, rows)


def of_notices(connection: Connection, notice_ids: Iterable[int]) -> list[Row[*tuple[Any, ...]]]:
    """Return every verdict about these notices, oldest first."""
    query = select(verdict).where(verdict.c.notice_id.in_(list(notice_ids))).order_by(verdict.c.id)
    return list(connection.execute(query))


_COLUMNS = ("notice_id", "at", "decision", "reason", "until", "inputs")
