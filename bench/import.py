"""How fast a calendar comes in: all rows new, the same file again, and with every twentieth hearing moved.

New rows are parsed, normalised, sealed, compared, and four notices are planned for each defendant. Beside them stands
the least that any import does, in the same run: split the same file with csv and put its rows into one table, on
SQLite by executemany, on PostgreSQL by COPY. The worst calendar has a case for every party; three parties of one
hearing are more usual.
"""

import csv
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from bench.stage import calendars, figures, machines
from bench.stage.figures import Figure
from bench.stage.machines import CORES, ENGINES, Child
from domain.mapping import NATIVE

FIRST, UNCHANGED, MEGABYTES = 15_000.0, 60_000.0, 300.0
MOST = 1_000_000
COLUMNS = ", ".join(f"{name} text" for name in NATIVE)


def measure(engine: str, rows: int, *, parties: int) -> dict[str, float]:
    """Bring in a calendar, the same again, and a changed one; and the first one by the shortest way."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, machines.fresh_database(engine) as url:
        first, second = Path(name) / "first.csv", Path(name) / "second.csv"
        calendars.write(first, rows, parties=parties)
        calendars.write(second, rows, parties=parties, moved=True)
        began = time.perf_counter()
        _stage_raw(url, first)
        floor = rows / (time.perf_counter() - began)
        child = Child("importer", url, str(first), str(first), str(second), core=CORES)
        child.begin()
        found = child.found()
    assert (found["new0"], found["new1"], found["new2"]) == (rows // parties, 0, 0), found
    assert parties > 1 or found["planned0"] == 4 * rows, found
    return {
        "floor": floor,
        "new": found["rate0"],
        "unchanged": found["rate1"],
        "5 % moved": found["rate2"],
        "memory": found["megabytes"],
    }


def _stage_raw(url: str, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(path.with_suffix(".sqlite3"))) as raw:
                raw.execute("PRAGMA journal_mode=WAL")
                raw.execute(f"CREATE TABLE staged ({COLUMNS})")
                raw.executemany(f"INSERT INTO staged VALUES ({', '.join('?' * len(NATIVE))})", reader)  # noqa: S608 - ours
                raw.commit()
            return
        with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE staged ({COLUMNS})")
            with cursor.copy("COPY staged FROM STDIN") as copy:
                for row in reader:
                    copy.write_row(row)


def _shown(engine: str, size: int, runs: list[dict[str, float]], *, parties: int) -> Iterator[Figure]:
    what = f"import {size:,} rows, {engine}" + (", 3 parties a hearing" if parties > 1 else "")
    by_name = {name: [run[name] for run in runs] for name in runs[0]}
    beside = "raw staging of the same rows, by csv and " + ("executemany" if engine == "sqlite" else "COPY")
    goals = {"new": FIRST if engine == "sqlite" else 0.0, "unchanged": UNCHANGED, "5 % moved": 0.0}
    for name, least in goals.items():
        yield figures.reaching(f"{what}: {name}", by_name[name], beside, by_name["floor"], least=least)
    yield figures.bounded(f"{what}: memory", by_name["memory"], "MB", most=MEGABYTES)


def main() -> None:
    """Measure the worst calendar on both engines, and the usual one on SQLite."""
    parser = figures.arguments(__doc__, quick=300, full=200_000, of="party rows")
    parser.add_argument("--only", choices=ENGINES)
    parser.add_argument("--most", action="store_true", help=f"{MOST:,} rows too, once, on SQLite: minutes")
    asked = figures.asked_for(parser)
    engines = [asked.only] if asked.only else ENGINES
    wanted = [(engine, asked.size, asked.runs) for engine in engines]
    for engine, rows, times in [*wanted, ("sqlite", MOST, 1)] if asked.most and "sqlite" in engines else wanted:
        for parties in (1, 3) if engine == "sqlite" and rows < MOST else (1,):
            size = rows // parties * parties
            runs = [measure(engine, size, parties=parties) for _ in range(times)]
            figures.show(list(_shown(engine, size, runs, parties=parties)), as_json=asked.json)


if __name__ == "__main__":
    main()
