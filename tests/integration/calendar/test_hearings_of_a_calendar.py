"""Hearings through imports: new, moved, cancelled, gone, kept; and what people are then told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar_report import ImportReport, RunState
from domain.hearing import Confidentiality, HearingStatus
from domain.notice import NoticeKind, NoticeState
from handlers import hearings as staff
from storage import schema
from tests.fixtures.calendars.rows import Calendars, Row, hearing, row
from tests.fixtures.facts import NOW

START = datetime(2026, 6, 15, 17, 30, tzinfo=UTC)  # 9:30 in Anchorage


def counts(report: ImportReport) -> dict[str, int]:
    assert report.state is RunState.APPLIED, report.why
    return dict(report.hearings)


def test_a_calendar_comes_in_with_its_people_and_their_four_texts(calendars: Calendars) -> None:
    report = calendars.bring([row()])

    assert counts(report) == {"new": 1}
    assert report.notices == {"hearing_set": 1, "reminder": 3}
    assert calendars.all(schema.hearing, "starts_at", "courtroom", "judge", "revision", "feed") == [
        (START, "2", "Moss", 1, "example/native")
    ]
    assert calendars.all(schema.hearing_revision, "revision", "source") == [(1, f"import:{report.run_id}")]
    assert calendars.notices() == {("hearing_set", "planned"): 1, ("reminder", "planned"): 3}
    assert calendars.all(schema.import_run, "rows", "state") == [(1, "applied")]
    assert calendars.column(schema.audit_event, "action") == ["import.applied"]


def test_the_differences_are_shown_before_anything_is_applied(calendars: Calendars) -> None:
    before: list[int] = []

    calendars.shown = _Watching(lambda: before.append(calendars.count(schema.hearing)))
    calendars.bring([row()])

    assert before == [0]


def test_the_same_file_again_changes_nothing(calendars: Calendars) -> None:
    rows = [row(), row(party_id="P2", role="victim", phone="907-555-0102"), hearing(case_number="3EX-26-00002CR")]
    calendars.bring(rows)
    before = {table.name: calendars.all(table, *table.columns.keys()) for table in TOUCHED}

    report = calendars.bring(rows, now=NOW + timedelta(hours=24))

    assert counts(report) == {"unchanged": 2}
    assert (report.notices, report.parties, report.superseded, report.tasks) == ({}, {}, 0, 0)
    assert {table.name: calendars.all(table, *table.columns.keys()) for table in TOUCHED} == before


def test_a_file_is_seen_even_where_nothing_changed(calendars: Calendars) -> None:
    calendars.bring([row()])
    calendars.bring([row()], now=NOW + timedelta(days=1))

    assert dict(calendars.all(schema.court, "key", "feed_seen_at")) == {
        "example": NOW + timedelta(days=1),
        "second": None,
    }


@pytest.mark.parametrize("ids", ["with the feed's ids", "by case, kind and start"])
@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"starts_at": "2026-06-12T09:30"}, "moved_earlier"),
        ({"starts_at": "2026-06-18T09:30"}, "moved_later"),
        ({"courtroom": "3"}, "room"),
        ({"mode": "video", "join_url": "https://video.example/1"}, "mode"),
        ({"status": "vacated"}, "cancelled"),
    ],
)
def test_a_change_is_a_revision_and_what_was_planned_for_the_old_one_is_overtaken(
    calendars: Calendars, change: Row, finding: str, ids: str
) -> None:
    first = row(hearing_id="H1") if ids.startswith("with") else row()
    calendars.bring([first])

    report = calendars.bring([{**first, **change}])

    assert counts(report) == {finding: 1}
    assert calendars.column(schema.hearing, "revision") == [2]
    assert calendars.count(schema.hearing_revision) == 2
    waiting = calendars.all(schema.notice, "state", "revision")
    assert all(revision == 2 for state, revision in waiting if state is NoticeState.PLANNED)
    assert finding != "cancelled" or not [state for state, _ in waiting if state is NoticeState.PLANNED]


def test_a_hearing_that_is_back_on_is_reinstated(calendars: Calendars) -> None:
    for status in ("scheduled", "cancelled", "scheduled"):
        report = calendars.bring([row(status=status)])

    assert counts(report) == {"reinstated": 1}
    assert calendars.column(schema.hearing, "revision") == [3]


def test_another_judge_is_nobodys_news(calendars: Calendars) -> None:
    calendars.bring([row()])

    report = calendars.bring([row(judge="Reed")])

    assert counts(report) == {"details": 1}
    assert (report.notices, report.superseded) == ({}, 0)
    assert calendars.all(schema.hearing, "judge", "revision") == [("Reed", 1)]


def test_what_the_feed_no_longer_shows_is_gone_and_not_cancelled(calendars: Calendars) -> None:
    calendars.bring([row(), row(case_number="3EX-26-00002CR", starts_at="2026-06-14T09:30")])
    planned = calendars.notices()

    report = calendars.bring([row()])

    assert counts(report) == {"gone": 1, "unchanged": 1}
    assert calendars.column(schema.hearing, "status") == [HearingStatus.SCHEDULED] * 2
    assert [gone is not None for gone in calendars.column(schema.hearing, "gone_at")] == [False, True]
    assert calendars.notices() == planned, "nobody is told, and nothing is taken back"
    assert counts(calendars.bring([row()])) == {"unchanged": 1}, "it goes once"
    back = calendars.bring([row(), row(case_number="3EX-26-00002CR", starts_at="2026-06-14T09:30")])
    assert counts(back) == {"returned": 1, "unchanged": 1}
    assert calendars.column(schema.hearing, "gone_at") == [None, None]


def test_two_feeds_of_one_court_do_not_take_each_other_for_gone(small: Calendars) -> None:
    small.bring(b"event_dt,event,courtroom,start_tm,case_no\n06/15/2026,Plea,2,9:00 am,1\n", court="third")

    minor = b"event_dt,crtroom,start_tm,ticket_nbr\n06/15/2026,2,9:00 am,A1\n"
    assert counts(small.bring(minor, court="third")) == {"new": 1}

    assert small.column(schema.hearing, "gone_at") == [None, None]
    assert small.column(schema.hearing, "feed") == ["third/criminal", "third/minor"]


def test_a_hearing_that_moved_is_the_same_hearing_only_where_nothing_else_can_be_meant(calendars: Calendars) -> None:
    calendars.bring([row(), row(starts_at="2026-06-16T09:30")])

    report = calendars.bring([row(starts_at="2026-06-17T09:30"), row(starts_at="2026-06-18T09:30")])

    assert counts(report) == {"new": 2, "gone": 2}
    assert report.ambiguous == 2
    assert calendars.tasks().count("ambiguous_hearing") == 2
    assert calendars.column(schema.hearing, "revision") == [1, 1, 1, 1]


def test_one_hearing_stated_in_two_rooms_is_kept_once_and_reported(calendars: Calendars) -> None:
    report = calendars.bring([row(courtroom="3"), row(courtroom="2")])

    assert (counts(report), report.ambiguous) == ({"new": 1}, 1)
    assert calendars.column(schema.hearing, "courtroom") == ["2"]
    assert calendars.tasks() == ["ambiguous_hearing"]
    assert calendars.bring([row(courtroom="2"), row(courtroom="3")]).tasks == 0, "the desk is asked once"


def test_rows_that_stand_there_twice_are_one(calendars: Calendars) -> None:
    report = calendars.bring([row(), row(), row()])

    assert (counts(report), report.rows, report.repeated) == ({"new": 1}, 3, 2)
    assert calendars.count(schema.hearing_party) == 1


def test_one_number_in_two_courts_is_two_cases(calendars: Calendars) -> None:
    calendars.bring([hearing(), hearing(court="second")])

    assert calendars.count(schema.case) == 2
    assert len(set(calendars.column(schema.case, "court_id"))) == 2


def test_one_number_written_in_two_ways_is_one_case(calendars: Calendars) -> None:
    calendars.bring([hearing(), hearing(case_number="3ex 26 00001 cr", starts_at="2026-06-16T09:30")])

    assert calendars.all(schema.case, "number", "folded") == [("3EX-26-00001CR", "3EX2600001CR")]
    assert calendars.count(schema.hearing) == 2


def test_staff_are_not_overruled_by_the_feed(calendars: Calendars) -> None:
    calendars.bring([row()])
    moved = START + timedelta(days=2)
    calendars.db.write_now(lambda c: staff.move(c, 1, moved, staff="clerk", courts=calendars.courts, now=NOW))

    first, again = calendars.bring([row()]), calendars.bring([row()])

    assert counts(first) == counts(again) == {"kept": 1}
    assert calendars.all(schema.hearing, "starts_at", "revision") == [(moved, 2)]
    assert calendars.tasks() == ["staff_change_met"], "the desk is asked once"
    [note] = calendars.opened(schema.task, "note", "task.note")
    assert note == "The feed says 2026-06-15 09:30, scheduled, 2."
    assert counts(calendars.bring([row(starts_at="2026-06-17T09:30")])) == {"unchanged": 1}, "the feed has followed"


def test_a_case_that_becomes_sealed_is_sealed(calendars: Calendars) -> None:
    calendars.bring([row()])

    report = calendars.bring([row(confidentiality="sealed")])

    assert counts(report) == {"unchanged": 1}
    assert calendars.column(schema.case, "confidentiality") == [Confidentiality.SEALED]
    calendars.bring([row(confidentiality="")])
    assert calendars.column(schema.case, "confidentiality") == [Confidentiality.SEALED], "silence opens nothing"


def test_of_two_words_about_one_case_the_more_closed_one_holds(calendars: Calendars) -> None:
    calendars.bring([row(confidentiality="public"), row(party_id="P2", confidentiality="juvenile")])

    assert calendars.column(schema.case, "confidentiality") == [Confidentiality.JUVENILE]


def test_a_hearing_too_near_for_reminders_gets_one_text_and_a_call(calendars: Calendars) -> None:
    report = calendars.bring([row(starts_at="2026-06-01T13:00")])

    assert report.notices == {"short_notice": 1}
    assert calendars.tasks() == ["short_notice_call"]


def test_people_told_of_a_hearing_are_told_that_it_moved(calendars: Calendars) -> None:
    calendars.bring([row()])
    sent = {"state": NoticeState.DELIVERED, "left_at": NOW}
    is_set = schema.notice.c.kind == NoticeKind.HEARING_SET
    calendars.db.write_now(lambda c: c.execute(schema.notice.update().where(is_set).values(sent)))

    report = calendars.bring([row(starts_at="2026-06-12T09:30")])

    assert report.notices["change"] == 1
    assert ("change", "planned") in calendars.notices()


@pytest.mark.parametrize("feed", ["complete", "not complete"])
def test_absence_from_a_complete_feed_is_a_cancellation_within_its_days(small: Calendars, feed: str) -> None:
    complete = feed == "complete"
    court_id = small.courts.id_of("third")
    court = small.courts[court_id]
    mapping = {**court.mappings["criminal"], "complete": complete}
    small.courts = replace(
        small.courts, by_id={**small.courts.by_id, court_id: replace(court, mappings={"x": mapping})}
    )
    head = "event_dt,event,courtroom,start_tm,case_no\n"
    rows = [f"06/{day:02}/2026,Plea,2,9:00 am,{day}\n" for day in (10, 11, 12, 13, 14, 15, 20)]
    small.bring((head + "".join(rows)).encode(), court="third")

    report = small.bring(
        (head + "".join(row for row in rows if "/11/" not in row and "/20/" not in row)).encode(), court="third"
    )

    assert counts(report) == {"unchanged": 5} | ({"cancelled": 1} if complete else {"gone": 2})


def test_a_hearing_id_names_one_hearing_in_each_of_its_cases(calendars: Calendars) -> None:
    """A consolidated hearing: co-defendants with cases of their own, one event of the court's system."""
    calendars.bring([row(hearing_id="H1"), row(hearing_id="H1", case_number="3EX-26-00002CR", party_id="P2")])

    assert calendars.column(schema.hearing, "external_id") == ["H1", "H1"]


class _Watching(list[ImportReport]):
    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    def append(self, report: ImportReport) -> None:
        self._look()
        super().append(report)


TOUCHED = (
    *(schema.case, schema.hearing, schema.hearing_revision, schema.hearing_party, schema.participation),
    *(schema.person, schema.endpoint, schema.person_endpoint, schema.consent_event, schema.notice, schema.task),
)
