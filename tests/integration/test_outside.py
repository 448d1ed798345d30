"""What doctor sees of the providers, over real HTTP to a stand-in on loopback."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli.outside import Reached, judge_clock, judge_public_url, reach_telegram, reach_twilio
from bot.settings import Settings

SID = "AC" + "0" * 32
TOKEN = "marker-auth-token"
BOT = "123456789:" + "x" * 35
NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def settings_for(base: str) -> Settings:
    """Settings with both providers at `base`, whatever this machine's environment says."""
    values = {
        "public_url": "https://usher.example",
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_sender": "+19075550100",
        "twilio_api_base_url": base,
        "telegram_token": BOT,
        "telegram_api_base_url": base,
    }
    return Settings(_env_file=None, **values)  # type: ignore[arg-type] # read as the environment's text is


async def reach_both(handler: Handler) -> tuple[Reached, Reached]:
    """Ask a provider that answers everything with `handler`."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with TestServer(app) as server:
        settings = settings_for(str(server.make_url("/")))
        return await reach_twilio(settings), await reach_telegram(settings)


async def test_a_provider_that_knows_us_is_well() -> None:
    asked: list[tuple[str, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers.get("Authorization")))
        return web.json_response({"status": "active"}, headers={"Date": "Mon, 01 Jun 2026 18:00:00 GMT"})

    twilio, telegram = await reach_both(answer)

    assert twilio.finding.is_well
    assert telegram.finding.is_well
    assert (twilio.their_date, telegram.their_date) == (NOW, NOW)
    assert asked == [
        (f"/2010-04-01/Accounts/{SID}.json", aiohttp.encode_basic_auth(SID, TOKEN)),
        (f"/bot{BOT}/getMe", None),
    ]


@pytest.mark.parametrize(
    ("status", "says"), [(401, "does not know us"), (403, "does not know us"), (404, "does not know us"), (500, "500")]
)
async def test_a_provider_that_refuses_us_is_not(status: int, says: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text="marker")

    for reached in await reach_both(answer):
        assert says in reached.finding.says
        assert reached.finding.advice


async def test_a_redirect_is_not_followed_with_our_secrets() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPFound("/elsewhere")

    twilio, telegram = await reach_both(answer)

    assert not twilio.finding.is_well
    assert not telegram.finding.is_well
    assert "/elsewhere" not in asked


async def test_no_answer_is_told_without_address_or_secret() -> None:
    settings = settings_for("http://127.0.0.1:9")

    for reached in (await reach_twilio(settings), await reach_telegram(settings)):
        assert not reached.finding.is_well
        assert "no answer" in reached.finding.says
        assert TOKEN not in str(reached)
        assert BOT not in str(reached)


@pytest.mark.parametrize("header", ["yesterday", "", "Mon, 99 Jun 2026 18:00:00 GMT"])
async def test_a_date_that_cannot_be_read_is_no_date(header: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(headers={"Date": header})

    twilio, _ = await reach_both(answer)

    assert twilio.finding.is_well
    assert twilio.their_date is None


async def test_without_providers_nothing_is_asked() -> None:
    settings = Settings(_env_file=None)

    assert (await reach_twilio(settings)).finding.is_well
    assert (await reach_telegram(settings)).finding.is_well


@pytest.mark.parametrize(
    ("url", "is_well"),
    [
        ("https://usher.example", True),
        ("https://8.8.8.8", True),
        ("http://usher.example", False),
        ("https://localhost", False),
        ("https://usher.local", False),
        ("https://127.0.0.1:8080", False),
        ("https://10.0.0.7", False),
        ("https://[::1]/", False),
    ],
)
def test_a_public_address_is_one_that_providers_can_call(url: str, *, is_well: bool) -> None:
    settings = Settings(_env_file=None, public_url=url)

    assert judge_public_url(settings).is_well is is_well


def test_no_public_address_is_fine_when_nobody_calls() -> None:
    assert judge_public_url(Settings(_env_file=None)).is_well


@pytest.mark.parametrize(
    ("theirs", "is_well"),
    [
        ([], True),
        ([NOW], True),
        ([NOW - timedelta(seconds=60)], True),
        ([NOW + timedelta(seconds=61)], False),
        ([NOW, NOW - timedelta(hours=1)], False),
    ],
)
def test_a_clock_is_right_within_a_minute(theirs: list[datetime], *, is_well: bool) -> None:
    assert judge_clock(NOW, theirs).is_well is is_well
