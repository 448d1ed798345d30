"""Runs of imports: what each file was and became, and its quarantine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from domain.calendar_report import BadRow, RunState
from storage.bulk import insert_rows
from storage.database import vault_of
from storage.schema import import_row, import_run

ROW = "import_row.row"
APPLYING = "applying"
"""The state of a run between its first and its last unit of work; one that stays so was cut off: import again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What there is to say of a file before it is applied. `digest` is the file's SHA-256."""

    court_id: int
    mapping: str
    digest: str
    rows: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The newest import of a court."""

    id: int
    mapping: str
    state: str
    rows: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be read, and the row itself as it came; empty once it was removed."""

    bad: BadRow
    row: str = field(repr=False)


def add(connection: Connection, run: NewRun, *, state: str, counts: Mapping[str, object]) -> int:
    """Write a run; return its id."""
    added = insert(import_run).values(
        court_id=run.court_id,
        mapping=run.mapping,
        file_digest=run.digest,
        rows=run.rows,
        state=state,
        counts=dict(counts),
        started_at=run.started_at,
        finished_at=None if state == APPLYING else run.started_at,
    )
    return int(connection.execute(added.returning(import_run.c.id)).scalar_one())


def finish(connection: Connection, run_id: int, *, counts: Mapping[str, object], now: datetime) -> None:
    """Say that all of a run is in."""
    values = {"state": RunState.APPLIED.value, "counts": dict(counts), "finished_at": now}
    connection.execute(update(import_run).where(import_run.c.id == run_id).values(values))


def quarantine(connection: Connection, run_id: int, rows: Iterable[Quarantined]) -> None:
    """Keep rows that could not be read, sealed."""
    seal = vault_of(connection).seal
    insert_rows(
        connection,
        import_row,
        ("import_run_id", "line", "column", "reason", "row"),
        ((run_id, one.bad.line, one.bad.column, one.bad.reason, seal(one.row, ROW)) for one in rows),
    )


def last_size(connection: Connection, court_id: int, mapping: str) -> int | None:
    """Return how many rows the last import of a feed had that was applied."""
    query = select(import_run.c.rows).where(
        import_run.c.court_id == court_id,
        import_run.c.mapping == mapping,
        import_run.c.state == RunState.APPLIED.value,
    )
    return connection.execute(query.order_by(import_run.c.id.desc()).limit(1)).scalar()


def last(connection: Connection, court_id: int) -> LastRun | None:
    """Return the newest import of a court, whatever became of it."""
    columns = [import_run.c[name] for name in ("id", "mapping", "state", "rows", "started_at")]
    query = select(*columns).where(import_run.c.court_id == court_id).order_by(import_run.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else LastRun(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def quarantined(connection: Connection, run_id: int) -> Sequence[Quarantined]:
    """Return the quarantine of a run, in the order of the file."""
    opened = vault_of(connection).open
    query = select(import_row).where(import_row.c.import_run_id == run_id).order_by(import_row.c.line, import_row.c.id)
    return [
        Quarantined(BadRow(row.line, row.column, row.reason), opened(row.row, ROW) if row.row else "")
        for row in connection.execute(query)
    ]
