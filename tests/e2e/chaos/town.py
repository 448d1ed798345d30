"""A town of real processes: two webs, two workers, a clock, PostgreSQL, NATS, a provider, a cable between any two."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

import aiohttp
from sqlalchemy import Connection

from bot.demo.stage import free_port
from bot.sandbox.identities import Identities
from domain.court_file import read_court
from storage import courts, lanes, migrate
from storage.courts import Courts
from storage.database import Database
from storage.key_file import new_key_file
from storage.vault import read_key_file
from tests.e2e.chaos import parts, provider
from tests.e2e.chaos.cables import Cable
from tests.e2e.chaos.clocks import ClockHands
from tests.e2e.chaos.nursery import Child, Nursery
from tests.e2e.chaos.postgres import Postgres
from tests.e2e.chaos.provider import Provider
from tests.fixtures.nats import NatsServer

WEBS, WORKERS, CLOCKS = ("web-1", "web-2"), ("worker-1", "worker-2"), ("clock-1",)
PROCESSES = (*WEBS, *WORKERS, *CLOCKS)
PG, NATS, PROVIDER = "pg", "nats", "provider"
CABLES = (
    *(f"{process}:{server}" for process in PROCESSES for server in (PG, NATS)),
    *(f"{process}:{PROVIDER}" for process in (*WORKERS, *CLOCKS)),
    *(f"{PROVIDER}:{process}" for process in WEBS),
)
PACE = 20.0
"""Seconds of the town for each of the machine's: see `parts.QUICK`."""
CURTAIN = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)  # nine in the morning in Anchorage
PATIENCE = 60.0  # seconds of the machine's
COURT = "riverbend"


@dataclass(slots=True)
class Town:
    """Everything by its name. `db` is the director's own way into the database: no cable of it is ever cut."""

    folder: Path
    nursery: Nursery
    time: ClockHands
    postgres: Postgres
    nats: NatsServer
    provider: Provider
    cables: dict[str, Cable]
    front: Cable
    db: Database
    courts: Courts
    ports: dict[str, int]
    tempo: str = "quick"
    is_on_machine_time: bool = False
    running: dict[str, Child] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)

    async def start(self, *names: str) -> None:
        """Start processes, and wait until each says that it has."""
        for name in names:
            self.started[name] = self._said(name)
            part = name.partition("-")[0]
            self.running[name] = await self.nursery.start(name, part, self.environment(name), self.log(name))
        for name in names:
            await self.until(partial(self._has_started, name), f"{name} to start")

    async def end(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """End a process and return its exit code."""
        child = self.running.pop(name)
        child.send(how)
        async with asyncio.timeout(PATIENCE):
            return await child.ended

    def pause(self, name: str) -> None:
        """Stop a process where it is."""
        self.running[name].send(signal.SIGSTOP)

    def let_go_on(self, name: str) -> None:
        """Let a stopped process go on as if nothing had been."""
        if name in self.running:
            self.running[name].send(signal.SIGCONT)

    def log(self, name: str) -> Path:
        """Return where a process logs."""
        return self.folder / f"{name}.log"

    def environment(self, name: str) -> dict[str, str]:
        """Return all that a process finds in its environment: it reaches everybody by a cable of its own."""
        who = Identities()
        mine = {
            **{key: value for key, value in os.environ.items() if not key.startswith("USHER_")},
            "USHER_DATABASE_URL": self.postgres.at(self.cables[f"{name}:{PG}"].port),
            "USHER_NATS_URL": f"nats://127.0.0.1:{self.cables[f'{name}:{NATS}'].port}",
            "USHER_SECRET_KEY_FILE": str(self.folder / "usher.key"),
            "USHER_PUBLIC_URL": f"http://127.0.0.1:{self.front.port}",
            "USHER_TWILIO_ACCOUNT_SID": who.account_sid,
            "USHER_TWILIO_AUTH_TOKEN": who.auth_token,
            "USHER_TWILIO_SENDER": who.number,
            parts.TEMPO: self.tempo,
            parts.JUMP_FILE: str(self.folder / f"{name}.jump"),
        }
        if not self.is_on_machine_time:
            mine[parts.CLOCK_FILE] = str(self.folder / "clock")
        if name in self.ports:
            mine["USHER_HTTP_PORT"] = str(self.ports[name])
        to_provider = self.cables.get(f"{name}:{PROVIDER}")
        mine["USHER_TWILIO_API_BASE_URL"] = f"http://127.0.0.1:{to_provider.port}" if to_provider else self.provider.url
        return mine

    def jump(self, name: str, by: timedelta) -> None:
        """Set the machine clock under one process; the others' stay."""
        (self.folder / f"{name}.jump").write_text(str(by.total_seconds()), encoding="ascii")
        self.running[name].send(signal.SIGUSR2)

    async def until(self, holds: Callable[[], bool], what: str, *, within: float = PATIENCE) -> None:
        """Wait for something that another process does.

        Raises:
            AssertionError: If it does not come to be.
        """
        try:
            async with asyncio.timeout(within):
                while not holds():  # noqa: ASYNC110 - another process is at work, it sets no event here
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}; see {self.folder}") from None

    async def heal(self) -> None:
        """Undo every fault: cables, servers, processes."""
        for cable in self.cables.values():
            cable.mend()
        await self.provider.be_well()
        for name in PROCESSES:
            self.let_go_on(name)
        gone = [name for name in PROCESSES if name not in self.running or self.running[name].ended.done()]
        await self.start(*gone)

    def _said(self, name: str) -> int:
        log = self.log(name)
        return log.read_text(encoding="utf-8").count(f"{name.partition('-')[0]}.started") if log.exists() else 0

    def _has_started(self, name: str) -> bool:
        if self.running[name].ended.done():
            raise AssertionError(f"{name} ended at once; see {self.log(name)}")
        return self._said(name) > self.started[name]


@asynccontextmanager
async def built(folder: Path, *, pace: float = PACE, is_on_machine_time: bool = False) -> AsyncIterator[Town]:
    """Build a town where nothing of Usher runs yet; the servers and the provider do."""
    _furnish(folder)
    postgres, nats = Postgres(folder / "pg"), NatsServer(folder / "nats")
    async with AsyncExitStack() as stack:
        nursery_opened = asyncio.create_task(Nursery.opened())
        await asyncio.gather(asyncio.to_thread(_raise, postgres), asyncio.to_thread(nats.start))
        stack.callback(postgres.stop)
        stack.callback(nats.kill)
        nursery = await nursery_opened
        stack.push_async_callback(nursery.close)
        start = datetime.now(UTC) if is_on_machine_time else CURTAIN
        time = ClockHands(folder / "clock", start, pace=1.0 if is_on_machine_time else pace)
        db = await stack.enter_async_context(Database(postgres.url, read_key_file(folder / "usher.key")))
        known = await db.write(partial(_apply_court, now=time.now()))
        ports = {name: free_port() for name in WEBS}
        cables = await _lay(stack, postgres, nats, ports)
        front = cables.pop("front")
        carrier = await _open_provider(stack, folder, nursery, front)
        for worker in (*WORKERS, *CLOCKS):
            cables[f"{worker}:{PROVIDER}"].behind = [int(carrier.url.rpartition(":")[2])]
        yield Town(
            folder=folder,
            nursery=nursery,
            time=time,
            postgres=postgres,
            nats=nats,
            provider=carrier,
            cables=cables,
            front=front,
            db=db,
            courts=known,
            ports=ports,
            tempo="usual" if is_on_machine_time else "quick",
            is_on_machine_time=is_on_machine_time,
        )


def _furnish(folder: Path) -> None:
    folder.chmod(0o755)  # PostgreSQL may be another user
    new_key_file(folder / "usher.key")


def _raise(postgres: Postgres) -> None:
    postgres.build()
    postgres.start()
    migrate.upgrade(postgres.url)


async def _lay(stack: AsyncExitStack, postgres: Postgres, nats: NatsServer, ports: dict[str, int]) -> dict[str, Cable]:
    ends = {PG: postgres.port, NATS: nats.port, PROVIDER: 0, **ports}
    cables = {name: Cable([ends[name.partition(":")[2]]]) for name in CABLES}
    cables["front"] = Cable([cables[f"{PROVIDER}:{web}"] for web in WEBS])
    for cable in cables.values():
        await cable.lay()
        stack.push_async_callback(cable.remove)
    return cables


async def _open_provider(stack: AsyncExitStack, folder: Path, nursery: Nursery, front: Cable) -> Provider:
    places = folder / "provider.places"
    environment = {
        **os.environ,
        parts.CLOCK_FILE: str(folder / "clock"),
        provider.PLACES_FILE: str(places),
        provider.FRONT: f"http://127.0.0.1:{front.port}",
    }
    child = await nursery.start(PROVIDER, PROVIDER, environment, folder / "provider.log")
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(places.exists):
            assert not child.ended.done(), (folder / "provider.log").read_text(encoding="utf-8")
            await asyncio.sleep(0.02)
    url, door = places.read_text(encoding="ascii").split()
    return Provider(url, door, await stack.enter_async_context(aiohttp.ClientSession()))


def _apply_court(connection: Connection, *, now: datetime) -> Courts:
    words = (files("bot.demo") / f"{COURT}.toml").read_text(encoding="utf-8")
    words = words.replace('start = "20:00"', 'start = "02:00"').replace('end = "08:00"', 'end = "02:10"')
    words = 'stale_after = "400d"\n' + words.replace("burst = 100", "burst = 400").replace(
        "rate = 100.0", "rate = 400.0"
    )
    courts.apply(connection, {COURT: words}, now=now)
    known = courts.load(connection, read_court)
    lanes.ensure(connection, known.by_id.values(), now=now)
    return known
