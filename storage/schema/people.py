"""The court and its people: cases, persons, their parts, endpoints, consent."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from domain.consent import ConsentAction, ConsentPurpose, Evidence
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.hearing import Confidentiality
from domain.roles import Role
from storage.columns import EnumText, UtcDateTime
from storage.schema.base import link, metadata, own_id

court = Table(
    "court",
    metadata,
    own_id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("definition", Text, nullable=False),  # the TOML file as applied
    Column("applied_at", UtcDateTime, nullable=False),
    Column("feed_seen_at", UtcDateTime),  # when the calendar was last imported, changed or not
)

case = Table(
    "case",
    metadata,
    own_id(),
    link("court"),
    Column("number", String(64), nullable=False),  # as the court writes it
    Column("folded", String(64), nullable=False, index=True),  # as `case_number.fold` compares it
    Column("kind", String(64)),
    Column("confidentiality", EnumText(Confidentiality), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("held_at", UtcDateTime),  # a legal hold: nothing of it is forgotten
    Column("fed_rows", LargeBinary),  # digests of the feed's rows about it, while these need no second look
    Column("fed_hearings", Integer),  # how many hearings they show
    UniqueConstraint("court_id", "folded"),
)

person = Table(
    "person",
    metadata,
    own_id(),
    link("court"),
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
    own_id(),
    link("case"),
    link("person", index=True),
    Column("role", EnumText(Role), nullable=False),
    Column("feed_digest", LargeBinary),  # of what the feed last said of this party: an equal row changes nothing
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("case_id", "person_id", "role"),
)

endpoint = Table(
    "endpoint",
    metadata,
    own_id(),
    Column("channel", EnumText(ChannelName), nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("address_digest", LargeBinary, nullable=False),
    Column("language", String(16)),  # what its owner chose here; beats the person's
    Column("state", EnumText(EndpointState), nullable=False),
    Column("carrier_stopped", Boolean, nullable=False, default=False),
    Column("foreign_held", Boolean, nullable=False, default=False),  # a number abroad that the desk has not released
    link("lane", required=False),  # sticky: people keep hearing from one number
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
    own_id(),
    link("endpoint", index=True),
    link("court", required=False),
    link("case", required=False),
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
    link("person"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)
