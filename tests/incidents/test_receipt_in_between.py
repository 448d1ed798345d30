"""Once, a correction waited a quarter of an hour for a receipt that had come: it came while the wait was decided on."""

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, update

from domain.delivery import ChannelName, DeliveryState, Receipt
from domain.gate import RECEIPT_LOOK
from domain.notice import NoticeKind, NoticeState
from scheduler import dispatch
from scheduler.dispatch import Batch
from scheduler.receipts import apply_receipt
from storage.database import Database
from storage.schema import hearing
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, notice_rows, put
from tests.fixtures.sending import open_desk


async def test_a_receipt_that_comes_while_a_correction_decides_to_wait_for_it_holds_it_up_half_a_minute(
    postgres_database: str, vault: Vault
) -> None:
    async with Database(postgres_database, vault) as db, Database(postgres_database, vault) as elsewhere:
        desk = await open_desk(db)
        await db.write(partial(put, street=desk.street))
        await desk.drain()
        [first] = await db.read(delivery_rows)

        def change(connection: Connection) -> None:
            connection.execute(update(hearing).values(revision=2, starts_at=NOW + timedelta(days=5)))
            put(
                connection,
                desk.street,
                kind=NoticeKind.CORRECTION,
                revision=2,
                told_revision=1,
                changed="moved_earlier",
            )

        await db.write(change)
        receipt = partial(apply_receipt, channel=ChannelName.SMS, now=NOW)

        def decide(connection: Connection) -> Batch:
            courts = desk.street.scene.courts
            batch = dispatch.prepare(connection, lane_id=desk.lane, courts=courts, now=NOW, limit=10)
            elsewhere.write_now(partial(receipt, receipt=Receipt(first.id, None, DeliveryState.DELIVERED)))
            return batch

        assert not (await db.write(decide)).messages
        desk.clock.advance(RECEIPT_LOOK)
        await desk.drain()

        _, correction = await db.read(notice_rows)
        assert correction.state is NoticeState.SENT
