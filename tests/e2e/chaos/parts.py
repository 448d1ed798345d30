"""The processes of a town: the very parts of `usher web`, `worker` and `clock`, on the town's clock and quick wires."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import time_machine

from bot.channels.routes import Limits
from bot.cli import clock, web, worker
from bot.cli.serving import serve
from bot.settings import Settings
from bot.tempo import USUAL, Tempo
from scheduler.dispatcher import Timing
from tests.e2e.chaos import provider
from tests.e2e.chaos.clocks import TownClock

QUICK = Tempo(
    wire=Limits(total=timedelta(seconds=1.5), connect=timedelta(seconds=1)),
    sending=Timing(wire_time=timedelta(seconds=2.5), pace=20.0),
    reconcile_every=timedelta(seconds=1),
    tidy_every=timedelta(seconds=2),
)
"""For a clock that runs 20 times as fast as the machine's: a lease of two minutes is six seconds then."""
CLOCK_FILE, TEMPO, JUMP_FILE = "CHAOS_CLOCK", "CHAOS_TEMPO", "CHAOS_JUMP"


def main(part: str) -> None:
    """Be one process until SIGTERM; what it is to be is in the environment that `nursery` made for it."""
    file = os.environ.pop(CLOCK_FILE, None)
    tempo = {"quick": QUICK, "usual": USUAL}[os.environ.pop(TEMPO, "usual")]
    _let_the_clock_jump(os.environ.pop(JUMP_FILE, None))
    time = TownClock(Path(file)) if file else None
    if part == "provider":
        assert time is not None
        asyncio.run(provider.main(time))
        return
    run: dict[str, Any] = {
        "web": partial(web.run, clock=time),
        "worker": partial(worker.run, clock=time, tempo=tempo),
        "clock": partial(clock.run, clock=time, tempo=tempo),
    }

    async def one(settings: Settings, stop: asyncio.Event) -> None:
        await run[part](settings, stop)

    serve(one)


def _let_the_clock_jump(file: str | None) -> None:
    """Let SIGUSR2 set this process' machine clock: the seconds to jump by are in the file. Monotonic time goes on."""
    if file is None:
        return

    def jump(*_: object) -> None:
        by = timedelta(seconds=float(Path(file).read_text(encoding="ascii")))
        time_machine.travel(datetime.now(UTC) + by, tick=True).start()

    signal.signal(signal.SIGUSR2, jump)


if __name__ == "__main__":
    main(sys.argv[1])
