"""The sandbox's errands and its watch on changes: bounded waits, and no bug that gets lost."""

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox.errands import Errands, Pace, Watch

SOON, LONG = timedelta(milliseconds=30), timedelta(seconds=10)


async def test_settling_waits_for_errands_that_errands_start() -> None:
    errands, done = Errands(), list[str]()

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        done.append("first")
        errands.start(second())

    errands.start(first())
    assert not errands.is_idle
    await errands.settle(within=LONG)
    assert (done, errands.is_idle) == (["first", "second"], True)


async def test_settling_gives_up_and_stopping_ends_what_is_under_way() -> None:
    errands = Errands()
    errands.start(asyncio.sleep(60))
    with pytest.raises(TimeoutError):
        await errands.settle(within=SOON)
    await errands.stop()
    assert errands.is_idle


async def test_a_bug_is_raised_once_where_somebody_waits() -> None:
    errands = Errands()

    async def broken() -> None:
        raise ZeroDivisionError

    errands.start(broken())
    with pytest.raises(ZeroDivisionError):
        await errands.settle(within=LONG)
    await errands.stop()


async def test_a_bug_nobody_waited_for_is_raised_at_the_end() -> None:
    errands = Errands()

    async def broken() -> None:
        raise ZeroDivisionError

    errands.start(broken())
    await asyncio.sleep(0)
    with pytest.raises(ZeroDivisionError):
        await errands.stop()


async def test_a_watch_tells_whoever_waits() -> None:
    watch = Watch()
    waiting = [asyncio.create_task(watch.past(0, within=LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    watch.touch()
    assert await asyncio.gather(*waiting) == [1, 1, 1]


async def test_what_changed_before_is_told_at_once() -> None:
    watch = Watch()
    watch.touch()
    assert await watch.past(0, within=timedelta(0)) == 1


async def test_nothing_new_is_told_when_the_time_is_up() -> None:
    watch = Watch()
    assert await watch.past(0, within=SOON) == 0


async def test_the_end_of_a_watch_lets_everybody_go() -> None:
    watch = Watch()
    waiting = asyncio.create_task(watch.past(5, within=LONG))
    await asyncio.sleep(0)
    watch.end()
    await waiting
    assert watch.is_over
    assert await watch.past(99, within=LONG) == watch.turn


async def test_a_condition_is_asked_again_with_every_change() -> None:
    watch, seen = Watch(), list[int]()
    waiting = asyncio.create_task(watch.until(lambda: len(seen) == 2, within=LONG))
    for n in range(2):
        await asyncio.sleep(0)
        seen.append(n)
        watch.touch()
    await waiting


async def test_a_condition_that_never_holds_ends_the_wait() -> None:
    with pytest.raises(TimeoutError):
        await Watch().until(lambda: False, within=SOON)


async def test_a_pace_scales_what_a_script_says() -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await Pace(0.001).wait(timedelta(seconds=30))
    assert 0.02 < loop.time() - started < 5
    async with asyncio.timeout(1):
        await Pace(0).wait(timedelta(days=1))
