"""The sandbox's end of the wire: a server on loopback whose connections a fault can leave hanging, or cut."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import uvicorn
from aiohttp import ClientSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.sandbox.errands import Pace
from bot.sandbox.faults import Answer, Fault

LOOPBACK: Final = "127.0.0.1"


class Lines:
    """The open connections, by the client's address and port."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[HttpToolsProtocol]:
        """Return the HTTP protocol that keeps this register."""
        lines = self

        class Registered(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
                super().connection_made(transport)
                if self.client:
                    lines._open[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    lines._open.pop(self.client, None)
                super().connection_lost(exc)

        return Registered

    def cut(self, request: Request) -> None:
        """Break the connection of a request, now."""
        if request.client and (transport := self._open.get((request.client.host, request.client.port))):
            transport.abort()

    def cut_all(self) -> None:
        """Break every connection."""
        for transport in list(self._open.values()):
            transport.abort()


async def answer(
    request: Request, fault: Fault, *, good: Response, bad: Response, lines: Lines, pace: Pace
) -> Response:
    """Give the provider's answer the way the fault wants it: `good`, `bad`, late, or none at all."""
    await pace.wait(fault.answer_after)
    match fault.answer:
        case Answer.PROMPT:
            return good
        case Answer.ERROR:
            return bad
        case Answer.DROP:
            lines.cut(request)
        case Answer.HANG:
            pass
    await _client_left(request)
    return bad


class Caller:
    """The HTTP client with which the providers call the product; open while the sandbox runs."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """The open session.

        Raises:
            RuntimeError: If the sandbox was not started.
        """
        if self._session is None:
            raise RuntimeError("start the sandbox first: async with Sandbox(…)")
        return self._session

    def open(self) -> None:
        """Make ready to call; must run in the event loop."""
        self._session = ClientSession()

    async def close(self) -> None:
        """Give up all calls."""
        if self._session:
            await self._session.close()


class LoopbackServer:
    """An ASGI application served on 127.0.0.1 only, in this process and event loop. Port 0 picks a free one.

    Raises:
        OSError: If the port is taken.
    """

    def __init__(self, app: ASGIApp, *, port: int, lines: Lines) -> None:
        self._lines = lines
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _QuietServer(
            uvicorn.Config(
                app,
                http=lines.protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,  # paths carry a bot's token
                timeout_graceful_shutdown=2,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to answer; connections made before wait in the backlog."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Cut every connection and let the port go."""
        self._server.should_exit = True
        self._lines.cut_all()
        if self._task:
            await self._task
        self._socket.close()


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals alone: they belong to whoever runs the sandbox."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    return bound


async def _client_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
