"""A database from a backup, its holds, its pulse, and the rows that traces are drawn from."""

from datetime import datetime
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from domain.case_number import fold
from domain.delivery import DeliveryState
from domain.notice import NoticeState
from domain.roles import Role
from storage import audit, deliveries, heartbeats, holds, imports, receipts, restored, traces
from storage.deliveries import Attempt
from storage.imports import APPLYING, NewRun
from storage.schema import notice, receipt
from storage.traces import Mark
from tests.fixtures.facts import NOW, PartySpec, Scene, add_case, add_scene, apply_courts
from tests.fixtures.outbox import Street, lane_id, later, notice_rows, phone, put


class TestRestored:
    def test_a_new_database_has_never_shown_a_sign_of_life(self, any_connection: Connection) -> None:
        assert restored.last_sign_of_life(any_connection) is None

    @pytest.mark.parametrize(
        ("beats", "events", "last"),
        [
            ([1, 3], [], 3),
            ([], [2], 2),
            ([1], [2], 2),
            ([5], [2], 5),
        ],
        ids=str,
    )
    def test_the_last_sign_of_life_is_the_newest_of_pulse_and_record(
        self, any_connection: Connection, beats: list[int], events: list[int], last: int
    ) -> None:
        for hours in beats:
            heartbeats.beat(any_connection, f"part {hours}", now=later(hours=hours))
        for hours in events:
            audit.record(
                any_connection, audit.AuditAction.CONSENT_CHANGED, actor="test", facts={}, now=later(hours=hours)
            )

        assert restored.last_sign_of_life(any_connection) == later(hours=last)

    def test_only_what_was_in_flight_loses_its_lease(self, any_connection: Connection, any_street: Street) -> None:
        for state in NoticeState:
            put(any_connection, any_street, state=state, leased_until=later(days=400))

        restored.end_leases(any_connection, now=NOW)

        rows = notice_rows(any_connection)
        assert [row.state for row in rows] == list(NoticeState)
        ended = {row.state for row in rows if row.leased_until == NOW}
        assert ended == {NoticeState.CLAIMED, NoticeState.SENDING}
        assert {row.leased_until for row in rows} == {NOW, later(days=400)}

    def test_what_is_due_is_what_waits_and_whose_time_has_come(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        for state, due_at in product(NoticeState, (NOW, later(seconds=1))):
            put(any_connection, any_street, state=state, due_at=due_at)

        rows = restored.due_to(any_connection, [Role.DEFENDANT], now=NOW, limit=99)

        assert {(row.state, row.due_at) for row in rows} == {(NoticeState.PLANNED, NOW), (NoticeState.HELD, NOW)}
        assert restored.count_due(any_connection, now=NOW) == len(rows) == 2
        assert restored.count_due(any_connection, now=later(seconds=1)) == 4

    def test_what_is_due_to_a_role_is_theirs_alone_oldest_first_up_to_a_limit(self, any_connection: Connection) -> None:
        specs = [PartySpec(address=phone(number), role=role, name=f"{role}") for number, role in enumerate(Role)]
        street = Street(add_scene(any_connection, *specs), phone(0).channel)
        mine = {role: [put(any_connection, street, place) for _ in range(2)] for place, role in enumerate(Role)}
        put(any_connection, street, 0, participation_id=None)
        asked = (Role.VICTIM, Role.WITNESS)

        rows = restored.due_to(any_connection, asked, now=NOW, limit=9)
        first = restored.due_to(any_connection, asked, now=NOW, limit=1)

        assert [row.id for row in rows] == sorted(mine[Role.VICTIM] + mine[Role.WITNESS])
        assert [row.id for row in first] == [rows[0].id]
        assert restored.due_to(any_connection, [], now=NOW, limit=9) == []


class TestHolds:
    def test_a_case_is_held_once_and_since_the_first_time_until_it_is_released(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        said = [
            holds.release(any_connection, any_scene.case_id),
            holds.hold(any_connection, any_scene.case_id, now=NOW),
            holds.hold(any_connection, any_scene.case_id, now=later(days=1)),
        ]
        [held] = holds.held(any_connection)
        assert (held.case_id, held.court, held.number) == (any_scene.case_id, "example", "3AN-26-00042CR")
        assert held.held_at == NOW

        said.append(holds.release(any_connection, any_scene.case_id))

        assert said == [False, True, False, True]
        assert holds.held(any_connection) == []
        assert not holds.hold(any_connection, 77, now=NOW), "there is no such case"

    def test_held_cases_are_listed_the_longest_held_first(self, any_connection: Connection, any_scene: Scene) -> None:
        second, third = (add_case(any_connection, any_scene.court_id, f"3AN-26-0004{digit}CR") for digit in "34")
        for held, days in ((any_scene.case_id, 2), (third, 1), (second, 2)):
            holds.hold(any_connection, held, now=later(days=days))
        holds.release(any_connection, any_scene.case_id)
        holds.hold(any_connection, any_scene.case_id, now=later(days=2))

        assert [one.case_id for one in holds.held(any_connection)] == [third, any_scene.case_id, second]

    def test_a_number_is_looked_for_in_its_own_court(self, any_connection: Connection, any_scene: Scene) -> None:
        folded = fold("3AN-26-00042CR")

        assert holds.find(any_connection, court_id=any_scene.court_id, folded=folded) == any_scene.case_id
        assert holds.find(any_connection, court_id=any_scene.court_id + 1, folded=folded) is None
        assert holds.find(any_connection, court_id=any_scene.court_id, folded=folded[:-1]) is None


def test_each_part_has_one_pulse_and_the_last_beat_counts(any_connection: Connection) -> None:
    for name, hours in (("clock", 1), ("worker", 2), ("clock", 3)):
        heartbeats.beat(any_connection, name, now=later(hours=hours))

    assert heartbeats.read(any_connection) == {"clock": later(hours=3), "worker": later(hours=2)}


class TestTraces:
    """Rows are read by id, each once, and only when they are old enough to be whole."""

    @staticmethod
    def attempts(connection: Connection, street: Street, *instants: datetime, **columns: Any) -> list[int]:  # noqa: ANN401 - columns of a notice
        notice_id = put(connection, street, **columns)
        endpoint_id = street.scene.parties[0].endpoint_id
        assert endpoint_id is not None
        ids = list(deliveries.new_ids(connection, len(instants)))
        for number, (made, now) in enumerate(zip(ids, instants, strict=True), start=1):
            one = Attempt(
                id=made,
                notice_id=notice_id,
                endpoint_id=endpoint_id,
                number=number,
                text="",
                language="en",
                segments=2,
            )
            deliveries.add(connection, [one], lane_id=lane_id(connection), now=now)
        return ids

    def test_behind_the_newest_mark_there_is_nothing(self, any_connection: Connection, any_street: Street) -> None:
        assert traces.newest(any_connection) == Mark()
        [made] = self.attempts(any_connection, any_street, NOW)
        receipts.keep(any_connection, [(made, DeliveryState.SENT, None)], now=NOW)
        run = NewRun(court_id=any_street.scene.court_id, mapping="native", digest="0", rows=1, started_at=NOW)
        run_id = imports.add(any_connection, run, state="applied", counts={})

        mark = traces.newest(any_connection)

        [kept] = any_connection.execute(select(receipt.c.id)).scalars()
        assert mark == Mark(run=run_id, delivery=made, receipt=kept)
        until = later(days=1)
        assert list(traces.runs(any_connection, after=mark.run, until=until, limit=9)) == []
        assert list(traces.attempts(any_connection, after=mark.delivery, until=until, limit=9)) == []
        assert list(traces.receipts(any_connection, after=mark.receipt, until=until, limit=9)) == []

    def test_attempts_come_in_order_up_to_an_instant_and_a_limit_with_what_they_carry(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        ids = self.attempts(any_connection, any_street, NOW, later(minutes=1), later(minutes=2))

        def read(**limits: Any) -> list[int]:  # noqa: ANN401 - the arguments of attempts
            asked: dict[str, Any] = {"after": 0, "until": later(minutes=1), "limit": 9}
            return [row.id for row in traces.attempts(any_connection, **asked | limits)]

        assert read() == ids[:2]
        assert read(limit=1) == ids[:1]
        assert read(after=ids[0]) == ids[1:2]
        assert read(until=later(hours=1)) == ids
        first = traces.attempts(any_connection, after=0, until=NOW, limit=1)[0]
        assert (first.attempt, first.segments, first.lane_key) == (1, 2, "sms:default")
        assert (first.source, first.court_id) == ("test", any_street.scene.court_id)
        assert (first.planned_at, first.due_at) == (NOW, NOW)

    @pytest.mark.parametrize("columns", [{"revision": 9}, {"hearing_id": None}], ids=["no such revision", "no hearing"])
    def test_an_attempt_about_no_revision_that_is_known_is_drawn_without_a_source(
        self, any_connection: Connection, any_street: Street, columns: dict[str, Any]
    ) -> None:
        self.attempts(any_connection, any_street, NOW, **columns)

        [row] = traces.attempts(any_connection, after=0, until=NOW, limit=9)

        assert row.source is None

    def test_an_import_is_drawn_when_it_has_finished(self, any_connection: Connection) -> None:
        court_id = apply_courts(any_connection).ids["example"]
        run = NewRun(court_id=court_id, mapping="native", digest="0", rows=7, started_at=NOW)
        going, done = (imports.add(any_connection, run, state=state, counts={}) for state in (APPLYING, "held"))

        assert [row.id for row in traces.runs(any_connection, after=0, until=NOW, limit=9)] == [done]
        imports.finish(any_connection, going, counts={"rows": 7}, now=later(minutes=5))
        assert [row.id for row in traces.runs(any_connection, after=0, until=NOW, limit=9)] == [done]
        rows = traces.runs(any_connection, after=0, until=later(minutes=5), limit=9)
        assert [(row.id, row.rows, row.state) for row in rows] == [(going, 7, "applied"), (done, 7, "held")]
        assert (rows[0].started_at, rows[0].finished_at) == (NOW, later(minutes=5))

    def test_a_receipt_is_drawn_with_the_notice_whose_text_it_is_about(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        ids = self.attempts(any_connection, any_street, NOW, later(minutes=1))
        rows = [
            {"delivery_id": ids[1], "state": DeliveryState.SENT, "error_code": None, "at": later(minutes=2)},
            {"delivery_id": ids[0], "state": DeliveryState.FAILED, "error_code": "30003", "at": later(minutes=3)},
        ]
        any_connection.execute(insert(receipt), rows)

        drawn = traces.receipts(any_connection, after=0, until=later(minutes=2), limit=9)
        both = traces.receipts(any_connection, after=0, until=later(minutes=3), limit=9)

        assert [(row.delivery_id, row.state, row.error_code) for row in both] == [
            (ids[1], DeliveryState.SENT, None),
            (ids[0], DeliveryState.FAILED, "30003"),
        ]
        assert [row.id for row in drawn] == [both[0].id]
        assert (both[0].created_at, both[1].created_at) == (later(minutes=1), NOW)
        carried = any_connection.execute(select(notice.c.id)).scalar_one()
        assert {row.notice_id for row in both} == {carried}
