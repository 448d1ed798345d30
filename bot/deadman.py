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
from storage.status import LaneStatus, Status

PING_EVERY = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=5)
STUCK_AFTER = timedelta(minutes=3)  # a lane with something due that nothing left by for so long
HASTY = frozenset({Priority.REPLY.name.lower(), Priority.URGENT.name.lower()})
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
    silent = heartbeats.silent(found.heartbeats, parts, now=found.at)
    is_late = any(is_behind(lane, found.at) for lane in found.lanes)
    return [*silent, *_doubts_about(stream, found.at), *(["lag"] if is_late else [])]


def is_behind(lane: LaneStatus, now: datetime) -> bool:
    """Whether a lane fails somebody; a queue that is long, moves and will be done in time fails nobody.

    The same is watched for by the alerts UsherLate, UsherLaneStuck, UsherLaneBroken and UsherNotInTime.
    """
    late = {priority for priority, since in lane.oldest_due.items() if since < now - LATE_AFTER}
    if late & HASTY:
        return True
    rests = lane.broken_since is not None or _is_older(lane.used_at, now - STUCK_AFTER)
    in_time = lane.expires_at is None or now + timedelta(seconds=lane.work_seconds) <= lane.expires_at
    return bool(late - PATIENT) and (rests or not in_time)


def _doubts_about(stream: Standing | None, now: datetime) -> list[str]:
    if stream is None:
        return []
    if not stream.is_up:
        return ["stream"]
    is_old = stream.oldest_at is not None and stream.oldest_at < now - LYING_AFTER
    return ["stream.oldest"] if is_old else []


def _is_older(at: datetime | None, limit: datetime) -> bool:
    return at is None or at < limit
