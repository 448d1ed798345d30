"""Messages that were stored and that nobody could answer: for staff to look at, and to be tried once more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text, update

from storage.inbox import InboxState
from storage.schema import inbound, task
from storage.tasks import TaskKind, end_cause

_PREFIX = "inbound:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessage:
    """One of them: where it came from and what went wrong; its words stay sealed."""

    id: int
    source: str
    fault: str
    tries: int
    received_at: datetime


def cause(inbound_id: int) -> str:
    """Return what names a message that was given up among the causes of the desk's work."""
    return f"{_PREFIX}{inbound_id}"


def count_open(connection: Connection) -> int:
    """Return how many messages were given up that the desk has on its list still."""
    given_up = task.c.dedupe_key.startswith(f"{TaskKind.FAILED}:{_PREFIX}", autoescape=True)
    query = select(func.count()).where(task.c.kind == TaskKind.FAILED, text("state = 'open'"), given_up)
    return int(connection.execute(query.select_from(task)).scalar_one())


def failed(connection: Connection, *, limit: int, before: int | None = None) -> list[FailedMessage]:
    """Return the messages that were given up, newest first; of those `before` an id, where one is given."""
    query = select(inbound).where(inbound.c.state == InboxState.FAILED).order_by(inbound.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(inbound.c.id < before)
    return [
        FailedMessage(
            id=row.id, source=row.source, fault=row.error or "", tries=row.attempts, received_at=row.received_at
        )
        for row in connection.execute(query)
    ]


def try_again(connection: Connection, inbound_id: int, *, now: datetime) -> bool:
    """Let a message that was given up be thought about anew, and take it off the desk's list.

    Return False when there is none, or no word left of it.
    """
    there = (inbound.c.id == inbound_id, inbound.c.redacted_at.is_(None))
    given_up = (*there, inbound.c.state == InboxState.FAILED)
    fresh = {"state": InboxState.RECEIVED, "attempts": 0, "handled_at": None}
    if not connection.execute(update(inbound).where(*given_up).values(fresh)).rowcount:
        return False
    end_cause(connection, TaskKind.FAILED, dedupe=cause(inbound_id), now=now)
    return True
