"""`usher dead-letters`: what nobody could work off, and how to try it once more."""

import asyncio
import re
from collections.abc import Iterable
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.opening import open_database
from bot.settings import Settings, read_settings
from bot.stream.dead_letters import DeadLetter, reached
from domain.errors import InvalidInputError, NotFoundError
from storage import dead_letters as stored

MOST_SHOWN = 500
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
    rows = [*_stored(settings), *_streamed(settings)]
    if as_json:
        typer.echo(orjson.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]).decode())
    else:
        _show(rows)


def _stored(settings: Settings) -> list[tuple[str, ...]]:
    with open_database(settings) as database:
        found = database.read_now(partial(stored.failed, limit=MOST_SHOWN))
    return [(f"inbound:{one.id}", one.source, one.fault, str(one.tries), one.received_at.isoformat()) for one in found]


def _streamed(settings: Settings) -> list[tuple[str, ...]]:
    if settings.nats_url is None:
        return []
    found = asyncio.run(_listed(settings.nats_url.get_secret_value()))
    return [
        (f"stream:{one.number}", one.work, one.fault, str(one.tries), one.at.isoformat() if one.at else "")
        for one in found
    ]


async def _listed(url: str) -> list[DeadLetter]:
    async with reached(url) as letters:
        return await letters.list()


def _replay(settings: Settings, wanted: str) -> None:
    ids = [row[0] for row in (*_stored(settings), *_streamed(settings))] if wanted == "all" else [wanted]
    for one in ids:
        if not ID.fullmatch(one):
            raise InvalidInputError("--replay", "must be an id from the list, such as inbound:12, or all")
        place, _, number = one.partition(":")
        if place == "inbound":
            _replay_stored(settings, int(number))
        else:
            asyncio.run(_replay_streamed(settings, int(number)))
        typer.echo(f"{one} is tried again.")


def _replay_stored(settings: Settings, number: int) -> None:
    with open_database(settings) as database:
        if not database.write_now(partial(stored.try_again, inbound_id=number)):
            raise NotFoundError(f"there is no dead letter inbound:{number}")


async def _replay_streamed(settings: Settings, number: int) -> None:
    if settings.nats_url is None:
        raise InvalidInputError("--replay", "there is no stream: USHER_NATS_URL is not set")
    async with reached(settings.nats_url.get_secret_value()) as letters:
        await letters.replay(number)


def _show(rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, header_style="dim")
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table if table.row_count else "None.")
