"""Two workers, people who write, receipts and a clerk, all at once on PostgreSQL: nobody is refused anything."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, insert, select

from bot.arrivals import readers, twilio_arrival
from domain.clock import SystemClock
from domain.delivery import (
    ChannelName,
    Deferred,
    DeliveryState,
    FindOutcome,
    NotFound,
    OutgoingMessage,
    Receipt,
    SendOutcome,
    Sent,
    Unknown,
)
from domain.notice import NoticeState
from handlers import hearings
from handlers.inbox import InboxWorker
from handlers.incoming import World
from scheduler.dispatcher import Dispatcher
from scheduler.planner import replan
from scheduler.receipts import receive_all
from storage import audit, inbox
from storage.database import Database
from storage.schema import delivery, hearing, hearing_party, inbound
from storage.vault import Vault
from tests.fixtures.conversation import sms_form
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_hearing, add_scene
from tests.fixtures.outbox import notice_rows, phone, set_rate

NUMBER = "3EX-26-00042CR"
PEOPLE, HEARINGS = 24, 6
SHIFT = 8.0  # seconds
TROUBLED, EVEN = 0.1, 0.5
WORDS = ("STOP", "START", "YES", "HELP", "1", NUMBER)


class Quick:
    """A clock that begins at NOW and runs twenty times as fast."""

    def __init__(self) -> None:
        self._begun = SystemClock().now()

    def now(self) -> datetime:
        return NOW + (SystemClock().now() - self._begun) * 20


class Carrier:
    """Takes most texts, is busy or silent at times, and knows what it took and how each of them fared."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.taken: list[OutgoingMessage] = []
        self.fates: dict[int, DeliveryState] = {}

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        await asyncio.sleep(self._dice.random() * 0.05)
        if self._dice.random() < TROUBLED:
            return Deferred("twilio.30001") if self._dice.random() < EVEN else Unknown("http.timeout")
        self.taken.append(message)
        self.fates[message.id] = self._dice.choice([DeliveryState.DELIVERED, DeliveryState.UNDELIVERED])
        return Sent(f"SM{message.id}")

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        return Sent(f"SM{message.id}") if message.id in self.fates else NotFound()

    def receipts(self) -> list[Receipt]:
        """Say of some texts how they fare: again and again, in any order."""
        some = self._dice.choices(self.taken[-200:], k=8) if self.taken else []
        return [self._receipt(message.id, self._dice.choice([DeliveryState.SENT, None])) for message in some]

    def _receipt(self, delivery_id: int, state: DeliveryState | None) -> Receipt:
        provider_id, state = f"SM{delivery_id}", state or self.fates[delivery_id]
        return Receipt(delivery_id=delivery_id, provider_id=provider_id, state=state, may_retry=True)


@dataclass
class Office:
    """Two workers' databases, the same one; what goes on there; and what went wrong for anybody who asked for it."""

    doors: tuple[Database, Database]
    scene: Scene
    hearing_ids: list[int]
    clock: Quick
    dice: random.Random
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.carrier = Carrier(self.dice)
        courts = self.scene.courts
        channels = {"sms:default": self.carrier}
        self.dispatchers = [Dispatcher(db, channels, lambda: courts, self.clock, batch=20) for db in self.doors]
        self.inboxes = [
            InboxWorker(db, World(courts=courts), readers(), clock=self.clock, on_handled=dispatcher.nudge)
            for db, dispatcher in zip(self.doors, self.dispatchers, strict=True)
        ]

    async def work(self) -> None:
        """Let everything go on for a shift, then end it in order."""
        stop = asyncio.Event()
        running = [asyncio.create_task(one.run(stop)) for one in self.dispatchers]
        running += [asyncio.create_task(one.run(stop)) for one in self.inboxes]
        errands = (self.write_in, self.write_in, self.write_in, self.move, self.tell_receipts, self.reconcile)
        running += [asyncio.create_task(self._keep_on(errand, stop)) for errand in errands]
        await asyncio.sleep(SHIFT)
        stop.set()
        await asyncio.gather(*running)

    async def write_in(self) -> None:
        form = sms_form(self.dice.choice(WORDS), sender=phone(self.dice.randrange(PEOPLE)).value)
        arrival = twilio_arrival(urlencode(form))
        await self._door().write_first(partial(inbox.store, arrival=arrival, now=self.clock.now()))
        self.dice.choice(self.inboxes).nudge()
        await asyncio.sleep(0.1)

    async def move(self) -> None:
        to = NOW + timedelta(days=self.dice.randrange(9, 14), minutes=self.dice.randrange(500))
        which = self.dice.choice(self.hearing_ids)
        work = partial(hearings.move, staff="kim", courts=self.scene.courts, now=self.clock.now())
        await self._door().write(lambda connection: work(connection, which, to))
        await asyncio.sleep(0.1)

    async def tell_receipts(self) -> None:
        work = partial(receive_all, said=self.carrier.receipts(), channel=ChannelName.SMS, now=self.clock.now())
        await self._door().write(work)

    async def reconcile(self) -> None:
        await self.dice.choice(self.dispatchers).reconcile()
        await asyncio.sleep(0.5)

    def _door(self) -> Database:
        return self.dice.choice(self.doors)

    async def _keep_on(self, errand: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        while not stop.is_set():
            [error] = await asyncio.gather(errand(), return_exceptions=True)
            if error is not None:
                self.errors.append(error)
            await asyncio.sleep(0.02)


@pytest.fixture
async def office(postgres_database: str, vault: Vault) -> AsyncIterator[Office]:
    """A case with six hearings, all of them everybody's, so that all get into one another's way."""

    def build(connection: Connection) -> tuple[Scene, list[int]]:
        specs = [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(PEOPLE)]
        scene = add_scene(connection, *specs, number=NUMBER)
        ids = [scene.hearing_id]
        for later in range(1, HEARINGS):
            at = replace(COMING, starts_at=COMING.starts_at + timedelta(hours=later))
            ids.append(add_hearing(connection, scene.court_id, scene.case_id, at))
            rows = [(ids[-1], one.participation_id, NOW) for one in scene.parties]
            connection.execute(insert(hearing_party), [dict(zip(_PARTY, row, strict=True)) for row in rows])
        set_rate(connection, "sms:default", rate=1e4, burst=1000)
        replan(connection, ids, courts=scene.courts, now=NOW)
        return scene, ids

    async with Database(postgres_database, vault) as one, Database(postgres_database, vault) as other:
        scene, ids = await one.write(build)
        yield Office((one, other), scene, ids, Quick(), random.Random(5))  # noqa: S311 - the same each time


_PARTY = ("hearing_id", "participation_id", "since")


async def test_nobody_is_refused_nothing_is_doubled_and_everything_is_planned(office: Office) -> None:
    await office.work()

    assert office.errors == []
    assert len(office.carrier.taken) > PEOPLE // 2, "something went on"
    assert max(Counter(message.id for message in office.carrier.taken).values()) == 1
    await office.doors[0].read(partial(assert_all_is_well, office=office))


def assert_all_is_well(connection: Connection, office: Office) -> None:
    """See that all is answered, nothing arrived twice, the record is whole, and planning anew would reach nobody else.

    A change that did not arrive is tried again as it is. Planned anew it might be told as a hearing that is set: the
    same words of the same hearing to the same person, who waits for them either way.
    """
    assert set(connection.execute(select(inbound.c.state)).scalars()) == {inbox.InboxState.HANDLED}
    arrived = connection.execute(select(delivery.c.notice_id).where(delivery.c.state == DeliveryState.DELIVERED))
    assert max(Counter(arrived.scalars()).values(), default=1) == 1
    assert audit.first_broken(connection) is None
    stands = {row.id: row.revision for row in connection.execute(select(hearing))}
    before = notice_rows(connection)
    waiting = [row for row in before if row.state in (NoticeState.PLANNED, NoticeState.HELD) and row.hearing_id]
    untried = [row for row in waiting if not row.attempts]
    assert [row.dedupe_key for row in untried if row.revision != stands[row.hearing_id]] == []
    assert not any(row.state is NoticeState.SENDING for row in before)
    replan(connection, office.hearing_ids, courts=office.scene.courts, now=office.clock.now())
    known = {row.id for row in waiting}
    planned = [row for row in notice_rows(connection) if row.state is NoticeState.PLANNED and row.hearing_id]
    tried = {(row.hearing_id, row.participation_id) for row in waiting if row.attempts}
    added = [row for row in planned if row.id not in known]
    assert [row.dedupe_key for row in added if (row.hearing_id, row.participation_id) not in tried] == []
