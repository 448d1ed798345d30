"""The ways to a server: directly over pooled connections of ours, or through a proxy that aiohttp knows how to pass."""

import asyncio
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import aiohappyeyeballs
import aiohttp

from bot.channels.connection import Answer, Connection, MaybeSentError, NotSentError
from domain.record import record

PORTS = {"http": 80, "https": 443}
HANG_UP = timedelta(seconds=1)  # how long closing waits for the other side
FORGET_ON_CLOSE = struct.pack("ii", 1, 0)
"""Linger for no time: what has not arrived when we hang up never does. Otherwise the system goes on trying, and a
request that we gave up, and repeated, could arrive minutes later when a broken line is whole again."""
NEXT_ADDRESS = timedelta(seconds=0.25)  # RFC 8305: when to try IPv4 beside an IPv6 that does not answer


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much.

    `total` holds from the call to the last byte, waiting for a free connection included; `connect` is its part for
    name, TCP and TLS. A connection unused for `idle` is not trusted any more: the server may be hanging up.
    """

    total: timedelta = timedelta(seconds=20)
    connect: timedelta = timedelta(seconds=5)
    idle: timedelta = timedelta(seconds=10)
    connections: int = 100  # to one server at a time


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: what connections are pooled by."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as the Host header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@record(frozen=True, slots=True)
class Request:
    """One question. `target` is path and query, percent-encoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Route(Protocol):
    """A way to one server."""

    async def exchange(self, request: Request, *, total: float) -> Answer:
        """Ask once, within `total` seconds; raises NotSentError or MaybeSentError."""

    async def aclose(self) -> None:
        """Close every connection."""


class DirectRoute:
    """Connections of ours to one server. The last one used is the first one used again, so that few stay open."""

    def __init__(self, origin: Origin, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._origin = origin
        self._connect = limits.connect.total_seconds()
        self._idle_for = limits.idle.total_seconds()
        self._tls = tls
        self._room = asyncio.Semaphore(limits.connections)
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._is_closed = False

    async def exchange(self, request: Request, *, total: float) -> Answer:
        """Ask once; a timeout before the request is written is a NotSentError, after it a MaybeSentError."""
        written = _on_the_wire(self._origin, request)
        until = asyncio.get_running_loop().time() + total
        await self._enter(until)
        try:
            connection = self._rested() or await self._dial(until)
            try:
                return await connection.ask(written, until=until)
            finally:
                self._put_back(connection)
        finally:
            self._room.release()

    async def aclose(self) -> None:
        """Hang up everywhere; what is in flight fails with MaybeSentError."""
        self._is_closed = True
        connections = list(self._open)
        for connection in connections:
            connection.close()
        if connections:
            await asyncio.wait([connection.closed for connection in connections], timeout=HANG_UP.total_seconds())

    async def _enter(self, until: float) -> None:
        """Wait for room; where there is some already, at no cost."""
        if not self._room.locked():
            await self._room.acquire()
            return
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError:
            raise NotSentError("http.timeout") from None

    def _rested(self) -> Connection | None:
        trusted_since = time.monotonic() - self._idle_for
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since > trusted_since and not connection.is_stale():
                return connection
            connection.close()
        return None

    async def _dial(self, until: float) -> Connection:
        soonest = min(asyncio.get_running_loop().time() + self._connect, until)
        try:
            async with asyncio.timeout_at(soonest):
                return await self._connected()
        except TimeoutError:
            raise NotSentError("http.timeout" if soonest == until else "http.connect_timeout") from None
        except socket.gaierror:
            raise NotSentError("http.unknown_host") from None
        except ssl.SSLError:
            raise NotSentError("http.tls") from None
        except OSError:
            raise NotSentError("http.unreachable") from None

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        places = await loop.getaddrinfo(self._origin.host, self._origin.port, type=socket.SOCK_STREAM)
        plain = await aiohappyeyeballs.start_connection(places, happy_eyeballs_delay=NEXT_ADDRESS.total_seconds())
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, FORGET_ON_CLOSE)
        with ExitStack() as otherwise:
            otherwise.callback(plain.close)
            _, connection = await loop.create_connection(
                lambda: Connection(self._open.discard),
                sock=plain,
                ssl=self._tls,
                server_hostname=self._origin.host if self._tls else None,
            )
            otherwise.pop_all()
        self._open.add(connection)
        return connection

    def _put_back(self, connection: Connection) -> None:
        now = time.monotonic()
        if connection.is_reusable and not self._is_closed:
            connection.idle_since = now
            self._idle.append(connection)
        else:
            connection.close()
        while self._idle and self._idle[0].idle_since <= now - self._idle_for:
            self._idle.popleft().close()


class ProxiedRoute:
    """The same through a proxy, over aiohttp, which speaks CONNECT and knows proxies' ways."""

    def __init__(self, origin: Origin, limits: Limits, tls: ssl.SSLContext | None, *, proxy: str) -> None:
        self._base = f"{origin.scheme}://{origin.authority}"
        self._connect = limits.connect.total_seconds()
        connector = aiohttp.TCPConnector(limit=limits.connections, ssl=tls or True)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), proxy=proxy)

    async def exchange(self, request: Request, *, total: float) -> Answer:
        """Ask once; only what failed while connecting, to the proxy or through it, is a NotSentError."""
        try:
            async with self._session.request(
                request.method,
                self._base + request.target,
                headers=request.headers,
                data=request.body,
                timeout=aiohttp.ClientTimeout(total=total, connect=min(self._connect, total)),
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError):
            raise NotSentError("http.proxy") from None
        except TimeoutError:
            raise MaybeSentError("http.timeout") from None
        except aiohttp.ClientError:
            raise MaybeSentError("http.connection_lost") from None

    async def aclose(self) -> None:
        """Close the session."""
        await self._session.close()


def _on_the_wire(origin: Origin, request: Request) -> bytes:
    head = _head(origin, request.method, request.target, tuple(request.headers.items()))
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(request.body), request.body)


@lru_cache(maxsize=64)  # an SDK writes the same ones each time
def _head(origin: Origin, method: str, target: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {origin.authority}",
        *[f"{name}: {value}" for name, value in headers],
        "",
    ]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise NotSentError("http.unwritable")  # a header with a line break would be two
    return head.encode()
