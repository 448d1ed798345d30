"""What commands begin with: the database of this installation, opened, or one sentence about why it cannot be."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.settings import Settings
from domain.errors import UsherError
from storage import belonging, migrate
from storage.database import Database
from storage.vault import read_key_file

NEWER = "newer than this release; all works with it, for migrations only add"


class DatabaseAwayError(UsherError):
    """The database is not there, not reachable, or not of this release."""


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database for one command and close it afterwards; say on stderr where it is of a newer release.

    Raises:
        DatabaseAwayError: If it is missing, cannot be reached, or waits for `usher migrate`.
        InvalidInputError: If the key file is missing, open to others, or another installation's.
    """
    with open_unchecked(settings) as database:
        with reaching():
            database.read_now(belonging.check)
            revision = database.read_now(migrate.revision)
        if revision is not None and migrate.is_newer(revision):
            sys.stderr.write(f"usher: the database is at {revision}, {NEWER}\n")
        yield database


@contextmanager
def open_unchecked(settings: Settings) -> Iterator[Database]:
    """Open the database for what no key is needed for: nothing that is sealed may be looked at, nor anything sealed.

    Raises as `open_database`, but for a key that is another installation's.
    """
    url = settings.database_url.get_secret_value()
    revision = revision_of(url)
    needed = migrate.head()
    if revision is None or revision < needed:
        raise DatabaseAwayError(
            f"the database is at {revision or 'nothing'}, this release needs {needed}; run: usher migrate"
        )
    database = Database(url, read_key_file(settings.secret_key_file))
    try:
        yield database
    finally:
        database.close_now()


def revision_of(url: str) -> str | None:
    """Return the revision a database is at, None when it was never migrated.

    Raises:
        DatabaseAwayError: If it is missing or cannot be reached.
    """
    file = sqlite_file(url)
    if file is not None and not _is_there(file):
        raise DatabaseAwayError(f"there is no database at {file}; run: usher init")
    with reaching():
        return migrate.current(url)


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as error:
        raise DatabaseAwayError(f"{file} cannot be reached: {error.strerror}") from None


@contextmanager
def reaching() -> Iterator[None]:
    """Turn a driver's refusal into a sentence without the address or password that drivers put into theirs.

    Raises:
        DatabaseAwayError: If the driver could not connect or was refused.
    """
    try:
        yield
    except DBAPIError as error:
        kind = type(error.orig).__name__
        raise DatabaseAwayError(f"the database does not answer ({kind}); look at USHER_DATABASE_URL") from None


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, None for any other engine."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
