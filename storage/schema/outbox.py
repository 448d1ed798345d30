"""The outbox: lanes, notices, deliveries, receipts, and the gate's verdicts."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from domain.delivery import ChannelName, DeliveryState
from domain.notice import NoticeKind, NoticeState, Purpose
from storage.columns import ID, EnumText, UtcDateTime
from storage.schema.base import link, metadata, own_id

lane = Table(
    "lane",
    metadata,
    own_id(),
    Column("key", String(96), nullable=False, unique=True),  # "sms:MG…", "telegram:bot"
    Column("channel", EnumText(ChannelName), nullable=False),
    Column("rate", Float, nullable=False),
    Column("burst", Integer, nullable=False),
    Column("tokens", Float, nullable=False),
    Column("refilled_at", UtcDateTime, nullable=False),
    Column("spent", JSON, nullable=False, default=list),  # of the last second: [[microseconds since 1970, units], …]
    Column("per_endpoint", Float, nullable=False, server_default="0"),  # seconds between two texts to one endpoint
    Column("paused_until", UtcDateTime),
    Column("paused_reason", String(64)),
    Column("faults", Integer, nullable=False, server_default="0"),  # of the lane itself, one after the other
    Column("broken_since", UtcDateTime),  # set: only a canary leaves, and then nothing for `probe_seconds`
    Column("broken_reason", String(64)),
    Column("probe_seconds", Float),
    Column("retired_at", UtcDateTime),  # when no court named it any more
)

notice = Table(
    "notice",
    metadata,
    own_id(),
    Column("dedupe_key", String(128), nullable=False, unique=True),
    Column("kind", EnumText(NoticeKind), nullable=False),
    Column("purpose", EnumText(Purpose)),
    Column("state", EnumText(NoticeState), nullable=False),
    Column("reason", String(48)),  # the last reason code of the gate, the planner or the provider
    Column("priority", Integer, nullable=False),
    link("lane"),
    link("endpoint"),
    link("court"),
    link("person", required=False, index=True),
    link("participation", required=False),
    link("case", required=False),
    link("hearing", required=False, index=True),
    Column("revision", Integer),
    Column("told_revision", Integer),
    Column("changed", String(96)),  # ChangeKind values with commas between
    Column("asks_attendance", Boolean, nullable=False, default=False),
    Column("bundle_key", String(96)),
    Column("text", LargeBinary),  # a REPLY's words, sealed; other kinds are put into words when they leave
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("leased_until", UtcDateTime),
    Column("left_at", UtcDateTime),  # when it was first given to the wire
    Column("delivery_id", ID),  # the last attempt; bundled notices share one
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
WAITING_SQL = "state IN ('planned', 'held')"
IN_FLIGHT_SQL = "state IN ('claimed', 'sending')"
REPLY_SQL = "kind = 'reply'"
CARRIED_SQL = "delivery_id IS NOT NULL"
INVITATION_SQL = "kind = 'invitation'"


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(
        name, *(notice.c[column] for column in columns), sqlite_where=text(where), postgresql_where=text(where)
    )


_partial("ix_notice_waiting", "lane_id", "priority", "due_at", "id", where=WAITING_SQL)
_partial("ix_notice_waiting_endpoint", "endpoint_id", "due_at", where=WAITING_SQL)
_partial("ix_notice_in_flight", "endpoint_id", where=IN_FLIGHT_SQL)
_partial("ix_notice_leased", "leased_until", where=IN_FLIGHT_SQL)
_partial("ix_notice_reply", "endpoint_id", "created_at", where=REPLY_SQL)
_partial("ix_notice_delivery_id", "delivery_id", where=CARRIED_SQL)
_partial("ix_notice_invitation", "endpoint_id", where=INVITATION_SQL)

delivery = Table(
    "delivery",
    metadata,
    own_id(),
    link("notice", index=True),
    link("endpoint", index=True),
    link("lane"),
    Column("attempt", Integer, nullable=False),
    Column("state", EnumText(DeliveryState), nullable=False),
    Column("text", LargeBinary, nullable=False),  # exactly as sent, sealed; empty once it was removed
    Column("language", String(16), nullable=False),
    Column("segments", Integer, nullable=False),
    Column("provider_id", String(64), index=True),
    Column("error_code", String(48)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("ask_at", UtcDateTime),  # when an unknown one is looked up at the provider
    Column("asked", Integer, nullable=False, default=0),
    Column("redacted_at", UtcDateTime),  # when the text was removed, and
    Column("text_digest", LargeBinary),  # the keyed digest that proves what it was
)
Index(
    "ix_delivery_ask_at",
    delivery.c.ask_at,
    sqlite_where=text("state = 'unknown'"),
    postgresql_where=text("state = 'unknown'"),
)

receipt = Table(
    "receipt",
    metadata,
    own_id(),
    link("delivery", index=True),
    Column("state", EnumText(DeliveryState), nullable=False),
    Column("error_code", String(48)),
    Column("at", UtcDateTime, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    own_id(),
    link("notice", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("decision", String(8), nullable=False),  # send, hold, drop
    Column("reason", String(48), nullable=False),
    Column("until", UtcDateTime),
    Column("inputs", JSON, nullable=False),
)
