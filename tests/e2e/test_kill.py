"""kill -9 at each step of the pipeline, then a restart: every due notice leaves once, or its receipt settles it."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from email.utils import format_datetime
from functools import partial
from urllib.parse import urldefrag

import pytest
from aiohttp import web

from bot.channels.http import HttpWire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from domain.clock import SteppedClock
from domain.delivery import ChannelName, DeliveryState, Receipt
from domain.notice import NoticeState
from scheduler.dispatch import LEASE, RECEIPT_GRACE
from scheduler.dispatcher import Dispatcher
from scheduler.receipts import apply_receipt
from storage.database import Database
from tests.e2e.dispatch_driver import ACCOUNT, POINTS, open_vault, serve
from tests.e2e.forking import Forked
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import Street, add_street, notice_rows, put_all

PEOPLE = 8
PATIENCE = 60  # seconds for a process to come up, send and go

pytestmark = pytest.mark.slow


class Ledger:
    """A provider that remembers every text it took, and can be asked for them."""

    def __init__(self, delay: float = 0.0) -> None:
        self.taken: list[dict[str, str]] = []
        self.url = ""
        self.delay = delay
        self.is_busy = asyncio.Event()

    @property
    def by_person(self) -> Counter[str]:
        """How many texts each number got."""
        return Counter(text["To"] for text in self.taken)

    async def take(self, request: web.Request) -> web.Response:
        """Take a text, then answer."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.taken.append(form)
        self.is_busy.set()
        await asyncio.sleep(self.delay)
        return web.json_response({"sid": f"SM{len(self.taken):032x}", "status": "queued"}, status=201)

    async def tell(self, request: web.Request) -> web.Response:
        """List the texts to one number."""
        texts = [
            {"sid": f"SM{place:032x}", "body": text["Body"], "direction": "outbound-api", "to": text["To"]}
            | {"date_created": format_datetime(NOW)}
            for place, text in enumerate(self.taken, start=1)
            if text["To"] == request.query["To"]
        ]
        return web.json_response({"messages": texts, "next_page_uri": None, "page": 0, "page_size": 50})

    def receipts(self) -> list[Receipt]:
        """Return a delivered receipt for each text, by our id in its URL."""
        ids = (int(urldefrag(text["StatusCallback"]).url.rpartition("m=")[2]) for text in self.taken)
        return [Receipt(ours, None, DeliveryState.DELIVERED) for ours in ids]


@pytest.fixture
async def ledger() -> AsyncIterator[Ledger]:
    """A provider on loopback."""
    book = Ledger()
    app = web.Application()
    place = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    app.add_routes([web.post(place, book.take), web.get(place, book.tell)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    book.url = f"http://{host}:{port}"
    yield book
    await runner.cleanup()


async def fill(url: str) -> Street:
    """Put a street of people with one due notice each in."""
    async with Database(url, open_vault()) as db:
        street = await db.write(partial(add_street, count=PEOPLE))
        await db.write(partial(put_all, street=street))
        return street


async def restart(url: str, street: Street, ledger: Ledger, *, receipts_come: bool) -> list[NoticeState]:
    """Do what a new process does until nothing is left to do; return how every notice ended."""
    clock = SteppedClock(NOW)
    wire = HttpWire()
    client = twilio_client(ACCOUNT, "secret", wire, base_url=ledger.url)
    channel = TwilioSms(client, sender="+19075550199", public_url="https://usher.example")
    async with Database(url, open_vault()) as db:
        dispatcher = Dispatcher(db, {"sms:default": channel}, lambda: street.scene.courts, clock)
        await dispatcher.drain_all()
        clock.advance(LEASE)
        await dispatcher.reconcile()
        if receipts_come:
            for receipt in ledger.receipts():
                await db.write(partial(apply_receipt, receipt=receipt, channel=ChannelName.SMS, now=clock.now()))
        clock.advance(RECEIPT_GRACE)
        await dispatcher.reconcile()
        await dispatcher.drain_all()
        states = [row.state for row in await db.read(notice_rows)]
    await wire.aclose()
    return states


@pytest.mark.parametrize("receipts_come", [True, False], ids=["receipts settle it", "the provider is asked"])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_step_every_due_notice_leaves_exactly_once(
    database_url: str, ledger: Ledger, point: str, *, receipts_come: bool
) -> None:
    street = await fill(database_url)
    async with asyncio.timeout(PATIENCE):
        assert await Forked(serve, database_url, ledger.url, point, PEOPLE).wait() == -signal.SIGKILL

    states = await restart(database_url, street, ledger, receipts_come=receipts_come)

    assert set(ledger.by_person.values()) == {1}
    assert len(ledger.by_person) == PEOPLE
    assert set(states) <= {NoticeState.SENT, NoticeState.DELIVERED}


async def test_a_clean_stop_finishes_what_is_on_the_wire_and_starts_nothing_new(
    database_url: str, ledger: Ledger
) -> None:
    ledger.delay = 0.5
    street = await fill(database_url)
    process = Forked(serve, database_url, ledger.url, "none", PEOPLE)
    async with asyncio.timeout(PATIENCE):
        await ledger.is_busy.wait()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    async with Database(database_url, open_vault()) as db:
        states = {row.state for row in await db.read(notice_rows)}
    assert states == {NoticeState.SENT}
    assert await restart(database_url, street, ledger, receipts_come=False)
    assert set(ledger.by_person.values()) == {1}
