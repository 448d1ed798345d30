"""The brake: it holds what would move too much or has shrunk too far, and says why in numbers."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.calendar_diff import CaseDiff, HearingChange, KnownHearing
from domain.calendar_report import Finding
from domain.calendar_row import HearingFields
from domain.court import Brake, Court
from domain.hearing import Confidentiality, HearingStatus, Mode
from handlers.calendar_brake import Tally, why_held
from handlers.calendar_case import CaseWork
from storage.courts import Courts
from storage.fed_rows import NOT_FED
from storage.staging import Same, StagedCase

FIELDS = HearingFields(
    starts_at=datetime(2026, 6, 15, 17, 30, tzinfo=UTC),
    status=HearingStatus.SCHEDULED,
    courtroom="2",
    place=None,
    mode=Mode.IN_PERSON,
    join_url=None,
    external_id="H1",
    kind="Trial",
    judge=None,
)


@pytest.fixture
def courts(court: Court) -> Courts:
    return Courts({1: court}, {court.key: 1})


def held(courts: Courts, *, upset: int = 0, coming: int = 0, rows: int = 100, last: int | None = None) -> list[str]:
    tally = Tally(upset=Counter({1: upset}))
    return list(why_held(tally, coming={1: coming}, rows=rows, last_rows=last, brake=Brake(), courts=courts))


@pytest.mark.parametrize(("upset", "coming"), [(0, 0), (2, 10), (20, 100), (4, 4), (0, 1000)])
def test_a_calendar_that_moves_few_hearings_goes_in(courts: Courts, upset: int, coming: int) -> None:
    assert held(courts, upset=upset, coming=coming) == []


@pytest.mark.parametrize(("upset", "coming"), [(3, 10), (21, 100), (5, 5), (1000, 1000)])
def test_a_calendar_that_moves_more_than_a_fifth_is_held(courts: Courts, upset: int, coming: int) -> None:
    [why] = held(courts, upset=upset, coming=coming)

    assert f"{upset} of the {coming} coming hearings of example would be moved or cancelled" in why


@pytest.mark.parametrize(("rows", "last"), [(50, 100), (100, None), (1, 4), (200, 100)])
def test_a_file_of_the_usual_size_goes_in(courts: Courts, rows: int, last: int | None) -> None:
    assert held(courts, rows=rows, last=last) == []


@pytest.mark.parametrize(("rows", "last"), [(49, 100), (2, 5), (1, 1000)])
def test_a_file_under_half_of_the_last_one_is_held(courts: Courts, rows: int, last: int) -> None:
    [why] = held(courts, rows=rows, last=last)

    assert f"{rows} readable rows, the last one had {last}" in why


def test_both_reasons_are_said(courts: Courts) -> None:
    assert len(held(courts, upset=10, coming=10, rows=1, last=100)) == 2


# --- what is counted, and where -------------------------------------------------------------------------------


def change(finding: Finding, status: HearingStatus | None = HearingStatus.SCHEDULED) -> HearingChange:
    """What a file says of one hearing that stood in this status; without one, nobody knew it before."""
    known = None if status is None else KnownHearing(id=1, fields=FIELDS._replace(status=status))
    return HearingChange(finding, known, FIELDS)


def tallied(*changes: HearingChange, repeated: int = 0) -> Tally:
    """Count one case with these changes."""
    tally = Tally()
    case = StagedCase((1, "3EX2600001CR"), repeated=repeated)
    tally.count(CaseWork(case, None, CaseDiff(list(changes)), {}, None, Confidentiality.PUBLIC, NOT_FED))
    return tally


@pytest.mark.parametrize("finding", list(Finding), ids=lambda one: one.value)
def test_only_what_takes_people_s_date_away_sets_the_brake(finding: Finding) -> None:
    tally = tallied(change(finding))

    assert tally.findings == {finding: 1}
    assert tally.upset == ({1: 1} if finding in {Finding.CANCELLED, Finding.EARLIER, Finding.LATER} else {})


@pytest.mark.parametrize(
    ("status", "upsets"),
    [(HearingStatus.SCHEDULED, True), (HearingStatus.CANCELLED, False), (HearingStatus.HELD, False), (None, False)],
    ids=["it was on", "it was off already", "it was over", "nobody knew it"],
)
def test_a_hearing_that_nobody_waited_for_upsets_nobody(status: HearingStatus | None, *, upsets: bool) -> None:
    assert bool(tallied(change(Finding.LATER, status)).upset) is upsets


def test_each_court_has_its_own_brake(court: Court) -> None:
    two = Courts({1: court, 2: replace(court, key="second")}, {court.key: 1, "second": 2})
    tally = Tally(upset=Counter({1: 9, 2: 10}))

    [why] = why_held(tally, coming={1: 100, 2: 10}, rows=100, last_rows=None, brake=Brake(), courts=two)

    assert why.startswith("10 of the 10 coming hearings of second "), "nine of a hundred may move"


def test_a_court_whose_calendar_is_empty_is_never_held_for_what_it_moves(courts: Courts) -> None:
    assert held(courts, upset=3, coming=0) == []


@pytest.mark.parametrize(
    ("brake", "is_held"),
    [
        (Brake(moved_share=0.5), False),
        (Brake(moved_share=0.3), False),
        (Brake(moved_share=0.29), True),
        (Brake(moved_share=0.1, at_least=11), False),
        (Brake(moved_share=0.1, at_least=10), True),
    ],
    ids=["half may", "just as many as may", "one too many", "too few to count", "just enough to count"],
)
def test_the_court_s_file_sets_the_brake(courts: Courts, brake: Brake, *, is_held: bool) -> None:
    tally = Tally(upset=Counter({1: 3}))

    why = list(why_held(tally, coming={1: 10}, rows=10, last_rows=None, brake=brake, courts=courts))

    assert bool(why) is is_held


def test_rows_that_are_the_same_are_counted_without_a_look() -> None:
    tally = tallied(change(Finding.NEW, None), repeated=2)

    tally.count_same(Same(rows=40, repeated=3, hearings=30))

    assert tally.findings == {Finding.NEW: 1, Finding.UNCHANGED: 30}
    assert tally.repeated == 5


def test_a_file_without_a_known_row_says_nothing_of_unchanged_ones() -> None:
    tally = Tally()

    tally.count_same(Same(rows=0, repeated=0, hearings=0))

    assert tally.findings == {}
