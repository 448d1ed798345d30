"""What planning costs when a court's calendar changes: one hearing moved for each of many parties, all replanned.

They were told of it two days ago, as most will have been; or are about to be; or nobody tells them before the reminder
that waits. Beside it stands one bulk insert of the very rows that the planner wrote, into an equal database: the
driver's own `executemany`, with every value made ready for it beforehand.
"""

import time
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select, text

from bench.stage import figures, machines, street
from domain.notice import NoticeKind, NoticeState, Purpose
from scheduler import planner
from storage import driver
from storage.courts import Courts
from storage.schema import hearing, hearing_revision, notice

LEAST = 0.5
MOVED_BY = timedelta(days=9)
COLUMNS = [column.name for column in notice.columns]
TOLD: dict[str, dict[str, object] | None] = {
    "who were told": {"state": NoticeState.DELIVERED, "left_at": street.NOW - timedelta(days=2)},
    "about to be told": {"state": NoticeState.PLANNED, "left_at": None},
    "not told": None,
}


def measure(parties: int, told: dict[str, object] | None) -> dict[str, float]:
    """Plan a street's hearings, move them all, plan again; return notices a second of that and of the bare insert."""
    with machines.fresh_database("sqlite") as url, machines.opened(url) as database:
        known = database.write_now(partial(street.build, people=parties, due_in=timedelta(hours=1)))
        database.write_now(partial(_tell, how=told))
        database.write_now(partial(_move_all))
        began = time.perf_counter()
        written = database.write_now(partial(_replan, known=known))
        planned = written / (time.perf_counter() - began)
        rows = database.read_now(partial(_newest, count=written))
    with machines.fresh_database("sqlite") as url, machines.opened(url) as database:
        database.write_now(partial(street.build, people=parties, due_in=timedelta(hours=1)))
        database.write_now(lambda connection: connection.execute(notice.delete()))
        began = time.perf_counter()
        database.write_now(partial(_insert, rows=rows))
        inserted = written / (time.perf_counter() - began)
    return {"planned": planned, "inserted": inserted}


def _tell(connection: Connection, how: dict[str, object] | None) -> None:
    """Let everybody have, or wait for, the text that says that their hearing is set."""
    if how is None:
        return
    rows = [dict(row) for row in connection.execute(select(notice)).mappings()]
    said = {"kind": NoticeKind.HEARING_SET, "purpose": Purpose.SET, **how}
    own = ((row["hearing_id"], row["participation_id"], row["person_id"]) for row in rows)
    keys = [{"dedupe_key": f"set:{one}:{part}", "bundle_key": f"example:{who}:set"} for one, part, who in own]
    fresh = [{**row, **said, **key} for row, key in zip(rows, keys, strict=True)]
    for row in fresh:
        del row["id"]
    connection.execute(insert(notice), fresh)


def _move_all(connection: Connection) -> None:
    """Give every hearing its second revision, nine days later: too much for one statement a hearing."""
    rows = connection.execute(select(hearing)).mappings().all()
    moved = [{**row, "revision": 2, "starts_at": row["starts_at"] + MOVED_BY} for row in rows]
    connection.execute(hearing.update().values(revision=2))
    shift = f"+{MOVED_BY.days} days"
    connection.execute(
        text("UPDATE hearing SET starts_at = strftime('%Y-%m-%d %H:%M:%f000', starts_at, :by)"), {"by": shift}
    )
    names = {column.name for column in hearing_revision.columns}
    fresh = [{name: row[name] for name in row if name in names} for row in moved]
    more = [
        {**row, "hearing_id": row_["id"], "made_at": street.NOW, "source": "bench"}
        for row, row_ in zip(fresh, moved, strict=True)
    ]
    connection.execute(insert(hearing_revision), more)


def _replan(connection: Connection, known: Courts) -> int:
    ids = list(connection.execute(select(hearing.c.id)).scalars())
    waiting = select(func.count()).where(notice.c.state == NoticeState.PLANNED)
    before = connection.execute(waiting).scalar_one()
    planned = planner.replan(connection, ids, courts=known, now=street.NOW)
    assert planned.superseded >= len(ids), planned
    assert planned.added >= len(ids), planned
    assert connection.execute(waiting).scalar_one() == before - planned.superseded + planned.added
    return planned.added


def _newest(connection: Connection, count: int) -> list[tuple[object, ...]]:
    """Return the rows that were planned last as the driver has them."""
    names = ", ".join(COLUMNS)
    cursor = connection.exec_driver_sql(f"SELECT {names} FROM notice ORDER BY id DESC LIMIT {count}")  # noqa: S608 - ours
    return [tuple(row) for row in cursor]


def _insert(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    driver.run_many(connection, f"INSERT INTO notice ({names}) VALUES ({marks})", rows)  # noqa: S608 - ours


def main() -> None:
    """Measure a few times."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=200, full=100_000, of="parties"))
    for who, told in TOLD.items():
        rows = [measure(asked.size, told) for _ in range(asked.runs)]
        planned, inserted = [row["planned"] for row in rows], [row["inserted"] for row in rows]
        name = f"plan a change for {asked.size:,} parties {who}, sqlite"
        beside = "executemany of the same notices, by the driver alone"
        figures.show([figures.compared(name, planned, beside, inserted, least=LEAST)], as_json=asked.json)


if __name__ == "__main__":
    main()
