"""All processes go by the database's clock, whatever becomes of their machines'."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot.agreed_clock import agreed, agreed_once
from domain.clock import SteadyClock, SteppedClock
from storage.database import Database
from storage.vault import Vault
from tests.fixtures.facts import NOW

A_LITTLE = timedelta(seconds=5)


@pytest.fixture
async def postgres(postgres_database: str, vault: Vault) -> AsyncIterator[Database]:
    """PostgreSQL, open."""
    async with Database(postgres_database, vault) as database:
        yield database


async def true_time(db: Database) -> datetime:
    """Return what PostgreSQL's clock shows."""
    shown: datetime = await db.read(lambda connection: connection.exec_driver_sql("SELECT now()").scalar_one())
    return shown


@pytest.mark.parametrize("off", [timedelta(days=-1), timedelta(hours=5)], ids=["a day behind", "hours ahead"])
async def test_a_machine_whose_clock_is_wrong_from_the_start_goes_by_the_databases(
    postgres: Database, off: timedelta
) -> None:
    with time_machine.travel(datetime.now(UTC) + off, tick=True):
        async with agreed(postgres) as clock:
            assert abs(clock.now() - await true_time(postgres)) < A_LITTLE


async def test_a_command_on_such_a_machine_asks_once(postgres: Database) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=True):
        assert abs(agreed_once(postgres).now() - await true_time(postgres)) < A_LITTLE


async def test_a_command_over_a_file_goes_by_the_machines(db: Database) -> None:
    assert abs(agreed_once(db).now() - datetime.now(UTC)) < A_LITTLE


async def test_a_clock_that_jumps_later_moves_nothing(postgres: Database) -> None:
    async with agreed(postgres) as clock:
        for off in (timedelta(days=2), timedelta(days=-2)):
            with time_machine.travel(datetime.now(UTC) + off, tick=True):
                assert abs(clock.now() - await true_time(postgres)) < A_LITTLE


async def test_a_clock_that_is_given_is_the_clock(postgres: Database) -> None:
    given = SteppedClock(NOW)
    async with agreed(postgres, given) as clock:
        assert clock is given


async def test_without_a_database_the_time_goes_on(vault: Vault) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2"
    async with Database(nowhere, vault) as db, agreed(db) as clock:
        before = clock.now()
        await asyncio.sleep(0.01)
        assert before < clock.now()
        assert abs(clock.now() - datetime.now(UTC)) < A_LITTLE


async def test_a_file_has_no_clock_to_ask(db: Database) -> None:
    async with agreed(db) as clock:
        assert abs(clock.now() - datetime.now(UTC)) < A_LITTLE


def test_a_steady_clock_goes_on_from_what_it_was_told_and_says_by_how_much_that_moved_it() -> None:
    clock = SteadyClock()
    moment = clock.steady()
    moved = clock.tell(NOW, at=moment - 10)

    assert abs(clock.now() - (NOW + timedelta(seconds=10))) < A_LITTLE
    assert abs(moved - (NOW + timedelta(seconds=10) - datetime.now(UTC))) < A_LITTLE
    assert abs(clock.tell(NOW + timedelta(hours=1), at=moment - 10) - timedelta(hours=1)) < timedelta(milliseconds=1)


async def test_a_machine_whose_two_clocks_disagree_asks_at_once(postgres: Database) -> None:
    async with agreed(postgres) as clock:
        assert isinstance(clock, SteadyClock)
        clock.tell(NOW, at=clock.steady())  # what a machine believes that was frozen with all of its clocks
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=True):
            async with asyncio.timeout(20):
                while abs(clock.now() - await true_time(postgres)) > A_LITTLE:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
