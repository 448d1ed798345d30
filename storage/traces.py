"""What traces are drawn from: imports, attempts and receipts, oldest first; ids, codes and instants only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from storage.schema import delivery, hearing_revision, import_run, lane, notice, receipt

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the rows have been read: the highest id of each table."""

    run: int = 0
    delivery: int = 0
    receipt: int = 0


def newest(connection: Connection) -> Mark:
    """Return the mark behind which there is nothing yet."""

    def highest(table: Any) -> int:  # noqa: ANN401 - any table with an id
        return connection.execute(select(func.max(table.c.id))).scalar_one() or 0

    return Mark(run=highest(import_run), delivery=highest(delivery), receipt=highest(receipt))


def runs(connection: Connection, *, after: int, until: datetime, limit: int) -> Sequence[AnyRow]:
    """Return imports that finished before `until`: id, court_id, state, rows, started_at, finished_at."""
    columns = (
        import_run.c.id,
        import_run.c.court_id,
        import_run.c.state,
        import_run.c.rows,
        import_run.c.started_at,
        import_run.c.finished_at,
    )
    ended = (import_run.c.id > after, import_run.c.finished_at <= until)
    return connection.execute(select(*columns).where(*ended).order_by(import_run.c.id).limit(limit)).all()


def attempts(connection: Connection, *, after: int, until: datetime, limit: int) -> Sequence[AnyRow]:
    """Return attempts made before `until`, each with its notice's plan and the source of what it is about.

    `source` is "import:<run>" or "staff:<who>", None for what is about no hearing.
    """
    columns = (
        delivery.c.id,
        delivery.c.notice_id,
        delivery.c.lane_id,
        delivery.c.attempt,
        delivery.c.state,
        delivery.c.error_code,
        delivery.c.segments,
        delivery.c.created_at,
        delivery.c.settled_at,
        lane.c.key.label("lane_key"),
        notice.c.kind,
        notice.c.court_id,
        notice.c.created_at.label("planned_at"),
        notice.c.due_at,
        hearing_revision.c.source,
    )
    told = and_(hearing_revision.c.hearing_id == notice.c.hearing_id, hearing_revision.c.revision == notice.c.revision)
    query = (
        select(*columns)
        .join(notice, notice.c.id == delivery.c.notice_id)
        .join(lane, lane.c.id == delivery.c.lane_id)
        .outerjoin(hearing_revision, told)
        .where(delivery.c.id > after, delivery.c.created_at <= until)
    )
    return connection.execute(query.order_by(delivery.c.id).limit(limit)).all()


def receipts(connection: Connection, *, after: int, until: datetime, limit: int) -> Sequence[AnyRow]:
    """Return receipts that came before `until`: id, delivery_id, notice_id, state, error_code, created_at, at."""
    columns = (
        receipt.c.id,
        receipt.c.delivery_id,
        receipt.c.state,
        receipt.c.error_code,
        receipt.c.at,
        delivery.c.notice_id,
        delivery.c.created_at,
    )
    query = select(*columns).join(delivery, delivery.c.id == receipt.c.delivery_id)
    return connection.execute(
        query.where(receipt.c.id > after, receipt.c.at <= until).order_by(receipt.c.id).limit(limit)
    ).all()
