"""Whether a web process can take what providers post: one of the stream and the database is enough."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.stream.court_stream import CourtStream
from domain.clock import Clock
from storage import heartbeats
from storage.database import Database

LOOK_SECONDS = 2.0  # whoever asks waits four: a database that hangs counts as away, and is said to be


@dataclass(frozen=True, slots=True)
class Readiness:
    """Answers the load balancer."""

    db: Database
    clock: Clock
    stream: CourtStream

    def routes(self) -> list[Route]:
        """Return the route; put it before the one of a process that does everything."""
        return [Route("/readyz", self.ready)]

    async def ready(self, _: Request) -> Response:
        """Say what is away; 503 only when nothing could be taken."""
        away = [] if self.stream.is_up else ["stream"]
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.db.read(heartbeats.read)
        except (SQLAlchemyError, TimeoutError):
            away.append("database")
        is_ready = len(away) < 2  # noqa: PLR2004 - of the two
        return JSONResponse({"ready": is_ready, "wrong": away}, status_code=200 if is_ready else 503)
