"""A worker that reaches the database and not the stream: what webs put there is seen, and so is the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.cli import worker
from bot.settings import Settings, read_settings
from storage import heartbeats
from storage.database import Database
from storage.key_file import new_key_file
from storage.vault import read_key_file
from tests.fixtures.installation import forget_settings
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import PATIENCE, station_at, until

RIGHT, WRONG = "usher:right", "usher:wrong"


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """A server that wants a password."""
    file = tmp_path / "nats.conf"
    words = f'jetstream {{ store_dir: "{tmp_path / "store"}" }}\nauthorization {{ user: usher, password: right }}\n'
    await asyncio.to_thread(file.write_text, words, encoding="utf-8")
    server = NatsServer(tmp_path / "nats", config=file)
    await asyncio.to_thread(server.start)
    yield server
    server.kill()


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """Be a worker meanwhile."""
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await running


async def parts_of(db: Database) -> set[str]:
    """Who has been heard of, by kind."""
    return set(heartbeats.newest(await db.read(heartbeats.read)))


@pytest.mark.parametrize("who", [WRONG, RIGHT], ids=["cut off", "connected"])
async def test_a_worker_tells_whether_it_reads_and_whoever_can_sees_what_lies_there(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    postgres_database: str,
    guarded: NatsServer,
    unused_tcp_port: int,
    who: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    forget_settings(monkeypatch)
    new_key_file(tmp_path / "usher.key")
    values = {
        "USHER_SECRET_KEY_FILE": str(tmp_path / "usher.key"),
        "USHER_DATABASE_URL": postgres_database,
        "USHER_NATS_URL": guarded.url.replace("//", f"//{who}@"),
        "USHER_METRICS_PORT": str(unused_tcp_port),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.pulse.PULSE_EVERY", timedelta(seconds=1))
    is_reading = who == RIGHT
    own = Database(postgres_database, read_key_file(tmp_path / "usher.key"))
    async with own as db, station_at(guarded.url.replace("//", f"//{RIGHT}@")) as door:
        await until(lambda: door.stream.is_up)
        async with working(read_settings()):
            await door.send(1)
            expected = {"worker", "reading"} if is_reading else {"worker"}
            async with asyncio.timeout(PATIENCE):
                while await parts_of(db) < expected:  # noqa: ASYNC110 - it sets no event here
                    await asyncio.sleep(0.1)
            await asyncio.sleep(3)

            assert await parts_of(db) == expected
            assert (await door.stream.standing()).waiting == 1, "nobody has this task, or nobody reads"
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{unused_tcp_port}/metrics") as response,
            ):
                shown = await response.text()
            assert f"\nusher_stream_up {float(is_reading)}\n" in shown
            assert ("\nusher_stream_waiting 1.0\n" in shown) is is_reading
            assert '\nusher_parts{part="worker"} 1.0\n' in shown
        assert await parts_of(db) == ({"reading"} if is_reading else set()), "it ended in order"
