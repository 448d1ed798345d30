"""Dates and times of feeds: read by a stated order, never guessed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.calendar_time import NoOrderError, StartReader, read_date, read_time
from domain.mapping import DateOrder

MDY, DMY, YMD = DateOrder.MONTH_DAY_YEAR, DateOrder.DAY_MONTH_YEAR, DateOrder.YEAR_MONTH_DAY
ANCHORAGE = ZoneInfo("America/Anchorage")
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("03/04/2026", MDY, date(2026, 3, 4)),
        ("03/04/2026", DMY, date(2026, 4, 3)),
        ("2026/03/04", YMD, date(2026, 3, 4)),
        ("4/19/2019", MDY, date(2019, 4, 19)),
        ("19.4.2019", DMY, date(2019, 4, 19)),
        ("4-19-19", MDY, date(2019, 4, 19)),
        ("2026-03-04", None, date(2026, 3, 4)),
        ("2026-03-04", MDY, date(2026, 3, 4)),
        ("20260304", None, date(2026, 3, 4)),
        (" 2026-03-04T00:00:00 ", None, date(2026, 3, 4)),
        ("2/29/2028", MDY, date(2028, 2, 29)),
    ],
)
def test_a_date_is_read_in_the_stated_order(text: str, order: DateOrder | None, expected: date) -> None:
    assert read_date(text, order) == expected


@pytest.mark.parametrize("text", ["03/04/2026", "3.4.2026", "13/04/2026", "3-4-26", "2026/03/04"])
def test_a_date_without_a_stated_order_is_never_guessed(text: str) -> None:
    with pytest.raises(NoOrderError):
        read_date(text, None)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", MDY),
        ("13/13/2026", MDY),
        ("19/4/2019", MDY),
        ("2/29/2026", MDY),
        ("2026/03/04", MDY),
        ("soon", MDY),
        ("0/1/2026", MDY),
        ("2026-13-01", None),
    ],
)
def test_what_is_no_date_says_so_and_quotes_nothing(text: str, order: DateOrder | None) -> None:
    with pytest.raises(ValueError, match=r"is empty|is not a date") as caught:
        read_date(text, order)

    assert not text or text not in str(caught.value)


def test_a_birth_year_of_two_digits_is_of_no_known_century() -> None:
    with pytest.raises(ValueError, match="not a date"):
        read_date("3/4/11", MDY, of_birth=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:30 am", time(9, 30)),
        (" 2:00 pm", time(14, 0)),
        ("10:00 am", time(10, 0)),
        ("12:15 PM", time(12, 15)),
        ("12:15 a.m.", time(0, 15)),
        ("8:15:00", time(8, 15)),
        ("13:30", time(13, 30)),
        ("13:30 PM", time(13, 30)),
        ("0930", time(9, 30)),
        ("9 AM", time(9, 0)),
        ("Noon", time(12, 0)),
        ("1:30PM", time(13, 30)),
    ],
)
def test_a_time_is_read_as_courts_write_it(text: str, expected: time) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize("text", ["", "null", "TBD", "9", "25:00", "9:75", "930", "0:30 pm", "Bad time"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is empty|is not a time"):
        read_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T09:30", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("2026-12-01T09:30", datetime(2026, 12, 1, 18, 30, tzinfo=UTC)),
        ("2026-06-01 09:30:00", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("2026-06-01T09:30-08:00", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("2026-06-01T17:30Z", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("2026-06-01 9:30 am", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("2026-03-08T02:30", datetime(2026, 3, 8, 11, 30, tzinfo=UTC)),  # skipped: the clock before the change
        ("2026-11-01T01:30", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),  # comes twice: the first of the two
    ],
)
def test_a_start_is_an_instant_on_the_courts_clock(text: str, expected: datetime) -> None:
    assert StartReader(ANCHORAGE, None, midnight_is_real=False).of_one(text) == expected


def test_a_date_and_a_time_column_make_one_instant() -> None:
    reader = StartReader(KYIV, DMY, midnight_is_real=False)

    assert reader.of_two("30.03.2026", "9:00") == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
    assert reader.of_two("30.03.2026", "9:00") == datetime(2026, 3, 30, 6, 0, tzinfo=UTC), "remembered, the same"
    assert reader.of_one("27.03.2026 9:00") == datetime(2026, 3, 27, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "column"),
    [("32.1.2026", "9:00", "date"), ("1.1.2026", "", "time"), ("1.1.2026", "Bad date", "time"), ("", "", "date")],
)
def test_a_start_that_cannot_be_read_names_its_column(day: str, at: str, column: str) -> None:
    with pytest.raises(ValueError, match="is") as caught:
        StartReader(KYIV, DMY, midnight_is_real=False).of_two(day, at)

    assert caught.value.args[1] == column


def test_midnight_is_how_feeds_say_that_no_time_is_set() -> None:
    with pytest.raises(ValueError, match="midnight"):
        StartReader(ANCHORAGE, None, midnight_is_real=False).of_one("2026-06-01T00:00")

    real = StartReader(ANCHORAGE, None, midnight_is_real=True).of_one("2026-06-01T00:00")
    assert real == datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_a_quarter_past_midnight_is_a_time() -> None:
    start = StartReader(ANCHORAGE, None, midnight_is_real=False).of_one("2026-06-01T00:15")

    assert start == datetime(2026, 6, 1, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-06-01", "tomorrow", "", "2026-06-01T25:00"])
def test_a_day_without_a_time_is_no_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|has no"):
        StartReader(ANCHORAGE, None, midnight_is_real=False).of_one(text)


def test_a_start_in_an_order_that_nobody_stated_is_not_guessed() -> None:
    with pytest.raises(NoOrderError):
        StartReader(ANCHORAGE, None, midnight_is_real=False).of_one("03/04/2026 9:00 am")
