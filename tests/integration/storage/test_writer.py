"""The order of writes: what somebody waits for at a door goes first, and nobody waits for ever."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, insert

from storage import heartbeats
from storage.database import Database
from storage.schema import heartbeat
from storage.vault import Vault
from storage.writer import Job, Writer
from tests.fixtures.facts import NOW

HELD = 20.0  # seconds at most


class Desk:
    """Writes names down and remembers their order; the first one holds the writer up until `go_on`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.order: list[str] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    async def write(self, name: str, *, goes_first: bool = False) -> None:
        write = self.database.write_first if goes_first else self.database.write
        await write(lambda connection: self._note(connection, name))

    async def hold(self) -> "asyncio.Task[None]":
        """Let a unit of work begin that goes on only when it is told to."""
        holding = asyncio.create_task(self.write("held"))
        while not self.begun.is_set():  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(0)
        return holding

    async def queue(self, *names: str, goes_first: bool = False) -> "list[asyncio.Task[None]]":
        """Let writes queue behind the one that is held."""
        queued = [asyncio.create_task(self.write(name, goes_first=goes_first)) for name in names]
        await asyncio.sleep(0)
        return queued

    def _note(self, connection: Connection, name: str) -> None:
        self.order.append(name)
        connection.execute(insert(heartbeat).values(name=name, at=NOW))
        if name == "held":
            self.begun.set()
            assert self.go_on.wait(HELD)
        if name == "poison":
            raise LookupError(name)


@pytest.fixture
async def sqlite_desk(sqlite_url: str, vault: Vault) -> AsyncIterator[Desk]:
    async with Database(sqlite_url, vault) as database:
        yield Desk(database)


async def test_what_goes_first_is_done_before_all_that_has_queued(sqlite_desk: Desk) -> None:
    tasks = [await sqlite_desk.hold(), *await sqlite_desk.queue("a", "b")]
    tasks += await sqlite_desk.queue("door", goes_first=True)

    sqlite_desk.go_on.set()
    await asyncio.gather(*tasks)

    assert sqlite_desk.order == ["held", "door", "a", "b"]


async def test_what_goes_first_is_durable_before_the_others_begin(sqlite_desk: Desk) -> None:
    seen: list[set[str]] = []
    tasks = [await sqlite_desk.hold()]
    look = sqlite_desk.database.write(lambda _: seen.append(set(sqlite_desk.database.read_now(heartbeats.read))))
    tasks.append(asyncio.create_task(look))
    tasks += await sqlite_desk.queue("door", goes_first=True)

    sqlite_desk.go_on.set()
    await asyncio.gather(*tasks)

    assert seen == [{"held", "door"}]


async def test_others_have_a_turn_between_those_that_go_first(any_db: Database) -> None:
    order: list[str] = []
    loop, begun, go_on = asyncio.get_running_loop(), threading.Event(), threading.Event()

    def work(name: str) -> None:
        order.append(name)
        if name == "held":
            begun.set()
            assert go_on.wait(HELD)

    def job(name: str, *, goes_first: bool = False) -> Job:
        return Job(lambda _: work(name), loop, loop.create_future(), goes_first)

    def attempt(work: Callable[[Connection], list[None]]) -> list[None]:
        done = any_db.write_now(work)
        if order[-1] == "door":
            writer.put(again)  # it comes during the commit
        return done

    held, other, door, again = job("held"), job("other"), job("door", goes_first=True), job("again", goes_first=True)
    writer = Writer(attempt, name="writer")
    writer.put(held)
    assert begun.wait(HELD)
    writer.put(other)
    writer.put(door)
    go_on.set()
    await asyncio.gather(*(one.future for one in (held, door, other, again)))
    writer.close()

    assert order == ["held", "door", "other", "again"]


async def test_one_at_fault_among_those_that_go_first_fails_alone(any_db: Database) -> None:
    desk = Desk(any_db)
    tasks = [await desk.hold(), *await desk.queue("door", "poison", "other door", goes_first=True)]
    desk.go_on.set()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [type(None), type(None), LookupError, type(None)]
    assert set(await any_db.read(heartbeats.read)) == {"held", "door", "other door"}


async def test_on_postgresql_what_goes_first_does_not_even_wait_for_the_unit_of_work_under_way(
    postgres_database: str, vault: Vault
) -> None:
    async with Database(postgres_database, vault) as database:
        desk = Desk(database)
        holding = await desk.hold()

        async with asyncio.timeout(HELD / 2):
            await desk.write("door", goes_first=True)

        assert set(await database.read(heartbeats.read)) == {"door"}
        desk.go_on.set()
        await holding
