"""What is tried again because the first attempt seemed lost: whichever of them arrives, they were told, and no more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from domain.delivery import (
    ChannelName,
    Consequence,
    Deferred,
    DeliveryState,
    NotFound,
    OutgoingMessage,
    Receipt,
    Rejected,
    SendOutcome,
    Unknown,
)
from domain.notice import NoticeState
from handlers import hearings
from scheduler import dispatch
from scheduler.planner import replan
from scheduler.receipts import apply_receipt
from storage.database import Database
from tests.fixtures.facts import COMING, NOW, add_hearing
from tests.fixtures.outbox import delivery_rows, notice_rows, put, tasks
from tests.fixtures.sending import Desk, open_desk

FIRST_ARRIVED = Receipt(1, "mem-1", DeliveryState.DELIVERED)
NOT_TAKEN = [
    Deferred("twilio.30001"),
    Rejected("twilio.21617"),
    Rejected("twilio.30005", Consequence.DEAD_ADDRESS),
    Rejected("twilio.21610", Consequence.OPTED_OUT),
    Unknown("http.timeout"),
]


async def lost_from_sight(desk: Desk) -> None:
    """Send what is due; it leaves, and nobody knows: then the provider does not find it."""
    desk.sms.will(Unknown("http.timeout"), and_leave=True)
    await desk.drain()
    desk.sms.will_find(NotFound())
    desk.clock.advance(timedelta(minutes=6))
    await desk.dispatcher.reconcile()


async def on_the_wire(desk: Desk) -> Sequence[OutgoingMessage]:
    """Take what is due up to the wire."""
    courts, now = desk.street.scene.courts, desk.clock.now()
    work = lambda c: dispatch.prepare(c, lane_id=desk.lane, courts=courts, now=now, limit=10)  # noqa: E731 - read once
    return (await desk.db.write(work)).messages


async def answered(desk: Desk, messages: Sequence[OutgoingMessage], outcome: SendOutcome) -> None:
    answers = [(message, outcome) for message in messages]
    await desk.db.write(lambda c: dispatch.settle(c, answers, lane_id=desk.lane, now=desk.clock.now()))


async def the_first_arrives(desk: Desk) -> None:
    await desk.db.write(lambda c: apply_receipt(c, FIRST_ARRIVED, channel=ChannelName.SMS, now=desk.clock.now()))


async def days_pass(desk: Desk) -> None:
    for _ in range(6):
        desk.clock.advance(timedelta(hours=5))
        await desk.dispatcher.reconcile()
        await desk.dispatcher.drain_all()


@pytest.mark.parametrize("outcome", NOT_TAKEN, ids=str)
async def test_the_first_arrives_while_the_second_is_on_the_wire_and_there_is_no_third(
    any_db: Database, outcome: SendOutcome
) -> None:
    desk = await open_desk(any_db)
    await any_db.write(lambda c: put(c, desk.street))
    await lost_from_sight(desk)
    messages = await on_the_wire(desk)
    await the_first_arrives(desk)

    await answered(desk, messages, outcome)
    await days_pass(desk)

    [row] = await any_db.read(notice_rows)
    assert row.state is NoticeState.DELIVERED
    assert [one.attempt for one in await any_db.read(delivery_rows)] == [1, 2]
    assert "failed" not in await any_db.read(tasks)


async def test_the_first_arrives_when_the_second_was_put_off_and_there_is_no_third(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await any_db.write(lambda c: put(c, desk.street))
    await lost_from_sight(desk)
    await answered(desk, await on_the_wire(desk), Deferred("twilio.30001"))

    await the_first_arrives(desk)
    await days_pass(desk)

    [row] = await any_db.read(notice_rows)
    assert (row.state, len(desk.sms.sent)) == (NoticeState.DELIVERED, 1)


async def test_all_that_the_first_told_is_told_and_nothing_else(any_db: Database) -> None:
    desk = await open_desk(any_db)

    def another(connection: Connection, number: int) -> int:
        scene = desk.street.scene
        later = replace(COMING, starts_at=COMING.starts_at + timedelta(hours=number))
        hearing_id = add_hearing(connection, scene.court_id, scene.case_id, later)
        return put(connection, desk.street, bundle_key="day", hearing_id=hearing_id)

    together = await any_db.write(lambda c: {another(c, number) for number in (1, 2, 3)})
    await lost_from_sight(desk)
    joined = await any_db.write(lambda c: another(c, 4))
    desk.clock.advance(timedelta(minutes=1))
    messages = await on_the_wire(desk)
    assert len(messages) == 1, "all four in one"

    await the_first_arrives(desk)
    await answered(desk, messages, Deferred("twilio.30001"))

    states = {row.id: row.state for row in await any_db.read(notice_rows)}
    assert {one for one, state in states.items() if state is NoticeState.DELIVERED} == together
    assert states[joined] is NoticeState.PLANNED, "that one is tried again"


async def test_what_a_late_receipt_says_of_the_old_date_is_not_that_they_know_the_new_one(any_db: Database) -> None:
    desk = await open_desk(any_db)
    scene = desk.street.scene
    await any_db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=NOW))
    await desk.drain()
    off = Receipt(1, "mem-1", DeliveryState.UNDELIVERED, error_code="twilio.30003", may_retry=True)
    await any_db.write(lambda c: apply_receipt(c, off, channel=ChannelName.SMS, now=desk.clock.now()))
    desk.clock.advance(timedelta(minutes=5))
    new, then = COMING.starts_at + timedelta(days=1), desk.clock.now()
    await any_db.write(lambda c: hearings.move(c, scene.hearing_id, new, staff="ada", courts=scene.courts, now=then))

    await the_first_arrives(desk)
    desk.clock.advance(timedelta(hours=3))
    await desk.dispatcher.drain_all()

    assert len(desk.sms.texts) == 2
    assert desk.sms.texts[0] != desk.sms.texts[1], "the second tells the new day"
