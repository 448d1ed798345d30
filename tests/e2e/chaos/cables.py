"""Cables between processes: each can be cut, hold what is on its way, be slow, or break in the middle of bytes."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

CHUNK = 65_536
LOOPBACK = "127.0.0.1"
A_MOMENT = 0.05  # seconds: who was let in just before the door was shut has been turned away by then


class Way(StrEnum):
    """How a cable is."""

    OPEN = "open"
    CUT = "cut"  # connections break, new ones are refused
    HELD = "held"  # nothing arrives, nothing breaks: both ends wait, as behind a router that drops everything
    SLOW = "slow"


@dataclass(slots=True)
class Cable:
    """Listens on a loopback port and passes connections on to the first of `behind` that answers, in turn.

    `snap_after` breaks every connection that carries so many more bytes. With `forgets` set, the next connection that
    carries these bytes to the server breaks when the answer to them comes, and the answer is lost.
    """

    behind: Sequence["int | Cable"]
    port: int = 0
    way: Way = Way.OPEN
    delay: float = 0.0
    snap_after: int | None = None
    forgets: bytes | None = None
    forgotten: int = 0
    carried: int = 0
    _server: asyncio.Server | None = None
    _open: "set[asyncio.StreamWriter]" = field(default_factory=set)
    _passing: "set[asyncio.Task[None]]" = field(default_factory=set)
    _is_free: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: int = 0

    async def lay(self) -> None:
        """Begin to listen."""
        self._is_free.set()
        self._server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def remove(self) -> None:
        """Break every connection and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.sleep(A_MOMENT)
        while self._passing:
            await asyncio.wait(self._passing)

    def cut(self) -> None:
        """Break what is connected; nobody gets through."""
        self.way = Way.CUT
        self._is_free.set()
        for writer in list(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing arrive any more, in either direction."""
        self.way = Way.HELD
        self._is_free.clear()

    def slow_down(self, delay: float) -> None:
        """Let every piece take so many seconds."""
        self.way, self.delay = Way.SLOW, delay

    def mend(self) -> None:
        """Let everything pass. What was held arrives, but for what a sender has taken back by a reset."""
        self.way, self.delay, self.snap_after = Way.OPEN, 0.0, None
        self._is_free.set()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Be cut for a while."""
        self.cut()
        yield
        self.mend()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        self._open.add(writer)
        try:
            await self._is_free.wait()
            inside = None if self.way is Way.CUT else await self._reach()
            if inside is None:
                writer.transport.abort()
            if inside is not None:
                self._open.add(inside[1])
                try:
                    await self._pass(reader, writer, *inside)
                finally:
                    self._open.discard(inside[1])
                    inside[1].close()  # what was written before still goes out
        finally:
            self._open.discard(writer)
            writer.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.behind:
            self._turn += 1
            place = self.behind[self._turn % len(self.behind)]
            if isinstance(place, Cable) and not await place._leads_on():
                continue
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, place.port if isinstance(place, Cable) else place)
        return None

    async def _leads_on(self) -> bool:
        """Return whether somebody answers at the other end, as a load balancer asks before it chooses."""
        if self.way is Way.CUT or self._server is None:
            return False
        reached = await self._reach()
        if reached is not None:
            reached[1].transport.abort()
        return reached is not None

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        their_reader: asyncio.StreamReader,
        their_writer: asyncio.StreamWriter,
    ) -> None:
        """Carry bytes both ways until one side ends; a side that breaks breaks the other."""
        line = _Line(self, writer, their_writer)
        async with asyncio.TaskGroup() as both:
            both.create_task(line.carry(reader, their_writer, is_question=True))
            both.create_task(line.carry(their_reader, writer, is_question=False))


@dataclass(slots=True)
class _Line:
    """One connection through a cable."""

    cable: Cable
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    awaits_answer: bool = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_question: bool) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if not await self._may_pass(chunk, reader, is_question=is_question):
                    self._break()
                    return
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
            return
        self._break()

    async def _may_pass(self, chunk: bytes, reader: asyncio.StreamReader, *, is_question: bool) -> bool:
        cable = self.cable
        if not cable._is_free.is_set():
            await cable._is_free.wait()
            if reader.exception() is not None:
                return False  # the sender has reset the connection: what it had written is void
        if cable.way is Way.SLOW:
            await asyncio.sleep(cable.delay)
        cable.carried += len(chunk)
        if cable.snap_after is not None:
            cable.snap_after -= len(chunk)
            if cable.snap_after < 0:
                return False
        return not self._is_forgotten(chunk, is_question=is_question)

    def _is_forgotten(self, chunk: bytes, *, is_question: bool) -> bool:
        cable = self.cable
        if is_question:
            self.awaits_answer |= cable.forgets is not None and cable.forgets in chunk
            return False
        if not self.awaits_answer:
            return False
        cable.forgets, self.awaits_answer = None, False
        cable.forgotten += 1
        return True

    def _break(self) -> None:
        self.near.transport.abort()
        self.far.transport.abort()


def a_few_bytes(chance: random.Random) -> int:
    """Return after how many bytes a cable might break: in the middle of something."""
    return chance.randrange(1, 3_000)
