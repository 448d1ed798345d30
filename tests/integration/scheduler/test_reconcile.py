"""What may or may not have left: the receipt settles it, then the provider is asked, then the kind's policy decides."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from domain.delivery import DeliveryState, FindOutcome, NotFound, Unavailable, Unknown
from domain.notice import NoticeState
from domain.roles import Role
from scheduler.dispatch import UNOPENED_REST
from scheduler.reconcile import ASK_AT_MOST
from storage.database import Database
from storage.deliveries import NOBODYS
from storage.schema import delivery, notice, participation
from tests.fixtures.outbox import delivery_rows, one_notice, put, tasks
from tests.fixtures.sending import Desk, open_desk

GRACE = timedelta(minutes=5)


async def one_unknown(desk: Desk, *, left: bool) -> None:
    """Send one notice whose answer was lost."""
    desk.sms.will(Unknown("http.timeout"), and_leave=left)
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()


async def test_nobody_is_asked_before_the_receipt_had_its_time(desk: Desk) -> None:
    await one_unknown(desk, left=True)
    assert await desk.dispatcher.reconcile() == 0

    desk.clock.advance(GRACE)
    assert await desk.dispatcher.reconcile() == 1

    row, [sent] = await desk.db.read(one_notice), await desk.db.read(delivery_rows)
    assert (row.state, sent.state, sent.provider_id) == (NoticeState.SENT, DeliveryState.ACCEPTED, "mem-1")
    assert len(desk.sms.sent) == 1


async def test_what_the_provider_never_had_is_sent_again(desk: Desk) -> None:
    await one_unknown(desk, left=False)
    desk.clock.advance(GRACE)
    await desk.dispatcher.reconcile()

    assert await desk.drain() == 1

    first, second = await desk.db.read(delivery_rows)
    assert (first.state, second.state) == (DeliveryState.FAILED, DeliveryState.ACCEPTED)
    assert len(desk.sms.sent) == 1


async def test_what_the_provider_never_had_has_not_left(desk: Desk) -> None:
    await one_unknown(desk, left=False)
    assert (await desk.db.read(one_notice)).left_at is not None
    desk.clock.advance(GRACE)
    await desk.dispatcher.reconcile()

    row = await desk.db.read(one_notice)
    assert (row.state, row.left_at) == (NoticeState.PLANNED, None)


async def test_what_could_not_be_looked_up_may_have_left(desk: Desk) -> None:
    await one_unknown(desk, left=False)
    left_at = desk.clock.now()
    desk.sms.will_find(Unavailable("telegram.no_lookup", is_lasting=True))
    desk.clock.advance(GRACE)
    await desk.dispatcher.reconcile()

    row = await desk.db.read(one_notice)
    assert (row.state, row.left_at) == (NoticeState.PLANNED, left_at)


@pytest.mark.parametrize("role", [Role.VICTIM, Role.WITNESS, Role.PETITIONER])
@pytest.mark.parametrize("answer", [NotFound(), Unavailable("telegram.no_lookup", is_lasting=True)], ids=str)
async def test_protected_people_get_nothing_twice_but_a_human(db: Database, role: Role, answer: FindOutcome) -> None:
    desk = await open_desk(db)
    await db.write(lambda c: c.execute(update(participation).values(role=role)))
    await one_unknown(desk, left=False)
    desk.sms.will_find(answer)
    desk.clock.advance(GRACE)

    await desk.dispatcher.reconcile()

    assert await desk.drain() == 0
    assert (await db.read(one_notice)).state is NoticeState.UNKNOWN
    assert await db.read(tasks) == ["unsettled"]


async def test_who_cannot_be_asked_at_all_is_told_again_rather_than_never(desk: Desk) -> None:
    await one_unknown(desk, left=True)
    desk.sms.will_find(Unavailable("telegram.no_lookup", is_lasting=True))
    desk.clock.advance(GRACE)
    await desk.dispatcher.reconcile()

    assert await desk.drain() == 1
    assert len(desk.sms.sent) == 2


async def test_a_provider_that_is_away_is_asked_again_later_and_not_for_ever(desk: Desk) -> None:
    await one_unknown(desk, left=True)
    desk.sms.will_find(*[Unavailable("http.unreachable")] * (ASK_AT_MOST + 3))
    asked = 0
    for _ in range(ASK_AT_MOST + 3):
        desk.clock.advance(timedelta(hours=1))
        asked += await desk.dispatcher.reconcile()

    assert asked == ASK_AT_MOST
    assert (await desk.db.read(one_notice)).state is NoticeState.PLANNED


async def test_after_its_time_nothing_is_sent_again_and_the_desk_decides(desk: Desk) -> None:
    await one_unknown(desk, left=False)
    desk.clock.advance(timedelta(days=4))
    await desk.dispatcher.reconcile()

    assert await desk.drain() == 0
    assert (await desk.db.read(one_notice)).state is NoticeState.UNKNOWN
    assert await desk.db.read(tasks) == ["unsettled"]


async def test_what_a_lost_worker_had_claimed_is_planned_and_what_it_was_sending_is_unknown(desk: Desk) -> None:
    def lose(connection: Connection) -> None:
        lease = {"leased_until": desk.clock.now()}
        claimed, sending = put(connection, desk.street), put(connection, desk.street)
        connection.execute(update(notice).where(notice.c.id == claimed).values(state=NoticeState.CLAIMED, **lease))
        connection.execute(update(notice).where(notice.c.id == sending).values(due_at=desk.clock.now()))

    await one_unknown(desk, left=True)
    await desk.db.write(lambda c: c.execute(update(notice).values(state=NoticeState.SENDING)))
    await desk.db.write(
        lambda c: c.exec_driver_sql("UPDATE delivery SET state = 'sending', ask_at = NULL, error_code = NULL")
    )
    await desk.db.write(lambda c: c.execute(update(notice).values(leased_until=desk.clock.now())))
    await desk.db.write(lose)

    assert await desk.dispatcher.reconcile() == 2

    states = await desk.db.read(lambda c: list(c.execute(select(notice.c.state).order_by(notice.c.id)).scalars()))
    [sent] = await desk.db.read(delivery_rows)
    assert states == [NoticeState.UNKNOWN, NoticeState.PLANNED, NoticeState.PLANNED]
    assert (sent.state, sent.error_code, sent.ask_at) == ("unknown", "lease.lost", desk.clock.now() + GRACE)


async def test_who_has_no_account_there_leaves_it_to_those_who_have(desk: Desk) -> None:
    await one_unknown(desk, left=True)
    other = desk.another({"telegram:default": desk.telegram})

    for _ in range(4):
        desk.clock.advance(timedelta(hours=1))
        assert await other.reconcile() == 0
    assert await desk.dispatcher.reconcile() == 1

    assert (await desk.db.read(one_notice)).state is NoticeState.SENT
    assert len(desk.sms.sent) == 1


async def test_a_sender_that_is_in_no_court_file_any_more_is_asked_about_over_the_same_account(desk: Desk) -> None:
    await one_unknown(desk, left=True)
    desk.clock.advance(GRACE)
    newer = desk.another({"sms:MG11111111111111111111111111111111": desk.sms})

    assert await newer.reconcile() == 1

    assert (await desk.db.read(one_notice)).state is NoticeState.SENT


async def test_what_nobody_can_ask_about_is_decided_in_the_end(desk: Desk) -> None:
    await one_unknown(desk, left=False)
    desk.clock.advance(GRACE + NOBODYS)

    assert await desk.another({"telegram:default": desk.telegram}).reconcile() == 1

    row = await desk.db.read(one_notice)
    assert (row.state, row.reason) == (NoticeState.PLANNED, "lane.not_here")


async def test_one_that_cannot_be_opened_keeps_nobody_else_from_being_asked_about(db: Database) -> None:
    desk = await open_desk(db, 2)
    for party in range(2):
        desk.sms.will(Unknown("http.timeout"), and_leave=True)
        await db.write(partial(put, street=desk.street, party=party))
    await desk.drain()
    damaged = update(delivery).where(delivery.c.id == 1).values(text=b"of another key")
    await db.write(lambda c: c.execute(damaged))
    desk.clock.advance(GRACE)

    assert await desk.dispatcher.reconcile() == 1

    first, second = await db.read(delivery_rows)
    assert (first.state, second.state) == (DeliveryState.UNKNOWN, DeliveryState.ACCEPTED)
    assert first.ask_at == desk.clock.now() + UNOPENED_REST
