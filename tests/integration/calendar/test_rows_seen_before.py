"""Rows that stood in the last file need no second look, and nothing is other than if each had got one."""

from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.calendar_report import ImportReport
from handlers import hearings as staff
from storage import schema
from storage.database import Database
from tests.fixtures.calendars.rows import Calendars, Row, hearing, install, native, row
from tests.fixtures.database import sweep
from tests.fixtures.facts import NOW
from tests.fixtures.properties import examples

ROWS = st.lists(
    st.builds(
        row,
        case_number=st.sampled_from(["3EX-26-00001CR", "3EX-26-00002CR", "3EX-26-00003CR"]),
        hearing_id=st.sampled_from(["", "", "H1"]),
        starts_at=st.sampled_from(["2026-06-05T09:30", "2026-06-16T09:30", "2026-06-17T10:00"]),
        courtroom=st.sampled_from(["1", " 1", "2"]),
        status=st.sampled_from(["scheduled", "scheduled", "cancelled"]),
        party_id=st.sampled_from(["P1", "P2", ""]),
        role=st.sampled_from(["defendant", "victim", "not a role"]),
        phone=st.sampled_from(["907-555-0101", "907-555-0102", ""]),
    ),
    max_size=6,
)
STEP = st.tuples(ROWS, st.sampled_from(["", "", "move", "cancel"]), st.integers(0, 9))
STEPS = st.lists(STEP, min_size=2, max_size=4)


def told(report: ImportReport) -> tuple[object, ...]:
    """Return all that a report counts."""
    return (
        *(report.state, report.rows, report.skipped, report.quarantined, report.repeated, report.ambiguous),
        *(dict(report.hearings), dict(report.parties), dict(report.notices), report.superseded, report.tasks),
    )


def play(db: Database, steps: list[tuple[list[Row], str, int]], *, forgetful: bool) -> tuple[object, ...]:
    """Bring files into an empty database, with the staff's changes between them; return reports and facts."""
    db.write_now(sweep)
    calendars, now = Calendars(db, db.write_now(install)), NOW
    reports = []
    for rows, act, days in steps:
        reports.append(told(calendars.bring(rows, accept_changes=True, now=now)))
        now += timedelta(days=days)
        change(calendars, act)
        if forgetful:
            db.write_now(lambda c: c.execute(update(schema.case).values(fed_rows=None)))
    return reports, calendars.facts()


def change(calendars: Calendars, act: str) -> None:
    """Let staff change the first hearing, if there is one."""
    ids = calendars.column(schema.hearing, "id")
    if act and ids:
        work = partial(staff.cancel, hearing_id=ids[0])
        if act == "move":
            work = partial(staff.move, hearing_id=ids[0], starts_at=NOW + timedelta(days=11))
        calendars.db.write_now(partial(work, staff="clerk", courts=calendars.courts, now=NOW))


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nothing_is_other_than_if_every_row_had_been_looked_at(
    db: Database, steps: list[tuple[list[Row], str, int]]
) -> None:
    assert play(db, steps, forgetful=False) == play(db, steps, forgetful=True)


def remembered(calendars: Calendars) -> list[tuple[bool, int | None]]:
    """Return for each case whether it remembers its rows, and how many hearings they show."""
    return [(rows is not None, shown) for rows, shown in calendars.all(schema.case, "fed_rows", "fed_hearings")]


TWO_HEARINGS = [row(), row(starts_at="2026-06-17T10:00"), row(party_id="P2", role="victim", phone="")]


def test_a_case_remembers_the_rows_of_its_hearings(calendars: Calendars) -> None:
    calendars.bring([*TWO_HEARINGS, hearing(case_number="3EX-26-00002CR")])

    assert remembered(calendars) == [(True, 2), (True, 1)]


def test_rows_seen_before_are_counted_as_ever(calendars: Calendars) -> None:
    first = calendars.bring([*TWO_HEARINGS, TWO_HEARINGS[0]])
    again = calendars.bring([TWO_HEARINGS[0], *TWO_HEARINGS])

    assert (first.rows, first.repeated, again.rows, again.repeated) == (4, 1, 4, 1)
    assert dict(again.hearings) == {"unchanged": 2}


def test_one_changed_row_has_all_rows_of_its_case_looked_at(calendars: Calendars) -> None:
    calendars.bring([*TWO_HEARINGS, hearing(case_number="3EX-26-00002CR")])
    changed = [TWO_HEARINGS[0], TWO_HEARINGS[1] | {"courtroom": "9"}, TWO_HEARINGS[2]]

    report = calendars.bring([*changed, hearing(case_number="3EX-26-00002CR")])

    assert dict(report.hearings) == {"unchanged": 2, "room": 1}
    assert sorted(calendars.column(schema.hearing, "courtroom")) == ["2", "2", "9"]


def test_after_a_change_by_staff_the_same_rows_say_something_new(calendars: Calendars) -> None:
    calendars.bring([row()])
    change(calendars, "move")
    assert remembered(calendars) == [(False, None)]

    report = calendars.bring([row()])

    assert dict(report.hearings) == {"kept": 1}
    assert "staff_change_met" in calendars.tasks()


def test_a_column_that_means_something_else_now_is_read_anew(calendars: Calendars) -> None:
    text = native([row(given_name="Ada", family_name="Lane")])
    calendars.bring(text)
    head, _, body = text.partition(b"\n")
    swapped = head.replace(b"given_name,family_name", b"family_name,given_name") + b"\n" + body

    calendars.bring(swapped)

    assert calendars.opened(schema.person, "given_name", "person.given_name") == ["Lane"]


def test_a_row_that_cannot_be_read_is_set_aside_every_time(calendars: Calendars) -> None:
    rows = [row(), row(starts_at="soon")]

    assert [calendars.bring(rows).quarantined for _ in range(2)] == [1, 1]


def test_a_row_with_a_nul_in_it_is_set_aside_and_the_others_come_in(calendars: Calendars) -> None:
    text = native([row(), row(case_number="3EX-26-00002CR", judge="Mo#ss")]).replace(b"#", b"\0")

    report = calendars.bring(text)

    assert (report.rows, report.quarantined) == (1, 1)
    assert calendars.column(schema.case, "number") == ["3EX-26-00001CR"]


def test_where_the_feed_is_not_clear_nothing_is_remembered(calendars: Calendars) -> None:
    calendars.bring([row(), row(courtroom="3")])

    assert remembered(calendars) == [(False, None)]


def test_a_case_that_the_file_no_longer_shows_forgets_its_rows_and_is_new_when_they_come_back(
    calendars: Calendars,
) -> None:
    others = [hearing(case_number=f"3EX-26-0001{number}CR") for number in range(5)]
    calendars.bring([row(), *others])
    gone = calendars.bring(others)
    back = calendars.bring([row(), *others])

    assert (gone.hearings["gone"], back.hearings["returned"]) == (1, 1)


def test_a_dry_run_remembers_nothing(calendars: Calendars) -> None:
    calendars.bring([row()])
    before = calendars.column(schema.case, "fed_rows")
    calendars.bring([row(courtroom="7")], dry_run=True)

    assert calendars.column(schema.case, "fed_rows") == before
