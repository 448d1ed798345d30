"""The fault suite in short, for every run of the tests: one fault of each kind, and the accounts after them."""

import random

import pytest

from tests.e2e.chaos import accounts, faults
from tests.e2e.chaos.faults import Fault
from tests.e2e.chaos.street import Street
from tests.e2e.chaos.town import PROCESSES, built, place

ONE_OF_EACH = (
    "0.3 kill worker-1 0.3",
    "0.9 pause worker-2 6.5",  # its lease is six seconds
    "1.2 provider drops after accept, no receipts 0.8",
    "1.6 kill-server pg 0.3",
    "3.0 snap web-1:nats 700",
    "3.2 kill web-2 0.3",
    "4.0 forget worker-1:pg 1",
    "4.4 provider receipts before the answer 0.6",
    "5.0 kill-server nats 0.2",
    "5.6 cut worker-1:provider 0.8",
    "6.0 kill clock-1 0.3",
    "6.4 hold provider:web-1 0.8",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_whatever_breaks_everybody_is_told_once_and_answered_once() -> None:
    planned = [Fault.read(line) for line in ONE_OF_EACH]
    with place() as folder:
        async with built(folder) as town:
            await town.start(*PROCESSES)
            street = Street(town, random.Random(1))  # noqa: S311 - the same each time
            async with street.lived(8.0):
                await faults.play(town, planned)
            await town.heal()
            await accounts.until_quiet(town)

            account = await accounts.settle(town, street)
            assert not account.wrong
            assert account.counts["lost"] == account.counts["doubled"] == 0
            assert account.counts["people to be told"] > 20


def test_a_run_is_drawn_from_its_seed_and_can_be_written_down_and_read_again() -> None:
    drawn = faults.drawn(7, 300)

    assert drawn == faults.drawn(7, 300)
    assert drawn != faults.drawn(8, 300)
    assert [Fault.read(line) for line in faults.lines(drawn)] == drawn
    assert {fault.kind for fault in drawn} == set(faults.KINDS)
    with pytest.raises(ValueError, match="no such fault"):
        Fault.read("1 kill nobody 2")
