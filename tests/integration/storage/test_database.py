"""Units of work: durable, grouped, isolated from one another's faults."""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.errors import InvalidInputError
from storage import database, heartbeats
from storage.database import AWAY, Database, InTheWayError, at_the_end, vault_of
from storage.schema import court, heartbeat
from storage.vault import Vault

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
MET = "DO $$ BEGIN RAISE EXCEPTION 'it is there' USING ERRCODE = '23505'; END $$"
DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$"
FAILED_BEFORE = 7  # times


async def test_what_a_unit_of_work_wrote_is_there_afterwards(any_db: Database) -> None:
    await any_db.write(lambda c: heartbeats.beat(c, "clock", now=NOW))

    assert await any_db.read(heartbeats.read) == {"clock": NOW}


async def test_one_bad_unit_of_work_fails_alone_and_the_others_of_its_batch_commit(any_db: Database) -> None:
    def bad(connection: Connection) -> None:
        heartbeats.beat(connection, "bad", now=NOW)
        raise LookupError

    def good(name: str, connection: Connection) -> None:
        heartbeats.beat(connection, name, now=NOW)

    results = await asyncio.gather(
        any_db.write(lambda c: good("one", c)),
        any_db.write(bad),
        any_db.write(lambda c: good("two", c)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), LookupError, type(None)]
    assert set(await any_db.read(heartbeats.read)) == {"one", "two"}


async def test_a_reader_cannot_leave_anything_behind(any_db: Database) -> None:
    await any_db.read(lambda c: heartbeats.beat(c, "ghost", now=NOW))

    assert await any_db.read(heartbeats.read) == {}


async def test_a_hundred_callers_at_once_each_get_their_own_answer(any_db: Database) -> None:
    def count(number: int, connection: Connection) -> int:
        connection.execute(insert(heartbeat).values(name=str(number), at=NOW))
        return number

    answers = await asyncio.gather(*(any_db.write(partial(count, n)) for n in range(100)))

    assert answers == list(range(100))
    total = await any_db.read(lambda c: c.execute(select(func.count()).select_from(heartbeat)).scalar_one())
    assert total == 100


async def test_a_caller_who_gives_up_does_not_disturb_the_others(any_db: Database) -> None:
    given_up = asyncio.ensure_future(any_db.write(lambda c: heartbeats.beat(c, "left", now=NOW)))
    await asyncio.sleep(0)
    given_up.cancel()

    await any_db.write(lambda c: heartbeats.beat(c, "stayed", now=NOW))

    assert "stayed" in await any_db.read(heartbeats.read)


async def test_every_connection_carries_the_vault(any_db: Database, vault: Vault) -> None:
    assert await any_db.read(vault_of) is vault
    assert await any_db.write(vault_of) is vault


async def test_closing_finishes_what_has_queued(sqlite_url: str, vault: Vault) -> None:
    database = Database(sqlite_url, vault)
    waiting = [asyncio.ensure_future(database.write(lambda c: heartbeats.beat(c, "x", now=NOW))) for _ in range(20)]
    await asyncio.sleep(0)
    await database.close()

    await asyncio.gather(*waiting)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "not a url", "postgresql://x/y"])
def test_a_url_of_neither_engine_is_refused_without_being_repeated(url: str, vault: Vault) -> None:
    with pytest.raises(InvalidInputError, match="USHER_DATABASE_URL") as refused:
        Database(url, vault)
    assert "x/y" not in str(refused.value)


async def test_no_error_quotes_what_was_to_be_written(any_db: Database) -> None:
    row = {"key": "secret", "definition": "word", "applied_at": NOW}
    await any_db.write(lambda connection: connection.execute(insert(court).values(row)))

    with pytest.raises(IntegrityError) as raised:
        await any_db.write(lambda connection: connection.execute(insert(court).values(row)))

    told = f"{raised.value} {raised.value.orig}"
    assert "secret" not in told
    assert "word" not in told


class InTheWay:
    """A unit of work that something stands in the way of at first."""

    def __init__(self, *, times: int) -> None:
        self.times = times
        self.begun: list[float] = []

    def by_a_deadlock(self, connection: Connection) -> int:
        """Be the victim of deadlocks: PostgreSQL's own words for it."""
        self.begun.append(time.monotonic())
        if len(self.begun) <= self.times:
            heartbeats.beat(connection, "ghost", now=NOW)
            connection.exec_driver_sql(DEADLOCK)
        return len(self.begun)

    def by_a_row(self, connection: Connection) -> int:
        """Write what somebody else has just written."""
        self.begun.append(time.monotonic())
        if len(self.begun) <= self.times:
            connection.exec_driver_sql(MET)
        return len(self.begun)

    def by_a_lock(self, _: Connection) -> int:
        """Want what another one has, and what is not to be waited for."""
        self.begun.append(time.monotonic())
        if len(self.begun) <= self.times:
            raise InTheWayError
        return len(self.begun)


async def test_the_victim_of_deadlocks_is_tried_again_later_and_later_and_nobody_sees_it(
    postgres_database: str, vault: Vault
) -> None:
    victim = InTheWay(times=FAILED_BEFORE)
    async with Database(postgres_database, vault) as opened:
        assert await opened.write(victim.by_a_deadlock) == FAILED_BEFORE + 1
        assert await opened.read(heartbeats.read) == {}

    pauses = [after - before for before, after in zip(victim.begun, victim.begun[1:], strict=False)]
    assert sum(pauses[-2:]) > 5 * sum(pauses[:2]), "it stands back the longer, the more often it was in the way"
    assert sum(pauses) < FAILED_BEFORE * (database.LONGEST_PAUSE + 1)


async def test_what_another_one_has_just_written_is_seen_the_next_time_and_a_fault_of_ours_is_raised(
    postgres_database: str, vault: Vault
) -> None:
    ours = InTheWay(times=1_000)
    async with Database(postgres_database, vault) as opened:
        assert await opened.write(InTheWay(times=2).by_a_row) == 3
        with pytest.raises(IntegrityError):
            await opened.write(ours.by_a_row)

    assert len(ours.begun) == database.MET_TRIES


async def test_a_meeting_after_some_deadlocks_is_a_first_meeting(postgres_database: str, vault: Vault) -> None:
    runs: list[str] = []

    def work(connection: Connection) -> int:
        runs.append(DEADLOCK if len(runs) < database.MET_TRIES else MET)
        if len(runs) <= database.MET_TRIES + 1:
            connection.exec_driver_sql(runs[-1])
        return len(runs)

    async with Database(postgres_database, vault) as opened:
        assert await opened.write(work) == database.MET_TRIES + 2


async def test_what_is_in_the_way_and_not_to_be_waited_for_is_asked_for_again(any_db: Database) -> None:
    assert await any_db.write(InTheWay(times=2).by_a_lock) == 3


async def test_what_stays_in_the_way_is_as_if_the_database_were_away(
    any_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRIES", 3)

    with pytest.raises(AWAY):
        await any_db.write(InTheWay(times=3).by_a_lock)


async def test_a_unit_of_work_that_runs_out_of_something_leaves_nobody_waiting(any_db: Database) -> None:
    def work(_: Connection) -> object:
        return next(iter(()))

    async with asyncio.timeout(10):
        for run in (any_db.write, any_db.write_first, any_db.read):
            with pytest.raises(RuntimeError, match="ran out"):
                await run(work)


async def test_what_is_done_at_the_end_comes_after_all_that_shares_the_transaction_or_not_at_all(
    any_db: Database,
) -> None:
    def work(name: str, connection: Connection) -> None:
        at_the_end(connection, partial(heartbeats.beat, name=f"{name}, last", now=NOW))
        assert not any(known.endswith("last") for known in heartbeats.read(connection) if known.startswith(name))
        heartbeats.beat(connection, name, now=NOW)
        if name == "bad":
            raise LookupError

    writes = [any_db.write(partial(work, name)) for name in ("one", "bad", "two")]
    await asyncio.gather(*writes, return_exceptions=True)

    assert set(await any_db.read(heartbeats.read)) == {"one", "one, last", "two", "two, last"}


async def test_on_postgresql_every_unit_of_work_locks_its_rows_in_a_transaction_of_its_own(
    postgres_database: str, vault: Vault
) -> None:
    def number(connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one())

    async with Database(postgres_database, vault) as opened:
        for write in (opened.write, opened.write_first):
            numbers = await asyncio.gather(*(write(number) for _ in range(5)))
            assert len(set(numbers)) == len(numbers)


async def test_a_connection_that_is_cut_in_the_middle_is_the_database_being_away(
    postgres_database: str, vault: Vault
) -> None:
    def cut(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    async with Database(postgres_database, vault) as opened:
        with pytest.raises(AWAY):
            await opened.write(cut)
        await opened.write(partial(heartbeats.beat, name="later", now=NOW))
        assert set(await opened.read(heartbeats.read)) == {"later"}
