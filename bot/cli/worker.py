"""`usher worker`: answers what comes in, sends what is due, writes receipts down; any number of them."""

import asyncio
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from taskiq.receiver import Receiver

from bot.bootstrap import READING, Parts, measured, working_parts
from bot.cli.serving import courts_reached, serve, stream_of
from bot.pulse import living
from bot.settings import Settings
from bot.stream.court_stream import CourtStream
from bot.tempo import USUAL, Tempo
from domain.clock import Clock
from scheduler.metronome import Metronome
from storage import heartbeats
from storage.tasks import About, TaskKind, open_task

IN_HAND = 64
"""Tasks at once: they mostly wait for the database's one commit, which many share."""

log = structlog.get_logger(__name__)


def worker() -> None:
    """Answer what comes in, send what is due, write receipts down; needs USHER_NATS_URL.

    On SIGTERM it takes nothing new and finishes what it has. Killed at any moment, another worker goes on.
    """
    serve(run)


async def run(settings: Settings, stop: asyncio.Event, *, clock: Clock | None = None, tempo: Tempo = USUAL) -> None:
    """Be a worker until `stop` is set. Without a `clock` it goes by the database's."""
    known = await courts_reached(settings, stop)
    if known is None:
        return
    async with working_parts(settings, clock, tempo, known) as parts:
        stream = stream_of(settings, partial(_tell_desk, parts))
        parts.work.register(stream)
        async with measured(settings, parts, stream.standing), stream.opened():
            await _run(parts, stream, stop)
    log.info("worker.stopped")


async def _run(parts: Parts, stream: CourtStream, stop: asyncio.Event) -> None:
    """Work; at the end finish the tasks first, then the answers they led to, then what is on the wire."""
    thinking, sending = asyncio.Event(), asyncio.Event()
    metronome = Metronome(parts.db, parts.clock)
    life = living(metronome, parts.db, "worker", partial(_note_reading, parts, stream))
    receiver = Receiver(stream, max_async_tasks=IN_HAND, run_startup=False)
    async with asyncio.TaskGroup() as group:
        group.create_task(parts.dispatcher.run(sending))
        group.create_task(parts.inbox.run(thinking))
        receiving = group.create_task(receiver.listen(stop))
        async with life, metronome:
            log.info("worker.started", courts=len(parts.courts.ids))
            await stop.wait()
            parts.work.stop.set()
            await asyncio.wait([receiving])
        thinking.set()
        sending.set()


async def _note_reading(parts: Parts, stream: CourtStream) -> None:
    """Leave a pulse of its own for reading: a worker that is cut off from the stream works, and reads nothing."""
    if stream.is_reading:
        await parts.db.write(partial(heartbeats.beat, name=READING, now=parts.clock.now()))


async def _tell_desk(parts: Parts, task: str, number: int) -> None:
    """Put a dead letter on the desk's list."""
    if not parts.courts.by_id:
        return

    def work(connection: Connection, now: datetime) -> None:
        about = About(court_id=min(parts.courts.by_id))
        open_task(connection, TaskKind.FAILED, about, dedupe=f"{task}:{number}", now=now)

    await parts.db.write(partial(work, now=parts.clock.now()))
