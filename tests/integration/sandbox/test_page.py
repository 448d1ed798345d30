"""The page of phones over HTTP: what it serves, what it tells, what its buttons do, and whom it refuses."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from aiohttp import ClientPayloadError, ClientResponse, ClientSession

from bot.sandbox.page.views import MOST_BUBBLES, MOST_PHONES
from bot.sandbox.phones import Bubble, BubbleState, Button, Direction, Phone
from bot.sandbox.server import Sandbox
from domain.clock import Clock, SteppedClock
from domain.delivery import ChannelName
from tests.integration.sandbox.bench import CASE, Bench
from tests.integration.sandbox.stand import JAMES, MARIA, OMAR, Product, Twilio, bot_for

PARTS = ("phones.html", "phones.css", "phones.js")


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    async with ClientSession(sandbox.url) as session:
        yield session


@pytest.fixture
def bench(sandbox: Sandbox, clock: SteppedClock) -> Bench:
    bench = Bench(clock)
    sandbox.sit(bench)
    return bench


@pytest.fixture
def maria(sandbox: Sandbox) -> Phone:
    return sandbox.add_phone(Phone(number=MARIA, owner="Maria", language="es"))


async def told(browser: ClientSession) -> dict[str, Any]:
    async with browser.get("/page/state") as answer:
        return dict(await answer.json())


class News:
    """The page's stream of events, read one at a time."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self, name: str) -> dict[str, Any]:
        """Return the next event of that name; others are passed over."""
        async with asyncio.timeout(5):
            while True:
                line = (await self._response.content.readline()).decode()
                if line == f"event: {name}\n":
                    said = (await self._response.content.readline()).decode()
                    return dict(json.loads(said.removeprefix("data: ")))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page/phones.css", "text/css"), ("/page/phones.js", "text/javascript")],
)
async def test_the_page_is_served_with_a_policy_that_lets_nothing_in(
    browser: ClientSession, path: str, kind: str
) -> None:
    async with browser.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, kind)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert len(await answer.text()) > 1000


@pytest.mark.parametrize("part", PARTS)
def test_the_page_loads_nothing_from_outside(part: str) -> None:
    text = (files("bot.sandbox.page") / part).read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"')]+", text)) <= {"http://www.w3.org/2000/svg'"[:-1]}


async def test_the_page_is_told_every_phone_with_its_bubbles(
    browser: ClientSession, sandbox: Sandbox, twilio: Twilio, maria: Phone
) -> None:
    created = await twilio.send("Hola " * 40)
    await sandbox.settle()
    [phone] = (await told(browser))["phones"]
    assert (phone["number"], phone["owner"], phone["channel"], phone["language"]) == (MARIA, "Maria", "sms", "es")
    assert phone["bubbles"] == [
        {
            "key": created.sid,
            "iso": "2026-06-01T18:00:00+00:00",
            "day": "Monday, June 1, 2026",
            "time": "6:00 PM",
            "direction": "received",
            "text": "Hola " * 40,
            "state": "delivered",
            "segments": 2,
            "error": None,
            "edited": False,
            "buttons": [],
        }
    ]
    assert maria.texts == ["Hola " * 40]


async def test_times_are_read_in_the_court_s_zone(browser: ClientSession, maria: Phone, bench: Bench) -> None:
    maria.show(_bubble("hello", bench.clock))
    state = await told(browser)
    assert state["court"]["clock"] == {
        "iso": "2026-06-01T10:00-08:00",
        "time": "10:00 AM",
        "day": "Monday, June 1, 2026",
        "zone": "AKDT",
    }
    assert state["phones"][0]["bubbles"][0]["time"] == "10:00 AM"


async def test_without_a_court_there_is_a_clock_and_no_docket(browser: ClientSession, sandbox: Sandbox) -> None:
    court = (await told(browser))["court"]
    assert (court["sits"], court["hearings"], court["clock"]["zone"]) == (False, [], "UTC")


async def test_the_docket_says_what_can_be_done(browser: ClientSession, bench: Bench) -> None:
    first, second = (await told(browser))["court"]["hearings"]
    assert first == {
        "id": 7,
        "case": CASE,
        "iso": "2026-06-10T09:00-08:00",
        "when": "Wed, Jun 10, 2026, 9:00 AM",
        "room": "Courtroom 302",
        "status": "scheduled",
        "people": "Maria",
        "actions": ["move_earlier", "cancel"],
    }
    assert (second["actions"], second["when"]) == ([], "Thu, Jun 11, 2026, 1:30 PM")


async def test_a_text_typed_on_the_page_reaches_the_court(
    browser: ClientSession, sandbox: Sandbox, product: Product, maria: Phone
) -> None:
    sandbox.post_inbound_to(product.url)
    async with browser.post("/page/phones/%2B19075550101/texts", json={"text": "¿Cuándo?"}) as answer:
        assert answer.status == 200
    assert product.heard[0].form["Body"] == "¿Cuándo?"
    assert maria.transcript[0].direction is Direction.WRITTEN


async def test_a_button_tapped_on_the_page_reaches_the_bot(browser: ClientSession, sandbox: Sandbox) -> None:
    omar = sandbox.add_phone(Phone(number=OMAR, channel=ChannelName.TELEGRAM, has_written=True))
    bubble = _bubble("?", sandbox.carrier.clock, provider_id="5", buttons=((Button("Yes", "q:1"),),))
    omar.show(bubble)
    async with browser.post(f"/page/phones/{OMAR}/taps", json={"message": "5", "action": "q:1"}) as answer:
        assert answer.status == 200
    async with bot_for(sandbox) as bot:
        [update] = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "q:1"


@pytest.mark.parametrize(("number", "channel"), [(MARIA, ChannelName.SMS), (OMAR, ChannelName.TELEGRAM)])
async def test_a_phone_is_turned_off_and_on_from_the_page(
    browser: ClientSession, sandbox: Sandbox, number: str, channel: ChannelName
) -> None:
    sandbox.add_phone(Phone(number=number, channel=channel))
    seen = []
    for power in ("off", "on"):
        async with browser.post(f"/page/phones/{number.replace('+', '%2B')}/power", json={"power": power}) as answer:
            assert answer.status == 200
        seen.append((await told(browser))["phones"][0]["on"])
    assert seen == [False, True]


@pytest.mark.parametrize(
    ("step", "asked", "time"),
    [
        ("hour", "advance 1:00:00", "11:00 AM"),
        ("day", "advance 1 day, 0:00:00", "10:00 AM"),
        ("next", "next", "11:30 AM"),
    ],
)
async def test_the_clock_s_buttons_turn_the_court_s_clock(
    browser: ClientSession, bench: Bench, step: str, asked: str, time: str
) -> None:
    async with browser.post("/page/clock", json={"step": step}) as answer:
        court = await answer.json()
    assert bench.asked == [asked]
    assert court["clock"]["time"] == time


async def test_the_court_s_buttons_change_a_hearing(browser: ClientSession, bench: Bench) -> None:
    async with browser.post("/page/hearings/7", json={"action": "cancel"}) as answer:
        court = await answer.json()
    assert bench.asked == ["cancel 7"]
    assert [hearing["status"] for hearing in court["hearings"]] == ["done", "cancelled"]


async def test_a_wish_the_court_refuses_is_answered_with_its_sentence(browser: ClientSession, bench: Bench) -> None:
    bench.refuses = "this hearing was already held"
    async with browser.post("/page/hearings/7", json={"action": "cancel"}) as answer:
        assert (answer.status, await answer.json()) == (409, {"detail": "this hearing was already held"})


@pytest.mark.parametrize(
    ("path", "wish", "status"),
    [
        ("/page/clock", {"step": "year"}, 404),
        ("/page/clock", {}, 404),
        ("/page/hearings/7", {"action": "burn"}, 409),
        ("/page/phones/%2B19075550102/texts", {"text": "hello"}, 404),
        ("/page/phones/%2B19075550101/texts", {"text": " "}, 409),
        ("/page/phones/%2B19075550101/taps", {"message": "1", "action": "x"}, 404),
    ],
)
async def test_a_wish_nobody_can_fulfil_is_refused(
    browser: ClientSession, bench: Bench, maria: Phone, path: str, wish: dict[str, str], status: int
) -> None:
    async with browser.post(path, json=wish) as answer:
        assert answer.status == status
        assert (await answer.json())["detail"]
    assert (bench.asked, maria.bubbles) == ([], [])


async def test_the_court_s_buttons_do_nothing_without_a_court(browser: ClientSession, sandbox: Sandbox) -> None:
    async with browser.post("/page/clock", json={"step": "day"}) as answer:
        assert answer.status == 409


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"text":"x"}', "text/plain", 415),
        (b"text=x", "application/x-www-form-urlencoded", 415),
        (b"not json", "application/json", 404),
    ],
)
async def test_what_another_page_could_post_is_refused(
    browser: ClientSession, maria: Phone, body: bytes, kind: str, status: int
) -> None:
    sent = browser.post("/page/phones/%2B19075550101/texts", data=body, headers={"Content-Type": kind})
    async with sent as answer:
        assert answer.status == status
    assert maria.bubbles == []


async def test_a_name_that_only_points_here_is_refused(browser: ClientSession) -> None:
    async with browser.get("/", headers={"Host": "rebound.example"}) as answer:
        assert answer.status == 400


async def test_news_tell_every_change_as_it_happens(
    browser: ClientSession, sandbox: Sandbox, twilio: Twilio, maria: Phone, bench: Bench
) -> None:
    async with browser.get("/page/news") as response:
        news = News(response)
        assert (await news.next("court"))["clock"]["time"] == "10:00 AM"
        assert (await news.next("phone"))["bubbles"] == []

        await twilio.send("hello")
        states = [(await news.next("phone"))["bubbles"][0]["state"]]
        while states[-1] != "delivered":
            states.append((await news.next("phone"))["bubbles"][0]["state"])

        bench.clock.advance(timedelta(hours=3))
        assert (await news.next("court"))["clock"]["time"] == "1:00 PM"
        sandbox.add_phone(Phone(number=JAMES, owner="James"))
        assert (await news.next("phone"))["owner"] == "James"


async def test_a_stream_of_news_ends_with_the_sandbox(clock: SteppedClock) -> None:
    async with ClientSession() as session:
        async with Sandbox(clock) as sandbox:
            response = await session.get(f"{sandbox.url}/page/news")
            await News(response).next("court")
        async with asyncio.timeout(5):
            with pytest.raises(ClientPayloadError):
                await response.read()


async def test_a_crowd_of_phones_and_bubbles_is_cut_to_what_a_page_can_show(
    browser: ClientSession, sandbox: Sandbox, maria: Phone
) -> None:
    for n in range(MOST_BUBBLES + 5):
        maria.show(_bubble(str(n), sandbox.carrier.clock))
    for n in range(MOST_PHONES):
        sandbox.add_phone(Phone(number=f"70000002{n:02}", channel=ChannelName.TELEGRAM))
    phones = (await told(browser))["phones"]
    assert len(phones) == MOST_PHONES
    assert [len(phones[0]["bubbles"]), phones[0]["bubbles"][0]["text"]] == [MOST_BUBBLES, "5"]


def _bubble(
    text: str, clock: Clock, *, provider_id: str | None = None, buttons: tuple[tuple[Button, ...], ...] = ()
) -> Bubble:
    return Bubble(
        at=clock.now(),
        direction=Direction.RECEIVED,
        text=text,
        state=BubbleState.DELIVERED,
        provider_id=provider_id,
        buttons=buttons,
    )
