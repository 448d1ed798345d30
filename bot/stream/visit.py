"""A look at NATS by one command: connected, asked, left again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from nats.errors import Error as NatsError
from nats.errors import NoServersError
from nats.js import JetStreamContext

from bot.stream.standing import AWAY, Standing, look
from domain.errors import UsherError

SECONDS = 5
GLANCE_SECONDS = 3.0  # somebody sits before a terminal and waits


class StreamDownError(UsherError):
    """NATS cannot be reached."""


@asynccontextmanager
async def visited(url: str) -> AsyncIterator[JetStreamContext]:
    """Connect for one command.

    Raises:
        StreamDownError: If NATS does not answer.
    """
    try:
        client = await nats.connect(url.split(","), connect_timeout=SECONDS, max_reconnect_attempts=1, error_cb=_ignore)
    except (NoServersError, NatsError, OSError) as error:
        raise StreamDownError(f"NATS does not answer ({type(error).__name__}); look at USHER_NATS_URL") from None
    try:
        yield client.jetstream(timeout=SECONDS)
    finally:
        await client.close()


async def glance(url: str) -> Standing:
    """Return how the stream stands, AWAY when that is not known within GLANCE_SECONDS."""
    try:
        async with asyncio.timeout(GLANCE_SECONDS), visited(url) as js:
            return await look(js)
    except (StreamDownError, TimeoutError):
        return AWAY


async def _ignore(_: Exception) -> None:
    """The caller says it."""
