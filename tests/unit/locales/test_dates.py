"""Days and times as people read them, in four languages, at every hour that has ever sent somebody away."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import dates
from locales.dates import Nearness
from locales.errors import UnspeakableError
from locales.reader import LANGUAGES, reader

ALASKA = ZoneInfo("America/Anchorage")
NEW_YORK = ZoneInfo("America/New_York")
KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)


def local(zone: ZoneInfo, *when: int) -> datetime:
    """Return the instant at which the court's wall clock shows `when`."""
    year, month, day, hour, minute = when
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


GOLDEN = [
    # language, wall clock in Alaska, in a sentence, in a list
    ("en", (2026, 5, 4, 9, 30), "on Monday, May 4, at 9:30 a.m.", "Monday, May 4, 9:30 a.m."),
    ("en", (2026, 5, 4, 13, 0), "on Monday, May 4, at 1:00 p.m.", "Monday, May 4, 1:00 p.m."),
    ("en", (2026, 5, 4, 12, 0), "on Monday, May 4, at 12:00 p.m. (noon)", "Monday, May 4, 12:00 p.m. (noon)"),
    ("en", (2026, 5, 4, 0, 0), "on Monday, May 4, at 12:00 a.m. (midnight)", "Monday, May 4, 12:00 a.m. (midnight)"),
    ("en", (2026, 5, 4, 0, 15), "on Monday, May 4, at 12:15 a.m.", "Monday, May 4, 12:15 a.m."),
    ("en", (2026, 5, 4, 23, 59), "on Monday, May 4, at 11:59 p.m.", "Monday, May 4, 11:59 p.m."),
    ("en", (2028, 2, 29, 8, 5), "on Tuesday, February 29, 2028, at 8:05 a.m.", "Tuesday, February 29, 2028, 8:05 a.m."),
    ("en", (2026, 12, 31, 16, 0), "on Thursday, December 31, at 4:00 p.m.", "Thursday, December 31, 4:00 p.m."),
    ("es", (2026, 5, 4, 9, 30), "el lunes 4 de mayo a las 9:30 a. m.", "lunes 4 de mayo, 9:30 a. m."),
    ("es", (2026, 5, 6, 13, 0), "el miércoles 6 de mayo a la 1:00 p. m.", "miércoles 6 de mayo, 1:00 p. m."),
    ("es", (2026, 5, 9, 1, 45), "el sábado 9 de mayo a la 1:45 a. m.", "sábado 9 de mayo, 1:45 a. m."),
    (
        "es",
        (2026, 5, 4, 12, 0),
        "el lunes 4 de mayo a las 12:00 p. m. (mediodía)",
        "lunes 4 de mayo, 12:00 p. m. (mediodía)",
    ),
    (
        "es",
        (2028, 2, 29, 8, 5),
        "el martes 29 de febrero de 2028 a las 8:05 a. m.",
        "martes 29 de febrero de 2028, 8:05 a. m.",
    ),
    ("es", (2026, 12, 31, 16, 0), "el jueves 31 de diciembre a las 4:00 p. m.", "jueves 31 de diciembre, 4:00 p. m."),
    ("ru", (2026, 5, 4, 9, 30), "в понедельник, 4 мая, в 09:30", "понедельник, 4 мая, 09:30"),
    ("ru", (2026, 5, 5, 13, 0), "во вторник, 5 мая, в 13:00", "вторник, 5 мая, 13:00"),
    ("ru", (2026, 5, 6, 0, 0), "в среду, 6 мая, в 00:00", "среда, 6 мая, 00:00"),
    ("ru", (2026, 5, 8, 12, 0), "в пятницу, 8 мая, в 12:00", "пятница, 8 мая, 12:00"),
    ("ru", (2028, 2, 29, 8, 5), "во вторник, 29 февраля 2028 года, в 08:05", "вторник, 29 февраля 2028 года, 08:05"),
    ("ru", (2026, 12, 31, 16, 0), "в четверг, 31 декабря, в 16:00", "четверг, 31 декабря, 16:00"),
    (
        "ar",
        (2026, 5, 4, 9, 30),
        "يوم الاثنين 4 مايو الساعة \u20669:30\u2069 صباحًا",
        "الاثنين 4 مايو، \u20669:30\u2069 صباحًا",
    ),
    (
        "ar",
        (2026, 5, 4, 13, 0),
        "يوم الاثنين 4 مايو الساعة \u20661:00\u2069 مساءً",
        "الاثنين 4 مايو، \u20661:00\u2069 مساءً",
    ),
    (
        "ar",
        (2026, 5, 4, 12, 0),
        "يوم الاثنين 4 مايو الساعة \u206612:00\u2069 ظهرًا",
        "الاثنين 4 مايو، \u206612:00\u2069 ظهرًا",
    ),
    (
        "ar",
        (2028, 2, 29, 8, 5),
        "يوم الثلاثاء 29 فبراير 2028 الساعة \u20668:05\u2069 صباحًا",
        "الثلاثاء 29 فبراير 2028، \u20668:05\u2069 صباحًا",
    ),
]


@pytest.mark.parametrize(("language", "wall", "sentence", "in_list"), GOLDEN)
def test_a_moment_reads_exactly_so(language: str, wall: tuple[int, ...], sentence: str, in_list: str) -> None:
    instant = local(ALASKA, *wall)
    assert dates.when(reader(language), instant, ALASKA, now=NOW) == sentence
    assert dates.listed(reader(language), instant, ALASKA, now=NOW) == in_list


@pytest.mark.parametrize(
    ("language", "today", "tomorrow"),
    [
        ("en", "today, Monday, May 4, at 9:30 a.m.", "tomorrow, Monday, May 4, at 9:30 a.m."),
        ("es", "hoy, lunes 4 de mayo, a las 9:30 a. m.", "mañana, lunes 4 de mayo, a las 9:30 a. m."),
        ("ru", "сегодня, в понедельник, 4 мая, в 09:30", "завтра, в понедельник, 4 мая, в 09:30"),
        (
            "ar",
            "اليوم، الاثنين 4 مايو، الساعة \u20669:30\u2069 صباحًا",
            "غدًا، الاثنين 4 مايو، الساعة \u20669:30\u2069 صباحًا",
        ),
    ],
)
def test_today_and_tomorrow_stand_beside_weekday_and_date(language: str, today: str, tomorrow: str) -> None:
    instant = local(ALASKA, 2026, 5, 4, 9, 30)
    assert dates.when(reader(language), instant, ALASKA, now=local(ALASKA, 2026, 5, 4, 7, 0)) == today
    assert dates.when(reader(language), instant, ALASKA, now=local(ALASKA, 2026, 5, 3, 18, 0)) == tomorrow
    near = dates.listed_near(reader(language), instant, ALASKA, now=local(ALASKA, 2026, 5, 3, 18, 0))
    assert near.endswith(dates.listed(reader(language), instant, ALASKA, now=NOW))
    assert near != dates.listed(reader(language), instant, ALASKA, now=NOW)


@pytest.mark.parametrize(
    ("starts", "now", "expected"),
    [
        ((2026, 5, 5, 9, 0), (2026, 5, 4, 18, 0), Nearness.TOMORROW),
        ((2026, 5, 5, 0, 15), (2026, 5, 4, 18, 0), Nearness.NEITHER),  # many still call it the night before
        ((2026, 5, 5, 3, 59), (2026, 5, 4, 18, 0), Nearness.NEITHER),
        ((2026, 5, 5, 4, 0), (2026, 5, 4, 18, 0), Nearness.TOMORROW),
        ((2026, 5, 5, 9, 0), (2026, 5, 4, 21, 59), Nearness.TOMORROW),
        ((2026, 5, 5, 9, 0), (2026, 5, 4, 22, 0), Nearness.NEITHER),  # may be read after midnight
        ((2026, 5, 5, 9, 0), (2026, 5, 4, 1, 0), Nearness.NEITHER),  # who is up at one means the day that comes
        ((2026, 5, 5, 9, 0), (2026, 5, 5, 0, 5), Nearness.TODAY),
        ((2026, 5, 5, 9, 0), (2026, 5, 5, 8, 59), Nearness.TODAY),
        ((2026, 5, 5, 9, 0), (2026, 5, 5, 9, 0), Nearness.NEITHER),  # it has begun
        ((2026, 5, 5, 9, 0), (2026, 5, 6, 9, 0), Nearness.NEITHER),
        ((2026, 5, 6, 9, 0), (2026, 5, 4, 12, 0), Nearness.NEITHER),
        ((2026, 3, 8, 9, 0), (2026, 3, 7, 12, 0), Nearness.TOMORROW),  # the day of 23 hours
        ((2026, 11, 1, 23, 30), (2026, 10, 31, 12, 0), Nearness.TOMORROW),  # the day of 25 hours
        ((2027, 1, 1, 9, 0), (2026, 12, 31, 12, 0), Nearness.TOMORROW),
        ((2028, 2, 29, 9, 0), (2028, 2, 28, 12, 0), Nearness.TOMORROW),
    ],
)
def test_tomorrow_is_said_only_when_nobody_can_misread_it(
    starts: tuple[int, ...], now: tuple[int, ...], expected: Nearness
) -> None:
    assert dates.nearness(local(ALASKA, *starts), ALASKA, now=local(ALASKA, *now)) is expected


def test_the_days_are_those_of_the_court_and_not_of_utc() -> None:
    starts = local(ALASKA, 2026, 5, 5, 9, 0)
    evening = local(ALASKA, 2026, 5, 4, 20, 0)
    assert evening.date() == starts.date(), "in UTC they are one day"
    assert dates.nearness(starts, ALASKA, now=evening) is Nearness.TOMORROW


@pytest.mark.parametrize(
    ("zone", "utc", "expected"),
    [
        (NEW_YORK, datetime(2026, 3, 7, 14, 0, tzinfo=UTC), "Saturday, March 7, 9:00 a.m."),
        (NEW_YORK, datetime(2026, 3, 9, 13, 0, tzinfo=UTC), "Monday, March 9, 9:00 a.m."),
        (NEW_YORK, datetime(2026, 10, 30, 13, 0, tzinfo=UTC), "Friday, October 30, 9:00 a.m."),
        (NEW_YORK, datetime(2026, 11, 2, 14, 0, tzinfo=UTC), "Monday, November 2, 9:00 a.m."),
        (NEW_YORK, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "Sunday, November 1, 1:30 a.m."),
        (NEW_YORK, datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "Sunday, November 1, 1:30 a.m."),
        (KYIV, datetime(2026, 3, 30, 6, 0, tzinfo=UTC), "Monday, March 30, 9:00 a.m."),
        (ALASKA, datetime(2027, 1, 1, 8, 59, tzinfo=UTC), "Thursday, December 31, 11:59 p.m."),
        (ALASKA, datetime(2027, 1, 1, 9, 0, tzinfo=UTC), "Friday, January 1, 2027, 12:00 a.m. (midnight)"),
    ],
)
def test_clock_changes_and_year_ends_keep_the_wall_clock_of_the_court(
    zone: ZoneInfo, utc: datetime, expected: str
) -> None:
    assert dates.listed(reader("en"), utc, zone, now=NOW) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "9:30 a.m. Alaska Daylight Time"),
        ("es", "9:30 a. m., hora de verano de Alaska"),
        ("ru", "09:30, Аляска, летнее время"),
        ("ar", "\u20669:30\u2069 صباحًا، توقيت ألاسكا الصيفي"),
    ],
)
def test_the_zone_is_named_to_a_reader_from_elsewhere(language: str, expected: str) -> None:
    instant = local(ALASKA, 2026, 5, 4, 9, 30)
    assert dates.clock_time(reader(language, names_zone=True), instant, ALASKA) == expected
    assert expected in dates.when(reader(language, names_zone=True), instant, ALASKA, now=NOW)
    assert dates.clock_time(reader(language), instant, ALASKA) in expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "Monday, May 4"), ("es", "lunes 4 de mayo"), ("ru", "понедельник, 4 мая")]
)
def test_a_day_can_be_named_alone(language: str, expected: str) -> None:
    assert dates.day(reader(language), local(ALASKA, 2026, 5, 4, 9, 30), ALASKA, now=NOW) == expected


def test_a_naive_instant_is_refused() -> None:
    naive = datetime(2026, 5, 4, 9, 30)  # noqa: DTZ001 - the very thing that must be refused
    with pytest.raises(UnspeakableError):
        dates.when(reader("en"), naive, ALASKA, now=NOW)
    with pytest.raises(UnspeakableError):
        dates.clock_time(reader("en"), naive, ALASKA)


instants = st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
RELATIVE = {"en": ("today", "tomorrow"), "es": ("hoy", "mañana"), "ru": ("сегодня", "завтра"), "ar": ("اليوم", "غدًا")}


@given(
    instant=instants, ahead=st.timedeltas(timedelta(days=-2), timedelta(days=4)), language=st.sampled_from(LANGUAGES)
)
def test_a_relative_word_is_never_false_and_never_alone(instant: datetime, ahead: timedelta, language: str) -> None:
    now = instant - ahead
    said = dates.when(reader(language), instant, ALASKA, now=now)
    today, tomorrow = RELATIVE[language]
    days = (instant.astimezone(ALASKA).date() - now.astimezone(ALASKA).date()).days
    assert not said.startswith(today) or (days == 0 and instant > now)
    assert not said.startswith(tomorrow) or days == 1
    assert str(instant.astimezone(ALASKA).day) in said


@pytest.mark.parametrize(
    ("zone", "hour", "expected"),
    [
        (NEW_YORK, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "1:30 a.m. Eastern Daylight Time"),
        (NEW_YORK, datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "1:30 a.m. Eastern Standard Time"),
        (ZoneInfo("America/Chicago"), datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "1:30 a.m. Central Daylight Time"),
        (ZoneInfo("America/Indiana/Indianapolis"), datetime(2026, 7, 1, 14, tzinfo=UTC), "10:00 a.m. GMT-04:00"),
        (ZoneInfo("America/Indiana/Indianapolis"), datetime(2026, 1, 1, 14, tzinfo=UTC), "9:00 a.m. GMT-05:00"),
    ],
)
def test_one_hour_is_named_by_its_own_zone_and_side_of_the_clock_change(
    zone: ZoneInfo, hour: datetime, expected: str
) -> None:
    assert dates.clock_time(reader("en", names_zone=True), hour, zone) == expected


@given(instant=instants, language=st.sampled_from(LANGUAGES), names_zone=st.booleans())
def test_no_date_holds_a_narrow_space_or_a_foreign_digit(instant: datetime, language: str, *, names_zone: bool) -> None:
    asked = reader(language, names_zone=names_zone)
    said = dates.when(asked, instant, ALASKA, now=NOW) + dates.listed(asked, instant, ALASKA, now=NOW)
    assert not set(said) & set("\u202f\u00a0\u2009{}")
    assert all(character in "0123456789" for character in said if character.isdigit())
    assert said.count("\u2066") == said.count("\u2069") == (2 if language == "ar" else 0)
    if language == "en":
        assert said.isascii()
