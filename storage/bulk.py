"""Many rows at once: straight through the driver, with the columns' own conversions and ids taken beforehand."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.types import TypeDecorator, TypeEngine

Convert: TypeAlias = Callable[[Any], Any]


def take_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return `count` ids that no row of the table has and no other transaction will get.

    SQLite has one writer, so the next ones are free; PostgreSQL's sequence hands them out.
    """
    if not count:
        return ()
    if connection.dialect.name == "sqlite":
        newest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return range(newest + 1, newest + 1 + count)
    quoted = connection.dialect.identifier_preparer.format_table(table)
    series = select(func.nextval(func.pg_get_serial_sequence(quoted, "id"))).select_from(
        func.generate_series(1, count).alias("wanted")
    )
    return [int(one) for one in connection.execute(series).scalars()]


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    unless_there: str | None = None,
) -> None:
    """Insert rows given as values in the order of `columns`.

    With `unless_there` a row whose value in that unique column is there already is left out.
    """
    converts = [_conversion(connection, table.c[name].type) for name in columns]
    ready = [tuple(convert(value) for convert, value in zip(converts, row, strict=True)) for row in rows]
    if ready:
        connection.exec_driver_sql(_statement(connection, table, columns, unless_there), ready)


def _statement(connection: Connection, table: Table, columns: Sequence[str], unless_there: str | None) -> str:
    quote = connection.dialect.identifier_preparer
    names = ", ".join(quote.quote(name) for name in columns)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(columns))
    clause = f" ON CONFLICT ({quote.quote(unless_there)}) DO NOTHING" if unless_there else ""
    return f"INSERT INTO {quote.format_table(table)} ({names}) VALUES ({marks}){clause}"  # noqa: S608 - our own names


def _conversion(connection: Connection, kind: TypeEngine[Any]) -> Convert:
    """Return the conversion of our own column types; equal values are converted once. Drivers know all others."""
    convert = kind.bind_processor(connection.dialect) if isinstance(kind, TypeDecorator) else None
    if convert is None:
        return _as_it_is
    known: dict[Any, Any] = {}

    def convert_once(value: Any) -> Any:  # noqa: ANN401 - what a column holds
        if value not in known:
            known[value] = convert(value)
        return known[value]

    return convert_once


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - what a column holds
    return value
