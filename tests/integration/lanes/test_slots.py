"""The instant at which a batch leaves: a full lane's is waited for, and one that was missed is given up for another."""

import asyncio
import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from domain.clock import SteppedClock
from domain.lane import AHEAD, EDGE, Slot
from scheduler import dispatcher
from storage import lanes
from storage.database import Database
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.lanes import A_SECOND, Ledger, Stand, court_file, open_stand
from tests.fixtures.outbox import chat, set_rate

BOT = "telegram:default"
QUICK = 20
PATIENCE = 60  # seconds; what is waited for takes one


class LateClock(SteppedClock):
    """A running clock that jumps when it is read for the given time: what a process that was held up would see."""

    def __init__(self, start: datetime, *, jumps_at: int, by: timedelta) -> None:
        super().__init__(start, running=True)
        self._jumps = {jumps_at: by}
        self._reads = 0

    def now(self) -> datetime:
        """Return the current instant."""
        self._reads += 1
        if by := self._jumps.get(self._reads):
            self.advance(by)
        return super().now()


class QuickLateClock(LateClock):
    """Such a clock that runs QUICK times as fast as the machine's."""

    def now(self) -> datetime:
        """Return the current instant."""
        return NOW + (super().now() - NOW) * QUICK


async def a_full_lane(db: Database, clock: SteppedClock) -> tuple[Stand, int]:
    """Return a stand whose bot has just sent all that a second holds, with more to send."""
    stand = await open_stand(db, court_file(), [PartySpec(address=chat(n), name=f"Ada {n}") for n in range(8)])
    stand.clock = clock
    stand.wires[BOT] = Ledger(clock)
    await stand.put_many(range(8))
    await db.write(partial(set_rate, key=BOT, rate=4, burst=4))
    [lane] = await db.read(partial(lanes.ids, keys=[BOT]))
    return stand, lane


async def test_the_next_second_of_a_full_lane_begins_at_its_instant_on_the_wire(any_db: Database) -> None:
    stand, _ = await a_full_lane(any_db, SteppedClock(NOW, running=True))
    worker = stand.worker(ahead=AHEAD)

    stop = asyncio.Event()
    serving = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(PATIENCE):
        while len(stand.wires[BOT].sent) < 8:  # noqa: ASYNC110 - a provider rings no bell
            await asyncio.sleep(0.02)
    stop.set()
    await serving

    first, *_, last = [at for at, _ in stand.wires[BOT].spent]
    assert last - first >= A_SECOND - AHEAD, "what is free leaves before its instant"
    row = await stand.lane(BOT)
    assert (last - row.refilled_at) > -EDGE, "what is not leaves at it"


async def test_a_batch_that_missed_its_instant_takes_another(any_db: Database) -> None:
    stand, lane = await a_full_lane(any_db, LateClock(NOW, jumps_at=2, by=timedelta(seconds=3)))

    assert await stand.worker(ahead=AHEAD).drain(lane) == 4

    [(booked, units)] = (await stand.lane(BOT)).spent
    came = [at for at, _ in stand.wires[BOT].spent]
    assert units == len(came) == 4
    assert booked / 1e6 - min(came).timestamp() < (EDGE / A_SECOND), "the lane knows when they left"
    assert min(came) > NOW + timedelta(seconds=3)


async def test_on_a_quick_clock_another_instant_is_waited_for_as_long_as_it_takes_there(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand, lane = await a_full_lane(db, QuickLateClock(NOW, jumps_at=2, by=A_SECOND))
    other: list[datetime] = []

    def soon(_: Connection, slot: Slot, *, now: datetime, **__: object) -> Slot:
        other.append(now + A_SECOND)
        return Slot(other[-1], slot.units, is_free=False)

    monkeypatch.setattr(lanes, "put_off", soon)

    assert await stand.worker(ahead=AHEAD, pace=QUICK).drain(lane) == 4

    late = min(at for at, _ in stand.wires[BOT].spent) - other[-1]
    assert timedelta(0) < late < QUICK * A_SECOND / 2, "a second of the machine's is a third of what a lease leaves"


async def test_a_process_that_is_always_late_sends_all_the_same(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Slot] = []

    def never(_: Connection, slot: Slot, **__: object) -> Slot:
        asked.append(slot)
        return Slot(NOW - timedelta(minutes=len(asked)), slot.units, is_free=False)

    monkeypatch.setattr(lanes, "put_off", never)
    stand, lane = await a_full_lane(db, LateClock(NOW, jumps_at=2, by=A_SECOND))

    assert await stand.worker(ahead=AHEAD).drain(lane) == 4
    assert len(stand.wires[BOT].sent) == 4
    assert len(asked) == dispatcher.SLOTS


async def test_where_the_database_is_away_a_late_batch_leaves(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> Slot:
        raise OperationalError("UPDATE lane", {}, Exception("gone"))

    monkeypatch.setattr(lanes, "put_off", away)
    stand, lane = await a_full_lane(db, LateClock(NOW, jumps_at=2, by=A_SECOND))

    assert await stand.worker(ahead=AHEAD).drain(lane) == 4
    assert len(stand.wires[BOT].sent) == 4


async def test_where_the_database_does_not_answer_a_late_batch_does_not_wait_until_its_lease_ends(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def stands_still(_: Connection, slot: Slot, **__: object) -> Slot:
        answers.wait(PATIENCE)
        return slot

    monkeypatch.setattr(lanes, "put_off", stands_still)
    monkeypatch.setattr(dispatcher, "LONGEST_WAIT", timedelta(milliseconds=50))
    stand, lane = await a_full_lane(db, LateClock(NOW, jumps_at=2, by=A_SECOND))

    draining = asyncio.create_task(stand.worker(ahead=AHEAD).drain(lane))
    async with asyncio.timeout(PATIENCE / 2):
        while len(stand.wires[BOT].sent) < 4:  # noqa: ASYNC110 - a provider rings no bell
            await asyncio.sleep(0.02)
    answers.set()

    assert await draining == 4
