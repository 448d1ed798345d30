"""What planning costs when a court's calendar changes: one hearing moved for each of many parties, all replanned.

Beside it stands one bulk insert of as many notice rows as the planner wrote, into an equal database.
"""

import time
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select, text

from bench.stage import figures, machines, street
from domain.notice import NoticeState
from scheduler import planner
from storage.courts import Courts
from storage.schema import hearing, hearing_revision, notice

LEAST = 0.5
MOVED_BY = timedelta(days=9)


def measure(parties: int) -> dict[str, float]:
    """Plan a street's hearings, move them all, plan again; return notices a second of that and of the bare insert."""
    with machines.fresh_database("sqlite") as url, machines.opened(url) as database:
        known = database.write_now(partial(street.build, people=parties, due_in=timedelta(hours=1)))
        database.write_now(partial(_move_all))
        began = time.perf_counter()
        written = database.write_now(partial(_replan, known=known))
        planned = written / (time.perf_counter() - began)
        rows = database.read_now(partial(_newest, count=written))
    with machines.fresh_database("sqlite") as url, machines.opened(url) as database:
        database.write_now(partial(street.build, people=parties, due_in=timedelta(hours=1)))
        database.write_now(lambda connection: connection.execute(notice.delete()))
        began = time.perf_counter()
        database.write_now(lambda connection: connection.execute(insert(notice), rows))
        inserted = written / (time.perf_counter() - began)
    return {"planned": planned, "inserted": inserted}


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
    planned = planner.replan(connection, ids, courts=known, now=street.NOW)
    assert planned.superseded >= len(ids), planned
    assert planned.added >= len(ids), planned
    waiting = select(func.count()).where(notice.c.state == NoticeState.PLANNED)
    assert connection.execute(waiting).scalar() == planned.added
    return planned.added


def _newest(connection: Connection, count: int) -> list[dict[str, object]]:
    rows = connection.execute(select(notice).order_by(notice.c.id.desc()).limit(count)).mappings()
    return [dict(row) for row in rows]


def main() -> None:
    """Measure a few times."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=200, full=100_000, of="parties"))
    rows = [measure(asked.size) for _ in range(asked.runs)]
    planned, inserted = [row["planned"] for row in rows], [row["inserted"] for row in rows]
    name = f"plan a change for {asked.size:,} parties, sqlite"
    beside = "one bulk insert of the same notices"
    figures.show([figures.compared(name, planned, beside, inserted, least=LEAST)], as_json=asked.json)


if __name__ == "__main__":
    main()
