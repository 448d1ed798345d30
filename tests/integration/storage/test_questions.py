"""The question ledger, watches, tokens and tasks: each is open until it ends, once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from domain.hearing import HearingStatus
from domain.notice import NoticeKind
from domain.questions import ATTENDANCE_OPTIONS, YES_NO, QuestionKind
from storage import attendance, letters, parties, questions, start_tokens, tasks, watches
from storage.database import vault_of
from storage.questions import REMEMBERED, Asking, QuestionState
from storage.schema import hearing, notice, question, start_token, task
from storage.tasks import About, TaskKind
from storage.watches import WatchState
from tests.fixtures.facts import NOW, PartySpec, Scene, add_case, add_scene
from tests.fixtures.outbox import REMINDER, Street, lane_id, phone, put

LATER = NOW + timedelta(hours=1)


def asking(scene: Scene, *, party: int = 0, about: bool = True, kind: QuestionKind = QuestionKind.ATTENDANCE) -> Asking:
    endpoint_id = scene.parties[party].endpoint_id
    assert endpoint_id is not None
    return Asking(
        endpoint_id=endpoint_id,
        court_id=scene.court_id,
        kind=kind,
        options=ATTENDANCE_OPTIONS if kind is QuestionKind.ATTENDANCE else YES_NO,
        expires_at=NOW + timedelta(days=5),
        person_id=scene.parties[party].person_id,
        participation_id=scene.parties[party].participation_id,
        case_id=scene.case_id if about else None,
        hearing_id=scene.hearing_id if about else None,
        revision=1 if about else None,
        subject="3AN26",
        kept="yes",
    )


def open_ids(connection: Connection, scene: Scene, *, party: int = 0) -> list[int]:
    endpoint_id = scene.parties[party].endpoint_id
    assert endpoint_id is not None
    return [one.question.id for one in questions.open_of(connection, [endpoint_id], now=NOW)[endpoint_id]]


def test_a_question_comes_back_as_it_was_asked(any_connection: Connection, any_scene: Scene) -> None:
    said = asking(any_scene)
    key = questions.ask(any_connection, said, now=NOW)

    [back] = questions.open_of(any_connection, [said.endpoint_id], now=NOW)[said.endpoint_id]
    one = back.question
    assert (one.id, one.kind, one.options) == (key, QuestionKind.ATTENDANCE, ATTENDANCE_OPTIONS)
    assert (one.asked_at, one.expires_at, one.hearing_id, one.revision) == (NOW, said.expires_at, said.hearing_id, 1)
    assert (one.superseded, one.kept, back.subject) == (False, "yes", "3AN26")
    assert (back.court_id, back.person_id, back.participation_id, back.case_id) == (
        said.court_id,
        said.person_id,
        said.participation_id,
        said.case_id,
    )


@pytest.mark.parametrize(
    ("change", "is_over"),
    [({}, False), ({"revision": 2}, True), *(({"status": s}, s is not HearingStatus.SCHEDULED) for s in HearingStatus)],
    ids=["as it was", "another revision", *HearingStatus],
)
def test_a_question_is_superseded_once_its_hearing_is_another_one_or_not_on(
    connection: Connection,
    scene: Scene,
    change: dict[str, object],
    is_over: bool,  # noqa: FBT001
) -> None:
    questions.ask(connection, asking(scene), now=NOW)
    questions.ask(connection, asking(scene, about=False, kind=QuestionKind.OPT_IN), now=NOW)
    connection.execute(update(hearing).values({"gone_at": None} | change))
    endpoint_id = scene.parties[0].endpoint_id
    assert endpoint_id is not None

    found = [one.question.superseded for one in questions.open_of(connection, [endpoint_id], now=NOW)[endpoint_id]]
    assert found == [is_over, False]


def test_what_is_too_late_still_explains_itself_for_three_days(connection: Connection, scene: Scene) -> None:
    said = asking(scene)
    questions.ask(connection, said, now=NOW)
    last = said.expires_at + REMEMBERED

    instants = (last - timedelta(seconds=1), last)
    shown = [questions.open_of(connection, [said.endpoint_id], now=at)[said.endpoint_id] for at in instants]
    assert [len(one) for one in shown] == [1, 0]


def test_a_question_is_answered_once_and_withdrawn_only_while_it_is_open(
    any_connection: Connection, any_scene: Scene
) -> None:
    first, second = (questions.ask(any_connection, asking(any_scene), now=NOW) for _ in range(2))
    assert questions.answer(any_connection, first, "coming", now=LATER)
    assert not questions.answer(any_connection, first, "cannot", now=LATER)
    questions.withdraw_one(any_connection, first)
    questions.withdraw_one(any_connection, second)
    assert not questions.answer(any_connection, second, "coming", now=LATER)

    rows = any_connection.execute(select(question).order_by(question.c.id)).all()
    assert [(row.state, row.answer, row.answered_at) for row in rows] == [
        (QuestionState.ANSWERED, "coming", LATER),
        (QuestionState.WITHDRAWN, None, None),
    ]
    endpoint_id = asking(any_scene).endpoint_id
    assert questions.last_answered(any_connection, [endpoint_id, 10**6]) == {endpoint_id: LATER, 10**6: None}
    kind = QuestionKind.ATTENDANCE
    assert not questions.asked_since(any_connection, endpoint_id, kind, since=NOW)
    assert questions.asked_since(any_connection, endpoint_id, kind, since=NOW - timedelta(seconds=1))
    assert questions.asked_about(any_connection, [endpoint_id], kind) == {(endpoint_id, any_scene.hearing_id, 1)}
    assert questions.asked_about(any_connection, [endpoint_id], QuestionKind.OPT_IN) == set()


def test_what_is_withdrawn_is_of_the_kind_or_the_case_that_was_named(any_connection: Connection) -> None:
    scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo", address=phone(1)))
    mine = questions.ask(any_connection, asking(scene), now=NOW)
    offer = questions.ask(any_connection, asking(scene, about=False, kind=QuestionKind.OFFER_WATCH), now=NOW)
    theirs = questions.ask(any_connection, asking(scene, party=1), now=NOW)
    endpoint_id = asking(scene).endpoint_id
    other = add_case(any_connection, scene.court_id, "3AN-26-00043CR")

    questions.withdraw_about(any_connection, endpoint_id, case_id=other)
    assert open_ids(any_connection, scene) == [mine, offer]
    questions.withdraw_about(any_connection, endpoint_id, case_id=scene.case_id)
    assert open_ids(any_connection, scene) == [offer]
    questions.withdraw(any_connection, endpoint_id, [QuestionKind.OFFER_WATCH, QuestionKind.OPT_IN])
    assert open_ids(any_connection, scene) == []
    assert open_ids(any_connection, scene, party=1) == [theirs]


def test_what_was_asked_of_who_is_reached_elsewhere_now_is_taken_back(any_connection: Connection) -> None:
    scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo"))
    hers = asking(scene)
    questions.ask(any_connection, hers, now=NOW)
    stays = questions.ask(any_connection, asking(scene, party=1), now=NOW)
    parties.end_links(any_connection, [(scene.parties[0].person_id, hers.endpoint_id)], now=NOW)

    questions.withdraw_from_former(any_connection, [])
    questions.withdraw_from_former(any_connection, [scene.hearing_id + 1])
    assert len(open_ids(any_connection, scene)) == 2
    questions.withdraw_from_former(any_connection, {scene.hearing_id})

    assert open_ids(any_connection, scene) == [stays]


def test_an_invitation_whose_question_is_on_no_record_is_found_until_it_is_asked(
    any_connection: Connection, any_street: Street
) -> None:
    scene = any_street.scene
    put(any_connection, any_street, 0, left_at=LATER)
    put(any_connection, any_street, 0)
    any_connection.execute(update(notice).values(kind=NoticeKind.INVITATION))
    said = asking(scene, about=False, kind=QuestionKind.OPT_IN)
    since = NOW - timedelta(days=1)

    questions.ask(any_connection, said, now=NOW)
    ours = [said.endpoint_id]
    [row] = questions.unasked_invitations(any_connection, ours, since=since)[said.endpoint_id]
    assert (row.court_id, row.person_id, row.left_at) == (scene.court_id, scene.parties[0].person_id, LATER)
    assert questions.unasked_invitations(any_connection, ours, since=LATER) == {said.endpoint_id: []}
    questions.ask(any_connection, said, now=LATER)
    assert questions.unasked_invitations(any_connection, ours, since=since) == {said.endpoint_id: []}


def test_a_reminder_asks_once_for_each_hearing_and_revision(any_connection: Connection, any_street: Street) -> None:
    ids = [put(any_connection, any_street, party) for party in (0, 1)]
    rows = letters.load(any_connection, ids)
    for _ in range(2):
        attendance.ask(any_connection, rows, lane_id=lane_id(any_connection), now=NOW)
    attendance.ask(any_connection, [], lane_id=lane_id(any_connection), now=NOW)
    assert len(any_connection.execute(select(question)).all()) == 2

    again = put(any_connection, any_street, 0, REMINDER, revision=2)
    attendance.ask(any_connection, letters.load(any_connection, [again]), lane_id=lane_id(any_connection), now=NOW)

    asked = any_connection.execute(select(question).order_by(question.c.id)).all()
    assert [row.revision for row in asked] == [1, 1, 2]
    assert {row.lane_id for row in asked} == {lane_id(any_connection)}
    assert {row.expires_at for row in asked} == {rows[0].starts_at}
    assert [row.options for row in asked] == [list(ATTENDANCE_OPTIONS)] * 3


class TestWatches:
    """Numbers that somebody waits for."""

    def keep(self, connection: Connection, scene: Scene, folded: str = "N1", *, party: int = 0, days: int = 30) -> int:
        endpoint_id = scene.parties[party].endpoint_id
        assert endpoint_id is not None
        until = NOW + timedelta(days=days)
        return watches.keep(
            connection, endpoint_id=endpoint_id, court_id=scene.court_id, folded=folded, expires_at=until, now=NOW
        )

    def test_a_watch_is_one_however_often_it_is_asked_for_and_lasts_as_last_said(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        first = self.keep(any_connection, any_scene, days=1)
        assert self.keep(any_connection, any_scene, days=9) == first
        assert self.keep(any_connection, any_scene, "N2", days=5) != first

        assert watches.over(any_connection, now=NOW + timedelta(days=1), limit=5) == []
        over = watches.over(any_connection, now=NOW + timedelta(days=9), limit=5)
        assert [one.folded for one in over] == ["N1", "N2"]
        assert len(watches.over(any_connection, now=NOW + timedelta(days=9), limit=1)) == 1

    @pytest.mark.parametrize("state", [WatchState.FOUND, WatchState.ENDED, WatchState.CLOSED])
    def test_a_watch_that_has_ended_is_ended_and_a_new_one_may_begin(
        self, connection: Connection, scene: Scene, state: WatchState
    ) -> None:
        first = self.keep(connection, scene)
        watches.move(connection, [first], state)
        watches.move(connection, [first], WatchState.OPEN)
        assert watches.open_for(connection, ["N1"]) == []

        second = self.keep(connection, scene)
        assert second != first
        assert [one.id for one in watches.open_for(connection, ["N1", "N1", "N9"])] == [second]

    def test_who_wants_no_more_texts_waits_for_nothing_more_and_others_do(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo", address=phone(1)))
        self.keep(any_connection, scene)
        theirs = self.keep(any_connection, scene, party=1)
        endpoint_id = scene.parties[0].endpoint_id
        assert endpoint_id is not None

        watches.close_all(any_connection, endpoint_id)

        [left] = watches.open_for(any_connection, ["N1"])
        assert left.id == theirs
        assert "N1" not in repr(left)


class TestStartTokens:
    """Links that open one person's texts in one chat."""

    def test_a_token_opens_once_within_its_days(self, any_connection: Connection, any_scene: Scene) -> None:
        who = any_scene.parties[0].person_id
        token, late = (start_tokens.issue(any_connection, who, now=NOW) for _ in range(2))
        end = NOW + start_tokens.LASTS
        assert token != late
        assert start_tokens.redeem(any_connection, token + "x", now=NOW) is None
        assert start_tokens.redeem(any_connection, token, now=end - timedelta(microseconds=1)) == who
        assert start_tokens.redeem(any_connection, token, now=NOW) is None
        assert start_tokens.redeem(any_connection, late, now=end) is None
        assert [start_tokens.find(any_connection, one) for one in (token, late, "none")] == [who, who, None]

    def test_a_printed_token_given_again_stays_as_it_is(self, any_connection: Connection) -> None:
        ada, bo = add_scene(any_connection, PartySpec(), PartySpec(name="Bo")).parties
        assert start_tokens.issue(any_connection, ada.person_id, now=NOW, token="printed-1") == "printed-1"
        start_tokens.redeem(any_connection, "printed-1", now=NOW)
        start_tokens.issue(any_connection, bo.person_id, now=LATER, token="printed-1")

        assert start_tokens.redeem(any_connection, "printed-1", now=LATER) is None
        assert start_tokens.find(any_connection, "printed-1") == ada.person_id
        assert b"printed" not in any_connection.execute(select(start_token.c.digest)).scalar_one()


class TestTasks:
    """Work for a human, once for one cause."""

    def test_work_is_opened_once_for_one_cause_and_not_again_when_it_was_done(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        about = About(court_id=any_scene.court_id, hearing_id=any_scene.hearing_id)

        def begin(dedupe: str = "1:2", kind: TaskKind = TaskKind.UNREACHABLE) -> bool:
            return tasks.open_task(any_connection, kind, about, dedupe=dedupe, now=NOW, note="Call Ada Lane")

        assert [begin(), begin(), begin("1:3"), begin(kind=TaskKind.LOOP)] == [True, False, True, True]
        assert tasks.count_open(any_connection) == {TaskKind.UNREACHABLE: 2, TaskKind.LOOP: 1}
        row = any_connection.execute(select(task).order_by(task.c.id)).first()
        assert row is not None
        assert b"Lane" not in row.note
        assert vault_of(any_connection).open(row.note, tasks.NOTE) == "Call Ada Lane"
        tasks.close_task(any_connection, row.id, now=LATER)
        assert not begin()
        assert tasks.count_open(any_connection) == {TaskKind.UNREACHABLE: 1, TaskKind.LOOP: 1}
        closed = any_connection.execute(select(task.c.closed_at).where(task.c.id == row.id)).scalar_one()
        assert closed == LATER

    def test_a_cause_that_comes_again_after_its_work_was_done_is_new_work(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        about = About(court_id=any_scene.court_id)

        def begin(since: datetime) -> bool:
            kind = TaskKind.UNREACHABLE
            return tasks.open_task(any_connection, kind, about, dedupe="1:2", now=since, since=since)

        assert [begin(NOW), begin(LATER)] == [True, False], "it is on the list"
        first = any_connection.execute(select(task.c.id)).scalar_one()
        tasks.close_task(any_connection, first, now=LATER)
        again = LATER + timedelta(days=1)

        assert [begin(NOW), begin(again), begin(again)] == [False, True, False]

        rows = any_connection.execute(select(task.c.state, task.c.opened_at, task.c.closed_at).order_by(task.c.id))
        assert [tuple(row) for row in rows] == [("done", NOW, LATER), ("open", again, None)]

    def test_much_work_at_once_is_opened_as_one_by_one(self, any_connection: Connection, any_scene: Scene) -> None:
        about = About(court_id=any_scene.court_id)
        tasks.open_task(any_connection, TaskKind.CONFLICT, about, dedupe="1", now=NOW)
        wanted = [(TaskKind.CONFLICT, about, dedupe, None) for dedupe in ("1", "2", "2", "3")]

        assert tasks.open_tasks(any_connection, wanted, now=NOW) == 2
        assert tasks.open_tasks(any_connection, wanted, now=NOW) == 0
        assert tasks.open_tasks(any_connection, [], now=NOW) == 0
        assert tasks.count_open(any_connection) == {TaskKind.CONFLICT: 3}
