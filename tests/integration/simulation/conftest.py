"""What tests of simulations share."""

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date

import pytest
import structlog

from bot.logging import QUIET_LOGGERS
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


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Logging is afterwards as it was: a command sets it up for its whole process."""
    root = logging.getLogger()
    names = [*QUIET_LOGGERS, "uvicorn", "uvicorn.error"]
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names}
    hooks = sys.excepthook, threading.excepthook
    yield
    root.handlers, root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = hooks
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
