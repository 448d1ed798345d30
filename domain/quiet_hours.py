"""Quiet hours: when a court sends nothing that can wait, on its own wall clock."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from domain.court import QuietHours
from domain.wall_clock import at_wall_time, local_day

DAY = timedelta(days=1)
GETTING_READY = timedelta(hours=2)
"""How long before they must act people need to know: what leaves later than this is no use to them."""


def is_quiet(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Return whether `instant` lies in the court's quiet hours; the first minute of them does, the end does not."""
    return quiet_until(instant, quiet, zone) is not None


@lru_cache(maxsize=16384)  # an import asks for the same few hundred again and again
def quiet_until(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours around `instant` end (UTC), or None when it is not in them."""
    until = None
    while (end := _window_end(until or instant, quiet, zone)) is not None:
        until = end
    return until


def next_open(instant: datetime, quiet: QuietHours, zone: ZoneInfo, *, seed: str) -> datetime:
    """Return `instant` if it is open, else a moment soon after the quiet hours end (UTC).

    How soon comes from `seed`, not from chance: the same seed always gets the same moment, different seeds spread
    over `quiet.jitter`, so that a morning does not begin with one herd.
    """
    end = quiet_until(instant, quiet, zone)
    return instant if end is None else spread(end, quiet, zone, seed=seed)


def spread(opening: datetime, quiet: QuietHours, zone: ZoneInfo, *, seed: str) -> datetime:
    """Return the moment after an opening at which it is the turn of whom the seed stands for."""
    moment = opening + _jitter(seed, quiet.jitter)
    return opening if is_quiet(moment, quiet, zone) else moment


def cannot_wait(instant: datetime, quiet: QuietHours, zone: ZoneInfo, *, needed_by: datetime) -> bool:
    """Return whether keeping quiet at `instant` would tell people too late for `needed_by`: not GETTING_READY before.

    False when it is not quiet, and when `needed_by` has passed: there is nothing left to be in time for.
    """
    end = quiet_until(instant, quiet, zone)
    return end is not None and instant < needed_by < end + quiet.jitter + GETTING_READY


def _window_end(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime | None:
    today = local_day(instant, zone)
    for day in (today - DAY, today):
        start, end = _window(day, quiet, zone)
        if start <= instant < end:
            return end
    return None


def _window(day: date, quiet: QuietHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the quiet hours that begin on `day`; empty when start and end are the same."""
    ends_on = day + DAY if quiet.end < quiet.start else day
    return at_wall_time(day, quiet.start, zone), at_wall_time(ends_on, quiet.end, zone)


def _jitter(seed: str, within: timedelta) -> timedelta:
    seconds = int(within.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    digest = blake2b(seed.encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest, "big") % seconds)
