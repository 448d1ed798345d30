"""The brake: it holds what would move too much or has shrunk too far, and says why in numbers."""

from collections import Counter

import pytest

from domain.court import Brake, Court
from handlers.calendar_brake import Tally, why_held
from storage.courts import Courts


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
