"""The record: append-only events in a hash chain; ids, codes and digests, never words of people."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

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


def record(
    connection: Connection, action: AuditAction, *, actor: str, facts: Mapping[str, object], now: datetime
) -> None:
    """Append one event to the chain. `facts` must be JSON of ids, codes and digests."""
    _lock_chain(connection)
    newest = select(audit_event.c.digest).order_by(audit_event.c.id.desc()).limit(1)
    previous = connection.execute(newest).scalar() or GENESIS
    body = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    connection.execute(
        insert(audit_event).values(
            at=now,
            actor=actor,
            action=action,
            facts=body,
            previous=previous,
            digest=_link(previous, at=now, actor=actor, action=action, facts=body),
        )
    )


def first_broken(connection: Connection) -> int | None:
    """Walk the whole chain; return the id of the first event that does not fit, None when all do."""
    previous = GENESIS
    for row in connection.execute(select(audit_event).order_by(audit_event.c.id)):
        expected = _link(previous, at=row.at, actor=row.actor, action=row.action, facts=row.facts)
        if (row.previous, row.digest) != (previous, expected):
            return int(row.id)
        previous = row.digest
    return None


def _link(previous: bytes, *, at: datetime, actor: str, action: str, facts: str) -> bytes:
    line = "\0".join((at.isoformat(), actor, str(action), facts))
    return hashlib.sha256(previous + line.encode()).digest()


def _lock_chain(connection: Connection) -> None:
    """Let one transaction at a time extend the chain; SQLite has a single writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7083)")
