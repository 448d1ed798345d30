"""What time it is: the one place that reads the clock. Everything else is handed `now`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where there is such a clock. Nobody can set it."""


class Clock(Protocol):
    """A source of the current instant."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """A clock that is told the time once in a while, and goes on from there whatever becomes of the machine's.

    Until it is told for the first time it goes on from what the machine's clock showed when it was made.
    """

    def __init__(self) -> None:
        self._told, self._since = datetime.now(UTC), self.steady()

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        return self._told + timedelta(seconds=self.steady() - self._since)

    def steady(self) -> float:
        """Return seconds of a clock that is never set: only the difference of two means anything."""
        return time.clock_gettime(_STEADY)

    def tell(self, instant: datetime, *, at: float) -> timedelta:
        """Set it: it was `instant` at a moment of `steady`. Return by how much that moves it."""
        moved = instant - (self._told + timedelta(seconds=at - self._since))
        self._told, self._since = instant.astimezone(UTC), at
        return moved


class SteppedClock:
    """A clock that stands at `start` plus what has been added with `advance`; for demo, simulation and tests.

    With `running` it also moves at the pace of the machine's clock.
    """

    def __init__(self, start: datetime, *, running: bool = False) -> None:
        self._running = running
        self._origin = datetime.now(UTC)
        self._at = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the clock's instant, aware and in UTC."""
        return self._at + (datetime.now(UTC) - self._origin if self._running else timedelta(0))

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`.

        Raises:
            ValueError: If `step` is negative: this clock never goes back.
        """
        if step < timedelta(0):
            raise ValueError("a clock does not go back")
        self._at += step
