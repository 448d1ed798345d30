"""The inbox's worker: what was stored at the door is thought about here, in order, each once."""

import asyncio
from collections.abc import Callable, Mapping

from domain.clock import Clock
from handlers.incoming import Incoming, World
from storage.database import Database

ReadPayload = Callable[[str, str], Incoming | None]  # (provider key, payload as stored) -> what somebody did


class InboxWorker:
    """Works off received messages whenever it is nudged, and every few seconds in any case.

    Args:
        db: Where they wait.
        world: The courts, and how the carrier behaves.
        readers: For each source ("twilio", "telegram") how its payloads are read.
        clock: What time it is.
        on_handled: Called after messages were handled: replies wait for the dispatcher.
    """

    def __init__(
        self,
        db: Database,
        world: World,
        readers: Mapping[str, ReadPayload],
        *,
        clock: Clock,
        on_handled: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._world = world
        self._readers = readers
        self._clock = clock
        self._on_handled = on_handled
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Say that something was received; call it from the event loop's thread."""
        self._nudged.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is being thought about is finished first."""
        raise NotImplementedError(stop)

    async def work_off(self) -> int:
        """Handle all that waits; return how many messages."""
        raise NotImplementedError
