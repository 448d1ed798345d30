"""Copies of the embedded database: taken while it is in use, looked at whole, and put back in one step."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from domain.errors import ConflictError, InvalidInputError, UsherError
from storage import rotation
from storage.belonging import FEW, finds
from storage.database import vault_of
from storage.schema import endpoint
from storage.vault import Vault

OWNER_ONLY = 0o600
STEP = 2_048
"""Pages copied between two looks at the progress: 8 MB."""
Progress: TypeAlias = Callable[[int, int], None]
"""(pages done, pages in all)."""


def copy(connection: Connection, target: Path, *, progress: Progress) -> None:
    """Write all that is committed now into a new file of its owner's alone.

    The connection's snapshot is held from the first page to the last, so writers go on beside it and the copy knows
    nothing of what they do meanwhile. `target` appears whole or not at all.

    Raises:
        ConflictError: If the file is there already.
        InvalidInputError: If it cannot be written.
        UsherError: If the copy is not sound; then it is removed.
    """
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)  # noqa: S101 - its caller has looked at the engine
    connection.execute(select(func.count()).select_from(select(endpoint.c.id).limit(1).subquery()))  # the snapshot
    with _fresh_file(target) as (part, copied):
        source.backup(copied, pages=STEP, sleep=0, progress=lambda _, left, total: progress(total - left, total))
        _seal_off(part, copied)


def take(source: Path, target: Path, *, progress: Progress) -> None:
    """Copy a backup to a new file beside the database, to be brought to this release there; the backup stays as it is.

    Raises:
        InvalidInputError: If it is not there, or not a database.
        ConflictError: If `target` is there: a restore was cut off.
        UsherError: If it is not sound.
    """
    if not source.is_file():
        raise InvalidInputError(str(source), "there is no such file")
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        try:
            opened.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError:
            raise InvalidInputError(str(source), "is not a database of Usher") from None
        with _fresh_file(target) as (part, copied):
            opened.backup(copied, pages=STEP, sleep=0, progress=lambda _, left, total: progress(total - left, total))
            _seal_off(part, copied)


def check_key(connection: Connection) -> int:
    """Open a few values of each column under each key, and see that the look-up key is theirs; return how many opened.

    One of them may be damaged: that is no reason to leave a court without its database. All of them are not.

    Raises:
        InvalidInputError: If the key file does not belong to this database.
    """
    vault, opened = vault_of(connection), 0
    for sealed in rotation.SEALED:
        for number in rotation.counts(connection, sealed):
            values = rotation.samples(connection, sealed, number, few=FEW)
            opened += _open_any(vault, sealed.context, values) if values else 0
    are_found = list(finds(connection))
    if are_found and not any(are_found):
        raise InvalidInputError("secret key file", "has another index key than this database was written with")
    return opened


def _open_any(vault: Vault, context: str, values: Sequence[bytes]) -> int:
    """Return how many of these open; the first one's fault is raised where none does."""
    faults: list[InvalidInputError] = []
    for value in values:
        try:
            vault.open(value, context)
        except InvalidInputError as fault:
            faults.append(fault)
    if len(faults) == len(values):
        raise faults[0]
    return len(values) - len(faults)


def claim(database: Path) -> None:
    """See that nobody has a database open, and fold its journal into the one file.

    Raises:
        ConflictError: If a process has it open.
    """
    with closing(sqlite3.connect(database, timeout=0)) as alone:
        try:
            alone.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            raise ConflictError(f"{database} is in use: stop Usher first") from None
        except sqlite3.DatabaseError:
            return  # broken: that is why it is replaced


@contextmanager
def _fresh_file(target: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """Give a file to write a database into; it takes its name when all of it is on the disk, else it is removed."""
    try:
        if target.exists():
            raise ConflictError(f"{target} is there already; it is not overwritten")
        part = target.with_name(f"{target.name}.part")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    except FileExistsError:
        raise ConflictError(f"{part} is there: another copy is under way, or was cut off; then remove it") from None
    except OSError as error:
        raise InvalidInputError(str(target), f"cannot be written: {error.strerror}") from None
    try:
        with closing(sqlite3.connect(part)) as copied:
            yield part, copied
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except sqlite3.OperationalError as error:
        raise InvalidInputError(str(target), f"cannot be written: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def _seal_off(part: Path, copied: sqlite3.Connection) -> None:
    """Make the copy one file without a journal beside it, and see that it is sound."""
    copied.execute("PRAGMA journal_mode=DELETE").fetchone()
    found = [row[0] for row in copied.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise UsherError(f"{part.name}: the copy is not sound: {found[0]}; the database itself may be damaged")
