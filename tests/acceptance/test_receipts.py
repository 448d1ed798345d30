"""What carriers say afterwards: in any order, late, twice or never; the desk and the people see what is true."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.delivery import Consequence, Deferred, DeliveryState, Rejected, Unknown
from storage.schema import delivery, endpoint, notice
from tests.acceptance.stage import Stage, row

ADA = "+19075550101"
TOLD = select(notice.c.state).where(notice.c.kind == "hearing_set")


def fate(stage: Stage) -> str:
    """What became of the text that a hearing is set."""
    [one] = stage.rows(TOLD)
    return str(one.state)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ([DeliveryState.SENT, DeliveryState.DELIVERED], "delivered"),
        ([DeliveryState.DELIVERED, DeliveryState.SENT], "delivered"),
        ([DeliveryState.DELIVERED, DeliveryState.DELIVERED], "delivered"),
        ([DeliveryState.READ, DeliveryState.DELIVERED], "delivered"),
        ([DeliveryState.ACCEPTED, DeliveryState.SENT], "sent"),
        ([], "sent"),
    ],
    ids=["in order", "the last first", "twice", "read first", "never that it arrived", "never anything"],
)
async def test_receipts_tell_the_same_in_any_order(stage: Stage, said: list[DeliveryState], end: str) -> None:
    stage.sms.confirms = False
    await stage.import_(row())

    for state in said:
        await stage.receipt(0, state)

    assert fate(stage) == end
    assert len(stage.phone(ADA).texts) == 1
    assert stage.desk() == {}


async def test_a_phone_that_is_off_is_tried_again_within_the_window_and_not_for_ever(stage: Stage) -> None:
    stage.sms.confirms = False
    await stage.import_(row())

    for _ in range(8):
        await stage.bounce(-1, "twilio.30003", Consequence.NONE)
        await stage.later(timedelta(hours=6))

    attempts = stage.rows(
        select(delivery.c.id).join(notice, notice.c.id == delivery.c.notice_id).where(notice.c.kind == "hearing_set")
    )
    assert 1 <= len(attempts) < 8
    assert stage.rows(select(endpoint.c.state))[0].state == "active", "a phone that is off is not dead"


async def test_a_late_word_that_it_never_arrived_does_not_undo_that_it_did(stage: Stage) -> None:
    await stage.import_(row())
    assert fate(stage) == "delivered"

    await stage.bounce(0, "twilio.30005", Consequence.DEAD_ADDRESS)

    assert fate(stage) == "delivered"
    assert len(stage.phone(ADA).texts) == 1


async def test_a_number_that_nobody_has_ends_there_and_the_desk_finds_another_way(stage: Stage) -> None:
    stage.sms.confirms = False
    await stage.import_(row())

    await stage.bounce(0, "twilio.30005", Consequence.DEAD_ADDRESS)
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == 1, "no reminder to nobody"
    assert stage.desk()["unreachable"] == 1


async def test_a_text_of_unknown_fate_that_did_arrive_is_not_sent_again(stage: Stage) -> None:
    stage.sms.confirms = False
    stage.sms.will(Unknown("http.timeout"), and_leave=True)
    await stage.import_(row())

    await stage.receipt(0, DeliveryState.DELIVERED)
    await stage.later(timedelta(hours=3))

    assert fate(stage) == "delivered"
    assert len(stage.phone(ADA).texts) == 1


async def test_a_text_of_unknown_fate_that_never_left_comes_once(stage: Stage) -> None:
    stage.sms.will(Unknown("http.timeout"))
    await stage.import_(row())

    await stage.later(timedelta(hours=3))

    assert len(stage.phone(ADA).texts) == 1
    assert fate(stage) == "delivered"


async def test_being_told_to_wait_is_no_failure_and_costs_nobody_their_text(stage: Stage) -> None:
    stage.sms.will(Deferred("twilio.20429", timedelta(seconds=30), lane_wide=True))
    await stage.import_(row())
    assert stage.phone(ADA).texts == []

    await stage.later(timedelta(minutes=2))

    [text] = stage.phone(ADA).texts
    assert "3EX-26-00001CR" in text
    [at] = stage.phone(ADA).times
    assert at >= stage.at("2026-06-01 10:00") + timedelta(seconds=30)
    assert stage.desk() == {}


async def test_a_text_that_the_carrier_will_never_take_is_told_to_the_desk_and_the_next_is_still_tried(
    stage: Stage,
) -> None:
    stage.sms.will(Rejected("twilio.30007"))
    await stage.import_(row())
    assert fate(stage) == "failed"

    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == 3, "the reminders"


async def test_a_receipt_for_a_text_of_ours_that_we_never_sent_changes_nothing(stage: Stage) -> None:
    await stage.import_(row())
    before = stage.rows(select(delivery.c.id, delivery.c.state))
    message = stage.sms.left[0][1]

    stage.sms.left.append((stage.clock.now(), type(message)(id=4711, to=message.to, text="?")))
    await stage.bounce(-1, "twilio.30005", Consequence.DEAD_ADDRESS)

    assert stage.rows(select(delivery.c.id, delivery.c.state)) == before
    assert stage.desk() == {}
