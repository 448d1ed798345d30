"""How soon what is urgent leaves in the middle of a broadcast, and what a look at the lane costs beside a short queue.

A lane of RATE segments a second has a broadcast before it. The clock is stepped, so lateness is exact. The cost is that
of a look that sends something: real time, of a long and of a short queue in turns, so that both see the same machine.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, String, cast, delete, insert, literal, null, select, update

from bench.stage import figures, machines, street
from bench.stage.machines import ENGINES
from bench.stage.street import NOW
from bot.channels.memory import InMemoryChannel
from domain.clock import SteppedClock
from domain.notice import NoticeState, Priority
from scheduler.dispatcher import Dispatcher
from storage import lanes
from storage.database import Database
from storage.schema import lane, notice, person

PEOPLE = 1000
RATE = 10
STEP = timedelta(milliseconds=100)
LOOKS = 300
URGENT_EVERY = 20  # looks
WITHIN = 2.0  # seconds
LEAST = 1 / 1.2


def broadcast(connection: Connection, rounds: int) -> None:
    """Put a broadcast before a lane of RATE: so many rounds of one text to everybody of the street."""
    slow = {"rate": RATE, "burst": 1, "tokens": 1.0, "spent": [], "refilled_at": NOW}
    connection.execute(update(lane).values(slow))
    own: dict[str, ColumnElement[Any]] = {
        "dedupe_key": literal("broadcast:")
        .concat(cast(person.c.id, String))
        .concat(":")
        .concat(cast(notice.c.id, String)),
        "priority": literal(int(Priority.BROADCAST)),
        "bundle_key": null(),
    }
    names = [column.name for column in notice.columns if column.name != "id"]
    copies = select(*(own.get(name, notice.c[name]) for name in names)).select_from(notice)
    everybody = copies.join(person, person.c.id <= rounds).order_by(person.c.id, notice.c.id)
    connection.execute(insert(notice).from_select(names, everybody))
    connection.execute(delete(notice).where(notice.c.priority != int(Priority.BROADCAST)))


def urgent(connection: Connection, number: int, due_at: datetime) -> int:
    """Put one urgent notice in; return its id."""
    row = dict(connection.execute(select(notice).order_by(notice.c.id.desc()).limit(1)).mappings().one())
    del row["id"]
    row |= {"dedupe_key": f"urgent:{number}", "priority": int(Priority.URGENT), "due_at": due_at, "endpoint_id": 1}
    row |= {"state": NoticeState.PLANNED, "delivery_id": None, "left_at": None, "attempts": 0, "leased_until": None}
    added = connection.execute(insert(notice).values(row)).inserted_primary_key
    assert added is not None
    return int(added[0])


@dataclass(slots=True)
class Queue:
    """A lane with a broadcast before it, the worker that looks at it, and what was seen so far."""

    database: Database
    worker: Dispatcher
    clock: SteppedClock
    lane_id: int
    costs: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    _waiting: tuple[int, datetime] | None = None

    async def look(self, number: int) -> None:
        """Look at the lane once, and let a step of time pass; now and then something urgent comes in before."""
        if number % URGENT_EVERY == URGENT_EVERY // 2 and self._waiting is None:
            now = self.clock.now()
            self._waiting = await self.database.write(partial(urgent, number=number, due_at=now)), now
        began = time.perf_counter()
        if await self.worker.drain(self.lane_id):
            self.costs.append((time.perf_counter() - began) * 1e6)
        if self._waiting is not None:
            left_at = await self.database.read(partial(_left_at, notice_id=self._waiting[0]))
            if left_at is not None:
                self.late.append((left_at - self._waiting[1]).total_seconds())
                self._waiting = None
        self.clock.advance(STEP)


@asynccontextmanager
async def queue(engine: str, size: int) -> AsyncIterator[Queue]:
    """Make a database with a queue of about `size` notices."""
    with machines.fresh_database(engine) as url:
        async with Database(url, machines.vault()) as database:
            known = await database.write(partial(street.build, people=PEOPLE))
            await database.write(partial(broadcast, rounds=size // PEOPLE))
            machines.gather_statistics(database)
            clock = SteppedClock(NOW)
            worker = Dispatcher(database, {"sms:default": InMemoryChannel()}, lambda: known, clock)
            [lane_id] = await database.read(partial(lanes.ids, keys=["sms:default"]))
            yield Queue(database, worker, clock, lane_id)


async def measure(engine: str, sizes: tuple[int, int], looks: int) -> list[Queue]:
    """Look at queues of these sizes in turns."""
    async with AsyncExitStack() as stack:
        queues = [await stack.enter_async_context(queue(engine, size)) for size in sizes]
        for number in range(looks):
            for one in queues:
                await one.look(number)
        assert all(one.late and one.costs for one in queues)
        return queues


def _left_at(connection: Connection, notice_id: int) -> datetime | None:
    left_at: datetime | None = connection.execute(select(notice.c.left_at).where(notice.c.id == notice_id)).scalar_one()
    return left_at


def main() -> None:
    """Measure both engines."""
    parser = figures.arguments(__doc__, quick=2 * PEOPLE, full=100_000, of="notices of the broadcast")
    parser.add_argument("--only", choices=ENGINES)
    asked = figures.asked_for(parser)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    looks = 60 if asked.quick else LOOKS * asked.runs
    for engine in [asked.only] if asked.only else ENGINES:
        short, long = asyncio.run(measure(engine, (PEOPLE, asked.size), looks))
        name = f"{asked.size:,} of a broadcast waiting, {engine}"
        beside = f"with {PEOPLE:,} waiting"
        shown = [
            figures.bounded(f"urgent: latest, {name}", [max(long.late)], "s", most=WITHIN),
            figures.costing(f"urgent: a look, {name}", long.costs, beside, short.costs, least=LEAST),
        ]
        figures.show(shown, as_json=asked.json)


if __name__ == "__main__":
    main()
