"""A worker to be killed: one dispatcher over real HTTP in a process of its own, which dies by SIGKILL at a named point.

The points are the steps of the pipeline, see POINTS; with "none" it serves until SIGTERM and then stops cleanly.
"""

import asyncio
import os
import signal

from sqlalchemy import Connection

from bot.channels.http import HttpWire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from domain.clock import SteppedClock
from domain.court_file import read_court
from domain.delivery import FindOutcome, OutgoingMessage, SendOutcome
from scheduler.dispatcher import Dispatcher
from storage import courts
from storage.database import Database, Result, Work
from storage.vault import Vault
from tests.fixtures.facts import NOW

ACCOUNT = "AC" + "0" * 32
POINTS = (
    "before the batch is recorded",
    "after the batch is recorded",
    "before the wire",
    "in the middle of the wire",
    "after the wire",
    "before the batch is settled",
    "after the batch is settled",
)
ENOUGH = 3  # messages that have left in the middle of the wire


def die() -> None:
    """Be killed: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


def open_vault() -> Vault:
    """Keys that the test knows too."""
    return Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)


class Mortal(Database):
    """A database whose writer dies around one of its transactions: the first is prepare, the second settle."""

    point = "none"
    writes = 0

    async def write(self, work: Work[Result]) -> Result:
        """Run a unit of work, or die inside it or just after its commit."""
        self.writes += 1
        step = {1: "recorded", 2: "settled"}.get(self.writes)

        def dying(connection: Connection) -> Result:
            result = work(connection)
            if self.point == f"before the batch is {step}":
                die()
            return result

        result = await super().write(dying)
        if self.point == f"after the batch is {step}":
            die()
        return result


class Doomed:
    """A channel that dies before, during or after the wire."""

    def __init__(self, channel: TwilioSms, point: str, expected: int) -> None:
        self._channel = channel
        self._point = point
        self._answered = 0
        self._expected = expected

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Send, or die."""
        if self._point == "before the wire":
            die()
        outcome = await self._channel.send(message)
        self._answered += 1
        if self._point == "in the middle of the wire" and self._answered == ENOUGH:
            die()
        if self._point == "after the wire" and self._answered == self._expected:
            die()
        return outcome

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Ask the provider."""
        return await self._channel.find(message)


def serve(url: str, provider: str, point: str, expected: int) -> None:
    """Serve until SIGTERM, or until death."""
    asyncio.run(_serve(url, provider, point, expected))


async def _serve(url: str, provider: str, point: str, expected: int) -> None:
    wire = HttpWire()
    client = twilio_client(ACCOUNT, "secret", wire, base_url=provider)
    channel = Doomed(TwilioSms(client, sender="+19075550199", public_url="https://usher.example"), point, expected)
    async with Mortal(url, open_vault()) as db:
        db.point = point
        known = await db.read(lambda c: courts.load(c, read_court))
        dispatcher = Dispatcher(db, {"sms:default": channel}, lambda: known, SteppedClock(NOW))
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await dispatcher.run(stop)
    await wire.aclose()
