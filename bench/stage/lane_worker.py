"""Workers of one lane in real time: they send until they are out of time, and say when each message left.

Arguments: URL (of the database), WORKERS (in this process), SECONDS, AHEAD: so many seconds is the machine's clock
ahead of the street's, where it is ten in the morning.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta

import structlog

from bench.stage.machines import vault, wait_for_go
from bot.channels.memory import InMemoryChannel
from bot.event_loop import run_long
from domain.clock import Clock, SteppedClock
from domain.court_file import read_court
from domain.delivery import OutgoingMessage, SendOutcome
from scheduler.dispatcher import Dispatcher
from storage import courts
from storage.database import Database


class Ledger(InMemoryChannel):
    """A provider that writes down when each message came."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.came: list[float] = []

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Write down, and take it."""
        self.came.append(self._clock.now().timestamp())
        return await super().send(message)


async def main(url: str, workers: int, seconds: float, ahead: timedelta) -> None:
    """Serve the lane for so many seconds."""
    clock = SteppedClock(datetime.now(UTC) - ahead, running=True)
    ledger, stop = Ledger(clock), asyncio.Event()
    async with Database(url, vault()) as db:
        known = await db.read(lambda connection: courts.load(connection, read_court))
        wait_for_go()
        async with asyncio.TaskGroup() as working:
            for _ in range(workers):
                worker = Dispatcher(db, {"telegram:default": ledger}, lambda: known, clock)
                working.create_task(worker.run(stop))
            await asyncio.sleep(seconds)
            stop.set()
    print(json.dumps({"came": ledger.came}), flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    run_long(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), timedelta(seconds=float(sys.argv[4]))))
