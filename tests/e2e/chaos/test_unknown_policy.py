"""What the Unknown policy costs: who is told twice when the provider's answers get lost, by SMS and Telegram."""

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest

from bot.channels.http import HttpWire
from bot.channels.telegram import TelegramChannel, telegram_bot
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from bot.sandbox.faults import Answer, Fault, Receipts
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import ChannelName
from scheduler.dispatch import RECEIPT_GRACE
from storage.database import Database
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import chat, phone, put_all
from tests.fixtures.sending import open_desk

PEOPLE, LOST = (
    200,
    20,
)  # people, and how many of the provider's answers get lost: with no receipt either, the worst case
WORST = Fault(answer=Answer.DROP, receipts=Receipts.NONE)

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Both providers."""
    async with Sandbox(SteppedClock(NOW), pace=0) as sandbox:
        for number in range(PEOPLE):
            sandbox.add_phone(Phone(number=chat(number).value, channel=ChannelName.TELEGRAM, has_written=True))
        yield sandbox


@pytest.mark.parametrize(("channel", "twice"), [(ChannelName.SMS, 0), (ChannelName.TELEGRAM, LOST)], ids=str)
async def test_of_those_whose_answers_got_lost_only_those_are_told_twice_whose_provider_cannot_be_asked(
    db: Database, sandbox: Sandbox, channel: ChannelName, twice: int
) -> None:
    who, wire = sandbox.identities, HttpWire(proxies={})
    client = twilio_client(who.account_sid, who.auth_token, wire, base_url=sandbox.url)
    desk = await open_desk(db, PEOPLE, channel=channel)
    desk.dispatcher = desk.another(
        {
            "sms:default": TwilioSms(client, sender=who.number, public_url="http://127.0.0.1:9"),
            "telegram:default": TelegramChannel(telegram_bot(who.telegram_token, wire, base_url=sandbox.url)),
        }
    )
    await db.write(partial(put_all, street=desk.street))
    sandbox.script.add(WORST, times=LOST)

    for _ in range(4):
        await desk.dispatcher.drain_all()
        desk.clock.advance(RECEIPT_GRACE)
        await desk.dispatcher.reconcile()
    await sandbox.settle()

    place = phone if channel is ChannelName.SMS else chat
    got = Counter(sandbox.ledger.count(place(number).value) for number in range(PEOPLE))
    print(f"{channel}: {LOST} of {PEOPLE} answers lost, {got[2]} told twice, {got[0]} not at all")
    assert got == Counter({1: PEOPLE - twice, 2: twice} if twice else {1: PEOPLE})
    await wire.aclose()
