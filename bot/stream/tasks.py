"""The tasks: every piece of work that travels, each harmless when it is done twice, the same behind every broker."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

import structlog
from sqlalchemy import Connection
from taskiq import AsyncBroker

from bot.arrivals import TELEGRAM, TWILIO, form_pairs, telegram_arrival, twilio_arrival
from bot.channels.twilio_webhooks import parse_status
from domain.clock import Clock
from domain.delivery import ChannelName, Receipt
from domain.errors import InvalidInputError
from handlers import watches
from handlers.inbox import InboxWorker
from scheduler import housekeeping
from scheduler.dispatcher import Dispatcher
from scheduler.receipts import Received, Reception, receive_all
from storage import heartbeats, inbox
from storage.courts import Courts
from storage.database import AWAY, Database, Result
from storage.inbox import Arrival
from storage.together import Together

PAYLOAD = "stream.payload"
PAUSE = timedelta(seconds=1)  # between two looks whether the database is back
BATCHES = 50  # of one lane for one ticket: others wait for a turn too

log = structlog.get_logger(__name__)


class Task(StrEnum):
    """The name under which a task travels. A name once released keeps its meaning: old and new workers run together."""

    TAKE_ARRIVAL = "take_arrival"
    APPLY_RECEIPT = "apply_receipt"
    ANSWER = "answer"
    DRAIN_LANE = "drain_lane"
    RECONCILE = "reconcile"
    TIDY = "tidy"


@dataclass(slots=True, kw_only=True)
class Work:
    """What tasks do, with all that they need. Correct in any number of processes at once: the database decides.

    While the database is away a task that holds somebody's words waits for it, until `stop` is set: so a failure of
    such a task is always the message's own. What comes at the same time is written together. `on_end` is told how
    long after its attempt a delivery was first heard to have ended.
    """

    db: Database
    clock: Clock
    courts: Courts
    inbox: InboxWorker
    dispatcher: Dispatcher
    bot_id: int = 0
    on_end: Callable[[timedelta], None] = lambda _: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _arrivals: Together[tuple[Arrival, datetime], bool] = field(init=False, repr=False)
    _receipts: Together[Receipt, Received] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._arrivals = Together(self.db, inbox.store_all, goes_first=True)
        self._receipts = Together(self.db, self._receive)

    def register(self, broker: AsyncBroker) -> None:
        """Hand every task to a broker.

        taskiq renames the function it is given and keeps it in its module, which no method allows: hence these.
        """

        async def take_arrival(source: str, sealed: str, at: str) -> None:
            await self.take_arrival(source, sealed, at)

        async def apply_receipt(sealed: str, m: str | None) -> None:
            await self.apply_receipt(sealed, m)

        async def answer() -> None:
            self.inbox.nudge()

        async def drain_lane(lane_id: int) -> None:
            await self.drain_lane(lane_id)

        async def reconcile() -> None:
            await self.reconcile()

        async def tidy() -> None:
            await self.tidy()

        broker.register_task(take_arrival, Task.TAKE_ARRIVAL.value)
        broker.register_task(apply_receipt, Task.APPLY_RECEIPT.value)
        broker.register_task(answer, Task.ANSWER.value)
        broker.register_task(drain_lane, Task.DRAIN_LANE.value)
        broker.register_task(reconcile, Task.RECONCILE.value)
        broker.register_task(tidy, Task.TIDY.value)

    async def take_arrival(self, source: str, sealed: str, at: str) -> None:
        """Put an accepted webhook into the inbox, and let it be thought about; `at` is when it was accepted.

        Raises:
            InvalidInputError: If nobody can read it.
        """
        arrival = self._read(source, self._opened(sealed))
        if arrival is None:
            return
        if await self._written(partial(self._arrivals.write, (arrival, datetime.fromisoformat(at)))):
            self.inbox.nudge()

    async def apply_receipt(self, sealed: str, m: str | None) -> None:
        """Write down what Twilio says of a delivery; in any order, any number of times."""
        receipt = parse_status(dict(form_pairs(self._opened(sealed))), m=m)
        received = await self._written(partial(self._receipts.write, receipt))
        if received.after is not None:
            self.on_end(received.after)
        if received.reception is Reception.MOVED:
            self.dispatcher.nudge()

    async def drain_lane(self, lane_id: int) -> None:
        """Send what a lane allows now."""
        for _ in range(BATCHES):
            if self.stop.is_set() or not await self.dispatcher.drain(lane_id):
                return

    async def reconcile(self) -> None:
        """Look after lost leases and what may have left."""
        await self.dispatcher.reconcile()
        await self._beat("reconcile")

    async def tidy(self) -> None:
        """End what is over."""

        def work(connection: Connection) -> None:
            now = self.clock.now()
            housekeeping.expire(connection, now=now)
            watches.look_again(connection, courts=self.courts, now=now)
            watches.expire(connection, courts=self.courts, now=now)
            heartbeats.forget_older(connection, before=now - heartbeats.KEPT_FOR)

        await self.db.write(work)
        await self._beat("housekeeping")
        self.dispatcher.nudge()

    def _opened(self, sealed: str) -> str:
        return self.db.vault.open(b64decode(sealed), PAYLOAD)

    def _read(self, source: str, payload: str) -> Arrival | None:
        if source == TWILIO:
            return twilio_arrival(payload)
        if source == TELEGRAM:
            return telegram_arrival(payload.encode(), bot_id=self.bot_id)
        raise InvalidInputError("source", "is not one of ours")

    def _receive(self, connection: Connection, said: Sequence[Receipt]) -> list[Received]:
        return receive_all(connection, said, channel=ChannelName.SMS, now=self.clock.now())

    async def _written(self, write: Callable[[], Awaitable[Result]]) -> Result:
        """Write, however long the database is away."""
        while True:
            try:
                return await write()
            except AWAY as error:
                if self.stop.is_set():
                    raise
                log.warning("task.deferred", fault=type(error).__name__)
            try:
                async with asyncio.timeout(PAUSE.total_seconds()):
                    await self.stop.wait()
            except TimeoutError:
                continue

    async def _beat(self, name: str) -> None:
        await self.db.write(partial(heartbeats.beat, name=name, now=self.clock.now()))
