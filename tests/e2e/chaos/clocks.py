"""The town's time: every process reads it from one file, so all agree, at any pace, and it can be pushed on."""

import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FACE = struct.Struct("<ddd")  # an instant of the machine's monotonic clock, what the town's showed then, its pace


class TownClock:
    """A `Clock` over that file: what it showed once, and `pace` seconds for each of the machine's since then.

    The machine's monotonic clock is the same in all processes, and nobody can set it.
    """

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDONLY)

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        since, shown, pace = _FACE.unpack(os.pread(self._descriptor, _FACE.size, 0))
        return datetime.fromtimestamp(shown + (time.monotonic() - since) * pace, UTC)


class ClockHands(TownClock):
    """The same clock in the hands of who may set it."""

    def __init__(self, file: Path, start: datetime, *, pace: float = 0.0) -> None:
        self._file = file
        self.pace = pace
        self._write(start)
        super().__init__(file)

    def advance(self, step: timedelta) -> None:
        """Push it on, for everybody at once; a negative step sets it back."""
        self._write(self.now() + step)

    def run_at(self, pace: float) -> None:
        """Let it go so many times as fast as the machine's from now on."""
        now, self.pace = self.now(), pace
        self._write(now)

    def _write(self, shown: datetime) -> None:
        face = _FACE.pack(time.monotonic(), shown.timestamp(), self.pace)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, face, 0)  # one write of 24 bytes: nobody reads half of it
        finally:
            os.close(descriptor)
