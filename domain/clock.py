"""What time it is: the one place that reads the clock. Everything else is handed `now`."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of the current instant."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        return datetime.now(UTC)


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
