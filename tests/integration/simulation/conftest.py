"""What tests of simulations share."""

import io
from collections.abc import Callable, Mapping
from datetime import date

import pytest

from bot.simulation.play import Progress, Script, simulate
from bot.simulation.record import Simulation
from domain.roles import Role
from tests.integration.simulation.calendars import DEFINITIONS

Play = Callable[..., Simulation]


@pytest.fixture(scope="session")
def play() -> Play:
    """Play a calendar of Riverton's, given as text."""

    def run(
        calendar: str,
        since: str = "2026-10-26",
        until: str = "2026-12-31",
        *,
        definitions: Mapping[str, str] = DEFINITIONS,
        mapping: str | None = None,
        role: Role = Role.DEFENDANT,
        progress: Progress | None = None,
    ) -> Simulation:
        script = Script(
            court="riverton",
            since=date.fromisoformat(since),
            until=date.fromisoformat(until),
            mapping=mapping,
            role=role,
        )
        return simulate(io.BytesIO(calendar.encode()), script, definitions=definitions, progress=progress)

    return run
