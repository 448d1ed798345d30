"""The inbox: stored before it is thought about, each message once, each sender's in order, poison to the desk."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, func, select, update

from bot.arrivals import readers, telegram_arrival, twilio_arrival
from domain.clock import SteppedClock
from domain.notice import NoticeKind
from handlers.inbox import ATTEMPTS, InboxWorker, handle_received
from handlers.incoming import Incoming, World
from storage import dead_letters, inbox, tasks
from storage.courts import Courts
from storage.database import Database
from storage.inbox import Received
from storage.schema import consent_event, inbound, notice, task
from storage.vault import Vault
from tests.fixtures.conversation import BOT_ID, sms_form, update_of
from tests.fixtures.facts import NOW, apply_courts

ONE, TWO = "+19075550101", "+19075550102"


@pytest.fixture
async def courts(any_db: Database) -> Courts:
    return await any_db.write(apply_courts)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOW)


class Fussy:
    """Reads Twilio's payloads, but breaks on some words; `broken` can be mended."""

    def __init__(self, *words: str) -> None:
        self.words = set(words)
        self.read: list[str] = []

    def __call__(self, stored: Received) -> Incoming | None:
        message = readers()[stored.source](stored)
        if message is not None:
            self.read.append(message.text)
            if message.text in self.words:
                raise LookupError(message.text)
        return message


async def _store(db: Database, text: str, *, sender: str = ONE, **more: str) -> bool:
    arrival = twilio_arrival(urlencode(sms_form(text, sender=sender, **more)))
    return await db.write(partial(inbox.store, arrival=arrival, now=NOW))


def _worker(
    db: Database, courts: Courts, clock: SteppedClock, read: Callable[[Received], Incoming | None]
) -> InboxWorker:
    return InboxWorker(db, World(courts=courts), {"twilio": read, "telegram": read}, clock=clock)


async def _states(db: Database) -> list[tuple[str, int]]:
    query = select(inbound.c.state, inbound.c.attempts).order_by(inbound.c.id)
    return await db.read(lambda c: [(row.state, row.attempts) for row in c.execute(query)])


async def _count(db: Database, kind: NoticeKind = NoticeKind.REPLY) -> int:
    query = select(func.count()).where(notice.c.kind == kind)
    return await db.read(lambda c: int(c.execute(query).scalar_one()))


async def test_the_same_message_twice_has_one_effect(any_db: Database, courts: Courts, clock: SteppedClock) -> None:
    worker = _worker(any_db, courts, clock, Fussy())

    stored = [await _store(any_db, "STOP", MessageSid="SM1"), await _store(any_db, "STOP", MessageSid="SM1")]
    await worker.work_off()
    stored.append(await _store(any_db, "STOP", MessageSid="SM1"))
    await worker.work_off()

    assert stored == [True, False, False]
    assert await _count(any_db) == 1
    events = await any_db.read(lambda c: c.execute(select(func.count()).select_from(consent_event)).scalar_one())
    assert events == 1


async def test_the_same_update_twice_has_one_effect(any_db: Database, courts: Courts, clock: SteppedClock) -> None:
    worker = _worker(any_db, courts, clock, Fussy())
    for _ in range(2):
        arrival = telegram_arrival(update_of("HELP", update_id=99), bot_id=BOT_ID)
        assert arrival is not None
        await any_db.write(partial(inbox.store, arrival=arrival, now=NOW))
        await worker.work_off()

    assert await _count(any_db) == 1


async def test_what_was_stored_before_a_crash_is_worked_off_after_it(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    await _store(any_db, "HELP")
    await _store(any_db, "STOP")

    assert await _worker(any_db, courts, clock, Fussy()).work_off() == 2

    assert await _states(any_db) == [("handled", 0), ("handled", 0)]
    assert await _count(any_db) == 2


async def test_a_crash_in_the_middle_of_thinking_leaves_neither_effect_nor_reply(
    any_db: Database, courts: Courts
) -> None:
    await _store(any_db, "STOP")

    def think_and_die(connection: Connection) -> None:
        world = World(courts=courts)
        assert handle_received(connection, inbound_id=1, world=world, readers=readers(), now=NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        any_db.write_now(think_and_die)

    assert await _states(any_db) == [("received", 0)]
    assert await _count(any_db) == 0


async def test_a_poisonous_message_is_tried_three_times_then_given_to_the_desk_and_holds_nobody_up(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    fussy = Fussy("poison")
    await _store(any_db, "poison")
    await _store(any_db, "HELP", sender=TWO)

    await _worker(any_db, courts, clock, fussy).work_off()

    assert await _states(any_db) == [("failed", ATTEMPTS), ("handled", 0)]
    assert await any_db.read(lambda c: list(c.execute(select(task.c.kind)).scalars())) == ["failed"]
    errors = await any_db.read(lambda c: list(c.execute(select(inbound.c.error).order_by(inbound.c.id)).scalars()))
    assert errors == ["LookupError", None], "the kind of fault, never its words"


async def test_a_message_that_fails_again_after_the_desk_had_seen_to_it_is_on_its_list_again(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    await _store(any_db, "poison")
    worker = _worker(any_db, courts, clock, Fussy("poison"))
    await worker.work_off()
    await any_db.write(partial(tasks.close_task, task_id=1, now=clock.now()))
    assert await any_db.write(partial(dead_letters.try_again, inbound_id=1, now=clock.now()))
    clock.advance(timedelta(hours=1))

    await worker.work_off()

    assert await any_db.read(lambda c: list(c.execute(select(task.c.state).order_by(task.c.id)).scalars())) == [
        "done",
        "open",
    ]


async def test_nothing_of_a_sender_overtakes_an_earlier_message_of_theirs(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    fussy = Fussy("first")
    for text, sender in (("first", ONE), ("second", ONE), ("other", TWO), ("third", ONE)):
        await _store(any_db, text, sender=sender)

    await _worker(any_db, courts, clock, fussy).work_off()

    own = [text for text in fussy.read if text != "other"]  # a unit of work may run twice
    assert list(dict.fromkeys(own)) == ["first", "second", "third"]
    assert "first" not in own[own.index("second") :]


async def test_a_message_that_failed_once_is_handled_when_the_fault_has_gone(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    fussy = Fussy("HELP")
    await _store(any_db, "HELP")

    def mend(stored: Received) -> Incoming | None:
        try:
            return fussy(stored)
        finally:
            fussy.words.clear()

    await _worker(any_db, courts, clock, mend).work_off()

    assert await _states(any_db) == [("handled", 1)]
    assert await _count(any_db) == 1


async def test_two_workers_on_one_inbox_handle_each_message_once(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    for place in range(20):
        await _store(any_db, "HELP", sender=f"+190755501{place:02d}")
    workers = [_worker(any_db, courts, clock, Fussy()) for _ in range(2)]

    handled = await asyncio.gather(*(worker.work_off() for worker in workers))

    assert sum(handled) == 20
    assert await _count(any_db) == 20


async def test_a_nudged_worker_handles_at_once_and_says_so(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    told, stop = asyncio.Event(), asyncio.Event()
    worker = InboxWorker(any_db, World(courts=courts), readers(), clock=clock, on_handled=told.set)
    running = asyncio.create_task(worker.run(stop))
    await _store(any_db, "HELP")
    worker.nudge()

    async with asyncio.timeout(4):
        await told.wait()
    stop.set()
    async with asyncio.timeout(4):
        await running

    assert await _count(any_db) == 1


async def test_what_was_received_before_the_end_is_thought_about_before_it(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    stop = asyncio.Event()
    worker = _worker(any_db, courts, clock, Fussy())
    await _store(any_db, "HELP")
    stop.set()

    async with asyncio.timeout(4):
        await worker.run(stop)

    assert await _count(any_db) == 1


async def test_what_is_kept_of_a_message_is_sealed_and_what_is_logged_are_ids_and_codes(
    any_db: Database, courts: Courts, clock: SteppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    await _store(any_db, "CANARY-WORD is my secret")
    await _worker(any_db, courts, clock, Fussy()).work_off()

    [row] = await any_db.read(lambda c: c.execute(select(inbound)).all())
    assert b"CANARY-WORD" not in bytes(row.payload)
    assert ONE.encode() not in bytes(row.payload)
    assert row.outcome == "taught"
    logged = capsys.readouterr().out
    assert "message.handled" in logged
    assert "CANARY" not in logged
    assert ONE not in logged


async def test_a_source_that_nobody_reads_is_a_failure_of_that_message_only(
    any_db: Database, courts: Courts, clock: SteppedClock
) -> None:
    await _store(any_db, "HELP")
    await any_db.write(lambda c: c.execute(update(inbound).values(source="pigeon")).rowcount)
    await _store(any_db, "HELP", sender=TWO)

    await _worker(any_db, courts, clock, Fussy()).work_off()

    assert [state for state, _ in await _states(any_db)] == ["failed", "handled"]


@pytest.mark.parametrize(
    "find", [partial(inbox.waiting, limit=10), partial(inbox.take, inbound_id=1), partial(inbox.take_next, limit=10)]
)
def test_what_waits_is_found_by_its_own_small_index_however_much_was_handled(
    sqlite_url: str, vault: Vault, find: Callable[[Connection], object]
) -> None:
    database = Database(sqlite_url, vault)
    asked: list[str] = []

    def plans(connection: Connection) -> list[str]:
        arrival = twilio_arrival(urlencode(sms_form("HELP")))
        inbox.store(connection, arrival, now=NOW)
        driver: Any = connection.connection.dbapi_connection
        driver.set_trace_callback(asked.append)
        find(connection)
        driver.set_trace_callback(None)
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all() for statement in asked]
        return [str(row[-1]) for rows in explained for row in rows]

    steps = database.read_now(plans)
    database.close_now()

    assert steps
    assert [step for step in steps if step.startswith("SCAN") and "ix_inbound_received" not in step] == []
