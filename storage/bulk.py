"""Many rows at once: straight through the driver, with the columns' own conversions and ids taken beforehand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    ColumnElement,
    Connection,
    String,
    Table,
    any_,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.columns import EnumText


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
    otherwise: str | None = None,
) -> None:
    """Insert rows given as values in the order of `columns`.

    `otherwise` is what follows ON CONFLICT, for rows that are there already.
    """
    whole: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if not whole:
        return
    for place, name in enumerate(columns):
        whole[place] = _converted(connection, table.c[name].type, whole[place])
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(_statement(connection, table, columns, otherwise), list(zip(*whole, strict=True)))
    finally:
        cursor.close()


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Say that a column is one of many values, as one parameter however many there are."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def as_table(
    connection: Connection, name: str, columns: Mapping[str, TypeEngine[Any]], rows: Iterable[Sequence[Any]]
) -> CTE:
    """Return rows as a table that one statement can join: they travel as one parameter, whatever their number.

    Values must be texts, numbers, instants or enums: JSON carries no bytes.
    """
    whole = list(zip(*rows, strict=True))
    ready = [list(_converted(connection, kind, of)) for kind, of in zip(columns.values(), whole, strict=True)]
    if connection.dialect.name == "sqlite":
        packed = orjson.dumps(list(zip(*ready, strict=True))).decode()
        listed = func.json_each(literal(packed, String)).table_valued("value")
        cells = (
            func.json_extract(listed.c.value, literal_column(f"'$[{place}]'"), type_=kind).label(one)
            for place, (one, kind) in enumerate(columns.items())
        )
        return select(*cells).cte(name).prefix_with("MATERIALIZED")  # so that it gets an index for its join
    packed = orjson.dumps([dict(zip(columns, row, strict=True)) for row in zip(*ready, strict=True)]).decode()
    records = func.json_to_recordset(cast(literal(packed, String), JSON))
    derived = records.table_valued(*(column(one, kind) for one, kind in columns.items()))
    return select(*derived.render_derived(with_types=True).c).cte(name)


def _statement(connection: Connection, table: Table, columns: Sequence[str], otherwise: str | None) -> str:
    quote = connection.dialect.identifier_preparer
    names = ", ".join(quote.quote(name) for name in columns)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(columns))
    clause = f" ON CONFLICT {otherwise}" if otherwise else ""
    return f"INSERT INTO {quote.format_table(table)} ({names}) VALUES ({marks}){clause}"  # noqa: S608 - our own names


def _converted(connection: Connection, kind: TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any]:
    """Convert a column of our own types, each instant once; drivers know all others."""
    if isinstance(kind, EnumText):
        return [value.value if isinstance(value, Enum) else value for value in values]
    if not isinstance(kind, TypeDecorator):
        return values
    convert = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if convert is None:
        return values
    known = {value: convert(value) for value in set(values)}
    return list(map(known.__getitem__, values))
