"""The doors of many machines: the stream first, then the database, and an honest no when both are away."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.arrivals import TWILIO
from bot.channels.twilio_webhooks import INBOUND_PATH, STATUS_PATH
from bot.stream.court_stream import CourtStream
from bot.stream.readiness import Readiness
from bot.web.hooks import Hooks
from bot.web.server import WebServer
from bot.web.signatures import SIGNATURE_HEADER, TwilioSignature, sign_form
from domain.clock import SteppedClock
from storage.database import Database
from storage.inbox import Arrival
from storage.schema import inbound
from storage.vault import Vault
from tests.fixtures.conversation import sms_form
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import station_at, until

URL, TOKEN = "https://court.example", "t0ken"
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2"


@dataclass
class Book:
    """A stream that writes down what it takes, or takes nothing."""

    takes: bool = True
    arrivals: int = 0
    receipts: int = 0

    async def take_arrival(self, arrival: Arrival) -> bool:
        """Take a text."""
        self.arrivals += self.takes and arrival.source == TWILIO
        return self.takes

    async def take_receipt(self, body: str, *, m: str | None) -> bool:
        """Take a receipt."""
        self.receipts += self.takes and m == "7" and "MessageStatus" in body
        return self.takes


async def post(
    hooks: Hooks, path: str, form: dict[str, str], *, signature: str | None = None
) -> aiohttp.ClientResponse:
    """Post a form as Twilio does."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        SIGNATURE_HEADER: signature or sign_form(TOKEN, f"{URL}{path}", form.items()),
    }
    server = WebServer(Starlette(routes=hooks.routes()), host="127.0.0.1", port=0)
    async with server, aiohttp.ClientSession() as session:
        target = f"http://127.0.0.1:{server.port}{path}"
        async with session.post(target, data=urlencode(form), headers=headers) as response:
            await response.read()
            return response


@pytest.fixture
def hooks(db: Database, clock: SteppedClock) -> Hooks:
    return Hooks(db=db, clock=clock, twilio=TwilioSignature([TOKEN], URL))


async def stored(db: Database) -> int:
    """Return how many messages the database has."""
    return await db.read(lambda c: int(c.execute(select(func.count()).select_from(inbound)).scalar_one()))


async def test_the_stream_has_it_and_the_database_is_not_asked(db: Database, hooks: Hooks) -> None:
    book = Book()
    hooks = replace(hooks, stream=book)

    assert (await post(hooks, INBOUND_PATH, sms_form("STOP"))).status == 200
    assert (await post(hooks, f"{STATUS_PATH}?m=7", {"MessageSid": "SM1", "MessageStatus": "sent"})).status == 200

    assert (book.arrivals, book.receipts, await stored(db)) == (1, 1, 0)
    assert hooks.counts == {"handed_on": 2}


async def test_what_twilio_did_not_sign_reaches_neither(db: Database, hooks: Hooks) -> None:
    book = Book()
    for path in (INBOUND_PATH, f"{STATUS_PATH}?m=7"):
        answer = await post(replace(hooks, stream=book), path, sms_form("STOP"), signature="wrong")
        assert answer.status == 403

    assert (book.arrivals, book.receipts, await stored(db)) == (0, 0, 0)


async def test_without_the_stream_the_database_has_it_before_the_answer(db: Database, hooks: Hooks) -> None:
    hooks = replace(hooks, stream=Book(takes=False))

    assert (await post(hooks, INBOUND_PATH, sms_form("STOP"))).status == 200
    assert (await post(hooks, f"{STATUS_PATH}?m=7", {"MessageSid": "SM1", "MessageStatus": "sent"})).status == 200

    assert await stored(db) == 1
    assert hooks.counts == {"stored": 1, "receipt_strange": 1}


async def test_with_both_away_the_provider_is_asked_to_come_again(vault: Vault, hooks: Hooks) -> None:
    async with Database(NOWHERE, vault) as nowhere:
        away = replace(hooks, db=nowhere, stream=Book(takes=False))
        for path in (INBOUND_PATH, f"{STATUS_PATH}?m=7"):
            answer = await post(away, path, sms_form("STOP"))
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")


async def test_a_web_is_ready_while_one_of_the_two_is_there(
    db: Database, vault: Vault, clock: SteppedClock, nats_server: NatsServer
) -> None:
    async with Database(NOWHERE, vault) as nowhere, station_at(nats_server.url) as station:
        await until(lambda: station.stream.is_up)
        alone = CourtStream("nats://127.0.0.1:9", replicas=1)
        assert await _asked(Readiness(db, clock, station.stream)) == (200, [])
        assert await _asked(Readiness(nowhere, clock, station.stream)) == (200, ["database"])
        assert await _asked(Readiness(db, clock, alone)) == (200, ["stream"])
        assert await _asked(Readiness(nowhere, clock, alone)) == (503, ["stream", "database"])


async def _asked(ready: Readiness) -> tuple[int, list[str]]:
    server = WebServer(Starlette(routes=ready.routes()), host="127.0.0.1", port=0)
    async with (
        server,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}/readyz") as response,
    ):
        return response.status, list((await response.json())["wrong"])


async def test_the_settings_we_ship_for_nats_let_us_work(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[3] / "deploy" / "nats" / "nats.conf").read_text(encoding="utf-8")
    here = re.sub(r"(?m)^(listen|http): .*$", "", shipped).replace("/var/lib/nats", str(tmp_path / "disk"))
    file = tmp_path / "nats.conf"
    file.write_text(here.replace("$USHER_NATS_PASSWORD", "hush"), encoding="utf-8")
    server = NatsServer(tmp_path / "nats", config=file)
    server.start()
    try:
        async with station_at(f"nats://usher:hush@127.0.0.1:{server.port}") as station:
            await until(lambda: station.stream.is_up)
            station.fails[1] = 5
            async with station.working():
                await station.send(1)
                await station.send(2)
                await until(lambda: station.noted == [1] * 5 + [2])
    finally:
        server.kill()
