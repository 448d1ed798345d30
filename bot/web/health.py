"""Whether the process lives, and whether it can do its work: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.web.meters import Meters
from bot.web.metrics import CONTENT_TYPE, Seen, exposition
from domain.clock import Clock
from storage import status
from storage.database import Database
from storage.status import Status

STALE_AFTER = timedelta(minutes=2)  # a part that beats every few seconds and was silent for so long is not well
LOOK_SECONDS = 5  # Prometheus gives up after ten: a database that is slower than this counts as away


async def _none() -> int:
    """There is no stream, so nothing lies dead in it."""
    return 0


@dataclass(frozen=True, slots=True)
class Health:
    """Answers those who watch over the process.

    `parts` are the heartbeats that must be fresh, `stale_after` each court's own limit, by its key. `dead_letters`
    counts what no worker could take.
    """

    db: Database
    clock: Clock
    parts: tuple[str, ...] = ()
    meters: Meters = field(default_factory=Meters)
    stale_after: Mapping[str, timedelta] = field(default_factory=dict)
    dead_letters: Callable[[], Awaitable[int]] = _none

    def routes(self) -> list[Route]:
        """Return the three routes."""
        return [
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def alive(self, _: Request) -> Response:
        """Say that the process answers; nothing else is asked."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """Say whether the database answers and every part beats; 503 names what does not."""
        found = await self._look()
        if found is None:
            return JSONResponse({"ready": False, "wrong": ["database"]}, status_code=503)
        now = found.at
        silent = [part for part in self.parts if now - found.heartbeats.get(part, now - 2 * STALE_AFTER) > STALE_AFTER]
        return JSONResponse({"ready": not silent, "wrong": silent}, status_code=503 if silent else 200)

    async def metrics(self, _: Request) -> Response:
        """Show how things stand in Prometheus' format: sums, ages and rates, never a person, a case or a number."""
        seen = Seen(
            status=await self._look(),
            meters=self.meters,
            stale_after=self.stale_after,
            dead_letters=await self.dead_letters(),
        )
        return Response(exposition(seen), media_type=CONTENT_TYPE)

    async def _look(self) -> Status | None:
        """Return how things stand, None while the database is away."""
        now = self.clock.now()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self.db.read(lambda connection: status.read(connection, now=now))
        except (SQLAlchemyError, TimeoutError):
            return None
