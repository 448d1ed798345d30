"""The parts of an installation, put together: all in one process here, for many processes by `bot.cli`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.agreed_clock import agreed
from bot.arrivals import readers
from bot.channels.build import TwilioAccount, sms_channels
from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from bot.deadman import PING_EVERY, Deadman
from bot.settings import Settings
from bot.stream.embedded import EmbeddedBroker
from bot.stream.standing import Look, no_stream
from bot.stream.tasks import Task, Work
from bot.tempo import USUAL, Tempo
from bot.web.front import Front
from bot.web.health import Health
from bot.web.hooks import Hooks, Stream
from bot.web.meters import PROCESSES, Meters
from bot.web.server import WebServer
from bot.web.signatures import TelegramSecret, TwilioSignature
from domain.clock import Clock
from domain.court_file import read_court
from domain.delivery import Channel, ChannelName
from domain.errors import InvalidInputError
from handlers.inbox import InboxWorker
from handlers.incoming import World
from locales.reader import load_all
from scheduler.dispatcher import Dispatcher
from scheduler.metronome import Metronome
from storage import courts
from storage.courts import Courts
from storage.database import AWAY, Database
from storage.prepared import make_all
from storage.vault import read_key_file

if TYPE_CHECKING:
    from bot.telegram.build import Listener, TelegramBot

TELEGRAM_LANE = f"{ChannelName.TELEGRAM}:default"
PARTS = ("reconcile", "housekeeping")  # whose pulse /readyz looks at
DRAIN = "clock.drain"
READING = "reading"  # the pulse of a worker that gets what lies in the stream

OF_MANY = (*PARTS, *PROCESSES, DRAIN, "clock.reconcile", "clock.tidy", READING)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every process that works on rows and sends is made of."""

    db: Database
    courts: Courts
    clock: Clock
    dispatcher: Dispatcher
    inbox: InboxWorker
    work: Work
    wire: HttpWire
    meters: Meters
    telegram: "TelegramBot | None"


@asynccontextmanager
async def assembled(settings: Settings, clock: Clock, tempo: Tempo = USUAL) -> AsyncIterator[Usher]:
    """Put a whole installation together in this process, and take it apart again.

    Raises:
        InvalidInputError: If the key file cannot be used or the port is taken.
    """
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(working_parts(settings, clock, tempo))
        broker = EmbeddedBroker(parts.work)
        stack.push_async_callback(broker.aclose)
        hooks = webhooks(
            settings,
            parts.db,
            clock,
            meters=parts.meters,
            on_message=broker.answer_soon,
            on_receipt=parts.dispatcher.nudge,
        )
        health = Health(parts.db, clock, PARTS, parts.meters, shown=beating(settings))
        app = application(health.routes(), hooks=hooks.routes())
        metronome = Metronome(parts.db, clock)
        metronome.every(tempo.reconcile_every, "reconcile", partial(broker.run, Task.RECONCILE))
        metronome.every(tempo.tidy_every, "housekeeping", partial(broker.run, Task.TIDY))
        signal_life(settings, parts, metronome, PARTS)
        await stack.enter_async_context(traced(settings, parts, metronome))
        yield Usher(
            db=parts.db,
            courts=parts.courts,
            clock=clock,
            dispatcher=parts.dispatcher,
            inbox=parts.inbox,
            metronome=metronome,
            web=WebServer(app, host=settings.http_host, port=settings.http_port),
            telegram=None if parts.telegram is None else parts.telegram.listener(parts.db, clock, broker.answer_soon),
        )


@asynccontextmanager
async def working_parts(
    settings: Settings, clock: Clock | None, tempo: Tempo = USUAL, known: Courts | None = None
) -> AsyncIterator[Parts]:
    """Open the database and the channels; close them at the end.

    Without a `clock` they go by the database's; the courts are read where they are not `known` yet.

    Raises:
        InvalidInputError: If the key file cannot be used.
    """
    async with opened_database(settings) as db, agreed(db, clock) as now, opened_wire(tempo.wire) as wire:
        if known is None:
            known = await db.read(partial(courts.load, read=read_court))
        with suppress(*AWAY):  # it was there a moment ago, and whoever needs it next will wait for it
            await db.read(_make_ready)
        telegram = telegram_bot(settings, wire)
        channels = _sms(settings, known, wire)
        if telegram is not None:
            channels[TELEGRAM_LANE] = telegram.channel
        meters = Meters()
        dispatcher = Dispatcher(db, channels, lambda: known, now, timing=tempo.sending, on_settled=meters.count_batch)
        inbox = InboxWorker(db, World(courts=known), readers(), clock=now, on_handled=dispatcher.nudge)
        work = Work(
            db=db,
            clock=now,
            courts=known,
            inbox=inbox,
            dispatcher=dispatcher,
            bot_id=_bot_id(settings),
            on_end=meters.count_receipt,
        )
        yield Parts(
            db=db,
            courts=known,
            clock=now,
            dispatcher=dispatcher,
            inbox=inbox,
            work=work,
            wire=wire,
            meters=meters,
            telegram=telegram,
        )


def _make_ready(connection: Connection) -> None:
    """Do now what the first text would take a tenth of a second for, while everybody else waits at the door."""
    load_all()
    make_all(connection)


def beating(settings: Settings) -> tuple[str, ...]:
    """Return the parts that beat in an installation with these settings, by the names of their heartbeats."""
    some = PARTS if settings.nats_url is None else OF_MANY
    chosen = {"deadman": settings.deadman_url, "traces": settings.otlp_endpoint}
    return (*some, *(part for part, wish in chosen.items() if wish is not None))


def signal_life(
    settings: Settings, parts: Parts, metronome: Metronome, needed: tuple[str, ...], stream: Look = no_stream
) -> None:
    """Where somebody outside waits for it, let them hear from us as long as all is well and `needed` parts beat."""
    if settings.deadman_url is None:
        return
    url = settings.deadman_url.get_secret_value()
    deadman = Deadman(db=parts.db, clock=parts.clock, wire=parts.wire, url=url, parts=needed, stream=stream)
    metronome.every(PING_EVERY, "deadman", deadman.beat)


@asynccontextmanager
async def traced(settings: Settings, parts: Parts, metronome: Metronome) -> AsyncIterator[None]:
    """Where a collector is set, let the metronome draw traces for it; hand over the last ones at the end.

    Raises:
        InvalidInputError: If the extra is not installed.
    """
    if settings.otlp_endpoint is None:
        yield
        return
    try:
        tracing = import_module("bot.tracing")
    except ModuleNotFoundError:
        raise InvalidInputError("USHER_OTLP_ENDPOINT", "needs: pip install 'usher-court[otel]'") from None
    traces = tracing.Traces(parts.db, parts.clock, tracing.collector(settings.otlp_endpoint.get_secret_value()))
    with suppress(*AWAY):
        await traces.draw()
    metronome.every(tracing.DRAW_EVERY, "traces", traces.draw)
    try:
        yield
    finally:
        await asyncio.to_thread(traces.close)


@asynccontextmanager
async def measured(settings: Settings, parts: Parts, stream: Look) -> AsyncIterator[None]:
    """Show health and metrics of a process without webhooks, where a port is set for it.

    Raises:
        InvalidInputError: If the port is taken.
    """
    if settings.metrics_port is None:
        yield
        return
    health = Health(parts.db, parts.clock, meters=parts.meters, stream=stream, shown=beating(settings))
    async with WebServer(application(health.routes()), host=settings.http_host, port=settings.metrics_port):
        yield


def opened_database(settings: Settings) -> Database:
    """Return the database of an installation; it is connected to when it is first used.

    Raises:
        InvalidInputError: If the key file cannot be used.
    """
    return Database(settings.database_url.get_secret_value(), read_key_file(settings.secret_key_file))


@asynccontextmanager
async def opened_wire(limits: Limits | None = None) -> AsyncIterator[HttpWire]:
    """Open what channels send over."""
    wire = HttpWire(limits)
    try:
        yield wire
    finally:
        await wire.aclose()


def application(routes: Sequence[BaseRoute], *, hooks: Sequence[Route] = ()) -> ASGIApp:
    """Return what a web server serves."""
    app = FastAPI(title="Usher", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend([*hooks, *routes])
    return Front(app, hooks)


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


def telegram_bot(settings: Settings, wire: HttpWire) -> "TelegramBot | None":
    """Return the installation's bot, if it has one."""
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


def webhooks(
    settings: Settings,
    db: Database,
    clock: Clock,
    *,
    stream: Stream | None = None,
    meters: Meters | None = None,
    on_message: Callable[[], None] = lambda: None,
    on_receipt: Callable[[], None] = lambda: None,
) -> Hooks:
    """Return the webhooks of the providers that are set up."""
    meters = meters or Meters()
    twilio = None
    if settings.twilio_auth_token:
        twilio = TwilioSignature([settings.twilio_auth_token], _public_url(settings))
    telegram = None
    if settings.telegram_token and settings.telegram_webhook_secret and settings.telegram_mode == "webhook":
        telegram = TelegramSecret(settings.telegram_webhook_secret)
    return Hooks(
        db=db,
        clock=clock,
        stream=stream,
        twilio=twilio,
        telegram=telegram,
        bot_id=_bot_id(settings),
        on_message=on_message,
        on_receipt=on_receipt,
        on_end=meters.count_receipt,
        counts=meters.webhooks,
    )


def _public_url(settings: Settings) -> str:
    return str(settings.public_url).rstrip("/")


def _bot_id(settings: Settings) -> int:
    return int(settings.telegram_token.get_secret_value().partition(":")[0]) if settings.telegram_token else 0
