"""`usher run`: everything in one process, until it is told to stop."""

import asyncio
import signal

from bot.bootstrap import assembled
from bot.cli.opening import open_database
from bot.event_loop import run_long
from bot.logging import configure_logging
from bot.settings import Settings, read_settings
from domain.clock import Clock, SystemClock
from domain.errors import InvalidInputError


def run() -> None:
    """Run Usher: send what is due, answer what comes in, listen for receipts.

    SIGTERM or Ctrl-C stops it: what is in flight is finished first, nothing is lost or sent twice.
    """
    settings = read_settings()
    if settings.nats_url is not None:
        raise InvalidInputError("USHER_NATS_URL", "is for many processes: usher web, usher worker, usher clock")
    configure_logging(settings.log_format)
    with open_database(settings):
        pass  # says what is missing before anything starts
    run_long(serve(settings, SystemClock()))


async def serve(settings: Settings, clock: Clock) -> None:
    """Run an installation until the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, stop.set)
    async with assembled(settings, clock) as usher:
        await usher.run(stop)
