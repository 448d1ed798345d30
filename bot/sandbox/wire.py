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
STOP_WITHIN = 2.0  # seconds that answers under way have once their connections are cut


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
            raise RuntimeError("the sandbox is not running: async with Sandbox(…)")
        return self._session

    def open(self) -> None:
        """Make ready to call; must run in the event loop."""
        self._session = ClientSession()

    async def close(self) -> None:
        """Give up all calls."""
        if self._session:
            await self._session.close()


class LoopbackServer:
    """An ASGI application served on 127.0.0.1 only, in this process and event loop. Port 0 picks a free one."""

    def __init__(self, app: ASGIApp, *, port: int, lines: Lines) -> None:
        self._wish = port
        self._lines = lines
        self._server = _QuietServer(
            uvicorn.Config(
                app,
                http=lines.protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                date_header=False,  # what time it is, the sandbox's clock says
                access_log=False,  # paths carry a bot's token
            )
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            RuntimeError: If it was not started.
        """
        if self._socket is None:
            raise RuntimeError("the sandbox is not running: async with Sandbox(…)")
        port: int = self._socket.getsockname()[1]
        return port

    async def start(self) -> None:
        """Begin to answer; connections made at once wait in the backlog.

        Raises:
            OSError: If the port is taken.
        """
        self._socket = _bound(self._wish)
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Cut every connection and let the port go."""
        self._server.enough.set()
        self._lines.cut_all()
        if self._task:
            await self._task
        self._socket = None


class _QuietServer(uvicorn.Server):
    """A server that stops at once, and leaves the process's signals alone: they belong to whoever runs the sandbox."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.enough = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end, where uvicorn would look ten times a second whether it has come."""
        await self.enough.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the port go and answers under way end, where uvicorn would first give the clients a tenth of a second."""
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=STOP_WITHIN)

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
