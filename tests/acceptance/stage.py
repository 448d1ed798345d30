"""A court on a stepped clock: calendars come in, people write, time passes; every phone and the desk can be read."""

import asyncio
import io
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from bot.arrivals import readers, telegram_arrival, twilio_arrival
from bot.channels.memory import InMemoryChannel
from bot.court_files import example_court
from domain.calendar_report import ImportReport
from domain.clock import SteppedClock
from domain.court_file import read_court
from domain.delivery import ChannelName, Consequence, Deferred, DeliveryState, OutgoingMessage, Receipt, SendOutcome
from domain.wall_clock import at_wall_time, local_day
from handlers import watches
from handlers.calendar import ImportOptions, import_calendar
from handlers.inbox import InboxWorker
from handlers.incoming import World
from scheduler import housekeeping
from scheduler.dispatcher import Dispatcher
from scheduler.receipts import apply_receipt
from storage import docket, inbox, lanes
from storage.courts import Courts
from storage.database import Database
from storage.inbox import Arrival
from storage.schema import delivery, hearing, hearing_party, notice, person, task, verdict
from tests.fixtures.calendars.rows import PLAIN, native
from tests.fixtures.conversation import BOT_ID, OUR_NUMBER, sms_form, update_of
from tests.fixtures.facts import apply_courts

AnyRow = Row[*tuple[Any, ...]]

HOME = "example"
NIGHTLY = time(5, 0)
"""When the court's server sends its calendar again, every night."""
PAUSE = timedelta(minutes=1)
GLANCE = timedelta(seconds=15)
"""How soon what is due, and could not leave, is looked at again."""
FAST_LANES = "".join(f'[[sender]]\nchannel = "{one}"\nrate = 100.0\nburst = 100\n' for one in ChannelName)


def row(**cells: str) -> dict[str, str]:
    """Return a row of a calendar: a plain defendant on +1 907 555 0101, but for these cells."""
    return PLAIN | {"hearing_id": "H1"} | cells


def court_file(*lines: str, senders: str = FAST_LANES, tables: str = "") -> str:
    """Return the example court's file, with these lines instead of its own and these tables after them.

    Its calendar stays good for as long as any scenario lasts, unless a line says otherwise.
    """
    lines = lines if any(line.startswith("stale_after") for line in lines) else (*lines, 'stale_after = "400d"')
    keys = tuple(line.partition("=")[0] for line in lines)
    kept = [line for line in example_court().splitlines() if not line.startswith(keys)]
    return "\n".join([*lines, *kept, senders, tables])


@dataclass(frozen=True, slots=True)
class Phone:
    """What came to one phone, oldest first; `times` are the court's wall clock."""

    texts: list[str]
    times: list[datetime]

    @property
    def last(self) -> str:
        """The text on top."""
        return self.texts[-1]


class Carrier(InMemoryChannel):
    """A carrier in memory that remembers when each text left. It confirms each at once unless told not to."""

    def __init__(self, clock: SteppedClock) -> None:
        super().__init__()
        self.confirms = True
        self.is_down = False
        self.left: list[tuple[datetime, OutgoingMessage]] = []
        self.tries: list[datetime] = []
        """When it was tried in vain while it was down."""
        self.unconfirmed: deque[int] = deque()
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Send, or do as scripted; a carrier that is down takes nothing."""
        if self.is_down:
            self.tries.append(self._clock.now())
            return Deferred("http.unreachable")
        outcome = await super().send(message)
        if self.sent and self.sent[-1] is message:
            self.left.append((self._clock.now(), message))
            self.unconfirmed.append(message.id)
        return outcome


class Stage:
    """A court at work over a real database; only the carriers and the clock are ours."""

    def __init__(self, db: Database, courts: Courts, clock: SteppedClock) -> None:
        self.db, self.courts, self.clock = db, courts, clock
        self.zone = courts[courts.id_of(HOME)].zone
        self.sms, self.telegram = Carrier(clock), Carrier(clock)
        senders = [sender for court in courts.by_id.values() for sender in court.senders]
        carriers = {ChannelName.SMS: self.sms, ChannelName.TELEGRAM: self.telegram}
        self.channels = {f"{channel}:default": carrier for channel, carrier in carriers.items()}
        self.channels |= {lanes.key_of(sender): carriers[sender.channel] for sender in senders}
        self.dispatcher = Dispatcher(db, self.channels, lambda: courts, clock)
        self.inbox = InboxWorker(db, World(courts=courts), readers(), clock=clock)
        self.file = b""
        self.comes_nightly = False
        """Whether the court's server sends its last file again every night."""

    # --- the court ------------------------------------------------------------------------------------------------

    async def import_(self, *rows: Mapping[str, str], accept: bool = True, **options: Any) -> ImportReport:  # noqa: ANN401 - those of ImportOptions
        """Bring a calendar in and let everything happen that follows."""
        return await self.import_file(native(rows), accept=accept, **options)

    async def import_file(self, file: bytes, *, accept: bool = True, **options: Any) -> ImportReport:  # noqa: ANN401
        """Bring a file in as it is."""
        report = await self._import(file, ImportOptions(allow_fictional=True, accept_changes=accept, **options))
        self.file = file if report.is_in else self.file
        await self.settle()
        return report

    async def staff(self, act: Callable[..., object], hearing_id: str, *more: object) -> None:
        """Let staff do something (`handlers.hearings`) to the hearing that the feed calls `hearing_id`."""

        def work(connection: Connection) -> None:
            key = connection.execute(select(hearing.c.id).where(hearing.c.external_id == hearing_id)).scalar_one()
            act(connection, key, *more, staff="clerk", courts=self.courts, now=self.clock.now())

        await self.db.write(work)
        await self.settle()

    # --- people ---------------------------------------------------------------------------------------------------

    async def says(
        self, who: str, text: str, *, to: str = OUR_NUMBER, edited: bool = False, after: timedelta = PAUSE
    ) -> list[str]:
        """Let somebody write, a little later: a number by SMS, a chat by Telegram. Return the answers."""
        await self.later(after)
        seen = len(self.phone(who).texts)
        if who.startswith("+"):
            await self.receive(twilio_arrival(urlencode(sms_form(text, sender=who, to=to))))
        else:
            kind = "edited_message" if edited else "message"
            await self.receive(telegram_arrival(update_of(text, chat=int(who), kind=kind), bot_id=BOT_ID))
        return self.phone(who).texts[seen:]

    async def receive(self, arrival: Arrival | None) -> None:
        """Store what arrived at the door, and let it be thought about."""
        assert arrival is not None
        await self.db.write(partial(inbox.store, arrival=arrival, now=self.clock.now()))
        await self.settle()

    def phone(self, who: str) -> Phone:
        """Read a phone, or a Telegram chat."""
        carrier = self.sms if who.startswith("+") else self.telegram
        here = [(at, message.text) for at, message in carrier.left if message.to.value == who]
        return Phone([text for _, text in here], [at.astimezone(self.zone) for at, _ in here])

    # --- time -----------------------------------------------------------------------------------------------------

    def at(self, wall: str) -> datetime:
        """Return the instant of a wall-clock time of the court, such as "2026-06-11 10:00"."""
        return _instant(wall, self.zone)

    async def later(self, step: timedelta) -> None:
        """Let time pass."""
        await self.until(self.clock.now() + step)

    async def until(self, when: str | datetime) -> None:
        """Let time pass, stopping wherever something is due and every night for the court's calendar."""
        end = self.at(when) if isinstance(when, str) else when
        await self.settle()
        while (stop := await self._next_stop()) < end:
            await self._stop_at(stop)
        await self._stop_at(end)

    async def settle(self) -> None:
        """Let everything happen that is due now: what was received, what is to be sent, what the carriers confirm."""
        while await self.inbox.work_off() + await self.dispatcher.drain_all() + await self._confirm():
            pass

    async def receipt(self, place: int, state: DeliveryState, **more: Any) -> None:  # noqa: ANN401 - fields of Receipt
        """Let the carrier say what became of a text that left by SMS; `place` counts them, -1 is the last."""
        said = Receipt(delivery_id=self.sms.left[place][1].id, provider_id=None, state=state, **more)
        await self.db.write(partial(apply_receipt, receipt=said, channel=ChannelName.SMS, now=self.clock.now()))
        await self.settle()

    async def bounce(self, place: int, code: str, consequence: Consequence) -> None:
        """Let the carrier say that a text did not get through."""
        await self.receipt(place, DeliveryState.UNDELIVERED, error_code=code, consequence=consequence)

    # --- what is on record ----------------------------------------------------------------------------------------

    def desk(self) -> Counter[str]:
        """Return the kinds of the desk's open tasks."""
        return Counter(one.kind for one in self.rows(select(task.c.kind).where(task.c.state == "open")))

    def reasons(self, party: str = "P1") -> list[str]:
        """Return the reasons of the gate's verdicts about notices to a party of the feed, oldest first."""
        told = select(verdict.c.reason).join(notice, notice.c.id == verdict.c.notice_id)
        return [one.reason for one in self.rows(_of(party, told).order_by(verdict.c.id))]

    def fates(self, party: str = "P1") -> list[str]:
        """Return "kind purpose state" of each notice to a party of the feed, in the order in which they were due."""
        found = self.rows(_of(party, select(notice)).order_by(notice.c.due_at, notice.c.id))
        return [" ".join(filter(None, (one.kind, one.purpose, one.state))) for one in found]

    def answers(self) -> dict[str, str | None]:
        """Return what parties said to "will you come?", by the feed's id of the hearing."""
        query = select(hearing.c.external_id, hearing_party.c.answer).join(hearing_party)
        return {one.external_id: one.answer for one in self.rows(query)}

    def rows(self, query: Select[*tuple[Any, ...]]) -> list[AnyRow]:
        """Look at any rows."""
        return self.db.read_now(lambda connection: list(connection.execute(query)))

    # --- the works ------------------------------------------------------------------------------------------------

    async def _import(self, file: bytes, options: ImportOptions) -> ImportReport:
        work = partial(import_calendar, court=HOME, courts=self.courts, clock=self.clock, options=options)
        return await asyncio.to_thread(work, self.db, io.BytesIO(file))

    async def _next_stop(self) -> datetime:
        now = self.clock.now()
        today = local_day(now, self.zone)
        night = at_wall_time(today, NIGHTLY, self.zone)
        if night <= now:
            night = at_wall_time(today + timedelta(days=1), NIGHTLY, self.zone)
        waits = await self.db.read(docket.next_due)
        [asks] = self.rows(select(func.min(delivery.c.ask_at)).where(delivery.c.state == DeliveryState.UNKNOWN))
        soonest = [max(at, now + GLANCE) for at in (waits, asks[0]) if at is not None]
        return min([night if self.comes_nightly else now + timedelta(days=400), *soonest])

    async def _stop_at(self, instant: datetime) -> None:
        is_night = self.comes_nightly and instant.astimezone(self.zone).time() == NIGHTLY
        self.clock.advance(max(instant - self.clock.now(), timedelta(0)))
        if is_night:
            await self._import(self.file, ImportOptions(allow_fictional=True))
        await self.db.write(self._tidy)
        await self.dispatcher.reconcile()
        await self.settle()

    def _tidy(self, connection: Connection) -> None:
        housekeeping.expire(connection, now=self.clock.now())
        watches.expire(connection, courts=self.courts, now=self.clock.now())

    async def _confirm(self) -> int:
        """Confirm what left since; what left while the carrier was silent is never confirmed."""
        fresh = list(self.sms.unconfirmed)
        self.sms.unconfirmed.clear()
        for delivery_id in fresh if self.sms.confirms else ():
            said = Receipt(delivery_id=delivery_id, provider_id=None, state=DeliveryState.DELIVERED)
            await self.db.write(partial(apply_receipt, receipt=said, channel=ChannelName.SMS, now=self.clock.now()))
        return len(fresh)


async def open_stage(db: Database, *, opens: str = "2026-06-01 10:00", **files: str) -> Stage:
    """Open a stage on court files by key, at a wall-clock time of `example`: the court the calendars come to."""
    files = {HOME: court_file()} | files
    now = _instant(opens, read_court(HOME, files[HOME]).zone)
    known = await db.write(partial(apply_courts, files=files, now=now))
    return Stage(db, known, SteppedClock(now))


def _of(party: str, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.join(person, person.c.id == notice.c.person_id).where(person.c.party_key == party)


def _instant(wall: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(UTC)


def words(texts: Iterable[str]) -> str:
    """Return all texts as one, to look for what must not be in any."""
    return "\n".join(texts)
