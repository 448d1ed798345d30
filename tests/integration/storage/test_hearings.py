"""Hearings as they are kept: each change a revision, who is a party of what, and the docket staff look at."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from domain.errors import NotFoundError
from domain.hearing import Appearance, HearingStatus, Mode, Outcome
from domain.notice import NoticeState
from domain.roles import Role
from storage import docket, fed_rows, hearings, people
from storage.schema import case, hearing, hearing_party, hearing_revision, participation
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party, add_scene
from tests.fixtures.outbox import Street, add_street, later, phone, put

MOVED = Appearance(
    starts_at=NOW + timedelta(days=20),
    courtroom="7",
    place="Annex",
    mode=Mode.VIDEO,
    join_url="https://video.example/1",
    status=HearingStatus.CONTINUED,
)
LATER = later(hours=1)
TWO = (PartySpec(address=phone(0), name="Ada"), PartySpec(address=phone(1), role=Role.WITNESS, name="Bo"))


class TestRevise:
    def test_the_hearing_and_its_newest_revision_say_the_same(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        old = hearings.get(any_connection, any_scene.hearing_id)

        number = hearings.revise(any_connection, old, MOVED, source="import:4", now=LATER)

        assert number == 2
        now = hearings.get(any_connection, any_scene.hearing_id)
        assert now == replace(old, revision=2, appearance=MOVED)
        row = any_connection.execute(select(hearing_revision).order_by(hearing_revision.c.revision.desc())).first()
        assert row is not None
        assert (row.revision, row.made_at, row.source) == (2, LATER, "import:4")
        assert hearings.appearance_of(row) == MOVED

    def test_the_revision_before_it_stays_as_it_was(self, any_connection: Connection, any_scene: Scene) -> None:
        first = any_connection.execute(select(hearing_revision)).one()

        hearings.revise(
            any_connection, hearings.get(any_connection, any_scene.hearing_id), MOVED, source="import:4", now=LATER
        )

        assert any_connection.execute(select(hearing_revision).where(hearing_revision.c.revision == 1)).one() == first

    @pytest.mark.parametrize(("source", "by_staff"), [("staff:ada", LATER), ("import:4", None)])
    def test_a_change_by_staff_is_marked_for_the_next_import_to_see(
        self, any_connection: Connection, any_scene: Scene, source: str, by_staff: object
    ) -> None:
        old = hearings.get(any_connection, any_scene.hearing_id)
        hearings.revise(any_connection, old, MOVED, source=source, now=LATER)

        row = any_connection.execute(select(hearing)).one()
        assert (row.revised_at, row.staff_changed_at) == (LATER, by_staff)

    def test_an_import_does_not_take_away_that_staff_had_changed_it(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        for source, now in (("staff:ada", NOW), ("import:4", LATER)):
            old = hearings.get(any_connection, any_scene.hearing_id)
            hearings.revise(any_connection, old, MOVED, source=source, now=now)

        assert any_connection.execute(select(hearing.c.staff_changed_at)).scalar_one() == NOW

    def test_its_case_has_every_row_of_the_feed_looked_at_again_and_no_other_case(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        other = add_case(any_connection, any_scene.court_id, "3AN-26-00043CR")
        kept = fed_rows.as_kept([b"12345678"], 1)
        fed_rows.remember(any_connection, [(any_scene.case_id, kept), (other, kept)])

        hearings.revise(
            any_connection, hearings.get(any_connection, any_scene.hearing_id), MOVED, source="staff:ada", now=LATER
        )

        remembered = {row.id: row.fed_rows for row in any_connection.execute(select(case.c.id, case.c.fed_rows))}
        assert remembered == {any_scene.case_id: None, other: b"12345678"}

    def test_another_hearing_of_the_case_stays(self, any_connection: Connection, any_scene: Scene) -> None:
        other = add_hearing(any_connection, any_scene.court_id, any_scene.case_id)
        before = hearings.get(any_connection, other)

        hearings.revise(
            any_connection, hearings.get(any_connection, any_scene.hearing_id), MOVED, source="staff:ada", now=LATER
        )

        assert hearings.get(any_connection, other) == before

    def test_a_hearing_that_is_not_there_is_said_not_to_be(self, any_connection: Connection) -> None:
        with pytest.raises(NotFoundError, match="there is no hearing 77"):
            hearings.get(any_connection, 77)


class TestParties:
    def test_a_new_party_joins_every_hearing_of_the_case_that_lies_ahead_and_no_other(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        add_hearing(any_connection, any_scene.court_id, any_scene.case_id, Appearance(starts_at=NOW, courtroom="1"))
        second = add_hearing(any_connection, any_scene.court_id, any_scene.case_id)
        elsewhere = add_case(any_connection, any_scene.court_id, "3AN-26-00043CR")
        add_hearing(any_connection, any_scene.court_id, elsewhere)
        who = any_scene.parties[0].person_id
        part = people.take_part(any_connection, case_id=any_scene.case_id, person_id=who, role=Role.FOLLOWER, now=NOW)

        joined = hearings.attach(any_connection, participation_id=part, case_id=any_scene.case_id, now=NOW)

        assert sorted(joined) == [any_scene.hearing_id, second]
        theirs = select(hearing_party).where(hearing_party.c.participation_id == part)
        rows = any_connection.execute(theirs.order_by(hearing_party.c.hearing_id)).all()
        assert [(row.hearing_id, row.since, row.answer) for row in rows] == [
            (any_scene.hearing_id, NOW, None),
            (second, NOW, None),
        ]

    def test_who_is_a_party_already_is_one_once_and_since_the_first_time(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        part = any_scene.parties[0].participation_id
        second = add_hearing(any_connection, any_scene.court_id, any_scene.case_id)

        for now in (NOW, LATER):
            hearings.attach(any_connection, participation_id=part, case_id=any_scene.case_id, now=now)

        rows = any_connection.execute(select(hearing_party).order_by(hearing_party.c.hearing_id)).all()
        assert [(row.hearing_id, row.since) for row in rows] == [(any_scene.hearing_id, NOW), (second, NOW)]

    def test_the_hearings_of_a_person_are_those_of_all_their_parts(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        known, court_id = any_scene.courts, any_scene.court_id
        second = add_case(any_connection, court_id, "3AN-26-00043CR")
        theirs = add_hearing(any_connection, court_id, second)
        spec = PartySpec(address=phone(5), name="Cy")
        add_party(any_connection, known, second, theirs, court_id, spec)
        who = any_scene.parties[0].person_id
        part = people.take_part(any_connection, case_id=second, person_id=who, role=Role.WITNESS, now=NOW)
        assert hearings.of_person(any_connection, who) == [any_scene.hearing_id]

        hearings.attach(any_connection, participation_id=part, case_id=second, now=NOW)

        assert sorted(hearings.of_person(any_connection, who)) == [any_scene.hearing_id, theirs]
        assert hearings.of_person(any_connection, who + 99) == []

    def test_an_outcome_is_written_for_every_party_of_the_hearing_and_of_no_other(
        self, any_connection: Connection
    ) -> None:
        scene = add_scene(any_connection, *TWO)
        other = add_hearing(any_connection, scene.court_id, scene.case_id)
        hearings.attach(
            any_connection, participation_id=scene.parties[0].participation_id, case_id=scene.case_id, now=NOW
        )

        missed = hearings.record_outcome(any_connection, scene.hearing_id, Outcome.DID_NOT_APPEAR, now=LATER)

        rows = any_connection.execute(select(hearing_party)).all()
        assert missed == 2
        assert {(row.hearing_id, row.outcome, row.outcome_at) for row in rows} == {
            (scene.hearing_id, Outcome.DID_NOT_APPEAR, LATER),
            (other, None, None),
        }
        assert hearings.record_outcome(any_connection, 77, Outcome.APPEARED, now=LATER) == 0

    def test_an_answer_is_the_partys_own_at_the_revision_it_was_given_to_and_the_last_counts(
        self, any_connection: Connection
    ) -> None:
        scene = add_scene(any_connection, *TWO)
        part = scene.parties[0].participation_id
        for answer, revision, now in (("coming", 1, NOW), ("cannot", 2, LATER)):
            people.record_answer(
                any_connection,
                hearing_id=scene.hearing_id,
                participation_id=part,
                answer=answer,
                revision=revision,
                now=now,
            )

        rows = any_connection.execute(select(hearing_party).order_by(hearing_party.c.participation_id)).all()
        assert [(row.answer, row.answered_revision, row.answered_at) for row in rows] == [
            ("cannot", 2, LATER),
            (None, None, None),
        ]

    def test_an_answer_of_one_hearing_is_none_of_the_next(self, any_connection: Connection, any_scene: Scene) -> None:
        part = any_scene.parties[0].participation_id
        add_hearing(any_connection, any_scene.court_id, any_scene.case_id)
        hearings.attach(any_connection, participation_id=part, case_id=any_scene.case_id, now=NOW)

        people.record_answer(
            any_connection,
            hearing_id=any_scene.hearing_id,
            participation_id=part,
            answer="coming",
            revision=1,
            now=NOW,
        )

        answers = any_connection.execute(select(hearing_party.c.answer).order_by(hearing_party.c.hearing_id))
        assert list(answers.scalars()) == ["coming", None]


class TestDocket:
    def test_a_courts_hearings_come_soonest_first_with_their_parties_roles(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection, *TWO)
        sooner = replace(COMING, starts_at=NOW + timedelta(days=1), courtroom=None)
        first = add_hearing(any_connection, scene.court_id, scene.case_id, sooner)
        twin = add_hearing(any_connection, scene.court_id, scene.case_id)

        entries = docket.read(any_connection, court_id=scene.court_id)

        assert [entry.hearing_id for entry in entries] == [first, scene.hearing_id, twin], "of two at once the older"
        assert [entry.roles for entry in entries] == [(), (Role.DEFENDANT, Role.WITNESS), ()]
        assert (entries[0].courtroom, entries[1].courtroom) == (None, COMING.courtroom)
        assert {entry.case_number for entry in entries} == {"3AN-26-00042CR"}
        assert entries[1].starts_at == COMING.starts_at
        assert {entry.status for entry in entries} == {HearingStatus.SCHEDULED}

    def test_a_miss_of_one_party_is_shown_and_another_hearings_is_not(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection, *TWO)
        add_hearing(any_connection, scene.court_id, scene.case_id)
        missed = hearing_party.c.participation_id == scene.parties[0].participation_id
        any_connection.execute(update(hearing_party).where(missed).values(outcome=Outcome.DID_NOT_APPEAR))

        entries = docket.read(any_connection, court_id=scene.court_id)

        assert [entry.outcome for entry in entries] == [Outcome.DID_NOT_APPEAR, None]

    def test_another_court_has_a_docket_of_its_own_and_a_limit_cuts_the_latest(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        add_hearing(any_connection, any_scene.court_id, any_scene.case_id, MOVED)

        assert docket.read(any_connection, court_id=any_scene.court_id + 1) == []
        [only] = docket.read(any_connection, court_id=any_scene.court_id, limit=1)
        assert only.hearing_id == any_scene.hearing_id

    def test_the_next_due_is_of_what_waits_alone(self, any_connection: Connection) -> None:
        street = add_street(any_connection)
        for hours, state in enumerate(state for state in NoticeState if not state.is_waiting):
            put(any_connection, street, due_at=later(hours=hours), state=state)
        assert docket.next_due(any_connection) is None

        for hours, state in ((30, NoticeState.HELD), (20, NoticeState.PLANNED)):
            put(any_connection, street, due_at=later(hours=hours), state=state)
            assert docket.next_due(any_connection) == later(hours=hours)


class TestRolesThatEnd:
    def test_a_part_that_ended_and_is_taken_again_is_the_same_part(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        scene = any_street.scene
        who = scene.parties[0]
        take = partial(people.take_part, any_connection, case_id=scene.case_id, person_id=who.person_id, now=LATER)
        any_connection.execute(update(participation).values(ended_at=NOW))

        again = take(role=Role.DEFENDANT)
        another = take(role=Role.WITNESS)

        rows = {row.id: row for row in any_connection.execute(select(participation))}
        assert again == who.participation_id
        assert (rows[again].ended_at, rows[again].created_at) == (None, NOW)
        assert (rows[another].role, rows[another].created_at) == (Role.WITNESS, LATER)
        assert rows[scene.parties[1].participation_id].ended_at == NOW, "another person's part ends for itself"
