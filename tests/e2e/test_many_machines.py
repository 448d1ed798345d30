"""Two webs, two workers, a clock or two: any of them killed, the database or NATS away; every text has one effect."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.phones import BubbleState, Direction
from tests.e2e.town import PATIENCE, Town, built, number_of, until
from tests.fixtures.nats import NatsServer

PEOPLE = 12
EVERYBODY = range(PEOPLE)
WORDS = ("STOP", "START", "HELP")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
async def town(tmp_path: Path, postgres_database: str, nats_server: NatsServer) -> AsyncIterator[Town]:
    """A town where nothing runs yet."""
    async with built(tmp_path, postgres_database, nats_server, people=PEOPLE) as town:
        yield town


async def until_handled(town: Town, expected: dict[str, list[str]]) -> None:
    """Wait until everything was thought about; then everybody's words were taken in their order, each once."""
    total = sum(len(words) for words in expected.values())
    handled: dict[str, list[str]] = {}
    async with asyncio.timeout(PATIENCE):
        while sum(len(words) for words in handled.values()) < total:
            await asyncio.sleep(0.1)
            handled = await town.handled()
    assert handled == expected


def answers(town: Town, person: int) -> list[str]:
    """Return what came to somebody's phone."""
    return town.sandbox.phone(number_of(person)).texts


def states(town: Town) -> set[BubbleState]:
    """Return how what people wrote was taken."""
    phones = [town.sandbox.phone(number_of(person)) for person in EVERYBODY]
    return {bubble.state for phone in phones for bubble in phone.bubbles if bubble.direction is Direction.WRITTEN}


async def test_whatever_is_away_or_killed_every_text_is_taken_once_and_in_order(town: Town) -> None:
    await town.start("web-1", "web-2", "worker-1", "worker-2", "clock-1", "clock-2")
    await town.write(EVERYBODY, *WORDS)
    expected = {number_of(person): list(WORDS) for person in EVERYBODY}
    await until_handled(town, expected)
    await until(lambda: all(len(answers(town, person)) == len(WORDS) for person in EVERYBODY), "an answer to each")
    assert [len(set(answers(town, person))) for person in EVERYBODY] == [len(WORDS)] * PEOPLE

    async def and_then(*words: str) -> None:
        await town.write(EVERYBODY, *words)
        for said in expected.values():
            said.extend(words)

    # the database away: accepted all the same, worked off when it is back
    await town.database_gate.shut()
    await and_then("STOP", "START")
    assert states(town) == {BubbleState.DELIVERED}
    await town.end("worker-1", signal.SIGKILL)
    await town.database_gate.open()
    await until_handled(town, expected)

    # NATS away: stored directly; a web killed: the other one takes it
    await town.end("web-1", signal.SIGKILL)
    await until(lambda: not town.front.leads_to(town.web_ports["web-1"]), "its connections to end")
    await town.end("clock-1", signal.SIGKILL)
    await town.nats_gate.shut()
    await and_then("STOP")
    assert states(town) == {BubbleState.DELIVERED}
    await until_handled(town, expected)

    # NATS killed with its server, and back on the same disks
    town.nats.kill()
    await asyncio.to_thread(town.nats.start)
    await town.nats_gate.open()
    await and_then("START")
    await until_handled(town, expected)

    # asked to go, a worker goes in order; the texts meanwhile wait for the next one
    assert await town.end("worker-2", signal.SIGTERM) == 0
    await and_then("HELP")
    await town.start("worker-1")
    await until_handled(town, expected)

    ledger = town.sandbox.ledger
    assert max(len(answers(town, person)) for person in EVERYBODY) <= len(expected[number_of(0)])
    assert ledger.count() <= sum(len(words) for words in expected.values()), "no text left twice"
    for name in ("web-2", "worker-1", "clock-2"):
        assert await town.end(name, signal.SIGTERM) == 0


async def test_with_both_away_the_provider_is_told_to_come_again(town: Town) -> None:
    await town.start("web-1")
    await until(lambda: "stream" not in town.log("web-1"), "a quiet start")
    await town.nats_gate.shut()
    await town.database_gate.shut()

    await town.write(range(1), "HELP")

    assert states(town) == {BubbleState.UNHEARD}
    assert "webhook.deferred" in town.log("web-1")
    assert await town.end("web-1", signal.SIGTERM) == 0
