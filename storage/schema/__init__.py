"""What we remember: every table, in the order in which a notice meets them.

Personal values are sealed (LargeBinary, see `vault`); `*_digest` columns find them again. JSON columns hold codes
and ids, never words of people. Enums are kept by value. All instants are aware and in UTC.
"""

from storage.schema.base import metadata
from storage.schema.calendar import fed_block, hearing, hearing_party, hearing_revision, import_row, import_run
from storage.schema.conversation import inbound, question, watch
from storage.schema.desk import audit_event, heartbeat, installation, task
from storage.schema.outbox import (
    IN_FLIGHT_SQL,
    INVITATION_SQL,
    REPLY_SQL,
    WAITING_SQL,
    delivery,
    lane,
    notice,
    receipt,
    verdict,
)
from storage.schema.people import (
    case,
    consent_event,
    court,
    endpoint,
    participation,
    person,
    person_endpoint,
    start_token,
)

__all__ = [
    "INVITATION_SQL",
    "IN_FLIGHT_SQL",
    "REPLY_SQL",
    "WAITING_SQL",
    "audit_event",
    "case",
    "consent_event",
    "court",
    "delivery",
    "endpoint",
    "fed_block",
    "hearing",
    "hearing_party",
    "hearing_revision",
    "heartbeat",
    "import_row",
    "import_run",
    "inbound",
    "installation",
    "lane",
    "metadata",
    "notice",
    "participation",
    "person",
    "person_endpoint",
    "question",
    "receipt",
    "start_token",
    "task",
    "verdict",
    "watch",
]
