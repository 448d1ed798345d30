"""Two usual ways of sending reminders beside Usher's: a taskiq task a message, and an APScheduler job a reminder.

Each has only what everybody would write: read the row, `str.format`, post through the SDK's own client, commit. No
gate, no encryption, no record. How long the event loop stands still is looked at too. Left out, for they need servers
of their own: Celery with Redis, procrastinate.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from taskiq import InMemoryBroker
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # no py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from bench.dispatch import measure
from bench.stage import figures, machines, street

TIMES_TASKIQ, TIMES_APSCHEDULER = 4.0, 5.0
LOOK = 0.005  # seconds between two looks at the loop
SOON = timedelta(seconds=2)
Send: TypeAlias = Callable[[int], Awaitable[None]]
Way: TypeAlias = Callable[[Send, int], Coroutine[Any, Any, float]]


async def by_taskiq(send: Send, messages: int) -> float:
    """Send each message in a task of its own; return seconds."""
    broker = InMemoryBroker()
    task = broker.register_task(send, task_name="send")
    began = time.perf_counter()
    for number in range(messages):
        await task.kiq(number)
    await broker.wait_all()
    return time.perf_counter() - began


async def by_apscheduler(send: Send, messages: int) -> float:
    """Give each reminder a job of its own, all due at one instant; return seconds since that instant."""
    scheduler, done = AsyncIOScheduler(timezone="UTC"), asyncio.Event()
    missing = messages

    async def job(number: int) -> None:
        nonlocal missing
        await send(number)
        missing -= 1
        if not missing:
            done.set()

    scheduler.start(paused=True)
    due = datetime.now(UTC) + SOON
    for number in range(messages):
        scheduler.add_job(job, "date", run_date=due, args=(number,), misfire_grace_time=None)
    began = time.perf_counter()
    scheduler.resume()
    await done.wait()
    scheduler.shutdown()
    return time.perf_counter() - began - max((due - datetime.now(UTC)).total_seconds(), 0)


async def naive(way: Way, base_url: str, messages: int) -> tuple[float, float]:
    """Send messages one way; return messages a second and the longest stall of the loop in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        table = _table(Path(folder) / "naive.sqlite3", messages)
        http = AsyncTwilioHttpClient()
        client = Client(street.ACCOUNT, "secret", http_client=http)
        client.api.base_url = base_url

        async def send(number: int) -> None:
            number = int(number)
            to, case = table.execute("SELECT phone, number FROM message WHERE id = ?", (number,)).fetchone()
            body = f"You have court tomorrow at 9:30 a.m. Case {case}. Come 15 minutes early."
            created = await client.messages.create_async(to=to, body=body, messaging_service_sid=street.SENDER)
            table.execute("UPDATE message SET sid = ? WHERE id = ?", (created.sid, number))

        watching = asyncio.create_task(_longest_stall())
        took = await way(send, messages)
        watching.cancel()
        stall = await watching
        [sent] = table.execute("SELECT COUNT(DISTINCT sid) FROM message").fetchone()
        assert sent == messages, sent
        table.close()
        await http.close()
    return messages / took, stall * 1e3


async def _longest_stall() -> float:
    longest, last = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(LOOK)
            now = time.perf_counter()
            longest, last = max(longest, now - last - LOOK), now
    except asyncio.CancelledError:
        return max(longest, time.perf_counter() - last - LOOK)


def _table(path: Path, messages: int) -> sqlite3.Connection:
    table = sqlite3.connect(path, isolation_level=None)
    table.execute("PRAGMA journal_mode=WAL")
    table.execute("PRAGMA synchronous=FULL")
    table.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, phone TEXT, number TEXT, sid TEXT)")
    rows = [(number, street.address_of(number), street.case_of(number)) for number in range(messages)]
    table.execute("BEGIN")
    table.executemany("INSERT INTO message VALUES (?, ?, ?, NULL)", rows)
    table.execute("COMMIT")
    return table


def main() -> None:
    """Measure both, and Usher."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=100, full=10_000, of="messages"))
    usher, found = [], {by_taskiq: [], by_apscheduler: []}  # type: ignore[var-annotated]
    for _ in range(asked.runs):
        usher.append(measure("sqlite", asked.size)["usher"])
        for way, rows in found.items():
            with machines.provider() as base_url:
                rows.append(asyncio.run(naive(way, base_url, asked.size)))
    for way, least in ((by_taskiq, TIMES_TASKIQ), (by_apscheduler, TIMES_APSCHEDULER)):
        name = way.__name__.removeprefix("by_")
        rates = [rate for rate, _ in found[way]]
        stalls = [stall for _, stall in found[way]]
        shown = [
            figures.compared(f"Usher, {asked.size:,} due at once", usher, f"{name}, one by one", rates, least=least),
            figures.noted(f"longest stall of the loop: {name}", stalls, "ms"),
        ]
        figures.show(shown, as_json=asked.json)


if __name__ == "__main__":
    main()
