"""The stage of the demo: a folder, courts, phones and a sandbox, and a whole installation running against them."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection

from bot.bootstrap import Usher
from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.demo import cast
from bot.demo.cast import Entry
from bot.demo.court_side import DemoCourt
from bot.demo.installation import Hands, Installation, OneProcess
from bot.sandbox.server import Sandbox
from domain.calendar_report import ImportReport
from domain.clock import SteppedClock
from domain.court_file import read_court
from handlers.calendar import ImportOptions, import_calendar
from storage import courts, lanes, migrate
from storage.courts import Courts
from storage.database import Database
from storage.key_file import new_key_file
from storage.vault import read_key_file

COURTS = ("riverbend", "lakeside")
HOME = "riverbend"
OPENS = "09:00"

Assemble = Callable[[], AbstractAsyncContextManager[Usher]]


@dataclass(slots=True)
class Stage:
    """Everything that a demo plays with. Every morning before the court opens, its last file comes again."""

    usher: Installation
    sandbox: Sandbox
    court: DemoCourt
    clock: Hands
    first_day: date
    _file: bytes = b""

    async def import_docket(self, entries: Iterable[Entry], *, accept_changes: bool = False) -> ImportReport:
        """Bring a docket in as a file of the court's, and let everything happen that follows from it."""
        self._file = cast.calendar(entries, self.first_day)
        report = await self._import(accept_changes=accept_changes)
        await self.court.settle()
        return report

    async def nightly_import(self) -> None:
        """Bring the last file in again, as a court's server does every night."""
        await self._import(accept_changes=False)

    async def _import(self, *, accept_changes: bool) -> ImportReport:
        return await asyncio.to_thread(
            import_calendar,
            self.usher.db,
            io.BytesIO(self._file),
            court=HOME,
            courts=self.usher.courts,
            clock=self.clock,
            options=ImportOptions(allow_fictional=True, accept_changes=accept_changes),
        )


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class SetUp:
    """Where the demo keeps things while it runs."""

    url: str
    key_file: Path


def build_database(folder: Path, *, now: datetime) -> SetUp:
    """Make a key, a database and the demo's courts in `folder`."""
    key_file = folder / "usher.key"
    new_key_file(key_file)
    url = f"sqlite:///{folder / 'usher.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url, read_key_file(key_file))
    database.write_now(partial(apply_courts, now=now))
    database.close_now()
    return SetUp(url, key_file)


def first_monday(after: date) -> date:
    """Return the first Monday later than `after`: the day on which the demo begins."""
    return after + timedelta(days=7 - after.weekday())


def curtain(day: date) -> datetime:
    """Return the instant at which the demo begins on `day`: nine in the morning of the court's clock."""
    zone = read_court(HOME, _court_text(HOME)).zone
    return datetime.combine(day, datetime.strptime(OPENS, "%H:%M").time(), zone)  # noqa: DTZ007 - a wall-clock time


@asynccontextmanager
async def staged(assemble: Assemble, sandbox: Sandbox, clock: SteppedClock, first_day: date) -> AsyncIterator[Stage]:
    """Run an installation against a started sandbox; hand the cast their phones. `assemble` puts it together."""
    for phone in cast.phones():
        sandbox.add_phone(phone)
    async with assemble() as usher:
        stop = asyncio.Event()
        running = asyncio.create_task(usher.run(stop))
        sandbox.post_inbound_to(f"http://127.0.0.1:{usher.web.port}{INBOUND_PATH}")
        stage = set_stage(OneProcess(usher), sandbox, clock, first_day)
        sandbox.sit(stage.court)
        try:
            yield stage
        finally:
            sandbox.sit(None)
            stop.set()
            with suppress(asyncio.CancelledError):
                await running


def set_stage(usher: Installation, sandbox: Sandbox, clock: Hands, first_day: date) -> Stage:
    """Put a court onto an installation that is at work; its last file comes again every night."""
    court = DemoCourt(usher, sandbox, clock, court=HOME)
    stage = Stage(usher, sandbox, court, clock, first_day)
    court.every_night = stage.nightly_import
    return stage


def apply_courts(connection: Connection, *, now: datetime) -> None:
    """Apply the demo's courts."""
    courts.apply(connection, {key: _court_text(key) for key in COURTS}, now=now)
    known: Courts = courts.load(connection, read_court)
    lanes.ensure(connection, known.by_id.values(), now=now)


def _court_text(key: str) -> str:
    return (files("bot.demo") / f"{key}.toml").read_text(encoding="utf-8")
