"""Many receipts in one unit of work: as if each had come by itself, one after the other."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select

from domain.delivery import ChannelName, Consequence, DeliveryState, OutgoingMessage, Receipt, Sent
from domain.notice import NoticeState
from scheduler import dispatch
from scheduler.receipts import Received, Reception, receive, receive_all
from storage.database import Database
from storage.schema import consent_event, delivery, endpoint, lane, notice, receipt, task
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import Street, add_street, delivery_rows, lane_id, later, put
from tests.fixtures.sending import Desk

S = DeliveryState
PEOPLE = 4
SAYINGS = [
    *((state, None, Consequence.NONE, False) for state in (S.ACCEPTED, S.SENT, S.DELIVERED, S.DELIVERED, S.READ)),
    (S.UNDELIVERED, "twilio.30003", Consequence.NONE, True),
    (S.UNDELIVERED, "twilio.30005", Consequence.DEAD_ADDRESS, False),
    (S.FAILED, "twilio.21610", Consequence.OPTED_OUT, False),
    (S.FAILED, "twilio.30007", Consequence.LANE_BROKEN, False),
]


def send_all(connection: Connection, street: Street) -> tuple[OutgoingMessage, ...]:
    """Send one notice to everybody, and let a correction of it wait for each."""
    for party in range(PEOPLE):
        put(connection, street, party)
    lane_of_all, courts = lane_id(connection), street.scene.courts
    batch = dispatch.prepare(connection, lane_id=lane_of_all, courts=courts, now=NOW, limit=PEOPLE)
    accepted = [(message, Sent(f"SM{message.id}")) for message in batch.messages[:-1]]
    dispatch.settle(connection, accepted, lane_id=lane_of_all, now=NOW)
    for party in range(PEOPLE):
        held: dict[str, Any] = {"state": NoticeState.HELD, "reason": "earlier_on_its_way", "due_at": later(hours=1)}
        put(connection, street, party, dedupe_key=f"correction:{party}", **held)
    return batch.messages


def what_is_left(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that a receipt may change, but for the keys of rows that were added."""

    def rows(table: Table, *but: str) -> list[tuple[object, ...]]:
        columns = [column for column in table.c if column.name not in but]
        return sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)

    return {
        "deliveries": rows(delivery, "text"),
        "notices": rows(notice, "id"),
        "receipts": rows(receipt, "id"),
        "endpoints": rows(endpoint),
        "tasks": rows(task, "id"),
        "consents": rows(consent_event, "id"),
        "lanes": rows(lane),
    }


def both_ways(connection: Connection, said: Sequence[Receipt]) -> list[tuple[list[Received], dict[str, object]]]:
    """Return what receipts were worth and what is left, together and one by one."""
    when = later(minutes=1)
    found: list[tuple[list[Received], dict[str, object]]] = []
    for together in (True, False):
        attempt = connection.begin_nested()
        worth = (
            receive_all(connection, said, channel=ChannelName.SMS, now=when)
            if together
            else [receive(connection, one, channel=ChannelName.SMS, now=when) for one in said]
        )
        found.append((worth, dict(what_is_left(connection))))
        attempt.rollback()
    return found


@pytest.mark.parametrize("seed", range(15))
def test_whatever_comes_together_ends_as_one_after_the_other(database_url: str, vault: Vault, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    database = Database(database_url, vault)

    def play(connection: Connection) -> list[tuple[list[Received], dict[str, object]]]:
        ids = [message.id for message in send_all(connection, add_street(connection, PEOPLE))]
        said = []
        for _ in range(20):
            state, code, consequence, may_retry = chance.choice(SAYINGS)
            ours = chance.choice([*ids, *ids, *ids, None, 10**6])
            by_provider = chance.choice([f"SM{chance.choice(ids)}", "SM-strange", None])
            said.append(Receipt(ours, by_provider, state, code, consequence, may_retry=may_retry))
        return both_ways(connection, said)

    together, alone = database.write_now(play)
    database.close_now()

    assert together == alone


async def test_good_news_of_many_is_written_with_a_handful_of_statements(db: Database) -> None:
    def play(connection: Connection) -> tuple[list[Received], int]:
        messages = send_all(connection, add_street(connection, PEOPLE))
        said = [Receipt(one.id, None, state) for one in messages for state in (S.SENT, S.DELIVERED)]
        asked: list[str] = []
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        worth = receive_all(connection, said, channel=ChannelName.SMS, now=later(minutes=1))
        driver.set_trace_callback(None)
        return worth, len(asked) - len(said)

    worth, statements = await db.write(play)

    assert [one.reception for one in worth] == [Reception.MOVED] * 2 * PEOPLE
    assert [one.after for one in worth] == [None, timedelta(minutes=1)] * PEOPLE
    assert statements <= 7, "beside the one that moves each delivery"


async def test_a_repeat_within_one_batch_counts_once(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    [sent] = await desk.db.read(delivery_rows)
    said = [Receipt(sent.id, None, S.DELIVERED)] * 3

    worth = await desk.db.write(lambda c: receive_all(c, said, channel=ChannelName.SMS, now=NOW))

    assert [one.reception for one in worth] == [Reception.MOVED, Reception.KNOWN, Reception.KNOWN]
    assert len(await desk.db.read(lambda c: c.execute(select(receipt)).all())) == 1
