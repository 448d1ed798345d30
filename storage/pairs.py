"""A value for each of many rows: (id, value) pairs that one UPDATE joins, so that every row is written once."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Integer, String, cast, func, literal


def joined(
    connection: Connection, pairs: Sequence[tuple[int, int]] | Sequence[tuple[int, str]]
) -> tuple[ColumnElement[int], ColumnElement[Any]]:
    """Return the id and the value of each pair as columns to be named in an UPDATE: its FROM follows by itself."""
    kind = Integer if isinstance(pairs[0][1], int) else String
    if connection.dialect.name == "sqlite":
        listed = func.json_each(orjson.dumps(pairs).decode()).table_valued("value")
        return (
            func.json_extract(listed.c.value, "$[0]", type_=Integer),
            func.json_extract(listed.c.value, "$[1]", type_=kind),
        )
    ids, values = zip(*pairs, strict=True)
    arrays = literal(list(ids), ARRAY(BigInteger)), literal(list(values), ARRAY(kind))
    given = func.unnest(*arrays).table_valued("id", "value").render_derived()
    return cast(given.c.id, BigInteger), cast(given.c.value, kind)
