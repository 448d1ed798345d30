"""The pipeline over real HTTP, with the real `twilio` and `aiogram` clients, against the providers' stand-ins."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from aiohttp import web

from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from bot.channels.telegram import TelegramChannel, telegram_bot
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from bot.channels.twilio_webhooks import parse_status
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import Channel, ChannelName
from domain.notice import NoticeState
from scheduler.dispatch import RECEIPT_GRACE
from scheduler.receipts import Reception, apply_receipt
from storage.database import Database
from storage.schema import endpoint
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import chat, notice_rows, one_notice, phone, put_all
from tests.fixtures.sending import Desk, open_desk

SERVICE = "MG" + "5e" * 16
IMPATIENT = Limits(total=timedelta(milliseconds=1500))


class Court:
    """A desk whose lanes are the real clients, and what the stand-ins have posted back to it."""

    def __init__(self, sandbox: Sandbox, wire: HttpWire) -> None:
        self.sandbox = sandbox
        self.wire = wire
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.desk: Desk | None = None

    async def listen(self, request: web.Request) -> web.Response:
        """Take a webhook."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.heard.append((request.query.get("m", ""), form))
        return web.Response()

    async def open(self, db: Database, count: int = 1, *, channel: ChannelName = ChannelName.SMS) -> Desk:
        """Put a street in, with its notices, served by the real clients."""
        who, base = self.sandbox.identities, self.sandbox.url
        client = twilio_client(who.account_sid, who.auth_token, self.wire, base_url=base)
        lanes: dict[str, Channel] = {
            "sms:default": TwilioSms(client, sender=SERVICE, public_url=self.url),
            "telegram:default": TelegramChannel(telegram_bot(who.telegram_token, self.wire, base_url=base)),
        }
        desk = await open_desk(db, count, channel=channel)
        desk.dispatcher = desk.another(lanes)
        await db.write(partial(put_all, street=desk.street))
        self.desk = desk
        return desk

    async def receive_all(self) -> list[Reception]:
        """Apply every receipt that came, in the order in which they came."""
        assert self.desk is not None
        await self.sandbox.settle()
        db, now = self.desk.db, self.desk.clock.now()
        receipts = [parse_status(form, m=ours) for ours, form in self.heard]
        return [
            await db.write(partial(apply_receipt, receipt=one, channel=ChannelName.SMS, now=now)) for one in receipts
        ]


@pytest.fixture
async def court_desk() -> AsyncIterator[Court]:
    """The stand-ins and a listener for their webhooks, on loopback."""
    wire = HttpWire(IMPATIENT, proxies={})
    async with Sandbox(SteppedClock(NOW), pace=0) as sandbox:
        court = Court(sandbox, wire)
        app = web.Application()
        app.router.add_post("/{path:.*}", court.listen)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        court.url = f"http://{host}:{port}"
        yield court
        await runner.cleanup()
    await wire.aclose()


async def test_texts_leave_land_and_are_settled_by_their_receipts(any_db: Database, court_desk: Court) -> None:
    desk = await court_desk.open(any_db, 5)

    assert await desk.drain() == 5
    await court_desk.receive_all()

    assert {row.state for row in await any_db.read(notice_rows)} == {NoticeState.DELIVERED}
    landed = [court_desk.sandbox.phone(phone(number).value).texts for number in range(5)]
    assert [len(texts) for texts in landed] == [1] * 5


@pytest.mark.parametrize(
    "fault",
    [
        faults.ERROR_BEFORE_ACCEPT,
        faults.ERROR_AFTER_ACCEPT,
        faults.HANG_BEFORE_ACCEPT,
        faults.HANG_AFTER_ACCEPT,
        faults.DROP_BEFORE_ACCEPT,
        faults.DROP_AFTER_ACCEPT,
    ],
    ids=["500, not taken", "500, taken", "hang, not taken", "hang, taken", "drop, not taken", "drop, taken"],
)
async def test_whatever_happens_to_an_answer_each_person_gets_one_text(
    db: Database, court_desk: Court, fault: Fault
) -> None:
    desk = await court_desk.open(db)
    court_desk.sandbox.script.add(fault)

    await desk.drain()
    assert (await db.read(one_notice)).state is NoticeState.UNKNOWN
    desk.clock.advance(RECEIPT_GRACE)
    await desk.dispatcher.reconcile()
    await desk.drain()
    await court_desk.receive_all()

    assert len(court_desk.sandbox.phone(phone(0).value).texts) == 1
    assert (await db.read(one_notice)).state is NoticeState.DELIVERED


async def test_a_429_rests_the_lane_as_long_as_the_provider_says(db: Database, court_desk: Court) -> None:
    desk = await court_desk.open(db)
    court_desk.sandbox.script.add(faults.too_many_requests(17))

    await desk.drain()
    assert (await db.read(one_notice)).attempts == 0
    desk.clock.advance(timedelta(seconds=16))
    assert await desk.drain() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert await desk.drain() == 1


async def test_a_telegram_message_is_there_when_it_is_accepted(any_db: Database, court_desk: Court) -> None:
    number = chat(0).value
    court_desk.sandbox.add_phone(Phone(number=number, channel=ChannelName.TELEGRAM, has_written=True))
    desk = await court_desk.open(any_db, channel=ChannelName.TELEGRAM)

    assert await desk.drain() == 1

    assert len(court_desk.sandbox.phone(number).texts) == 1
    assert (await any_db.read(one_notice)).state is NoticeState.SENT


async def test_who_blocks_the_bot_is_written_to_there_no_more(db: Database, court_desk: Court) -> None:
    number = chat(0).value
    blocked = Phone(number=number, channel=ChannelName.TELEGRAM, has_written=True, has_blocked=True)
    court_desk.sandbox.add_phone(blocked)
    desk = await court_desk.open(db, channel=ChannelName.TELEGRAM)

    await desk.drain()

    row = await db.read(lambda c: c.execute(endpoint.select()).one())
    assert row.carrier_stopped
    assert (await db.read(one_notice)).state is NoticeState.FAILED
