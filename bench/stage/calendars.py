"""Invented calendars in Usher's own CSV, of any size, written to a file row by row."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.mapping import NATIVE

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
MOVED_EVERY = 20
GIVEN = ("Ada", "Boris", "Chidi", "Dolores", "Emeka", "Farid", "Gulnara", "Hana")
FAMILY = ("Lovelace", "Ivanov", "Okafor", "Reyes", "Haddad", "Kim", "Nguyen", "Smith")
ROLES = ("defendant", "victim", "witness")


def write(path: Path, rows: int, *, parties: int = 1, moved: bool = False) -> None:
    """Write a calendar: each hearing of a case of its own, with so many parties, on working days of half a year.

    With `moved` every twentieth hearing is a day later.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NATIVE)
        writer.writerows(_rows(rows, parties, moved=moved))


def _rows(rows: int, parties: int, *, moved: bool) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)  # noqa: S311 - the same calendar in every run
    for row in range(rows):
        number = row // parties
        day = 20 + number % 120 + (1 if moved and not number % MOVED_EVERY else 0)
        at = NOW.replace(hour=9 + number % 7, minute=number % 4 * 15) + timedelta(days=day)
        yield (
            *("example", f"3EX-26-{number:07}CR", "criminal", "public", f"H{number}", "Arraignment"),
            *(f"{at:%Y-%m-%dT%H:%M}", f"Courtroom {number % 12}", "Moss", "in_person", "", "scheduled"),
            *(f"P{row}", ROLES[row % parties], chance.choice(GIVEN), chance.choice(FAMILY)),
            *(chance.choice(("en", "es")), f"(907) {200 + row // 10_000 % 700:03}-{row % 10_000:04}", ""),
            *(f"19{60 + row % 40}-0{1 + row % 9}-15", "", ""),
        )
