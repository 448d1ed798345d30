"""An ASGI application on a port, in this process and loop; signals stay with whoever runs the process."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from domain.errors import InvalidInputError

BACKLOG = 2048
GRACE_SECONDS = 10  # a request under way may finish


class QuietServer(uvicorn.Server):
    """A uvicorn that leaves the process's signals alone, and is told of the end instead of looking for it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.enough = asyncio.Event()

    async def main_loop(self) -> None:
        """Set the clock of the answers' Date once a second, until the end."""
        while not self.enough.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.enough.wait(), 1)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


class WebServer:
    """Serves an application from `async with` until its end; requests under way are finished then.

    Args:
        app: What is served.
        host: The address to listen on.
        port: The port; 0 picks a free one, which `port` then says.

    Raises:
        InvalidInputError: If the port is taken or the address is not ours.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,  # addresses and paths of people's requests are nobody's business
            server_header=False,
            proxy_headers=False,  # nothing here asks who is before the proxy
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = QuietServer(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to answer."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take no more, finish what is under way, let the port go."""
        self._server.enough.set()
        if self._task is not None:
            await self._task
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise InvalidInputError(f"{host}:{port}", f"cannot listen there ({error.strerror})") from None
    return listening
