"""`usher migrate`: the schema of this release, and the courts as their files say."""

from collections.abc import Mapping
from functools import partial

import typer
from sqlalchemy import Connection

from bot.cli.opening import open_database, reaching, sqlite_file
from bot.court_files import read_court_files
from bot.settings import Settings, read_settings
from domain.clock import SystemClock
from domain.court import Court
from domain.court_file import read_court
from domain.errors import InvalidInputError
from locales.languages import KNOWN
from storage import belonging, courts, lanes, rehoming
from storage import migrate as migrations
from storage.database import Database
from storage.vault import Vault, read_key_file

RESTART = "What runs goes by the old rules until it is restarted: worker, clock and web, or run."


def migrate() -> None:
    """Bring the database to this release and apply the court files.

    All court files are read before anything is changed.
    """
    for line in apply_everything(read_settings()):
        typer.echo(line)


def apply_everything(settings: Settings) -> list[str]:
    """Upgrade the database and apply the court files; return a line for each thing done.

    A database that a newer release has migrated, or whose court files it has applied, is left as it is.

    Raises:
        InvalidInputError: If a court file is wrong, or the key file is missing or another installation's; nothing was
            changed then.
        DatabaseAwayError: If the database cannot be reached.
    """
    texts = checked_court_files(settings)
    vault = read_key_file(settings.secret_key_file)
    url = settings.database_url.get_secret_value()
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with reaching():
        there = migrations.current(url)
        if there is not None:
            _refuse_another_key(url, vault)
            if migrations.is_newer(there):
                return [f"The database is at {there}, newer than this release ({migrations.head()}): nothing to do."]
        revision = migrations.upgrade(url)
    if file is not None:
        file.chmod(0o600)
    with open_database(settings) as database:
        changed = database.write_now(partial(_apply, texts=texts))
    return [
        f"The database is at {revision}.",
        *(f"Applied court {key}." for key in changed),
        *([RESTART] if changed and there is not None else []),
        *([] if changed else [f"No court file has changed ({len(texts)} in {settings.courts_dir})."]),
    ]


def _refuse_another_key(url: str, vault: Vault) -> None:
    """See before anything is changed that what is there was sealed with this key."""
    database = Database(url, vault)
    try:
        database.read_now(belonging.check_by_values)
    finally:
        database.close_now()


def checked_court_files(settings: Settings) -> dict[str, str]:
    """Read every court file, and see that we know the languages they name; return their texts by key.

    Raises:
        InvalidInputError: At the first mistake.
    """
    found = read_court_files(settings.courts_dir)
    for key, (court, _) in found.items():
        refuse_unknown_languages(court, place=f"{settings.courts_dir}/{key}.toml")
    return {key: text for key, (_, text) in found.items()}


def refuse_unknown_languages(court: Court, *, place: str) -> None:
    """See that Usher knows every language of a court.

    Raises:
        InvalidInputError: If it does not know one.
    """
    for language in court.languages:
        if language not in KNOWN:
            raise InvalidInputError(f"{place}: languages", f"{language!r} is not one of {', '.join(KNOWN)}")


def _apply(connection: Connection, *, texts: Mapping[str, str]) -> list[str]:
    now = SystemClock().now()
    changed = courts.apply(connection, texts, now=now)
    known = courts.load(connection, read_court)
    belonging.mark(connection)
    lanes.ensure(connection, known.by_id.values(), now=now)
    rehoming.rehome(connection, known)
    return changed
