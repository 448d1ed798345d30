"""Once, a worker that had been stopped for minutes went on and sent what another had long sent in its place."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from domain.notice import NoticeState
from scheduler.dispatch import LEASE, RECEIPT_GRACE
from scheduler.lease import HANDED_OVER_WITHIN, OVER
from storage.database import Database, Result, Work
from storage.vault import Vault
from tests.fixtures.outbox import delivery_rows, one_notice, put
from tests.fixtures.sending import Desk, open_desk

MINUTE = timedelta(minutes=1)


class Troubled(Database):
    """A database after or instead of whose next writes something happens to the process that wrote."""

    then: Callable[[], Awaitable[None]] | None = None
    failures = 0
    after = 0

    async def write(self, work: Work[Result]) -> Result:
        """Write; a batch is recorded by the first write and settled by the second."""
        self.after -= 1
        if self.after < 0 and self.failures:
            self.failures -= 1
            raise OperationalError("COMMIT", None, Exception("the server closed the connection"))
        result = await super().write(work)
        then, self.then = self.then, None
        if then is not None:
            await then()
        return result


@pytest.fixture
async def db(database_url: str, vault: Vault) -> AsyncIterator[Troubled]:
    """A database that can be troubled."""
    async with Troubled(database_url, vault) as database:
        yield database


async def one_due(db: Troubled) -> Desk:
    """Open a desk with one notice that is due."""
    desk = await open_desk(db)
    await db.write(lambda connection: put(connection, desk.street))
    return desk


async def test_a_worker_that_went_on_after_its_lease_sends_nothing_that_another_has_sent(db: Troubled) -> None:
    desk = await one_due(db)
    another = desk.another()

    async def be_stopped_while_another_takes_over() -> None:
        desk.clock.advance(LEASE)
        await another.reconcile()
        desk.clock.advance(RECEIPT_GRACE)
        await another.reconcile()
        await another.drain(desk.lane)

    db.then = be_stopped_while_another_takes_over
    await desk.drain()

    assert len(desk.sms.sent) == 1
    assert (await db.read(one_notice)).state is NoticeState.SENT


async def test_what_a_worker_could_not_send_within_its_lease_leaves_soon_after(db: Troubled) -> None:
    desk = await one_due(db)

    async def be_stopped() -> None:
        desk.clock.advance(HANDED_OVER_WITHIN + MINUTE)

    db.then = be_stopped
    await desk.drain()
    assert not desk.sms.sent
    [attempt] = await db.read(delivery_rows)
    assert attempt.error_code == OVER

    desk.clock.advance(MINUTE)
    await desk.dispatcher.drain_all()
    assert len(desk.sms.sent) == 1


async def test_a_clock_that_was_set_back_meanwhile_tells_no_age(db: Troubled) -> None:
    desk = await one_due(db)

    async def be_set_back() -> None:
        desk.clock._at -= MINUTE

    db.then = be_set_back
    await desk.drain()

    assert not desk.sms.sent


async def test_what_the_provider_said_is_written_down_when_the_database_is_back(db: Troubled) -> None:
    desk = await one_due(db)
    db.after, db.failures = 1, 1

    await asyncio.wait_for(desk.drain(), 30)

    row, [attempt] = await db.read(one_notice), await db.read(delivery_rows)
    assert (row.state, attempt.provider_id, len(desk.sms.sent)) == (NoticeState.SENT, "mem-1", 1)
