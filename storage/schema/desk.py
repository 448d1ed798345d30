"""The desk, the record, the pulse: work for humans, the audit chain, heartbeats, and whose database it is."""

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from storage.columns import UtcDateTime
from storage.schema.base import link, metadata, own_id

task = Table(
    "task",
    metadata,
    own_id(),
    Column("dedupe_key", String(128), nullable=False, unique=True),
    link("court"),
    Column("kind", String(48), nullable=False),
    link("case", required=False),
    link("hearing", required=False),
    link("person", required=False),
    Column("note", LargeBinary),  # what a human should know, sealed
    Column("state", String(16), nullable=False, default="open"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)
Index("ix_task_open", task.c.kind, sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"))

audit_event = Table(
    "audit_event",
    metadata,
    own_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON: ids, codes, digests
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

installation = Table(
    "installation",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # of the index key: another installation's key is refused
)
