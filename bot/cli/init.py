"""`usher init`: everything a new installation needs, made where it is missing and never written over."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.migrate import apply_everything, checked_court_files
from bot.cli.opening import revision_of, sqlite_file
from bot.cli.settings_text import env_example
from bot.court_files import EXAMPLE, example_court
from bot.settings import ENV_FILE, Settings, read_settings
from domain.court_file import COURT_KEY
from domain.errors import ConflictError, InvalidInputError
from storage.key_file import new_key_file
from storage.vault import read_key_file

OWNER_ONLY = 0o600


def init(
    court: Annotated[
        str, typer.Option(help="The short name of the first court: lower-case letters, digits, -.")
    ] = EXAMPLE,
) -> None:
    """Make settings, a key, an example court and the database, where they are missing.

    What is there already is kept as it is; run it as often as you like.
    """
    if not COURT_KEY.fullmatch(court):
        raise InvalidInputError("--court", "must be lower-case letters, digits and -")
    settings = read_settings()
    _refuse_a_lost_key(settings)
    if any(settings.courts_dir.glob("*.toml")):
        checked_court_files(settings)
    _say("settings", ENV_FILE, made=_write_once(ENV_FILE, env_example()))
    _say("key", settings.secret_key_file, made=_make_key(settings.secret_key_file))
    _make_court(settings.courts_dir, court)
    for line in apply_everything(settings):
        typer.echo(line)
    typer.echo("Next: edit the court's file and .env, then run: usher doctor")


def _refuse_a_lost_key(settings: Settings) -> None:
    """A new key beside an old database would lock away everything in it."""
    if settings.secret_key_file.exists():
        read_key_file(settings.secret_key_file)
    elif _has_database(settings.database_url.get_secret_value()):
        raise ConflictError(
            f"the database is there, but its key {settings.secret_key_file} is not: put the key back from your backup"
        )


def _has_database(url: str) -> bool:
    file = sqlite_file(url)
    return (file is None or file.exists()) and revision_of(url) is not None


def _make_key(path: Path) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new_key_file(path)
    return True


def _make_court(folder: Path, key: str) -> None:
    """Write the example only into an empty folder: a court nobody meant to have must not appear later."""
    there = sorted(folder.glob("*.toml"))
    path = there[0] if there else folder / f"{key}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    _say("court file", path, made=not there and _write_once(path, example_court(), mode=0o644))


def _write_once(path: Path, text: str, *, mode: int = OWNER_ONLY) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _say(what: str, path: Path, *, made: bool) -> None:
    typer.echo(f"{'Made' if made else 'Kept'} {what}: {path}")
