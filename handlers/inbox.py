"""The inbox's worker: what was stored at the door is thought about here, each sender's messages in order, each once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import TypeAlias

import structlog
from sqlalchemy import Connection

from domain.clock import Clock
from domain.delivery import Address
from handlers import conversation
from handlers.conversation import Handled
from handlers.incoming import Incoming, World
from storage import dead_letters, inbox, locks
from storage.database import AWAY, Database
from storage.inbox import Received, Settled
from storage.tasks import About, TaskKind, open_task

ReadPayload: TypeAlias = Callable[[Received], Incoming | None]  # what was stored -> what somebody did
Read: TypeAlias = tuple[int, Incoming | None]  # the stored message's id, and what somebody did
BATCH = 64  # messages in one unit of work
LEAST = 16  # so many in the first one, and while each of them needs much
PATIENCE = 0.05  # seconds
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
        self._most = LEAST

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
        """Handle all that waits, several messages in a unit of work; return how many were handled.

        Where one of them fails, each is thought about by itself. A message that fails so is tried again, at most
        ATTEMPTS times in all; nothing of the same sender overtakes it.

        Raises:
            OperationalError: If the database is away: that is no fault of any message.
        """
        total = 0
        while True:
            outcomes, faults = await self._handle_some()
            _report(outcomes)
            if outcomes:
                total += len(outcomes)
                self._on_handled()
            elif not faults:
                return total  # nothing waits, or another process has it

    async def _handle_some(self) -> tuple[dict[int, str], int]:
        """Think about as many messages as take about PATIENCE; return what they were taken for, and count faults.

        Whoever is at the door meanwhile waits so long.
        """
        [result] = await asyncio.gather(self._db.write(self._handle_next), return_exceptions=True)
        if isinstance(result, BaseException):
            _raise_if_away(result)
            return await self._handle_each(result)
        outcomes, took = result
        if took > PATIENCE:
            self._most = max(self._most // 2, LEAST)
        elif len(outcomes) == self._most:
            self._most = min(self._most * 2, BATCH)
        return outcomes, 0

    def _handle_next(self, connection: Connection) -> tuple[dict[int, str], float]:
        """Think about the next messages; return what they were taken for, and the seconds that it took."""
        began = perf_counter()
        outcomes = handle_next(
            connection, most=self._most, world=self._world, readers=self._readers, now=self._clock.now()
        )
        return outcomes, perf_counter() - began

    async def _handle_each(self, fault: BaseException) -> tuple[dict[int, str], int]:
        """Think about each message by itself, for one of them is at fault; where only one waits, it is that one.

        Returns what those without a fault were taken for, and counts the others.
        """
        ids = await self._db.read(partial(inbox.waiting, limit=BATCH))
        results: Sequence[str | BaseException | None] = [fault]
        if len(ids) != 1:
            results = await asyncio.gather(*map(self._handle, ids), return_exceptions=True)
        faults = {key: error for key, error in zip(ids, results, strict=True) if isinstance(error, BaseException)}
        for inbound_id, error in faults.items():
            await self._note_failure(inbound_id, error)
        outcomes = {key: outcome for key, outcome in zip(ids, results, strict=True) if isinstance(outcome, str)}
        return outcomes, len(faults)

    async def _handle(self, inbound_id: int) -> str | None:
        """Think about one message; None when it was not its turn."""
        work = partial(
            handle_received, inbound_id=inbound_id, world=self._world, readers=self._readers, now=self._clock.now()
        )
        return await self._db.write(work)

    async def _note_failure(self, inbound_id: int, error: BaseException) -> None:
        _raise_if_away(error)
        fault = type(error).__name__
        log.error("message.failed", inbound=inbound_id, fault=fault)
        work = partial(give_up, inbound_id=inbound_id, fault=fault, world=self._world, now=self._clock.now())
        await self._db.write(work)

    async def _work_off_if_possible(self) -> bool:
        try:
            await self.work_off()
        except AWAY as error:
            log.warning("inbox.deferred", fault=type(error).__name__)
            return False
        return True

    async def _rest(self, pause: timedelta, stopping: "asyncio.Task[bool]") -> None:
        """Wait for a nudge or the end, at most `pause`; after a fault nudges do not hurry anything."""
        nudged = asyncio.create_task(self._nudged.wait())
        await asyncio.wait({nudged, stopping}, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        nudged.cancel()


def _report(outcomes: Mapping[int, str]) -> None:
    """Say what was handled: in one line, for a line costs as much as half of a conversation."""
    if len(outcomes) == 1:
        [(inbound_id, outcome)] = outcomes.items()
        log.info("message.handled", inbound=inbound_id, outcome=outcome)
    elif outcomes:
        log.info("messages.handled", first=min(outcomes), last=max(outcomes), outcomes=dict(Counter(outcomes.values())))


def _raise_if_away(error: BaseException) -> None:
    if isinstance(error, (*AWAY, asyncio.CancelledError)):
        raise error


def handle_next(
    connection: Connection, *, most: int, world: World, readers: Mapping[str, ReadPayload], now: datetime
) -> dict[int, str]:
    """Think about the oldest stored messages: effects, replies and ends of all are one unit of work.

    Returns what each was taken for; those that were not to be had now (`storage.inbox.take_next`) are not in it.
    """
    return _think(connection, inbox.take_next(connection, limit=most), world, readers, now=now)


def handle_received(
    connection: Connection, *, inbound_id: int, world: World, readers: Mapping[str, ReadPayload], now: datetime
) -> str | None:
    """Think about one stored message, by itself.

    Returns what it was taken for; None, with nothing done, when it is not this one's turn (`storage.inbox.take`).
    """
    stored = inbox.take(connection, inbound_id)
    return None if stored is None else _think(connection, [stored], world, readers, now=now)[inbound_id]


def _think(
    connection: Connection,
    stored: Sequence[Received],
    world: World,
    readers: Mapping[str, ReadPayload],
    *,
    now: datetime,
) -> dict[int, str]:
    outcomes: dict[int, str] = {}
    read: list[Read] = [(one.id, readers[one.source](one)) for one in stored]
    locks.writers(connection, {message.sender for _, message in read if message is not None})
    for turn in _turns(read):
        ours = [message for _, message in turn if message is not None]
        handled = iter(conversation.answer_all(connection, ours, world, now=now) if ours else ())
        ends = [_end(key, None if message is None else next(handled)) for key, message in turn]
        inbox.settle(connection, ends, now=now)
        outcomes |= {one.id: one.outcome for one in ends}
    return outcomes


def _turns(read: Sequence[Read]) -> Iterator[list[Read]]:
    """Cut messages where a sender writes again: nothing moves, and in each piece everybody has one at most."""
    turn: list[Read] = []
    senders: set[Address] = set()
    for key, message in read:
        if message is not None and message.sender in senders:
            yield turn
            turn, senders = [], set()
        turn.append((key, message))
        if message is not None:
            senders.add(message.sender)
    if turn:
        yield turn


def _end(key: int, handled: Handled | None) -> Settled:
    return Settled(key, None, NOT_OURS) if handled is None else Settled(key, handled.endpoint_id, handled.outcome)


def give_up(connection: Connection, *, inbound_id: int, fault: str, world: World, now: datetime) -> bool:
    """Count a failed attempt; at the last one leave the message to the desk and return True."""
    if not inbox.note_failure(connection, inbound_id, error=fault, most=ATTEMPTS, now=now):
        return False
    if world.courts.by_id:
        about = About(court_id=min(world.courts.by_id))
        open_task(connection, TaskKind.FAILED, about, dedupe=dead_letters.cause(inbound_id), now=now, since=now)
    return True
