"""What finding and claiming the due notices costs, with more and more that waits for later; beside itself at 10,000.

A batch is what a dispatcher's look at a lane does in the database: find what is due, lock it, read its facts and mark
it as sending. The databases of all sizes are asked in turns, and every claim is rolled back.
"""

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, text

from bench.stage import figures, machines, street
from bench.stage.machines import ENGINES
from domain.notice import NoticeState
from scheduler.dispatch import LEASE
from storage import lanes, letters, outbox
from storage.database import Database
from storage.schema import court, notice

BATCH = 200
LATER = timedelta(days=2000)  # from the day of the bench, and from the street's
DUE = 500
LEAST = 1 / 1.2
ROUNDS = 30
FEW, MANY, MOST = 10_000, 1_000_000, 10_000_000

_COPIED = [column.name for column in notice.columns if column.name not in {"id", "dedupe_key", "due_at", "state"}]
_SERIES = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {n}) SELECT n FROM s)",
    "postgresql": "(SELECT generate_series(1, {n}) AS n)",
}


def fill(connection: Connection, waiting: int) -> None:
    """Make DUE notices that are due and so many that wait, for the same people, over the next weeks."""
    street.build(connection, DUE)
    add_waiting(connection, waiting)
    assert connection.execute(select(func.count()).select_from(notice)).scalar() == DUE + waiting // DUE * DUE


def add_waiting(connection: Connection, waiting: int) -> None:
    """Give each of the DUE people of a street its share of so many notices that wait for weeks."""
    later = notice.c.due_at.type.bind_processor(connection.dialect)
    assert later is not None
    series = _SERIES[connection.dialect.name].format(n=waiting // DUE)
    columns = ", ".join(f'"{name}"' for name in _COPIED)
    connection.execute(
        text(
            f"INSERT INTO notice (dedupe_key, due_at, state, {columns})"  # noqa: S608 - our own names
            f" SELECT dedupe_key || ':' || s.n, :later, 'planned', {columns} FROM notice CROSS JOIN {series} AS s"
        ),
        {"later": later(datetime.now(UTC) + LATER)},
    )


def claim(connection: Connection) -> float:
    """Claim one batch, undo it, and return how many milliseconds the claim took."""
    [lane_id] = lanes.ids(connection, ["sms:default"])
    courts = list(connection.execute(select(court.c.id)).scalars())
    began = time.perf_counter()
    due = outbox.due(connection, lane_id, courts=courts, now=street.NOW, limit=BATCH)
    ids = outbox.hold_still(connection, due, now=street.NOW)
    rows = letters.load(connection, ids)
    outbox.mark_sending(connection, [(row.id, row.id) for row in rows], now=street.NOW, lease=LEASE)
    took = time.perf_counter() - began
    sending = select(func.count()).where(notice.c.state == NoticeState.SENDING)
    assert len(set(ids)) == len(rows) == connection.execute(sending).scalar() == BATCH
    return took * 1e3


def measure(engine: str, sizes: list[int], rounds: int) -> dict[int, list[float]]:
    """Claim in databases of each size, in turns; return milliseconds by size."""
    found: dict[int, list[float]] = {size: [] for size in sizes}
    with ExitStack() as stack:
        opened: dict[int, Database] = {}
        for size in sizes:
            url = stack.enter_context(machines.fresh_database(engine))
            opened[size] = stack.enter_context(machines.opened(url))
            opened[size].write_now(lambda connection, size=size: fill(connection, size))  # type: ignore[misc]
            machines.gather_statistics(opened[size])
        for turn in range(rounds + 1):
            for size, database in opened.items():
                took = database.read_now(claim)  # what a read writes is rolled back
                found[size] += [took] if turn else []  # the first one still makes statements and fills caches
    return found


def main() -> None:
    """Measure both engines."""
    parser = figures.arguments(__doc__, quick=2 * DUE, full=MANY, of="notices that wait")
    parser.add_argument("--most", action="store_true", help=f"{MOST:,} too: minutes, and gigabytes of disk")
    parser.add_argument("--only", choices=ENGINES)
    asked = figures.asked_for(parser)
    few = DUE if asked.quick else FEW
    larger = [asked.size, MOST] if asked.most else [asked.size]
    for engine in [asked.only] if asked.only else ENGINES:
        found = measure(engine, [few, *larger], rounds=3 if asked.quick else ROUNDS)
        for size in larger:
            costs, limits = ([cost * 1e3 for cost in found[which]] for which in (size, few))
            name = f"claim {BATCH} of {size:,} waiting, {engine}"
            figures.show([figures.costing(name, costs, f"at {few:,}", limits, least=LEAST)], as_json=asked.json)


if __name__ == "__main__":
    main()
