"""A batch with its provider: so many messages at a time, and an outcome for each of them whatever happens."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from domain.delivery import Channel, Deferred, OutgoingMessage, SendOutcome, Unknown
from scheduler import lane_health

AT_ONCE = 100
"""Messages of a batch that are with the provider together: as many as the wire has connections to one server."""
WIRE_TIME = timedelta(seconds=45)
"""After so long nobody waits for an answer any more: it is Unknown. Well inside `dispatch.LEASE`."""
NOT_BEGUN = Deferred("http.crowded")
"""What the others have left no time for: nothing of it left."""

log = structlog.get_logger(__name__)


async def carry(
    channel: Channel, messages: Sequence[OutgoingMessage], *, within: timedelta = WIRE_TIME
) -> list[SendOutcome]:
    """Give messages to a channel, each as soon as there is room for it; return what came of each, in their order.

    Once an answer says that the whole lane must rest, what has not begun does not begin: it is put off as that one is.

    Few tasks take one message after the other, for a task of its own costs a message more than its gate does.
    """
    outcomes: dict[int, SendOutcome] = {}
    waiting = iter(messages)
    not_begun = NOT_BEGUN

    async def work() -> None:
        nonlocal not_begun
        for message in waiting:
            try:
                outcome = outcomes[message.id] = await channel.send(message)
            except BaseException as error:
                outcomes[message.id] = _unanswered(message, error)
                raise
            if isinstance(outcome, Deferred) and lane_health.rest_of(outcome) is not None:
                not_begun = outcome
            if not_begun is not NOT_BEGUN:
                return

    carriers = [asyncio.create_task(work()) for _ in range(min(AT_ONCE, len(messages)))]
    _, late = await asyncio.wait(carriers, timeout=within.total_seconds())
    for carrier in late:
        carrier.cancel()
    await asyncio.gather(*carriers, return_exceptions=True)  # what they raised has been reported
    return [outcomes.get(message.id, not_begun) for message in messages]


def _unanswered(message: OutgoingMessage, error: BaseException) -> Unknown:
    """Return what came of a send that was cut off, or raised by a bug: it may have left all the same."""
    if isinstance(error, asyncio.CancelledError):
        return Unknown("wire.timeout")
    log.error("channel.raised", delivery_id=message.id, fault=type(error).__name__)
    return Unknown("wire.fault")
