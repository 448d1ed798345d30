"""The metronome: beats at fixed periods and leaves a pulse; no reminder ever lives in it (APScheduler in memory)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self, TypeAlias

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from domain.clock import Clock, SystemClock
from storage import heartbeats
from storage.database import Database

WATCH_EVERY = timedelta(seconds=1)
SET_BACK = timedelta(seconds=1)
"""A machine's clock that has lost so much between two looks was set back."""

Beat: TypeAlias = Callable[[], Awaitable[object]]

log = structlog.get_logger(__name__)


class Metronome:
    """Runs each beat every so often, never twice at once, and writes a heartbeat after each that succeeded.

    A beat that was missed is made up for once, however late; the work itself looks at `due_at <= now`, so nothing is
    lost with it. A machine's clock that is set back holds none up. A beat that raises is logged by its name and the
    kind of fault, leaves no pulse, and comes again. It is an asynchronous context: it beats inside, and on the way
    out waits for the beats that are under way.

    Args:
        db: Where the pulse is written.
        clock: Whose time the pulse bears; the periods are the machine's.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._under_way: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(job_defaults=defaults, timezone="UTC")
        self._scheduler.add_listener(_note_fault, EVENT_JOB_ERROR)

    def every(self, period: timedelta, name: str, beat: Beat) -> None:
        """Beat `name` at the start, so that a process is known to be ready at once, and then every `period`."""
        trigger = _FromTheStart(seconds=period.total_seconds(), timezone="UTC")
        self._scheduler.add_job(self._beat, trigger, args=(name, beat), id=name, name=name)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._scheduler.pause()
        if self._watching is not None:
            self._watching.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._scheduler.shutdown(wait=False)

    async def _watch(self) -> None:
        """Let every beat come at once when the machine's clock was set back.

        APScheduler goes by that clock, and would else wait until it shows again what it showed before.
        """
        machine, loop = SystemClock(), asyncio.get_running_loop()
        while True:
            shown, since = machine.now(), loop.time()
            await asyncio.sleep(WATCH_EVERY.total_seconds())
            lost = timedelta(seconds=loop.time() - since) - (machine.now() - shown)
            if lost > SET_BACK:
                log.warning("clock.set_back", seconds=lost.total_seconds())
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=machine.now())

    async def _beat(self, name: str, beat: Beat) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - APScheduler runs coroutines as tasks
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await beat()
        await self._db.write(partial(heartbeats.beat, name=name, now=self._clock.now()))


class _FromTheStart(IntervalTrigger):  # type: ignore[misc]  # untyped base
    """An interval whose first time is when the scheduler starts."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return `now` before the first beat."""
        if previous_fire_time is None:
            return now
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        return following


def _note_fault(event: JobExecutionEvent) -> None:
    log.error("beat.failed", beat=event.job_id, fault=type(event.exception).__name__)
