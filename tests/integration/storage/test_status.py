"""How things stand, in counts and instants; and people who are expected in two courts at the same minute."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from bot.court_files import example_court
from domain.calendar_report import BadRow, RunState
from domain.court_file import read_court
from domain.errors import NotFoundError
from domain.hearing import HearingStatus
from domain.notice import NoticeState, Priority
from storage import conflicts, courts, heartbeats, imports, inbox, lanes, status
from storage.conflicts import Conflict
from storage.heartbeats import Done
from storage.imports import APPLYING, NewRun, Quarantined
from storage.inbox import Arrival
from storage.schema import hearing, hearing_party, import_row, lane, notice, participation
from storage.tasks import About, TaskKind, open_task
from tests.fixtures.facts import (
    COMING,
    NOW,
    PartySpec,
    Scene,
    add_case,
    add_hearing,
    add_party,
    add_scene,
    apply_courts,
)
from tests.fixtures.outbox import REMINDER, Street, lane_id, put, set_rate
from tests.fixtures.properties import examples

QUIETLY = settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_an_empty_installation_stands_still(any_connection: Connection) -> None:
    found = status.read(any_connection, now=NOW)

    assert (found.lanes, found.courts, found.heartbeats, found.tasks) == ((), (), {}, {})
    assert (found.in_flight, found.unknown, found.unknown_since, found.inbound_waiting) == (0, 0, None, 0)
    assert status.notices_by_state(any_connection) == status.deliveries_by_state(any_connection) == {}


@given(
    rows=st.lists(st.tuples(st.sampled_from(Priority), st.integers(-60, 5), st.sampled_from(NoticeState)), max_size=10)
)
@QUIETLY
def test_what_waits_and_is_due_agrees_with_a_slow_count(
    connection: Connection, street: Street, rows: list[tuple[Priority, int, NoticeState]]
) -> None:
    with connection.begin_nested() as step:
        for priority, minutes, state in rows:
            due_at = NOW + timedelta(minutes=minutes)
            put(connection, street, 0, replace(REMINDER, priority=priority), due_at=due_at, state=state)
        found = status.read(connection, now=NOW)
        by_state = status.notices_by_state(connection)
        step.rollback()

    one = next(one for one in found.lanes if one.key == "sms:default")
    waiting = [(priority, minutes) for priority, minutes, state in rows if state.is_waiting]
    due = [(priority, minutes) for priority, minutes in waiting if minutes <= 0]
    assert (one.waiting, one.due) == (len(waiting), len(due))
    expected = {p.name.lower(): NOW + timedelta(minutes=min(m for q, m in due if q is p)) for p, _ in due}
    assert one.oldest_due == expected
    assert one.oldest_due_at == min(expected.values(), default=None)
    assert sum(by_state.values()) == len(rows)
    flying = {NoticeState.CLAIMED, NoticeState.SENDING}
    assert found.in_flight == sum(state in flying for *_, state in rows)


def test_a_lane_tells_how_long_its_work_takes_and_until_when_it_is_of_use(
    any_connection: Connection, any_street: Street
) -> None:
    set_rate(any_connection, "sms:default", rate=0.5, burst=1)
    for minutes in (0, 1, 2):
        late = replace(REMINDER, expires_at=NOW + timedelta(minutes=10 - minutes))
        put(any_connection, any_street, 0, late, due_at=NOW - timedelta(minutes=minutes))
    soon = replace(REMINDER, expires_at=NOW + timedelta(minutes=1))
    put(any_connection, any_street, 0, soon, due_at=NOW + timedelta(seconds=1))

    found = next(one for one in status.read(any_connection, now=NOW).lanes if one.key == "sms:default")

    assert (found.due, found.work_seconds) == (3, 12.0), "two segments each"
    assert found.expires_at == NOW + timedelta(minutes=8)
    assert found.used_at is not None


def test_a_part_that_ended_or_was_silent_for_a_day_is_forgotten(any_connection: Connection) -> None:
    for name, hours in (("worker:a:1", 0), ("worker:a:2", 0), ("traces", 25), ("clock:a:3", 24)):
        heartbeats.beat(any_connection, name, now=NOW - timedelta(hours=hours))

    heartbeats.note_done(any_connection, Done.BACKUP, now=NOW - timedelta(days=9))
    heartbeats.forget(any_connection, "worker:a:2")
    heartbeats.forget(any_connection, "never was")
    heartbeats.forget_older(any_connection, before=NOW - heartbeats.KEPT_FOR)

    assert set(heartbeats.read(any_connection)) == {"worker:a:1", "clock:a:3"}
    assert status.read(any_connection, now=NOW).done == {"backup": NOW - timedelta(days=9)}, "it is no part"


def test_everything_that_is_open_is_shown_with_its_age(any_connection: Connection, any_scene: Scene) -> None:
    for minutes in (5, 3):
        at = NOW - timedelta(minutes=minutes)
        message = Arrival(source="twilio", provider_key=str(minutes), kind="message", payload="hi")
        inbox.store(any_connection, message, now=at)
        heartbeats.beat(any_connection, "clock", now=at)
    open_task(any_connection, TaskKind.LOOP, About(court_id=any_scene.court_id), dedupe="1", now=NOW)
    lanes.pause(any_connection, lane_id(any_connection), until=NOW, reason="twilio.429")

    found = status.read(any_connection, now=NOW)

    assert (found.inbound_waiting, found.inbound_since) == (2, NOW - timedelta(minutes=5))
    assert found.heartbeats == {"clock": NOW - timedelta(minutes=3)}
    assert found.tasks == {"loop": 1}
    assert [one.paused_reason for one in found.lanes if one.key == "sms:default"] == ["twilio.429"]
    assert [(one.key, one.last_import) for one in found.courts] == [("example", None)]


@pytest.mark.parametrize(("seconds", "tokens"), [(-5, 2.0), (0, 2.0), (3, 5.0), (3600, 10.0)])
def test_tokens_are_shown_as_they_would_be_now(
    connection: Connection, scene: Scene, seconds: int, tokens: float
) -> None:
    connection.execute(update(lane).values(rate=1.0, burst=10, tokens=2.0, refilled_at=NOW))

    found = status.read(connection, now=NOW + timedelta(seconds=seconds))
    assert {one.tokens for one in found.lanes} == {tokens}


class TestImports:
    """Runs of imports."""

    def add(self, connection: Connection, scene: Scene, rows: int, state: str, mapping: str = "native") -> int:
        run = NewRun(court_id=scene.court_id, mapping=mapping, digest="0" * 64, rows=rows, started_at=NOW)
        return imports.add(connection, run, state=state, counts={"added": rows})

    def test_the_last_size_is_that_of_the_newest_run_of_the_feed_that_was_applied(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        court_id = any_scene.court_id
        assert imports.last(any_connection, court_id) is None
        assert imports.last_size(any_connection, court_id, "native") is None
        for rows, state in ((10, RunState.APPLIED), (7, RunState.APPLIED), (99, RunState.HELD)):
            self.add(any_connection, any_scene, rows, state.value)
        running = self.add(any_connection, any_scene, 3, APPLYING)
        self.add(any_connection, any_scene, 55, RunState.APPLIED.value, "other")

        assert imports.last_size(any_connection, court_id, "native") == 7
        assert imports.last_size(any_connection, court_id + 1, "native") is None
        imports.finish(any_connection, running, counts={"added": 3}, now=NOW)
        assert imports.last_size(any_connection, court_id, "native") == 3
        newest = imports.last(any_connection, court_id)
        assert newest is not None
        assert (newest.mapping, newest.state, newest.rows) == ("other", RunState.APPLIED.value, 55)
        [shown] = status.read(any_connection, now=NOW).courts
        assert (shown.last_import, shown.last_import_at) == (RunState.APPLIED.value, NOW)

    def test_a_quarantine_comes_back_in_the_order_of_the_file_and_is_sealed(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        run = self.add(any_connection, any_scene, 3, APPLYING)
        bad = [Quarantined(BadRow(line, "starts_at", "no date"), f"Ada Lane,{line}") for line in (9, 2, 5)]
        imports.quarantine(any_connection, run, bad)
        imports.quarantine(any_connection, run, [])

        assert imports.quarantined(any_connection, run) == sorted(bad, key=lambda one: one.bad.line)
        assert imports.quarantined(any_connection, run + 1) == []
        kept = list(any_connection.execute(select(import_row.c.row)).scalars())
        assert not any(b"Lane" in row for row in kept)
        assert "Lane" not in repr(bad)
        any_connection.execute(update(import_row).values(row=b""))
        assert [one.row for one in imports.quarantined(any_connection, run)] == ["", "", ""]


class TestCourts:
    """Courts as applied."""

    def test_only_what_changed_is_written_and_no_court_is_ever_lost(self, any_connection: Connection) -> None:
        text = example_court()
        assert courts.apply(any_connection, {"north": text, "south": text}, now=NOW) == ["north", "south"]
        assert courts.apply(any_connection, {"north": text}, now=NOW) == []
        assert courts.apply(any_connection, {"south": text + "\n"}, now=NOW) == ["south"]

        loaded = courts.load(any_connection, read_court)
        assert set(loaded.ids) == {"north", "south"}
        assert loaded[loaded.id_of("north")].key == "north"

    def test_a_court_that_is_not_there_is_named_with_those_that_are(self, connection: Connection) -> None:
        with pytest.raises(NotFoundError, match="usher migrate"):
            courts.load(connection, read_court).id_of("x")
        with pytest.raises(NotFoundError, match="known: example"):
            apply_courts(connection).id_of("x")


class TestConflicts:
    """The same people, two courts, one minute."""

    def two_courts(self, connection: Connection) -> tuple[Scene, int, int]:
        """Return the scene, and court and hearing of another court to which the same phone's person must come."""
        scene = add_scene(connection)
        known = apply_courts(connection, {"example": example_court(), "other": example_court()})
        court_id = known.ids["other"]
        case_id = add_case(connection, court_id, "1KE-26-00001CR")
        hearing_id = add_hearing(connection, court_id, case_id)
        add_party(connection, known, case_id, hearing_id, court_id, PartySpec())
        return scene, court_id, hearing_id

    def test_who_must_be_in_two_courts_at_once_is_found_from_either_side(self, any_connection: Connection) -> None:
        scene, _, there = self.two_courts(any_connection)
        mine = Conflict(
            hearing_id=scene.hearing_id,
            other_hearing_id=there,
            court_id=scene.court_id,
            case_id=scene.case_id,
            person_id=scene.parties[0].person_id,
        )
        assert conflicts.at_same_minute(any_connection, [scene.hearing_id], now=NOW) == [mine]
        [theirs] = conflicts.at_same_minute(any_connection, [there], now=NOW)
        assert (theirs.hearing_id, theirs.other_hearing_id) == (there, scene.hearing_id)
        assert len(conflicts.at_same_minute(any_connection, [scene.hearing_id, there], now=NOW)) == 2
        assert conflicts.at_same_minute(any_connection, [], now=NOW) == []
        assert conflicts.at_same_minute(any_connection, [there], now=COMING.starts_at) == [], "it has begun"

    @pytest.mark.parametrize("is_mine", [True, False])
    @pytest.mark.parametrize(
        "change",
        [
            *({"status": one} for one in HearingStatus if one is not HearingStatus.SCHEDULED),
            {"starts_at": COMING.starts_at + timedelta(minutes=1)},
        ],
        ids=str,
    )
    def test_a_hearing_that_is_not_on_or_at_another_time_collides_with_nothing(
        self,
        connection: Connection,
        change: dict[str, object],
        is_mine: bool,  # noqa: FBT001
    ) -> None:
        scene, _, there = self.two_courts(connection)
        which = scene.hearing_id if is_mine else there
        connection.execute(update(hearing).where(hearing.c.id == which).values(change))

        assert conflicts.at_same_minute(connection, [scene.hearing_id], now=NOW) == []

    def test_who_no_longer_takes_part_is_expected_nowhere(self, connection: Connection) -> None:
        scene, *_ = self.two_courts(connection)
        connection.execute(update(participation).values(ended_at=NOW))

        assert conflicts.at_same_minute(connection, [scene.hearing_id], now=NOW) == []

    def test_two_hearings_of_one_court_at_once_are_the_courts_own_affair(self, connection: Connection) -> None:
        scene = add_scene(connection)
        second = add_hearing(connection, scene.court_id, scene.case_id)
        values = {"hearing_id": second, "participation_id": scene.parties[0].participation_id, "since": NOW}
        connection.execute(insert(hearing_party).values(values))

        assert conflicts.at_same_minute(connection, [scene.hearing_id, second], now=NOW) == []


def test_every_state_of_a_notice_is_counted_under_its_name(any_connection: Connection, any_street: Street) -> None:
    for state in NoticeState:
        put(any_connection, any_street, 0, state=state)

    assert status.notices_by_state(any_connection) == dict.fromkeys(NoticeState, 1)
    assert len(any_connection.execute(select(notice.c.id)).all()) == len(NoticeState)
