"""The tasks: harmless twice, in the database when they end, and nobody's words in plain sight on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError
from taskiq import BrokerMessage, InMemoryBroker

from bot.arrivals import readers, telegram_arrival, twilio_arrival
from bot.channels.memory import InMemoryChannel
from bot.stream.court_stream import SUBJECT, StreamAwayError
from bot.stream.embedded import EmbeddedBroker
from bot.stream.subjects import LOTS, RECEIPTS, TICK
from bot.stream.tasks import Task, Work
from bot.stream.tickets import Tickets
from domain.clock import SteppedClock
from domain.delivery import DeliveryState
from domain.errors import InvalidInputError
from domain.notice import NoticeState
from handlers.inbox import InboxWorker
from handlers.incoming import World
from scheduler.dispatcher import Dispatcher
from storage import dead_letters, due_lanes, heartbeats, inbox, lanes
from storage.database import Database, Result
from storage.database import Work as UnitOfWork
from storage.inbox import Arrival
from storage.schema import delivery, inbound
from storage.vault import Vault
from tests.fixtures.conversation import BOT_ID, sms_form, update_of
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import Street, add_street, lane_id, notice_rows, put_all


class Recorder(InMemoryBroker):
    """A broker that keeps what it is given, or is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        super().__init__()
        self.is_away = is_away
        self.kept: list[BrokerMessage] = []

    async def kick(self, message: BrokerMessage) -> None:
        """Keep it."""
        if self.is_away:
            raise StreamAwayError
        self.kept.append(message)

    @property
    def subjects(self) -> list[str]:
        """Where everything went."""
        return [str(message.labels[SUBJECT]) for message in self.kept]


@dataclass
class Desk:
    """A worker's parts over one database."""

    work: Work
    channel: InMemoryChannel
    street: Street
    db: Database = field(repr=False)

    async def deliver(self, broker: Recorder) -> None:
        """Do what was published, as a worker would."""
        doing = InMemoryBroker(await_inplace=True)
        self.work.register(doing)
        for message in broker.kept:
            await doing.kick(message)
            result = await doing.result_backend.get_result(message.task_id)
            if result.error is not None:
                raise result.error
        await doing.shutdown()

    async def stored(self) -> list[tuple[str, str]]:
        """Return source and state of what is in the inbox."""
        query = select(inbound.c.source, inbound.c.state).order_by(inbound.c.id)
        return await self.db.read(lambda connection: [(row.source, row.state) for row in connection.execute(query)])


@asynccontextmanager
async def desk_over(db: Database, clock: SteppedClock) -> AsyncIterator[Desk]:
    """Put a worker's parts together."""
    street = await db.write(partial(add_street, count=3))
    channel = InMemoryChannel()
    dispatcher = Dispatcher(db, {"sms:default": channel}, lambda: street.scene.courts, clock)
    worker = InboxWorker(db, World(courts=street.scene.courts), readers(), clock=clock, on_handled=dispatcher.nudge)
    work = Work(db=db, clock=clock, courts=street.scene.courts, inbox=worker, dispatcher=dispatcher, bot_id=BOT_ID)
    yield Desk(work, channel, street, db)


@pytest.fixture
async def desk(any_db: Database, clock: SteppedClock) -> AsyncIterator[Desk]:
    async with desk_over(any_db, clock) as desk:
        yield desk


@pytest.fixture
def tickets(vault: Vault, clock: SteppedClock) -> tuple[Tickets, Recorder]:
    broker = Recorder()
    return Tickets(broker, vault, clock), broker


def sms(text: str, sender: str = "+19075550101") -> Arrival:
    return twilio_arrival(urlencode(sms_form(text, sender=sender)))


async def test_an_arrival_is_stored_once_however_often_it_comes(
    desk: Desk, tickets: tuple[Tickets, Recorder], clock: SteppedClock
) -> None:
    put, broker = tickets
    update = telegram_arrival(update_of("hello"), bot_id=BOT_ID)
    assert update is not None
    text = sms("STOP")
    for arrival in (text, update, text):
        assert await put.take_arrival(arrival)
    accepted_at = clock.now()
    clock.advance(timedelta(hours=5))
    await desk.deliver(broker)
    await desk.deliver(broker)

    assert await desk.stored() == [("twilio", "received"), ("telegram", "received")]
    [received] = await desk.db.read(lambda c: [inbox.take(c, one) for one in inbox.waiting(c, limit=1)])
    assert received is not None
    assert received.received_at == accepted_at, "when it was accepted, not when somebody got round to it"


async def test_nobodys_words_are_in_plain_sight_on_the_way(tickets: tuple[Tickets, Recorder]) -> None:
    put, broker = tickets
    await put.take_arrival(sms("CANARY", "+19075550123"))
    await put.take_receipt("To=%2B19075550123&Body=CANARY", m="7")

    travelled = repr([(message.message, message.labels) for message in broker.kept])
    assert "CANARY" not in travelled
    assert "9075550123" not in travelled


async def test_a_person_stays_in_one_lot_and_people_spread_over_all(tickets: tuple[Tickets, Recorder]) -> None:
    put, broker = tickets
    for _ in range(3):
        await put.take_arrival(sms("again", "+19075550123"))
    assert len(set(broker.subjects)) == 1
    for number in range(300):
        await put.take_arrival(sms("hi", f"+1907555{number:04d}"))
    assert len(set(broker.subjects)) == LOTS


async def test_a_stream_that_is_away_says_so(vault: Vault, clock: SteppedClock) -> None:
    put = Tickets(Recorder(is_away=True), vault, clock)

    assert not await put.take_arrival(sms("STOP"))
    assert not await put.take_receipt("a=b", m=None)
    assert not await put.tick(Task.TIDY)
    assert not await put.drain(1)


async def test_what_nobody_can_read_fails_aloud(desk: Desk, vault: Vault, clock: SteppedClock) -> None:
    broker = Recorder()
    await Tickets(broker, Vault({1: b"o" * 32}, current=1, index_key=b"i" * 32), clock).take_arrival(sms("STOP"))
    with pytest.raises(InvalidInputError, match="does not open"):
        await desk.deliver(broker)
    with pytest.raises(InvalidInputError, match="not one of ours"):
        await desk.work.take_arrival("pigeon", await _sealed(vault, clock), clock.now().isoformat())


async def _sealed(vault: Vault, clock: SteppedClock) -> str:
    broker = Recorder()
    await Tickets(broker, vault, clock).take_arrival(sms("STOP"))
    message: dict[str, Any] = broker.serializer.loadb(broker.kept[0].message)
    return str(message["kwargs"]["sealed"])


async def test_a_lane_with_something_due_gets_a_ticket_and_the_ticket_sends_it(
    desk: Desk, tickets: tuple[Tickets, Recorder]
) -> None:
    put, broker = tickets
    lane = await desk.db.read(lane_id)
    assert await desk.db.read(partial(due_lanes.read, now=NOW)) == []
    await desk.db.write(partial(put_all, street=desk.street))
    assert await desk.db.read(partial(due_lanes.read, now=NOW)) == [lane]
    assert await desk.db.read(partial(due_lanes.read, now=NOW - timedelta(seconds=1))) == []

    assert await put.drain(lane)
    await desk.deliver(broker)
    await desk.deliver(broker)

    assert broker.subjects == [f"{TICK}.drain_lane.{lane}"]
    assert len(desk.channel.sent) == 3
    assert await desk.db.read(partial(due_lanes.read, now=NOW)) == []


async def test_a_lane_that_rests_gets_no_ticket(desk: Desk) -> None:
    await desk.db.write(partial(put_all, street=desk.street))
    lane = await desk.db.read(lane_id)
    rest = partial(lanes.pause, lane_id=lane, until=NOW + timedelta(minutes=1), reason="twilio.429")
    await desk.db.write(rest)

    assert await desk.db.read(partial(due_lanes.read, now=NOW)) == []
    assert await desk.db.read(partial(due_lanes.read, now=NOW + timedelta(minutes=1))) == [lane]


async def test_a_ticket_for_a_lane_that_has_no_channel_here_is_left_to_others(desk: Desk, clock: SteppedClock) -> None:
    await desk.db.write(partial(put_all, street=desk.street))
    lane = await desk.db.read(lane_id)
    elsewhere = {"telegram:default": InMemoryChannel()}
    dispatcher = Dispatcher(desk.db, elsewhere, lambda: desk.street.scene.courts, clock)

    await replace(desk.work, dispatcher=dispatcher).drain_lane(lane)

    assert {row.state for row in await desk.db.read(notice_rows)} == {NoticeState.PLANNED}
    assert await desk.db.read(partial(due_lanes.read, now=NOW)) == [lane]


async def test_a_receipt_moves_its_delivery_once(desk: Desk, tickets: tuple[Tickets, Recorder]) -> None:
    put, broker = tickets
    await desk.db.write(partial(put_all, street=desk.street))
    await desk.work.drain_lane(await desk.db.read(lane_id))
    [first, *_] = await desk.db.read(lambda c: list(c.execute(select(delivery).order_by(delivery.c.id))))
    form = urlencode({"MessageSid": first.provider_id, "MessageStatus": "delivered"})
    for _ in range(2):
        assert await put.take_receipt(form, m=str(first.id))
    await desk.deliver(broker)

    states = await desk.db.read(lambda c: c.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars().all())
    assert states[0] is DeliveryState.DELIVERED
    assert [row.state for row in await desk.db.read(notice_rows)].count(NoticeState.DELIVERED) == 1
    assert set(broker.subjects) == {RECEIPTS}


async def test_reconcile_and_tidy_leave_a_pulse_also_when_two_do_them_at_once(desk: Desk, clock: SteppedClock) -> None:
    work = desk.work
    await asyncio.gather(work.reconcile(), work.tidy(), work.reconcile(), work.tidy())

    assert await desk.db.read(heartbeats.read) == {"reconcile": clock.now(), "housekeeping": clock.now()}


class Away(Database):
    """A database that cannot be written to for the first so many times."""

    refusals = 0

    async def write_first(self, work: UnitOfWork[Result]) -> Result:
        """Refuse, or write."""
        if self.refusals:
            self.refusals -= 1
            raise OperationalError("INSERT", {}, ConnectionError())
        return await super().write_first(work)


async def test_a_task_waits_for_the_database_and_gives_up_only_when_told_to_stop(
    sqlite_url: str, vault: Vault, clock: SteppedClock
) -> None:
    async with Away(sqlite_url, vault) as db, desk_over(db, clock) as desk:
        sealed, at = await _sealed(vault, clock), clock.now().isoformat()
        db.refusals = 1
        await desk.work.take_arrival("twilio", sealed, at)
        assert await desk.stored() == [("twilio", "received")]

        db.refusals = 100
        waiting = asyncio.create_task(desk.work.take_arrival("twilio", sealed, at))
        await asyncio.sleep(0)
        desk.work.stop.set()
        with pytest.raises(OperationalError):
            await waiting


async def test_in_one_process_the_same_tasks_run_and_their_failures_are_heard(
    sqlite_url: str, vault: Vault, clock: SteppedClock
) -> None:
    async with Database(sqlite_url, vault) as db, desk_over(db, clock) as desk:
        broker = EmbeddedBroker(desk.work)
        await broker.run(Task.TIDY)
        for _ in range(100):
            broker.answer_soon()
        await broker.aclose()
        assert await db.read(heartbeats.read) == {"housekeeping": clock.now()}

        await db.write(lambda connection: connection.exec_driver_sql("DROP TABLE heartbeat"))
        broken = EmbeddedBroker(desk.work)
        with pytest.raises(Exception, match="heartbeat"):
            await broken.run(Task.RECONCILE)
        await broken.aclose()


async def test_a_message_that_was_given_up_is_listed_and_tried_again(desk: Desk, clock: SteppedClock) -> None:
    def spoil(connection: Connection) -> int:
        inbox.store(connection, sms("STOP"), now=clock.now())
        [only] = inbox.waiting(connection, limit=1)
        inbox.note_failure(connection, only, error="KeyError", most=1, now=clock.now())
        return only

    spoilt = await desk.db.write(spoil)
    [failed] = await desk.db.read(partial(dead_letters.failed, limit=5))
    assert (failed.id, failed.source, failed.fault, failed.tries) == (spoilt, "twilio", "KeyError", 1)

    assert await desk.db.write(partial(dead_letters.try_again, inbound_id=spoilt, now=clock.now()))
    assert not await desk.db.write(partial(dead_letters.try_again, inbound_id=spoilt, now=clock.now()))
    assert await desk.db.read(partial(dead_letters.failed, limit=5)) == []
    assert await desk.work.inbox.work_off() == 1
    assert await desk.stored() == [("twilio", "handled")]
