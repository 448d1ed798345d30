"""The sandbox as a whole: it starts, waits, and stops without leaving anything behind."""

import asyncio
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientError, ClientSession
from hatchling.builders.wheel import WheelBuilder

from bot.sandbox import faults
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import ChannelName
from tests.integration.sandbox.stand import MARIA, OMAR, Product, Twilio, TwilioFor, bot_for

ROOT = Path(__file__).parents[3]


async def test_it_listens_on_loopback_alone_and_lets_the_port_go(clock: SteppedClock) -> None:
    async with Sandbox(clock) as sandbox, ClientSession() as session:
        url = sandbox.url
        assert url.startswith("http://127.0.0.1:")
        assert sandbox._server._socket is not None
        assert sandbox._server._socket.getsockname()[0] == "127.0.0.1"
        async with session.get(url) as answer:
            assert answer.status == 200
    async with ClientSession() as session:
        with pytest.raises(ClientConnectorError):
            await session.get(url)


async def test_a_chosen_port_is_taken_and_two_cannot_share_it(clock: SteppedClock, unused_tcp_port: int) -> None:
    async with Sandbox(clock, port=unused_tcp_port) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{unused_tcp_port}"
        with pytest.raises(OSError, match="in use"):
            async with Sandbox(clock, port=unused_tcp_port):
                pass


def test_a_sandbox_that_does_not_run_has_no_address(clock: SteppedClock) -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox(clock).url


async def test_stopping_ends_hanging_answers_and_long_polls_at_once(clock: SteppedClock) -> None:
    async with ClientSession() as session:
        async with Sandbox(clock) as sandbox, bot_for(sandbox) as bot:
            phone = Phone(number=OMAR, channel=ChannelName.TELEGRAM, has_written=True)
            sandbox.add_phone(phone)
            sandbox.script.add(faults.HANG_AFTER_ACCEPT)
            url = f"{sandbox.url}/bot{bot.token}"
            waiting = [
                asyncio.create_task(session.post(f"{url}/sendMessage", json={"chat_id": OMAR, "text": "x"})),
                asyncio.create_task(session.post(f"{url}/getUpdates", json={"timeout": 40})),
            ]
            await sandbox.until(lambda: phone.texts == ["x"])
        async with asyncio.timeout(5):
            results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if not isinstance(result, ClientError):
            assert not isinstance(result, BaseException)
            result.close()


async def test_settling_waits_for_the_last_receipt(
    clock: SteppedClock, product: Product, twilio_for: TwilioFor
) -> None:
    async with Sandbox(clock, pace=0.05) as sandbox:
        await twilio_for(sandbox).send(status_callback=product.url)
        assert product.statuses == []
        await sandbox.settle()
        assert product.statuses == ["sent", "delivered"]


async def test_settling_gives_up_in_time(clock: SteppedClock, twilio_for: TwilioFor) -> None:
    async with Sandbox(clock, pace=1) as sandbox:
        sandbox.script.add(faults.late(timedelta(hours=1)))
        await twilio_for(sandbox).send()
        with pytest.raises(TimeoutError):
            await sandbox.settle(within=timedelta(milliseconds=50))


async def test_one_can_wait_for_what_a_phone_should_get(sandbox: Sandbox, twilio: Twilio) -> None:
    waiting = asyncio.create_task(sandbox.until(lambda: sandbox.ledger.count(MARIA) == 2))
    await twilio.send("one")
    await twilio.send("two")
    await waiting
    assert sorted(sandbox.phone(MARIA).texts) == ["one", "two"]


async def test_waiting_for_what_never_comes_ends(sandbox: Sandbox) -> None:
    with pytest.raises(TimeoutError):
        await sandbox.until(lambda: sandbox.ledger.count() == 1, within=timedelta(milliseconds=50))


async def test_the_ledger_knows_what_landed_twice(sandbox: Sandbox, twilio: Twilio) -> None:
    for text in ("once", "twice", "twice"):
        await twilio.send(text)
    await twilio.send("once", to="+19075550102")
    await sandbox.settle()
    assert sandbox.ledger.count() == 4
    assert [(landing.number, landing.text) for landing in sandbox.ledger.doubled()] == [(MARIA, "twice")]


async def test_a_bug_in_an_errand_is_not_swallowed(clock: SteppedClock, twilio_for: TwilioFor) -> None:
    async with Sandbox(clock, pace=0) as sandbox:
        await twilio_for(sandbox).send(status_callback="http://127.0.0.1:9/#rc=many")
        with pytest.raises(ValueError, match="invalid literal"):
            await sandbox.settle()


async def test_several_sandboxes_run_side_by_side(clock: SteppedClock, twilio_for: TwilioFor) -> None:
    async with Sandbox(clock, pace=0) as one, Sandbox(clock, pace=0) as other:
        assert one.url != other.url
        await twilio_for(one).send()
        await one.settle()
        assert (one.ledger.count(), other.ledger.count()) == (1, 0)


async def test_no_text_and_no_number_is_in_any_repr(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.add_phone(Phone(number=MARIA, owner="Maria Marker"))
    await twilio.send("marker-text")
    await sandbox.settle()
    shown = f"{sandbox.phone(MARIA)!r} {sandbox.phone(MARIA).transcript!r} {sandbox.ledger!r} {sandbox.identities!r}"
    for secret in ("marker-text", MARIA, "Marker", sandbox.identities.auth_token, sandbox.identities.telegram_token):
        assert secret not in shown


def test_the_wheel_carries_the_page(tmp_path: Path) -> None:
    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("phones.html", "phones.css", "phones.js"):
        assert f"bot/sandbox/page/{part}" in names
