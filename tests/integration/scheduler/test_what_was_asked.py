"""A question is open where somebody may have read it, and nowhere else: whatever became of the text that asks it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from domain.delivery import (
    ChannelName,
    Consequence,
    Deferred,
    DeliveryState,
    NotFound,
    Receipt,
    Rejected,
    SendOutcome,
    Unknown,
)
from scheduler import dispatch
from scheduler.receipts import apply_receipt
from storage.database import Database
from storage.schema import question
from tests.fixtures.conversation import Phone, attendance
from tests.fixtures.facts import COMING, NOW, add_hearing
from tests.fixtures.outbox import put
from tests.fixtures.sending import Desk, open_desk

PHONE_OFF = Receipt(1, None, DeliveryState.UNDELIVERED, "twilio.30003", may_retry=True)
ARRIVED = Receipt(1, None, DeliveryState.DELIVERED)


async def asking(desk: Desk, *outcomes: SendOutcome, and_leave: bool = False) -> None:
    """Send a reminder that asks "will you come?", with these answers of the provider."""
    desk.sms.will(*outcomes, and_leave=and_leave)
    await desk.db.write(lambda c: put(c, desk.street, asks_attendance=True))
    await desk.drain()


async def told(desk: Desk, receipt: Receipt) -> None:
    await desk.db.write(lambda c: apply_receipt(c, receipt, channel=ChannelName.SMS, now=desk.clock.now()))


async def asked_at(desk: Desk) -> list[timedelta]:
    """Return how long after the beginning each open question was asked."""
    query = select(question.c.asked_at).where(question.c.state == "open").order_by(question.c.id)
    return [at - NOW for at in await desk.db.read(lambda c: c.execute(query).scalars().all())]


@pytest.mark.parametrize(
    "outcome",
    [
        Deferred("twilio.30001"),
        Deferred("twilio.429", lane_wide=True),
        Rejected("twilio.30007"),
        Rejected("twilio.30005", Consequence.DEAD_ADDRESS),
        Rejected("twilio.21610", Consequence.OPTED_OUT),
    ],
    ids=str,
)
async def test_what_did_not_leave_has_asked_nothing(any_db: Database, outcome: SendOutcome) -> None:
    desk = await open_desk(any_db)
    await asking(desk, outcome)

    assert await asked_at(desk) == []


async def test_what_leaves_in_the_end_has_asked_then_and_once(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await asking(desk, Deferred("twilio.30001"), Deferred("twilio.30001"))
    for _ in range(2):
        desk.clock.advance(timedelta(minutes=20))
        await desk.drain()

    assert await asked_at(desk) == [timedelta(minutes=40)]


async def test_what_the_provider_never_had_asks_when_it_is_sent_again(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await asking(desk, Unknown("http.timeout"))
    assert await asked_at(desk) == [timedelta(0)], "it may have left"

    desk.clock.advance(timedelta(minutes=6))
    await desk.dispatcher.reconcile()
    assert await asked_at(desk) == []
    await desk.drain()
    assert await asked_at(desk) == [timedelta(minutes=6)]


async def test_a_phone_that_was_off_was_asked_nothing_until_the_text_arrives(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await asking(desk)
    await told(desk, PHONE_OFF)
    assert await asked_at(desk) == []

    await told(desk, ARRIVED)
    assert await asked_at(desk) == [timedelta(0)]
    courts, now = desk.street.scene.courts, desk.clock.now()
    await any_db.write(lambda c: Phone(c, courts, number="+19075550100", now=now).text("YES"))
    assert await any_db.read(lambda c: attendance(c, desk.street.scene)) == [("coming", 1)]


async def test_what_an_earlier_text_has_asked_stays_asked(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await asking(desk)
    await told(desk, ARRIVED)
    desk.clock.advance(timedelta(minutes=10))
    await asking(desk, Rejected("twilio.30007"))

    assert await asked_at(desk) == [timedelta(0)]


async def test_several_hearings_that_are_tried_again_together_ask_once(any_db: Database) -> None:
    desk = await open_desk(any_db)

    def build(connection: Connection) -> None:
        scene = desk.street.scene
        for number in range(4):
            later = replace(COMING, starts_at=COMING.starts_at + timedelta(minutes=15 * number))
            hearing_id = add_hearing(connection, scene.court_id, scene.case_id, later)
            put(connection, desk.street, asks_attendance=True, bundle_key="day", hearing_id=hearing_id)

    await any_db.write(build)
    desk.sms.will(*[Deferred("twilio.30001")] * 3)
    for _ in range(6):
        await desk.drain()
        desk.clock.advance(timedelta(minutes=20))

    assert len(desk.sms.sent) == 1
    assert len(await asked_at(desk)) == 1


@pytest.mark.parametrize("second", [Deferred("twilio.30001"), None], ids=["it did not leave", "it left"])
async def test_of_two_attempts_the_one_that_arrived_has_asked(any_db: Database, second: Deferred | None) -> None:
    desk = await open_desk(any_db)
    await asking(desk, Unknown("http.timeout"), and_leave=True)
    desk.sms.will_find(NotFound())
    desk.clock.advance(timedelta(minutes=6))
    await desk.dispatcher.reconcile()
    courts, now = desk.street.scene.courts, desk.clock.now()
    work = lambda c: dispatch.prepare(c, lane_id=desk.lane, courts=courts, now=now, limit=1)  # noqa: E731 - read once
    batch = await any_db.write(work)

    await told(desk, ARRIVED)
    outcomes = [(message, second or await desk.sms.send(message)) for message in batch.messages]
    await any_db.write(lambda c: dispatch.settle(c, outcomes, lane_id=desk.lane, now=now))

    assert await asked_at(desk) == [timedelta(0)]
