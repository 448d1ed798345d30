"""The inbox: what came in, stored before it is thought about; each message once, each sender's in order."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from domain.delivery import Address
from storage.bulk import insert_rows, update_rows
from storage.database import vault_of
from storage.driver import Row
from storage.endpoints import ADDRESS
from storage.prepared import Prepared, one_of
from storage.schema import inbound
from storage.vault import Vault

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


class Settled(NamedTuple):
    """A message that was thought about: whose it was, if anybody's, and what it was taken for."""

    id: int
    endpoint_id: int | None
    outcome: str


def store(connection: Connection, arrival: Arrival, *, now: datetime) -> bool:
    """Keep a message; return False when it is there already."""
    return store_all(connection, [(arrival, now)])[0]


def store_all(connection: Connection, arrivals: Iterable[tuple[Arrival, datetime]]) -> list[bool]:
    """Keep messages, each with the instant at which it came; return False for each that is there already."""
    vault = vault_of(connection)
    rows = [_row(vault, *one) for one in arrivals]
    added = insert_rows(connection, inbound, _KEPT, rows, otherwise="(source, provider_key) DO NOTHING", returning=_KEY)
    fresh = set(added)
    return [_is_in(fresh, row[: len(_KEY)]) for row in rows]


def waiting(connection: Connection, *, limit: int) -> list[int]:
    """Return the ids of messages that wait, oldest first."""
    return [inbound_id for (inbound_id,) in _WAITING.all(connection, limit=limit)]


def take(connection: Connection, inbound_id: int) -> Received | None:
    """Return a message to think about, locked until this unit of work ends.

    None if it is not waiting any more, if another process has it, or if an older one of the same sender comes first.
    """
    taken = _received(connection, _in_turn(connection, _TAKE.all(connection, id=inbound_id)))
    return taken[0] if taken else None


def take_next(connection: Connection, *, limit: int) -> list[Received]:
    """Return the oldest messages to think about, in their order, locked until this unit of work ends.

    What another process has is passed over, and so is what the same senders wrote after that. SQLite has one writer,
    so there nobody else has any.
    """
    rows = _TAKE_NEXT.all(connection, limit=limit)
    return _received(connection, rows if connection.dialect.name == "sqlite" else _in_turn(connection, rows))


def settle(connection: Connection, handled: Iterable[Settled], *, now: datetime) -> None:
    """Note that messages were handled, and what they were taken for."""
    rows = ((one.id, InboxState.HANDLED, one.endpoint_id, one.outcome, now) for one in handled)
    update_rows(connection, inbound, ("id", "state", "endpoint_id", "outcome", "handled_at"), rows)


def note_failure(connection: Connection, inbound_id: int, *, error: str, most: int, now: datetime) -> bool:
    """Count a failed attempt at a message; return True when it was the last that it gets."""
    still = (inbound.c.id == inbound_id, inbound.c.state == InboxState.RECEIVED)
    tried = update(inbound).where(*still).values(attempts=inbound.c.attempts + 1, error=error[:LONGEST_KEY])
    attempts = connection.execute(tried.returning(inbound.c.attempts)).scalar()
    if attempts is None or attempts < most:
        return False
    connection.execute(update(inbound).where(*still).values(state=InboxState.FAILED, handled_at=now))
    return True


def outcomes_of(
    connection: Connection, endpoint_ids: Collection[int], *, since: datetime
) -> dict[int, list[tuple[str, datetime]]]:
    """Return what each endpoint's messages that came after an instant were taken for, and when they came."""
    found: dict[int, list[tuple[str, datetime]]] = {endpoint_id: [] for endpoint_id in endpoint_ids}
    for endpoint_id, outcome, received_at in _OUTCOMES.all(connection, endpoints=endpoint_ids, since=since):
        found[endpoint_id].append((outcome, received_at))
    return found


_IS_RECEIVED = text("inbound.state = 'received'")
"""Literal, as the partial index has it: a bound value would not be known to fit, and the whole table be read."""
_KEY = ("source", "provider_key")
_KEPT = (*_KEY, "kind", "sender_digest", "payload", "received_at", "state", "attempts")
_WAITING = Prepared(select(inbound.c.id).where(_IS_RECEIVED).order_by(inbound.c.id).limit(bindparam("limit")))
_MESSAGE = select(
    inbound.c.id,
    inbound.c.source,
    inbound.c.provider_key,
    inbound.c.payload,
    inbound.c.received_at,
).with_for_update(skip_locked=True)
_TAKE = Prepared(_MESSAGE.where(inbound.c.id == bindparam("id"), _IS_RECEIVED))
_TAKE_NEXT = Prepared(_MESSAGE.where(_IS_RECEIVED).order_by(inbound.c.id).limit(bindparam("limit")))
_UP_TO = Prepared(
    select(inbound.c.id, inbound.c.sender_digest)
    .where(_IS_RECEIVED, inbound.c.id <= bindparam("last"))
    .order_by(inbound.c.id)
)
_OUTCOMES = Prepared(
    select(inbound.c.endpoint_id, inbound.c.outcome, inbound.c.received_at).where(
        one_of(inbound.c.endpoint_id, "endpoints"), inbound.c.received_at > bindparam("since")
    )
)


def _row(vault: Vault, arrival: Arrival, at: datetime) -> tuple[object, ...]:
    """Return a new message's values in the order of _KEPT."""
    digest = vault.digest(arrival.sender.value, ADDRESS) if arrival.sender else None
    payload = vault.seal(arrival.payload, PAYLOAD)
    key = _short(arrival.provider_key)
    return (arrival.source, key, arrival.kind, digest, payload, at, InboxState.RECEIVED, 0)


def _is_in(fresh: set[tuple[object, ...]], key: tuple[object, ...]) -> bool:
    """Return whether a key is new, the first time that it is asked for."""
    if key not in fresh:
        return False
    fresh.remove(key)
    return True


def _short(key: str) -> str:
    """Return a key as it is kept: a longer one by its digest, for what was cut off might be all that differs."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _in_turn(connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
    """Leave out what somebody wrote after a message that waits and is not among `rows`.

    To be asked after they are locked: whoever had the older message may have handled it until then.
    """
    if not rows:
        return rows
    ours, held_up = {row[0] for row in rows}, set()
    for inbound_id, sender in _UP_TO.all(connection, last=rows[-1][0]):
        if inbound_id in ours and sender is not None and sender in held_up:
            ours.remove(inbound_id)
        elif inbound_id not in ours:
            held_up.add(sender)
    return [row for row in rows if row[0] in ours]


def _received(connection: Connection, rows: Iterable[Row]) -> list[Received]:
    unseal = vault_of(connection).open
    return [
        Received(id=key, source=source, provider_key=provider_key, payload=unseal(payload, PAYLOAD), received_at=at)
        for key, source, provider_key, payload, at in rows
    ]
