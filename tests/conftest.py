"""What tests share: a clock that stands still, a court, a vault with known keys."""

import os
import sys
from datetime import UTC, datetime

import pytest
from xdist.remote import Producer
from xdist.scheduler import WorkStealingScheduling

from bot.court_files import example_court
from domain.clock import SteppedClock
from domain.court import Court
from domain.court_file import read_court
from storage.vault import Vault

# The tests start dozens of processes. Where no bytecode may be written, each would compile all that it imports anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

SHARED = ("database", "installation", "logs", "nats", "properties", "commands")  # what is imported before its importer
pytest_plugins = [f"tests.fixtures.{name}" for name in SHARED]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WorkStealingScheduling:
    """Let workers take tests from one another, so that they end together; a module's tests mostly stay with one."""
    return WorkStealingScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow, so that nobody waits for it at the end; all the rest keeps its random order."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def clock() -> SteppedClock:
    """A Monday at 10:00 in Anchorage, half a year from any clock change's eve."""
    return SteppedClock(datetime(2026, 6, 1, 18, 0, tzinfo=UTC))


@pytest.fixture
def court() -> Court:
    """The court that Usher ships as an example: Anchorage's zone, four languages, quiet from 20:00 to 08:00."""
    return read_court("example", example_court())


@pytest.fixture(scope="session")
def vault() -> Vault:
    """Seals and opens with fixed keys: never the same text twice, always the same digest."""
    return Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)
