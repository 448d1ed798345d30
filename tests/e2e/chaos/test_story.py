"""The demo's story on two webs, two workers and a clock: one of each kind, and both servers, killed in its middle."""

import asyncio

import pytest

from bot.demo import cast
from bot.demo.promises import Witness
from bot.demo.story import SCENES
from tests.e2e.chaos.many import staged_on_many
from tests.e2e.chaos.town import NATS, PG, Town, place

SOON = 0.4  # seconds after a scene has begun
DOWN = 0.5  # seconds
KILLED = ("worker-1", "web-1", "worker-2", "clock-1", PG, "worker-1", "worker-2", NATS, "web-2", "worker-1")
"""Who, scene by scene."""
OPEN = "SELECT count(*) FROM delivery WHERE state = 'sending' OR state = 'unknown' AND ask_at IS NOT NULL"
ONCE = "Nobody got the same text twice"
MEANT = {cast.JO.phone, cast.NOOR.phone}  # whose own part of the story it is
TOLD_AGAIN = (
    "SELECT count(*) FROM delivery first JOIN delivery again ON again.notice_id = first.notice_id"
    " JOIN endpoint ON endpoint.id = first.endpoint_id"
    " WHERE again.attempt > first.attempt AND first.state = 'unknown' AND endpoint.channel = 'telegram'"
)
"""A worker that is killed between Telegram's answer and its record leaves what nobody can be asked about: ADR 0002."""

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(900)]


async def test_the_story_ends_right_whoever_is_killed_in_its_middle() -> None:
    with place() as folder:
        async with staged_on_many(folder) as (town, stage):
            witness = Witness(stage)
            for scene, name in zip(SCENES, KILLED, strict=True):
                killing = asyncio.create_task(kill(town, name))
                await scene(stage, witness)
                await killing

            broken = [promise.sentence for promise in witness.promises if not promise.is_kept]
            again = await count(town, TOLD_AGAIN)
            assert broken in ([], [ONCE] if again else [])
            if broken:
                doubled = [one.number for one in stage.sandbox.ledger.doubled() if one.number not in MEANT]
                assert len(doubled) <= again
                assert not any(number.startswith("+") for number in doubled), "of SMS the provider can be asked"
            assert len(witness.promises) >= 30
            assert await count(town, OPEN) == 0


async def count(town: Town, query: str) -> int:
    """Count in the town's database."""
    return int(await town.db.read(lambda connection: connection.exec_driver_sql(query).scalar_one()))


async def kill(town: Town, name: str) -> None:
    """End a process or a server as a power cut does, and start it again."""
    await asyncio.sleep(SOON)
    if name in {PG, NATS}:
        server = town.postgres if name == PG else town.nats
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    else:
        await town.end(name)
        await asyncio.sleep(DOWN)
        await town.start(name)
