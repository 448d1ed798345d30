"""What the sandbox does beside answering: its errands in the background, its pace, and its watch on changes."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the outside world turns: real delays are the scripted ones times `scale`."""

    scale: float = 0.02

    async def wait(self, delay: timedelta) -> None:
        """Let a scripted delay pass."""
        await asyncio.sleep(delay.total_seconds() * self.scale)


class Watch:
    """Tells whoever waits that something changed. `turn` counts the changes."""

    def __init__(self) -> None:
        self.turn = 0
        self.is_over = False
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """Say that something changed."""
        self.turn += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """Say that nothing will change any more: nobody need wait."""
        self.is_over = True
        self.touch()

    async def past(self, turn: int, *, within: timedelta) -> int:
        """Return the present turn once it is past `turn`, the time is up, or the watch is over."""
        if self.turn <= turn and not self.is_over:
            changed = self._changed
            try:
                async with asyncio.timeout(within.total_seconds()):
                    await changed.wait()
            except TimeoutError:
                return self.turn
        return self.turn

    async def until(self, holds: Callable[[], bool], *, within: timedelta) -> None:
        """Wait until `holds()` is true.

        Raises:
            TimeoutError: If it is not within that (real) time.
        """
        async with asyncio.timeout(within.total_seconds()):
            while not holds():
                await self.past(self.turn, within=within)


class Errands:
    """Coroutines that run beside the answers. A bug in one is raised again where `settle` or `stop` is awaited."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._bugs: list[BaseException] = []

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._tasks)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._tasks

    def start(self, errand: Coroutine[object, object, None]) -> None:
        """Run an errand without waiting for it."""
        task = asyncio.get_running_loop().create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def settle(self, *, within: timedelta) -> None:
        """Wait until nothing is under way.

        Raises:
            TimeoutError: If something still is after that (real) time.
        """
        async with asyncio.timeout(within.total_seconds()):
            while self._tasks:
                await asyncio.wait(self._tasks)
        self._raise_bugs()

    async def stop(self) -> None:
        """Give up whatever is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._raise_bugs()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._bugs.append(bug)

    def _raise_bugs(self) -> None:
        bugs, self._bugs = self._bugs, []
        if bugs:
            raise bugs[0]
