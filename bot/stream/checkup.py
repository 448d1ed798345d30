"""Whether NATS would let Usher work: it is reached, its disks take a stream on as many servers as are asked for."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from bot.stream import subjects
from bot.stream.visit import visited
from domain.errors import UsherError

SECONDS = 15.0
TRIAL, TRIAL_SUBJECT = "USHER_DOCTOR", "usher.doctor"


async def check_up(url: str, replicas: int) -> str:
    """Make a stream for a moment as Usher's are made, look at those that are there, and say what was found.

    Nothing that is there is changed.

    Raises:
        UsherError: If NATS does not answer, has no JetStream, or refuses such a stream.
    """
    try:
        async with asyncio.timeout(SECONDS), visited(url) as js:
            await _try(js, replicas)
            return await _compare(js, replicas)
    except ServiceUnavailableError:
        raise UsherError("NATS answers, but without JetStream, or without a leader just now") from None
    except APIError as error:
        raise UsherError(f"NATS refuses a stream on {replicas} server(s): {error.description}") from None
    except (NatsError, TimeoutError) as error:
        raise UsherError(f"NATS answers, and does not do what it is asked for ({type(error).__name__})") from None


async def _try(js: JetStreamContext, replicas: int) -> None:
    kept, *_ = subjects.streams(replicas)
    try:
        await js.add_stream(replace(kept, name=TRIAL, subjects=[TRIAL_SUBJECT]))
    finally:
        with suppress(NatsError):
            await js.delete_stream(TRIAL)


async def _compare(js: JetStreamContext, replicas: int) -> str:
    for wanted in subjects.streams(replicas):
        with suppress(NotFoundError):  # the first process makes it
            there = (await js.stream_info(str(wanted.name))).config.num_replicas
            if there != wanted.num_replicas:
                raise UsherError(
                    f"{wanted.name} lies on {there} server(s), USHER_NATS_REPLICAS says {wanted.num_replicas}: "
                    "a process that has that setting and was started since would have changed it"
                )
    return f"answers, and keeps a stream on {replicas} server(s)"
