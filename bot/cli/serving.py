"""What the processes of many machines begin and end with: settings, logs, signals, and a database that may be late."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import opened_database
from bot.cli.opening import DatabaseAwayError, revision_of
from bot.event_loop import run_long
from bot.logging import configure_logging
from bot.settings import Settings, read_settings
from bot.stream.court_stream import CourtStream
from domain.court_file import read_court
from domain.errors import InvalidInputError
from storage import belonging, courts, migrate
from storage.courts import Courts
from storage.database import Database

Part: TypeAlias = Callable[[Settings, asyncio.Event], Awaitable[None]]
"""Runs one process of an installation until the event is set."""

LOOK_AGAIN_SECONDS = 1.0

log = structlog.get_logger(__name__)


def serve(part: Part) -> None:
    """Run a part until SIGTERM or Ctrl-C.

    Raises:
        InvalidInputError: If the settings are for one machine only.
    """
    settings = read_settings()
    if settings.nats_url is None:
        raise InvalidInputError(
            "USHER_NATS_URL", "must be set for many processes; for a single one there is: usher run"
        )
    configure_logging(settings.log_format)
    run_long(_until_told(part, settings))


def stream_of(settings: Settings, on_buried: Callable[[str, int], Awaitable[None]] | None = None) -> CourtStream:
    """Return the stream between the processes, not connected yet."""
    assert settings.nats_url is not None  # noqa: S101 - `serve` has looked
    return CourtStream(settings.nats_url.get_secret_value(), replicas=settings.nats_replicas, on_buried=on_buried)


async def courts_reached(settings: Settings, stop: asyncio.Event) -> Courts | None:
    """Wait until the database answers, and read its courts; None when told to stop before it did.

    Raises:
        DatabaseAwayError: If it waits for `usher migrate`.
        InvalidInputError: If the key file cannot be used, or is another installation's.
    """
    async with opened_database(settings) as db:
        while await database_reached(settings, stop):
            with suppress(SQLAlchemyError):  # it was there a moment ago
                await db.read(belonging.check)
                return await db.read(partial(courts.load, read=read_court))
            log.warning("database.awaited")
            await _pause(stop)
    return None


async def database_reached(settings: Settings, stop: asyncio.Event) -> bool:
    """Wait until the database answers; False when told to stop before it did.

    A database that a newer release has migrated is worked with: migrations only add, so that old and new processes
    can run side by side.

    Raises:
        DatabaseAwayError: If it waits for `usher migrate`.
    """
    while not stop.is_set():
        try:
            revision = await asyncio.to_thread(revision_of, settings.database_url.get_secret_value())
        except DatabaseAwayError:
            log.warning("database.awaited")
            await _pause(stop)
            continue
        if revision is None or revision < migrate.head():
            raise DatabaseAwayError(f"the database is at {revision or 'nothing'}; run: usher migrate")
        if migrate.is_newer(revision):
            log.warning("database.newer", revision=revision)
        return True
    return False


@asynccontextmanager
async def key_watched(db: Database, stop: asyncio.Event) -> AsyncIterator[None]:
    """Set `stop` as soon as the database answers that the key file is another installation's.

    A door waits for no database, but what it seals with such a key nobody can read.

    Raises:
        InvalidInputError: If it is; at once where the database is there, else at the end.
    """
    looking = asyncio.create_task(_see_whose(db, stop))
    await asyncio.wait([looking], timeout=LOOK_AGAIN_SECONDS)
    try:
        if looking.done():
            looking.result()
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _see_whose(db: Database, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with suppress(SQLAlchemyError):
            try:
                await db.read(belonging.check)
            except InvalidInputError:
                stop.set()
                raise
            return
        await _pause(stop)


async def _until_told(part: Part, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, stop.set)
    await part(settings, stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_AGAIN_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
