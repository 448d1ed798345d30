"""The time that the processes of an installation agree on: the database's, whatever their machines' clocks say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.clock import Clock, SteadyClock, SystemClock
from storage import clock as database_clock
from storage.database import Database

AGREE_EVERY = timedelta(seconds=30)
LOOK_EVERY = timedelta(seconds=1)
PRECISE = timedelta(milliseconds=500)
"""A question that took longer says nothing worth knowing about the time."""
FIRST_SECONDS = 2
WORTH_TELLING = timedelta(seconds=1)

log = structlog.get_logger(__name__)


@asynccontextmanager
async def agreed(db: Database, given: Clock | None = None) -> AsyncIterator[Clock]:
    """Return a clock that goes by the database's, asked at once and then every AGREE_EVERY; see ADR 0013.

    While the database is away it goes on by itself. With a clock that is `given` nobody is asked.
    """
    if given is not None:
        yield given
        return
    clock = SteadyClock()
    with suppress(TimeoutError):  # nobody's start waits for a database that hangs
        async with asyncio.timeout(FIRST_SECONDS):
            await _ask(db, clock)
    asking = asyncio.create_task(_keep_asking(db, clock, _ahead(clock)))
    try:
        yield clock
    finally:
        asking.cancel()


def agreed_once(db: Database) -> Clock:
    """Return a clock that has asked the database once, in the caller's thread: for a command, which soon ends."""
    clock = SteadyClock()
    _hear(clock, db.read_now(partial(database_clock.read, steady=clock.steady)))
    return clock


async def _keep_asking(db: Database, clock: SteadyClock, shown: float) -> None:
    """Ask now and then, and at once when the machine's two clocks disagree: it was frozen, or its clock was set.

    `shown` is how far the one that can be set was ahead of the steady one when the database was asked last.
    """
    while True:
        asked = clock.steady()
        while clock.steady() - asked < AGREE_EVERY.total_seconds():
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            if abs(_ahead(clock) - shown) > WORTH_TELLING.total_seconds():
                break
        shown = _ahead(clock)
        await _ask(db, clock)


def _ahead(clock: SteadyClock) -> float:
    return SystemClock().now().timestamp() - clock.steady()


async def _ask(db: Database, clock: SteadyClock) -> None:
    try:
        answer = await db.read(partial(database_clock.read, steady=clock.steady))
    except SQLAlchemyError:
        return
    _hear(clock, answer)


def _hear(clock: SteadyClock, answer: tuple[datetime, float, float] | None) -> None:
    """Set a clock by what the database has answered, if that says anything worth knowing."""
    if answer is None:
        return
    shown, before, after = answer
    if timedelta(seconds=after - before) > PRECISE:
        return
    moved = clock.tell(shown, at=(before + after) / 2)
    if abs(moved) > WORTH_TELLING:
        log.warning("clock.corrected", seconds=round(moved.total_seconds(), 3))
