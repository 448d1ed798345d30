"""Sending: what is due leaves once, in order, within the lane's rate; the rest is held or dropped with a reason."""

import asyncio
from datetime import timedelta

from domain.notice import NoticeState
from storage.database import Database
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, notice_rows, one_notice, put, put_all, verdict_rows
from tests.fixtures.sending import Desk, open_desk


async def test_a_due_notice_leaves_once_in_the_readers_language_and_is_remembered_as_sent(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))

    assert await desk.drain() == 1
    assert await desk.drain() == 0

    [message] = desk.sms.sent
    assert "3AN-26-00042CR" in message.text
    row = await desk.db.read(one_notice)
    [sent] = await desk.db.read(delivery_rows)
    [verdict] = await desk.db.read(verdict_rows)
    assert (row.state, row.delivery_id, row.attempts, row.left_at) == (NoticeState.SENT, sent.id, 1, NOW)
    assert (sent.id, sent.provider_id, sent.language) == (message.id, "mem-1", "en")
    assert (verdict.decision, verdict.reason) == ("send", "clear")


async def test_nothing_leaves_before_it_is_due(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street, due_at=NOW + timedelta(seconds=1)))

    assert await desk.drain() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert await desk.drain() == 1


async def test_two_workers_never_send_the_same_notice(any_db: Database) -> None:
    desk = await open_desk(any_db, 40)
    ids = await desk.db.write(lambda c: put_all(c, desk.street))
    workers = [desk.another(batch=7) for _ in range(3)]

    while sum(await asyncio.gather(*(worker.drain(desk.lane) for worker in workers))):
        pass

    assert len(desk.sms.sent) == len({message.to.value for message in desk.sms.sent}) == len(ids) == 40
    assert {row.state for row in await desk.db.read(notice_rows)} == {NoticeState.SENT}
