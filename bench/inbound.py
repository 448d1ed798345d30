"""How webhooks are taken: people ask for their case, at 200 a second and as fast as can be, until all are answered.

`usher run` keeps each text, thinks about it, and puts the reply into the outbox. It stands beside a FastAPI handler
that only checks the signature. Each has one core; the people who ask and the provider have the other; PostgreSQL's own
processes run where there is room, which the empty handler has no need of. At 200 a second the replies are sent to the
provider meanwhile, and the empty handler's own p99 tells what of ours is the machine's. While people ask as fast as can
be the lane rests, for sending is measured by `bench.dispatch`: what counts is that every text is kept before its 200,
and that its effect and reply are committed. Afterwards the replies leave, and are counted. Processor time is what
either process itself needed for each text.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import Connection, func, select, update

from bench.stage import figures, machines, street
from bench.stage.installation import TOKEN, Installation, installed
from bench.stage.machines import CORES, ENGINES
from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.web.signatures import SIGNATURE_HEADER, sign_form
from domain.delivery import DeliveryState
from domain.notice import NoticeKind
from storage.inbox import InboxState
from storage.schema import delivery, inbound, lane, notice

AT_ONCE = 64
PER_SECOND = 200
LEAST, WITHIN = 0.6, 50.0
ANSWERED_WITHIN = 120.0  # seconds
Asked = TypeVar("Asked")
Texts = list[tuple[bytes, dict[str, str]]]


def texts(people: range) -> Texts:
    """Return one signed text of each of these people, who asks for the case by its number."""
    made = []
    for number in people:
        form = {
            "MessageSid": f"SM{number:032x}",
            "AccountSid": street.ACCOUNT,
            "From": street.address_of(number),
            "To": "+19075550199",
            "Body": street.case_of(number),
            "NumMedia": "0",
        }
        signature = sign_form(TOKEN, f"{street.PUBLIC_URL}{INBOUND_PATH}", form.items())
        headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
        made.append((urlencode(form).encode(), headers))
    return made


async def evenly(url: str, many: Texts) -> list[float]:
    """Post PER_SECOND texts a second, whatever becomes of them; return each one's milliseconds to its answer."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began, asked = time.perf_counter(), []
        for place, text in enumerate(many):
            await asyncio.sleep(max(began + place / PER_SECOND - time.perf_counter(), 0))
            asked.append(asyncio.create_task(_post(session, url, *text)))
        return [took * 1e3 for took in await asyncio.gather(*asked)]


async def at_full_speed(url: str, many: Texts) -> float:
    """Post AT_ONCE texts at a time; return how many a second were answered."""
    waiting = iter(many)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def post_on() -> None:
            for text in waiting:
                await _post(session, url, *text)

        began = time.perf_counter()
        await asyncio.gather(*(post_on() for _ in range(AT_ONCE)))
        return len(many) / (time.perf_counter() - began)


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    async with session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 200, answer.status
        await answer.read()
    return time.perf_counter() - began


@contextmanager
def empty_door() -> Iterator[tuple[str, int]]:
    """Run the empty handler; yield where it is, and its process id."""
    command = [sys.executable, "-m", "bench.stage.empty_door"]
    with subprocess.Popen(
        command, cwd=machines.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        os.sched_setaffinity(process.pid, {CORES[0]})
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}{INBOUND_PATH}", process.pid
        process.communicate()


def measure(engine: str, size: int) -> dict[str, float]:
    """Ask evenly, then at full speed; then the empty handler alike."""
    calm, many = texts(range(1, size // 2 + 1)), texts(range(size // 2 + 1, size + 1))
    with machines.provider() as provider, installed(engine, provider, people=size) as installation:
        url = f"http://127.0.0.1:{installation.port}{INBOUND_PATH}"
        with installation.running(core=CORES[0]) as (process, _):
            waits = _from_the_other_core(evenly(url, calm))
            _wait(installation, _sent, len(calm))
            _rest(installation, until=datetime.now(UTC) + timedelta(hours=1))
            began, cpu = time.perf_counter(), machines.processor_time(process)
            taken = _from_the_other_core(at_full_speed(url, many))
            _wait(installation, _answered, size)
            answered = len(many) / (time.perf_counter() - began)
            cost = (machines.processor_time(process) - cpu) / len(many)
            _rest(installation, until=None)
            _wait(installation, _sent, size)
    with empty_door() as (door, process):
        empty_waits = _from_the_other_core(evenly(door, calm))
        cpu = machines.processor_time(process)
        empty = _from_the_other_core(at_full_speed(door, many))
        empty_cost = (machines.processor_time(process) - cpu) / len(many)
    return {
        "p99": statistics.quantiles(waits, n=100)[98],
        "empty_p99": statistics.quantiles(empty_waits, n=100)[98],
        "taken": taken,
        "answered": answered,
        "empty": empty,
        "cost": cost * 1e6,
        "empty_cost": empty_cost * 1e6,
    }


def _from_the_other_core(asking: Coroutine[Any, Any, Asked]) -> Asked:
    """Let people ask where no server is; what is started later may run everywhere again."""
    os.sched_setaffinity(0, {CORES[-1]})
    try:
        return asyncio.run(asking)
    finally:
        os.sched_setaffinity(0, CORES)


def _rest(installation: Installation, *, until: datetime | None) -> None:
    """Let nothing leave until then."""
    database = installation.opened()
    database.write_now(lambda connection: connection.execute(update(lane).values(paused_until=until)))
    database.close_now()


def _wait(installation: Installation, count: Callable[[Connection], tuple[int, int]], expected: int) -> None:
    """Wait until everybody who asked has one reply, and nobody two."""
    database, until = installation.opened(), time.monotonic() + ANSWERED_WITHIN
    try:
        while (found := database.read_now(count)) != (expected, expected):
            assert time.monotonic() < until, found
            assert max(found) <= expected, found
            time.sleep(0.05)
    finally:
        database.close_now()


def _answered(connection: Connection) -> tuple[int, int]:
    """Count the texts that were thought about, and the replies in the outbox."""
    handled = select(func.count()).where(inbound.c.state == InboxState.HANDLED)
    replies = select(func.count()).where(notice.c.kind == NoticeKind.REPLY)
    return int(connection.execute(handled).scalar_one()), int(connection.execute(replies).scalar_one())


def _sent(connection: Connection) -> tuple[int, int]:
    """Count the replies in the outbox, and those that the provider has."""
    _, replies = _answered(connection)
    sent = select(func.count()).where(delivery.c.state == DeliveryState.ACCEPTED)
    return replies, int(connection.execute(sent).scalar_one())


def main() -> None:
    """Measure both engines."""
    parser = figures.arguments(__doc__, quick=80, full=4_000, of="texts, half of them evenly")
    parser.add_argument("--only", choices=ENGINES)
    asked = figures.asked_for(parser)
    beside = "an empty handler with signature check"
    for engine in [asked.only] if asked.only else ENGINES:
        rows = [measure(engine, asked.size) for _ in range(asked.runs)]
        empty = [row["empty"] for row in rows]
        by_name = {name: [row[name] for row in rows] for name in rows[0]}
        shown = [
            figures.bounded(
                f"inbound p99 at {PER_SECOND}/s, {engine}",
                by_name["p99"],
                "ms",
                most=WITHIN,
                beside=beside,
                limits=by_name["empty_p99"],
            ),
            figures.compared(f"inbound saturated: kept, {engine}", by_name["taken"], beside, empty, least=LEAST),
            figures.compared(f"inbound saturated: answered, {engine}", by_name["answered"], beside, empty, least=LEAST),
            figures.costing(
                f"inbound saturated: processor time, {engine}",
                by_name["cost"],
                beside,
                by_name["empty_cost"],
                least=LEAST,
            ),
        ]
        figures.show(shown, as_json=asked.json)


if __name__ == "__main__":
    main()
