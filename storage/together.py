"""Writes of one kind, put together: what comes while one is under way goes into the next, all in one statement."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy import Connection

from storage.database import AWAY, Database

Item = TypeVar("Item")
Result = TypeVar("Result")
Waiting: TypeAlias = tuple[Item, asyncio.Future[Result]]

MOST = 256


class Together(Generic[Item, Result]):
    """Does one kind of work for many items in a unit of work; what comes alone is done at once.

    Group commit lets units of work share a transaction; this lets items share the unit of work and its statements.
    Where a unit of work for several fails, each has one of its own: nobody fails for somebody else's fault, unless it
    is the database that is away. Belongs to one event loop.

    Args:
        db: Where it is written.
        work: Does it for some items, and returns a result for each.
        goes_first: Whether it goes before other writes (`Database.write_first`).
    """

    def __init__(
        self,
        db: Database,
        work: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        *,
        goes_first: bool = False,
    ) -> None:
        self._db = db
        self._work = work
        self._goes_first = goes_first
        self._waiting: list[Waiting[Item, Result]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, item: Item) -> Result:
        """Do it for one item; return its result once it is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: Sequence[Waiting[Item, Result]]) -> None:
        work = partial(self._work_for, items=[item for item, _ in batch])
        write = self._db.write_first if self._goes_first else self._db.write
        [done] = await asyncio.gather(write(work), return_exceptions=True)
        if not isinstance(done, BaseException):
            for (_, future), result in zip(batch, done, strict=True):
                if not future.done():
                    future.set_result(result)
        elif len(batch) > 1 and not isinstance(done, AWAY):
            await asyncio.gather(*(self._write([one]) for one in batch))
        else:
            for _, future in batch:
                if not future.done():
                    future.set_exception(done)

    def _work_for(self, connection: Connection, *, items: Sequence[Item]) -> Sequence[Result]:
        return self._work(connection, items)
