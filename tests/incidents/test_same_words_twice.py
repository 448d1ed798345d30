"""Once, HELP was asked twice and answered once: the second answer got lost, and the first one's text passed for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from bot.channels.http import HttpWire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from bot.sandbox.faults import DROP_AFTER_ACCEPT, DROP_BEFORE_ACCEPT, Fault
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import ChannelName, DeliveryState, Receipt
from domain.notice import NoticeState
from scheduler.dispatch import RECEIPT_GRACE
from scheduler.receipts import apply_receipt
from storage import notices
from storage.database import Database
from storage.notices import Target
from storage.outbox import IN_TURN
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, notice_rows, phone
from tests.fixtures.sending import Desk, open_desk

PAUSE = timedelta(seconds=20)
WORDS = "Call the court for a person."


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Twilio's stand-in."""
    async with Sandbox(SteppedClock(NOW), pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def desk(any_db: Database, sandbox: Sandbox) -> AsyncIterator[Desk]:
    """A street of one behind the real client."""
    wire, who = HttpWire(proxies={}), sandbox.identities
    client = twilio_client(who.account_sid, who.auth_token, wire, base_url=sandbox.url)
    desk = await open_desk(any_db)
    lane = TwilioSms(client, sender=who.number, public_url="http://127.0.0.1:9")
    desk.dispatcher = desk.another({"sms:default": lane})
    yield desk
    await wire.aclose()


async def answer(desk: Desk, key: str) -> None:
    """Say the same to somebody once more, a little later."""

    def work(connection: Connection) -> None:
        whom = desk.street.scene.parties[0].endpoint_id
        assert whom is not None
        place = Target(endpoint_id=whom, lane_id=desk.lane, court_id=desk.street.scene.court_id)
        until = NOW + timedelta(days=1)
        notices.add_reply(connection, place, WORDS, dedupe_key=key, now=desk.clock.now(), expires_at=until)

    await desk.db.write(work)
    await desk.dispatcher.drain_all()
    desk.clock.advance(PAUSE)


@pytest.mark.parametrize("fault", [DROP_BEFORE_ACCEPT, DROP_AFTER_ACCEPT], ids=["never left", "left"])
async def test_the_same_words_said_twice_come_twice_though_one_answer_of_the_provider_is_lost(
    desk: Desk, sandbox: Sandbox, fault: Fault
) -> None:
    await answer(desk, "reply:1:0")
    sandbox.script.add(fault)
    await answer(desk, "reply:2:0")

    desk.clock.advance(RECEIPT_GRACE)
    await desk.dispatcher.reconcile()
    await desk.dispatcher.drain_all()
    await sandbox.settle()

    assert sandbox.ledger.count(phone(0).value) == 2
    assert [row.state for row in await desk.db.read(notice_rows)] == [NoticeState.SENT] * 2


async def test_two_texts_of_the_same_words_that_are_both_unknown_are_not_both_taken_for_the_one_that_left(
    desk: Desk, sandbox: Sandbox
) -> None:
    for number, fault in enumerate((DROP_AFTER_ACCEPT, DROP_BEFORE_ACCEPT)):
        sandbox.script.add(fault)
        await answer(desk, f"reply:{number}:0")
        desk.clock.advance(IN_TURN - PAUSE)

    for _ in range(3):
        await desk.dispatcher.reconcile()
        desk.clock.advance(RECEIPT_GRACE)
        await desk.dispatcher.drain_all()
    await sandbox.settle()

    assert sandbox.ledger.count(phone(0).value) == 2
    assert [row.state for row in await desk.db.read(notice_rows)] == [NoticeState.SENT] * 2
    ids = [row.provider_id for row in await desk.db.read(delivery_rows) if row.provider_id]
    assert len(ids) == len(set(ids)) == 2


async def test_a_receipt_says_whose_text_it_was_that_a_look_up_took_for_anothers(desk: Desk, sandbox: Sandbox) -> None:
    for number, fault in enumerate((DROP_BEFORE_ACCEPT, DROP_AFTER_ACCEPT)):
        sandbox.script.add(fault)
        await answer(desk, f"reply:{number}:0")
        desk.clock.advance(IN_TURN - PAUSE)
    await desk.dispatcher.reconcile()
    first, second = await desk.db.read(delivery_rows)
    assert first.provider_id, "the look-up knows the words only, and the first asks first"

    receipt = Receipt(second.id, first.provider_id, DeliveryState.DELIVERED)
    await desk.db.write(partial(apply_receipt, receipt=receipt, channel=ChannelName.SMS, now=desk.clock.now()))
    for _ in range(2):
        await desk.dispatcher.reconcile()
        await desk.dispatcher.drain_all()
        desk.clock.advance(RECEIPT_GRACE)
    await sandbox.settle()

    assert sandbox.ledger.count(phone(0).value) == 2
    states = sorted(row.state for row in await desk.db.read(notice_rows))
    assert states == [NoticeState.DELIVERED, NoticeState.SENT]
