"""A real HTTP server on loopback whose manners the test writes: it hangs, trickles, breaks off, or answers."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import parse_qsl

import orjson

from bot.channels.http import HttpWire
from bot.channels.routes import Limits

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Limits(total=timedelta(milliseconds=300), connect=timedelta(milliseconds=200))
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class Asked:
    line: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), strict_parsing=True))


Manner = Callable[[Asked, Writer], Awaitable[None]]


@dataclass(slots=True)
class Loopback:
    """`asked` is every request that came in whole; `connections` counts those that were opened."""

    manner: Manner
    base_url: str = ""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    writers: set[Writer] = field(default_factory=set)

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        number = self.connections
        self.writers.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                asked = await _read(reader, number)
                self.asked.append(asked)
                await self.manner(asked, writer)
                await writer.drain()
        writer.close()
        self.writers.discard(writer)

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()


@asynccontextmanager
async def loopback(manner: Manner, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Serve on a free port until the block ends."""
    server = Loopback(manner)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls, backlog=1024)
    port = listening.sockets[0].getsockname()[1]
    server.base_url = f"http{'s' if tls else ''}://{'localhost' if tls else '127.0.0.1'}:{port}"
    try:
        yield server
    finally:
        listening.close()
        for writer in server.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def answering(status: int, body: object, **headers: str) -> Manner:
    """Answer every request the same way."""

    async def manner(_: Asked, writer: Writer) -> None:
        writer.write(response(status, body, **headers))

    return manner


def response(status: int, body: object, **headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\n{''.join(lines)}\r\n".encode() + raw


async def hanging(_: Asked, __: Writer) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(3600)


async def hanging_up(_: Asked, writer: Writer) -> None:
    """Take the request and hang up."""
    writer.close()


def saying(*pieces: bytes, pause: float = 0.0, then_close: bool = False) -> Manner:
    """Write raw bytes, piece by piece."""

    async def manner(_: Asked, writer: Writer) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if then_close:
            writer.close()

    return manner


async def post(wire: HttpWire, base_url: str, body: bytes = b"a=1") -> tuple[int, bytes]:
    answer = await wire.exchange("POST", f"{base_url}/x?y=%20", headers={"X-Ours": "1"}, body=body)
    return answer.status, answer.body


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _read(reader: Reader, connection: int) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (header.partition(": ") for header in rest)}
    return Asked(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))), connection)
