"""Priorities: in the middle of a broadcast to thousands, what is urgent leaves within two seconds."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, insert, select

from domain.notice import NoticeState, Priority
from storage.database import Database
from storage.schema import notice
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.lanes import Stand, court_file, open_stand
from tests.fixtures.outbox import phone, set_rate

BACKLOG = 5_000
RATE = 10
SOON = timedelta(seconds=2)
STEP = timedelta(milliseconds=100)
URGENT_AT = timedelta(seconds=2)
CROWD = [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(60)]


def multiply(connection: Connection, like: int, endpoint_ids: list[int]) -> None:
    """Fill the outbox with a broadcast like one notice: to everybody, again and again."""
    row = dict(connection.execute(select(notice).where(notice.c.id == like)).mappings().one())
    del row["id"]
    row |= {"priority": int(Priority.BROADCAST)}
    connection.execute(
        insert(notice),
        [
            row | {"dedupe_key": f"broadcast:{number}", "endpoint_id": endpoint_ids[number % len(endpoint_ids)]}
            for number in range(BACKLOG)
        ],
    )


async def in_a_broadcast(db: Database) -> Stand:
    """A lane of 10 segments a second with a broadcast of 5,000 before it; the last person is not part of it."""
    stand = await open_stand(db, court_file(), CROWD)
    await db.write(partial(set_rate, key="sms:default", rate=RATE, burst=1))
    first = await stand.put(0, priority=int(Priority.BROADCAST))
    everybody = [party.endpoint_id for party in stand.scene.parties[:-1] if party.endpoint_id is not None]
    await db.write(lambda c: multiply(c, first, everybody))
    return stand


@pytest.mark.parametrize("priority", [Priority.REPLY, Priority.URGENT])
async def test_an_urgent_notice_leaves_within_two_seconds_of_its_time(any_db: Database, priority: Priority) -> None:
    stand = await in_a_broadcast(any_db)
    worker, [lane] = stand.worker(), [(await stand.lane("sms:default")).id]
    mine, due_at, row = None, NOW + URGENT_AT, None
    while row is None or row.state is NoticeState.PLANNED:
        assert stand.clock.now() < due_at + SOON
        if mine is None and stand.clock.now() >= due_at:
            mine = await stand.put(len(CROWD) - 1, priority=int(priority), due_at=due_at)
        await worker.drain(lane)
        row = None if mine is None else await stand.notice(mine)
        stand.clock.advance(STEP)

    assert row.state is NoticeState.SENT
    assert row.left_at - due_at <= SOON
    assert len(stand.wires["sms:default"].sent) > 3, "the broadcast was on its way"
