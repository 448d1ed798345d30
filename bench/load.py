"""What an installation carries at once, for minutes: people ask, receipts come in, reminders fall due, all together.

The whole load is INBOUND texts, RECEIPTS receipts and OUTBOUND texts a second, replies among the last. `usher run` has
one core, or web, worker and clock have it together; the provider, and whoever writes and watches, have the other. Where
the whole is too much, smaller shares of it are tried for some seconds each, and the largest that is carried is held for
the whole time: a load is carried when every request is answered with 200, nothing due waits for more than LAG, and what
is left is done soon after the end.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import Connection, bindparam, case, func, select, update

from bench import inbound
from bench.stage import figures, machines, street
from bench.stage.figures import Figure
from bench.stage.installation import TOKEN, Installation, installed
from bench.stage.machines import CORES, ENGINES
from bot.channels.twilio_webhooks import INBOUND_PATH, STATUS_PATH
from bot.court_files import example_court
from bot.web.signatures import SIGNATURE_HEADER, sign_form
from domain.delivery import DeliveryState
from domain.notice import WAITING, NoticeKind
from storage import courts
from storage.database import Database
from storage.schema import delivery, notice

INBOUND, RECEIPTS, OUTBOUND = 200, 300, 500
REMINDERS = OUTBOUND - INBOUND  # the rest of what leaves are replies
APART = "apart"
WAYS = {**{engine: engine for engine in ENGINES}, APART: "web, worker and clock over postgresql and NATS"}
LAG = 5.0  # seconds
HOPELESS = 3 * LAG
SHARES = (1.0, 0.75, 0.5, 0.35, 0.2, 0.1, 0.05)
TRY = 15  # seconds
DONE_WITHIN = 30.0  # seconds after the last request
GROWTH = 1.1
TEN = 10  # o'clock
PAGE = 1000


@dataclass(slots=True)
class Seen:
    """What was seen of one load."""

    posted: int = 0
    failed: int = 0
    receipts: int = 0
    lags: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    is_done: bool = False

    @property
    def is_carried(self) -> bool:
        """Whether nothing went wrong and nothing was late."""
        return self.is_done and not self.failed and max(self.lags) <= LAG


@dataclass(slots=True)
class Load:
    """One load on one running installation."""

    installation: Installation
    database: Database
    processes: Sequence[int]
    share: float
    seconds: int
    seen: Seen = field(default_factory=Seen)
    sending: list["asyncio.Task[None]"] = field(default_factory=list)

    async def run(self) -> Seen:
        """Put the load on; return what was seen when everything was done, or hopeless."""
        async with aiohttp.ClientSession(connector=_patient()) as session:
            watching = asyncio.create_task(self._watch())
            together = asyncio.create_task(self._together(session))
            await asyncio.wait({watching, together}, return_when=asyncio.FIRST_COMPLETED)
            if together.done():
                await asyncio.gather(*self.sending)
                self.seen.is_done = await self._is_done()
            together.cancel()
            watching.cancel()
            await asyncio.gather(together, watching, *self.sending, return_exceptions=True)
        return self.seen

    async def _together(self, session: aiohttp.ClientSession) -> None:
        await asyncio.gather(self._people(session), self._provider(session))

    async def _people(self, session: aiohttp.ClientSession) -> None:
        """Let people ask, evenly; those who are reminded last ask first."""
        everybody, many = people_for(self.share, self.seconds), round(INBOUND * self.share * self.seconds)
        texts = inbound.texts(range(everybody, everybody - many, -1))
        began = time.perf_counter()
        for place, (body, headers) in enumerate(texts):
            await asyncio.sleep(max(began + place / (INBOUND * self.share) - time.perf_counter(), 0))
            self._post(session, INBOUND_PATH, body, headers)

    async def _provider(self, session: aiohttp.ClientSession) -> None:
        """Let receipts come in, evenly, for what the provider has taken."""
        began, last, taken = time.perf_counter(), 0, list[tuple[int, str]]()
        while (place := time.perf_counter() - began) < self.seconds:
            if not taken:
                taken = await self.database.read(partial(_taken, after=last))
                last = taken[-1][0] if taken else last
            due = min(int(place * RECEIPTS * self.share) - self.seen.receipts, len(taken))
            for delivery_id, provider_id in taken[:due]:
                self._post(session, f"{STATUS_PATH}?m={delivery_id}", *_receipt(delivery_id, provider_id))
            self.seen.receipts += max(due, 0)
            taken = taken[max(due, 0) :]
            await asyncio.sleep(0.02)

    def _post(self, session: aiohttp.ClientSession, path: str, body: bytes, headers: dict[str, str]) -> None:
        async def post() -> None:
            try:
                async with session.post(
                    f"http://127.0.0.1:{self.installation.port}{path}", data=body, headers=headers
                ) as it:
                    self.seen.failed += it.status != 200
            except (aiohttp.ClientError, TimeoutError):
                self.seen.failed += 1

        self.seen.posted += 1
        self.sending.append(asyncio.create_task(post()))

    async def _watch(self) -> None:
        """Look at lag and memory every second, until it is hopeless."""
        while not self.seen.lags or self.seen.lags[-1] < HOPELESS:
            await asyncio.sleep(1)
            self.seen.lags.append(await self.database.read(partial(_lag, now=datetime.now(UTC))))
            self.seen.megabytes.append(sum(map(machines.resident_megabytes, self.processes)))

    async def _is_done(self) -> bool:
        """Wait until all that was to leave has left, once, and all that was told is written down."""
        replies, reminders = (round(rate * self.share * self.seconds) for rate in (INBOUND, REMINDERS))
        wanted, until = (replies, replies + reminders, self.seen.receipts), time.monotonic() + DONE_WITHIN
        while (found := await self.database.read(_found)) != wanted and time.monotonic() < until:  # noqa: ASYNC110 - it is others who do it
            await asyncio.sleep(0.5)
        return found == wanted


def _patient() -> aiohttp.TCPConnector:
    """Return a connector as a provider has it: its idle connections end before the server, after 5 s, hangs up."""
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=2)


def people_for(share: float, seconds: int) -> int:
    """Return how many people a load needs: each is reminded once, and asks once at most."""
    return round(REMINDERS * share * seconds)


def measure(way: str, share: float, seconds: int) -> Seen:
    """Put a share of the load on a fresh installation for so many seconds."""
    with ExitStack() as stack:
        provider = stack.enter_context(machines.provider())
        everybody = people_for(share, seconds)
        engine = "postgresql" if way == APART else way
        installation = stack.enter_context(installed(engine, provider, people=everybody))
        mine = os.sched_getaffinity(0)
        stack.callback(os.sched_setaffinity, 0, mine)
        os.sched_setaffinity(0, {CORES[-1]})
        database = installation.opened()
        stack.callback(database.close_now)
        database.write_now(_where_it_is_morning)
        machines.gather_statistics(database)
        processes = _run(stack, installation, is_apart=way == APART)
        start = datetime.now(UTC) + timedelta(seconds=1)
        database.write_now(partial(_fall_due, share=share, start=start, everybody=everybody))
        return asyncio.run(Load(installation, database, processes, share, seconds).run())


def _run(stack: ExitStack, installation: Installation, *, is_apart: bool) -> Sequence[int]:
    core = CORES[0]
    if not is_apart:
        process, _ = stack.enter_context(installation.running(core=core))
        return [process]
    return stack.enter_context(installation.running_apart(stack.enter_context(machines.nats()), core=core))


def highest_share(way: str) -> float:
    """Return the largest share that is carried for some seconds; 0 if none is."""
    return next((share for share in SHARES if measure(way, share, TRY).is_carried), 0.0)


def _where_it_is_morning(connection: Connection) -> None:
    """Move the court to where it is ten o'clock: nothing waits for the end of the night."""
    east = (TEN - datetime.now(UTC).hour + 11) % 24 - 11
    text = example_court().replace("America/Anchorage", f"Etc/GMT{-east:+d}" if east else "Etc/UTC")
    courts.apply(connection, {"example": text}, now=datetime.now(UTC))


def _fall_due(connection: Connection, share: float, start: datetime, everybody: int) -> None:
    """Let everybody's reminder fall due, evenly."""
    query = update(notice).where(notice.c.id == bindparam("number")).values(due_at=bindparam("at"))
    step = timedelta(seconds=1 / (REMINDERS * share))
    connection.execute(query, [{"number": number, "at": start + number * step} for number in range(1, everybody + 1)])


def _taken(connection: Connection, after: int) -> list[tuple[int, str]]:
    """Return deliveries that the provider has taken: those in order before the first that it has not."""
    query = select(delivery.c.id, delivery.c.provider_id).where(delivery.c.id > after).order_by(delivery.c.id)
    found = []
    for row in connection.execute(query.limit(PAGE)):
        if row.provider_id is None:
            break
        found.append((int(row.id), str(row.provider_id)))
    return found


def _receipt(delivery_id: int, provider_id: str) -> tuple[bytes, dict[str, str]]:
    form = {"MessageSid": provider_id, "MessageStatus": "delivered", "AccountSid": street.ACCOUNT}
    signature = sign_form(TOKEN, f"{street.PUBLIC_URL}{STATUS_PATH}?m={delivery_id}", form.items())
    headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
    return urlencode(form).encode(), headers


def _lag(connection: Connection, now: datetime) -> float:
    """Return for how many seconds the oldest due notice has waited."""
    oldest = select(func.min(notice.c.due_at)).where(notice.c.state.in_(WAITING), notice.c.due_at <= now)
    at: datetime | None = connection.execute(oldest).scalar()
    return 0.0 if at is None else (now - at).total_seconds()


def _found(connection: Connection) -> tuple[int, int, int]:
    """Count replies, deliveries that were taken, and those of them that were told to have arrived."""
    replies = select(func.count()).where(notice.c.kind == NoticeKind.REPLY)
    arrived = func.sum(case((delivery.c.state == DeliveryState.DELIVERED, 1), else_=0))
    taken = select(func.count(func.distinct(delivery.c.provider_id)), arrived)
    many, there = connection.execute(taken).one()
    return connection.execute(replies).scalar_one(), int(many), int(there or 0)


def _figures(way: str, share: float, seconds: int, seen: Seen) -> list[Figure]:
    what = WAYS[way]
    name = f"{share:.0%} of {INBOUND}+{RECEIPTS}+{OUTBOUND}/s, {seconds} s, {what}"
    fine = figures.spread([1 - seen.failed / seen.posted])
    third = seen.megabytes[: max(len(seen.megabytes) // 3, 1)]
    end, before = figures.spread(seen.megabytes[-1:]), figures.spread(third[-1:])
    growth = figures.spread([end.max / before.max])
    return [
        Figure(f"load: share carried, {what}", figures.spread([share]), "", ">= 1", share >= 1 and seen.is_carried),
        Figure(f"load: answered with 200, {name}", fine, "", ">= 1", fine.min >= 1 and seen.is_done),
        figures.bounded(f"load: lag of the oldest due, {name}", [max(*seen.lags, 0.001)], "s", most=LAG),
        Figure(
            f"load: memory, {name}", end, "MB", f"<= {GROWTH:g}", growth.max <= GROWTH, "after a third", before, growth
        ),
    ]


def main() -> None:
    """Measure every way."""
    parser = figures.arguments(__doc__, quick=4, full=300, of="seconds")
    parser.add_argument("--only", choices=WAYS)
    parser.add_argument("--share", type=float, help="hold this share, instead of looking for the largest")
    parser.set_defaults(runs=1)  # minutes say enough
    asked = figures.asked_for(parser)
    for way in [asked.only] if asked.only else WAYS:
        share = asked.share or (SHARES[-1] if asked.quick else highest_share(way) or SHARES[-1])
        figures.show(_figures(way, share, asked.size, measure(way, share, asked.size)), as_json=asked.json)


if __name__ == "__main__":
    main()
