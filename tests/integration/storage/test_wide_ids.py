"""Ids past 32 bits: a message has them from plan to receipt, and who is at work while they widen goes on."""

from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.arrivals import readers, twilio_arrival
from bot.channels.twilio_webhooks import parse_status, status_callback
from domain.delivery import ChannelName
from domain.notice import NoticeKind, NoticeState
from handlers.inbox import InboxWorker
from handlers.incoming import World
from handlers.why import tell
from scheduler.planner import replan
from scheduler.receipts import apply_receipt
from storage import inbox, migrate
from storage.database import Database
from storage.schema import metadata
from storage.vault import Vault
from tests.fixtures.conversation import sms_form
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import add_street, delivery_rows, notice_rows, phone, put, put_all
from tests.fixtures.sending import Desk, open_desk

PAST = 2**31
ON_THE_WAY = {"court", "lane", "case", "person", "endpoint", "participation", "consent_event", "hearing"} | {
    *("notice", "delivery", "verdict", "receipt", "inbound", "audit_event")
}
BEFORE, WIDE = "0005", "0006"


def number_far_on(connection: Connection) -> None:
    """Let every table's ids begin past 32 bits, each table's at a place of its own: none passes for another's."""
    for place, table in enumerate(metadata.sorted_tables):
        if "id" in table.c:
            start = PAST + 1_000_000 * place
            connection.execute(text("SELECT setval(:name, :start)"), {"name": f"{table.name}_id_seq", "start": start})


def first_ids(connection: Connection) -> dict[str, int]:
    """Return the lowest id of each table that is there and has rows."""
    there = inspect(connection).get_table_names()
    tables = [table for table in metadata.sorted_tables if "id" in table.c and table.name in there]
    lowest = {table.name: connection.execute(select(func.min(table.c.id))).scalar() for table in tables}
    return {name: found for name, found in lowest.items() if found is not None}


async def told(desk: Desk, status: str) -> str:
    """Let Twilio tell of the last delivery at the address that it was given; return what that was worth."""
    [*_, sent] = await desk.db.read(delivery_rows)
    [m] = parse_qs(urlsplit(status_callback("https://bot.example", sent.id)).query)["m"]
    said = parse_status({"MessageSid": sent.provider_id, "MessageStatus": status}, m=m)
    work = partial(apply_receipt, receipt=said, channel=ChannelName.SMS, now=desk.clock.now())
    return str(await desk.db.write(work))


@pytest.mark.parametrize("any_db", ["postgresql"], indirect=True)
async def test_a_message_is_planned_sent_settled_and_answered_by_ids_past_32_bits(any_db: Database) -> None:
    await any_db.write(number_far_on)
    desk = await open_desk(any_db, 3)
    scene = desk.street.scene
    await any_db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=NOW))
    desk.clock.advance(timedelta(hours=1))

    assert await desk.drain() == 3
    assert [await told(desk, "sent"), await told(desk, "delivered")] == ["moved", "moved"]

    stop = twilio_arrival(urlencode(sms_form("STOP", sender=phone(0).value)))
    await any_db.write(partial(inbox.store, arrival=stop, now=desk.clock.now()))
    await InboxWorker(any_db, World(courts=scene.courts), readers(), clock=desk.clock).work_off()
    desk.clock.advance(timedelta(seconds=20))

    assert await desk.drain() == 1
    assert "Texts are stopped" in desk.sms.sent[-1].text
    lowest = await any_db.read(first_ids)
    assert set(lowest) >= ON_THE_WAY
    assert min(lowest.values()) > PAST
    ends = [(row.kind, row.state) for row in await any_db.read(notice_rows)]
    assert ends.count((NoticeKind.HEARING_SET, NoticeState.DELIVERED)) == 1
    assert ends.count((NoticeKind.REMINDER, NoticeState.DROPPED)) == 3, "of who wrote STOP, and of nobody else"
    stories = await any_db.read(partial(tell, whom=str(scene.parties[0].person_id)))
    assert {story.hearing_id for story in stories} == {scene.hearing_id}, "an id as long as a telephone number"


async def test_who_is_at_work_while_ids_widen_goes_on(postgres_database: str, vault: Vault) -> None:
    with create_engine(postgres_database, poolclass=NullPool).begin() as connection:
        command.downgrade(migrate._config(connection), BEFORE)
    async with Database(postgres_database, vault) as db:
        street = await db.write(partial(add_street, count=2))
        for _ in range(8):  # so often that the driver keeps the plans
            await db.write(partial(put, street=street))

        migrate.upgrade(postgres_database)

        await db.write(partial(put_all, street=street))
        await db.write(number_far_on)
        await db.write(partial(put_all, street=street))
        assert len(await db.read(notice_rows)) == 12


def test_a_table_in_use_puts_it_off_and_nothing_has_changed(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(postgres_database, poolclass=NullPool)
    with engine.begin() as connection:
        command.downgrade(migrate._config(connection), BEFORE)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")

    with engine.connect() as somebody:
        somebody.execute(select(metadata.tables["verdict"]))
        with pytest.raises(DBAPIError, match="lock timeout"):
            migrate.upgrade(postgres_database)
    assert migrate.current(postgres_database) == BEFORE

    assert migrate.upgrade(postgres_database) == migrate.head(), "later it can"


def test_ids_that_need_64_bits_keep_them(postgres_database: str, vault: Vault) -> None:
    db = Database(postgres_database, vault)
    db.write_now(number_far_on)
    db.write_now(add_street)
    db.close_now()
    engine = create_engine(postgres_database, poolclass=NullPool)

    with engine.connect() as connection, pytest.raises(DBAPIError, match="out of range"):
        command.downgrade(migrate._config(connection), BEFORE)

    assert migrate.current(postgres_database) == WIDE, "those after it are gone"
    with engine.connect() as connection:
        assert min(first_ids(connection).values()) > PAST
