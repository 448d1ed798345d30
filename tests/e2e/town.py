"""An installation of several processes for tests: real PostgreSQL and NATS, the sandbox as provider, gates between."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, select, text

from bot.arrivals import form_pairs
from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.demo.stage import free_port
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from domain.clock import SystemClock
from domain.court_file import read_court
from storage import courts, lanes
from storage.database import Database, vault_of
from storage.inbox import PAYLOAD
from storage.key_file import new_key_file
from storage.schema import inbound
from storage.vault import read_key_file
from tests.e2e.forking import Forked, usher
from tests.fixtures.gate import Gate
from tests.fixtures.nats import NatsServer

PATIENCE = 60  # seconds, for anything


@dataclass(slots=True)
class Town:
    """The processes by name, what is between them, and the people's phones."""

    folder: Path
    environment: dict[str, str]
    db: Database
    nats: NatsServer
    database_gate: Gate
    nats_gate: Gate
    front: Gate
    sandbox: Sandbox
    web_ports: dict[str, int]
    processes: dict[str, Forked] = field(default_factory=dict)

    async def start(self, *names: str) -> None:
        """Start processes by their command and a number: "worker-1"."""
        for name in names:
            command = name.partition("-")[0]
            port = {"USHER_HTTP_PORT": str(self.web_ports[name])} if command == "web" else {}
            log = self.folder / f"{name}.log"
            log.touch()
            self.processes[name] = usher(command, self.folder, self.environment | port, log)
        for name in names:
            await self.until_logged(name, f"{name.partition('-')[0]}.started")

    async def until_logged(self, name: str, event: str) -> None:
        """Wait until a process has said something."""
        await until(lambda: event in self.log(name), f"{name} to say {event}")

    def log(self, name: str) -> str:
        """Return all that a process said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    async def end(self, name: str, how: signal.Signals) -> int:
        """End a process and return its exit code."""
        process = self.processes.pop(name)
        process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            return await process.wait()

    async def write(self, numbers: range, *texts: str) -> None:
        """Let people write one text after the other, all people at once."""

        async def one(number: int) -> None:
            for words in texts:
                await self.sandbox.person_writes(number_of(number), words)

        await asyncio.gather(*(one(number) for number in numbers))

    async def handled(self) -> dict[str, list[str]]:
        """Return what has been handled, by who wrote it, in the order in which it was."""
        return await self.db.read(_handled)


def number_of(person: int) -> str:
    """Return somebody's invented number."""
    return f"+1907555{100 + person:04d}"


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - another process is at work, it sets no event here
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None


@asynccontextmanager
async def built(folder: Path, postgres: str, nats: NatsServer, *, people: int) -> AsyncIterator[Town]:
    """Build a town around an empty database; nothing runs in it yet."""
    key_file = folder / "usher.key"
    new_key_file(key_file)
    parts = urlsplit(postgres)
    [socket_folder] = parse_qs(parts.query)["host"]
    gate_folder = folder / "pg"
    gate_folder.mkdir()
    database_gate = Gate(gate_folder / ".s.PGSQL.5432", [Path(socket_folder) / ".s.PGSQL.5432"])
    nats_gate = Gate(0, [nats.port])
    web_ports = {"web-1": free_port(), "web-2": free_port()}
    front = Gate(0, list(web_ports.values()))
    gates = (database_gate, nats_gate, front)
    for gate in gates:
        await gate.open()
    async with Sandbox(SystemClock()) as sandbox, Database(postgres, read_key_file(key_file)) as db:
        await db.write(_apply_court)
        for person in range(people):
            sandbox.add_phone(Phone(number=number_of(person)))
        sandbox.post_inbound_to(f"http://127.0.0.1:{front.at}{INBOUND_PATH}#rc=5&rp=all")  # tries again
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("USHER_")},
            "USHER_DATABASE_URL": f"{parts.scheme}://{parts.netloc}{parts.path}?host={gate_folder}",
            "USHER_NATS_URL": f"nats://127.0.0.1:{nats_gate.at}",
            "USHER_SECRET_KEY_FILE": str(key_file),
            "USHER_PUBLIC_URL": f"http://127.0.0.1:{front.at}",
            "USHER_TWILIO_ACCOUNT_SID": sandbox.identities.account_sid,
            "USHER_TWILIO_AUTH_TOKEN": sandbox.identities.auth_token,
            "USHER_TWILIO_SENDER": sandbox.identities.number,
            "USHER_TWILIO_API_BASE_URL": sandbox.url,
        }
        town = Town(folder, environment, db, nats, *gates, sandbox, web_ports)
        try:
            yield town
        finally:
            for name in list(town.processes):
                await town.end(name, signal.SIGKILL)
            for gate in gates:
                await gate.shut()


def _apply_court(connection: Connection) -> None:
    now = datetime.now(UTC)
    words = (files("bot.demo") / "riverbend.toml").read_text(encoding="utf-8")
    courts.apply(connection, {"riverbend": words}, now=now)
    lanes.ensure(connection, courts.load(connection, read_court).by_id.values(), now=now)


def _handled(connection: Connection) -> dict[str, list[str]]:
    opened = partial(vault_of(connection).open, context=PAYLOAD)
    query = select(inbound.c.payload).where(text("state = 'handled'")).order_by(inbound.c.handled_at, inbound.c.id)
    found: dict[str, list[str]] = {}
    for payload in connection.execute(query).scalars():
        form = dict(form_pairs(opened(payload)))
        found.setdefault(form["From"], []).append(form["Body"])
    return found
