"""Each process beats while it lives and says goodbye; one that was killed is missed until another takes its place."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.bootstrap import beating
from bot.pulse import living, name_of
from bot.settings import Settings
from domain.clock import SteppedClock
from scheduler.metronome import Metronome
from storage import heartbeats
from storage.database import Database
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.integration.stream.conftest import PATIENCE, until


async def beaten(db: Database, kind: str) -> set[str]:
    """Live until the first beat; return who is heard of then."""
    done: list[str] = []

    async def also() -> None:
        done.append(kind)

    metronome = Metronome(db, SteppedClock(NOW))
    async with living(metronome, db, kind, also):
        async with metronome:
            await until(lambda: bool(done))
        return set(await db.read(heartbeats.read))


def a_number_of_nobody() -> int:
    """A process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait(PATIENCE)
        return ended.pid


async def test_a_process_beats_while_it_lives_and_is_not_missed_when_it_ended(any_db: Database) -> None:
    assert await beaten(any_db, "worker") == {f"worker:{socket.gethostname()[-40:]}:{os.getpid()}"}
    assert await any_db.read(heartbeats.read) == {}


async def test_who_takes_the_place_of_one_that_was_killed_ends_the_alarm(any_db: Database) -> None:
    here = name_of("worker").rpartition(":")[0]
    killed = f"{here}:{a_number_of_nobody()}"
    others = {f"{here}:{os.getppid()}", "worker:elsewhere:1", f"{name_of('web').rpartition(':')[0]}:1"}
    for name in (killed, *others):
        await any_db.write(partial(heartbeats.beat, name=name, now=NOW - timedelta(minutes=3)))

    assert await beaten(any_db, "worker") == {name_of("worker"), *others}


async def test_a_process_ends_also_while_the_database_is_away(tmp_path: Path, vault: Vault) -> None:
    lived = False
    away = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", vault)
    async with away, living(Metronome(away, SteppedClock(NOW)), away, "web"):
        lived = True

    assert lived


@pytest.mark.parametrize(
    ("more", "beats"),
    [
        ({}, {"reconcile", "housekeeping"}),
        ({"deadman_url": "https://hc.example/x"}, {"reconcile", "housekeeping", "deadman"}),
        ({"otlp_endpoint": "http://127.0.0.1:4318"}, {"reconcile", "housekeeping", "traces"}),
    ],
    ids=["one process", "a signal", "traces"],
)
def test_only_the_parts_that_are_set_up_are_waited_for(more: dict[str, str], beats: set[str]) -> None:
    one = Settings(_env_file=None, **more)  # type: ignore[arg-type] # as text
    many = one.model_copy(update={"nats_url": "nats://127.0.0.1:4222"})

    assert set(beating(one)) == beats
    assert set(beating(many)) > beats | {"web", "worker", "clock", "clock.drain", "reading"}
