"""Who was not told, and believes what is no longer true, is on the desk's list: whatever it was that ended the text."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName, Consequence, DeliveryState, Receipt, Rejected
from domain.gate import ABOUT_A_HEARING
from domain.notice import NoticeKind, NoticeState
from domain.reasons import Reason
from domain.roles import Role
from handlers import hearings
from scheduler import consequences
from scheduler.planner import replan
from scheduler.receipts import apply_receipt
from storage import letters
from storage.database import Database
from storage.schema import task
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import COMING, NOW, PartySpec, add_party
from tests.fixtures.outbox import add_street, notice_rows, one_notice, put, tasks
from tests.fixtures.sending import Desk, open_desk

NIGHT = NOW + timedelta(hours=12)  # 22:00 in Anchorage
ELSEWHEN = COMING.starts_at - timedelta(days=3)
WOULD_HAVE_BEEN_FALSE = {"old_revision", "hearing_off", "hearing_on", "not_missed", "not_public"}
STOPPED_AT_THE_CARRIER = Rejected("twilio.21610", Consequence.OPTED_OUT)


async def told(db: Database) -> Desk:
    """One person who has read that their hearing is set."""
    desk = await open_desk(db)
    scene = desk.street.scene
    await db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=NOW))
    await desk.drain()
    arrived = Receipt(1, None, DeliveryState.DELIVERED)
    await db.write(lambda c: apply_receipt(c, arrived, channel=ChannelName.SMS, now=NOW))
    return desk


async def moved(desk: Desk, to: datetime = ELSEWHEN) -> None:
    """Let the clerk move the hearing."""
    scene, now = desk.street.scene, desk.clock.now()
    await desk.db.write(lambda c: hearings.move(c, scene.hearing_id, to, staff="clerk", courts=scene.courts, now=now))


async def says(desk: Desk, text: str) -> None:
    courts, now = desk.street.scene.courts, desk.clock.now()
    await desk.db.write(lambda c: Phone(c, courts, number="+19075550100", now=now).text(text))


async def of_change(desk: Desk) -> NoticeState:
    [state] = [row.state for row in await desk.db.read(notice_rows) if row.kind is NoticeKind.CHANGE]
    assert isinstance(state, NoticeState)
    return state


async def test_who_stops_before_a_change_could_leave_is_called_once(any_db: Database) -> None:
    desk = await told(any_db)
    desk.clock.advance(NIGHT - NOW)
    await moved(desk)
    await says(desk, "STOP")
    await says(desk, "STOP")

    assert await of_change(desk) is NoticeState.DROPPED
    assert await any_db.read(tasks) == ["stopped_but_changed"]
    scene = desk.street.scene
    await any_db.write(lambda c: replan(c, [scene.hearing_id], courts=scene.courts, now=desk.clock.now()))
    assert await any_db.read(tasks) == ["stopped_but_changed"], "the planner knows it for the same cause"


async def test_who_stops_when_nothing_has_changed_is_left_in_peace(any_db: Database) -> None:
    desk = await told(any_db)
    await says(desk, "STOP")

    assert await any_db.read(tasks) == []


async def test_whose_carrier_refuses_a_change_is_called(any_db: Database) -> None:
    desk = await told(any_db)
    await moved(desk)
    desk.sms.will(STOPPED_AT_THE_CARRIER)
    await desk.drain()

    assert await of_change(desk) is NoticeState.FAILED
    assert await any_db.read(tasks) == ["stopped_but_changed"]


async def test_who_turns_out_to_be_stopped_while_a_change_waits_is_called(any_db: Database) -> None:
    desk = await told(any_db)
    desk.clock.advance(NIGHT - NOW)
    await moved(desk)
    stopped = Receipt(1, None, DeliveryState.FAILED, "twilio.21610", Consequence.OPTED_OUT)
    await any_db.write(lambda c: apply_receipt(c, stopped, channel=ChannelName.SMS, now=desk.clock.now()))

    assert await of_change(desk) is NoticeState.DROPPED
    assert await any_db.read(tasks) == ["stopped_but_changed"]


async def test_whose_text_the_night_swallowed_is_on_the_list(any_db: Database) -> None:
    desk = await open_desk(any_db)
    desk.clock.advance(NIGHT - NOW)
    await any_db.write(lambda c: put(c, desk.street, due_at=NIGHT, expires_at=NIGHT + timedelta(hours=8)))

    await desk.drain()

    row = await any_db.read(one_notice)
    assert (row.state, row.reason) == (NoticeState.DROPPED, "quiet_too_long")
    assert await any_db.read(tasks) == ["not_reminded"]


async def test_whose_phone_the_other_side_reads_is_on_the_list_once(any_db: Database) -> None:
    desk = await open_desk(any_db)

    def share(connection: Connection) -> None:
        scene = desk.street.scene
        victim = PartySpec(role=Role.VICTIM, name="Bea")
        add_party(connection, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, victim)
        for _ in range(3):
            put(connection, desk.street)

    await any_db.write(share)
    await desk.dispatcher.drain_all()

    assert {(row.state, row.reason) for row in await any_db.read(notice_rows)} == {(NoticeState.DROPPED, "opposed")}
    assert await any_db.read(tasks) == ["not_reminded"]


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("kind", [NoticeKind.REMINDER, NoticeKind.CHANGE, NoticeKind.RECOVERY])
def test_the_desk_hears_of_each_fate_what_it_can_do_something_about(
    connection: Connection, kind: NoticeKind, reason: Reason
) -> None:
    street = add_street(connection)
    [row] = letters.load(connection, [put(connection, street, kind=kind, state=NoticeState.DROPPED)])

    consequences.tell_who_missed(connection, [(row, reason), (row, reason)], now=NOW)

    is_news = kind in {"change", "cancellation", "correction"}
    is_missed = kind in ABOUT_A_HEARING and reason not in WOULD_HAVE_BEEN_FALSE
    if reason in {"revoked", "carrier_stopped"}:
        expected = ["stopped_but_changed"] if is_news else []
    else:
        expected = ["not_reminded"] if is_missed and (is_news or reason != "sealed") else []
    assert tasks(connection) == expected


@pytest.mark.parametrize("reason", [Reason.QUIET_TOO_LONG, Reason.REVOKED])
def test_who_was_told_the_same_otherwise_is_not_on_the_list(any_connection: Connection, reason: Reason) -> None:
    street = add_street(any_connection, 2)
    put(any_connection, street, state=NoticeState.SENT, left_at=NOW)
    mine, others = (put(any_connection, street, party, kind=NoticeKind.CHANGE) for party in (0, 1))

    rows = letters.load(any_connection, [mine, others])
    consequences.tell_who_missed(any_connection, [(row, reason) for row in rows], now=NOW)

    listed = list(any_connection.execute(select(task.c.person_id)).scalars())
    assert listed == [street.scene.parties[1].person_id]
