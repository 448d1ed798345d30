"""Who could not be reached and can be again is told all that is still to come, and what could not be told meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from bot.arrivals import telegram_arrival
from domain.delivery import ChannelName, Consequence, DeliveryState, Receipt, Rejected, Unknown
from domain.gate import EndpointState
from domain.notice import NoticeKind, NoticeState
from handlers import hearings
from scheduler.planner import replan
from scheduler.receipts import apply_receipt
from storage import endpoints
from storage.database import Database
from storage.tasks import close_task
from tests.fixtures.conversation import BOT_ID, Phone, membership_of
from tests.fixtures.facts import COMING
from tests.fixtures.outbox import delivery_rows, notice_rows, tasks
from tests.fixtures.sending import Desk, open_desk

K = NoticeKind
NOBODY = Receipt(1, None, DeliveryState.UNDELIVERED, "twilio.30005", Consequence.DEAD_ADDRESS)
PHONE_OFF = Receipt(1, None, DeliveryState.UNDELIVERED, "twilio.30003", may_retry=True)
HOUR = timedelta(hours=1)


async def planned(db: Database, channel: ChannelName = ChannelName.SMS) -> Desk:
    """One person whose hearing is planned for."""
    desk = await open_desk(db, channel=channel)
    await replanned(desk)
    return desk


async def replanned(desk: Desk) -> None:
    scene = desk.street.scene
    await desk.db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=desk.clock.now()))


async def receive(desk: Desk, receipt: Receipt) -> None:
    await desk.db.write(lambda c: apply_receipt(c, receipt, channel=ChannelName.SMS, now=desk.clock.now()))


async def at_the_phone(desk: Desk, act: Callable[[Phone], object]) -> str:
    """Let the person do something; return what it was taken for."""
    channel = desk.street.channel
    number = "+19075550100" if channel is ChannelName.SMS else "1000"

    def work(connection: Connection) -> str:
        phone = Phone(connection, desk.street.scene.courts, number=number, channel=channel, now=desk.clock.now())
        act(phone)
        return phone.taken

    return await desk.db.write(work)


async def lets_the_bot_in(desk: Desk) -> str:
    """Let the person let the bot in again; return what it was taken for."""
    returned = telegram_arrival(membership_of("member", chat=1000), bot_id=BOT_ID)
    assert returned is not None
    return await at_the_phone(desk, lambda phone: phone.receive(returned))


async def fates(desk: Desk) -> dict[NoticeState, list[NoticeKind]]:
    """Return the kinds of notices, replies apart, in each state."""
    found: dict[NoticeState, list[NoticeKind]] = {}
    for row in await desk.db.read(notice_rows):
        if row.kind is not K.REPLY:
            found.setdefault(row.state, []).append(row.kind)
    return found


ALL = {NoticeState.PLANNED: [K.HEARING_SET, K.REMINDER, K.REMINDER, K.REMINDER]}


@pytest.mark.parametrize("word", ["HELP", "START"])
async def test_who_was_thought_unreachable_and_writes_is_told_of_everything(any_db: Database, word: str) -> None:
    desk = await planned(any_db)
    await desk.drain()
    await receive(desk, NOBODY)
    assert await fates(desk) == {NoticeState.FAILED: [K.HEARING_SET], NoticeState.DROPPED: [K.REMINDER] * 3}
    await replanned(desk)
    assert NoticeState.PLANNED not in await fates(desk), "there is nobody to plan for"

    desk.clock.advance(HOUR)
    await at_the_phone(desk, lambda phone: phone.text(word))

    assert await fates(desk) == ALL
    desk.clock.advance(HOUR)
    await desk.dispatcher.drain_all()
    assert (await fates(desk))[NoticeState.SENT] == [K.HEARING_SET]


async def test_a_text_that_arrives_after_all_brings_the_reminders_back(any_db: Database) -> None:
    desk = await planned(any_db)
    await desk.drain()
    await receive(desk, NOBODY)

    desk.clock.advance(HOUR)
    await receive(desk, Receipt(1, None, DeliveryState.DELIVERED))

    assert await fates(desk) == {NoticeState.DELIVERED: [K.HEARING_SET], NoticeState.PLANNED: [K.REMINDER] * 3}


async def test_who_blocked_the_bot_and_says_start_is_told_of_everything(any_db: Database) -> None:
    desk = await planned(any_db, ChannelName.TELEGRAM)
    desk.telegram.will(Rejected("telegram.blocked", Consequence.OPTED_OUT))
    await desk.drain()
    desk.clock.advance(HOUR)

    assert await lets_the_bot_in(desk) == "unblocked"
    assert NoticeState.PLANNED not in await fates(desk), "they have not said START"
    assert await at_the_phone(desk, lambda phone: phone.text("START")) == "started"

    assert await fates(desk) == ALL


async def test_a_chat_that_was_gone_and_lets_the_bot_in_again_is_told_of_everything(any_db: Database) -> None:
    desk = await planned(any_db, ChannelName.TELEGRAM)
    desk.telegram.will(Rejected("telegram.chat_not_found", Consequence.DEAD_ADDRESS))
    await desk.drain()
    desk.clock.advance(HOUR)

    await lets_the_bot_in(desk)

    assert await fates(desk) == ALL


async def test_who_was_stopped_at_the_carrier_and_says_start_hears_that_the_hearing_moved(any_db: Database) -> None:
    desk = await planned(any_db)
    await desk.drain()
    await receive(desk, Receipt(1, None, DeliveryState.DELIVERED))
    scene = desk.street.scene
    when = COMING.starts_at - timedelta(days=3)
    now = desk.clock.now()
    await any_db.write(lambda c: hearings.move(c, scene.hearing_id, when, staff="clerk", courts=scene.courts, now=now))
    desk.sms.will(Rejected("twilio.21610", Consequence.OPTED_OUT))
    await desk.drain()
    assert K.CHANGE in (await fates(desk))[NoticeState.FAILED]

    desk.clock.advance(HOUR)
    assert await at_the_phone(desk, lambda phone: phone.text("START")) == "started"

    assert K.CHANGE in (await fates(desk))[NoticeState.PLANNED]


@pytest.mark.parametrize("arrives", [False, True], ids=["it arrived nowhere", "it arrived meanwhile"])
async def test_who_stops_while_their_phone_is_off_and_says_start_is_told_what_did_not_arrive(
    any_db: Database,
    arrives: bool,  # noqa: FBT001
) -> None:
    desk = await planned(any_db)
    await desk.drain()
    await receive(desk, PHONE_OFF)
    desk.clock.advance(HOUR)
    await at_the_phone(desk, lambda phone: phone.text("STOP"))
    if arrives:
        await receive(desk, Receipt(1, None, DeliveryState.DELIVERED))
    desk.clock.advance(HOUR)

    await at_the_phone(desk, lambda phone: phone.text("START"))

    assert (K.HEARING_SET in (await fates(desk))[NoticeState.PLANNED]) is not arrives


async def test_who_stops_and_says_start_after_a_text_that_never_left_is_told_it(any_db: Database) -> None:
    desk = await planned(any_db)
    desk.sms.will(Unknown("http.timeout"))
    await desk.drain()
    desk.clock.advance(timedelta(minutes=6))
    await desk.dispatcher.reconcile()

    for word in ("STOP", "START"):
        await at_the_phone(desk, partial(Phone.text, text=word))
        desk.clock.advance(HOUR)

    assert await fates(desk) == ALL


async def test_what_the_carrier_did_not_want_is_not_sent_again_because_somebody_writes(any_db: Database) -> None:
    desk = await planned(any_db)
    desk.sms.will(Rejected("twilio.30007"))
    await desk.drain()
    desk.clock.advance(HOUR)

    await at_the_phone(desk, lambda phone: phone.text("START"))

    assert (await fates(desk))[NoticeState.FAILED] == [K.HEARING_SET]
    assert await any_db.read(tasks) == ["failed"]


async def test_what_lives_again_is_tried_afresh_and_what_became_of_it_stays_on_record(any_db: Database) -> None:
    desk = await planned(any_db)
    await desk.drain()
    await receive(desk, NOBODY)
    desk.clock.advance(HOUR)
    await at_the_phone(desk, lambda phone: phone.text("HELP"))

    rows = await any_db.read(notice_rows)
    afresh = {(NoticeState.PLANNED, 0, None, None)}
    assert {(row.state, row.attempts, row.reason, row.ended_at) for row in rows} == afresh
    [first] = await any_db.read(delivery_rows)
    assert (first.state, first.error_code) == (DeliveryState.UNDELIVERED, "twilio.30005")
    assert await any_db.read(lambda c: endpoints.get(c, 1).state) is EndpointState.ACTIVE


async def test_who_blocks_the_bot_a_second_time_is_on_the_desks_list_a_second_time(any_db: Database) -> None:
    desk = await planned(any_db, ChannelName.TELEGRAM)
    for number in (1, 2):
        desk.clock.advance(HOUR)
        for status in ("kicked", "member"):
            change = telegram_arrival(membership_of(status, chat=1000), bot_id=BOT_ID)
            assert change is not None
            await at_the_phone(desk, partial(Phone.receive, arrival=change))
        await at_the_phone(desk, lambda phone: phone.text("START"))
        assert await any_db.read(tasks) == ["unreachable"] * number
        await any_db.write(partial(close_task, task_id=number, now=desk.clock.now()))


async def test_a_chat_that_is_frozen_stays_so_when_the_bot_is_shut_out_and_let_in_again(any_db: Database) -> None:
    desk = await planned(any_db, ChannelName.TELEGRAM)
    await any_db.write(partial(endpoints.change, endpoint_id=1, state=EndpointState.FROZEN))
    for status in ("kicked", "member"):
        change = telegram_arrival(membership_of(status, chat=1000), bot_id=BOT_ID)
        assert change is not None
        await at_the_phone(desk, partial(Phone.receive, arrival=change))

    assert await any_db.read(lambda c: endpoints.get(c, 1).state) is EndpointState.FROZEN
