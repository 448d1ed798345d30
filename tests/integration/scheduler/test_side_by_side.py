"""Workers that prepare one lane at the same time, on PostgreSQL: each with its own people, and never above the rate.

One unit of work runs inside the other here, each on a connection of its own: that is how far two machines can overlap.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from domain.notice import NoticeState
from scheduler import dispatch, housekeeping
from scheduler.dispatch import Batch
from storage import driver, lanes, outbox, underway
from storage.database import Database
from storage.prepared import Prepared
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, notice_rows, put, put_all, set_rate, verdict_rows
from tests.fixtures.sending import Desk, open_desk

SPACING = timedelta(seconds=1)


@pytest.fixture
async def desk(postgres_database: str, vault: Vault) -> AsyncIterator[Desk]:
    async with Database(postgres_database, vault) as db:
        yield await open_desk(db, 6)


def prepare(desk: Desk, connection: Connection, *, limit: int) -> Batch:
    return dispatch.prepare(connection, lane_id=desk.lane, courts=desk.street.scene.courts, now=NOW, limit=limit)


def beside(desk: Desk, *, limit: int) -> Batch:
    """Prepare a batch as another worker, and commit it."""
    return desk.db.write_now(lambda connection: prepare(desk, connection, limit=limit))


def chosen(desk: Desk, connection: Connection, *, limit: int) -> list[int]:
    return outbox.due(connection, desk.lane, courts=desk.street.scene.courts.by_id, now=NOW, limit=limit)


def test_a_worker_passes_over_what_another_is_preparing(desk: Desk) -> None:
    ids = desk.db.write_now(lambda connection: put_all(connection, desk.street))

    def first(connection: Connection) -> tuple[list[int], Batch]:
        return chosen(desk, connection, limit=2), beside(desk, limit=3)

    mine, theirs = desk.db.write_now(first)

    assert mine == ids[:2]
    assert theirs.decided == 3
    sending = [row.id for row in desk.db.read_now(notice_rows) if row.state is NoticeState.SENDING]
    assert sending == ids[2:5]


def test_a_lane_with_little_room_is_in_one_hand_and_nobody_waits_for_it(desk: Desk) -> None:
    desk.db.write_now(lambda connection: put_all(connection, desk.street))
    desk.db.write_now(partial(set_rate, key="sms:default", rate=4.0, burst=4))

    def first(connection: Connection) -> tuple[bool, Batch]:
        return lanes.is_ours(connection, desk.lane), beside(desk, limit=3)

    is_ours, theirs = desk.db.write_now(first)

    assert is_ours
    assert theirs == Batch(opens_at=NOW + dispatch.TAKEN)
    assert beside(desk, limit=3).decided == 2, "two texts of two segments are all that it has room for"


def test_an_endpoint_belongs_to_one_worker_at_a_time(desk: Desk) -> None:
    desk.db.write_now(lambda connection: [put(connection, desk.street) for _ in range(2)])

    def first(connection: Connection) -> tuple[list[int], Batch]:
        mine = outbox.hold_still(connection, chosen(desk, connection, limit=1), now=NOW)
        return mine, beside(desk, limit=1)

    mine, theirs = desk.db.write_now(first)

    assert len(mine) == 1
    assert (theirs.messages, theirs.decided) == ((), 0)
    assert theirs.opens_at == NOW + dispatch.CROWDED, "it looks again soon"


@pytest.mark.parametrize("spacing", [timedelta(0), SPACING], ids=["in flight", "resting"])
def test_what_another_worker_has_just_sent_there_is_seen_by_who_chose_before(desk: Desk, spacing: timedelta) -> None:
    one, other = desk.db.write_now(lambda connection: [put(connection, desk.street) for _ in range(2)])

    def sent(connection: Connection) -> None:
        assert [row.id for row in notice_rows(connection)] == [one, other]
        underway.mark_sent(connection, [row.id for row in delivery_rows(connection)])

    def late(connection: Connection) -> list[int]:
        connection.exec_driver_sql("SELECT id FROM notice WHERE id = %(id)s FOR UPDATE", {"id": one})
        mine = desk.db.write_now(partial(chosen, desk, limit=9))  # passes over the locked one, and lets go again
        assert mine == [other]
        return mine

    mine = desk.db.write_now(late)
    assert beside(desk, limit=1).decided == 1
    if spacing:
        desk.db.write_now(sent)

    held = desk.db.write_now(lambda connection: outbox.hold_still(connection, mine, now=NOW, spacing=spacing))

    assert held == []


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (outbox._QUERIES[False, False, False], {"priority": 3, "courts": [1], "now": NOW, "limit": 9}),
        (outbox._FREE, {"notices": [1, 2]}),
    ],
    ids=["due", "free"],
)
def test_what_is_due_is_not_compared_with_all_that_is_under_way(
    desk: Desk, query: Prepared, asked: dict[str, object]
) -> None:
    def plan(connection: Connection) -> str:
        form = query._form(connection)
        bound = form.bound(asked | ({"lane": desk.lane} if "priority" in asked else {}))
        return "\n".join(line for (line,) in driver.fetch(connection, f"EXPLAIN {form.text}", bound))

    found = desk.db.read_now(plan)

    assert "SubPlan" in found, "each is looked up by itself"
    assert "Join" not in found


def test_what_the_lane_has_no_room_for_any_more_is_as_if_it_had_not_been_looked_at(desk: Desk) -> None:
    desk.db.write_now(lambda connection: put_all(connection, desk.street))
    desk.db.write_now(partial(set_rate, key="sms:default", rate=200.0, burst=100))
    spent: list[int] = []

    def spend(connection: Connection) -> None:
        lanes.spend(connection, lanes.take(connection, desk.lane, now=NOW), 99, now=NOW)

    class Courts:
        """The courts, which are looked up between the look at the lane and its lock: then another worker spends."""

        by_id = desk.street.scene.courts.by_id

        def __getitem__(self, court_id: int) -> object:
            if not spent:
                desk.db.write_now(spend)
                spent.append(99)
            return self.by_id[court_id]

    def late(connection: Connection) -> Batch:
        courts: object = Courts()
        return dispatch.prepare(connection, lane_id=desk.lane, courts=courts, now=NOW, limit=9)  # type: ignore[arg-type] # it is asked for no more

    batch = desk.db.write_now(late)

    assert len(batch.messages) == batch.decided == 1
    rows = desk.db.read_now(notice_rows)
    assert [row.state for row in rows].count(NoticeState.PLANNED) == 5
    assert len(desk.db.read_now(verdict_rows)) == 1, "no verdict is told of a text that did not leave"


def test_housekeeping_ends_nothing_that_a_worker_has_in_hand(desk: Desk) -> None:
    mine, other = desk.db.write_now(lambda c: [put(c, desk.street, party, expires_at=NOW) for party in (0, 1)])

    def first(connection: Connection) -> tuple[list[int], int]:
        in_hand = chosen(desk, connection, limit=1)
        return in_hand, desk.db.write_now(partial(housekeeping.expire, now=NOW))

    assert desk.db.write_now(first) == ([mine], 1)

    states = {row.id: row.state for row in desk.db.read_now(notice_rows)}
    assert states == {mine: NoticeState.PLANNED, other: NoticeState.EXPIRED}
