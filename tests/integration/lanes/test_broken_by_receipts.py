"""A lane of which only receipts tell that it is broken: the provider takes its texts, and carriers refuse them all."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName, Consequence, Deferred, DeliveryState, Receipt
from domain.notice import NoticeState
from scheduler import lane_health
from scheduler.consequences import ATTEMPTS
from scheduler.lane_health import BROKEN_REST
from scheduler.receipts import apply_receipt
from storage import breaker, lanes
from storage.breaker import FAULTS, FIRST_PROBE, by_receipt
from storage.database import Database
from storage.schema import lane
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import add_street, lane_id, later, notice_rows, put_all, tasks
from tests.fixtures.sending import Desk, open_desk

CODE = "twilio.30034"
PEOPLE = 12


async def refused_so_far(desk: Desk, known: int) -> int:
    """Let the carrier refuse what was sent since `known` texts; return how many were sent."""
    for message in desk.sms.sent[known:]:
        await told(desk, Receipt(message.id, None, DeliveryState.UNDELIVERED, CODE, Consequence.LANE_BROKEN))
    return len(desk.sms.sent)


async def told(desk: Desk, receipt: Receipt) -> None:
    await desk.db.write(lambda c: apply_receipt(c, receipt, channel=ChannelName.SMS, now=desk.clock.now()))


async def broken_since(desk: Desk) -> object:
    return await desk.db.read(lambda c: c.execute(select(lane.c.broken_since).where(lane.c.id == desk.lane)).scalar())


async def broken(db: Database) -> Desk:
    """A street whose first texts were all refused, and for which a canary has left."""
    desk = await open_desk(db, PEOPLE)
    await db.write(lambda c: put_all(c, desk.street))
    await desk.dispatcher.drain_all()
    await refused_so_far(desk, 0)
    desk.clock.advance(BROKEN_REST)
    await desk.dispatcher.drain_all()
    assert len(desk.sms.sent) == PEOPLE + 1
    return desk


async def test_the_texts_that_are_refused_are_not_sent_again_and_again(any_db: Database) -> None:
    desk = await broken(any_db)
    known = await refused_so_far(desk, PEOPLE)
    looks = 20
    for _ in range(looks):
        desk.clock.advance(BROKEN_REST)
        await desk.dispatcher.drain_all()
        known = await refused_so_far(desk, known)

    assert known <= PEOPLE + 1 + looks, "one at a time"


async def test_a_text_that_is_refused_each_time_is_given_up_and_the_desk_is_told(db: Database) -> None:
    desk = await open_desk(db)
    await db.write(lambda c: put_all(c, desk.street))
    known = 0
    for _ in range(3 * ATTEMPTS):
        await desk.dispatcher.drain_all()
        known = await refused_so_far(desk, known)
        desk.clock.advance(BROKEN_REST)

    assert known == ATTEMPTS
    assert [row.state for row in await db.read(notice_rows)] == [NoticeState.FAILED]
    assert await db.read(tasks) == ["failed"]


async def test_a_canary_that_the_provider_takes_mends_nothing(any_db: Database) -> None:
    desk = await broken(any_db)

    desk.clock.advance(BROKEN_REST)
    await desk.dispatcher.drain_all()

    assert len(desk.sms.sent) == PEOPLE + 2
    assert await broken_since(desk) == NOW


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DELIVERED])
async def test_a_canary_that_got_through_mends_the_lane_and_all_the_others_leave(
    any_db: Database, state: DeliveryState
) -> None:
    desk = await broken(any_db)

    await told(desk, Receipt(desk.sms.sent[-1].id, None, state))

    assert await broken_since(desk) is None
    await desk.dispatcher.drain_all()
    assert {row.state for row in await any_db.read(notice_rows)} <= {NoticeState.SENT, NoticeState.DELIVERED}


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.DELIVERED])
async def test_neither_a_mere_acceptance_nor_an_older_text_proves_that_it_is_over(
    any_db: Database, state: DeliveryState
) -> None:
    desk = await broken(any_db)
    one = desk.sms.sent[-1 if state is DeliveryState.ACCEPTED else 0]

    await told(desk, Receipt(one.id, None, state))

    assert await broken_since(desk) == NOW


def test_it_takes_a_receipt_to_mend_what_receipts_have_broken_and_an_answer_to_mend_the_rest(
    any_connection: Connection,
) -> None:
    add_street(any_connection)
    here = lane_id(any_connection)
    for code, mends, does_not in [
        (by_receipt("x" * 99), breaker.got_through, breaker.mend),
        (CODE, breaker.mend, breaker.got_through),
    ]:
        breaker.trip(any_connection, here, code=code, probe=FIRST_PROBE, now=NOW)
        assert not does_not(any_connection, here)
        assert mends(any_connection, here)
        assert lanes.look(any_connection, here, now=NOW).units > 1
        assert not mends(any_connection, here), "it is whole"


def test_what_was_broken_already_is_known_by_receipts_from_then_on(any_connection: Connection) -> None:
    add_street(any_connection)
    here = lane_id(any_connection)
    lane_health.judge(any_connection, here, [Deferred("http.unreachable")] * FAULTS, now=NOW)
    lane_health.rest(any_connection, here, now=later(minutes=1), code=by_receipt(CODE), is_broken=True)

    assert not breaker.mend(any_connection, here)

    row = any_connection.execute(select(lane).where(lane.c.id == here)).one()
    assert (row.broken_since, row.broken_reason, row.faults) == (NOW, f"{CODE} (receipt)", 0)
    assert row.paused_until == NOW + timedelta(minutes=1) + BROKEN_REST
