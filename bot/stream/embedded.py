"""The broker of a process that is all of Usher: the same tasks, run at once where they are asked for."""

import asyncio

import structlog
from taskiq import InMemoryBroker
from taskiq.kicker import AsyncKicker

from bot.stream.tasks import Task, Work

log = structlog.get_logger(__name__)


class EmbeddedBroker:
    """Runs tasks inside this process. Nothing rests on it: what it is told of is in the database already."""

    def __init__(self, work: Work) -> None:
        self._broker = InMemoryBroker(await_inplace=True)
        work.register(self._broker)
        self._answering: asyncio.Task[None] | None = None

    async def run(self, task: Task) -> None:
        """Do a task now.

        Raises:
            BaseException: What the task raised.
        """
        kicker: AsyncKicker[[], None] = AsyncKicker(task.value, self._broker, labels={})
        done = await kicker.kiq()
        result = await done.get_result()
        if result.error is not None:
            raise result.error

    def answer_soon(self) -> None:
        """Let the inbox be looked at, once for all that has come by then; call it on the process's loop."""
        if self._answering is None or self._answering.done():
            self._answering = asyncio.get_running_loop().create_task(self.run(Task.ANSWER))

    async def aclose(self) -> None:
        """Finish."""
        if self._answering is not None:
            await asyncio.wait([self._answering])
        await self._broker.shutdown()
