"""One import after the other in a process of its own, as `usher import` runs them (arguments: URL FILE…)."""

import gc
import json
import resource
import sys
import time
from functools import partial
from pathlib import Path

from bench.stage.calendars import NOW
from bench.stage.machines import opened, wait_for_go
from bot.cli.import_ import RARELY
from bot.court_files import example_court
from domain.calendar_report import RunState
from domain.clock import SteppedClock
from domain.court_file import read_court
from handlers.calendar import ImportOptions, import_calendar
from storage import courts, lanes
from storage.courts import Courts
from storage.database import Database


def main(url: str, files: list[Path]) -> None:
    """Bring each file in; print the rows a second of each, what was new and planned, and the memory at its highest."""
    with opened(url) as database:
        known = _installed(database)
        gc.freeze()  # as `usher import` does
        gc.set_threshold(RARELY)
        wait_for_go()
        found: dict[str, float] = {}
        for place, path in enumerate(files):
            began = time.perf_counter()
            with path.open("rb") as file:
                report = import_calendar(
                    database,
                    file,
                    court="example",
                    courts=known,
                    clock=SteppedClock(NOW),
                    options=ImportOptions(allow_fictional=True),
                )
            assert report.state is RunState.APPLIED, report
            found[f"rate{place}"] = report.rows / (time.perf_counter() - began)
            found[f"new{place}"] = report.hearings.get("new", 0)
            found[f"planned{place}"] = sum(report.notices.values())
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found), flush=True)


def _installed(database: Database) -> Courts:
    database.write_now(lambda connection: courts.apply(connection, {"example": example_court()}, now=NOW))
    known = database.read_now(partial(courts.load, read=read_court))
    database.write_now(partial(lanes.ensure, courts=known.by_id.values(), now=NOW))
    return known


if __name__ == "__main__":
    main(sys.argv[1], [Path(name) for name in sys.argv[2:]])
