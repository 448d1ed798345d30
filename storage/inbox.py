"""The inbox: what came in, stored before it is thought about; each message once, each sender's in order."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.delivery import Address
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.schema import inbound

PAYLOAD = "inbound.payload"
LONGEST_KEY = 96


class InboxState(StrEnum):
    """Where a message is."""

    RECEIVED = "received"
    HANDLED = "handled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message at the door. `provider_key` is what tells a repeat; `payload` is the message as it came."""

    source: str
    provider_key: str
    kind: str
    payload: str = field(repr=False)
    sender: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A stored message that nobody has thought about yet."""

    id: int
    source: str
    provider_key: str
    payload: str = field(repr=False)
    received_at: datetime


def store(connection: Connection, arrival: Arrival, *, now: datetime) -> bool:
    """Keep a message; return False when it is there already."""
    vault, sender = vault_of(connection), arrival.sender
    row = {
        "source": arrival.source,
        "provider_key": _short(arrival.provider_key),
        "kind": arrival.kind,
        "sender_digest": vault.digest(sender.value, ADDRESS) if sender else None,
        "payload": vault.seal(arrival.payload, PAYLOAD),
        "state": InboxState.RECEIVED,
        "attempts": 0,
        "received_at": now,
    }
    return connection.execute(_KEEP[connection.dialect.name], row).first() is not None


def waiting(connection: Connection, *, limit: int) -> list[int]:
    """Return the ids of messages that wait, oldest first."""
    query = select(inbound.c.id).where(_IS_RECEIVED).order_by(inbound.c.id)
    return list(connection.execute(query.limit(limit)).scalars())


def take(connection: Connection, inbound_id: int) -> Received | None:
    """Return a message to think about, locked until this unit of work ends.

    None if it is not waiting any more, if another process has it, or if an older one of the same sender comes first.
    """
    query = select(inbound).where(inbound.c.id == inbound_id, inbound.c.state == InboxState.RECEIVED)
    row = connection.execute(query.with_for_update(skip_locked=True)).first()
    if row is None or _older_waits(connection, row.id, row.sender_digest):
        return None
    return Received(
        id=row.id,
        source=row.source,
        provider_key=row.provider_key,
        payload=vault_of(connection).open(row.payload, PAYLOAD),
        received_at=row.received_at,
    )


def settle(connection: Connection, inbound_id: int, *, endpoint_id: int | None, outcome: str, now: datetime) -> None:
    """Note that a message was handled, and what it was taken for."""
    values = {"state": InboxState.HANDLED, "endpoint_id": endpoint_id, "outcome": outcome, "handled_at": now}
    connection.execute(update(inbound).where(inbound.c.id == inbound_id).values(values))


def note_failure(connection: Connection, inbound_id: int, *, error: str, most: int, now: datetime) -> bool:
    """Count a failed attempt at a message; return True when it was the last that it gets."""
    still = (inbound.c.id == inbound_id, inbound.c.state == InboxState.RECEIVED)
    tried = update(inbound).where(*still).values(attempts=inbound.c.attempts + 1, error=error[:LONGEST_KEY])
    attempts = connection.execute(tried.returning(inbound.c.attempts)).scalar()
    if attempts is None or attempts < most:
        return False
    connection.execute(update(inbound).where(*still).values(state=InboxState.FAILED, handled_at=now))
    return True


def count_outcomes(connection: Connection, *, endpoint_id: int, outcomes: frozenset[str], since: datetime) -> int:
    """Return how many messages of an endpoint were taken for one of `outcomes` since an instant."""
    query = select(func.count()).where(
        inbound.c.endpoint_id == endpoint_id, inbound.c.outcome.in_(outcomes), inbound.c.received_at > since
    )
    return int(connection.execute(query).scalar_one())


_KEEP = {  # made once: every webhook goes through it
    name: make(inbound).on_conflict_do_nothing(index_elements=["source", "provider_key"]).returning(inbound.c.id)
    for name, make in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_IS_RECEIVED = text("inbound.state = 'received'")
"""Literal, as the partial index has it: a bound value would not be known to fit, and the whole table be read."""


def _short(key: str) -> str:
    """Return a key as it is kept: a longer one by its digest, for what was cut off might be all that differs."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _older_waits(connection: Connection, inbound_id: int, sender_digest: bytes | None) -> bool:
    if sender_digest is None:
        return False
    query = select(inbound.c.id).where(
        _IS_RECEIVED, inbound.c.id < inbound_id, inbound.c.sender_digest == sender_digest
    )
    return connection.execute(query.limit(1)).first() is not None
