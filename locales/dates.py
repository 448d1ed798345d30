"""Days and times as people read them: in the court's zone, from explicit patterns, cached by the instant.

A word that depends on the day it is read ("today", "tomorrow") never stands alone: the weekday and the date are always
beside it, and it is left out wherever somebody could read it wrongly.
"""

from datetime import datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name, parse_pattern

from locales.errors import UnspeakableError
from locales.patterns import DatePatterns
from locales.reader import Reader

MORNING = time(4, 0)
"""Before this hour "tomorrow" means two days to two people: at 00:15 many still call it the night before."""

LAST_TOMORROW = time(22, 0)
"""After this hour "tomorrow" is not written: the carrier may hand the text over when the day has changed."""


class Nearness(Enum):
    """Whether a moment may be called today or tomorrow."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    NEITHER = "neither"


def when(reader: Reader, instant: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Say when as it stands in a sentence: "on Monday, May 4, at 9:30 a.m.", "tomorrow, Monday, May 4, at …".

    Raises:
        UnspeakableError: If an instant is naive.
    """
    near = nearness(instant, zone, now=now)
    return _moment(reader, instant, zone, near, with_year=_shows_year(instant, zone, now), in_list=False)


def listed(reader: Reader, instant: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Say when as it stands in a list, or name an old time: "Monday, May 4, 9:30 a.m."."""
    with_year = _shows_year(instant, zone, now)
    return _moment(reader, instant, zone, Nearness.NEITHER, with_year=with_year, in_list=True)


def listed_near(reader: Reader, instant: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Say when after a colon, with today or tomorrow: "tomorrow, Monday, May 4, 9:30 a.m."."""
    near = nearness(instant, zone, now=now)
    return _moment(reader, instant, zone, near, with_year=_shows_year(instant, zone, now), in_list=True)


def day(reader: Reader, instant: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Say the day only: "Monday, May 4"; with the year where it is not the present one."""
    return _day(reader, instant.astimezone(zone), with_year=_shows_year(instant, zone, now))


def clock_time(reader: Reader, instant: datetime, zone: ZoneInfo) -> str:
    """Say the time only: "9:30 a.m."; with the zone for a reader who must be told."""
    return _clock_at(reader, instant, zone)


def nearness(instant: datetime, zone: ZoneInfo, *, now: datetime) -> Nearness:
    """Say whether a coming moment may be called today or tomorrow on the court's wall clock.

    What is past is neither. So is a moment before MORNING of the next day, and one spoken of before MORNING or
    after LAST_TOMORROW: the date alone cannot be misread.
    """
    local, present = _local(instant, zone), _local(now, zone)
    if instant <= now:
        return Nearness.NEITHER
    if local.date() == present.date():
        return Nearness.TODAY
    if local.date() != present.date() + timedelta(days=1):
        return Nearness.NEITHER
    plain = local.time() >= MORNING and MORNING <= present.time() < LAST_TOMORROW
    return Nearness.TOMORROW if plain else Nearness.NEITHER


def _shows_year(instant: datetime, zone: ZoneInfo, now: datetime) -> bool:
    return _local(instant, zone).year != _local(now, zone).year


@lru_cache(maxsize=8192)
def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Read the court's wall clock. A batch shares its `now`, and a calendar its hours: hence the cache."""
    if instant.tzinfo is None:
        raise UnspeakableError("an instant without a zone cannot be told")
    return instant.astimezone(zone)


@lru_cache(maxsize=8192)
def _moment(
    reader: Reader, instant: datetime, zone: ZoneInfo, near: Nearness, *, with_year: bool, in_list: bool
) -> str:
    patterns, local = reader.patterns, instant.astimezone(zone)
    return _form(patterns, near, in_list=in_list).format(
        near=patterns.today if near is Nearness.TODAY else patterns.tomorrow,
        day=_day(reader, local, with_year=with_year, declined=not in_list),
        at=patterns.at_one if patterns.at_one and local.hour % 12 == 1 else patterns.at,
        clock=_clock(reader, local),
    )


def _form(patterns: DatePatterns, near: Nearness, *, in_list: bool) -> str:
    match near:
        case Nearness.TODAY | Nearness.TOMORROW:
            return patterns.near_listed if in_list else patterns.near
        case Nearness.NEITHER:
            return patterns.listed if in_list else patterns.on
        case _:
            assert_never(near)


def _day(reader: Reader, local: datetime, *, with_year: bool, declined: bool = False) -> str:
    patterns = reader.patterns
    weekday = (
        patterns.weekdays_on[local.weekday()] if declined and patterns.weekdays_on else _babel(reader, "EEEE", local)
    )
    date = _babel(reader, patterns.date_with_year if with_year else patterns.date, local)
    return patterns.day.format(weekday=weekday, date=date)


@lru_cache(maxsize=8192)
def _clock_at(reader: Reader, instant: datetime, zone: ZoneInfo) -> str:
    return _clock(reader, _local(instant, zone))


def _clock(reader: Reader, local: datetime) -> str:
    patterns = reader.patterns
    digits = reader.isolate(_babel(reader, patterns.clock, local))
    said = digits
    if patterns.halves is not None:
        said = _half(reader, local).format(digits=digits)
    if not reader.names_zone:
        return said
    zone = get_timezone_name(local, width="long", locale=reader.locale)
    return patterns.zoned.format(clock=said, zone=_plain(zone))


def _half(reader: Reader, local: datetime) -> str:
    patterns = reader.patterns
    match (local.hour, local.minute):
        case (0, 0):
            return patterns.midnight
        case (12, 0):
            return patterns.noon
        case (hour, _):
            before, after = patterns.halves or ("", "")
            return before if hour < 12 else after  # noqa: PLR2004 - noon


def _babel(reader: Reader, pattern: str, local: datetime) -> str:
    return _plain(parse_pattern(pattern).apply(local, reader.locale))


def _plain(text: str) -> str:
    """Replace the narrow and no-break spaces of CLDR: one of them turns an SMS into UCS-2."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")
