"""Many messages in one unit of work: as if each had been thought about by itself, one after the other."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, func, select

from bot.arrivals import readers, telegram_arrival, twilio_arrival
from domain.clock import SteppedClock
from domain.consent import ConsentAction, ConsentEvent, Evidence
from domain.delivery import Address, ChannelName
from domain.notice import NoticeKind
from domain.roles import Role
from handlers.inbox import InboxWorker, handle_next, handle_received
from handlers.incoming import Incoming, World
from storage import consents, endpoints, inbox, notices, people
from storage.courts import Courts
from storage.database import Database, vault_of
from storage.inbox import Received
from storage.schema import consent_event, endpoint, hearing_party, inbound, metadata, notice, question, task
from storage.vault import Vault
from tests.fixtures.conversation import BOT_ID, Phone, ask_attendance, play, sms_form, update_of
from tests.fixtures.facts import NOW, PartySpec, Scene, add_case, add_hearing, add_party, add_scene, apply_courts
from tests.fixtures.outbox import phone

NUMBER = "3EX-26-00042CR"
ADA, BO, CY = "+19075550100", "+19075550102", "+19075550103"
CHAT = "7001"
Said = Sequence[tuple[str, str]]  # (sender, words), in the order in which they came
Think = Callable[[Connection, Courts], None]


def write_in(connection: Connection, *said: tuple[str, str]) -> None:
    """Store messages; whose sender has no "+" writes in a Telegram chat."""
    for sender, words in said:
        if sender.startswith("+"):
            arrival = twilio_arrival(urlencode(sms_form(words, sender=sender)))
        else:
            update = telegram_arrival(update_of(words, chat=int(sender)), bot_id=BOT_ID)
            assert update is not None
            arrival = update
        assert inbox.store(connection, arrival, now=NOW)


def all_at_once(connection: Connection, courts: Courts) -> None:
    """Think about everything together."""
    handled = handle_next(connection, most=100, world=World(courts=courts), readers=readers(), now=NOW)
    assert inbox.waiting(connection, limit=1) == []
    assert list(handled.values()) == outcomes(connection)[-len(handled) :]


def one_by_one(connection: Connection, courts: Courts) -> None:
    """Think about each message as one is thought about that comes alone."""
    for inbound_id in inbox.waiting(connection, limit=100):
        handle_received(connection, inbound_id=inbound_id, world=World(courts=courts), readers=readers(), now=NOW)


def outcomes(connection: Connection) -> list[str | None]:
    """Return what the messages were taken for, in the order in which they came."""
    return list(connection.execute(select(inbound.c.outcome).order_by(inbound.c.id)).scalars())


def what_is_left(connection: Connection) -> dict[str, object]:
    """Return all that a conversation changes, by the addresses of phones: ids are nobody's business."""
    unseal = vault_of(connection).open
    rows = connection.execute(select(endpoint)).all()
    who = {row.id: unseal(row.address, endpoints.ADDRESS) for row in rows}
    replies = select(notice).where(notice.c.kind == NoticeKind.REPLY).order_by(notice.c.id)
    planned = select(notice).where(notice.c.kind != NoticeKind.REPLY)
    asked = connection.execute(select(question).order_by(question.c.id)).all()
    said = connection.execute(select(consent_event).order_by(consent_event.c.id)).all()
    party = hearing_party.c.participation_id
    answers = select(hearing_party.c.answer, hearing_party.c.answered_revision).order_by(party)
    by_phone: dict[str, list[object]] = {address: [] for address in who.values()}
    for row in connection.execute(replies):
        by_phone[who[row.endpoint_id]].append(unseal(row.text, notices.TEXT))
    for row in asked:
        by_phone[who[row.endpoint_id]].append((row.kind, row.state, row.answer, row.case_id, row.subject))
    for row in said:
        by_phone[who[row.endpoint_id]].append((row.action, row.evidence, row.case_id, row.purpose))
    for row in rows:
        by_phone[who[row.id]].append((row.state, row.language, row.carrier_stopped, row.muted_until, row.lane_id))
    return by_phone | {
        "outcomes": outcomes(connection),
        "tasks": sorted(connection.execute(select(task.c.kind)).scalars()),
        "planned": sorted(
            (who[row.endpoint_id], row.kind, row.state, row.due_at) for row in connection.execute(planned)
        ),
        "answers": [tuple(row) for row in connection.execute(answers)],
    }


def both_ways(line: Connection, courts: Courts, said: Said) -> tuple[dict[str, object], dict[str, object]]:
    """Return what is left after thinking about messages together, and one by one."""
    write_in(line, *said)
    left = []
    for think in (all_at_once, one_by_one):
        attempt = line.begin_nested()
        think(line, courts)
        left.append(what_is_left(line))
        attempt.rollback()
    return left[0], left[1]


@pytest.fixture
def full_scene(line: Connection, scene: Scene) -> Scene:
    """The defendant Ada, who has two phones, and Bo, the victim; the phones of both were asked who comes."""
    spec = PartySpec(name="Bo", address=phone(2), role=Role.VICTIM, language="es")
    bo = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, spec)
    again = endpoints.find_or_add(line, phone(3), lane_id=None, now=NOW)
    endpoints.link(
        line, person_id=scene.parties[0].person_id, endpoint_id=again.id, source="staff", preference=0, now=NOW
    )
    whole = Scene(
        courts=scene.courts,
        court_id=scene.court_id,
        case_id=scene.case_id,
        hearing_id=scene.hearing_id,
        parties=(scene.parties[0], bo),
    )
    for place in (0, 1):
        ask_attendance(line, whole, place)
    return whole


@pytest.mark.parametrize(
    "said",
    [
        [(ADA, NUMBER), (BO, NUMBER), (CY, NUMBER), (CHAT, NUMBER), ("+19075550104", NUMBER)],
        [(BO, "1"), (ADA, "2"), (CY, "2"), (ADA, "1")],
        [("+19075550104", NUMBER), (ADA, "1"), ("+19075550104", "1"), ("+19075550104", "STOP"), (BO, "STOP")],
        [(CY, NUMBER), (CY, "1"), (ADA, NUMBER), (CY, NUMBER)],
        [(BO, "wrong number"), (BO, NUMBER), (ADA, "STOP 1"), (CY, "HELP")],
        [("+19075550104", f"what {n}") for n in range(8)] + [(ADA, "I lost my ride"), (BO, "ESPAÑOL"), (BO, "2")],
    ],
    ids=["one number", "who comes", "stop in between", "shared phones", "who is who", "a flood"],
)
def test_thought_about_together_they_end_as_one_after_the_other(
    line: Connection, full_scene: Scene, said: Said
) -> None:
    together, alone = both_ways(line, full_scene.courts, said)

    assert together == alone


@pytest.mark.parametrize("seed", range(12))
def test_whatever_people_write_together_they_end_as_one_after_the_other(
    line: Connection, full_scene: Scene, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    words = [
        NUMBER,
        "1",
        "2",
        "yes",
        "no",
        "3",
        "STOP",
        "START",
        "HELP",
        "when?",
        "3EX-26-00099CR",
        "STOP 1",
        "русский",
    ]
    words += ["ok", "wrong number", "2 yes", "LANGUAGE", "I am ill"]
    senders = [ADA, BO, CY, CHAT, "+19075550104"]
    said = [(chance.choice(senders), chance.choice(words)) for _ in range(25)]

    together, alone = both_ways(line, full_scene.courts, said)

    assert together == alone


def test_a_chat_sees_what_the_same_persons_phone_has_begun_a_moment_before(line: Connection, scene: Scene) -> None:
    other = add_case(line, scene.court_id, "3EX-26-00043CR")
    add_hearing(line, scene.court_id, other)
    stranger = Phone(line, scene.courts, number="+19075550104", now=NOW - timedelta(hours=1))
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind"), ("3EX-26-00043CR", "Reply 1")])
    [person_id] = people.at(line, stranger.endpoint_id)
    chat = endpoints.find_or_add(line, Address(ChannelName.TELEGRAM, CHAT), lane_id=None, now=NOW)
    endpoints.link(line, person_id=person_id, endpoint_id=chat.id, source="telegram", preference=10, now=NOW)
    agreed = ConsentEvent(at=NOW, action=ConsentAction.GRANTED, evidence=Evidence.TEXT)
    consents.add(line, chat.id, agreed)

    together, alone = both_ways(line, scene.courts, [(stranger.number, "1"), (CHAT, "3EX-26-00043CR")])

    assert together == alone
    assert "You already get" in str(together[CHAT]) or "already" in str(together[CHAT])


@pytest.mark.parametrize("words", [NUMBER, "1", "2", "STOP", "START", "wrong number", "I lost my ride"])
def test_no_message_is_answered_by_looking_through_a_whole_table(sqlite_url: str, vault: Vault, words: str) -> None:
    """There may be a million notices: what is asked with every message must be found by an index."""
    database = Database(sqlite_url, vault)
    asked: list[str] = []

    def explained(connection: Connection) -> list[str]:
        scene = add_scene(connection, PartySpec(address=phone(0)), number=NUMBER)
        ask_attendance(connection, scene)
        write_in(connection, (ADA, words))
        driver: Any = connection.connection.dbapi_connection
        driver.set_trace_callback(asked.append)
        handle_next(connection, most=9, world=World(courts=scene.courts), readers=readers(), now=NOW)
        driver.set_trace_callback(None)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all() for statement in asked]
        return [f"{row[-1]}: {statement}" for rows, statement in zip(plans, asked, strict=True) for row in rows]

    steps = database.write_now(explained)
    database.close_now()

    scans = [
        step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in set(metadata.tables) - {"lane"}))
    ]
    by_index = ("SCAN inbound USING INDEX ix_inbound_received", "ORDER BY audit_event.id DESC")
    assert steps
    assert [step for step in scans if not any(words in step for words in by_index)] == []


@pytest.fixture
async def courts(any_db: Database) -> Courts:
    return await any_db.write(apply_courts)


class Fussy:
    """Reads payloads but breaks on one word; counts what it read whole."""

    def __init__(self, word: str = "poison") -> None:
        self.word = word

    def __call__(self, stored: Received) -> Incoming | None:
        message = readers()[stored.source](stored)
        if message is not None and message.text == self.word:
            raise LookupError(stored.id)
        return message


async def open_inbox(db: Database, *said: tuple[str, str]) -> None:
    await db.write(partial(_write_all, said=said))


def _write_all(connection: Connection, said: Said) -> None:
    write_in(connection, *said)


def worker_of(db: Database, courts: Courts) -> InboxWorker:
    fussy = Fussy()
    return InboxWorker(db, World(courts=courts), {"twilio": fussy, "telegram": fussy}, clock=SteppedClock(NOW))


async def states(db: Database) -> list[str]:
    return await db.read(lambda c: list(c.execute(select(inbound.c.state).order_by(inbound.c.id)).scalars()))


async def replies(db: Database) -> dict[int, int]:
    """Return how many replies each endpoint got."""
    query = select(notice.c.endpoint_id, func.count()).where(notice.c.kind == NoticeKind.REPLY)
    return await db.read(lambda c: dict(c.execute(query.group_by(notice.c.endpoint_id)).all()))


async def test_a_poisonous_message_among_many_neither_stops_nor_doubles_the_others(
    any_db: Database, courts: Courts
) -> None:
    crowd = [(f"+190755501{place:02d}", "HELP") for place in range(20)]
    await open_inbox(any_db, *crowd[:9], (ADA[:-2] + "77", "poison"), *crowd[9:], (ADA[:-2] + "77", "HELP"))

    handled = await worker_of(any_db, courts).work_off()

    assert handled == 21, "what the poisonous one's sender wrote later, too, when that was given up"
    assert sorted((await replies(any_db)).values()) == [1] * 21
    assert (await states(any_db)).count("failed") == 1


async def test_a_crash_in_the_middle_of_many_leaves_nothing_of_any(any_db: Database, courts: Courts) -> None:
    await open_inbox(any_db, *((f"+190755501{place:02d}", "STOP") for place in range(5)))

    def think_and_die(connection: Connection) -> None:
        assert len(handle_next(connection, most=3, world=World(courts=courts), readers=readers(), now=NOW)) == 3
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        any_db.write_now(think_and_die)

    assert await states(any_db) == ["received"] * 5
    assert await replies(any_db) == {}
    assert await worker_of(any_db, courts).work_off() == 5
    assert list((await replies(any_db)).values()) == [1] * 5


async def test_no_more_are_thought_about_together_than_was_asked_the_oldest_first(
    any_db: Database, courts: Courts
) -> None:
    await open_inbox(any_db, (ADA, "HELP"), (ADA, "HELP"), (BO, "HELP"), (CY, "HELP"))
    work = partial(handle_next, most=3, world=World(courts=courts), readers=readers(), now=NOW)

    assert len(await any_db.write(work)) == 3

    assert await states(any_db) == ["handled", "handled", "handled", "received"]


async def test_two_processes_share_what_waits_and_keep_each_senders_order(
    database_url: str, any_db: Database, courts: Courts
) -> None:
    """On PostgreSQL both think at the same time; whoever comes second passes over what the first one holds."""
    said = [(f"+190755501{place % 7:02d}", word) for place in range(42) for word in ("START", "STOP")]
    await open_inbox(any_db, *said)
    async with Database(database_url, any_db.vault) as other:
        workers = [worker_of(db, courts) for db in (any_db, other)]
        while "received" in await states(any_db):
            await asyncio.gather(*(worker.work_off() for worker in workers))

    last = select(consent_event.c.endpoint_id, consent_event.c.action).order_by(consent_event.c.id)
    final = await any_db.read(lambda c: dict(c.execute(last).all()))
    assert set(final.values()) == {ConsentAction.REVOKED}
    assert len(final) == 7


@pytest.mark.parametrize("most", [1, 2])
async def test_what_another_process_has_is_passed_over_and_so_is_what_its_sender_wrote_later(
    postgres_database: str, vault: Vault, most: int
) -> None:
    async with Database(postgres_database, vault) as one, Database(postgres_database, vault) as two:
        await open_inbox(one, (ADA, "HELP"), (ADA, "STOP"), (BO, "HELP"))

        def take_and_look_around(connection: Connection) -> list[list[int]]:
            mine = inbox.take_next(connection, limit=1)
            theirs = two.write_now(partial(inbox.take_next, limit=most))
            return [[taken.id for taken in both] for both in (mine, theirs)]

        assert one.write_now(take_and_look_around) == [[1], [3] if most > 1 else []]
