"""The dead man's signal: a ping elsewhere while all is well, so that its absence tells what we no longer can."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.connection import MaybeSentError, NotSentError
from bot.channels.http import Wire
from bot.stream.standing import Look, Standing, no_stream
from domain.clock import Clock
from domain.notice import Priority
from storage import heartbeats, status
from storage.database import Database
from storage.status import Status

PING_EVERY = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=5)
LYING_AFTER = timedelta(minutes=2)  # in the stream: a worker takes it within a second or so
PATIENT = frozenset(
    {Priority.BROADCAST.name.lower(), Priority.OTHER.name.lower()}
)  # may queue for hours on a slow lane
SECONDS = 15.0
TRIES = 2  # one connection may have been closed since the last ping; twice heard is as good as once
FINE = 300  # the first status that is no success

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadman:
    """Asks for `url` while database and stream answer, every one of `parts` beats, and nothing urgent is late.

    Nothing but the request itself is sent: no body, no figures, nobody's name. The url is a secret: who knows it can
    keep the signal alive.
    """

    db: Database
    clock: Clock
    wire: Wire
    url: str = field(repr=False)
    parts: tuple[str, ...]
    stream: Look = no_stream

    async def beat(self) -> None:
        """Ping once if all is well; a ping that is not heard is reported here and missed there."""
        wrong = await self._doubts()
        if wrong:
            log.warning("deadman.withheld", wrong=wrong)
            return
        for _ in range(TRIES):
            try:
                answer = await self.wire.exchange("GET", self.url, headers={"User-Agent": "usher"}, total=SECONDS)
            except (NotSentError, MaybeSentError) as error:
                log.warning("deadman.unheard", fault=error.code)
                continue
            if answer.status >= FINE:
                log.warning("deadman.refused", status=answer.status)
            return

    async def _doubts(self) -> list[str]:
        now = self.clock.now()
        try:
            found = await self.db.read(lambda connection: status.read(connection, now=now))
        except SQLAlchemyError:
            return ["database"]
        return doubts(found, self.parts, await self.stream())


def doubts(found: Status, parts: tuple[str, ...], stream: Standing | None = None) -> list[str]:
    """Return what is not well.

    That is the parts that are silent or were never heard of, "stream" when it is away, "stream.oldest" when what
    somebody wrote lies in it, and "lag" when something is late.
    """
    heard = heartbeats.newest(found.heartbeats)
    silent = [part for part in parts if _is_older(heard.get(part), found.at - heartbeats.SILENT_AFTER)]
    due = (since for lane in found.lanes for priority, since in lane.oldest_due.items() if priority not in PATIENT)
    is_late = any(_is_older(since, found.at - LATE_AFTER) for since in due)
    return [*silent, *_doubts_about(stream, found.at), *(["lag"] if is_late else [])]


def _doubts_about(stream: Standing | None, now: datetime) -> list[str]:
    if stream is None:
        return []
    if not stream.is_up:
        return ["stream"]
    is_old = stream.oldest_at is not None and stream.oldest_at < now - LYING_AFTER
    return ["stream.oldest"] if is_old else []


def _is_older(at: datetime | None, limit: datetime) -> bool:
    return at is None or at < limit
