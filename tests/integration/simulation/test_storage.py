"""What a simulation asks its database, on both engines."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, update

from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.hearing import HearingStatus
from domain.notice import NoticeKind, NoticeState, Priority, Purpose
from domain.roles import Role
from storage import endpoints, simulation, start_tokens
from storage.database import Database
from storage.schema import notice
from storage.simulation import Due, NotSent
from tests.fixtures.facts import COMING, NOW, PartySpec, add_case, add_hearing, add_scene
from tests.fixtures.outbox import REMINDER, add_street, chat, lane_id, put, put_all
from tests.fixtures.sending import open_desk

MINUTE = timedelta(minutes=1)


async def test_a_case_of_nobody_is_one_with_a_hearing_and_no_party(any_db: Database) -> None:
    def work(connection: Connection) -> tuple[list[int], list[int]]:
        scene = add_scene(connection)
        lonely = add_case(connection, scene.court_id, "3AN-26-00043CR")
        add_case(connection, scene.court_id, "3AN-26-00044CR")  # it has no hearing
        both = [add_hearing(connection, scene.court_id, lonely) for _ in range(2)]
        found = simulation.cases_of_nobody(connection)
        assert [(row.id, row.court_id) for row in found] == [(lonely, scene.court_id)]
        return [row.id for row in simulation.hearings_of(connection, [lonely])], both

    found, both = await any_db.write(work)
    assert found == both


async def test_people_come_with_their_language_and_whether_they_have_a_link(any_db: Database) -> None:
    def work(connection: Connection) -> list[tuple[str | None, bool]]:
        scene = add_scene(connection, PartySpec(language=None), PartySpec(name="Bo", language="es", address=chat(1)))
        start_tokens.issue(connection, scene.parties[1].person_id, now=NOW, token="riverton-1")
        return [(row.language, bool(row.has_token)) for row in simulation.people(connection)]

    assert await any_db.write(work) == [(None, False), ("es", True)]


async def test_languages_are_set_for_those_who_are_named(any_db: Database) -> None:
    def work(connection: Connection) -> list[str | None]:
        scene = add_scene(connection, PartySpec(language=None), PartySpec(name="Bo", language=None, address=chat(1)))
        simulation.set_languages(connection, [])
        simulation.set_languages(connection, [(scene.parties[1].person_id, "ru")])
        return [row.language for row in simulation.people(connection)]

    assert await any_db.write(work) == [None, "ru"]


async def test_the_next_due_is_the_earliest_of_every_priority_on_the_lanes_asked_for(any_db: Database) -> None:
    def work(connection: Connection) -> list[Due | None]:
        street = add_street(connection, 3)
        sms, telegram = lane_id(connection), lane_id(connection, "telegram:default")
        found = [simulation.next_due(connection, [sms, telegram])]
        put(connection, street, 0, replace(REMINDER, due_at=NOW + 3 * MINUTE))
        put(connection, street, 1, replace(REMINDER, due_at=NOW + 2 * MINUTE, priority=Priority.OTHER))
        put(connection, street, 2, replace(REMINDER, due_at=NOW + 4 * MINUTE), state=NoticeState.HELD)
        found.append(simulation.next_due(connection, [telegram, sms]))
        put(connection, street, 2, replace(REMINDER, due_at=NOW + MINUTE), lane_id=telegram)
        found += [simulation.next_due(connection, [sms]), simulation.next_due(connection, [sms, telegram])]
        put(connection, street, 2, replace(REMINDER, due_at=NOW), state=NoticeState.DROPPED)
        found.append(simulation.next_due(connection, [sms]))
        soonest = Due(NOW + 2 * MINUTE, sms)
        assert found[1:] == [soonest, soonest, Due(NOW + MINUTE, telegram), soonest]
        return found

    assert (await any_db.write(work))[0] is None


async def test_what_left_is_told_once_a_text_with_all_its_cases(any_db: Database) -> None:
    desk = await open_desk(any_db, 2)
    bundle = replace(REMINDER, bundle_key="a-day")

    def more(connection: Connection) -> None:
        put(connection, desk.street, 0, bundle)
        put(connection, desk.street, 0, bundle)
        put(connection, desk.street, 1, replace(REMINDER, due_at=NOW - MINUTE))

    await any_db.write(more)
    await desk.drain()
    texts = await any_db.read(lambda connection: list(simulation.sent(connection)))

    assert [one.to for one in texts] == ["+19075550101", "+19075550100"]
    assert {one.cases for one in texts} == {("3AN-26-00042CR",)}
    assert [one.text for one in texts] == desk.sms.texts
    for one in texts:
        assert (one.at, one.court, one.role, one.language) == (NOW, "example", Role.DEFENDANT, "en")
        assert (one.kind, one.purpose, one.channel) == (NoticeKind.REMINDER, Purpose.PLAN, ChannelName.SMS)
        assert one.segments >= 1


async def test_nothing_has_left_before_anything_does(any_db: Database) -> None:
    await open_desk(any_db)

    assert await any_db.read(lambda connection: list(simulation.sent(connection))) == []


async def test_what_did_not_leave_is_counted_by_kind_fate_and_reason(any_db: Database) -> None:
    def work(connection: Connection) -> list[NotSent]:
        street = add_street(connection, 5)
        waiting, sealed, other, gone, arrived = put_all(connection, street)
        del waiting
        for notice_id, state, reason in (
            (sealed, NoticeState.DROPPED, "sealed"),
            (other, NoticeState.DROPPED, "sealed"),
            (gone, NoticeState.EXPIRED, "expired"),
            (arrived, NoticeState.DELIVERED, "clear"),
        ):
            _end(connection, notice_id, state, reason)
        return simulation.not_sent(connection)

    found = await any_db.write(work)

    assert {(one.kind, one.state, one.reason, one.count) for one in found} == {
        (NoticeKind.REMINDER, NoticeState.PLANNED, None, 1),
        (NoticeKind.REMINDER, NoticeState.DROPPED, "sealed", 2),
        (NoticeKind.REMINDER, NoticeState.EXPIRED, "expired", 1),
    }


async def test_a_notice_held_twice_for_one_reason_is_counted_once(any_db: Database) -> None:
    desk = await open_desk(any_db, 2)

    def doubt(connection: Connection) -> None:
        put_all(connection, desk.street)
        for party in desk.street.scene.parties:
            assert party.endpoint_id is not None
            endpoints.change(connection, party.endpoint_id, state=EndpointState.DOUBTFUL)

    await any_db.write(doubt)
    for _ in range(3):
        await desk.drain()
        desk.clock.advance(timedelta(hours=1))

    assert await any_db.read(simulation.held) == {"endpoint_doubtful": 2}
    assert desk.sms.sent == []


async def test_who_is_expected_and_told_nothing_is_counted_within_the_days(any_db: Database) -> None:
    desk = await open_desk(any_db, 3)
    starts_at = COMING.starts_at

    def count(since: timedelta, until: timedelta) -> tuple[int, int]:
        return any_db.read_now(
            lambda connection: simulation.told_of(connection, since=starts_at + since, until=starts_at + until)
        )

    assert count(timedelta(0), MINUTE) == (3, 3)
    assert count(-MINUTE, timedelta(0)) == (0, 0), "the end is not in it"
    await any_db.write(lambda connection: put(connection, desk.street, 1))
    assert count(timedelta(0), MINUTE) == (3, 3), "what only waits has told nobody"
    await desk.drain()
    assert count(timedelta(0), MINUTE) == (3, 2)


async def test_nobody_is_expected_at_a_hearing_that_is_off(any_db: Database) -> None:
    off = replace(COMING, status=HearingStatus.CANCELLED)
    await any_db.write(lambda connection: add_scene(connection, appearance=off))

    found = await any_db.read(
        lambda connection: simulation.told_of(connection, since=NOW, until=COMING.starts_at + MINUTE)
    )

    assert found == (0, 0)


async def test_every_hearing_is_planned(any_db: Database) -> None:
    def work(connection: Connection) -> tuple[list[int], list[int]]:
        scene = add_scene(connection)
        more = [add_hearing(connection, scene.court_id, scene.case_id) for _ in range(3)]
        return simulation.hearing_ids(connection), [scene.hearing_id, *more]

    found, expected = await any_db.write(work)
    assert found == expected


def _end(connection: Connection, notice_id: int, state: NoticeState, reason: str) -> None:
    connection.execute(update(notice).where(notice.c.id == notice_id).values(state=state, reason=reason))
