"""`usher tasks`: the desk's list, and taking work off it."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.bars import operator
from bot.cli.opening import open_database
from bot.cli.spans import ago
from bot.settings import read_settings
from domain.clock import SystemClock
from handlers import desk
from storage import tasks as storage_tasks

MOST_SHOWN = 500
SHOWN = "Show the desk's list: what waits for a human, oldest first. Nobody is named, and no note is shown."
app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True, help=SHOWN)
def tasks(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Show the list, unless a word of its own follows."""
    if context.invoked_subcommand is not None:
        return
    now = SystemClock().now()
    with open_database(read_settings()) as database:
        found = database.read_now(partial(storage_tasks.open_ones, limit=MOST_SHOWN + 1))
    shown = found[:MOST_SHOWN]
    if as_json:
        rows = [asdict(one) | {"age_seconds": int((now - one.opened_at).total_seconds())} for one in shown]
        typer.echo(orjson.dumps(rows).decode())
    elif not shown:
        typer.echo("None.")
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("id", "kind", "court", "case", "hearing", "since"):
            table.add_column(column, header_style="dim")
        for one in shown:
            facts = (one.id, one.kind, one.court, one.case or "", one.hearing or "", ago(one.opened_at, now))
            table.add_row(*map(str, facts))
        Console().print(table)
    if len(found) > MOST_SHOWN:
        typer.echo(f"There are more: these are the oldest {MOST_SHOWN}.", err=True)


@app.command()
def close(ids: Annotated[list[int], typer.Argument(metavar="ID", help="Ids from the list.")]) -> None:
    """Take work off the list that a human has done with; all that is named, or nothing. It goes on record."""
    change = partial(desk.close, ids=ids, actor=operator(), now=SystemClock().now())
    with open_database(read_settings()) as database:
        database.write_now(change)
    typer.echo(f"Done with: {len(set(ids))}.")
