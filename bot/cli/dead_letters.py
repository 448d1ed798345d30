"""`usher dead-letters`: what nobody could work off, and how to try it once more."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from bot.cli.opening import DatabaseAwayError, open_database
from bot.settings import Settings, read_settings
from bot.stream.dead_letters import DeadLetter, reached
from bot.web.meters import PLACES
from domain.clock import SystemClock
from domain.errors import InvalidInputError, NotFoundError
from storage import dead_letters as stored
from storage import tasks
from storage.database import Database
from storage.tasks import TaskKind

MOST_SHOWN = 500
INBOUND, STREAM = PLACES
ID = re.compile(r"(inbound|stream):[0-9]{1,18}")  # what 64 bits hold
COLUMNS = ("id", "work", "fault", "tries", "since")


def dead_letters(
    *,
    replay: Annotated[
        str | None, typer.Option(help="Try this one once more: an id from the list, or all.", metavar="ID")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List what came in and could not be worked off, or try it once more. Nobody's words are shown.

    Ids that begin with "inbound" are messages in the database, those with "stream" webhooks that never got there.
    """
    settings = read_settings()
    if replay is not None:
        _replay(settings, replay)
        return
    there, fault = _stored(settings)
    rows = [*there[:MOST_SHOWN], *_streamed(settings)]
    if as_json:
        typer.echo(orjson.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]).decode())
    else:
        _show(rows)
    if len(there) > MOST_SHOWN:
        typer.echo(f"There are more of inbound: these are the newest {MOST_SHOWN}.", err=True)
    if fault is not None:
        typer.echo(f"usher: {fault}; what it holds is not shown", err=True)
        raise typer.Exit(1)


def _stored(settings: Settings) -> tuple[list[tuple[str, ...]], DatabaseAwayError | None]:
    """Return what is in the database, or why that is not known; without a stream there is nothing else to show.

    Raises:
        DatabaseAwayError: If the database does not answer and there is no stream.
    """
    try:
        with open_database(settings) as database:
            found = database.read_now(partial(stored.failed, limit=MOST_SHOWN + 1))
    except DatabaseAwayError as error:
        if settings.nats_url is None:
            raise
        return [], error
    rows: list[tuple[str, ...]] = [
        (f"{INBOUND}:{one.id}", one.source, one.fault, str(one.tries), one.received_at.isoformat()) for one in found
    ]
    return rows, None


def _streamed(settings: Settings) -> list[tuple[str, ...]]:
    if settings.nats_url is None:
        return []
    found = asyncio.run(_listed(settings.nats_url.get_secret_value()))
    return [
        (f"{STREAM}:{one.number}", one.work, one.fault, str(one.tries), one.at.isoformat() if one.at else "")
        for one in found
    ]


async def _listed(url: str) -> list[DeadLetter]:
    async with reached(url) as letters:
        return await letters.list()


def _replay(settings: Settings, wanted: str) -> None:
    if wanted == "all":
        _replay_all(settings)
        return
    if not ID.fullmatch(wanted):
        raise InvalidInputError("--replay", "must be an id from the list, such as inbound:12, or all")
    place, _, number = wanted.partition(":")
    if place == STREAM:
        _replay_streamed(settings, [int(number)])
        return
    with open_database(settings) as database:
        if not _try_again(database, int(number)):
            raise NotFoundError(f"there is no dead letter {wanted}")


def _replay_all(settings: Settings) -> None:
    """Try everything once that is there now, to the last of it; the stream's also while the database is away."""
    fault: DatabaseAwayError | None = None
    try:
        with open_database(settings) as database:
            last: int | None = None
            while found := database.read_now(partial(stored.failed, limit=MOST_SHOWN, before=last)):
                for one in found:
                    if not _try_again(database, one.id):
                        typer.echo(f"{INBOUND}:{one.id} is not tried again: its words have been removed.")
                last = found[-1].id
    except DatabaseAwayError as error:
        if settings.nats_url is None:
            raise
        fault = error
    if settings.nats_url is not None:
        numbers = [one.number for one in asyncio.run(_listed(settings.nats_url.get_secret_value()))]
        _replay_streamed(settings, numbers)
    if fault is not None:
        typer.echo(f"usher: {fault}; what it holds is not tried again", err=True)
        raise typer.Exit(1)


def _try_again(database: Database, number: int) -> bool:
    tried = database.write_now(partial(stored.try_again, inbound_id=number, now=SystemClock().now()))
    if tried:
        typer.echo(f"{INBOUND}:{number} is tried again.")
    return tried


def _replay_streamed(settings: Settings, numbers: Sequence[int]) -> None:
    """Put letters back into the stream, then take them off the desk's list where the database answers."""
    if settings.nats_url is None:
        raise InvalidInputError("--replay", "there is no stream: USHER_NATS_URL is not set")
    causes = asyncio.run(_put_back(settings.nats_url.get_secret_value(), numbers))

    def work(connection: Connection) -> None:
        for cause in causes:
            tasks.end_cause(connection, TaskKind.FAILED, dedupe=cause, now=SystemClock().now())

    with suppress(DatabaseAwayError), open_database(settings) as database:
        database.write_now(work)


async def _put_back(url: str, numbers: Sequence[int]) -> list[str]:
    """Put letters back into the stream; return the causes of their tasks."""
    causes = []
    async with reached(url) as letters:
        for number in numbers:
            causes.append(f"{await letters.replay(number)}:{number}")
            typer.echo(f"{STREAM}:{number} is tried again.")
    return causes


def _show(rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, header_style="dim")
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table if table.row_count else "None.")
