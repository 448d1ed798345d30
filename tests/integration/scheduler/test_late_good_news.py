"""A text is said to have arrived after all, while or after its hearing has moved: the new day is told all the same."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from domain.delivery import ChannelName, DeliveryState, Receipt
from handlers import hearings
from scheduler.planner import replan
from scheduler.receipts import Reception, apply_receipt, receive_all
from storage import hearing_views
from storage.database import Database
from storage.vault import Vault
from tests.fixtures.beside import let_it_come_near, while_open
from tests.fixtures.facts import COMING, NOW
from tests.fixtures.sending import Desk, open_desk

DAY_LATER = COMING.starts_at + timedelta(days=1)
PHONE_OFF = Receipt(1, "mem-1", DeliveryState.UNDELIVERED, error_code="twilio.30003", may_retry=True)
ARRIVED = Receipt(1, "mem-1", DeliveryState.DELIVERED)


async def tried_once(db: Database) -> Desk:
    """Tell somebody that a hearing is set; the phone is said to be off, so it is to be tried again."""
    desk = await open_desk(db)
    scene = desk.street.scene
    await db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=NOW))
    await desk.drain()
    await db.write(lambda c: receipt(c, PHONE_OFF))
    assert len(desk.sms.sent) == 1
    desk.clock.advance(timedelta(minutes=5))
    return desk


def receipt(connection: Connection, said: Receipt = ARRIVED) -> Reception:
    """Take a receipt."""
    return apply_receipt(connection, said, channel=ChannelName.SMS, now=NOW + timedelta(minutes=5))


def move(connection: Connection, desk: Desk, *, now: datetime | None = None) -> None:
    """Move the hearing by a day."""
    scene, now = desk.street.scene, now or desk.clock.now()
    hearings.move(connection, scene.hearing_id, DAY_LATER, staff="kim", courts=scene.courts, now=now)


async def texts_in_the_end(desk: Desk) -> list[str]:
    """Let half a day pass; return all that was sent."""
    for _ in range(4):
        desk.clock.advance(timedelta(hours=3))
        await desk.dispatcher.drain_all()
    return desk.sms.texts


@pytest.fixture
async def postgres(postgres_database: str, vault: Vault) -> AsyncIterator[Database]:
    async with Database(postgres_database, vault) as opened:
        yield opened


async def test_a_receipt_that_comes_before_the_change_is_committed(postgres: Database) -> None:
    desk = await tried_once(postgres)

    await asyncio.to_thread(
        while_open, postgres, lambda c: move(c, desk), lambda: postgres.write_now(receipt), within=3.0
    )

    [_, told] = await texts_in_the_end(desk)
    assert "June 12" in told


async def test_a_receipt_that_comes_when_the_change_has_been_planned_but_not_written(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await tried_once(postgres)
    load = hearing_views.load
    with ThreadPoolExecutor(1) as beside:
        begun: list[Future[Reception]] = []

        def looked_at(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the planner asks for
            seen = load(*args, **named)
            if not begun:
                begun.append(beside.submit(postgres.write_now, receipt))
                let_it_come_near(postgres, begun[0], within=3.0)
            return seen

        with monkeypatch.context() as patched:
            patched.setattr(hearing_views, "load", looked_at)
            await asyncio.to_thread(postgres.write_now, lambda c: move(c, desk))
        assert await asyncio.wrap_future(begun[0]) is Reception.MOVED

    [_, told] = await texts_in_the_end(desk)
    assert "June 12" in told


async def test_a_receipt_after_a_change_that_was_dated_before_the_text(any_db: Database) -> None:
    desk = await tried_once(any_db)
    await any_db.write(lambda c: move(c, desk, now=NOW - timedelta(minutes=1)))

    await any_db.write(receipt)

    [_, told] = await texts_in_the_end(desk)
    assert "June 12" in told


async def test_receipts_of_several_texts_at_once_after_a_change(any_db: Database) -> None:
    desk = await open_desk(any_db, 3)
    scene = desk.street.scene
    await any_db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=NOW))
    while await desk.another(batch=1).drain(desk.lane):
        desk.clock.advance(timedelta(seconds=1))
    off, there = (
        [replace(said, delivery_id=number, provider_id=f"mem-{number}") for number in (1, 2, 3)]
        for said in (PHONE_OFF, ARRIVED)
    )
    await any_db.write(lambda c: receive_all(c, off, channel=ChannelName.SMS, now=desk.clock.now()))
    await any_db.write(lambda c: move(c, desk))

    await any_db.write(lambda c: receive_all(c, there, channel=ChannelName.SMS, now=desk.clock.now()))

    told = await texts_in_the_end(desk)
    assert [text.count("June 12") for text in told] == [0, 0, 0, 1, 1, 1]


async def test_a_receipt_without_a_change_ends_it(any_db: Database) -> None:
    desk = await tried_once(any_db)

    await any_db.write(receipt)

    assert len(await texts_in_the_end(desk)) == 1
