"""The pulse of one process among many: there while it lives, gone when it ends in order, silent when it was killed."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from scheduler.metronome import Metronome
from storage import heartbeats
from storage.database import Database

PULSE_EVERY = timedelta(seconds=15)
LEAVE_SECONDS = 2.0
LONGEST_HOST = 40  # of a pod's name the end tells them apart


async def _nothing() -> None:
    """There is nothing else to say."""


def name_of(kind: str) -> str:
    """Return what this process is called: its kind, its machine, its number there."""
    return f"{kind}:{socket.gethostname()[-LONGEST_HOST:]}:{os.getpid()}"


@asynccontextmanager
async def living(
    metronome: Metronome, db: Database, kind: str, also: Callable[[], Awaitable[None]] = _nothing
) -> AsyncIterator[None]:
    """Let `metronome`, which is entered inside, beat for this process; take its pulse away at the end.

    With the first beat it takes the place of those of its kind that were killed on this machine. `also` is done with
    each beat.
    """
    name = name_of(kind)
    is_new = True

    async def beat() -> None:
        nonlocal is_new
        if is_new:
            await db.write(_take_places_of_the_dead)
            is_new = False
        await also()

    def _take_places_of_the_dead(connection: Connection) -> None:
        here = name.rpartition(":")[0]
        for other in heartbeats.read(connection):
            place, _, number = other.rpartition(":")
            if place == here and number.isdigit() and not _is_running(int(number)):
                heartbeats.forget(connection, other)

    metronome.every(PULSE_EVERY, name, beat)
    try:
        yield
    finally:
        with suppress(SQLAlchemyError, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await db.write(partial(heartbeats.forget, name=name))


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
