"""What no worker could take: the stream's dead letters, to be looked at and put back by staff."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from bot.stream.court_stream import CAME_FROM, FAULT, TRIES
from bot.stream.subjects import BURIED, DEAD, STREAM
from bot.stream.visit import visited
from domain.errors import NotFoundError as NoSuchThingError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One of them: what it was for, why it is here. What it says is sealed, and stays so."""

    number: int
    work: str
    fault: str
    tries: int
    at: datetime | None


class DeadLetters:
    """The stream's list. Replaying is harmless however often: tasks are."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    async def list(self) -> list[DeadLetter]:
        """Return all of them, oldest first."""
        found: list[DeadLetter] = []
        number = 1
        while True:
            try:
                message = await self._js.get_msg(DEAD, seq=number, subject=f"{BURIED}.*", next=True)
            except NotFoundError:
                return found
            headers, number = message.headers or {}, message.seq or 0
            letter = DeadLetter(
                number=number,
                work=(message.subject or "").rpartition(".")[2],
                fault=headers.get(FAULT, "?"),
                tries=int(headers.get(TRIES, "0")),
                at=message.time,
            )
            found.append(letter)
            number += 1

    async def replay(self, number: int) -> str:
        """Put one back to where it came from; return what it was for.

        Raises:
            NotFoundError: If there is none of this number.
        """
        try:
            message = await self._js.get_msg(DEAD, seq=number)
        except NotFoundError:
            raise NoSuchThingError(f"there is no dead letter {number}") from None
        await self._js.publish((message.headers or {})[CAME_FROM], message.data or b"", stream=STREAM)
        await self._js.delete_msg(DEAD, number)
        return (message.subject or "").rpartition(".")[2]


@asynccontextmanager
async def reached(url: str) -> AsyncIterator[DeadLetters]:
    """Connect for one command.

    Raises:
        StreamDownError: If NATS does not answer.
    """
    async with visited(url) as js:
        yield DeadLetters(js)
