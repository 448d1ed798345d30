"""The conversation: what came in, what was asked, and what is watched for."""

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from domain.questions import QuestionKind
from storage.columns import EnumText, UtcDateTime
from storage.schema.base import link, metadata, own_id

inbound = Table(
    "inbound",
    metadata,
    own_id(),
    Column("source", String(16), nullable=False),  # twilio, telegram
    Column("provider_key", String(96), nullable=False),
    Column("kind", String(16), nullable=False),  # message, edited, membership, receipt
    link("endpoint", required=False, index=True),
    Column("sender_digest", LargeBinary),  # whose messages are handled one after the other
    Column("payload", LargeBinary, nullable=False),  # as it came, sealed; empty once it was removed
    Column("state", String(16), nullable=False),  # received, handled, failed
    Column("outcome", String(32)),  # what it was taken for: "stopped", "answered", "missed" and so on
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(96)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("handled_at", UtcDateTime),
    Column("redacted_at", UtcDateTime),  # when the payload was removed, and
    Column("payload_digest", LargeBinary),  # the keyed digest that proves what it was
    UniqueConstraint("source", "provider_key"),
)
Index(
    "ix_inbound_received",
    inbound.c.id,
    sqlite_where=text("state = 'received'"),
    postgresql_where=text("state = 'received'"),
)

question = Table(
    "question",
    metadata,
    own_id(),
    link("endpoint", index=True),
    link("court"),
    link("person", required=False),
    link("participation", required=False),
    link("case", required=False),
    link("hearing", required=False, index=True),
    Column("revision", Integer),
    link("lane", required=False),  # asked from this sender: an answer to another one is not its answer
    Column("kind", EnumText(QuestionKind), nullable=False),
    Column("options", JSON, nullable=False),
    Column("subject", String(64)),  # the folded number that an offer to watch is about
    Column("kept", String(16)),  # the word that made us ask which question was meant
    Column("state", String(16), nullable=False),  # open, answered, expired, superseded
    Column("answer", String(32)),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
)

watch = Table(
    "watch",
    metadata,
    own_id(),
    link("endpoint", index=True),
    link("court", required=False),  # who tells of its end; any court of the same lane may have the number
    Column("folded", String(64), nullable=False, index=True),
    Column("number", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # open, found, ended, closed
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
