"""A calendar on a fast clock: the real import, planner, gate and dispatcher, over channels that reach nobody."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.channels.memory import InMemoryChannel
from bot.simulation.cast import Cast, subscribe_everybody
from bot.simulation.record import Simulation
from domain.calendar_report import ImportReport
from domain.clock import SteppedClock
from domain.court import Court, Enrolment, SenderSpec
from domain.court_file import read_court
from domain.delivery import ChannelName, DeliveryState, Receipt
from domain.errors import ConflictError, InvalidInputError
from domain.lane import NO_TIME
from domain.roles import Role
from domain.wall_clock import at_wall_time, local_day
from handlers.calendar import ImportOptions, import_calendar
from scheduler import housekeeping, planner, receipts
from scheduler.dispatcher import Dispatcher, Timing
from storage import courts, lanes, migrate, simulation, tasks
from storage.courts import Courts, feed_seen
from storage.database import Database
from storage.key_file import KEY_BYTES
from storage.simulation import Due
from storage.vault import Vault

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""(step, how far, of how much): bytes, rows, hearings and days; None where the end is not known."""
AS_FAST_AS_ONE_LIKES = 1_000_000_000
DAY = timedelta(days=1)
SEEN_EVERY = timedelta(hours=6)
"""The calendar is taken to be imported anew so often, unchanged: no text waits for a fresher one."""
ALIKE = b"simulation".ljust(KEY_BYTES, b"\0")
"""The look-up key is the same in every simulation, so that the same calendar always gives the same outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What to play: whose calendar, from the start of `since` to the end of `until` on that court's clock.

    `role` is the part of people who are invented for cases that name nobody. `mapping` as for an import.
    """

    court: str
    since: date
    until: date
    mapping: str | None = None
    role: Role = Role.DEFENDANT


def simulate(
    file: BinaryIO, script: Script, *, definitions: Mapping[str, str], progress: Progress | None = None
) -> Simulation:
    """Play a calendar in a database of its own, which is gone afterwards; nothing leaves this machine.

    Args:
        file: The calendar.
        script: What to play.
        definitions: The court files by key, checked.
        progress: Told how far it is.

    Raises:
        NotFoundError: If there is no such court or mapping.
        InvalidInputError: If nothing of the file can be read, or the mapping is wrong.
        ConflictError: If it does not come to rest; that would be a bug.
    """
    tick = progress or _quietly
    with _throw_away_database() as database:
        known = database.write_now(partial(_apply_courts, definitions=definitions, day=script.since))
        zone = known[known.id_of(script.court)].zone
        begins, ends = _span(script, zone)
        report = _import(database, file, script, known=known, now=begins, progress=tick)
        cast = subscribe_everybody(database, known, role=script.role, now=begins)
        _plan(database, known, now=begins, progress=tick)
        days = _days(script, zone, tick)
        asyncio.run(_Play(database, known, SteppedClock(begins), days).play(ends))
        return database.read_now(partial(_record, script=script, known=known, report=report, cast=cast))


class _Play:
    """The clock moves from one due instant to the next; at each everything happens that would happen then."""

    def __init__(
        self, database: Database, known: Courts, clock: SteppedClock, tell: Callable[[datetime], None]
    ) -> None:
        self._database = database
        self._courts = known
        self._clock = clock
        self._tell = tell
        self._seen_at = clock.now()
        self._channels = {key: InMemoryChannel() for key in map(lanes.key_of, UNLIMITED)}
        self._dispatcher = Dispatcher(database, self._channels, lambda: known, clock, timing=Timing(ahead=NO_TIME))
        self._lanes = list(database.read_now(partial(lanes.ids, keys=self._channels)))

    async def play(self, ends: datetime) -> None:
        """Play until before `ends`; then end what is over."""
        while (due := await self._next_due()) is not None and due.at < ends:
            await self._advance_to(max(due.at, self._clock.now()))
            if not await self._dispatcher.drain(due.lane_id):
                raise ConflictError("the simulation does not come to rest")
            await self._database.write(partial(_deliver, arrived=self._take_arrived(), now=self._clock.now()))
        await self._advance_to(ends)
        while await self._database.write(partial(housekeeping.expire, now=ends)):
            pass

    async def _next_due(self) -> Due | None:
        return await self._database.read(partial(simulation.next_due, lane_ids=self._lanes))

    async def _advance_to(self, instant: datetime) -> None:
        self._clock.advance(instant - self._clock.now())
        self._tell(instant)
        if instant - self._seen_at >= SEEN_EVERY:
            self._seen_at = instant
            await self._database.write(partial(_see_feeds, known=self._courts, now=instant))

    def _take_arrived(self) -> list[tuple[ChannelName, int]]:
        arrived = [(message.to.channel, message.id) for channel in self._channels.values() for message in channel.sent]
        for channel in self._channels.values():
            channel.sent.clear()
        return arrived


@contextmanager
def _throw_away_database() -> Iterator[Database]:
    """Open a database in a folder of its own, sealed with a key that is written nowhere; then remove it."""
    with tempfile.TemporaryDirectory(prefix="usher-simulation-") as folder:
        url = f"sqlite:///{Path(folder) / 'usher.sqlite3'}"
        migrate.upgrade(url)
        database = Database(url, Vault({1: os.urandom(KEY_BYTES)}, current=1, index_key=ALIKE))
        try:
            yield database
        finally:
            database.close_now()


def _apply_courts(connection: Connection, *, definitions: Mapping[str, str], day: date) -> Courts:
    now = at_wall_time(day - DAY, time.min, ZoneInfo("UTC"))
    courts.apply(connection, definitions, now=now)
    known = courts.load(connection, _court)
    lanes.ensure(connection, known.by_id.values(), now=now)
    return known


UNLIMITED = tuple(
    SenderSpec(channel=channel, rate=AS_FAST_AS_ONE_LIKES, burst=AS_FAST_AS_ONE_LIKES) for channel in ChannelName
)


def _court(key: str, definition: str) -> Court:
    """Read a court whose senders have no limits, and which takes no phone from its calendar: we invent them."""
    return replace(read_court(key, definition), enrolment=Enrolment.NONE, senders=UNLIMITED)


def _span(script: Script, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return at_wall_time(script.since, time.min, zone), at_wall_time(script.until + DAY, time.min, zone)


def _import(
    database: Database, file: BinaryIO, script: Script, *, known: Courts, now: datetime, progress: Progress
) -> ImportReport:
    report = import_calendar(
        database,
        file,
        court=script.court,
        courts=known,
        clock=SteppedClock(now),
        options=ImportOptions(mapping=script.mapping, accept_changes=True, allow_fictional=True),
        progress=lambda step, done: progress(step, done, None),
    )
    if not report.is_in:
        bad = [f"line {one.line}: {one.column} {one.reason}" for one in report.bad_rows[:1]]
        raise InvalidInputError("FILE", " ".join((*report.why, *bad)))
    return report


def _plan(database: Database, known: Courts, *, now: datetime, progress: Progress) -> None:
    ids = database.read_now(simulation.hearing_ids)
    for start in range(0, len(ids), planner.CHUNK):
        chunk = ids[start : start + planner.CHUNK]
        database.write_now(partial(planner.replan, hearing_ids=chunk, courts=known, now=now))
        progress("planning", start + len(chunk), len(ids))


def _days(script: Script, zone: ZoneInfo, progress: Progress) -> Callable[[datetime], None]:
    """Tell progress in days, from instants."""
    total = (script.until - script.since).days + 1
    return lambda instant: progress("playing", (local_day(instant, zone) - script.since).days, total)


def _see_feeds(connection: Connection, *, known: Courts, now: datetime) -> None:
    for court_id in known.by_id:
        feed_seen(connection, court_id, now=now)


def _deliver(connection: Connection, *, arrived: list[tuple[ChannelName, int]], now: datetime) -> None:
    for channel, delivery_id in arrived:
        receipt = Receipt(delivery_id=delivery_id, provider_id=None, state=DeliveryState.DELIVERED)
        receipts.apply_receipt(connection, receipt, channel=channel, now=now)


def _record(connection: Connection, *, script: Script, known: Courts, report: ImportReport, cast: Cast) -> Simulation:
    zones = {court.key: court.zone for court in known.by_id.values()}
    begins, ends = _span(script, zones[script.court])
    expected, told_nothing = simulation.told_of(connection, since=begins, until=ends)
    return Simulation(
        court=script.court,
        since=script.since,
        until=script.until,
        zones=zones,
        imported=report,
        cast=cast,
        texts=tuple(simulation.sent(connection)),
        not_sent=tuple(simulation.not_sent(connection)),
        held=simulation.held(connection),
        tasks=tasks.count_open(connection),
        expected=expected,
        told_nothing=told_nothing,
    )


def _quietly(_step: str, _done: int, _total: int | None) -> None:
    """Tell nobody how far it is."""
