"""The inbox's worker: what was stored at the door is thought about here, each sender's messages in order, each once."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.clock import Clock
from handlers import conversation
from handlers.incoming import Incoming, World
from storage import inbox
from storage.database import Database
from storage.inbox import Received
from storage.tasks import About, TaskKind, open_task

ReadPayload: TypeAlias = Callable[[Received], Incoming | None]  # what was stored -> what somebody did
BATCH = 200
NOT_OURS = "not_ours"
ATTEMPTS = 3  # a message that fails so often is given to the desk
LOOKS_EVERY = timedelta(seconds=5)  # for what another process stored, or a crash left behind
AFTER_A_FAULT = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class InboxWorker:
    """Works off received messages whenever it is nudged, and every few seconds in any case.

    Args:
        db: Where they wait.
        world: The courts, and how the carrier behaves.
        readers: For each source ("twilio", "telegram") how its payloads are read.
        clock: What time it is.
        on_handled: Called after messages were handled: replies wait for the dispatcher.
    """

    def __init__(
        self,
        db: Database,
        world: World,
        readers: Mapping[str, ReadPayload],
        *,
        clock: Clock,
        on_handled: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._world = world
        self._readers = readers
        self._clock = clock
        self._on_handled = on_handled
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Say that something was received; call it on the loop that runs `run`."""
        self._nudged.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what had been received by then is thought about before it returns."""
        stopping = asyncio.create_task(stop.wait())
        try:
            is_last = False
            while not is_last:
                is_last = stop.is_set()
                self._nudged.clear()
                is_well = await self._work_off_if_possible()
                if not is_last:
                    await self._rest(LOOKS_EVERY if is_well else AFTER_A_FAULT, stopping)
        finally:
            stopping.cancel()

    async def work_off(self) -> int:
        """Handle all that waits, each message in a unit of work of its own; return how many were handled.

        A message that fails is tried again, at most ATTEMPTS times in all; nothing of the same sender overtakes it.

        Raises:
            OperationalError: If the database is away: that is no fault of any message.
        """
        handled = 0
        while ids := await self._db.read(partial(inbox.waiting, limit=BATCH)):
            results = await asyncio.gather(*(self._handle(inbound_id) for inbound_id in ids), return_exceptions=True)
            done = sum(result is True for result in results)
            faults = {key: error for key, error in zip(ids, results, strict=True) if isinstance(error, BaseException)}
            for inbound_id, error in faults.items():
                await self._note_failure(inbound_id, error)
            if done:
                handled += done
                self._on_handled()
            elif not faults:
                break  # another process has them
        return handled

    async def _handle(self, inbound_id: int) -> bool:
        """Think about one message; False when it was not its turn."""
        work = partial(
            handle_received, inbound_id=inbound_id, world=self._world, readers=self._readers, now=self._clock.now()
        )
        outcome = await self._db.write(work)
        if outcome is not None:
            log.info("message.handled", inbound=inbound_id, outcome=outcome)
        return outcome is not None

    async def _note_failure(self, inbound_id: int, error: BaseException) -> None:
        if isinstance(error, OperationalError | InterfaceError | asyncio.CancelledError):
            raise error
        fault = type(error).__name__
        log.error("message.failed", inbound=inbound_id, fault=fault)
        work = partial(give_up, inbound_id=inbound_id, fault=fault, world=self._world, now=self._clock.now())
        await self._db.write(work)

    async def _work_off_if_possible(self) -> bool:
        try:
            await self.work_off()
        except (OperationalError, InterfaceError) as error:
            log.warning("inbox.deferred", fault=type(error).__name__)
            return False
        return True

    async def _rest(self, pause: timedelta, stopping: "asyncio.Task[bool]") -> None:
        """Wait for a nudge or the end, at most `pause`; after a fault nudges do not hurry anything."""
        nudged = asyncio.create_task(self._nudged.wait())
        await asyncio.wait({nudged, stopping}, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        nudged.cancel()


def handle_received(
    connection: Connection, *, inbound_id: int, world: World, readers: Mapping[str, ReadPayload], now: datetime
) -> str | None:
    """Think about one stored message: its effect, its reply and its end are one unit of work.

    Returns what it was taken for; None, with nothing done, when it is not this one's turn (`storage.inbox.take`).
    """
    stored = inbox.take(connection, inbound_id)
    if stored is None:
        return None
    message = readers[stored.source](stored)
    if message is None:
        inbox.settle(connection, inbound_id, endpoint_id=None, outcome=NOT_OURS, now=now)
        return NOT_OURS
    handled = conversation.answer(connection, message, world, now=now)
    outcome = handled.outcome.value
    inbox.settle(connection, inbound_id, endpoint_id=handled.endpoint_id, outcome=outcome, now=now)
    return outcome


def give_up(connection: Connection, *, inbound_id: int, fault: str, world: World, now: datetime) -> bool:
    """Count a failed attempt; at the last one leave the message to the desk and return True."""
    if not inbox.note_failure(connection, inbound_id, error=fault, most=ATTEMPTS, now=now):
        return False
    if world.courts.by_id:
        about = About(court_id=min(world.courts.by_id))
        open_task(connection, TaskKind.FAILED, about, dedupe=f"inbound:{inbound_id}", now=now)
    return True
