"""A court's calendar in: read, stage, compare, brake, apply, report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TypeAlias

from domain.calendar_report import ImportReport
from storage.courts import Courts
from storage.database import Database

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""(step: "reading", "comparing" or "applying"; how far; of how many, None when not known)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How an import is run.

    `mapping` names a mapping of the court's file; None is the native CSV. `allow_fictional` lets 555-01xx numbers
    in (demo, sandbox, simulation, tests).
    """

    mapping: str | None = None
    dry_run: bool = False
    accept_changes: bool = False
    allow_fictional: bool = False


def import_calendar(  # noqa: PLR0913 - one use case, each part named
    database: Database,
    file: BinaryIO,
    *,
    court: str,
    courts: Courts,
    now: datetime,
    options: ImportOptions = ImportOptions(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    show: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Bring a court's calendar into the database and plan its notices; return what happened.

    It runs in the caller's thread, in units of work of its own: from a running loop call it with
    `asyncio.to_thread`. `show` is handed the differences before anything is applied.

    Raises:
        InvalidInputError: If the mapping or the file cannot be read at all.
        NotFoundError: If there is no such court or mapping.
    """
    raise NotImplementedError
