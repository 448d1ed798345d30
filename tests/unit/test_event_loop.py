"""A process that stays runs on the fast loop, and its collector leaves alone what is here for good."""

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest

from bot.event_loop import TURN, YOUNG, run_long


@pytest.fixture(autouse=True)
def interpreter() -> Iterator[None]:
    """Put the interpreter back as it was."""
    before, turn = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    sys.setswitchinterval(turn)


async def _loop_at_work() -> str:
    await asyncio.sleep(0)
    return type(asyncio.get_running_loop()).__module__


async def _fail() -> None:
    raise LookupError("ours")


def test_it_returns_what_main_returns_on_the_fast_loop() -> None:
    pytest.importorskip("uvloop", reason="there is none for this system")

    assert run_long(_loop_at_work()) == "uvloop"


def test_an_error_of_main_flies_on() -> None:
    with pytest.raises(LookupError, match="ours"):
        run_long(_fail())


def test_what_is_imported_by_then_is_not_looked_through_again() -> None:
    run_long(_loop_at_work())

    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[0] == YOUNG


def test_threads_take_short_turns() -> None:
    run_long(_loop_at_work())

    assert sys.getswitchinterval() == pytest.approx(TURN)
