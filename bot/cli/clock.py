"""`usher clock`: beats, and lets workers know; two of them do no harm, and one that is late loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from bot.bootstrap import DRAIN, PARTS, READING, Parts, measured, signal_life, traced, working_parts
from bot.cli.serving import courts_reached, serve, stream_of
from bot.pulse import living
from bot.settings import Settings
from bot.stream.tasks import Task
from bot.stream.tickets import Tickets
from bot.tempo import USUAL, Tempo
from domain.clock import Clock
from scheduler.metronome import Metronome
from storage import due_lanes

DRAIN_EVERY = timedelta(seconds=1)

log = structlog.get_logger(__name__)


def clock() -> None:
    """Beat: let workers look after lanes, lost leases and what is over; needs USHER_NATS_URL."""
    serve(run)


async def run(settings: Settings, stop: asyncio.Event, *, clock: Clock | None = None, tempo: Tempo = USUAL) -> None:
    """Beat until `stop` is set. Without a `clock` it goes by the database's."""
    known = await courts_reached(settings, stop)
    if known is None:
        return
    stream = stream_of(settings)
    async with working_parts(settings, clock, tempo, known) as parts, stream.opened():
        tickets = Tickets(stream, parts.db.vault, parts.clock)
        metronome = _metronome(parts, tickets, tempo)
        signal_life(settings, parts, metronome, (*PARTS, DRAIN, "web", "worker", READING), stream.standing)
        life = living(metronome, parts.db, "clock")
        async with traced(settings, parts, metronome), life, metronome, measured(settings, parts, stream.standing):
            log.info("clock.started")
            await stop.wait()
    log.info("clock.stopped")


def _metronome(parts: Parts, tickets: Tickets, tempo: Tempo) -> Metronome:
    metronome = Metronome(parts.db, parts.clock)
    work = parts.work
    metronome.every(DRAIN_EVERY, DRAIN, partial(_drain, parts, tickets))
    metronome.every(
        tempo.reconcile_every, "clock.reconcile", partial(_pass_on, tickets, Task.RECONCILE, work.reconcile)
    )
    metronome.every(tempo.tidy_every, "clock.tidy", partial(_pass_on, tickets, Task.TIDY, work.tidy))
    return metronome


async def _drain(parts: Parts, tickets: Tickets) -> None:
    """Write a ticket for every lane that has something to send. Without NATS workers look by themselves."""
    for lane_id in await parts.db.read(partial(due_lanes.read, now=parts.clock.now())):
        if not await tickets.drain(lane_id):
            return


async def _pass_on(tickets: Tickets, task: Task, do: Callable[[], Awaitable[None]]) -> None:
    """Let a worker do it; without NATS do it here."""
    if not await tickets.tick(task):
        await do()
