"""A stream on a real NATS server, and somebody who works off what is in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from taskiq.kicker import AsyncKicker
from taskiq.receiver import Receiver

from bot.stream.court_stream import SUBJECT, UNKNOWN_FOR, CourtStream
from bot.stream.subjects import subject_of_lot
from tests.fixtures.nats import NatsServer

PATIENCE = 20


@dataclass
class Station:
    """A stream with one task, "note", that writes down what it is given and fails as often as `fails` says."""

    stream: CourtStream
    noted: list[int] = field(default_factory=list)
    buried: list[tuple[str, int]] = field(default_factory=list)
    fails: dict[int, int] = field(default_factory=dict)

    async def note(self, number: int) -> None:
        """Write a number down."""
        self.noted.append(number)
        if self.fails.get(number, 0) > 0:
            self.fails[number] -= 1
            raise ValueError

    async def send(self, number: int, *, subject: str = subject_of_lot(0), task: str = "note") -> None:
        """Publish a number."""
        kicker: AsyncKicker[..., None] = AsyncKicker(task, self.stream, labels={SUBJECT: subject})
        await kicker.kiq(number=number)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work off what comes."""
        stop = asyncio.Event()
        receiver = Receiver(self.stream, max_async_tasks=8, run_startup=False)
        listening = asyncio.create_task(receiver.listen(stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await listening


@asynccontextmanager
async def station_at(url: str, *, unknown_for: timedelta = UNKNOWN_FOR) -> AsyncIterator[Station]:
    """Open a station; it may not have reached NATS yet."""
    buried: list[tuple[str, int]] = []

    async def remember(task: str, number: int) -> None:
        buried.append((task, number))

    stream = CourtStream(url, replicas=1, on_buried=remember, first_pause=0.05, unknown_for=unknown_for)
    station = Station(stream, buried=buried)

    async def note(number: int) -> None:
        await station.note(number)

    station.stream.register_task(note, "note")
    async with station.stream.opened():
        yield station


@pytest.fixture
async def station(nats_server: NatsServer) -> AsyncIterator[Station]:
    """A station that has reached its server."""
    async with station_at(nats_server.url) as station:
        await until(lambda: station.stream.is_up)
        yield station


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, with a bound."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - a server is at work, it sets no event here
            await asyncio.sleep(0.02)
