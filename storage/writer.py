"""The thread that writes: units of work in their order, those that somebody waits for at a door first."""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection

BATCH_MAX = 256

Attempt: TypeAlias = Callable[[Callable[[Connection], Any]], Any]


@dataclass(slots=True)
class Job:
    """A unit of work, and who is answered after its commit."""

    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    goes_first: bool
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Answer, on the loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs jobs in one thread, as many as have queued in one transaction.

    A job that goes first waits for one unit of work at most: the transaction under way ends with it, and what goes
    first has the next one to itself. Then others have their turn, so that nobody waits for ever.

    Args:
        attempt: Runs a unit of work in a transaction and commits it.
        name: The thread's.
        most: How many jobs may share a transaction.
    """

    def __init__(self, attempt: Attempt, *, name: str, most: int = BATCH_MAX) -> None:
        self._attempt = attempt
        self._most = most
        self._arriving: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._first: deque[Job] = deque()  # these two belong to the thread
        self._others: deque[Job] = deque()
        self._others_turn = False
        self._is_closing = False
        self._thread = threading.Thread(target=self._write, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Let a job be done."""
        self._arriving.put(job)

    def close(self) -> None:
        """Finish what has queued."""
        self._arriving.put(None)
        self._thread.join()

    def _write(self) -> None:
        while (job := self._next()) is not None:
            batch = [job]
            self._run(batch)
            _answer(batch)

    def _next(self) -> Job | None:
        """Wait for the next job; None when there will be none any more."""
        if not (self._first or self._others or self._is_closing):
            self._sort_in(self._arriving.get())
        self._look()
        waiting = self._others if self._others and (self._others_turn or not self._first) else self._first
        self._others_turn = waiting is self._first
        return waiting.popleft() if waiting else None

    def _look(self) -> None:
        while not self._arriving.empty():
            self._sort_in(self._arriving.get())

    def _sort_in(self, job: Job | None) -> None:
        if job is None:
            self._is_closing = True
        else:
            (self._first if job.goes_first else self._others).append(job)

    def _run(self, batch: list[Job]) -> None:
        results, error = self._tried(lambda connection: [job.work(connection) for job in self._filled(batch)])
        if error is None:
            for job, result in zip(batch, results, strict=True):
                job.result = result
        elif len(batch) == 1:
            batch[0].error = error
        else:
            for job in batch:
                job.result, job.error = self._tried(job.work)

    def _tried(self, work: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
        try:
            return self._attempt(work), None
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller, who gets it
            return None, error

    def _filled(self, batch: list[Job]) -> Iterator[Job]:
        """Yield the jobs of a batch; then add to it, one after the other, what may share its transaction."""
        yield from list(batch)
        while len(batch) < self._most:
            self._look()
            alike = self._first if batch[0].goes_first else None if self._first else self._others
            if not alike:
                return
            batch.append(alike.popleft())
            yield batch[-1]


def _answer(batch: list[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, jobs)


def _settle_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
