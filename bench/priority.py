"""How soon what is urgent leaves in the middle of a broadcast, and what a look at the lane costs beside a short queue.

A lane of 10 segments a second has a long broadcast before it. The clock is stepped, so lateness is exact; the cost of
a look is real time, measured in the same run on the same lane with a tenth of a percent of the rows.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection, delete, insert, select, update

from bench.stage import street
from bot.channels.memory import InMemoryChannel
from domain.clock import SteppedClock
from domain.notice import NoticeState, Priority
from scheduler.dispatcher import Dispatcher
from storage import lanes
from storage.database import Database
from storage.migrate import upgrade
from storage.schema import lane, notice
from storage.vault import Vault

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # ten in the morning in Anchorage
PEOPLE = 1000
RATE = 10
STEP = timedelta(milliseconds=100)
LOOKS = 300
CHUNK = 10_000


def broadcast(connection: Connection, size: int) -> None:
    """Put a broadcast of `size` notices before a lane of RATE, to everybody of the street in turn."""
    slow = {"rate": RATE, "burst": 1, "tokens": 1.0, "spent": [], "refilled_at": NOW}
    connection.execute(update(lane).values(slow))
    row = dict(connection.execute(select(notice).limit(1)).mappings().one())
    del row["id"]
    row |= {"priority": int(Priority.BROADCAST), "bundle_key": None}
    connection.execute(delete(notice))
    for start in range(0, size, CHUNK):
        connection.execute(
            insert(notice),
            [
                row | {"dedupe_key": f"broadcast:{number}", "endpoint_id": number % PEOPLE + 1}
                for number in range(start, min(start + CHUNK, size))
            ],
        )


def urgent(connection: Connection, number: int, due_at: datetime) -> int:
    """Put one urgent notice in; return its id."""
    row = dict(connection.execute(select(notice).order_by(notice.c.id.desc()).limit(1)).mappings().one())
    del row["id"]
    row |= {"dedupe_key": f"urgent:{number}", "priority": int(Priority.URGENT), "due_at": due_at, "endpoint_id": 1}
    row |= {"state": NoticeState.PLANNED, "delivery_id": None, "left_at": None, "attempts": 0, "leased_until": None}
    added = connection.execute(insert(notice).values(row)).inserted_primary_key
    assert added is not None
    return int(added[0])


async def measure(size: int, url: str) -> dict[str, float]:
    """Return how late the latest urgent notice was, in seconds of the stepped clock, and the middle cost of a look."""
    upgrade(url)
    clock, costs, late = SteppedClock(NOW), list[float](), list[float]()
    async with Database(url, Vault({1: os.urandom(32)}, current=1, index_key=os.urandom(32))) as db:
        known = await db.write(partial(street.build, people=PEOPLE, now=NOW))
        await db.write(partial(broadcast, size=size))
        worker = Dispatcher(db, {"sms:default": InMemoryChannel()}, lambda: known, clock)
        [lane_id] = await db.read(partial(lanes.ids, keys=["sms:default"]))
        waiting: tuple[int, datetime] | None = None
        for look in range(LOOKS):
            if look % 20 == 10 and waiting is None:
                now = clock.now()
                waiting = await db.write(partial(urgent, number=look, due_at=now)), now
            began = time.perf_counter()
            await worker.drain(lane_id)
            costs.append(time.perf_counter() - began)
            if waiting is not None:
                left_at = await db.read(partial(_left_at, notice_id=waiting[0]))
                if left_at is not None:
                    late.append((left_at - waiting[1]).total_seconds())
                    waiting = None
            clock.advance(STEP)
    return {"late_s": max(late), "urgent": len(late), "look_ms": statistics.median(costs) * 1000}


def _left_at(connection: Connection, notice_id: int) -> datetime | None:
    left_at: datetime | None = connection.execute(select(notice.c.left_at).where(notice.c.id == notice_id)).scalar_one()
    return left_at


def main() -> None:
    """Measure a long queue beside a short one, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    found = {}
    for size in (max(asked.notices // 100, PEOPLE), asked.notices):
        with tempfile.TemporaryDirectory() as folder:
            found[size] = asyncio.run(measure(size, f"sqlite:///{folder}/bench.sqlite3"))
    short, long = found.values()
    ratio = long["look_ms"] / short["look_ms"]
    if asked.json:
        print(json.dumps({"notices": asked.notices, "short": short, "long": long, "ratio": ratio}))
        return
    for size, row in found.items():
        print(f"{size:9,} waiting: urgent at most {row['late_s']:.1f} s late; a look {row['look_ms']:.2f} ms")
    print(f"a look beside the short queue: {ratio:.2f}")


if __name__ == "__main__":
    main()
