"""The inbox: each message once, each sender's in order, and what could not be answered stays for a human."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select

from domain.delivery import Address
from storage import dead_letters, inbox, status
from storage.database import Database
from storage.inbox import Arrival, InboxState, Settled
from storage.schema import inbound
from storage.tasks import About, TaskKind, open_task
from tests.fixtures.database import url_of
from tests.fixtures.facts import NOW, Scene
from tests.fixtures.outbox import phone

ADA, BO = phone(1), phone(2)


def arrival(key: str = "SM1", sender: Address | None = ADA, *, source: str = "twilio", words: str = "YES") -> Arrival:
    return Arrival(source=source, provider_key=key, kind="message", payload=words, sender=sender)


def store(connection: Connection, key: str, sender: Address | None = ADA) -> int:
    assert inbox.store(connection, arrival(key, sender), now=NOW)
    return int(connection.execute(select(inbound.c.id).where(inbound.c.provider_key == key)).scalar_one())


def settle(
    connection: Connection, inbound_id: int, *, outcome: str = "answered", endpoint_id: int | None = None
) -> None:
    inbox.settle(connection, [Settled(inbound_id, endpoint_id, outcome)], now=NOW)


def test_a_message_is_kept_once_for_each_source_and_the_first_words_stay(any_connection: Connection) -> None:
    assert inbox.store(any_connection, arrival(words="YES"), now=NOW)
    assert not inbox.store(any_connection, arrival(words="NO", sender=BO), now=NOW + timedelta(days=1))
    assert inbox.store(any_connection, arrival(source="telegram"), now=NOW)

    first, second = inbox.waiting(any_connection, limit=5)
    got = inbox.take(any_connection, first)
    assert got is not None
    assert (got.payload, got.provider_key, got.source, got.received_at) == ("YES", "SM1", "twilio", NOW)
    assert second > first
    assert inbox.waiting(any_connection, limit=1) == [first]


def test_words_and_sender_are_not_readable_where_they_are_kept(any_connection: Connection) -> None:
    inbox.store(any_connection, arrival(words="I am at 12 Elm Street"), now=NOW)

    kept = repr(any_connection.execute(select(inbound)).one())
    assert "Elm" not in kept
    assert ADA.value not in kept
    assert "Elm" not in repr(arrival(words="I am at 12 Elm Street"))


def test_a_message_stored_twice_at_the_same_time_is_stored_once(connection: Connection) -> None:
    stored = [inbox.store(connection, arrival(), now=NOW) for _ in range(3)]

    assert stored == [True, False, False]


def test_a_senders_messages_are_taken_in_order_and_hold_up_nobody_else(any_connection: Connection) -> None:
    first, second = store(any_connection, "1"), store(any_connection, "2")
    other, nobodys, also = (
        store(any_connection, "3", BO),
        store(any_connection, "4", None),
        store(any_connection, "5", None),
    )

    taken = {key: inbox.take(any_connection, key) is not None for key in (first, second, other, nobodys, also)}
    assert taken == {first: True, second: False, other: True, nobodys: True, also: True}

    settle(any_connection, first)
    assert inbox.take(any_connection, first) is None, "it was handled"
    assert inbox.take(any_connection, second) is not None
    assert inbox.take(any_connection, 10**6) is None


def test_a_message_that_was_given_up_holds_up_no_later_one(any_connection: Connection) -> None:
    first, second = store(any_connection, "1"), store(any_connection, "2")

    tries = [inbox.note_failure(any_connection, first, error="Fault" * 40, most=3, now=NOW) for _ in range(4)]

    assert tries == [False, False, True, False]
    row = any_connection.execute(select(inbound).where(inbound.c.id == first)).one()
    assert (row.state, row.attempts, row.handled_at) == (InboxState.FAILED, 3, NOW)
    assert inbox.waiting(any_connection, limit=5) == [second]
    assert inbox.take(any_connection, second) is not None


def test_what_was_given_up_is_listed_newest_first_and_can_be_tried_anew(any_connection: Connection) -> None:
    ids = [store(any_connection, str(number), None) for number in range(3)]
    for key in ids[:2]:
        inbox.note_failure(any_connection, key, error="KeyError", most=1, now=NOW)

    listed = dead_letters.failed(any_connection, limit=5)
    assert [(one.id, one.fault, one.tries, one.source) for one in listed] == [
        (ids[1], "KeyError", 1, "twilio"),
        (ids[0], "KeyError", 1, "twilio"),
    ]
    assert [one.id for one in dead_letters.failed(any_connection, limit=1)] == [ids[1]]
    assert dead_letters.try_again(any_connection, ids[0], now=NOW)
    assert not dead_letters.try_again(any_connection, ids[0], now=NOW), "it waits already"
    assert not dead_letters.try_again(any_connection, ids[2], now=NOW), "it was never given up"
    assert inbox.waiting(any_connection, limit=5) == [ids[0], ids[2]]
    assert not inbox.note_failure(any_connection, ids[0], error="x", most=2, now=NOW), "its tries are counted anew"


def test_what_was_given_up_is_counted_until_it_is_tried_anew_and_again_when_that_fails(
    any_connection: Connection, any_scene: Scene
) -> None:
    first, second = (store(any_connection, str(number), None) for number in range(2))

    def give_up(key: int) -> None:
        inbox.note_failure(any_connection, key, error="KeyError", most=1, now=NOW)
        about = About(court_id=any_scene.court_id)
        assert open_task(any_connection, TaskKind.FAILED, about, dedupe=dead_letters.cause(key), now=NOW)

    open_task(any_connection, TaskKind.FAILED, About(court_id=any_scene.court_id), dedupe="arrivals:1", now=NOW)
    assert dead_letters.count_open(any_connection) == 0
    give_up(first)
    give_up(second)
    assert dead_letters.count_open(any_connection) == status.read(any_connection, now=NOW).given_up == 2
    assert dead_letters.try_again(any_connection, first, now=NOW)
    assert dead_letters.count_open(any_connection) == 1
    give_up(first)
    assert dead_letters.count_open(any_connection) == 2
    assert [one.id for one in dead_letters.failed(any_connection, limit=5, before=second)] == [first]


def test_outcomes_are_counted_for_one_endpoint_since_an_instant(any_connection: Connection, any_scene: Scene) -> None:
    endpoint_id = any_scene.parties[0].endpoint_id
    assert endpoint_id is not None
    for number, outcome in enumerate(("missed", "missed", "answered", "guessed")):
        settle(any_connection, store(any_connection, str(number)), outcome=outcome, endpoint_id=endpoint_id)
    settle(any_connection, store(any_connection, "9"), outcome="missed")

    def count(*outcomes: str, since: timedelta = timedelta(seconds=1)) -> int:
        found = inbox.outcomes_of(any_connection, [endpoint_id], since=NOW - since)[endpoint_id]
        assert all(at == NOW for _, at in found)
        return sum(outcome in outcomes for outcome, _ in found)

    assert [count("missed"), count("missed", "guessed"), count("stopped"), count()] == [2, 3, 0, 0]
    assert count("missed", since=timedelta(0)) == 0, "since is not included"


async def test_two_processes_that_get_one_message_keep_it_once(any_db: Database) -> None:
    async with Database(url_of(any_db), any_db.vault) as other:
        work = partial(inbox.store, arrival=arrival(), now=NOW)
        kept = await asyncio.gather(*(db.write(work) for db in (any_db, other) * 4))

    assert sorted(kept) == [False] * 7 + [True]


@pytest.mark.parametrize("length", [96, 97, 300])
def test_two_long_keys_that_differ_at_their_end_are_two_messages(any_connection: Connection, length: int) -> None:
    keys = ["k" * (length - 1) + end for end in "ab"]

    assert [inbox.store(any_connection, arrival(key), now=NOW) for key in keys] == [True, True]
    assert [inbox.store(any_connection, arrival(key), now=NOW) for key in keys] == [False, False]
