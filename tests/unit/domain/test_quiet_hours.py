"""Quiet hours and wall-clock times, through both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.court import QuietHours
from domain.quiet_hours import cannot_wait, is_quiet, next_open, quiet_until
from domain.wall_clock import at_wall_time, local_day

NEW_YORK = ZoneInfo("America/New_York")
ANCHORAGE = ZoneInfo("America/Anchorage")
KYIV = ZoneInfo("Europe/Kyiv")
NIGHT = QuietHours()
NO_JITTER = QuietHours(jitter=timedelta(0))
SIESTA = QuietHours(start=time(12, 30), end=time(14, 0), jitter=timedelta(minutes=10))
NEVER = QuietHours(start=time(9, 0), end=time(9, 0))

ZONES = st.sampled_from(
    [NEW_YORK, ANCHORAGE, KYIV, ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
QUIET = st.builds(QuietHours, start=TIMES, end=TIMES, jitter=st.timedeltas(timedelta(0), timedelta(hours=2)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 6, 1), time(10), NEW_YORK, "2026-06-01T10:00-04:00"),
        (date(2026, 12, 1), time(10), NEW_YORK, "2026-12-01T10:00-05:00"),
        (date(2026, 3, 8), time(2, 30), NEW_YORK, "2026-03-08T03:30-04:00"),
        (date(2026, 11, 1), time(1, 30), NEW_YORK, "2026-11-01T01:30-04:00"),
        (date(2026, 3, 29), time(3, 30), KYIV, "2026-03-29T04:30+03:00"),
        (date(2026, 10, 25), time(3, 30), KYIV, "2026-10-25T03:30+03:00"),
        (date(2028, 2, 29), time(9), ANCHORAGE, "2028-02-29T09:00-09:00"),
    ],
)
def test_a_wall_time_is_one_instant_through_both_clock_changes(
    day: date, at: time, zone: ZoneInfo, expected: str
) -> None:
    assert at_wall_time(day, at, zone) == utc(expected)


@given(INSTANTS, ZONES)
def test_a_wall_time_that_exists_shows_itself_on_the_clock(instant: datetime, zone: ZoneInfo) -> None:
    shown = instant.astimezone(zone)
    found = at_wall_time(shown.date(), shown.time(), zone)
    assert found.utcoffset() == timedelta(0)
    assert found.astimezone(zone).replace(tzinfo=None, fold=0) == shown.replace(tzinfo=None, fold=0)
    assert found <= instant, "of two the first"


def test_the_local_day_is_the_courts_not_ours() -> None:
    assert local_day(utc("2026-06-02T05:00Z"), ANCHORAGE) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("at", "quiet", "expected"),
    [
        ("2026-06-01T19:59-04:00", NIGHT, False),
        ("2026-06-01T20:00-04:00", NIGHT, True),
        ("2026-06-02T03:00-04:00", NIGHT, True),
        ("2026-06-02T07:59-04:00", NIGHT, True),
        ("2026-06-02T08:00-04:00", NIGHT, False),
        ("2026-06-02T12:29-04:00", SIESTA, False),
        ("2026-06-02T12:30-04:00", SIESTA, True),
        ("2026-06-02T14:00-04:00", SIESTA, False),
        ("2026-06-02T23:00-04:00", SIESTA, False),
        ("2026-06-02T09:00-04:00", NEVER, False),
        ("2026-06-02T03:00-04:00", NEVER, False),
    ],
)
def test_quiet_hours_hold_from_their_start_until_their_end(at: str, quiet: QuietHours, *, expected: bool) -> None:
    assert is_quiet(utc(at), quiet, NEW_YORK) is expected


@pytest.mark.parametrize(
    ("at", "zone", "opens"),
    [
        ("2026-03-07T22:00-05:00", NEW_YORK, "2026-03-08T08:00-04:00"),  # the night that loses an hour
        ("2026-10-31T22:00-04:00", NEW_YORK, "2026-11-01T08:00-05:00"),  # the night that has one more
        ("2026-03-29T01:00+02:00", KYIV, "2026-03-29T08:00+03:00"),
        ("2026-06-01T12:00-04:00", NEW_YORK, "2026-06-01T12:00-04:00"),
    ],
)
def test_quiet_hours_end_on_the_courts_clock(at: str, zone: ZoneInfo, opens: str) -> None:
    assert next_open(utc(at), NO_JITTER, zone, seed="x") == utc(opens)


def test_an_end_that_comes_twice_is_the_first_of_the_two() -> None:
    quiet = QuietHours(start=time(20), end=time(1, 30), jitter=timedelta(0))
    assert next_open(utc("2026-11-01T00:30-04:00"), quiet, NEW_YORK, seed="x") == utc("2026-11-01T01:30-04:00")
    assert not is_quiet(utc("2026-11-01T01:10-05:00"), quiet, NEW_YORK), "it has ended once already"


@given(INSTANTS, QUIET, ZONES, st.text(max_size=20))
def test_the_next_open_moment_is_open_not_earlier_and_always_the_same(
    instant: datetime, quiet: QuietHours, zone: ZoneInfo, seed: str
) -> None:
    opens = next_open(instant, quiet, zone, seed=seed)
    assert opens >= instant
    assert opens == next_open(instant, quiet, zone, seed=seed)
    assert not is_quiet(opens, quiet, zone)
    assert next_open(opens, quiet, zone, seed=seed) == opens
    if not is_quiet(instant, quiet, zone):
        assert opens == instant


@given(INSTANTS, ZONES, st.text(max_size=20))
def test_the_jitter_stays_within_its_bound(instant: datetime, zone: ZoneInfo, seed: str) -> None:
    end = quiet_until(instant, NIGHT, zone)
    if end is not None:
        assert timedelta(0) <= next_open(instant, NIGHT, zone, seed=seed) - end < NIGHT.jitter


def test_different_seeds_spread_over_the_jitter() -> None:
    night = utc("2026-06-01T23:00-04:00")
    moments = {next_open(night, NIGHT, NEW_YORK, seed=str(seed)) for seed in range(500)}
    assert len(moments) > 200
    assert max(moments) - min(moments) > NIGHT.jitter * 0.9


@pytest.mark.parametrize(
    ("at", "needed_by", "expected"),
    [
        ("2026-06-01T23:00-04:00", "2026-06-02T09:00-04:00", True),
        ("2026-06-01T23:00-04:00", "2026-06-02T07:00-04:00", True),
        ("2026-06-01T23:00-04:00", "2026-06-02T13:30-04:00", False),
        ("2026-06-01T15:00-04:00", "2026-06-01T16:00-04:00", False),  # nothing to wait for
        ("2026-06-01T23:00-04:00", "2026-06-01T22:00-04:00", False),  # too late anyway
    ],
)
def test_only_what_is_needed_soon_after_quiet_hours_cannot_wait(at: str, needed_by: str, *, expected: bool) -> None:
    assert cannot_wait(utc(at), NIGHT, NEW_YORK, needed_by=utc(needed_by)) is expected
