"""Writes put together: one unit of work for what comes at once, and each by itself where one is at fault."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import OperationalError

from storage.database import Database
from storage.schema import heartbeat
from storage.together import Together
from tests.fixtures.facts import NOW

HELD = 20.0  # seconds at most


class Book:
    """Writes names down, and remembers which came together; "poison" cannot be written."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go_on = threading.Event()

    def write(self, connection: Connection, names: Sequence[str]) -> list[str]:
        self.batches.append(list(names))
        assert self.go_on.wait(HELD)
        for name in names:
            if name == "poison":
                raise LookupError(name)
            connection.execute(insert(heartbeat).values(name=name, at=NOW))
        return [name.upper() for name in names]


@pytest.fixture
def book() -> Book:
    return Book()


async def written(db: Database) -> set[str]:
    return await db.read(lambda c: set(c.execute(select(heartbeat.c.name)).scalars()))


async def asked_in_turn(together: Together[str, str], book: Book, names: Sequence[str]) -> list[str | BaseException]:
    """Write the first, and the others while it is under way."""
    first = asyncio.create_task(together.write(names[0]))
    while not book.batches:  # noqa: ASYNC110 - a thread sets it
        await asyncio.sleep(0)
    others = [asyncio.create_task(together.write(name)) for name in names[1:]]
    await asyncio.sleep(0)
    book.go_on.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


async def test_what_comes_while_one_is_written_goes_together_into_the_next(any_db: Database, book: Book) -> None:
    said = await asked_in_turn(Together(any_db, book.write), book, "abcd")

    assert said == ["A", "B", "C", "D"]
    assert book.batches == [["a"], ["b", "c", "d"]]
    assert await written(any_db) == set("abcd")


async def test_one_at_fault_fails_alone(any_db: Database, book: Book) -> None:
    said = await asked_in_turn(Together(any_db, book.write), book, ["a", "b", "poison", "c"])

    assert [str(one) if isinstance(one, str) else type(one) for one in said] == ["A", "B", LookupError, "C"]
    assert await written(any_db) == set("abc")


async def test_who_gave_up_waiting_takes_nothing_from_the_others(any_db: Database, book: Book) -> None:
    together = Together(any_db, book.write)
    first = asyncio.create_task(together.write("a"))
    while not book.batches:  # noqa: ASYNC110 - a thread sets it
        await asyncio.sleep(0)
    gone, stays = (asyncio.create_task(together.write(name)) for name in "bc")
    await asyncio.sleep(0)
    gone.cancel()
    book.go_on.set()

    assert [await first, await stays] == ["A", "C"]
    assert await written(any_db) == set("abc"), "it was asked for, and it is harmless when it comes again"


async def test_while_the_database_is_away_nobody_is_tried_by_themselves(any_db: Database, book: Book) -> None:
    def away(_: Connection, names: Sequence[str]) -> list[str]:
        book.batches.append(list(names))
        raise OperationalError("", {}, Exception())

    together = Together(any_db, away)
    said = await asyncio.gather(*(together.write(name) for name in "abc"), return_exceptions=True)

    assert [type(one) for one in said] == [OperationalError] * 3
    assert sum(map(len, book.batches)) == 3


async def test_nothing_is_answered_before_it_is_durable(any_db: Database, book: Book) -> None:
    book.go_on.set()
    together = Together(any_db, book.write)
    count = select(func.count()).select_from(heartbeat)

    for number in range(3):
        await together.write(f"beat{number}")
        assert await any_db.read(lambda c: c.execute(count).scalar_one()) == number + 1
