"""The product's own channels against the sandbox: what each fault looks like from the dispatcher's side."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from bot.channels.telegram import TelegramChannel, telegram_bot
from bot.channels.telegram_updates import parse_update
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from bot.channels.twilio_webhooks import parse_inbound, parse_status
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from bot.telegram.setup import use_polling, use_webhook
from bot.web.hooks import TELEGRAM_PATH
from bot.web.signatures import TwilioSignature
from domain.clock import SteppedClock
from domain.delivery import (
    Address,
    ChannelName,
    Consequence,
    Deferred,
    DeliveryState,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unknown,
)
from tests.integration.sandbox.stand import JAMES, MARIA, OMAR, SERVICE, Heard, Product

IMPATIENT = Limits(total=timedelta(milliseconds=1500))
LATER = timedelta(seconds=17)


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    wire = HttpWire(IMPATIENT, proxies={})
    yield wire
    await wire.aclose()


@pytest.fixture
def sms(sandbox: Sandbox, wire: HttpWire, product: Product) -> TwilioSms:
    return sms_over(wire, sandbox, product)


def sms_over(wire: HttpWire, sandbox: Sandbox, product: Product) -> TwilioSms:
    who = sandbox.identities
    client = twilio_client(who.account_sid, who.auth_token, wire, base_url=sandbox.url)
    return TwilioSms(client, sender=SERVICE, public_url=product.url)


@pytest.fixture
def telegram(sandbox: Sandbox, wire: HttpWire) -> TelegramChannel:
    sandbox.add_phone(Phone(number=OMAR, channel=ChannelName.TELEGRAM, has_written=True))
    bot = telegram_bot(sandbox.identities.telegram_token, wire, base_url=sandbox.url)
    bot.session.timeout = 1.5  # seconds, of the 20 that a bot waits otherwise
    return TelegramChannel(bot)


def message(text: str = "hello", *, to: str = MARIA, id_: int = 1, sandbox: Sandbox | None = None) -> OutgoingMessage:
    channel = ChannelName.SMS if to.startswith("+") else ChannelName.TELEGRAM
    at = sandbox.carrier.clock.now() if sandbox else None
    return OutgoingMessage(id=id_, to=Address(channel, to), text=text, attempted_at=at)


def is_twilio_s(heard: Heard, product: Product, sandbox: Sandbox) -> bool:
    path, _, query = heard.url.removeprefix(product.url).partition("?")
    gate = TwilioSignature([sandbox.identities.auth_token], product.url)
    return gate.accepts(path=path, query=query, params=heard.form.items(), headers=heard.headers)


async def test_a_text_goes_out_and_its_receipts_settle_the_delivery(
    sandbox: Sandbox, sms: TwilioSms, product: Product
) -> None:
    outcome = await sms.send(message("Court on Thursday.", id_=42))
    await sandbox.settle()

    assert isinstance(outcome, Sent)
    assert sandbox.phone(MARIA).texts == ["Court on Thursday."]
    assert all(is_twilio_s(heard, product, sandbox) for heard in product.heard)
    receipts = [parse_status(heard.form, m=heard.url.rpartition("m=")[2]) for heard in product.heard]
    assert [receipt.state for receipt in receipts] == [
        DeliveryState.ACCEPTED,
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
    ]
    assert {(receipt.delivery_id, receipt.provider_id) for receipt in receipts} == {(42, outcome.provider_id)}


@pytest.mark.parametrize(
    ("fault", "outcome", "landed"),
    [
        (faults.too_many_requests(17), Deferred("twilio.20429", LATER, lane_wide=True), 0),
        (faults.ERROR_BEFORE_ACCEPT, Unknown("twilio.20500"), 0),
        (faults.ERROR_AFTER_ACCEPT, Unknown("twilio.20500"), 1),
        (faults.HANG_BEFORE_ACCEPT, Unknown("http.timeout"), 0),
        (faults.HANG_AFTER_ACCEPT, Unknown("http.timeout"), 1),
        (faults.DROP_BEFORE_ACCEPT, Unknown("http.lost"), 0),
        (faults.DROP_AFTER_ACCEPT, Unknown("http.lost"), 1),
    ],
    ids=["429", "500, not taken", "500, taken", "hang, not taken", "hang, taken", "drop, not taken", "drop, taken"],
)
async def test_every_mishap_of_twilio_s_answer_has_its_outcome(
    sandbox: Sandbox, sms: TwilioSms, fault: Fault, outcome: SendOutcome, landed: int
) -> None:
    sandbox.script.add(fault)
    got = await sms.send(message())
    await sandbox.settle()
    assert type(got) is type(outcome)
    if not isinstance(outcome, Unknown) or outcome.code.startswith("twilio"):
        assert got == outcome
    assert sandbox.ledger.count(MARIA) == landed


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("+15005550001", Rejected("twilio.21211", Consequence.DEAD_ADDRESS)),
        ("+15005550002", Rejected("twilio.21612")),
        ("+15005550003", Rejected("twilio.21408")),
        ("+15005550004", Rejected("twilio.21610", Consequence.OPTED_OUT)),
        ("+15005550009", Rejected("twilio.21614", Consequence.DEAD_ADDRESS)),
    ],
)
async def test_every_magic_number_has_its_outcome(sms: TwilioSms, number: str, outcome: SendOutcome) -> None:
    assert await sms.send(message(to=number)) == outcome


async def test_a_text_whose_answer_was_lost_is_found_at_the_provider(sandbox: Sandbox, sms: TwilioSms) -> None:
    sandbox.script.add(faults.DROP_AFTER_ACCEPT)
    asked = message("Room 302 now.", sandbox=sandbox)
    assert isinstance(await sms.send(asked), Unknown)
    await sandbox.settle()

    found = await sms.find(asked)

    [bubble] = sandbox.phone(MARIA).transcript
    assert found == Sent(bubble.provider_id or "")
    other = await sms.find(message("Room 303 now.", sandbox=sandbox))
    assert not isinstance(other, Sent)


async def test_a_person_s_text_is_read_as_twilio_s(sandbox: Sandbox, product: Product) -> None:
    sandbox.post_inbound_to(f"{product.url}/hooks/twilio/inbound")
    sandbox.add_phone(Phone(number=MARIA))
    await sandbox.person_writes(MARIA, " ¿Y mi caso? ")
    [heard] = product.heard
    assert is_twilio_s(heard, product, sandbox)
    text = parse_inbound(heard.form, idempotency_token=heard.headers["I-Twilio-Idempotency-Token"])
    assert (text.sender.value, text.to, text.text) == (MARIA, sandbox.identities.number, " ¿Y mi caso? ")
    assert (text.provider_id, text.num_media) == (sandbox.phone(MARIA).transcript[0].provider_id, 0)


async def test_many_texts_at_once_each_land_once(sandbox: Sandbox, product: Product) -> None:
    wire = HttpWire(proxies={})
    sms = sms_over(wire, sandbox, product)
    outcomes = await asyncio.gather(*(sms.send(message(str(n), id_=n)) for n in range(100)))
    await sandbox.settle(within=timedelta(seconds=60))
    await wire.aclose()
    assert len({outcome.provider_id for outcome in outcomes if isinstance(outcome, Sent)}) == 100
    assert sorted(map(int, sandbox.phone(MARIA).texts)) == list(range(100))
    assert sandbox.ledger.doubled() == []
    assert product.statuses.count("delivered") == 100


async def test_one_number_s_fault_touches_nobody_else_in_the_batch(sandbox: Sandbox, sms: TwilioSms) -> None:
    sandbox.script.add(faults.LOSS, to=MARIA, times=None)
    await asyncio.gather(*(sms.send(message(str(n), to=to, id_=n)) for n in range(10) for to in (MARIA, JAMES)))
    await sandbox.settle()
    assert (sandbox.ledger.count(MARIA), sandbox.ledger.count(JAMES)) == (0, 10)


@pytest.mark.parametrize(
    ("fault", "kind", "landed"),
    [
        (faults.NO_FAULT, Sent, 1),
        (faults.flood(17), Deferred, 0),
        (faults.TELEGRAM_BLOCKED, Rejected, 0),
        (faults.TELEGRAM_DEACTIVATED, Rejected, 0),
        (faults.CHAT_NOT_FOUND, Rejected, 0),
        (faults.ERROR_AFTER_ACCEPT, Unknown, 1),
        (faults.HANG_AFTER_ACCEPT, Unknown, 1),
        (faults.DROP_AFTER_ACCEPT, Unknown, 1),
        (faults.DROP_BEFORE_ACCEPT, Unknown, 0),
    ],
    ids=["good", "flood", "blocked", "deactivated", "no chat", "500", "hang", "drop", "drop, not taken"],
)
async def test_every_course_of_a_telegram_message_has_its_outcome(
    sandbox: Sandbox, telegram: TelegramChannel, fault: Fault, kind: type[SendOutcome], landed: int
) -> None:
    sandbox.script.add(fault, to=OMAR)
    assert type(await telegram.send(message(to=OMAR))) is kind
    assert sandbox.ledger.count(OMAR) == landed


async def test_a_flood_tells_the_dispatcher_how_long_to_wait(sandbox: Sandbox, telegram: TelegramChannel) -> None:
    sandbox.script.add(faults.flood(17))
    outcome = await telegram.send(message(to=OMAR))
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after == LATER


async def test_updates_are_read_as_telegram_s_and_the_webhook_is_set_as_the_product_sets_it(
    sandbox: Sandbox, wire: HttpWire, product: Product, telegram: TelegramChannel
) -> None:
    bot = telegram_bot(sandbox.identities.telegram_token, wire, base_url=sandbox.url)
    await use_webhook(bot, public_url=product.url, secret="s3cret")
    await sandbox.person_writes(OMAR, "/start tok_EN-1")
    sandbox.people.switch(OMAR, on=False)
    await sandbox.settle()

    assert [heard.url for heard in product.heard] == [product.url + TELEGRAM_PATH] * 2
    assert {heard.headers["X-Telegram-Bot-Api-Secret-Token"] for heard in product.heard} == {"s3cret"}
    started, left = (parse_update(heard.raw) for heard in product.heard)
    assert started is not None
    assert getattr(started, "start_payload", None) == "tok_EN-1"
    assert getattr(left, "is_member", None) is False

    await use_polling(bot)
    assert (await bot.get_webhook_info()).url == ""


async def test_the_product_keeps_its_texts_off_expired_phones(
    sandbox: Sandbox, sms: TwilioSms, product: Product, clock: SteppedClock
) -> None:
    sandbox.carrier.sms_phone(MARIA)
    sandbox.people.switch(MARIA, on=False)
    asked = OutgoingMessage(
        id=9, to=Address(ChannelName.SMS, MARIA), text="Today at 9:00", valid_for=timedelta(minutes=30)
    )
    assert isinstance(await sms.send(asked), Sent)
    await sandbox.settle()
    clock.advance(timedelta(minutes=31))
    sandbox.people.switch(MARIA, on=True)
    await sandbox.settle()

    assert sandbox.phone(MARIA).texts == []
    last = parse_status(product.heard[-1].form, m="9")
    assert (last.state, last.error_code) == (DeliveryState.FAILED, "twilio.30036")
