"""The dispatcher: takes what is due from each lane, gives it to the wire, and writes down what came of it."""

import asyncio
from collections.abc import Callable, Mapping

from domain.clock import Clock
from domain.delivery import Channel
from storage.courts import Courts
from storage.database import Database

BATCH = 200


class Dispatcher:
    """Sends due notices, a batch at a time: prepare (one unit of work), the wire, settle (one unit of work).

    Args:
        db: The outbox.
        channels: By lane key ("sms:default", "telegram:default", "sms:MG…"); lanes that are not in it are left to
            other workers.
        courts: Gives the courts as they are applied now.
        clock: The time by which notices are due.
        batch: How many notices are in flight together at most.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        courts: Callable[[], Courts],
        clock: Clock,
        *,
        batch: int = BATCH,
    ) -> None:
        self._db = db
        self._channels = channels
        self._courts = courts
        self._clock = clock
        self._batch = batch

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every lane until `stop`; then finish what is in flight, and return."""
        raise NotImplementedError(stop)

    def nudge(self) -> None:
        """Look at once: something has just become due. Call it on the loop that runs `run`."""
        raise NotImplementedError

    async def drain(self, lane_id: int) -> int:
        """Try one batch of a lane; return how many notices were decided about: 0 when nothing can go now."""
        raise NotImplementedError(lane_id)

    async def drain_all(self) -> int:
        """Drain every lane until nothing can go now; return how many notices were decided about."""
        raise NotImplementedError

    async def reconcile(self) -> int:
        """Look after lost leases and what may have left; return how many it settled."""
        raise NotImplementedError
