"""`usher backup`: the embedded database, copied whole while Usher runs."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.bars import bars
from bot.cli.opening import open_database, sqlite_file
from bot.settings import read_settings
from domain.clock import SystemClock
from domain.errors import InvalidInputError
from storage import backup as copies
from storage import heartbeats
from storage.heartbeats import Done

OTHER_ENGINE = (
    "is for the embedded database; yours is PostgreSQL, which brings its own: "
    "pg_dump --format=custom --file={file} --dbname=USHER_DATABASE_URL, written without +psycopg"
)


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")]) -> None:
    """Copy the database to a file of your own, whole and checked, while Usher runs.

    The key file is not in it: keep that apart.
    """
    settings = read_settings()
    if sqlite_file(settings.database_url.get_secret_value()) is None:
        raise InvalidInputError("usher backup", OTHER_ENGINE.format(file=file))
    with open_database(settings) as database, bars() as tell:
        database.read_now(partial(copies.copy, target=file, progress=partial(tell, "pages")))
        database.write_now(partial(heartbeats.note_done, work=Done.BACKUP, now=SystemClock().now()))
    typer.echo(f"Wrote {file} ({file.stat().st_size:,} bytes), checked.")
    typer.echo(f"It opens only with {settings.secret_key_file}: back that up too, in another place.")
