"""How soon `usher` answers and `usher run` is ready, and how much memory it takes while a million notices wait."""

import subprocess
import sys
import time
from functools import partial

from bench import due
from bench.stage import figures, machines
from bench.stage.installation import USHER, installed

HELP_WITHIN, READY_WITHIN, MEGABYTES = 0.5, 12.0, 220.0
SETTLE = 3.0  # seconds in which the process looks at everything once


def main() -> None:
    """Measure a few times."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=1000, full=1_000_000, of="notices that wait"))
    empty = [_seconds(sys.executable, "-c", "pass") for _ in range(asked.runs)]
    helped = [_seconds(*USHER, "--help") for _ in range(asked.runs)]
    ready, memory = [], []
    with machines.provider() as provider, installed("sqlite", provider, people=due.DUE) as installation:
        database = installation.opened()
        database.write_now(partial(due.add_waiting, waiting=asked.size))
        database.close_now()
        for _ in range(asked.runs):
            with installation.running(core=machines.CORES[0]) as (pid, seconds):
                ready.append(seconds)
                time.sleep(0 if asked.quick else SETTLE)
                memory.append(machines.resident_megabytes(pid))
    figures.show(
        [
            figures.bounded("start-up: python -c pass", empty, "s", most=HELP_WITHIN),
            figures.bounded("start-up: usher --help", helped, "s", most=HELP_WITHIN),
            figures.bounded("start-up: usher run ready", ready, "s", most=READY_WITHIN),
            figures.bounded(f"memory: usher run idle, {asked.size:,} waiting", memory, "MB", most=MEGABYTES),
        ],
        as_json=asked.json,
    )


def _seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=machines.ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
