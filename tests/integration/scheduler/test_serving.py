"""The dispatcher at work and the metronome's beat: nudged, stopped, stumbling, and never losing anything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from domain.delivery import FindOutcome, NotFound, OutgoingMessage, SendOutcome, Sent
from domain.notice import NoticeState
from scheduler import dispatcher
from scheduler.metronome import Metronome
from storage import heartbeats
from storage.database import Database, Result, Work
from storage.schema import audit_event
from storage.vault import Vault
from tests.fixtures.outbox import notice_rows, put, put_all
from tests.fixtures.sending import Desk, open_desk

PATIENCE = 20  # seconds; what is waited for takes milliseconds


async def until(is_so: Callable[[], object]) -> None:
    """Wait for a condition, with a bound."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[None]:
    """Run the desk's dispatcher, and stop it cleanly."""
    stop = asyncio.Event()
    running = asyncio.create_task(desk.dispatcher.run(stop))
    yield
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await running


async def test_everything_due_leaves_in_many_batches_and_a_nudge_needs_no_beat(any_db: Database) -> None:
    desk = await open_desk(any_db, 30)
    await any_db.write(lambda c: put_all(c, desk.street))
    desk.dispatcher = desk.another(batch=4)

    async with serving(desk):
        await until(lambda: len(desk.sms.sent) == 30)
        await any_db.write(lambda c: put(c, desk.street))
        desk.dispatcher.nudge()
        await until(lambda: len(desk.sms.sent) == 31)

    assert {row.state for row in await any_db.read(notice_rows)} == {NoticeState.SENT}


class Slow:
    """A channel whose answers wait for a bell; `waiting` counts what is on the wire."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.waiting = 0
        self.most = 0
        self.sent: list[OutgoingMessage] = []

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self.bell.wait()
        self.waiting -= 1
        self.sent.append(message)
        return Sent(f"slow-{message.id}")

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        return NotFound()


async def test_while_one_batch_is_on_the_wire_the_next_is_prepared_and_a_stop_waits_for_both(db: Database) -> None:
    wire = Slow()
    desk = await open_desk(db, 9)
    desk.dispatcher = desk.another({"sms:default": wire}, batch=3)
    await db.write(lambda c: put_all(c, desk.street))

    async with serving(desk):
        await until(lambda: wire.waiting == 6)
        asyncio.get_running_loop().call_later(0.05, wire.bell.set)

    states = [row.state for row in await db.read(notice_rows)]
    assert wire.most == 6
    assert set(states) <= {NoticeState.SENT, NoticeState.PLANNED}, "nothing is left half-way"
    assert states.count(NoticeState.SENT) == len(wire.sent)


class Stumbling(Database):
    """A database that is away for the first few writes."""

    left = 3

    async def write(self, work: Work[Result]) -> Result:
        if self.left:
            self.left -= 1
            raise ConnectionError
        return await super().write(work)


async def test_a_database_that_is_away_for_a_moment_ends_no_lane(sqlite_url: str, vault: Vault) -> None:
    async with Stumbling(sqlite_url, vault) as db:
        db.left = 0
        desk = await open_desk(db)
        await db.write(lambda c: put(c, desk.street))
        db.left = 3
        async with serving(desk):
            await until(lambda: desk.sms.sent)


class NotYet(Database):
    """A database that is away for the first few reads."""

    left = 0

    async def read(self, work: Work[Result]) -> Result:
        if self.left:
            self.left -= 1
            raise OperationalError("SELECT", {}, Exception("gone"))
        return await super().read(work)


async def test_a_worker_whose_database_goes_away_while_it_starts_begins_when_it_is_back(
    sqlite_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "BEAT", timedelta(milliseconds=10))
    async with NotYet(sqlite_url, vault) as db:
        desk = await open_desk(db)
        await db.write(lambda c: put(c, desk.street))
        db.left = 3
        async with serving(desk):
            await until(lambda: desk.sms.sent)
    assert db.left == 0


async def test_a_worker_that_waits_for_its_database_ends_when_it_is_told_to(sqlite_url: str, vault: Vault) -> None:
    async with NotYet(sqlite_url, vault) as db:
        desk = await open_desk(db)
        db.left = 10_000
        async with serving(desk):
            await until(lambda: db.left < 10_000)


async def test_a_batch_is_on_record_in_the_chain_by_digests_alone(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()

    [event] = await desk.db.read(lambda c: list(c.execute(select(audit_event)).all()))
    assert event.action == "batch.sent"
    assert str(desk.sms.sent[0].id) in event.facts
    assert "Ada" not in event.facts
    assert "3AN" not in event.facts


async def test_a_beat_leaves_a_pulse_and_one_that_fails_leaves_none_but_comes_again(sqlite_desk: Desk) -> None:
    desk, beats = sqlite_desk, list[str]()

    async def good() -> None:
        beats.append("good")

    async def bad() -> None:
        beats.append("bad")
        raise LookupError

    metronome = Metronome(desk.db, desk.clock)
    metronome.every(timedelta(seconds=0.05), "good", good)
    metronome.every(timedelta(seconds=0.05), "bad", bad)
    async with metronome:
        await until(lambda: beats.count("good") >= 2 and beats.count("bad") >= 2)

    assert await desk.db.read(heartbeats.read) == {"good": desk.clock.now()}


async def test_a_slow_beat_is_never_run_beside_itself_and_is_waited_for(sqlite_desk: Desk) -> None:
    running, most, ended = 0, 0, 0

    async def slow() -> None:
        nonlocal running, most, ended
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.15)
        running -= 1
        ended += 1

    metronome = Metronome(sqlite_desk.db, sqlite_desk.clock)
    metronome.every(timedelta(seconds=0.04), "slow", slow)
    async with metronome:
        await until(lambda: running)

    assert (most, running) == (1, 0)
    assert ended >= 1
