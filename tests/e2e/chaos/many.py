"""The demo's installation in many processes: two webs, two workers and a clock, whose work is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import nats
from nats.errors import Error as NatsError
from sqlalchemy import Connection, text

from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.demo import cast, story
from bot.demo.stage import Stage, apply_courts, curtain, set_stage
from bot.sandbox.server import Sandbox
from bot.stream.court_stream import CourtStream
from bot.stream.subjects import STREAM
from bot.stream.tasks import Task
from bot.stream.tickets import Tickets
from domain.court_file import read_court
from storage import courts, due_lanes
from storage.courts import Courts
from storage.database import Database
from tests.e2e.chaos.provider import TRIES
from tests.e2e.chaos.town import CLOCKS, PROCESSES, PROVIDER, WORKERS, Town, built

PACE = 10.0  # a kill in mid-batch costs the story a lease and a receipt's time: 42 seconds of the machine's at most
LOOK_EVERY = 0.05
PATIENCE = 120.0
SECRET = "a-secret-of-the-sandbox-only"
OPEN = {
    "inbound": "SELECT count(*) FROM inbound WHERE state = 'received'",
    "in flight": "SELECT count(*) FROM notice WHERE state IN ('claimed', 'sending')",
    "unknown": "SELECT count(*) FROM delivery WHERE state = 'unknown' AND ask_at IS NOT NULL",
    "due": "SELECT count(*) FROM notice WHERE state IN ('planned', 'held') AND due_at <= :now",
}


@dataclass(slots=True)
class ManyProcesses:
    """An `Installation` of the demo whose parts are elsewhere: it asks them on, as `usher clock` does, and waits."""

    town: Town
    courts: Courts
    tickets: Tickets

    @property
    def db(self) -> Database:
        """Their database, which the court's staff use as well."""
        return self.town.db

    async def work_off(self) -> int:
        """Wait until all that is due now is done; return whether there was anything."""
        had_work = 0
        async with asyncio.timeout(PATIENCE):
            while await self._is_at_work():
                had_work = 1
                await self._ask_on()
                await asyncio.sleep(LOOK_EVERY)
        return had_work

    async def _ask_on(self) -> None:
        now = self.town.time.now()
        for lane_id in await self.db.read(partial(due_lanes.read, now=now)):
            await self.tickets.drain(lane_id)
        await self.tickets.tick(Task.RECONCILE)

    async def _is_at_work(self) -> bool:
        return await self.db.read(partial(_is_open, now=self.town.time.now())) or await self._in_stream() > 0

    async def _in_stream(self) -> int:
        try:
            client = await nats.connect(
                self.town.nats.url, connect_timeout=2, max_reconnect_attempts=1, error_cb=_ignore
            )
        except (NatsError, OSError):
            return 1
        try:
            return int((await client.jetstream().stream_info(STREAM)).state.messages)
        except NatsError:
            return 1
        finally:
            await client.close()


@asynccontextmanager
async def staged_on_many(folder: Path, first_day: date = story.FIRST_DAY) -> AsyncIterator[tuple[Town, Stage]]:
    """Set the demo's stage on a town of processes; the phones are in this process, where the story looks at them."""
    async with (
        built(folder, pace=PACE, curtain=curtain(first_day), preload=("bot.telegram.build",)) as town,
        Sandbox(town.time) as sandbox,
    ):
        await town.db.write(partial(apply_courts, now=town.time.now()))
        known = await town.db.read(partial(courts.load, read=read_court))
        for phone in cast.phones():
            sandbox.add_phone(phone)
        sandbox.post_inbound_to(f"http://127.0.0.1:{town.front.port}{INBOUND_PATH}{TRIES}")
        for name in (*WORKERS, *CLOCKS):
            town.cables[f"{name}:{PROVIDER}"].behind = [int(sandbox.url.rpartition(":")[2])]
        town.more = {
            "USHER_TELEGRAM_TOKEN": sandbox.identities.telegram_token,
            "USHER_TELEGRAM_MODE": "webhook",
            "USHER_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "USHER_TELEGRAM_API_BASE_URL": sandbox.url,
        }
        await town.start(*PROCESSES)
        stream = CourtStream(town.nats.url, replicas=1)
        async with stream.opened():
            many = ManyProcesses(town, known, Tickets(stream, town.db.vault, town.time))
            yield town, set_stage(many, sandbox, town.time, first_day)


def _is_open(connection: Connection, *, now: object) -> bool:
    return any(
        connection.execute(text(look), {"now": now} if ":now" in look else {}).scalar() for look in OPEN.values()
    )


async def _ignore(_: Exception) -> None:
    """It is looked at again."""
