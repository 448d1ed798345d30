"""`usher hold`: a legal hold on a case, its release, and the list of what is held."""

from functools import partial
from typing import Annotated

import typer

from bot.cli.bars import operator
from bot.cli.opening import open_database
from bot.settings import read_settings
from domain.clock import SystemClock
from domain.court_file import read_court
from domain.errors import InvalidInputError
from handlers import keeping
from storage import courts, holds
from storage.database import Database


def hold(
    case: Annotated[str | None, typer.Argument(help="The case's number; without it, what is held is listed.")] = None,
    *,
    court: Annotated[str | None, typer.Option(help="The court of the case.")] = None,
    release: Annotated[bool, typer.Option("--release", help="End the hold.")] = False,
) -> None:
    """Keep everything of a case, and every word from and to its people, whatever retention says."""
    if (case is None) != (court is None) or (release and case is None):
        raise InvalidInputError("CASE and --court", "go together: a number is unique within its court")
    with open_database(read_settings()) as database:
        if case is None or court is None:
            _list(database)
        else:
            _change(database, case, court, release=release)


def _change(database: Database, case: str, court: str, *, release: bool) -> None:
    known = database.read_now(lambda connection: courts.load(connection, read_court))
    change = partial(
        keeping.hold,
        courts=known,
        court=court,
        number=case,
        release=release,
        actor=operator(),
        now=SystemClock().now(),
    )
    changed = database.write_now(change)
    state = "not held any more" if release else "held"
    typer.echo(f"The case is {state}." if changed else f"The case was {state} before; nothing has changed.")


def _list(database: Database) -> None:
    found = database.read_now(holds.held)
    for one in found:
        typer.echo(f"{one.court}  {one.number}  since {one.held_at:%Y-%m-%d}")
    if not found:
        typer.echo("No case is held.")
