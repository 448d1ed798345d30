"""Sealing anew: every sealed column of the database in one list, and how each comes under the current key."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, bindparam, func, select, update

from domain.errors import InvalidInputError
from storage import deliveries, endpoints, imports, inbox, notices, parties, tasks
from storage.database import vault_of
from storage.schema import (
    audit_event,
    case,
    delivery,
    endpoint,
    fed_block,
    import_row,
    inbound,
    installation,
    notice,
    participation,
    person,
    start_token,
    task,
)


class Sealed(NamedTuple):
    """A column of sealed values, and the context that they are bound to."""

    column: Column[bytes]
    context: str

    @property
    def name(self) -> str:
        """The column as people read it: "person.birth_date"."""
        return f"{self.column.table.name}.{self.column.name}"


class Resealed(NamedTuple):
    """How many values were sealed anew, and the rows (ids) whose value does not open: damaged, or its key is gone."""

    done: int
    unopened: Sequence[int]


SEALED = (
    Sealed(person.c.given_name, parties.GIVEN_NAME),
    Sealed(person.c.family_name, parties.FAMILY_NAME),
    Sealed(person.c.birth_date, parties.BIRTH_DATE),
    Sealed(endpoint.c.address, endpoints.ADDRESS),
    Sealed(import_row.c.row, imports.ROW),
    Sealed(notice.c.text, notices.TEXT),
    Sealed(delivery.c.text, deliveries.TEXT),
    Sealed(inbound.c.payload, inbox.PAYLOAD),
    Sealed(task.c.note, tasks.NOTE),
)
"""Every column that is sealed. A new one is entered here, or in DIGESTS: a test compares both with the schema."""

DIGESTS: Sequence[Column[bytes]] = (
    case.c.fed_rows,
    fed_block.c.digest,
    fed_block.c.rows,
    participation.c.feed_digest,
    endpoint.c.address_digest,
    start_token.c.digest,
    delivery.c.text_digest,
    inbound.c.sender_digest,
    inbound.c.payload_digest,
    audit_event.c.previous,
    audit_event.c.digest,
    installation.c.digest,
)
"""Every other column of bytes: digests, which no key opens, and with some of them the id of a row. Keyed ones stay with
the index key for ever."""


def reach(connection: Connection, sealed: Sealed) -> range:
    """Return the ids there are in a column's table, from the first to the last."""
    ids = sealed.column.table.c.id
    found = connection.execute(select(func.min(ids).label("first"), func.max(ids).label("last"))).one()
    return range(found.first, found.last + 1) if found.first is not None else range(0)


def reseal(connection: Connection, sealed: Sealed, ids: range) -> Resealed:
    """Bring the values of rows with these ids, that are under another key, under the current one.

    A value that does not open stays as it is. One that changes meanwhile is left as it is now. May be cut off anywhere
    and run again.
    """
    vault, column, table = vault_of(connection), sealed.column, sealed.column.table
    old = select(table.c.id, column.label("old")).where(
        table.c.id.between(ids.start, ids.stop - 1), func.length(column) > 0, _mark(column) != bytes([vault.current])
    )
    rows: list[dict[str, Any]] = []
    unopened = []
    for row in connection.execute(old):
        try:
            opened = vault.open(row.old, sealed.context)
        except InvalidInputError:
            unopened.append(int(row.id))
        else:
            rows.append({"row": row.id, "was": row.old, "fresh": vault.seal(opened, sealed.context)})
    if rows:
        same = (table.c.id == bindparam("row"), column == bindparam("was"))
        connection.execute(update(table).where(*same).values({column: bindparam("fresh")}), rows)
    return Resealed(len(rows), unopened)


def counts(connection: Connection, sealed: Sealed) -> dict[int, int]:
    """Return how many values of a column each key seals. Reads the whole column."""
    mark = _mark(sealed.column)
    query = select(mark.label("mark"), func.count().label("values")).where(func.length(sealed.column) > 0)
    return {row.mark[0]: row.values for row in connection.execute(query.group_by(mark))}


def samples(connection: Connection, sealed: Sealed, number: int, *, few: int) -> list[bytes]:
    """Return a few values of a column that a key seals."""
    under = (func.length(sealed.column) > 0, _mark(sealed.column) == bytes([number]))
    return list(connection.execute(select(sealed.column).where(*under).limit(few)).scalars())


def _mark(column: Column[bytes]) -> ColumnElement[bytes]:
    """The byte of a sealed value that names its key."""
    return func.substr(column, 1, 1, type_=LargeBinary)
