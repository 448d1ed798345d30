"""Wall-clock arithmetic: what a courthouse clock shows, turned into instants through both clock changes."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=16384)  # an import asks for the same few hundred again and again
def at_wall_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which the clocks of `zone` show `at` on `day`.

    A wall time that a clock change skips is read by the clock before the change: 02:30 becomes 03:30. One that
    comes twice is the first of the two.
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), zone).astimezone(UTC)


@lru_cache(maxsize=16384)
def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day that people in `zone` live through at `instant`."""
    return instant.astimezone(zone).date()
