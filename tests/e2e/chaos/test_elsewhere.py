"""Faults that need a town of their own: clocks that jump, a database and a stream without room."""

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import nats
import pytest

from bot.stream.subjects import STREAM, streams
from tests.e2e.chaos import accounts
from tests.e2e.chaos.street import Street
from tests.e2e.chaos.town import CLOCKS, PATIENCE, PROCESSES, WEBS, WORKERS, Town, built, place

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(300)]

DAYS_AHEAD = 9  # of a hearing: its first reminder is due in two days
ROOM = 220_000_000  # bytes of the small disk: an empty cluster takes a quarter of it


def street_of(town: Town) -> Street:
    """Open a street that does the same each time."""
    return Street(town, random.Random(1))  # noqa: S311 - the same each time


async def test_a_machine_whose_clock_jumps_sends_nothing_early_and_forgets_nothing() -> None:
    with place() as folder:
        async with built(folder, is_on_machine_time=True) as town:
            await town.start(*PROCESSES)
            street = street_of(town)
            early = await street.wave(5, ahead=DAYS_AHEAD)
            await accounts.until_quiet(town)

            town.jump("worker-1", timedelta(days=3))
            town.jump("worker-2", timedelta(days=-3))
            town.jump("clock-1", timedelta(hours=-1))
            town.jump("web-1", timedelta(days=3))
            await street.live(5)
            await accounts.until_quiet(town)

            account = await accounts.settle(town, street)
            assert not account.wrong
            ledger = await town.provider.ledger()
            phones = {one.phone for one in early if len(one.rooms) == 1}
            told = [one.to for one in ledger.accepted if one.to in phones]
            assert sorted(told) == sorted(phones), "their reminders are due in two days, whatever a machine believes"


async def test_when_the_stream_is_full_webs_store_what_people_write_themselves() -> None:
    with place() as folder:
        async with built(folder) as town:
            await town.start(*WEBS)
            street = street_of(town)
            async with _no_more_room(town):
                await asyncio.gather(*(street.ask() for _ in range(20)))
                assert all(taken for asker in street.askers for _, taken in asker.said)
                await town.start(*WORKERS, *CLOCKS)
            await accounts.until_quiet(town)

            account = await accounts.settle(town, street)
            assert not account.wrong
            assert "ticket.refused" in "".join(town.log(web).read_text(encoding="utf-8") for web in WEBS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a small disk")
async def test_a_database_without_room_is_waited_for_and_loses_nothing() -> None:
    with place() as folder, _small_disk(folder / "pg"):
        async with built(folder, wal=folder / "wal") as town:
            await town.start(*PROCESSES)
            street = street_of(town)
            await street.live(2)
            async with street.lived(8):
                with _filled(folder / "pg"):
                    await asyncio.sleep(5)
            await town.heal()
            await accounts.until_quiet(town)

            account = await accounts.settle(town, street)
            assert not account.wrong
            log = (folder / "postgres.log").read_text(encoding="utf-8")
            assert "could not extend file" in log, "it was full indeed"


@asynccontextmanager
async def _no_more_room(town: Town) -> AsyncIterator[None]:
    """Let the stream hold what it holds and nothing more, once a web has made it."""
    client = await nats.connect(town.nats.url)
    js = client.jetstream()
    async with asyncio.timeout(PATIENCE):
        while STREAM not in {one.config.name for one in await js.streams_info()}:  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
    [config] = [one for one in streams(1) if one.name == STREAM]
    await js.update_stream(replace(config, max_bytes=1))
    yield
    await js.update_stream(config)
    await client.close()


@contextmanager
def _small_disk(at: Path) -> Iterator[None]:
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    """Leave no room on a disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(65_536))
    try:
        yield
    finally:
        filler.unlink()
