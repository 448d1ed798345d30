"""The gate at work: what it holds, what it drops, what may go together, and what is kept of each verdict."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, insert, select, update

from domain.consent import ConsentAction, ConsentEvent, Evidence
from domain.delivery import ChannelName
from domain.gate import LOOP_CAP, EndpointState
from domain.hearing import Confidentiality, HearingStatus
from domain.notice import NoticeKind, NoticeState, Priority, Purpose
from domain.roles import Role
from handlers import hearings
from scheduler import housekeeping
from storage import consents, endpoints, notices
from storage import hearings as stored
from storage.database import Database
from storage.notices import Target
from storage.schema import (
    case,
    court,
    delivery,
    endpoint,
    hearing,
    notice,
    participation,
    person,
    question,
    verdict,
)
from storage.tasks import About, TaskKind, open_task
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import COMING, NOW, PartySpec, add_hearing
from tests.fixtures.outbox import (
    REMINDER,
    add_street,
    lane_id,
    notice_rows,
    one_notice,
    phone,
    put,
    tasks,
    verdict_rows,
)
from tests.fixtures.sending import Desk, open_desk

NIGHT = NOW + timedelta(hours=12)  # 22:00 in Anchorage
MORNING = NOW + timedelta(hours=22)  # 08:00

Change = Callable[[Connection, Desk], object]


def _set(table: object, **values: object) -> Change:
    return lambda c, _: c.execute(update(table).values(**values))  # type: ignore[arg-type]  # any table of ours


def _stop(connection: Connection, desk: Desk) -> None:
    where = desk.street.scene.parties[0].endpoint_id
    assert where is not None
    consents.add(connection, where, ConsentEvent(at=NOW, action=ConsentAction.REVOKED, evidence=Evidence.TEXT))


def _other_side(connection: Connection, desk: Desk) -> None:
    """Let the other side's victim use the same phone."""
    scene = desk.street.scene
    values = {"court_id": scene.court_id, "party_key": "v", "is_minor": False, "in_custody": False, "created_at": NOW}
    added = connection.execute(insert(person).values(values).returning(person.c.id)).scalar_one()
    part = {"case_id": scene.case_id, "person_id": added, "role": Role.VICTIM, "created_at": NOW}
    connection.execute(insert(participation).values(part))
    where = scene.parties[0].endpoint_id
    assert where is not None
    endpoints.link(connection, person_id=added, endpoint_id=where, source="feed", preference=0, now=NOW)


def _expected_twice(connection: Connection, desk: Desk) -> None:
    scene = desk.street.scene
    about = About(court_id=scene.court_id, hearing_id=scene.hearing_id, person_id=scene.parties[0].person_id)
    open_task(connection, TaskKind.CONFLICT, about, dedupe="x", now=NOW)


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        (_stop, "dropped", "revoked"),
        (_other_side, "dropped", "opposed"),
        (_expected_twice, "held", "two_places"),
        (_set(endpoint, state=EndpointState.FROZEN), "dropped", "endpoint_frozen"),
        (_set(endpoint, state=EndpointState.DOUBTFUL), "held", "endpoint_doubtful"),
        (_set(endpoint, carrier_stopped=True), "dropped", "carrier_stopped"),
        (_set(endpoint, foreign_held=True), "held", "foreign"),
        (_set(case, confidentiality=Confidentiality.SEALED), "dropped", "sealed"),
        (_set(person, in_custody=True), "held", "in_custody"),
        (_set(hearing, revision=2), "superseded", "old_revision"),
        (_set(hearing, status=HearingStatus.CANCELLED), "dropped", "hearing_off"),
        (_set(court, feed_seen_at=NOW - timedelta(days=3)), "held", "feed_stale"),
        (_set(notice, expires_at=NOW), "expired", "expired"),
    ],
)
async def test_what_must_not_leave_is_held_or_dropped_with_its_reason(
    db: Database, change: Change, state: str, reason: str
) -> None:
    desk = await open_desk(db)
    await db.write(lambda c: put(c, desk.street))
    await db.write(lambda c: change(c, desk))

    assert await desk.drain() == 1

    row, [verdict] = await db.read(one_notice), await db.read(verdict_rows)
    assert desk.sms.tried == 0
    assert (row.state, row.reason, verdict.reason) == (state, reason, reason)
    assert verdict.decision == ("hold" if state == "held" else "drop")
    assert await desk.drain() == 0


async def test_whose_own_other_role_is_on_the_other_side_gets_their_text_unless_somebody_else_reads_it(
    any_db: Database,
) -> None:
    desk = await open_desk(any_db)
    scene = desk.street.scene
    also = {"case_id": scene.case_id, "person_id": scene.parties[0].person_id, "role": Role.VICTIM, "created_at": NOW}
    await any_db.write(lambda c: c.execute(insert(participation).values(also)))

    await any_db.write(lambda c: put(c, desk.street))
    await desk.drain()
    await any_db.write(lambda c: _other_side(c, desk))
    await any_db.write(lambda c: put(c, desk.street))
    await desk.drain()

    fates = [(row.state, row.reason) for row in await any_db.read(notice_rows)]
    assert fates == [(NoticeState.SENT, None), (NoticeState.DROPPED, "opposed")]


async def test_quiet_hours_hold_until_they_end_and_then_it_leaves(desk: Desk) -> None:
    desk.clock.advance(NIGHT - NOW)
    await desk.db.write(lambda c: put(c, desk.street))

    await desk.drain()
    row = await desk.db.read(one_notice)
    assert (row.state, row.reason, row.due_at) == (NoticeState.HELD, "quiet_hours", MORNING)

    desk.clock.advance(MORNING - NIGHT)
    await desk.drain()
    assert (await desk.db.read(one_notice)).state is NoticeState.SENT


async def test_what_is_superseded_before_it_is_prepared_never_leaves(desk: Desk) -> None:
    scene = desk.street.scene
    await desk.db.write(lambda c: put(c, desk.street))
    work = partial(hearings.cancel, hearing_id=scene.hearing_id, staff="judy", courts=scene.courts, now=NOW)
    await desk.db.write(work)

    while await desk.drain():
        pass

    assert desk.sms.sent == []
    assert (await desk.db.read(one_notice)).state is NoticeState.SUPERSEDED


async def test_a_change_while_the_text_is_on_the_wire_is_followed_by_a_correction_last(desk: Desk) -> None:
    scene = desk.street.scene
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    earlier = NOW + timedelta(days=4)
    work = partial(
        hearings.move, hearing_id=scene.hearing_id, starts_at=earlier, staff="judy", courts=scene.courts, now=NOW
    )
    await desk.db.write(work)
    desk.clock.advance(timedelta(hours=1))

    while await desk.drain():
        pass

    kinds = await desk.db.read(
        lambda c: list(
            c.execute(
                select(notice.c.kind).where(notice.c.state == NoticeState.SENT).order_by(notice.c.delivery_id)
            ).scalars()
        )
    )
    assert kinds == [NoticeKind.REMINDER, NoticeKind.CORRECTION]


async def second_hearing(desk: Desk, *, due_at: datetime = NOW, bundle: str = "day") -> None:
    """Put two reminders of one person on one day in."""

    def build(connection: Connection) -> None:
        scene = desk.street.scene
        put(connection, desk.street, bundle_key=bundle)
        appearance = connection.execute(select(hearing.c.starts_at)).scalar_one()
        other = add_hearing(connection, scene.court_id, scene.case_id)
        later = {"starts_at": appearance + timedelta(hours=2)}
        connection.execute(update(hearing).where(hearing.c.id == other).values(later))
        put(connection, desk.street, bundle_key="day", hearing_id=other, due_at=due_at)

    await desk.db.write(build)


@pytest.mark.parametrize(
    ("count", "told"), [(1, [1]), (4, [4]), (5, [4, 1]), (9, [4, 4, 1])], ids=["one", "enough", "one more", "many"]
)
async def test_hearings_that_are_set_are_told_a_few_in_each_text(desk: Desk, count: int, told: list[int]) -> None:
    plan = replace(REMINDER, kind=NoticeKind.HEARING_SET, purpose=Purpose.SET, bundle_key="set")

    def build(connection: Connection) -> None:
        scene = desk.street.scene
        for number in range(count):
            day = replace(COMING, starts_at=COMING.starts_at + timedelta(days=number))
            hearing_id = add_hearing(connection, scene.court_id, scene.case_id, day)
            put(connection, desk.street, 0, replace(plan, dedupe_key=f"set:{number}"), hearing_id=hearing_id)

    await desk.db.write(build)
    while await desk.drain():
        pass

    assert [text.count("10:00 a.m.") for text in desk.sms.texts] == told
    assert "\n- " not in "".join(text for text, hearings in zip(desk.sms.texts, told, strict=True) if hearings == 1)


async def test_several_hearings_of_one_day_leave_as_one_text_and_share_its_fate(desk: Desk) -> None:
    await second_hearing(desk, due_at=NOW + timedelta(minutes=20))

    assert await desk.drain() == 2

    rows = await desk.db.read(lambda c: list(c.execute(select(notice)).all()))
    assert len(desk.sms.sent) == 1
    assert {row.state for row in rows} == {NoticeState.SENT}
    assert len({row.delivery_id for row in rows}) == 1


async def test_of_each_hearing_in_one_text_it_is_on_record_at_which_revision_it_was_told(desk: Desk) -> None:
    await second_hearing(desk)
    scene = desk.street.scene

    def revise(connection: Connection) -> None:
        one = stored.get(connection, scene.hearing_id)
        stored.revise(connection, one, replace(one.appearance, courtroom="3"), source="staff:kim", now=NOW)
        connection.execute(update(notice).where(notice.c.hearing_id == scene.hearing_id).values(revision=2))

    await desk.db.write(revise)
    assert await desk.drain() == 2

    query = select(notice.c.hearing_id, verdict.c.inputs).join(verdict, verdict.c.notice_id == notice.c.id)
    told = {row.hearing_id: row.inputs["revision"][0] for row in await desk.db.read(lambda c: c.execute(query).all())}
    assert len(desk.sms.sent) == 1
    assert sorted(told.values()) == [1, 2]
    assert told[scene.hearing_id] == 2


@pytest.mark.parametrize(
    ("due_at", "bundle"), [(NOW + timedelta(hours=1), "day"), (NOW, "other day")], ids=["due later", "another bundle"]
)
async def test_what_does_not_belong_together_leaves_apart(db: Database, due_at: datetime, bundle: str) -> None:
    desk = await open_desk(db)
    await second_hearing(desk, due_at=due_at, bundle=bundle)

    assert await desk.drain() == 1


async def test_a_reminder_that_asks_puts_its_question_on_record_once(desk: Desk) -> None:
    await desk.db.write(lambda c: [put(c, desk.street, asks_attendance=True) for _ in range(2)])
    while await desk.drain():
        pass

    [asked] = await desk.db.read(lambda c: list(c.execute(select(question)).all()))
    assert (asked.state, asked.options, asked.lane_id) == ("open", ["coming", "cannot", "question"], desk.lane)
    assert asked.expires_at == NOW + timedelta(days=10)


async def test_what_a_text_about_several_hearings_asks_is_on_record_whichever_of_them_asks(desk: Desk) -> None:
    await second_hearing(desk)
    [first, second] = await desk.db.read(lambda c: list(c.execute(select(notice).order_by(notice.c.id)).all()))
    asks = update(notice).where(notice.c.id == second.id).values(asks_attendance=True)
    await desk.db.write(lambda c: c.execute(asks))

    assert await desk.drain() == 2

    [asked] = await desk.db.read(lambda c: list(c.execute(select(question)).all()))
    assert asked.hearing_id == second.hearing_id != first.hearing_id
    assert "Will you come? Reply 1" in desk.sms.texts[0]


async def test_a_reply_leaves_as_it_was_made_even_after_a_stop(desk: Desk) -> None:
    def build(connection: Connection) -> None:
        _stop(connection, desk)
        where, court_id = desk.street.scene.parties[0].endpoint_id, desk.street.scene.court_id
        assert where is not None
        target = Target(endpoint_id=where, lane_id=desk.lane, court_id=court_id)
        ends = NOW + timedelta(hours=1)
        notices.add_reply(connection, target, "You are out.", dedupe_key="r", now=NOW, expires_at=ends)

    await desk.db.write(build)
    await desk.drain()

    assert desk.sms.texts == ["You are out."]
    assert (await desk.db.read(one_notice)).priority == Priority.REPLY


async def test_what_cannot_be_said_does_not_leave_and_the_desk_is_told(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street, kind=NoticeKind.CHANGE, told_revision=None, changed="room"))

    await desk.drain()

    row = await desk.db.read(one_notice)
    assert desk.sms.tried == 0
    assert (row.state, row.reason) == (NoticeState.DROPPED, "unspeakable")
    assert await desk.db.read(tasks) == ["failed"]


@pytest.mark.parametrize(
    ("chosen", "known", "expected"),
    [("es", "ru", "es"), (None, "ru", "ru"), (None, None, "en")],
    ids=["on the phone", "by the feed", "the court's own"],
)
async def test_a_text_is_in_the_language_of_its_reader(
    db: Database, chosen: str | None, known: str | None, expected: str
) -> None:
    desk = await open_desk(db)
    await db.write(lambda c: c.execute(update(endpoint).values(language=chosen)))
    await db.write(lambda c: c.execute(update(person).values(language=known)))
    await db.write(lambda c: put(c, desk.street))

    await desk.drain()

    assert await db.read(lambda c: c.execute(select(delivery.c.language)).scalar_one()) == expected


async def test_a_machine_that_was_down_too_long_sends_nothing_and_the_desk_lists_who_was_not_reminded(
    desk: Desk,
) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    desk.clock.advance(timedelta(days=11))
    expire = partial(housekeeping.expire, now=desk.clock.now())

    assert await desk.db.write(expire) == 1
    assert await desk.db.write(expire) == 0

    row = await desk.db.read(one_notice)
    assert (row.state, row.reason) == (NoticeState.EXPIRED, "expired")
    assert await desk.db.read(tasks) == ["not_reminded"]
    assert await desk.drain() == 0


async def test_who_was_told_of_the_hearing_is_not_on_the_desks_list(desk: Desk) -> None:
    await desk.db.write(lambda c: [put(c, desk.street), put(c, desk.street, due_at=NOW + timedelta(days=1))])
    await desk.drain()
    desk.clock.advance(timedelta(days=11))

    assert await desk.db.write(partial(housekeeping.expire, now=desk.clock.now())) == 1
    assert await desk.db.read(tasks) == []


async def test_a_telegram_message_of_a_victim_may_not_be_forwarded(db: Database) -> None:
    street = await db.write(partial(add_street, channel=ChannelName.TELEGRAM, spec=PartySpec(role=Role.VICTIM)))
    lane = await db.read(partial(lane_id, key=street.lane_key))
    desk = Desk(db, street, lane)
    await db.write(lambda c: put(c, street, plan=REMINDER))

    await desk.drain()

    [message] = desk.telegram.sent
    assert message.protect
    assert message.valid_for == timedelta(hours=10)


def _writes(connection: Connection, text: str, *, desk: Desk) -> list[str]:
    return Phone(connection, desk.street.scene.courts, number=phone(0).value, now=desk.clock.now()).text(text)


@pytest.mark.parametrize("text", ["HELP", "STOP", "3AN-26-00042CR"])
async def test_who_has_just_got_many_texts_is_answered(any_db: Database, text: str) -> None:
    desk = await open_desk(any_db)
    for _ in range(LOOP_CAP):
        await any_db.write(lambda c: put(c, desk.street))
    await desk.dispatcher.drain_all()
    desk.clock.advance(timedelta(minutes=1))

    [said] = await any_db.write(partial(_writes, text=text, desk=desk))
    await desk.dispatcher.drain_all()

    assert desk.sms.texts[-1] == said


@pytest.mark.parametrize(("text", "is_answered"), [("HELP", True), ("STOP", True), ("3AN-26-00042CR", False)])
async def test_who_has_just_got_many_answers_is_still_given_help_and_told_that_texts_are_stopped(
    any_db: Database,
    text: str,
    is_answered: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    desk = await open_desk(any_db)
    for _ in range(LOOP_CAP):
        await any_db.write(partial(_writes, text="3AN-26-00042CR", desk=desk))
        await desk.dispatcher.drain_all()
        desk.clock.advance(timedelta(seconds=20))
    assert len(desk.sms.texts) == LOOP_CAP

    await any_db.write(partial(_writes, text=text, desk=desk))
    await desk.dispatcher.drain_all()

    assert len(desk.sms.texts) == LOOP_CAP + is_answered
    assert {row.state for row in await any_db.read(notice_rows) if row.kind is NoticeKind.REPLY} == {NoticeState.SENT}
