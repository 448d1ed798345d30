"""`usher web`: webhooks, health and metrics; takes what providers post while the database or NATS is away."""

import asyncio

import structlog

from bot.agreed_clock import agreed
from bot.bootstrap import application, opened_database, opened_wire, telegram_bot, webhooks
from bot.cli.serving import key_watched, serve, stream_of
from bot.settings import Settings
from bot.stream.readiness import Readiness
from bot.stream.tickets import Tickets
from bot.web.health import Health
from bot.web.meters import Meters
from bot.web.server import WebServer
from domain.clock import Clock

log = structlog.get_logger(__name__)


def web() -> None:
    """Take what providers post, on as many machines as you like; needs USHER_NATS_URL."""
    serve(run)


async def run(settings: Settings, stop: asyncio.Event, *, clock: Clock | None = None) -> None:
    """Be a door until `stop` is set. Without a `clock` it goes by the database's."""
    stream = stream_of(settings)
    async with (
        opened_database(settings) as db,
        key_watched(db, stop),
        agreed(db, clock) as now,
        opened_wire() as wire,
        stream.opened(),
    ):
        meters = Meters()
        hooks = webhooks(settings, db, now, stream=Tickets(stream, db.vault, now), meters=meters)
        ready = Readiness(db, now, stream)
        app = application(
            [*ready.routes(), *Health(db, now, meters=meters, dead_letters=stream.count_dead).routes()],
            hooks=hooks.routes(),
        )
        bot = telegram_bot(settings, wire)
        async with WebServer(app, host=settings.http_host, port=settings.http_port) as server:
            log.info("web.started", port=server.port)
            if bot is None:
                await stop.wait()
            else:
                await bot.listener(db, now, lambda: None)(stop)
    log.info("web.stopped")
