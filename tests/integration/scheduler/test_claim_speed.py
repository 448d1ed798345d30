"""Looking for what is due costs the same however much waits: it reads a short range of an index, never the table."""

from typing import Any

import pytest
from sqlalchemy import Connection

from domain.notice import Priority
from storage import letters, outbox
from storage.database import Database
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import court_ids, put_all
from tests.fixtures.sending import open_desk


def plans(connection: Connection, work: Any) -> list[str]:  # noqa: ANN401 - anything that queries
    """Return SQLite's plan of every SELECT that `work` runs, whichever way it takes to the driver."""
    asked: list[str] = []
    driver: Any = connection.connection.dbapi_connection
    driver.set_trace_callback(asked.append)
    work(connection)
    driver.set_trace_callback(None)
    return [
        "; ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}"))
        for statement in asked
        if statement.startswith("SELECT")
    ]


async def test_what_is_due_is_found_by_range_scans_of_the_waiting_index_alone(db: Database) -> None:
    desk = await open_desk(db, 3)
    await db.write(lambda c: put_all(c, desk.street))

    ids = await db.read(court_ids)
    found = await db.write(lambda c: plans(c, lambda c: outbox.due(c, desk.lane, courts=ids, now=NOW, limit=2)))

    wanted = "SEARCH notice USING INDEX ix_notice_waiting (lane_id=? AND priority=? AND due_at<?)"
    assert 1 <= len(found) <= len(Priority)
    assert all(wanted in plan for plan in found)
    ours = [plan.replace("SCAN CONSTANT ROW", "").replace("SCAN json_each", "") for plan in found]
    assert all("SCAN" not in plan for plan in ours), "but the few values that are asked for"
    assert all("TEMP B-TREE" not in plan for plan in found)


@pytest.mark.parametrize("table", ["notice", "delivery", "hearing", "participation", "consent_event"])
async def test_no_big_table_is_read_whole_for_a_batch(db: Database, table: str) -> None:
    desk = await open_desk(db, 3)
    ids = await db.write(lambda c: put_all(c, desk.street))

    def load(connection: Connection) -> None:
        rows = letters.load(connection, ids)
        letters.surroundings(connection, rows, now=NOW)
        outbox.siblings(connection, rows, now=NOW)

    ids = await db.read(court_ids)
    found = await db.write(lambda c: plans(c, load))

    assert any(f"SEARCH {table}" in plan for plan in found)
    assert not [plan for plan in found if f"SCAN {table}" in plan]
