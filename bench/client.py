"""Measures what the channels cost: our adapters and the SDKs' own clients against a bare aiohttp loop, as ratios.

All of a group post the same messages to the same server, in turns, in one run; the server has its own process and,
where there are two cores, its own core. `--serve` is that server: it prints its port and answers until it is ended.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import aiohttp
import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # no py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from bot.channels.http import HttpWire
from bot.channels.telegram import TelegramChannel, telegram_bot
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from bot.channels.twilio_webhooks import status_callback
from domain.delivery import Address, Channel, ChannelName, OutgoingMessage, Sent

ACCOUNT, TOKEN, SERVICE = "AC" + "0" * 32, "invented", "MG" + "1" * 32
BOT_TOKEN = "42:INVENTED"  # noqa: S105  # invented
PUBLIC = "https://court.example"
SMS_TO, CHAT = "+19075550100", "4242"
TEXT = "Reminder: case 1AG-26-00006CR is on Tuesday, October 3 at 9:30 AM in courtroom 204. Reply 1 yes, 2 cannot."
Send = Callable[[int], Awaitable[None]]
Contender = Callable[[str], AbstractAsyncContextManager[Send]]


class StandIn(asyncio.Protocol):
    """Answers every request as Twilio or Telegram answer a message taken, and thinks of nothing else."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is in whole."""
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            if len(self._unread) < end + 4 + length:
                return
            self._say(TELEGRAM_ANSWER if self._unread.startswith(b"POST /bot") else TWILIO_ANSWER)
            self._unread = self._unread[end + 4 + length :]

    def _say(self, answer: bytes) -> None:
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _answer(status: str, body: dict[str, object]) -> bytes:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


TWILIO_ANSWER = _answer(
    "201 CREATED",
    {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": TEXT,
        "date_created": "Mon, 01 Jun 2026 18:00:00 +0000",
        "date_sent": None,
        "date_updated": "Mon, 01 Jun 2026 18:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": None,
        "messaging_service_sid": SERVICE,
        "num_media": "0",
        "num_segments": "0",
        "price": None,
        "price_unit": None,
        "sid": "SM" + "2" * 32,
        "status": "accepted",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{'2' * 32}/Media.json"},
        "to": SMS_TO,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{'2' * 32}.json",
    },
)
TELEGRAM_ANSWER = _answer(
    "200 OK",
    {
        "ok": True,
        "result": {
            "message_id": 7,
            "from": {"id": 42, "is_bot": True, "first_name": "Court", "username": "court_bot"},
            "chat": {"id": int(CHAT), "first_name": "Ana", "type": "private"},
            "date": 1780336800,
            "text": TEXT,
        },
    },
)


def _form(number: int) -> dict[str, str]:
    return {
        "To": SMS_TO,
        "Body": TEXT,
        "MessagingServiceSid": SERVICE,
        "StatusCallback": status_callback(PUBLIC, number),
    }


def _json(number: int) -> dict[str, object]:
    del number
    preview = {"is_disabled": True}
    return {"chat_id": int(CHAT), "text": TEXT, "link_preview_options": preview, "protect_content": False}


@asynccontextmanager
async def bare_form(base_url: str) -> AsyncIterator[Send]:
    """The measure of SMS: aiohttp posting the form and reading the answer."""
    url = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    headers = {"Authorization": "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def send(number: int) -> None:
            async with session.post(url, data=_form(number)) as response:
                await response.read()

        yield send


@asynccontextmanager
async def bare_json(base_url: str) -> AsyncIterator[Send]:
    """The measure of Telegram: aiohttp posting the JSON and reading the answer."""
    url = f"{base_url}/bot{BOT_TOKEN}/sendMessage"
    async with aiohttp.ClientSession() as session:

        async def send(number: int) -> None:
            async with session.post(url, json=_json(number)) as response:
                await response.read()

        yield send


@asynccontextmanager
async def wire_alone(base_url: str) -> AsyncIterator[Send]:
    """Our HTTP client without an SDK above it."""
    wire = HttpWire(proxies={})
    url, headers = f"{base_url}/bot{BOT_TOKEN}/sendMessage", {"Content-Type": "application/json"}
    body = json.dumps(_json(0)).encode()

    async def send(_: int) -> None:
        await wire.exchange("POST", url, headers=headers, body=body)

    yield send
    await wire.aclose()


@asynccontextmanager
async def twilio_ours(base_url: str) -> AsyncIterator[Send]:
    """The whole adapter: twilio's SDK over our HTTP client."""
    wire = HttpWire(proxies={})
    client = twilio_client(ACCOUNT, TOKEN, wire, base_url=base_url)
    yield _through(TwilioSms(client, sender=SERVICE, public_url=PUBLIC), Address(ChannelName.SMS, SMS_TO))
    await wire.aclose()


@asynccontextmanager
async def twilio_own(base_url: str) -> AsyncIterator[Send]:
    """Twilio's SDK over the HTTP client that it brings."""
    http = AsyncTwilioHttpClient()
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.api.base_url = base_url

    async def send(number: int) -> None:
        form = _form(number)
        await client.messages.create_async(
            to=form["To"],
            body=form["Body"],
            messaging_service_sid=form["MessagingServiceSid"],
            status_callback=form["StatusCallback"],
        )

    yield send
    await http.close()


@asynccontextmanager
async def aiogram_ours(base_url: str) -> AsyncIterator[Send]:
    """The whole adapter: aiogram over our HTTP client."""
    wire = HttpWire(proxies={})
    yield _through(TelegramChannel(telegram_bot(BOT_TOKEN, wire, base_url=base_url)), _chat())
    await wire.aclose()


@asynccontextmanager
async def aiogram_own(base_url: str) -> AsyncIterator[Send]:
    """Aiogram over the session that it brings."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(base_url))
    yield _through(TelegramChannel(Bot(BOT_TOKEN, session=session)), _chat())
    await session.close()


def _chat() -> Address:
    return Address(ChannelName.TELEGRAM, CHAT)


def _through(channel: Channel, to: Address) -> Send:
    async def send(number: int) -> None:
        outcome = await channel.send(OutgoingMessage(id=number, to=to, text=TEXT))
        assert isinstance(outcome, Sent), outcome

    return send


GROUPS: dict[str, dict[str, Contender]] = {
    "sms": {"bare aiohttp": bare_form, "twilio, our client": twilio_ours, "twilio, its own": twilio_own},
    "telegram": {
        "bare aiohttp": bare_json,
        "our client alone": wire_alone,
        "aiogram, our client": aiogram_ours,
        "aiogram, its own": aiogram_own,
    },
}


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent in one turn, and how many at a time."""

    messages: int
    at_once: int


async def turn(contender: Contender, base_url: str, load: Load) -> float:
    """Send the load and return messages per second; connections are opened before the watch starts."""
    async with contender(base_url) as send:
        await asyncio.gather(*(send(number) for number in range(load.at_once)))
        numbers = iter(range(load.messages))

        async def work() -> None:
            for number in numbers:
                await send(number)

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(load.at_once)))
        return load.messages / (time.perf_counter() - begun)


def measure(base_url: str, load: Load, *, rounds: int, runner: Callable[..., float]) -> dict[str, dict[str, float]]:
    """Return the median rate of every contender, by group; contenders take turns, so that drift hits all alike."""
    rates: dict[str, dict[str, list[float]]] = {group: {name: [] for name in them} for group, them in GROUPS.items()}
    for _ in range(rounds):
        for group, them in GROUPS.items():
            for name, contender in them.items():
                rates[group][name].append(runner(turn(contender, base_url, load)))
    return {group: {name: statistics.median(of) for name, of in them.items()} for group, them in rates.items()}


def report(medians: dict[str, dict[str, float]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return rates, microseconds a message, and ratios to the bare loop of the same group."""
    return {
        group: {
            name: {
                "per_second": round(rate),
                "microseconds": round(1e6 / rate),
                "ratio": round(rate / them["bare aiohttp"], 2),
            }
            for name, rate in them.items()
        }
        for group, them in medians.items()
    }


def show(loop: str, figures: dict[str, dict[str, dict[str, float]]]) -> None:
    """Print one table for people."""
    print(f"{loop}: messages a second, medians, and their ratio to the bare loop")
    for group, them in figures.items():
        for name, figure in them.items():
            print(
                f"  {group:9}{name:22}{figure['per_second']:8.0f}{figure['microseconds']:7.0f} µs{figure['ratio']:7.2f}"
            )


@contextmanager
def server(latency: float) -> Iterator[str]:
    """Run the stand-in in a process of its own, on the last core; this process keeps to the first."""
    command = [sys.executable, __file__, "--serve", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            pin(process.pid, first=False)
            pin(0, first=True)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def pin(process: int, *, first: bool) -> None:
    """Keep a process on the first or the last core, where the system can, and where there are two."""
    if hasattr(os, "sched_setaffinity") and (cores := sorted(os.sched_getaffinity(process)))[1:]:
        os.sched_setaffinity(process, {cores[0 if first else -1]})


async def serve(latency: float) -> None:
    """Answer on a free port until ended."""
    listening = await asyncio.get_running_loop().create_server(partial(StandIn, latency), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--messages", type=int, default=2000, help="messages in one turn")
    asked.add_argument("--at-once", type=int, default=50, help="messages in flight")
    asked.add_argument("--rounds", type=int, default=5, help="turns of each; the median counts")
    asked.add_argument("--latency", type=float, default=0.0, help="seconds the server thinks before it answers")
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    asked.add_argument("--serve", action="store_true", help="be the server")
    options = asked.parse_args()
    if options.serve:
        uvloop.run(serve(options.latency))
        return
    load = Load(options.messages, options.at_once)
    with server(options.latency) as base_url:
        figures = {
            loop: report(measure(base_url, load, rounds=options.rounds, runner=runner))
            for loop, runner in (("asyncio", asyncio.run), ("uvloop", uvloop.run))
        }
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for loop, them in figures.items():
        show(loop, them)


if __name__ == "__main__":
    main()
