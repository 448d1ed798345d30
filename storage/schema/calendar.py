"""The calendar: hearings and their revisions, who is a party of each, and the imports that brought them."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from domain.hearing import HearingStatus, Mode, Outcome
from storage.columns import EnumText, UtcDateTime
from storage.schema.base import link, metadata, own_id

hearing = Table(
    "hearing",
    metadata,
    own_id(),
    link("case"),
    link("court"),
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
    Index("ix_hearing_court_id_starts_at_id", "court_id", "starts_at", "id", "feed", "status", "case_id"),
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
    own_id(),
    link("court", index=True),
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
    own_id(),
    link("import_run", index=True),
    Column("line", Integer, nullable=False),
    Column("column", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("row", LargeBinary, nullable=False),  # the row as it came, sealed
)

fed_block = Table(
    "fed_block",
    metadata,
    own_id(),
    Column("feed", String(160), nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of a stretch of the feed's last file, and of how it is read
    Column("lines", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),  # rows that the mapping leaves out
    Column("rows", LargeBinary, nullable=False),  # of each row the case's id and the row's digest, packed
    Column("spans", JSON, nullable=False),  # the first and the last start of each court's rows
    UniqueConstraint("feed", "digest"),
)
