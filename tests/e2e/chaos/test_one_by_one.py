"""Every fault by itself: whatever breaks, everybody is told once and answered once, and nothing is forgotten."""

import asyncio

import pytest

from tests.e2e.chaos.conftest import Tale
from tests.e2e.chaos.provider import FAULTS
from tests.e2e.chaos.town import CLOCKS, NATS, PG, PROVIDER, WEBS, WORKERS

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
]
PAIRS = {
    "workers and the database": [f"{one}:{PG}" for one in WORKERS],
    "workers and the stream": [f"{one}:{NATS}" for one in WORKERS],
    "workers and the provider": [f"{one}:{PROVIDER}" for one in WORKERS],
    "webs and the database": [f"{one}:{PG}" for one in WEBS],
    "webs and the stream": [f"{one}:{NATS}" for one in WEBS],
    "the clock and the database": [f"{one}:{PG}" for one in CLOCKS],
    "the clock and the stream": [f"{one}:{NATS}" for one in CLOCKS],
    "the clock and the provider": [f"{one}:{PROVIDER}" for one in CLOCKS],
    "the provider and the webs": [f"{PROVIDER}:{one}" for one in WEBS],
}
PROCESSES = {"workers": WORKERS, "webs": WEBS, "the clock": CLOCKS}


@pytest.mark.parametrize("names", PROCESSES.values(), ids=PROCESSES)
async def test_a_process_that_is_killed_takes_nothing_with_it(tale: Tale, names: tuple[str, ...]) -> None:
    account = await tale.lives_through(*(f"{0.3 + 1.2 * place} kill {name} 0.5" for place, name in enumerate(names)))

    assert not account.wrong


@pytest.mark.parametrize("how", ["kill-server", "stop-server"], ids=["killed", "restarted"])
@pytest.mark.parametrize("server", [PG, NATS], ids=["the database", "the stream"])
async def test_a_server_that_goes_in_the_middle_of_a_batch_takes_nothing_with_it(
    tale: Tale, server: str, how: str
) -> None:
    account = await tale.lives_through(f"0.5 {how} {server} 1")

    assert not account.wrong


@pytest.mark.parametrize("cables", PAIRS.values(), ids=PAIRS)
async def test_a_partition_between_any_two_loses_and_doubles_nothing(tale: Tale, cables: list[str]) -> None:
    ways = ("cut", "hold", "slow")
    account = await tale.lives_through(
        *(f"{3 * place + 0.3} {way} {cable} 2" for cable in cables for place, way in enumerate(ways))
    )

    assert not account.wrong


@pytest.mark.parametrize("cables", PAIRS.values(), ids=PAIRS)
async def test_a_cable_that_breaks_in_the_middle_of_bytes_loses_and_doubles_nothing(
    tale: Tale, cables: list[str]
) -> None:
    cuts = (100, 700, 1900)
    account = await tale.lives_through(
        *(f"{4.2 * place + 0.2} snap {cable} {after}" for cable in cables for place, after in enumerate(cuts))
    )

    assert not account.wrong


@pytest.mark.parametrize("names", PROCESSES.values(), ids=PROCESSES)
async def test_whether_a_commit_came_through_need_not_be_known(tale: Tale, names: tuple[str, ...]) -> None:
    before = sum(cable.forgotten for cable in tale.town.cables.values())
    account = await tale.lives_through(
        *(f"{0.2 + place} forget {name}:{PG} 0.9" for name in names for place in range(3))
    )

    assert not account.wrong
    if names != WEBS:  # a web with a stream commits nothing
        assert sum(cable.forgotten for cable in tale.town.cables.values()) > before


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_the_provider_does_nobody_is_told_twice_or_not_at_all(tale: Tale, fault: str) -> None:
    account = await tale.lives_through(f"0.2 provider {fault} 1.5")

    assert not account.wrong


async def test_a_worker_stopped_for_longer_than_its_lease_sends_nothing_that_another_has_taken_over(
    tale: Tale,
) -> None:
    town = tale.town
    async with tale.street.lived(3.0):
        for _ in range(6):
            await asyncio.sleep(0.3)
            town.pause("worker-1")  # anywhere: before the wire, on it, after it
            await asyncio.sleep(0.1)
            town.let_go_on("worker-1")
        town.pause("worker-1")
    await asyncio.sleep(
        25.0
    )  # its lease is over, the receipts had their time, the provider was asked, it was sent again
    town.let_go_on("worker-1")

    account = await tale.comes_to_rest()

    assert not account.wrong


async def test_both_workers_and_the_clock_killed_at_once_leave_everything_to_those_who_come_after(tale: Tale) -> None:
    account = await tale.lives_through(*(f"0.8 kill {name} 2" for name in (*WORKERS, *CLOCKS)))

    assert not account.wrong
