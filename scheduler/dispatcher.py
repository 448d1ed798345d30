"""The dispatcher: takes what is due from each lane, gives it to the wire, and writes down what came of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from domain.clock import Clock
from domain.delivery import Channel, FindOutcome, OutgoingMessage, SendOutcome, Unavailable
from domain.lane import AHEAD, EDGE, Slot
from scheduler import dispatch, failover, reconcile
from scheduler.carrying import WIRE_TIME, carry
from scheduler.dispatch import LEASE, Batch
from scheduler.lease import Leased, written_within
from storage import lanes
from storage.courts import Courts
from storage.database import AWAY, Database, Work

BATCH = 400
DEPTH = 2  # full batches of a lane on their way together: while one is on the wire, the next is prepared
BEAT = timedelta(seconds=1)
SLOTS = 4  # that a batch may miss: a process that is late for each of them has no time to be exact in
LONGEST_WAIT = timedelta(seconds=5)  # for an instant: far inside what a lease leaves, whatever clock or database do

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What passes in the machine's own time, whatever a dispatcher's clock shows.

    `wire_time` is how long a batch is waited for, shorter than the lease by far. `ahead`: so long before it leaves,
    what a full lane lets out is decided about; nothing for a clock that stands. `pace` is how many seconds the clock
    shows in one of the machine's: waits are so much shorter, and an instant is kept as exactly as the machine can.
    """

    wire_time: timedelta = WIRE_TIME
    ahead: timedelta = AHEAD
    pace: float = 1.0


USUAL = Timing()


class Dispatcher:
    """Sends due notices, a batch at a time: prepare (one unit of work), the wire, settle (one unit of work).

    A batch ends within WIRE_TIME and two writes, well inside the lease, so no other worker can take a notice that
    is still being sent. Any number of dispatchers may serve the same lanes: their rates are kept in the database.

    Args:
        db: The outbox.
        channels: By lane key ("sms:default", "telegram:default", "sms:MG…"); lanes that are not in it are left to
            other workers.
        courts: Gives the courts as they are applied now.
        clock: The time by which notices are due.
        batch: How many notices are in flight together at most, for one lane.
        timing: What passes in the machine's own time.
        on_settled: Told what came of a batch, by its lane's id, after that was written down.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        courts: Callable[[], Courts],
        clock: Clock,
        *,
        batch: int = BATCH,
        timing: Timing = USUAL,
        on_settled: Callable[[int, Sequence[SendOutcome]], object] = lambda *_: None,
    ) -> None:
        self._db = db
        self._channels = channels
        self._courts = courts
        self._clock = clock
        self._batch = batch
        self._timing = timing
        self._ahead = timing.ahead * timing.pace
        self._on_settled = on_settled
        self._keys: dict[int, str] = {}
        self._nudges: dict[int, asyncio.Event] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every lane until `stop`; then finish what is in flight, and return."""
        async with asyncio.TaskGroup() as serving:
            for lane_id in await self._lanes_at_last(stop):
                self._nudges[lane_id] = asyncio.Event()
                serving.create_task(self._serve(lane_id, stop))
            await stop.wait()
            self.nudge()
        self._nudges.clear()

    def nudge(self) -> None:
        """Look at once: something has just become due. Call it on the loop that runs `run`."""
        for nudged in self._nudges.values():
            nudged.set()

    async def drain(self, lane_id: int) -> int:
        """Try one batch of a lane; return how many notices were decided about: 0 when nothing can go now.

        A lane that has no channel here is left to workers that have one: nothing of it is touched.
        """
        if lane_id not in self._keys and lane_id not in await self._lanes():
            return 0
        batch = await self._prepare(lane_id)
        await self._carry(lane_id, batch)
        return batch.decided

    async def drain_all(self) -> int:
        """Drain every lane until nothing can go now; return how many notices were decided about."""
        total = 0
        lane_ids = await self._lanes()
        while decided := sum(await asyncio.gather(*(self._drain_whole(lane_id) for lane_id in lane_ids))):
            total += decided  # one lane's trouble may have become another lane's notice
        return total

    async def reconcile(self) -> int:
        """Look after lost leases, lanes that are down and what may have left; return how many were looked after."""
        lost = await self._db.write(partial(reconcile.find_lost, now=self._clock.now()))
        await self._go_round()
        known = {lanes.channel_of(key) for key in self._channels}
        asked = await self._db.write(partial(reconcile.questions, channels=known, now=self._clock.now()))
        if not asked:
            return lost
        answers = await asyncio.gather(*(self._find(key, message) for key, message in asked))
        found = [(message.id, answer) for (_, message), answer in zip(asked, answers, strict=True)]
        await self._db.write(partial(reconcile.settle, answers=found, now=self._clock.now()))
        self.nudge()
        return lost + len(found)

    async def _go_round(self) -> None:
        """Let notices go another way that can no longer wait for a lane that is down."""
        after: int | None = 0
        while after is not None:
            work = partial(failover.go_round, courts=self._courts(), now=self._clock.now(), after=after)
            after = await self._db.write(work)

    async def _lanes(self) -> list[int]:
        self._keys = await self._db.read(partial(lanes.ids, keys=self._channels))
        return list(self._keys)

    async def _lanes_at_last(self, stop: asyncio.Event) -> list[int]:
        """Return the lanes, however long the database is away; none when told to stop meanwhile."""
        while not stop.is_set():
            try:
                return await self._lanes()
            except AWAY as error:
                log.warning("lanes.awaited", fault=type(error).__name__)
                await _wait(stop, BEAT.total_seconds())
        return []

    async def _drain_whole(self, lane_id: int) -> int:
        total = 0
        while decided := await self.drain(lane_id):
            total += decided
        return total

    async def _serve(self, lane_id: int, stop: asyncio.Event) -> None:
        """Keep one lane going. A fault of the database or of ours is reported and tried again: it ends no lane."""
        on_their_way: dict[asyncio.Task[None], int] = {}
        nudged = self._nudges[lane_id]
        while not stop.is_set():
            nudged.clear()
            batch = await self._prepare_or_stumble(lane_id)
            if batch.messages:
                on_their_way[asyncio.create_task(self._carry(lane_id, batch))] = len(batch.messages)
            if sum(on_their_way.values()) > self._batch * (DEPTH - 1):
                await asyncio.wait(on_their_way, return_when=asyncio.FIRST_COMPLETED)
            _reap(on_their_way, lane_id)
            if not batch.decided:
                await self._rest(nudged, batch)
        if on_their_way:
            await asyncio.wait(on_their_way)
        _reap(on_their_way, lane_id)

    async def _prepare_or_stumble(self, lane_id: int) -> Batch:
        preparing = asyncio.create_task(self._prepare(lane_id))
        await asyncio.wait([preparing])
        error = preparing.exception()
        if error is None:
            return preparing.result()
        log.error("lane.stumbled", lane_id=lane_id, fault=type(error).__name__)
        return Batch()

    async def _rest(self, nudged: asyncio.Event, batch: Batch) -> None:
        """Wait for a nudge, the next beat, or the moment when the lane may spend again."""
        pause = BEAT.total_seconds()
        if batch.opens_at is not None:
            pause = min(pause, max(self._until(batch.opens_at), 0.0))
        await _wait(nudged, pause)

    async def _prepare(self, lane_id: int) -> Batch:
        """Prepare a batch by the time at which it is prepared: a unit of work may have waited for its turn."""
        courts = self._courts()

        def work(connection: Connection) -> Batch:
            now = self._clock.now()
            return dispatch.prepare(
                connection, lane_id=lane_id, courts=courts, now=now, limit=self._batch, ahead=self._ahead
            )

        return await self._db.write(work)

    async def _carry(self, lane_id: int, batch: Batch) -> None:
        """Give a batch to the wire at its instant, with no transaction open; then settle it."""
        if batch.slot is None:
            return
        await self._in_its_slot(lane_id, batch.slot)
        channel = Leased(self._channels[self._keys[lane_id]], self._clock)
        answers = await carry(channel, batch.messages, within=self._timing.wire_time)
        answered = list(zip(batch.messages, answers, strict=True))
        await written_within(self._db, lambda: self._settling(lane_id, answered), LEASE, self._clock)
        self._on_settled(lane_id, [outcome for _, outcome in answered])

    async def _in_its_slot(self, lane_id: int, slot: Slot) -> None:
        """Wait for a batch's instant. One that has missed it waits for another: beside later ones it would be too much.

        Where there is no other to be had soon, it leaves: better one second too full than a text whose lease ends.
        """
        try:
            async with asyncio.timeout(LONGEST_WAIT.total_seconds() / self._timing.pace):
                await self._wait_for(lane_id, slot)
        except (TimeoutError, *AWAY) as error:
            log.warning("slot.missed", lane_id=lane_id, fault=type(error).__name__)

    async def _wait_for(self, lane_id: int, slot: Slot) -> None:
        for _ in range(SLOTS):
            early = self._until(slot.at)
            if not slot.is_free and early > 0:
                await asyncio.sleep(early)
            if self._until(slot.at) >= -EDGE.total_seconds() / 2:
                return
            slot = await self._db.write(partial(self._put_off, lane_id=lane_id, slot=slot))

    def _until(self, instant: datetime) -> float:
        """Return how long it is to an instant, in the machine's seconds."""
        return (instant - self._clock.now()).total_seconds() / self._timing.pace

    def _put_off(self, connection: Connection, *, lane_id: int, slot: Slot) -> Slot:
        """Find another slot by the time at which it is looked for: a unit of work may have waited for its turn."""
        return lanes.put_off(connection, lane_id=lane_id, slot=slot, now=self._clock.now(), ahead=self._ahead / 4)

    def _settling(self, lane_id: int, answered: Sequence[tuple[OutgoingMessage, SendOutcome]]) -> Work[None]:
        return partial(dispatch.settle, outcomes=answered, lane_id=lane_id, now=self._clock.now())

    async def _find(self, key: str, message: OutgoingMessage) -> FindOutcome:
        channel = self._channels.get(key) or self._of_the_same_account(key)
        if channel is None:
            return Unavailable("lane.not_here", is_lasting=True)
        try:
            async with asyncio.timeout(self._timing.wire_time.total_seconds()):
                return await channel.find(message)
        except TimeoutError:
            return Unavailable("wire.timeout")

    def _of_the_same_account(self, key: str) -> Channel | None:
        """Return any channel that may ask for a sender that is in no court file any more, or not yet in one here."""
        kind = lanes.channel_of(key)
        return next((channel for other, channel in self._channels.items() if lanes.channel_of(other) is kind), None)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _reap(carried: dict[asyncio.Task[None], int], lane_id: int) -> None:
    """Forget batches that are over; one that could not be settled is reported, and reconciled after its lease."""
    for task in [task for task in carried if task.done()]:
        del carried[task]
        error = task.exception()
        if error is not None:
            log.error("batch.lost", lane_id=lane_id, fault=type(error).__name__)
