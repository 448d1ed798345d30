"""What we remember: every table, in the order in which a notice meets them.

Personal values are sealed (LargeBinary, see `vault`); `*_digest` columns find them again. JSON columns hold codes
and ids, never words of people. Enums are kept by value. All instants are aware and in UTC.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from domain.consent import ConsentAction, ConsentPurpose, Evidence
from domain.delivery import ChannelName, DeliveryState
from domain.gate import EndpointState
from domain.hearing import Confidentiality, HearingStatus, Mode, Outcome
from domain.notice import NoticeKind, NoticeState, Purpose
from domain.questions import QuestionKind
from domain.roles import Role
from storage.columns import EnumText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _to(target: str, *, required: bool = True, index: bool = False) -> Column[int]:
    return Column(f"{target}_id", ForeignKey(f"{target}.id"), nullable=not required, index=index)


# --- the court and its people ---------------------------------------------------------------------------------

court = Table(
    "court",
    metadata,
    _id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("definition", Text, nullable=False),  # the TOML file as applied
    Column("applied_at", UtcDateTime, nullable=False),
    Column("feed_seen_at", UtcDateTime),  # when the calendar was last imported, changed or not
)

case = Table(
    "case",
    metadata,
    _id(),
    _to("court"),
    Column("number", String(64), nullable=False),  # as the court writes it
    Column("folded", String(64), nullable=False, index=True),  # as `case_number.fold` compares it
    Column("kind", String(64)),
    Column("confidentiality", EnumText(Confidentiality), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("held_at", UtcDateTime),  # a legal hold: nothing of it is forgotten
    UniqueConstraint("court_id", "folded"),
)

person = Table(
    "person",
    metadata,
    _id(),
    _to("court"),
    Column("party_key", String(96), nullable=False),  # the feed's party id, or "endpoint:<id>" of who wrote first
    Column("given_name", LargeBinary),
    Column("family_name", LargeBinary),
    Column("birth_date", LargeBinary),
    Column("language", String(16)),
    Column("is_minor", Boolean, nullable=False, default=False),
    Column("in_custody", Boolean, nullable=False, default=False),
    Column("unreachable_reason", String(32)),  # why the feed's phone was not usable
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("court_id", "party_key"),
)

participation = Table(
    "participation",
    metadata,
    _id(),
    _to("case"),
    _to("person", index=True),
    Column("role", EnumText(Role), nullable=False),
    Column("feed_digest", LargeBinary),  # of what the feed last said of this party: an equal row changes nothing
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("case_id", "person_id", "role"),
)

endpoint = Table(
    "endpoint",
    metadata,
    _id(),
    Column("channel", EnumText(ChannelName), nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("address_digest", LargeBinary, nullable=False),
    Column("language", String(16)),  # what its owner chose here; beats the person's
    Column("state", EnumText(EndpointState), nullable=False),
    Column("carrier_stopped", Boolean, nullable=False, default=False),
    Column("foreign_held", Boolean, nullable=False, default=False),  # a number abroad that the desk has not released
    _to("lane", required=False),  # sticky: people keep hearing from one number
    Column("misses", Integer, nullable=False, default=0),  # case numbers guessed in vain since `misses_since`
    Column("misses_since", UtcDateTime),
    Column("muted_until", UtcDateTime),  # the loop guard and the guessing guard answer nothing before
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_inbound_at", UtcDateTime),
    Column("forgotten_at", UtcDateTime),  # its address was removed; the digest stays only where somebody said no
    UniqueConstraint("channel", "address_digest"),
)

person_endpoint = Table(
    "person_endpoint",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("endpoint_id", ForeignKey("endpoint.id"), primary_key=True, index=True),
    Column("preference", Integer, nullable=False, default=0),  # the highest usable one is written to
    Column("source", String(32), nullable=False),  # feed, text, telegram, staff
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

consent_event = Table(
    "consent_event",
    metadata,
    _id(),
    _to("endpoint", index=True),
    _to("court", required=False),
    _to("case", required=False),
    Column("purpose", EnumText(ConsentPurpose)),  # none: every purpose
    Column("action", EnumText(ConsentAction), nullable=False),
    Column("evidence", EnumText(Evidence), nullable=False),
    Column("actor", String(64)),  # which clerk wrote it down
    Column("at", UtcDateTime, nullable=False),
)

start_token = Table(
    "start_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _to("person"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# --- the calendar ---------------------------------------------------------------------------------------------

hearing = Table(
    "hearing",
    metadata,
    _id(),
    _to("case"),
    _to("court"),
    Column("feed", String(160)),  # court/mapping that shows it; none: staff made it. Its absence there is `gone_at`
    Column("external_id", String(96)),  # the feed's own id, when it has one
    Column("kind", String(96)),
    Column("judge", String(96)),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("status", EnumText(HearingStatus), nullable=False),
    Column("courtroom", String(128)),
    Column("place", String(160)),
    Column("mode", EnumText(Mode), nullable=False),
    Column("join_url", String(512)),
    Column("revision", Integer, nullable=False, default=1),
    Column("revised_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),  # when a feed that is not complete no longer showed it
    Column("staff_changed_at", UtcDateTime),  # the feed does not overrule it: it opens a task
    Index("ix_hearing_court_id_starts_at", "court_id", "starts_at"),
    Index("ix_hearing_case_id", "case_id"),
    Index("uq_hearing_case_id_external_id", "case_id", "external_id", unique=True),
)

hearing_revision = Table(
    "hearing_revision",
    metadata,
    Column("hearing_id", ForeignKey("hearing.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("status", EnumText(HearingStatus), nullable=False),
    Column("courtroom", String(128)),
    Column("place", String(160)),
    Column("mode", EnumText(Mode), nullable=False),
    Column("join_url", String(512)),
    Column("made_at", UtcDateTime, nullable=False),
    Column("source", String(32), nullable=False),  # import:<run>, staff:<id>
)

hearing_party = Table(
    "hearing_party",
    metadata,
    Column("hearing_id", ForeignKey("hearing.id"), primary_key=True),
    Column("participation_id", ForeignKey("participation.id"), primary_key=True, index=True),
    Column("outcome", EnumText(Outcome)),
    Column("outcome_at", UtcDateTime),
    Column("answer", String(16)),  # to "will you come?": yes, cannot, question
    Column("answered_at", UtcDateTime),
    Column("answered_revision", Integer),
    Column("since", UtcDateTime, nullable=False),
)

import_run = Table(
    "import_run",
    metadata,
    _id(),
    _to("court", index=True),
    Column("mapping", String(64), nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("rows", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False),  # applied, held, refused
    Column("counts", JSON, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

import_row = Table(
    "import_row",
    metadata,
    _id(),
    _to("import_run", index=True),
    Column("line", Integer, nullable=False),
    Column("column", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("row", LargeBinary, nullable=False),  # the row as it came, sealed
)

# --- the outbox -----------------------------------------------------------------------------------------------

lane = Table(
    "lane",
    metadata,
    _id(),
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
    _id(),
    Column("dedupe_key", String(128), nullable=False, unique=True),
    Column("kind", EnumText(NoticeKind), nullable=False),
    Column("purpose", EnumText(Purpose)),
    Column("state", EnumText(NoticeState), nullable=False),
    Column("reason", String(48)),  # the last reason code of the gate, the planner or the provider
    Column("priority", Integer, nullable=False),
    _to("lane"),
    _to("endpoint"),
    _to("court"),
    _to("person", required=False, index=True),
    _to("participation", required=False),
    _to("case", required=False),
    _to("hearing", required=False, index=True),
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
    Column("delivery_id", Integer),  # the last attempt; bundled notices share one
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
WAITING_SQL = "state IN ('planned', 'held')"
IN_FLIGHT_SQL = "state IN ('claimed', 'sending')"
REPLY_SQL = "kind = 'reply'"


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(
        name, *(notice.c[column] for column in columns), sqlite_where=text(where), postgresql_where=text(where)
    )


_partial("ix_notice_waiting", "lane_id", "priority", "due_at", "id", where=WAITING_SQL)
_partial("ix_notice_waiting_endpoint", "endpoint_id", "due_at", where=WAITING_SQL)
_partial("ix_notice_in_flight", "endpoint_id", where=IN_FLIGHT_SQL)
_partial("ix_notice_leased", "leased_until", where=IN_FLIGHT_SQL)
_partial("ix_notice_reply", "endpoint_id", "created_at", where=REPLY_SQL)
Index("ix_notice_delivery_id", notice.c.delivery_id)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _to("notice", index=True),
    _to("endpoint", index=True),
    _to("lane"),
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
    _id(),
    _to("delivery", index=True),
    Column("state", EnumText(DeliveryState), nullable=False),
    Column("error_code", String(48)),
    Column("at", UtcDateTime, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    _id(),
    _to("notice", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("decision", String(8), nullable=False),  # send, hold, drop
    Column("reason", String(48), nullable=False),
    Column("until", UtcDateTime),
    Column("inputs", JSON, nullable=False),
)

# --- the conversation -----------------------------------------------------------------------------------------

inbound = Table(
    "inbound",
    metadata,
    _id(),
    Column("source", String(16), nullable=False),  # twilio, telegram
    Column("provider_key", String(96), nullable=False),
    Column("kind", String(16), nullable=False),  # message, edited, membership, receipt
    _to("endpoint", required=False, index=True),
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
    _id(),
    _to("endpoint", index=True),
    _to("court"),
    _to("person", required=False),
    _to("participation", required=False),
    _to("case", required=False),
    _to("hearing", required=False, index=True),
    Column("revision", Integer),
    _to("lane", required=False),  # asked from this sender: an answer to another one is not its answer
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
    _id(),
    _to("endpoint", index=True),
    _to("court", required=False),  # who tells of its end; any court of the same lane may have the number
    Column("folded", String(64), nullable=False, index=True),
    Column("number", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # open, found, ended, closed
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# --- the desk, the record, the pulse --------------------------------------------------------------------------

task = Table(
    "task",
    metadata,
    _id(),
    Column("dedupe_key", String(128), nullable=False, unique=True),
    _to("court"),
    Column("kind", String(48), nullable=False),
    _to("case", required=False),
    _to("hearing", required=False),
    _to("person", required=False),
    Column("note", LargeBinary),  # what a human should know, sealed
    Column("state", String(16), nullable=False, default="open"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)
Index("ix_task_open", task.c.kind, sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"))

audit_event = Table(
    "audit_event",
    metadata,
    _id(),
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
