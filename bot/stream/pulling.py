"""One reader of a stream: asks for the next messages, again and again, whatever happens to the connection."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from bot.stream.subjects import RECEIPTS_A_FETCH

FETCH_SECONDS = 5.0  # a request that got lost with its server is asked again after so long
PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def pull(
    js: JetStreamContext,
    stream: str,
    reader: str,
    take: Callable[[list[Msg]], Awaitable[None]],
    prepare: Callable[[], Awaitable[None]],
) -> None:
    """Give a reader's messages to `take` until cancelled, and ask for no more while it waits.

    `prepare` makes the reader again when the server does not know it any more.
    """
    batch = 1 if reader.startswith("arrivals") else RECEIPTS_A_FETCH
    while True:
        try:
            subscription = await js.pull_subscribe_bind(durable=reader, stream=stream)
            try:
                while True:
                    await take(await _fetch(subscription, batch))
            finally:  # else the server hands what others could have to a request that nobody waits for any more
                with suppress(NatsError):
                    await subscription.unsubscribe()
        except NatsError as error:
            log.warning("reader.disturbed", reader=reader, fault=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
            await prepare()


async def end_all(pulling: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: the `wait_for` of Python 3.11 forgets a cancellation that comes with its answer."""
    while left := [task for task in pulling if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=PAUSE_SECONDS)


async def _fetch(subscription: JetStreamContext.PullSubscription, batch: int) -> list[Msg]:
    try:
        return await subscription.fetch(batch, timeout=FETCH_SECONDS)
    except TimeoutError:  # nothing came: nats-py says it by its own TimeoutError or by the plain one
        return []
