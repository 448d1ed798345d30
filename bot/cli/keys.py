"""`usher keys`: a new key, everything sealed anew with it, and the old one taken away, while Usher runs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import typer

from bot.cli.bars import Tell, bars, operator
from bot.cli.opening import open_database
from bot.settings import Settings, read_settings
from domain.clock import SystemClock
from storage import audit, key_file, rotation
from storage.audit import AuditAction
from storage.database import Database
from storage.rotation import Resealed

AT_ONCE = 500
"""So many ids are looked at, and sealed anew where needed, in one unit of work."""
STILL_NEEDED = 1
MOST_NAMED = 20  # rows of a column that do not open
app = typer.Typer(help="Look after the keys that names and texts are sealed with.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Look after the keys that names and texts are sealed with."""


@app.command()
def show() -> None:
    """Show the keys' numbers, which one seals, and how much each of them opens."""
    settings = read_settings()
    known = key_file.read_keys(settings.secret_key_file)
    with open_database(settings) as database, bars() as tell:
        sealed = _counts(database, tell)
    for number in sorted({*known.keys, *sealed}):
        what = "missing!" if number not in known.keys else "seals" if number == known.current else ""
        typer.echo(f"key {number:<4}{sum(sealed[number].values()):>12} values  {what}".rstrip())


@app.command()
def rotate(
    *,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only put the new key into the file: copy it to all machines first.")
    ] = False,
) -> None:
    """Seal from now on with a new key; the old ones go on opening what they sealed.

    Running processes take it up within a minute. Back the key file up anew: without the new key what is sealed from
    now on is lost.
    """
    settings, now = read_settings(), SystemClock().now()
    with open_database(settings) as database:
        if prepare:
            number = key_file.prepare(settings.secret_key_file)
            typer.echo(f"Key {number} is in {settings.secret_key_file} and does not seal yet.")
            typer.echo("Copy the file to every machine, then run on each: usher keys rotate")
            return
        number = key_file.rotate(settings.secret_key_file, now=now)
        _put_on_record(database, {"rotated_to": number})
    typer.echo(f"Key {number} seals from now on. Back up {settings.secret_key_file}, then run: usher keys reseal")


@app.command()
def reseal() -> None:
    """Seal everything anew with the current key, a few rows at a time.

    May run beside everything else, be cut off anywhere, and run again: it goes on where it was. What does not open is
    named, by its column and its row's id, and left as it is; then it exits with 1.
    """
    with open_database(read_settings()) as database, bars() as tell:
        found = {sealed.name: _reseal(database, sealed, tell) for sealed in rotation.SEALED}
        done, number = sum(one.done for one in found.values()), database.vault.current
        if done:
            _put_on_record(database, {"resealed_with": number, "values": done})
    typer.echo(f"{done} values were sealed anew; key {number} seals.")
    unopened = {name: one.unopened for name, one in found.items() if one.unopened}
    for name, ids in unopened.items():
        typer.echo(f"{name} does not open in {len(ids)} rows; ids: {_listed(ids)}", err=True)
    if unopened:
        raise typer.Exit(STILL_NEEDED)


@app.command()
def retire(number: Annotated[int, typer.Argument(help="The old key's number.")]) -> None:
    """Take an old key out of the key file, once nothing is sealed with it.

    Exits with 1 while anything is. Backups made before still need the key: keep a copy of the file with them.
    """
    settings, now = read_settings(), SystemClock().now()
    with open_database(settings) as database, bars() as tell:
        left = _counts(database, tell)[number]
        if left:
            for name, values in left.items():
                typer.echo(f"{values} values of {name} are sealed with key {number}.")
            typer.echo("Run: usher keys reseal")
            raise typer.Exit(STILL_NEEDED)
        key_file.retire(settings.secret_key_file, number, now=now)
        _put_on_record(database, {"retired": number})
    typer.echo(f"Key {number} is out of {_place(settings)}. Backups made before still need it.")


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:MOST_NAMED])) + (", …" if len(ids) > MOST_NAMED else "")


def _reseal(database: Database, sealed: rotation.Sealed, tell: Tell) -> Resealed:
    reach = database.read_now(partial(rotation.reach, sealed=sealed))
    done = 0
    unopened: list[int] = []
    for first in range(reach.start, reach.stop, AT_ONCE):
        ids = range(first, min(first + AT_ONCE, reach.stop))
        step = database.write_now(partial(rotation.reseal, sealed=sealed, ids=ids))
        done += step.done
        unopened += step.unopened
        tell(sealed.name, ids.stop - reach.start, len(reach))
    return Resealed(done, unopened)


def _counts(database: Database, tell: Tell) -> Mapping[int, dict[str, int]]:
    """Return how many values of each column every key seals: {key: {column: values}}."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for done, sealed in enumerate(rotation.SEALED):
        tell("sealed columns", done, len(rotation.SEALED))
        for number, values in database.read_now(partial(rotation.counts, sealed=sealed)).items():
            found[number][sealed.name] = values
    return found


def _put_on_record(database: Database, facts: Mapping[str, int]) -> None:
    now = SystemClock().now()
    database.write_now(partial(audit.record, action=AuditAction.KEYS_CHANGED, actor=operator(), facts=facts, now=now))


def _place(settings: Settings) -> str:
    return str(settings.secret_key_file)
