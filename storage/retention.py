"""Forgetting, a few rows at a time: words are removed, a keyed digest and the facts around them stay."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, select, update

from domain.retention import Kept
from storage import deliveries, inbox, retention_rules
from storage.database import vault_of
from storage.parties import REPLACED
from storage.retention_rules import Condition, Scope
from storage.schema import (
    delivery,
    endpoint,
    import_row,
    inbound,
    notice,
    participation,
    person,
    person_endpoint,
    receipt,
    task,
    verdict,
)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
REMOVED = b""
"""What stands in the place of a sealed text that was removed."""
DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Drawer:
    """One thing that is forgotten: rows of a table, when they are over, and how they are emptied."""

    name: str
    kept: Kept
    table: Table
    is_over: Callable[[Scope], Condition]
    empty: Callable[[Connection, Sequence[int], datetime], None]


def reach(connection: Connection, drawer: Drawer) -> range:
    """Return the ids there are in a drawer's table, from the first to the last."""
    ids = select(func.min(drawer.table.c.id).label("first"), func.max(drawer.table.c.id).label("last"))
    found = connection.execute(ids).one()
    return range(found.first, found.last + 1) if found.first is not None else range(0)


def over(connection: Connection, drawer: Drawer, scope: Scope, ids: range) -> list[int]:
    """Return which rows with one of these ids may be forgotten."""
    here = drawer.table.c.id.between(ids.start, ids.stop - 1)
    query = select(drawer.table.c.id).where(here, drawer.is_over(scope)).order_by(drawer.table.c.id)
    return list(connection.execute(query).scalars())


def forget(connection: Connection, drawer: Drawer, scope: Scope, ids: Sequence[int], *, now: datetime) -> int:
    """Empty those of the rows that may be forgotten still; return how many."""
    row = drawer.table.c.id
    ours = select(row).where(row.in_(ids)).with_for_update(of=drawer.table, skip_locked=True)
    held = list(connection.execute(ours).scalars())
    # Asked only now that they are ours: a single statement would not see what was committed while it came to a row.
    chosen = list(connection.execute(select(row).where(row.in_(held), drawer.is_over(scope))).scalars())
    if chosen:
        drawer.empty(connection, chosen, now)
    return len(chosen)


def _empty_deliveries(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    vault = vault_of(connection)
    rows = connection.execute(select(delivery.c.id, delivery.c.text).where(delivery.c.id.in_(ids)))
    proofs = [
        {"row": row.id, "proof": vault.digest(vault.open(row.text, deliveries.TEXT), deliveries.TEXT)} for row in rows
    ]
    emptied = update(delivery).where(delivery.c.id == bindparam("row"))
    emptied = emptied.values(text=REMOVED, text_digest=bindparam("proof"), redacted_at=now)
    connection.execute(emptied, proofs)


def _empty_inbound(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    vault = vault_of(connection)
    rows = connection.execute(select(inbound.c.id, inbound.c.payload).where(inbound.c.id.in_(ids)))
    proofs = [
        {"row": row.id, "proof": vault.digest(vault.open(row.payload, inbox.PAYLOAD), inbox.PAYLOAD)} for row in rows
    ]
    emptied = update(inbound).where(inbound.c.id == bindparam("row"))
    emptied = emptied.values(payload=REMOVED, payload_digest=bindparam("proof"), sender_digest=None, redacted_at=now)
    connection.execute(emptied, proofs)


def _empty_replies(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    connection.execute(update(notice).where(notice.c.id.in_(ids)).values(text=None))


def _empty_quarantine(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    connection.execute(update(import_row).where(import_row.c.id.in_(ids)).values(row=REMOVED))


def _empty_notes(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    connection.execute(update(task).where(task.c.id.in_(ids)).values(note=None))


def _empty_verdicts(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    connection.execute(update(verdict).where(verdict.c.id.in_(ids)).values(inputs={}))


def _drop_receipts(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    connection.execute(delete(receipt).where(receipt.c.id.in_(ids)))


def _empty_people(connection: Connection, ids: Sequence[int], _: datetime) -> None:
    """Remove names and birth dates; a feed that names them again is heard as if it had never spoken."""
    nobody = {"given_name": None, "family_name": None, "birth_date": None}
    connection.execute(update(person).where(person.c.id.in_(ids)).values(nobody))
    connection.execute(update(participation).where(participation.c.person_id.in_(ids)).values(feed_digest=None))


def _empty_endpoints(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Remove addresses; whoever said no is known by the digest alone, so that the no outlives the address."""
    no = set(
        connection.execute(select(endpoint.c.id).where(endpoint.c.id.in_(ids), retention_rules.said_no())).scalars()
    )
    live = (person_endpoint.c.endpoint_id.in_(ids), person_endpoint.c.ended_at.is_(None))
    connection.execute(update(person_endpoint).where(*live).values(ended_at=now, source=REPLACED))
    connection.execute(update(endpoint).where(endpoint.c.id.in_(ids)).values(address=REMOVED, forgotten_at=now))
    unknown = [{"row": one, "nothing": os.urandom(DIGEST_BYTES)} for one in ids if one not in no]
    if unknown:
        blur = update(endpoint).where(endpoint.c.id == bindparam("row")).values(address_digest=bindparam("nothing"))
        connection.execute(blur, unknown)


DRAWERS = (
    Drawer("inbound texts", Kept.INBOUND, inbound, retention_rules.inbound_is_over, _empty_inbound),
    Drawer("sent texts", Kept.TEXTS, delivery, retention_rules.text_is_over, _empty_deliveries),
    Drawer("copies of replies", Kept.REPLIES, notice, retention_rules.reply_is_over, _empty_replies),
    Drawer("quarantined rows", Kept.QUARANTINE, import_row, retention_rules.quarantine_is_over, _empty_quarantine),
    Drawer("notes of tasks", Kept.NOTES, task, retention_rules.note_is_over, _empty_notes),
    Drawer("inputs of verdicts", Kept.VERDICTS, verdict, retention_rules.verdict_is_over, _empty_verdicts),
    Drawer("receipts", Kept.RECEIPTS, receipt, retention_rules.receipt_is_over, _drop_receipts),
    Drawer("names of people", Kept.PEOPLE, person, retention_rules.person_is_over, _empty_people),
    Drawer("addresses", Kept.PEOPLE, endpoint, retention_rules.endpoint_is_over, _empty_endpoints),
)
"""Everything that is forgotten, in the order in which it is done."""
