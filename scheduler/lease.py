"""What a lease means for who holds it: nothing is handed over once it may be over, and what came is written down."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from domain.clock import Clock
from domain.delivery import Channel, Deferred, FindOutcome, OutgoingMessage, SendOutcome
from storage.database import AWAY, Database, Work

HANDED_OVER_WITHIN = timedelta(minutes=1)
"""So long after it was prepared a text may still be given to the wire: half of the lease. The other half is for the
wire's own time limit, and for writing down what came of it."""
SKEW = timedelta(seconds=5)
"""A clock that shows so much less than when the text was prepared was set back: nobody knows how long ago that was."""
WRITE_AGAIN = timedelta(seconds=1)
OVER = "lease.over"

log = structlog.get_logger(__name__)


class Leased:
    """A channel that sends nothing whose lease may be over.

    A process that was stopped, or a machine that slept, goes on where it was, minutes later. By then another worker
    may have taken the text for lost and sent it. So the clock is looked at just before the wire; what a request
    itself may take is bounded by the wire, whose time limits run on while a process is stopped.
    """

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Send, or say that it did not leave."""
        if message.attempted_at is not None:
            age = self._clock.now() - message.attempted_at
            if not -SKEW <= age <= HANDED_OVER_WITHIN:
                return Deferred(OVER)
        return await self._channel.send(message)

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Look it up."""
        return await self._channel.find(message)


async def written_within(db: Database, work: Callable[[], Work[None]], lease: timedelta, clock: Clock) -> None:
    """Write what came of a batch, again and again while the database is away, as long as the lease may hold.

    Otherwise what the provider said of each text would be forgotten, and every one of them unknown. `work` is made
    anew for each try: it has the time in it.

    Raises:
        OperationalError: If the database is away for longer.
    """
    until = clock.now() + lease
    while True:
        try:
            await db.write(work())
        except AWAY as error:
            if clock.now() >= until:
                raise
            log.warning("batch.waits", fault=type(error).__name__)
            await asyncio.sleep(WRITE_AGAIN.total_seconds())
        else:
            return
