"""How fast texts leave, end to end and durably, beside a bare aiohttp loop that posts the same forms.

Both run on one core against the same server, which has another one. Usher claims, asks the gate, puts each text into
words in one of four languages, seals and records it, sends it through the `twilio` package and settles it.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp
import structlog

from bench.stage import street
from bot.channels.http import HttpWire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from domain.clock import SteppedClock
from domain.delivery import FindOutcome, NotFound, OutgoingMessage, SendOutcome
from scheduler.dispatcher import Dispatcher
from storage.database import Database
from storage.migrate import upgrade
from storage.vault import Vault

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # ten in the morning in Anchorage
ACCOUNT = "AC" + "0" * 32
SENDER = "MG" + "0" * 32
AT_ONCE = 200
CORES = sorted(os.sched_getaffinity(0))
HERE = Path(__file__).parent


class Counted:
    """The channel, and a bell that rings when everything has left; it keeps the forms for the bare loop."""

    def __init__(self, channel: TwilioSms, expected: int) -> None:
        self._channel = channel
        self._missing = expected
        self.all_left = asyncio.Event()
        self.sent: list[OutgoingMessage] = []

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Pass the message on."""
        outcome = await self._channel.send(message)
        self.sent.append(message)
        self._missing -= 1
        if not self._missing:
            self.all_left.set()
        return outcome

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Nothing is looked up here."""
        del message
        return NotFound()


@contextmanager
def provider(latency: float) -> Iterator[str]:
    """Run the provider in a process of its own, on another core where there is one."""
    command = [sys.executable, str(HERE / "stage" / "provider.py"), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(process.pid, {CORES[-1]})
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.communicate()


async def usher(base_url: str, url: str, people: int) -> tuple[float, list[OutgoingMessage]]:
    """Send everything; return messages a second and what was sent."""
    vault = Vault({1: os.urandom(32)}, current=1, index_key=os.urandom(32))
    async with Database(url, vault) as db:
        known = await db.write(partial(street.build, people=people, now=NOW))
        wire = HttpWire()
        client = twilio_client(ACCOUNT, "secret", wire, base_url=base_url)
        channel = Counted(TwilioSms(client, sender=SENDER, public_url="https://usher.example"), people)
        dispatcher = Dispatcher(db, {"sms:default": channel}, lambda: known, SteppedClock(NOW))
        stop = asyncio.Event()
        began = time.perf_counter()
        running = asyncio.create_task(dispatcher.run(stop))
        await channel.all_left.wait()
        stop.set()
        await running
        took = time.perf_counter() - began
        await wire.aclose()
    return people / took, channel.sent


async def bare(base_url: str, messages: list[OutgoingMessage]) -> float:
    """Post the same forms in a plain aiohttp loop; return messages a second."""
    target = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    connector = aiohttp.TCPConnector(limit=100)
    sign = {"Authorization": "Basic " + b64encode(f"{ACCOUNT}:secret".encode()).decode()}
    async with aiohttp.ClientSession(connector=connector, headers=sign) as session:

        async def post(message: OutgoingMessage) -> str:
            form = {
                "To": message.to.value,
                "MessagingServiceSid": SENDER,
                "Body": message.text,
                "StatusCallback": f"https://usher.example/hooks/twilio/status?m={message.id}",
            }
            async with session.post(target, data=form) as answer:
                return str((await answer.json())["sid"])

        began = time.perf_counter()
        for start in range(0, len(messages), AT_ONCE):
            await asyncio.gather(*(post(message) for message in messages[start : start + AT_ONCE]))
        return len(messages) / (time.perf_counter() - began)


def measure(people: int, latency: float) -> dict[str, float]:
    """Measure both, once, against one server."""
    with tempfile.TemporaryDirectory() as folder, provider(latency) as base_url:
        url = f"sqlite:///{folder}/bench.sqlite3"
        upgrade(url)
        speed, sent = asyncio.run(usher(base_url, url, people))
        base = asyncio.run(bare(base_url, sent))
    assert len({message.id for message in sent}) == people
    return {"usher_per_s": speed, "bare_per_s": base, "ratio": speed / base}


def main() -> None:
    """Measure a few times and print the middle and the spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, help="of the provider, in seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    os.sched_setaffinity(0, {CORES[0]})
    runs = [measure(asked.messages, asked.latency) for _ in range(asked.runs)]
    summary = {
        name: {"min": min(values), "median": statistics.median(values), "max": max(values)}
        for name in runs[0]
        for values in [[run[name] for run in runs]]
    }
    if asked.json:
        print(json.dumps({"messages": asked.messages, "latency": asked.latency, **summary}))
        return
    for name, row in summary.items():
        print(f"{name:12} min {row['min']:9.2f}  median {row['median']:9.2f}  max {row['max']:9.2f}")


if __name__ == "__main__":
    main()
