"""Dates and times as feeds write them, turned into instants: by a stated order, never by a guess."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.mapping import DateOrder
from domain.wall_clock import at_wall_time

Part = TypeVar("Part", date, time)
KEPT = 50_000
"""Instants remembered by one reader of one file: a calendar says the same few over and over."""
CENTURY = 2000
TWO_DIGITS = 2
_NUMBERS = re.compile(r"(\d{1,4})([/.\- ])(\d{1,2})\2(\d{1,4})")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.0+)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_MILITARY = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
NOON = 12
_ORDERS = {
    DateOrder.MONTH_DAY_YEAR: (3, 1, 2),
    DateOrder.DAY_MONTH_YEAR: (3, 2, 1),
    DateOrder.YEAR_MONTH_DAY: (1, 2, 3),
}
_PLACES = {1: 1, 2: 3, 3: 4}  # of the three numbers among the groups of _NUMBERS


class NoOrderError(ValueError):
    """A date that is not ISO, in a feed whose mapping does not say in which order its numbers stand."""


def read_date(text: str, order: DateOrder | None, *, of_birth: bool = False) -> date:
    """Read a date: ISO, or by the mapping's `order`. Two digits of a year are of this century, but of no birth.

    Raises:
        NoOrderError: If it is numbers in an order that the mapping does not state.
        ValueError: If it is no date; the message says why.
    """
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    found = _NUMBERS.fullmatch(text)
    if found is None or _is_iso(text):
        return _iso_date(text)
    if order is None:
        raise NoOrderError
    year, month, day = (int(found[_PLACES[place]]) for place in _ORDERS[order])
    written = found[_PLACES[_ORDERS[order][0]]]
    if len(written) == TWO_DIGITS and not of_birth:
        year += CENTURY
    elif len(written) != len("2026"):
        raise ValueError("is not a date in the mapping's order")
    return _date(year, month, day)


def read_time(text: str) -> time:
    """Read a time of day: "9:30 am", " 2:00 pm", "8:15:00", "14:00", "1400", "noon".

    Raises:
        ValueError: If it is none; the message says why.
    """
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    if text.casefold() in {"noon", "12 noon", "12:00 noon"}:
        return time(NOON)
    military = _MILITARY.fullmatch(text)
    if military is not None:
        return time(int(military[1]), int(military[2]))
    found = _TIME.fullmatch(text)
    if found is None or (found[2] is None and found[4] is None):
        raise ValueError("is not a time of day")
    hour, half = int(found[1]), (found[4] or "").lower()
    if half and not 1 <= hour <= NOON:
        if hour > NOON:  # "13:30 PM" is 13:30; "0:15 am" is a quarter past midnight
            half = ""
        elif half == "p":
            raise ValueError("is not a time of day")
    if half:
        hour = hour % NOON + (NOON if half == "p" else 0)
    return _time(hour, int(found[2] or 0), int(found[3] or 0))


class StartReader:
    """Reads starts in one court's zone, and remembers what it has read."""

    def __init__(self, zone: ZoneInfo, order: DateOrder | None, *, midnight_is_real: bool) -> None:
        self._zone = zone
        self._order = order
        self._midnight_is_real = midnight_is_real
        self._known: dict[tuple[str, str], datetime] = {}

    def of_two(self, day: str, at: str) -> datetime:
        """Read a date and a time column into an instant (UTC).

        Raises:
            NoOrderError: If the date cannot be read without an order.
            ValueError: If either is unreadable; its second argument names which: "date" or "time".
        """
        known = self._known.get((day, at))
        if known is None:
            known = self._keep(day, at, self._instant(_named("date", day, self._day), _named("time", at, read_time)))
        return known

    def of_one(self, text: str) -> datetime:
        """Read one column that holds both: ISO 8601, with an offset or on the court's clock; or date, blank, time.

        Raises:
            NoOrderError: If the date cannot be read without an order.
            ValueError: If it is unreadable.
        """
        known = self._known.get((text, ""))
        if known is None:
            known = self._keep(text, "", self._read_one(text.strip()))
        return known

    def _read_one(self, text: str) -> datetime:
        if not text:
            raise ValueError("is empty")
        day, _, at = text.partition(" ")
        if _NUMBERS.fullmatch(day) and "T" not in day and not _is_iso(day):
            return self._instant(self._day(day), read_time(at))
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            if at and _is_iso(day):  # an ISO date with "9:30 am" behind it
                return self._instant(self._day(day), read_time(at))
            raise ValueError("is not a date and time like 2026-06-01T09:00") from None
        if "T" not in text and ":" not in text:
            raise ValueError("has no time of day")
        if found.tzinfo is None:
            return self._instant(found.date(), found.time())
        return found.astimezone(UTC)

    def _day(self, text: str) -> date:
        return read_date(text, self._order)

    def _instant(self, day: date, at: time) -> datetime:
        if at == time(0) and not self._midnight_is_real:
            raise ValueError("says midnight, which is how feeds say that no time is set (see midnight_is_real)", "time")
        return at_wall_time(day, at, self._zone)

    def _keep(self, first: str, second: str, instant: datetime) -> datetime:
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[first, second] = instant
        return instant


def _named(column: str, text: str, read: Callable[[str], Part]) -> Part:
    try:
        return read(text)
    except NoOrderError:
        raise
    except ValueError as error:
        raise ValueError(str(error), column) from None


def _is_iso(day: str) -> bool:
    return len(day) == len("2026-06-01") and day[4] == day[7] == "-"


def _iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text[: len("2026-06-01")] if _is_iso(text[: len("2026-06-01")]) else text)
    except ValueError:
        raise ValueError("is not a date") from None


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("is not a date in the mapping's order") from None


def _time(hour: int, minute: int, second: int) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueError("is not a time of day") from None
