"""Straight to the engine's driver, past SQLAlchemy's machinery, but with its errors: nobody outside knows others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Row: TypeAlias = tuple[Any, ...]
Answer = TypeVar("Answer")
Bound: TypeAlias = Mapping[str, Any] | Sequence[Any]
"""Parameters as the driver takes them: by name, or for "?" in their order."""


def fetch(connection: Connection, text: str, bound: Bound) -> Sequence[Row]:
    """Run a statement and return all its rows.

    Raises:
        DBAPIError: What the driver raised, as SQLAlchemy calls it; without the parameters, which may be personal.
    """
    return _with_cursor(connection, lambda cursor: cursor.execute(text, bound).fetchall())


def fetch_each(connection: Connection, text: str, bound: Sequence[Any]) -> list[Sequence[Row]]:
    """Run a statement once for each of many sets of parameters and return the rows of each.

    PostgreSQL is asked once for all; SQLite is not far away.

    Raises:
        DBAPIError: As `fetch`.
    """
    answers = _one_by_one if connection.dialect.name == "sqlite" else _in_one_go
    return _with_cursor(connection, lambda cursor: answers(cursor, text, bound))


def run(connection: Connection, text: str, bound: Bound) -> int:
    """Run a statement that returns no rows; return how many it touched.

    Raises:
        DBAPIError: As `fetch`.
    """
    return _with_cursor(connection, lambda cursor: int(cursor.execute(text, bound).rowcount))


def run_many(connection: Connection, text: str, bound: Sequence[Any]) -> None:
    """Run a statement once for each of many sets of parameters.

    Raises:
        DBAPIError: As `fetch`.
    """
    _with_cursor(connection, lambda cursor: cursor.executemany(text, bound))


def hide_values(error: BaseException) -> None:
    """Take from an error of PostgreSQL what it quotes of rows: "Key (number)=(…) already exists" is for no log."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary is not None:
        error.args = (primary,)


def _with_cursor(connection: Connection, use: Callable[[Any], Answer]) -> Answer:
    dialect: Any = connection.dialect
    cursor: Any = connection.connection.cursor()
    try:
        return use(cursor)
    except dialect.loaded_dbapi.Error as error:
        is_cut = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        if is_cut:
            connection.invalidate(error)
        hide_values(error)
        raise DBAPIError.instance(
            None,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_cut,
            dialect=dialect,
        ) from error
    finally:
        cursor.close()


def _one_by_one(cursor: Any, text: str, bound: Sequence[Any]) -> list[Sequence[Row]]:  # noqa: ANN401 - a driver's own
    return [cursor.execute(text, parameters).fetchall() for parameters in bound]


def _in_one_go(cursor: Any, text: str, bound: Sequence[Any]) -> list[Sequence[Row]]:  # noqa: ANN401 - the same
    cursor.executemany(text, bound, returning=True)
    answers = []
    for _ in bound:
        answers.append(cursor.fetchall())
        cursor.nextset()
    return answers
