"""A full disk: nothing is taken that cannot be kept, nothing leaves that cannot be recorded, and all goes on after."""

import asyncio
import os
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.demo.stage import COURTS, build_database, free_port
from bot.sandbox.faults import slow_answer
from bot.sandbox.phones import BubbleState, Phone
from bot.sandbox.server import Sandbox
from domain.clock import SystemClock
from domain.court_file import read_court
from storage import courts, notices
from storage import lanes as stored_lanes
from storage.database import Database
from storage.notices import Target
from storage.schema import delivery, endpoint, notice
from storage.vault import read_key_file
from tests.e2e.chaos.accounts import USHER

FULL = 1_024  # bytes: a file may not be written to beyond it, as if there were no room
ANN, BEN = "+19075550101", "+19075550102"
PATIENCE = timedelta(seconds=60)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@dataclass(slots=True)
class Clerk:
    """A laptop with `usher run` on it, whose disk can be full; `db` looks at the same file."""

    process: "asyncio.subprocess.Process"
    sandbox: Sandbox
    db: Database

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let no file of the process grow."""
        before = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (FULL, before[1]))
        yield
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, before)

    def texts(self, number: str) -> list[str]:
        """Return what came to a phone."""
        return self.sandbox.phone(number).texts


@pytest.fixture
async def clerk(tmp_path: Path) -> AsyncIterator[Clerk]:
    """A laptop at work."""
    made, port = build_database(tmp_path, now=datetime.now(UTC)), free_port()
    async with Sandbox(SystemClock()) as sandbox, Database(made.url, read_key_file(made.key_file)) as db:
        for number in (ANN, BEN):
            sandbox.add_phone(Phone(number=number))
        sandbox.post_inbound_to(f"http://127.0.0.1:{port}{INBOUND_PATH}#rc=0")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("USHER_")},
            "USHER_DATABASE_URL": made.url,
            "USHER_SECRET_KEY_FILE": str(made.key_file),
            "USHER_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "USHER_HTTP_PORT": str(port),
            "USHER_TWILIO_ACCOUNT_SID": sandbox.identities.account_sid,
            "USHER_TWILIO_AUTH_TOKEN": sandbox.identities.auth_token,
            "USHER_TWILIO_SENDER": sandbox.identities.number,
            "USHER_TWILIO_API_BASE_URL": sandbox.url,
        }
        process = await asyncio.create_subprocess_exec(
            *(USHER, "run"), cwd=tmp_path, env=environment, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        while b"usher.started" not in await process.stderr.readline():
            assert process.returncode is None
        listening = asyncio.create_task(process.stderr.read())
        yield Clerk(process, sandbox, db)
        process.terminate()
        async with asyncio.timeout(PATIENCE.total_seconds()):
            assert await process.wait() == 0, (await listening).decode()
        await listening


def due_answer(connection: Connection, number: str, text: str) -> None:
    """Put something to say into the outbox, due now."""
    known = courts.load(connection, read_court)
    court_id, now = known.id_of(COURTS[0]), datetime.now(UTC)
    whom = connection.execute(endpoint.select().order_by(endpoint.c.id)).first()
    assert whom is not None, number
    [lane] = stored_lanes.ids(connection, ["sms:default"])
    place = Target(endpoint_id=whom.id, lane_id=lane, court_id=court_id)
    notices.add_reply(connection, place, text, dedupe_key=text, now=now, expires_at=now + timedelta(days=1))


async def test_with_a_full_disk_texts_are_refused_and_none_leaves_and_then_all_goes_on(clerk: Clerk) -> None:
    sandbox = clerk.sandbox
    await sandbox.person_writes(ANN, "HELP")
    await sandbox.until(lambda: len(clerk.texts(ANN)) == 1, within=PATIENCE)

    with clerk.full():
        await clerk.db.write(partial(due_answer, number=ANN, text="Said while the disk was full."))
        await sandbox.person_writes(BEN, "HELP")
        assert sandbox.phone(BEN).bubbles[-1].state is BubbleState.UNHEARD, "the provider is told to come again"
        await asyncio.sleep(3)  # two beats of the dispatcher
        assert len(clerk.texts(ANN)) == 1, "nothing leaves that cannot be recorded"
        assert clerk.process.returncode is None

    await sandbox.until(lambda: len(clerk.texts(ANN)) == 2, within=PATIENCE)
    await sandbox.person_writes(BEN, "HELP")
    await sandbox.until(lambda: len(clerk.texts(BEN)) == 1, within=PATIENCE)
    assert not sandbox.ledger.doubled()


async def test_what_the_provider_took_while_the_disk_filled_up_is_known_when_there_is_room(clerk: Clerk) -> None:
    sandbox = clerk.sandbox
    await sandbox.person_writes(ANN, "HELP")
    await sandbox.until(lambda: len(clerk.texts(ANN)) == 1, within=PATIENCE)
    sandbox.script.add(slow_answer(timedelta(seconds=100)))  # two, at the sandbox's pace

    await clerk.db.write(partial(due_answer, number=ANN, text="Taken, and the answer comes late."))
    await sandbox.until(lambda: len(clerk.texts(ANN)) == 2, within=PATIENCE)
    with clerk.full():
        await asyncio.sleep(3)

    async def states() -> list[str]:
        query = notice.join(delivery, delivery.c.id == notice.c.delivery_id).select()
        return await clerk.db.read(lambda c: sorted({row.state for row in c.execute(query)}))

    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not set(await states()) <= {"sent", "delivered"}:  # noqa: ASYNC110 - another process is at work
            await asyncio.sleep(0.1)
    codes = await clerk.db.read(lambda c: set(c.execute(delivery.select()).scalars(delivery.c.error_code)))
    assert codes == {None}, "none of them was ever unknown"
    assert sandbox.ledger.count(ANN) == 2
