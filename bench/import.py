"""How fast a calendar comes in, beside a raw floor in the same run: `python bench/import.py [--rows N] [--json]`.

The floor is the least that any import does: split the same file with csv and put its rows into a table with
sqlite3's executemany. Against it stand, through `usher import`'s own use case on a SQLite file: all rows new (parsed,
normalised, sealed, compared, four notices planned for each party), the same file again, and the file with every
twentieth hearing moved.
"""

import argparse
import csv
import gc
import io
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.cli.import_ import RARELY
from bot.court_files import example_court
from domain.calendar_report import ImportReport, RunState
from domain.court_file import read_court
from domain.mapping import NATIVE
from handlers.calendar import ImportOptions, import_calendar
from storage import courts, lanes
from storage.courts import Courts
from storage.database import Database
from storage.migrate import upgrade
from storage.vault import Vault

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
MOVED_EVERY = 20
GIVEN = ("Ada", "Boris", "Chidi", "Dolores", "Emeka", "Farid", "Gulnara", "Hana")
FAMILY = ("Lovelace", "Ivanov", "Okafor", "Reyes", "Haddad", "Kim", "Nguyen", "Smith")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="party rows in the calendar")
    parser.add_argument("--times", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    gc.freeze()  # as `usher import` does
    gc.set_threshold(RARELY)
    runs = [_measure(arguments.rows) for _ in range(arguments.times)]
    measured = {name: [run[name] for run in runs] for name in runs[0]}
    report = {name: _spread(rates) for name, rates in measured.items()}
    ratios = [run["new"] / run["floor"] for run in runs]
    if arguments.json:
        print(json.dumps({"rows": arguments.rows, "rows_per_second": report, "new_to_floor": _spread(ratios)}))
        return
    print(f"{arguments.rows} party rows, {arguments.times} times, rows per second:")
    for name, spread in report.items():
        print(
            f"  {name:<10} min {spread['min']:>9,.0f}   median {spread['median']:>9,.0f}   max {spread['max']:>9,.0f}"
        )
    print(f"  new to floor: {statistics.median(ratios):.3f}")


def _measure(rows: int) -> dict[str, float]:
    first, second = _calendar(rows), _calendar(rows, moved=True)
    with tempfile.TemporaryDirectory() as folder:
        floor = _rate(rows, lambda: _stage_raw(first, Path(folder) / "floor.sqlite3"))
        database, known = _installed(Path(folder) / "usher.sqlite3")
        bring = partial(_bring, database, known)
        rates = {
            "floor": floor,
            "new": _rate(rows, lambda: bring(first, new=rows)),
            "unchanged": _rate(rows, lambda: bring(first, new=0)),
            "5 % moved": _rate(rows, lambda: bring(second, new=0)),
        }
        database.close_now()
    return rates


def _rate(rows: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return rows / (time.perf_counter() - start)


def _spread(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def _bring(database: Database, known: Courts, text: bytes, *, new: int) -> ImportReport:
    options = ImportOptions(allow_fictional=True)
    report = import_calendar(database, io.BytesIO(text), court="example", courts=known, now=NOW, options=options)
    assert report.state is RunState.APPLIED, report
    assert report.hearings.get("new", 0) == new, report
    assert not new or sum(report.notices.values()) == 4 * new, report
    return report


def _stage_raw(text: bytes, path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE staged ({', '.join(NATIVE)})")
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline=""))
    next(reader)
    connection.executemany(f"INSERT INTO staged VALUES ({', '.join('?' * len(NATIVE))})", reader)  # noqa: S608 - ours
    connection.commit()
    connection.close()


def _installed(path: Path) -> tuple[Database, Courts]:
    upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}", Vault({1: os.urandom(32)}, current=1, index_key=os.urandom(32)))
    database.write_now(lambda connection: courts.apply(connection, {"example": example_court()}, now=NOW))
    known = database.read_now(partial(courts.load, read=read_court))
    database.write_now(partial(lanes.ensure, courts=known.by_id.values(), now=NOW))
    return database, known


def _calendar(rows: int, *, moved: bool = False) -> bytes:
    """Make a native CSV: one hearing with one party a row, on the working days of half a year."""
    chance = random.Random(7)  # noqa: S311 - the same calendar in every run
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NATIVE)
    for number in range(rows):
        day = 20 + number % 120 + (1 if moved and not number % MOVED_EVERY else 0)
        at = NOW.replace(hour=9 + number % 7, minute=number % 4 * 15) + timedelta(days=day)
        writer.writerow(_row(number, at, chance))
    return out.getvalue().encode()


def _row(number: int, at: datetime, chance: random.Random) -> tuple[object, ...]:
    phone = f"(907) {200 + number // 10_000 % 700:03}-{number % 10_000:04}"
    return (
        *("example", f"3EX-26-{number:07}CR", "criminal", "public", f"H{number}", "Arraignment"),
        *(f"{at:%Y-%m-%dT%H:%M}", f"Courtroom {number % 12}", "Moss", "in_person", "", "scheduled"),
        *(f"P{number}", "defendant", chance.choice(GIVEN), chance.choice(FAMILY), chance.choice(("en", "es"))),
        *(phone, "", f"19{60 + number % 40}-0{1 + number % 9}-15", "", ""),
    )


if __name__ == "__main__":
    main()
