"""Wires for tests: one with the ordinary limits, and one that soon gives up."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.http import HttpWire
from tests.integration.channels.loopback import QUICK


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    """The ordinary limits, no proxy."""
    wire = HttpWire(proxies={})
    yield wire
    await wire.aclose()


@pytest.fixture
async def quick() -> AsyncIterator[HttpWire]:
    """Gives up after 0.3 seconds, no proxy."""
    wire = HttpWire(QUICK, proxies={})
    yield wire
    await wire.aclose()
