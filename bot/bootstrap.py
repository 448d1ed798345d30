"""Everything in one process, put together: database, channels, dispatcher, inbox, metronome, web."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from sqlalchemy import Connection

from bot.arrivals import readers
from bot.channels.build import TwilioAccount, sms_channels
from bot.channels.http import HttpWire
from bot.settings import Settings
from bot.web.health import Health
from bot.web.hooks import Hooks
from bot.web.server import WebServer
from bot.web.signatures import TelegramSecret, TwilioSignature
from domain.clock import Clock
from domain.court_file import read_court
from domain.delivery import Channel, ChannelName
from handlers import watches
from handlers.inbox import InboxWorker
from handlers.incoming import World
from scheduler import housekeeping
from scheduler.dispatcher import Dispatcher
from scheduler.metronome import Metronome
from storage import courts
from storage.courts import Courts
from storage.database import Database
from storage.vault import read_key_file

if TYPE_CHECKING:
    from bot.telegram.build import Listener, TelegramBot

RECONCILE_EVERY = timedelta(seconds=15)
HOUSEKEEPING_EVERY = timedelta(minutes=1)
TELEGRAM_LANE = f"{ChannelName.TELEGRAM}:default"
PARTS = ("reconcile", "housekeeping")  # whose pulse /readyz looks at

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usher:
    """The parts of a running installation; `run` lets them work until `stop` is set."""

    db: Database
    courts: Courts
    clock: Clock
    dispatcher: Dispatcher
    inbox: InboxWorker
    metronome: Metronome
    web: WebServer
    telegram: "Listener | None" = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then take nothing new, finish what is in flight, and return.

        The order of the end matters: the door closes first, then what was received is thought about, then the
        replies and whatever else is on the wire are settled.
        """
        thinking, sending = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.dispatcher.run(sending))
            group.create_task(self.inbox.run(thinking))
            async with self.metronome:
                async with self.web:
                    log.info("usher.started", port=self.web.port, courts=len(self.courts.ids))
                    await self._listen(stop)
                thinking.set()
            sending.set()
        log.info("usher.stopped")

    async def _listen(self, stop: asyncio.Event) -> None:
        if self.telegram is None:
            await stop.wait()
        else:
            await self.telegram(stop)


@asynccontextmanager
async def assembled(settings: Settings, clock: Clock) -> AsyncIterator[Usher]:
    """Put an installation together from its settings, and take it apart again.

    Raises:
        InvalidInputError: If the key file cannot be used or the port is taken.
    """
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(
            Database(settings.database_url.get_secret_value(), read_key_file(settings.secret_key_file))
        )
        known = await db.read(partial(courts.load, read=read_court))
        wire = HttpWire()
        stack.push_async_callback(wire.aclose)
        telegram = _telegram(settings, wire)
        channels = _sms(settings, known, wire)
        if telegram is not None:
            channels[TELEGRAM_LANE] = telegram.channel
        dispatcher = Dispatcher(db, channels, lambda: known, clock)
        inbox = InboxWorker(db, World(courts=known), readers(), clock=clock, on_handled=dispatcher.nudge)
        hooks = _hooks(settings, db, clock, inbox, dispatcher)
        health = Health(db, clock, PARTS)
        app = FastAPI(title="Usher", docs_url=None, redoc_url=None, openapi_url=None)
        app.router.routes.extend([*hooks.routes(), *health.routes()])
        yield Usher(
            db=db,
            courts=known,
            clock=clock,
            dispatcher=dispatcher,
            inbox=inbox,
            metronome=_metronome(db, clock, known, dispatcher),
            web=WebServer(app, host=settings.http_host, port=settings.http_port),
            telegram=None if telegram is None else telegram.listener(db, clock, inbox.nudge),
        )


def _sms(settings: Settings, known: Courts, wire: HttpWire) -> dict[str, Channel]:
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_sender):
        return {}
    account = TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token.get_secret_value(),
        sender=settings.twilio_sender,
        base_url=str(settings.twilio_api_base_url),
        public_url=_public_url(settings),
    )
    return sms_channels(account, known.by_id.values(), wire)


def _telegram(settings: Settings, wire: HttpWire) -> "TelegramBot | None":
    if settings.telegram_token is None:
        return None
    build = import_module("bot.telegram.build")  # aiogram takes seconds: only who has a bot waits for it
    secret = settings.telegram_webhook_secret
    made: TelegramBot = build.TelegramBot(
        settings.telegram_token.get_secret_value(),
        wire,
        base_url=str(settings.telegram_api_base_url),
        public_url=_public_url(settings) if settings.telegram_mode == "webhook" else None,
        secret=secret.get_secret_value() if secret else "",
    )
    return made


def _hooks(settings: Settings, db: Database, clock: Clock, inbox: InboxWorker, dispatcher: Dispatcher) -> Hooks:
    twilio = None
    if settings.twilio_auth_token:
        twilio = TwilioSignature([settings.twilio_auth_token], _public_url(settings))
    telegram = None
    if settings.telegram_token and settings.telegram_webhook_secret and settings.telegram_mode == "webhook":
        telegram = TelegramSecret(settings.telegram_webhook_secret)
    return Hooks(
        db=db,
        clock=clock,
        twilio=twilio,
        telegram=telegram,
        bot_id=_bot_id(settings),
        on_message=inbox.nudge,
        on_receipt=dispatcher.nudge,
    )


def _metronome(db: Database, clock: Clock, known: Courts, dispatcher: Dispatcher) -> Metronome:
    async def tidy() -> None:
        def work(connection: Connection) -> None:
            now = clock.now()
            housekeeping.expire(connection, now=now)
            watches.expire(connection, courts=known, now=now)

        await db.write(work)
        dispatcher.nudge()

    metronome = Metronome(db, clock)
    metronome.every(RECONCILE_EVERY, "reconcile", dispatcher.reconcile)
    metronome.every(HOUSEKEEPING_EVERY, "housekeeping", tidy)
    return metronome


def _public_url(settings: Settings) -> str:
    return str(settings.public_url).rstrip("/")


def _bot_id(settings: Settings) -> int:
    return int(settings.telegram_token.get_secret_value().partition(":")[0]) if settings.telegram_token else 0
