"""How the stream stands: whether it is there, what lies in it that nobody has worked off, and since when."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from bot.stream.subjects import ARRIVALS, DEAD, STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a process sees of the stream; while `is_up` is False it sees nothing, and the rest says nothing.

    `waiting` counts webhooks that no worker has done with, `oldest_at` is when the first was accepted of those that
    somebody wrote, `dead` counts the dead letters.
    """

    is_up: bool = True
    waiting: int = 0
    oldest_at: datetime | None = None
    dead: int = 0


Look: TypeAlias = Callable[[], Awaitable[Standing | None]]
"""Asks how the stream stands; None where there is none."""

AWAY = Standing(is_up=False)


async def no_stream() -> Standing | None:
    """Say that there is none: everything is in one process."""
    return None


async def look(js: JetStreamContext) -> Standing:
    """Ask the server; AWAY when it does not answer, or knows nothing of our streams."""
    try:
        kept, dead = (await js.stream_info(STREAM)).state, (await js.stream_info(DEAD)).state
        oldest = await _oldest(js, kept.first_seq) if kept.messages else None
    except NatsError:
        return AWAY
    return Standing(waiting=kept.messages, oldest_at=oldest, dead=dead.messages)


async def _oldest(js: JetStreamContext, first: int) -> datetime | None:
    try:
        message = await js.get_msg(STREAM, seq=first, subject=f"{ARRIVALS}.*", next=True)
    except NotFoundError:  # only receipts wait, or it was worked off this moment
        return None
    return None if message.time is None else message.time.astimezone(UTC)
