"""Lanes: as fast as allowed over a minute, never faster in any second, however many workers share them."""

from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import Connection

from domain.notice import NoticeState
from storage import lanes
from storage.database import Database
from tests.fixtures.facts import NOW
from tests.fixtures.lanes import busiest_second
from tests.fixtures.outbox import REMINDER, lane_id, notice_rows, put, put_all, set_rate
from tests.fixtures.sending import Desk, open_desk

SECOND = timedelta(seconds=1)


def spend_for_a_minute(connection: Connection, *, step: timedelta, size: int = 1) -> list[tuple[datetime, int]]:
    """Spend whatever a lane allows, looking every `step`; return what was spent and when."""
    lane, spent, now = lane_id(connection), [], NOW
    while now < NOW + timedelta(minutes=1):
        allowance = lanes.take(connection, lane, now=now)
        if allowance.units:
            units = max(allowance.units, size)
            lanes.spend(connection, allowance, units, now=now)
            spent.append((now, units))
        now = max(now + step, allowance.opens_at or now) if not allowance.units else now + step
    return spent


@pytest.mark.parametrize(
    ("rate", "burst"), [(1.0, 1), (30.0, 30), (30.0, 5), (100.0, 100), (3.0, 1), (0.5, 1)], ids=str
)
async def test_a_lane_keeps_its_rate_over_a_minute_and_never_exceeds_it_in_a_second(
    db: Database, rate: float, burst: int
) -> None:
    await open_desk(db)
    await db.write(partial(set_rate, key="sms:default", rate=rate, burst=burst))

    spent = await db.write(partial(spend_for_a_minute, step=timedelta(milliseconds=3)))

    total = sum(units for _, units in spent)
    assert busiest_second(spent) <= max(rate, 1)
    assert rate * 60 * 0.98 <= total <= rate * 60 + max(burst, rate) + 1


async def test_a_text_of_three_segments_waits_out_its_debt(db: Database) -> None:
    await open_desk(db)
    await db.write(partial(set_rate, key="sms:default", rate=1.0, burst=1))

    spent = await db.write(partial(spend_for_a_minute, step=timedelta(milliseconds=50), size=3))

    assert {later - earlier for (earlier, _), (later, _) in pairwise(spent)} == {timedelta(seconds=3)}


async def test_two_workers_share_one_lane_and_its_rate(any_db: Database) -> None:
    desk = await open_desk(any_db, 12)
    await desk.db.write(partial(set_rate, key="sms:default", rate=4.0, burst=4))
    await desk.db.write(lambda c: put_all(c, desk.street))
    other = desk.another()
    left = []
    for _ in range(40):
        await desk.drain()
        await other.drain(desk.lane)
        left.append((desk.clock.now(), len(desk.sms.sent)))
        desk.clock.advance(timedelta(milliseconds=250))

    assert len(desk.sms.sent) == 12
    steps = [(at, now - before) for (_, before), (at, now) in pairwise([(NOW, 0), *left])]
    segments = 3  # of one text at most: the only way past the rate is the length of one text
    assert busiest_second(steps) <= 4 + segments


async def test_a_lane_without_tokens_says_when_it_opens(db: Database) -> None:
    await open_desk(db)
    await db.write(partial(set_rate, key="sms:default", rate=2.0, burst=1))

    def take_twice(connection: Connection) -> datetime | None:
        lane = lane_id(connection)
        lanes.spend(connection, lanes.take(connection, lane, now=NOW), 1, now=NOW)
        return lanes.take(connection, lane, now=NOW).opens_at

    opens_at = await db.write(take_twice)
    assert opens_at is not None
    assert abs(opens_at - (NOW + SECOND / 2)) < timedelta(milliseconds=260)


async def test_a_longer_pause_is_not_shortened(db: Database) -> None:
    desk = await open_desk(db)

    def pause(connection: Connection) -> datetime | None:
        for minutes in (5, 1):
            lanes.pause(connection, desk.lane, until=NOW + timedelta(minutes=minutes), reason="twilio.429")
        return lanes.take(connection, desk.lane, now=NOW).opens_at

    assert await db.write(pause) == NOW + timedelta(minutes=5)


async def test_the_most_urgent_leave_first_then_the_oldest(any_db: Database) -> None:
    desk = await open_desk(any_db, 5)

    def fill(connection: Connection) -> None:
        for party, (priority, minutes) in enumerate([(3, 50), (2, 10), (0, 1), (2, 20), (1, 5)]):
            due = NOW - timedelta(minutes=minutes)
            put(connection, desk.street, party, REMINDER, priority=priority, due_at=due)

    await desk.db.write(fill)
    worker = desk.another(batch=1)
    while await worker.drain(desk.lane):
        pass

    assert [message.to.value[-1] for message in desk.sms.sent] == ["2", "4", "3", "1", "0"]


async def test_one_endpoint_has_one_text_in_flight_and_a_flood_for_it_holds_up_nobody(desk: Desk) -> None:
    await desk.db.write(lambda c: [put(c, desk.street) for _ in range(7)])

    assert await desk.drain() == 1, "one a batch"
    assert len(desk.sms.sent) == 1

    await desk.db.write(lambda c: c.exec_driver_sql("UPDATE notice SET state = 'sending' WHERE state = 'sent'"))
    assert await desk.drain() == 0, "none beside the one in flight"
    states = [row.state for row in await desk.db.read(notice_rows)]
    assert states.count(NoticeState.PLANNED) == 6
