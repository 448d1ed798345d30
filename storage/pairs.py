"""A value for each of many rows: (id, value) pairs that one statement joins, so that every row is written once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import orjson
from sqlalchemy import JSON, ColumnElement, Dialect, Text, bindparam, cast, column, func
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.columns import ID
from storage.prepared import Prepared

Joined: TypeAlias = Callable[[ColumnElement[int], ColumnElement[Any]], ClauseElement]


def joining(statement: Joined, value: TypeEngine[Any] = ID) -> Prepared:
    """Return a statement that takes its pairs as the parameter `pairs`.

    `statement` is handed the id and the value of each pair as columns to be named: a FROM follows by itself. `value` is
    the values' type; unless said, they are ids too.
    """
    given = bindparam("pairs", type_=_Pairs())
    listed = func.json_each(given).table_valued("value")
    places = [
        func.json_extract(listed.c.value, "$[0]", type_=ID),
        func.json_extract(listed.c.value, "$[1]", type_=value),
    ]
    rows = func.json_to_recordset(cast(given, JSON)).table_valued(column("id", ID), column("value", value))
    rows = rows.render_derived(with_types=True)
    return Prepared({"sqlite": statement(*places), "postgresql": statement(rows.c.id, rows.c.value)})


class _Pairs(TypeDecorator[Sequence[tuple[int, Any]]]):
    """Pairs as one text: JSON arrays on SQLite, JSON objects on PostgreSQL, which reads them as rows at once."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[tuple[int, Any]] | None, dialect: Dialect) -> str:
        """Put them into the engine's words."""
        pairs: Sequence[Any] = value or ()
        if dialect.name != "sqlite":
            pairs = [{"id": number, "value": given} for number, given in pairs]
        return orjson.dumps(pairs).decode()
