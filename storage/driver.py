"""Straight to the engine's driver, past SQLAlchemy's machinery, but with its errors: nobody outside knows others."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Row: TypeAlias = tuple[Any, ...]
Bound: TypeAlias = Mapping[str, Any] | Sequence[Any]
"""Parameters as the driver takes them: by name, or for "?" in their order."""


def fetch(connection: Connection, text: str, bound: Bound) -> Sequence[Row]:
    """Run a statement and return all its rows.

    Raises:
        DBAPIError: What the driver raised, as SQLAlchemy calls it; without the parameters, which may be personal.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, bound)
        return cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        _raise_as_ours(connection, error)
    finally:
        cursor.close()


def run(connection: Connection, text: str, bound: Bound) -> int:
    """Run a statement that returns no rows; return how many it touched.

    Raises:
        DBAPIError: As `fetch`.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, bound)
        return int(cursor.rowcount)
    except connection.dialect.loaded_dbapi.Error as error:
        _raise_as_ours(connection, error)
    finally:
        cursor.close()


def run_many(connection: Connection, text: str, bound: Sequence[Any]) -> None:
    """Run a statement once for each of many sets of parameters.

    Raises:
        DBAPIError: As `fetch`.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(text, bound)
    except connection.dialect.loaded_dbapi.Error as error:
        _raise_as_ours(connection, error)
    finally:
        cursor.close()


def hide_values(error: BaseException) -> None:
    """Take from an error of PostgreSQL what it quotes of rows: "Key (number)=(…) already exists" is for no log."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary is not None:
        error.args = (primary,)


def _raise_as_ours(connection: Connection, error: Exception) -> NoReturn:
    hide_values(error)
    dialect = connection.dialect
    raise DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    ) from error
