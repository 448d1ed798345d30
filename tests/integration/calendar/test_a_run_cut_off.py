"""An import that is cut off, or meets others at work: harmless, and finished by running it again."""

from functools import partial

import pytest
from sqlalchemy import Connection, select

from domain.calendar_report import RunState
from domain.hearing import HearingStatus
from handlers import hearings as staff
from storage import heartbeats, schema, staging
from tests.fixtures.calendars.rows import Calendars, row
from tests.fixtures.facts import NOW

ROWS = [
    row(case_number=f"3EX-26-{number:05}CR", party_id=f"P{number}", phone=f"907-555-01{number:02}")
    for number in range(30)
]


class CutOffError(Exception):
    """The power goes."""


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply a few cases a unit of work."""
    monkeypatch.setattr(staging, "CHUNK", 10)


def cut_off(calendars: Calendars, *, after: int) -> None:
    """Import ROWS and stop after so many rows were applied."""

    def progress(step: str, done: int) -> None:
        if step == "applying" and done >= after:
            raise CutOffError

    with pytest.raises(CutOffError):
        calendars.bring(ROWS, progress=progress)


@pytest.mark.usefixtures("in_small_steps")
def test_a_run_that_was_cut_off_is_finished_by_importing_again(calendars: Calendars) -> None:
    cut_off(calendars, after=10)
    assert 0 < calendars.count(schema.hearing) < 30
    assert calendars.column(schema.import_run, "state") == ["applying"]
    assert dict(calendars.all(schema.court, "key", "feed_seen_at"))["example"] is None, "it was not seen to its end"

    report = calendars.bring(ROWS)

    assert report.state is RunState.APPLIED
    assert report.hearings["new"] + report.hearings["unchanged"] == 30
    assert calendars.count(schema.hearing) == calendars.count(schema.person) == 30
    assert calendars.notices() == {("hearing_set", "planned"): 30, ("reminder", "planned"): 90}
    assert calendars.column(schema.import_run, "state") == ["applying", "applied"]


@pytest.mark.usefixtures("in_small_steps")
def test_what_is_applied_in_steps_is_what_is_applied_at_once(calendars: Calendars) -> None:
    report = calendars.bring(ROWS)

    assert report.hearings == {"new": 30}
    assert report.notices == {"hearing_set": 30, "reminder": 90}
    assert calendars.bring(ROWS).hearings == {"unchanged": 30}
    assert calendars.bring(ROWS[:20], accept_changes=True).hearings == {"unchanged": 20, "gone": 10}


@pytest.mark.usefixtures("in_small_steps")
def test_others_write_while_a_calendar_comes_in(calendars: Calendars) -> None:
    def beat(step: str, done: int) -> None:
        if step == "applying":
            calendars.db.write_now(partial(heartbeats.beat, name=f"clock {done}", now=NOW))

    report = calendars.bring(ROWS, progress=beat)

    assert report.hearings == {"new": 30}
    beats = set(calendars.db.read_now(heartbeats.read))
    assert beats == {f"clock {done}" for done in range(5, 31, 5)}, "one after each step, none after the whole"


def test_what_staff_did_while_the_file_was_compared_is_seen_before_it_is_applied(calendars: Calendars) -> None:
    calendars.bring([row(hearing_id="H1")])

    def interfere(connection: Connection) -> None:
        [hearing_id] = connection.execute(select(schema.hearing.c.id)).scalars()
        staff.cancel(connection, hearing_id, staff="clerk", courts=calendars.courts, now=NOW)

    class Shown(list[object]):
        def append(self, report: object) -> None:
            super().append(report)
            calendars.db.write_now(interfere)

    calendars.shown = Shown()  # type: ignore[assignment]  # only ever appended to
    calendars.bring([row(hearing_id="H1", starts_at="2026-06-12T09:30")])

    assert calendars.all(schema.hearing, "status", "revision") == [(HearingStatus.CANCELLED, 2)]
    assert "staff_change_met" in calendars.tasks()
