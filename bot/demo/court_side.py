"""The court behind the page of phones: its docket, its staff's buttons, and a clock that can be pushed forward."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import assert_never

from sqlalchemy import Connection

from bot.demo.installation import Hands, Installation
from bot.sandbox.control import CourtAction, HearingCard
from bot.sandbox.server import Sandbox
from domain.errors import ConflictError
from domain.hearing import HearingStatus, Outcome
from domain.wall_clock import at_wall_time, local_day
from handlers import hearings
from storage import docket, status
from storage import hearings as stored_hearings
from storage.docket import DocketEntry

MOST_STOPS = 5_000  # a month of the demo has a few hundred
STAFF = "demo"
NIGHTLY = time(5, 0)
GLANCE = timedelta(seconds=15)  # how soon what is due, and could not leave yet, is looked at again
SOONER = timedelta(days=2)
SPARE_ROOM = "Courtroom 9"


class DemoCourt:
    """Implements the page's `CourtSide` over a running installation on a stepped clock.

    Pushing the clock forward stops at every instant at which a notice is due and lets everything happen there, as
    it would have happened in time.
    """

    def __init__(self, usher: Installation, sandbox: Sandbox, clock: Hands, *, court: str) -> None:
        self._usher = usher
        self._sandbox = sandbox
        self._clock = clock
        self._court_id = usher.courts.id_of(court)
        self.zone = usher.courts[self._court_id].zone
        self.every_night: Callable[[], Awaitable[None]] | None = None

    async def now(self) -> datetime:
        """Return what the court's clock shows."""
        return self._clock.now().astimezone(self.zone)

    async def advance(self, step: timedelta) -> None:
        """Move the clock forward, stopping wherever something is due."""
        await self._advance_to(self._clock.now() + step)

    async def advance_to_next(self) -> None:
        """Move the clock to the next message that is due, and let it leave.

        Raises:
            ConflictError: If nothing waits.
        """
        due_at = await self._usher.db.read(docket.next_due)
        if due_at is None:
            raise ConflictError("no message is waiting")
        await self._advance_to(max(due_at, self._clock.now()))

    async def hearings(self) -> list[HearingCard]:
        """Return the docket, soonest first."""
        now = self._clock.now()
        entries = await self._usher.db.read(partial(docket.read, court_id=self._court_id))
        return [self._card(entry, now) for entry in entries]

    async def act(self, hearing_id: int, action: CourtAction) -> None:
        """Change a hearing as staff would, and let people be told."""
        await self.change(lambda connection, now: self._act(connection, hearing_id, action, now))

    async def change(self, work: Callable[[Connection, datetime], object]) -> None:
        """Run a unit of work of the court's, then let everything happen that follows from it."""
        now = self._clock.now()
        await self._usher.db.write(lambda connection: work(connection, now))
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that is due now: inbox, outbox, receipts, replies, until nothing moves any more.

        Raises:
            ConflictError: If it never comes to rest; that would be a bug.
        """
        quiet = 0
        for _ in range(MOST_STOPS):
            turn = self._sandbox.carrier.watch.turn
            moved = await self._usher.work_off()
            await self._sandbox.settle()
            at_rest = not moved and turn == self._sandbox.carrier.watch.turn and not await self._is_busy()
            quiet = quiet + 1 if at_rest else 0
            if quiet > 1:  # what the running parts had in hand between two looks has come out by the second
                return
        raise ConflictError("the demo does not come to rest")

    async def _advance_to(self, until: datetime) -> None:
        await self.settle()
        for _ in range(MOST_STOPS):
            due_at = await self._usher.db.read(docket.next_due)
            night = self._next_night()
            stop = night if due_at is None else min(max(due_at, self._clock.now() + GLANCE), night)
            if stop > until:
                break
            self._set(stop)
            if stop == night and self.every_night is not None:
                await self.every_night()
            await self.settle()
        self._set(until)
        await self.settle()

    def _next_night(self) -> datetime:
        """Return when the court's server sends its calendar next."""
        today = local_day(self._clock.now(), self.zone)
        coming = at_wall_time(today, NIGHTLY, self.zone)
        return coming if coming > self._clock.now() else at_wall_time(today + timedelta(days=1), NIGHTLY, self.zone)

    def _set(self, instant: datetime) -> None:
        self._clock.advance(max(instant - self._clock.now(), timedelta(0)))

    async def _is_busy(self) -> bool:
        now = self._clock.now()
        found = await self._usher.db.read(lambda connection: status.read(connection, now=now))
        return bool(found.in_flight or found.inbound_waiting)

    def _act(self, connection: Connection, hearing_id: int, action: CourtAction, now: datetime) -> None:
        courts = self._usher.courts
        match action:
            case CourtAction.MOVE_EARLIER:
                starts_at = _sooner(stored_hearings.get(connection, hearing_id).appearance.starts_at, now)
                hearings.move(connection, hearing_id, starts_at, staff=STAFF, courts=courts, now=now)
            case CourtAction.CANCEL:
                hearings.cancel(connection, hearing_id, staff=STAFF, courts=courts, now=now)
            case CourtAction.CHANGE_ROOM:
                hearings.change_room(connection, hearing_id, SPARE_ROOM, staff=STAFF, courts=courts, now=now)
            case CourtAction.MARK_MISS:
                missed = Outcome.DID_NOT_APPEAR
                hearings.record_outcome(connection, hearing_id, missed, staff=STAFF, courts=courts, now=now)
            case _:
                assert_never(action)

    def _card(self, entry: DocketEntry, now: datetime) -> HearingCard:
        return HearingCard(
            id=entry.hearing_id,
            case_number=entry.case_number,
            starts_at=entry.starts_at.astimezone(self.zone),
            courtroom=entry.courtroom or "",
            status=entry.outcome or entry.status,
            people=", ".join(entry.roles) or "nobody on file",
            actions=_actions(entry, now),
        )


def _actions(entry: DocketEntry, now: datetime) -> frozenset[CourtAction]:
    if entry.starts_at <= now:
        is_open = entry.outcome is None and entry.status is not HearingStatus.CANCELLED and bool(entry.roles)
        return frozenset({CourtAction.MARK_MISS}) if is_open else frozenset()
    if not entry.status.is_on:
        return frozenset()
    wishes = {CourtAction.CANCEL, CourtAction.CHANGE_ROOM}
    return frozenset(wishes | {CourtAction.MOVE_EARLIER} if _sooner(entry.starts_at, now) < entry.starts_at else wishes)


def _sooner(starts_at: datetime, now: datetime) -> datetime:
    """Return the start two days earlier, or a day earlier, or as it is when there is no such time to come."""
    for step in (SOONER, SOONER / 2):
        if starts_at - step > now + timedelta(hours=1):
            return starts_at - step
    return starts_at
