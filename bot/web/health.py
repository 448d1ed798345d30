"""Whether the process lives, and whether it can do its work: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.stream.standing import Look, no_stream
from bot.web.meters import Meters
from bot.web.metrics import CONTENT_TYPE, Seen, exposition
from domain.clock import Clock
from domain.court_file import read_court
from storage import courts, heartbeats, status
from storage.database import Database
from storage.status import Status

LOOK_SECONDS = 5  # Prometheus gives up after ten: a database that is slower than this counts as away


@dataclass(frozen=True, slots=True)
class Health:
    """Answers those who watch over the process.

    `parts` are the heartbeats that must be fresh, `shown` those that an installation of this kind has: what is left of
    another is nobody's concern. `stream` says how the stream stands, None where there is none.
    """

    db: Database
    clock: Clock
    parts: tuple[str, ...] = ()
    meters: Meters = field(default_factory=Meters)
    stream: Look = no_stream
    shown: Collection[str] | None = None

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
        looked = await self._look()
        if looked is None:
            return JSONResponse({"ready": False, "wrong": ["database"]}, status_code=503)
        found, now = looked[0], looked[0].at
        silent = heartbeats.silent(found.heartbeats, self.parts, now=now)
        return JSONResponse({"ready": not silent, "wrong": silent}, status_code=503 if silent else 200)

    async def metrics(self, _: Request) -> Response:
        """Show how things stand in Prometheus' format: sums, ages and rates, never a person, a case or a number."""
        looked, stream = await asyncio.gather(self._look(), self.stream())
        found, stale_after = looked or (None, {})
        seen = Seen(
            status=found,
            meters=self.meters,
            now=self.clock.now(),
            stale_after=stale_after,
            stream=stream,
            shown=self.shown,
        )
        return Response(exposition(seen), media_type=CONTENT_TYPE)

    async def _look(self) -> tuple[Status, dict[str, timedelta]] | None:
        """Return how things stand and how long each court trusts a calendar, None while the database is away."""
        now = self.clock.now()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self.db.read(partial(_read, now=now))
        except (SQLAlchemyError, TimeoutError):
            return None


def _read(connection: Connection, now: datetime) -> tuple[Status, dict[str, timedelta]]:
    applied = courts.load(connection, read=read_court)
    stale_after = {court.key: court.stale_after for court in applied.by_id.values()}
    return status.read(connection, now=now), stale_after
