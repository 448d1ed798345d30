"""`usher restore`: a backup in the database's place, brought to the present before anything can leave."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.cli.bars import bars, operator
from bot.cli.opening import open_database, sqlite_file
from bot.logging import configure_logging
from bot.settings import Settings, read_settings
from domain.clock import SystemClock
from domain.errors import ConflictError, InvalidInputError
from handlers import keeping
from handlers.keeping import Restored
from storage import backup as copies
from storage import belonging, heartbeats, migrate, restored
from storage.database import Database
from storage.vault import read_key_file

OTHER_ENGINE = (
    "is for the embedded database; yours is PostgreSQL, which brings its own: "
    "pg_restore --clean --if-exists --dbname=USHER_DATABASE_URL {file}, written without +psycopg; "
    "then: usher migrate; usher restore --in-place"
)
STILL_BEATING = timedelta(minutes=1)
"""Who was heard of so lately may be at work: workers and clocks beat every 15 seconds at the latest."""


def restore(
    file: Annotated[Path | None, typer.Argument(help="A file that `usher backup` wrote.")] = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the database that is there, which is kept.")
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="The database is back already, PostgreSQL by its own tools: settle it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put a backup in the database's place, after checking that it is sound and that the key opens it.

    Usher must not run meanwhile. Nothing that has lost its time since the backup will be sent. PostgreSQL brings its
    own tools for that: after them, and before any worker or clock starts, `usher restore --in-place` does the rest.
    """
    settings, now = read_settings(), SystemClock().now()
    configure_logging(settings.log_format, stream=sys.stderr)  # of what is lost and found; stdout is for the answer
    if in_place:
        if file is not None or replace:
            raise InvalidInputError("--in-place", "stands alone: the database is there already")
        found = _settle_in_place(settings, now=now)
        _tell("The database", found, None, as_json=as_json)
        return
    if file is None:
        raise InvalidInputError("FILE", "must be given: a file that `usher backup` wrote, or --in-place")
    database = _embedded(settings, file)
    _refuse_what_is_there(database, replace=replace)
    with _beside(database) as fresh, bars() as tell:
        copies.take(file, fresh, progress=partial(tell, "pages"))
        found = _bring_up(settings, fresh, file, now=now)
        kept = _swap(database, fresh, now=now)
    _tell(str(database), found, kept, as_json=as_json)


def _settle_in_place(settings: Settings, *, now: datetime) -> Restored:
    """Do to the database that is there what `_bring_up` does to a copy."""
    with open_database(settings) as database:
        return database.write_now(partial(_settle_unless_in_use, now=now))


def _settle_unless_in_use(connection: Connection, *, now: datetime) -> Restored:
    heard = heartbeats.read(connection).items()
    beating = sorted(name for name, at in heard if at > now - STILL_BEATING and not name.startswith(restored.WEB))
    if beating:
        raise ConflictError(
            f"heard of within the last minute: {', '.join(beating)}. Stop every worker, clock and usher run first; "
            "if they are stopped, wait a minute"
        )
    return _settle(connection, now=now)


def _embedded(settings: Settings, file: Path) -> Path:
    database = sqlite_file(settings.database_url.get_secret_value())
    if database is None:
        raise InvalidInputError("usher restore", OTHER_ENGINE.format(file=file))
    return database


def _refuse_what_is_there(database: Path, *, replace: bool) -> None:
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    elif replace:
        copies.claim(database)
    else:
        raise ConflictError(f"{database} is there; --replace puts the backup in its place and keeps it beside")


@contextmanager
def _beside(database: Path) -> Iterator[Path]:
    """Give a place on the same disk to work in; what is left there at the end is removed."""
    fresh = database.with_name(f"{database.name}.restoring")
    if fresh.exists():
        raise ConflictError(f"{fresh} is there: another restore is under way, or was cut off; then remove it")
    try:
        yield fresh
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)


def _bring_up(settings: Settings, fresh: Path, file: Path, *, now: datetime) -> Restored:
    """Migrate the copy, check the key on it, and settle what its time believed to be under way."""
    vault, url = read_key_file(settings.secret_key_file), f"sqlite:///{fresh}"
    try:
        migrate.upgrade(url)
    except CommandError:
        raise InvalidInputError(str(file), "was made by a newer release than this one") from None
    database = Database(url, vault)
    try:
        return database.write_now(partial(_settle, now=now))
    finally:
        database.close_now()


def _settle(connection: Connection, *, now: datetime) -> Restored:
    copies.check_key(connection)
    belonging.mark(connection)
    return keeping.come_back(connection, actor=operator(), now=now)


def _swap(database: Path, fresh: Path, *, now: datetime) -> Path | None:
    """Put the copy in the database's place in one step; return where the old one is kept."""
    copies.claim(fresh)
    kept = None
    if database.exists():
        copies.claim(database)
        kept = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
        database.rename(kept)
    fresh.rename(database)
    return kept


def _tell(database: str, found: Restored, kept: Path | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(asdict(found) | {"kept": None if kept is None else str(kept)}).decode())
    else:
        _say(database, found, kept)


def _say(database: str, found: Restored, kept: Path | None) -> None:
    as_of = "it had never run" if found.as_of is None else f"it was on {found.as_of:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"{database} is as {as_of}.")
    if kept is not None:
        typer.echo(f"What was there is kept as {kept}.")
    if found.looked_up:
        typer.echo(f"{found.looked_up} texts were under way then; the provider is asked about them first.")
    if found.expired:
        typer.echo(f"{found.expired} notices have lost their time since and will not be sent.")
    if found.for_the_desk:
        typer.echo(f"{found.for_the_desk} to victims and witnesses may have left since: they are on the desk's list.")
    if found.due:
        typer.echo(f"{found.due} notices are due. Some of them may have left since the backup was made.")
    typer.echo("Import the newest calendar before Usher starts: what is sent then is sent from it.")
