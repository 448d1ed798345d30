"""Messages that were stored and that nobody could answer: for staff to look at, and to be tried once more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.inbox import InboxState
from storage.schema import inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessage:
    """One of them: where it came from and what went wrong; its words stay sealed."""

    id: int
    source: str
    fault: str
    tries: int
    received_at: datetime


def failed(connection: Connection, *, limit: int) -> list[FailedMessage]:
    """Return the messages that were given up, newest first."""
    query = select(inbound).where(inbound.c.state == InboxState.FAILED).order_by(inbound.c.id.desc()).limit(limit)
    return [
        FailedMessage(
            id=row.id, source=row.source, fault=row.error or "", tries=row.attempts, received_at=row.received_at
        )
        for row in connection.execute(query)
    ]


def try_again(connection: Connection, inbound_id: int) -> bool:
    """Let a message that was given up be thought about anew; return False when there is none, or no word left of it."""
    there = (inbound.c.id == inbound_id, inbound.c.redacted_at.is_(None))
    given_up = (*there, inbound.c.state == InboxState.FAILED)
    fresh = {"state": InboxState.RECEIVED, "attempts": 0, "handled_at": None}
    return connection.execute(update(inbound).where(*given_up).values(fresh)).rowcount > 0
