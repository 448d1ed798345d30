"""`usher purge`: forget what the courts' files say need not be kept."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.agreed_clock import agreed_once
from bot.cli.bars import bars, operator
from bot.cli.opening import open_database
from bot.settings import read_settings
from domain.court_file import read_court
from handlers import keeping
from handlers.keeping import Forgotten
from storage import courts, heartbeats
from storage.heartbeats import Done


def purge(
    *,
    court: Annotated[str | None, typer.Option(help="Only what belongs to this court alone.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Count what would be forgotten; forget nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Forget what is older than the courts' files say; of sent and received texts a digest stays.

    Nothing of a held case is touched. May run beside everything else, be cut off anywhere, and run again.
    """
    with open_database(read_settings()) as database, bars() as tell:
        clock = agreed_once(database)  # this machine's may be ahead, and what is forgotten does not come back
        forgotten = keeping.purge(
            database,
            database.read_now(lambda connection: courts.load(connection, read_court)),
            court=court,
            dry_run=dry_run,
            actor=operator(),
            now=clock.now(),
            tell=tell,
        )
        if court is None and not dry_run:
            database.write_now(partial(heartbeats.note_done, work=Done.PURGE, now=clock.now()))
    if as_json:
        typer.echo(orjson.dumps([asdict(one) for one in forgotten]).decode())
    else:
        _show(forgotten, dry_run=dry_run)


def _show(forgotten: Sequence[Forgotten], *, dry_run: bool) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("would be forgotten" if dry_run else "forgotten", header_style="dim")
    table.add_column("rows", header_style="dim", justify="right")
    table.add_column("kept by", header_style="dim")
    for one in forgotten:
        table.add_row(one.what, f"{one.rows}", one.kept.value)
    Console().print(table)
