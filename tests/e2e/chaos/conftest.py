"""What the cases share: one town for all of them, for it takes a while to build; each case settles its accounts."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from tests.e2e.chaos import accounts, faults
from tests.e2e.chaos.faults import Fault
from tests.e2e.chaos.street import Street
from tests.e2e.chaos.town import PROCESSES, Town, built, place


@dataclass(slots=True)
class Tale:
    """A town with its street, and what was wrong with it before."""

    town: Town
    street: Street
    known: set[str] = field(default_factory=set)

    async def lives_through(self, *lines: str, seconds: float = 0.0) -> accounts.Account:
        """Let people live while these faults happen; mend everything, and return what the accounts say since before."""
        planned = [Fault.read(line) for line in lines]
        lasting = max([fault.at + fault.much * (fault.kind not in faults.IN_BYTES) for fault in planned], default=0.0)
        async with self.street.lived(max(seconds, lasting) + 1.0):
            await faults.play(self.town, planned)
        return await self.comes_to_rest()

    async def comes_to_rest(self) -> accounts.Account:
        """Mend everything, wait until all is quiet, and settle the accounts."""
        await self.town.heal()
        await accounts.until_quiet(self.town)
        account = await accounts.settle(self.town, self.street)
        account.wrong = [one for one in account.wrong if one not in self.known]
        self.known |= set(account.wrong)
        return account


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tale(request: pytest.FixtureRequest) -> AsyncIterator[Tale]:
    """A town at work, on a clock that runs twenty times as fast as the machine's."""
    with place() as folder:
        async with built(folder) as town:
            await town.start(*PROCESSES)
            yield Tale(town, Street(town, random.Random(1)))  # noqa: S311 - the same each time
            assert not request.session.testsfailed, f"logs and the ledger are kept in {folder}"
