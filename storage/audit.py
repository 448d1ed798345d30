"""The record: append-only events in a hash chain; ids, codes and digests, never words of people."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection, bindparam, func, insert, select

from storage.database import at_the_end
from storage.prepared import Prepared
from storage.schema import audit_event

GENESIS = bytes(32)


class AuditAction(StrEnum):
    """What was done."""

    COURTS_APPLIED = "courts.applied"
    IMPORT_APPLIED = "import.applied"
    IMPORT_HELD = "import.held"
    BATCH_SENT = "batch.sent"
    CONSENT_CHANGED = "consent.changed"
    HEARING_CHANGED = "hearing.changed"
    OUTCOME_RECORDED = "outcome.recorded"
    ROWS_FORGOTTEN = "rows.forgotten"
    HOLD_CHANGED = "hold.changed"
    KEYS_CHANGED = "keys.changed"
    TASKS_CLOSED = "tasks.closed"
    DATABASE_RESTORED = "database.restored"


def record(
    connection: Connection, action: AuditAction, *, actor: str, facts: Mapping[str, object], now: datetime
) -> None:
    """Append one event to the chain. `facts` must be JSON of ids, codes and digests.

    It is written just before the commit: from then on nobody else can append, and nothing is waited for any more.
    """
    body = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    at_the_end(connection, partial(_append, at=now, actor=actor, action=str(action), facts=body))


@dataclass(frozen=True, slots=True)
class Chain:
    """How a walk along the chain ended: how many events fit, the last one's digest, and the first that does not fit."""

    events: int
    head: bytes
    broken_at: int | None = None


def walk(connection: Connection, *, tell: Callable[[int], None] = lambda _: None) -> Chain:
    """Walk along the chain from its beginning, in bounded memory; `tell` hears how many events have been read.

    A chain cut off at its end fits, so note the head elsewhere from time to time: a later chain must contain it.
    """
    last, events, previous = 0, 0, GENESIS
    while rows := connection.execute(_PAGE, {"last": last}).all():
        for row in rows:
            expected = _link(previous, at=row.at, actor=row.actor, action=row.action, facts=row.facts)
            if (row.previous, row.digest) != (previous, expected):
                return Chain(events, previous, broken_at=row.id)
            previous, events = row.digest, events + 1
        last = rows[-1].id
        tell(events)
    return Chain(events, previous)


def first_broken(connection: Connection) -> int | None:
    """Return the id of the first event that does not fit, None when all do."""
    return walk(connection).broken_at


def contains(connection: Connection, digest: bytes) -> bool:
    """Return whether an event has this digest."""
    found = select(audit_event.c.id).where(audit_event.c.digest == digest).limit(1)
    return connection.execute(found).first() is not None


def count(connection: Connection) -> int:
    """Return how many events there are."""
    return int(connection.execute(select(func.count()).select_from(audit_event)).scalar_one())


_NEWEST = Prepared(select(audit_event.c.digest).order_by(audit_event.c.id.desc()).limit(1))
_APPEND = Prepared(
    insert(audit_event).values(
        {name: bindparam(name) for name in ("at", "actor", "action", "facts", "previous", "digest")}
    )
)
_PAGE = select(audit_event).where(audit_event.c.id > bindparam("last")).order_by(audit_event.c.id).limit(5_000)


def _append(connection: Connection, *, at: datetime, actor: str, action: str, facts: str) -> None:
    _lock_chain(connection)
    previous = _NEWEST.scalar(connection) or GENESIS
    digest = _link(previous, at=at, actor=actor, action=action, facts=facts)
    _APPEND.run(connection, at=at, actor=actor, action=action, facts=facts, previous=previous, digest=digest)


def _link(previous: bytes, *, at: datetime, actor: str, action: str, facts: str) -> bytes:
    line = "\0".join((at.astimezone(UTC).isoformat(), actor, str(action), facts))
    return hashlib.sha256(previous + line.encode()).digest()


def _lock_chain(connection: Connection) -> None:
    """Let one transaction at a time extend the chain; SQLite has a single writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7083)")
