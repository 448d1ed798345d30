"""`usher web`: webhooks, health and metrics; takes what providers post while the database or NATS is away."""

import asyncio

import structlog

from bot.agreed_clock import agreed
from bot.bootstrap import application, beating, opened_database, opened_wire, telegram_bot, webhooks
from bot.cli.serving import key_watched, serve, stream_of
from bot.pulse import living
from bot.settings import Settings
from bot.stream.readiness import Readiness
from bot.stream.tickets import Tickets
from bot.web.health import Health
from bot.web.meters import Meters
from bot.web.server import WebServer
from domain.clock import Clock
from scheduler.metronome import Metronome

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
        health = Health(db, now, meters=meters, stream=stream.standing, shown=beating(settings))
        app = application([*ready.routes(), *health.routes()], hooks=hooks.routes())
        metronome = Metronome(db, now)
        life = living(metronome, db, "web")
        bot = telegram_bot(settings, wire)
        async with WebServer(app, host=settings.http_host, port=settings.http_port) as server, life, metronome:
            log.info("web.started", port=server.port)
            if bot is None:
                await stop.wait()
            else:
                await bot.listener(db, now, lambda: None)(stop)
    log.info("web.stopped")
