"""The stream between machines: a taskiq broker over NATS JetStream that loses nothing and gives up aloud.

taskiq-nats' own brokers acknowledge whatever happened and know one subject (ADR 0008); of theirs the connection is
used, and the rest is done here over nats-py.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from math import inf
from typing import Any

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import Header, StreamConfig
from nats.js.errors import NoStreamResponseError, NotFoundError
from taskiq import AckableMessage, BrokerMessage, TaskiqMessage, TaskiqMiddleware, TaskiqResult
from taskiq_nats.broker import BaseJetStreamBroker

from bot.stream import subjects
from bot.stream.pulling import FETCH_SECONDS, end_all, pull
from bot.stream.standing import AWAY as AWAY_STANDING
from bot.stream.standing import Standing, look
from bot.stream.subjects import ARRIVALS, BURIED, DEAD, PROGRESS_EVERY, STREAM, TICK, TICKS
from domain.clock import SystemClock
from storage.database import AWAY

SUBJECT = "subject"  # the label that says where a task goes
UNKNOWN_TASK = "UnknownTask"
FAULT, TRIES, CAME_FROM = "Usher-Fault", "Usher-Tries", "Usher-Subject"
MOST_TRIES = 5  # of a message whose task fails
MOST_DELIVERIES = 12  # of a message that ends the process that takes it
FIRST_PAUSE = 1.0  # seconds between the first two tries; doubled each time
LONGEST_PAUSE = 30.0
UNKNOWN_FOR = timedelta(hours=6)  # so long a task of another release waits for a worker that has it
LOT_STANDS = timedelta(minutes=5)  # what came in: all that others wrote in its lot waits behind it
KEPT_FOR = timedelta(hours=2)  # by one worker: so it comes to few deliveries, and fewer than MOST_TRIES
PUBLISH_SECONDS = 2.0  # Twilio waits 15 seconds for us, and then we still want to ask the database
RECONNECT_SECONDS = 1
LOOK_SECONDS = 3.0  # who asks for metrics waits ten: a server that is slower than this counts as away
UNHEARD_SECONDS = 3 * FETCH_SECONDS  # a reader whose requests were not answered for so long reads nothing

log = structlog.get_logger(__name__)


class StreamAwayError(Exception):
    """There is no connection to NATS just now."""


_result: ContextVar["TaskiqResult[Any] | None"] = ContextVar("result", default=None)


class _Fates(TaskiqMiddleware):
    """Remembers how a task ended until its message is settled: taskiq acknowledges in the same asyncio task."""

    def post_execute(self, message: TaskiqMessage, result: "TaskiqResult[Any]") -> None:  # noqa: ARG002 - its interface
        """Note the result."""
        _result.set(result)


class CourtStream(BaseJetStreamBroker[JetStreamContext.PullSubscription]):
    """Publishes to the disks of NATS and reads from them.

    A message that was worked off is acknowledged; one whose task failed comes again, later each time, and after
    MOST_TRIES goes to the dead letters; ticks that fail are forgotten, the next is on its way. What this release has no
    task for is kept until a worker that has one can take it, and goes there after UNKNOWN_FOR. Nothing is ever dropped
    in silence.

    Args:
        url: One or several servers, with commas between.
        replicas: On how many servers of the cluster each accepted webhook lies.
        on_buried: Called with the task's name and its number among the dead letters.
    """

    def __init__(
        self,
        url: str,
        *,
        replicas: int,
        on_buried: "Callable[[str, int], Awaitable[None]] | None" = None,
        first_pause: float = FIRST_PAUSE,
        unknown_for: timedelta = UNKNOWN_FOR,
    ) -> None:
        super().__init__(
            url.split(","),
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            connect_timeout=2,
            ping_interval=5,
            error_cb=_note_error,
            reconnected_cb=self._came_back,
            name="usher",
        )
        self._replicas = replicas
        self._on_buried = on_buried
        self._first_pause = first_pause
        self._unknown_for = unknown_for
        self._has_called = False
        self._is_ready = asyncio.Event()
        self._held: dict[str, Msg] = {}  # by reply subject: everything that NATS believes us to be at work on
        self._begun: set[str] = set()
        self._heard: dict[str, float] = {}  # by reader: when it was last answered, by the loop's clock
        self._chores: set[asyncio.Task[None]] = set()
        self.add_middlewares(_Fates())

    @property
    def is_up(self) -> bool:
        """Whether there is a connection and the streams are there."""
        return self._is_ready.is_set() and self.client.is_connected

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect in the background, as often as it takes: nobody waits for NATS; close at the end."""
        self._do(self.startup())
        try:
            yield
        finally:
            for chore in self._chores:
                chore.cancel()
            await asyncio.gather(*self._chores, return_exceptions=True)
            await self.shutdown()

    async def startup(self) -> None:
        """Connect, as often as it takes."""
        self._has_called = True
        await super().startup()

    @property
    def is_reading(self) -> bool:
        """Whether `listen` gets what there is from every lot: each answered lately, or has what nobody is free for."""
        heard = self._heard.values()
        return self.is_up and bool(heard) and min(heard) > asyncio.get_running_loop().time() - UNHEARD_SECONDS

    async def standing(self) -> Standing:
        """Return how the stream stands, AWAY when it cannot be asked."""
        if not self.is_up:
            return AWAY_STANDING
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await look(self.js)
        except TimeoutError:
            return AWAY_STANDING

    async def kick(self, message: BrokerMessage) -> None:
        """Publish a task; it is on disk, on as many servers as asked for, when this returns.

        Raises:
            StreamAwayError: If there is no connection.
            nats.errors.Error: If NATS did not take it in time. It may have it all the same.
        """
        if not self.is_up:
            raise StreamAwayError
        subject = str(message.labels[SUBJECT])
        stream = TICKS if subject.startswith(TICK) else STREAM
        try:
            await self.js.publish(subject, message.message, timeout=PUBLISH_SECONDS, stream=stream)
        except (NoStreamResponseError, NotFoundError):  # the server came back without its disks
            self._is_ready.clear()
            self._do(self._prepare())
            raise

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield what there is to do, never more than was asked for; at the end give back what nobody began."""
        await self._is_ready.wait()
        waiting: asyncio.Queue[Msg] = asyncio.Queue(1)

        async def take(name: str, messages: list[Msg]) -> None:
            self._held |= {message.reply: message for message in messages}
            self._heard[name] = inf  # while all are busy it need not ask
            for message in messages:
                await waiting.put(message)
            self._heard[name] = now()

        now = asyncio.get_running_loop().time
        self._heard = dict.fromkeys(subjects.readers(), now())
        pulling = [
            asyncio.create_task(pull(self.js, stream, name, partial(take, name), self._prepare))
            for name, (stream, _) in subjects.readers().items()
        ]
        self._do(self._speak_up())
        try:
            while True:
                message = await waiting.get()
                if self._is_unknown(message):
                    self._do(self._keep(message))
                    continue
                if message.metadata.num_delivered > MOST_DELIVERIES:
                    await self._bury(message, "killed its workers")
                    continue
                self._begun.add(message.reply)
                yield AckableMessage(data=message.data, ack=partial(self._settle, message))
        finally:
            await end_all(pulling)
            self._heard.clear()
            await self._give_back()

    async def shutdown(self) -> None:
        """Let the last acknowledgements leave, then close; there is nothing to close before the first call."""
        if not self._has_called:
            return
        if self.client.is_connected:
            try:
                await self.client.flush(timeout=int(PUBLISH_SECONDS))
            except NatsError as error:
                log.warning("stream.closed_early", fault=type(error).__name__)
        try:
            await super().shutdown()
        except (NatsError, OSError, RuntimeError) as error:  # uvloop's word for a cable that was cut before
            log.warning("stream.closed_early", fault=type(error).__name__)

    async def _add_or_reuse_stream(self) -> None:
        await self._prepare()

    async def _startup_consumer(self) -> None:
        """Nothing: `_prepare` makes every reader."""

    async def _prepare(self) -> None:
        """Make the streams and readers as they should be, until the server has understood."""
        while True:
            try:
                for stream in subjects.streams(self._replicas):
                    await self._make(stream)
                for name, (place, reader) in subjects.readers().items():
                    await self.js.add_consumer(place, reader, durable_name=name)
            except NatsError as error:  # it is starting, or choosing a leader, or away again
                log.warning("stream.not_ready", fault=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                self._is_ready.set()
                return

    async def _make(self, stream: StreamConfig) -> None:
        try:
            await self.js.update_stream(stream)
        except NotFoundError:
            await self.js.add_stream(stream)

    async def _came_back(self) -> None:
        self._do(self._prepare())

    def _do(self, chore: "Any") -> None:  # noqa: ANN401 - a coroutine of ours
        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _speak_up(self) -> None:
        """Say of everything in hand that it is being worked on, so that nobody else gets it."""
        while True:
            await asyncio.sleep(PROGRESS_EVERY)
            with suppress(NatsError):  # a cut connection: it is said again when it is back
                for message in list(self._held.values()):
                    await message.in_progress()

    async def _give_back(self) -> None:
        """Let another worker have at once what nobody here began."""
        for reply in self._held.keys() - self._begun:
            await self._held.pop(reply).nak()

    async def _settle(self, message: Msg) -> None:
        """Answer NATS for a message whose task is over."""
        self._let_go(message)
        result = _result.get()
        error = None if result is None else result.error
        if (result is not None and error is None) or message.subject.startswith(TICK):
            await message.ack()
            return
        tries = message.metadata.num_delivered
        fault = UNKNOWN_TASK if error is None else type(error).__name__
        log.warning("task.failed", sequence=message.metadata.sequence.stream, fault=fault, tries=tries)
        if tries >= MOST_TRIES and not isinstance(error, AWAY):
            await self._bury(message, fault)
        else:
            await message.nak(delay=min(self._first_pause * 2 ** min(tries - 1, 10), LONGEST_PAUSE))

    def _is_unknown(self, message: Msg) -> bool:
        """Whether it is a task, and none that this release has; what cannot be read as one is a failure."""
        try:
            task = self.formatter.loads(message.data).task_name
        except (ValueError, TypeError):  # the receiver reads it once more, and says so
            return False
        return self.find_task(task) is None

    async def _keep(self, message: Msg) -> None:
        """Keep in hand what another release has a task for: it goes back when this worker ends, or after KEPT_FOR.

        A "no" every few seconds would be counted as a delivery each time, and at MOST_DELIVERIES even a worker that
        knows the task would take it for one that kills.
        """
        if message.subject.startswith(TICK):  # the next is on its way
            self._let_go(message)
            await message.ack()
            return
        log.warning("task.unknown", sequence=message.metadata.sequence.stream)
        waited = SystemClock().now() - message.metadata.timestamp
        longest = min(self._unknown_for, LOT_STANDS) if message.subject.startswith(ARRIVALS) else self._unknown_for
        await asyncio.sleep(max(min(longest - waited, KEPT_FOR).total_seconds(), 0.0))
        if message.reply not in self._held:
            return
        if waited + KEPT_FOR < longest:
            self._let_go(message)
            await message.nak()
        else:
            await self._bury(message, UNKNOWN_TASK)

    async def _bury(self, message: Msg, fault: str) -> None:
        """Move a message to the dead letters: first it is there, then it is gone here."""
        task = message.subject.split(".")[1]
        self._let_go(message)
        headers = {FAULT: fault, TRIES: str(message.metadata.num_delivered), CAME_FROM: message.subject}
        headers[Header.MSG_ID] = f"{message.metadata.stream}:{message.metadata.sequence.stream}"
        try:
            kept = await self.js.publish(f"{BURIED}.{task}", message.data, stream=DEAD, headers=headers)
        except NatsError:
            await message.nak(delay=LONGEST_PAUSE)
            return
        await message.term()
        log.error("task.buried", task=task, dead_letter=kept.seq, fault=fault)
        if self._on_buried is not None:
            self._do(self._on_buried(task, kept.seq))

    def _let_go(self, message: Msg) -> None:
        self._held.pop(message.reply, None)
        self._begun.discard(message.reply)


async def _note_error(error: Exception) -> None:
    log.warning("stream.disturbed", fault=type(error).__name__)
