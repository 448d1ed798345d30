"""One notice that cannot leave holds up no other: too long a list, a hearing that cannot be said, a value, a court."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from domain.delivery import MOST_CHARACTERS, ChannelName
from domain.notice import NoticeState
from domain.roles import Role
from scheduler import dispatch
from storage.database import Database
from storage.schema import delivery, endpoint, hearing_party, notice, participation
from storage.tasks import TaskKind
from tests.fixtures.facts import COMING, EXAMPLE, NOW, add_case, add_hearing, apply_courts
from tests.fixtures.outbox import REMINDER, AnyRow, notice_rows, put, put_all, set_rate, tasks
from tests.fixtures.sending import Desk, open_desk

A_DAY = replace(REMINDER, bundle_key="day")
AGAIN = timedelta(seconds=2)


def a_day_full_of_hearings(connection: Connection, desk: Desk, count: int, **last: str) -> None:
    """Give one person so many hearings in a day, each in a case of its own; `last` sets facts of the last one."""
    scene = desk.street.scene
    who = scene.parties[0]
    for turn in range(count):
        case_id = add_case(connection, scene.court_id, f"3AN-26-{turn + 10:05}CR")
        seat = {"case_id": case_id, "person_id": who.person_id, "role": Role.DEFENDANT, "created_at": NOW}
        seated = insert(participation).values(seat).returning(participation.c.id)
        participation_id = connection.execute(seated).scalar_one()
        facts = replace(COMING, starts_at=COMING.starts_at + timedelta(minutes=15 * turn))
        if turn == count - 1:
            facts = replace(facts, **last)  # type: ignore[arg-type]  # texts all
        hearing_id = add_hearing(connection, scene.court_id, case_id, facts)
        there = {"hearing_id": hearing_id, "participation_id": participation_id, "since": NOW}
        connection.execute(insert(hearing_party).values(there))
        place = {"case_id": case_id, "hearing_id": hearing_id, "participation_id": participation_id}
        put(connection, desk.street, plan=A_DAY, **place)


async def texts_by_notice(desk: Desk) -> list[AnyRow]:
    query = select(notice.c.state, notice.c.reason, delivery.c.id).outerjoin_from(
        notice, delivery, delivery.c.id == notice.c.delivery_id
    )
    return await desk.db.read(lambda c: list(c.execute(query.order_by(notice.c.id))))


@pytest.mark.parametrize("language", ["en", "es", "ru", "ar"])
async def test_a_day_with_more_hearings_than_a_text_holds_is_told_in_several(desk: Desk, language: str) -> None:
    await desk.db.write(lambda c: c.execute(update(endpoint).values(language=language)))
    await desk.db.write(lambda c: a_day_full_of_hearings(c, desk, 30))

    while await desk.drain():
        pass

    assert all(len(text) <= MOST_CHARACTERS[ChannelName.SMS] for text in desk.sms.texts)
    assert 1 < len(desk.sms.texts) <= 6, "as few as possible"
    told = [sum(text.count(f"3AN-26-{turn + 10:05}CR") for text in desk.sms.texts) for turn in range(30)]
    assert told == [1] * 30
    assert {row.state for row in await desk.db.read(notice_rows)} == {NoticeState.SENT}


async def test_a_hearing_that_cannot_be_said_silences_no_other_of_its_day(desk: Desk) -> None:
    await desk.db.write(lambda c: a_day_full_of_hearings(c, desk, 3, courtroom="Room {room}"))

    while await desk.drain():
        pass

    *others, last = await texts_by_notice(desk)
    assert [row.state for row in others] == [NoticeState.SENT] * 2
    assert (last.state, last.reason) == (NoticeState.DROPPED, "unspeakable")


async def test_an_address_that_cannot_be_opened_waits_and_the_lane_goes_on(any_db: Database) -> None:
    desk = await open_desk(any_db, 3)
    ids = await any_db.write(lambda c: put_all(c, desk.street))
    where = desk.street.scene.parties[0].endpoint_id
    [whole] = await any_db.read(lambda c: c.execute(select(endpoint.c.address).where(endpoint.c.id == where)).one())
    broken = whole[:-1] + bytes([whole[-1] ^ 1])
    await any_db.write(lambda c: c.execute(update(endpoint).where(endpoint.c.id == where).values(address=broken)))

    await desk.drain()

    rows = {row.id: row for row in await any_db.read(notice_rows)}
    assert (rows[ids[0]].state, rows[ids[0]].reason) == (NoticeState.HELD, "unopened")
    assert len(desk.sms.sent) == 2
    assert await any_db.read(tasks) == [TaskKind.FAILED], "the desk hears of it"
    desk.clock.advance(dispatch.UNOPENED_REST)
    await desk.drain()
    assert await any_db.read(tasks) == [TaskKind.FAILED], "once, however often it is tried"
    await any_db.write(lambda c: c.execute(update(endpoint).where(endpoint.c.id == where).values(address=whole)))
    desk.clock.advance(dispatch.UNOPENED_REST)
    assert await desk.drain() == 1, "the right key was put back"


async def test_a_worker_that_does_not_know_a_court_yet_serves_the_others_on_its_sender(any_db: Database) -> None:
    desk = await open_desk(any_db, 2)
    [theirs, ours] = await any_db.write(
        lambda c: [put(c, desk.street, party, due_at=NOW - timedelta(minutes=2 - party)) for party in (0, 1)]
    )

    def a_court_more(connection: Connection) -> None:
        known = apply_courts(connection, {"example": EXAMPLE, "newer": EXAMPLE})
        connection.execute(update(notice).where(notice.c.id == theirs).values(court_id=known.ids["newer"]))
        set_rate(connection, "sms:default", rate=1.0, burst=1)

    await any_db.write(a_court_more)
    assert await desk.drain() == 1
    desk.clock.advance(AGAIN)
    assert await desk.drain() == 0

    states = {row.id: row.state for row in await any_db.read(notice_rows)}
    assert states == {ours: NoticeState.SENT, theirs: NoticeState.PLANNED}
