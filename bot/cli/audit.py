"""`usher audit`: the record of what was done, and whether anybody has changed it."""

from functools import partial
from typing import Annotated

import orjson
import typer
from sqlalchemy import Connection

from bot.cli.bars import Tell, bars
from bot.cli.opening import open_database
from bot.settings import read_settings
from domain.errors import InvalidInputError
from storage import audit as chain
from storage.audit import Chain

BROKEN = 1
app = typer.Typer(help="Look after the record of what was done.", add_completion=False, no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Look after the record of what was done."""


@app.command()
def verify(
    *,
    head: Annotated[
        str | None, typer.Option(help="A head noted before: the chain must contain it, or its end was cut off.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Walk along the whole chain of events and say where it breaks, if it does.

    Exits with 1 when an event was changed, taken out or put in, or when the head noted before is not there.
    """
    wanted = _digest(head)
    with open_database(read_settings()) as database, bars() as tell:
        walked = database.read_now(partial(_walk, tell=tell))
        is_there = wanted is None or database.read_now(partial(chain.contains, digest=wanted))
    if as_json:
        facts = {
            "events": walked.events,
            "head": walked.head.hex(),
            "broken_at": walked.broken_at,
            "has_head": is_there,
        }
        typer.echo(orjson.dumps(facts).decode())
    else:
        _say(walked, is_there=is_there)
    raise typer.Exit(0 if walked.broken_at is None and is_there else BROKEN)


def _walk(connection: Connection, *, tell: Tell) -> Chain:
    total = chain.count(connection)
    return chain.walk(connection, tell=lambda done: tell("events", done, total))


def _digest(head: str | None) -> bytes | None:
    if head is None:
        return None
    try:
        return bytes.fromhex(head)
    except ValueError:
        raise InvalidInputError("--head", "must be hexadecimal digits, as this command printed them") from None


def _say(walked: Chain, *, is_there: bool) -> None:
    if walked.broken_at is not None:
        typer.echo(f"The chain breaks at event {walked.broken_at}: {walked.events} events before it fit.")
        typer.echo("It was changed there, or an event before it was taken out. Compare with a backup.")
    else:
        typer.echo(f"All {walked.events} events fit. Note the head outside of this machine: {walked.head.hex()}")
    if not is_there:
        typer.echo("The head that was noted is not in the chain: its end was cut off, or it was written anew.")
