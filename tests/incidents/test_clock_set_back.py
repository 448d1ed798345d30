"""Once, the machine's clock was set back by an hour, and for an hour nothing was looked after."""

import asyncio
from datetime import UTC, datetime, timedelta

import time_machine

from domain.clock import SystemClock
from scheduler.metronome import WATCH_EVERY, Metronome
from storage.database import Database

PERIOD = timedelta(milliseconds=100)


async def test_a_clock_that_is_set_back_holds_no_beat_up(db: Database) -> None:
    beats: asyncio.Queue[None] = asyncio.Queue()

    async def beat() -> None:
        beats.put_nowait(None)

    metronome = Metronome(db, SystemClock())
    metronome.every(PERIOD, "beat", beat)
    async with metronome, asyncio.timeout(30 * WATCH_EVERY.total_seconds()):
        await beats.get()
        with time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=True):
            while not beats.empty():
                beats.get_nowait()
            for _ in range(3):
                await beats.get()
