"""Measures what a text costs to compose: µs per letter in each language, beside `str.format` of the same text.

"new" letters have an instant never seen before, as in an import; "seen" ones share their instants with others, as a
court's calendar does (everybody is told to come at 9:30). The last line is JSON.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from domain.letter import CourtFace, HearingFacts, Letter
from domain.notice import NoticeKind, Purpose
from domain.roles import Role
from locales.letters import compose
from locales.reader import LANGUAGES, Reader, reader

NOW = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)
FIRST = datetime(2026, 9, 2, 17, 0, tzinfo=UTC)
COURT = CourtFace(
    name="Riverbend Trial Court",
    short_name="Riverbend Court",
    address="120 Harbor Street, Riverbend",
    phone="907-555-0100",
    zone=ZoneInfo("America/Anchorage"),
)
PURPOSES = (Purpose.CONSEQUENCE, Purpose.PLAN, Purpose.LOGISTICS)


@dataclass(frozen=True, slots=True)
class Row:
    """One language's result; costs in µs a letter."""

    language: str
    new: float
    seen: float
    formatted: float

    @property
    def ratio(self) -> float:
        """How many times the cost of `str.format` a seen letter is."""
        return self.seen / self.formatted


def letters(count: int, *, instants: int, since: datetime = FIRST) -> list[Letter]:
    """Make reminders of `count` hearings that share so many `instants`, a minute apart."""
    return [
        Letter(
            kind=NoticeKind.REMINDER,
            court=COURT,
            role=Role.DEFENDANT,
            purpose=PURPOSES[number % len(PURPOSES)],
            hearings=(
                HearingFacts(
                    case_number=f"3RB-26-{number:05d}CR",
                    starts_at=since + timedelta(minutes=number % instants),
                    courtroom="Courtroom D, Riverbend Courthouse",
                ),
            ),
        )
        for number in range(count)
    ]


def microseconds(work: Callable[[], object], count: int) -> float:
    """Run `work` once and return the processor time it took by item: others on the machine do not count."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e6


def measure(language: str, count: int) -> Row:
    """Measure one language; the best of five runs of each."""
    asked, many = reader(language), letters(count, instants=200)
    composed = [compose(letter, asked, now=NOW) for letter in many]
    templates = [text.replace(_case(letter), "{case}") for text, letter in zip(composed, many, strict=True)]
    months = (FIRST + timedelta(days=30 * run) for run in range(1, 6))
    fresh = [letters(count, instants=count, since=month) for month in months]
    return Row(
        language=language,
        new=min(microseconds(partial(_compose_all, batch, asked), count) for batch in fresh),
        seen=min(microseconds(partial(_compose_all, many, asked), count) for _ in range(5)),
        formatted=min(microseconds(partial(_format_all, templates, many), count) for _ in range(5)),
    )


def _compose_all(many: Sequence[Letter], asked: Reader) -> None:
    for letter in many:
        compose(letter, asked, now=NOW)


def _format_all(templates: Sequence[str], many: Sequence[Letter]) -> None:
    for template, letter in zip(templates, many, strict=True):
        template.format(case=_case(letter))


def _case(letter: Letter) -> str:
    return letter.hearings[0].case_number


def main() -> None:
    """Print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=5000, help="letters of each language (default: 5000)")
    count = parser.parse_args().count
    started = time.perf_counter()
    for language in LANGUAGES:
        compose(replace(letters(1, instants=1)[0], role=Role.VICTIM), reader(language), now=NOW)
    start_up = (time.perf_counter() - started) * 1e3
    rows = [measure(language, count) for language in LANGUAGES]
    print(f"the first text in each of {len(LANGUAGES)} languages: {start_up:.0f} ms in all")
    print(f"{'language':<10}{'new µs':>10}{'seen µs':>10}{'str.format µs':>15}{'ratio':>8}")
    for row in rows:
        print(f"{row.language:<10}{row.new:>10.1f}{row.seen:>10.1f}{row.formatted:>15.2f}{row.ratio:>8.0f}")
    results = {row.language: {"new": row.new, "seen": row.seen, "format": row.formatted} for row in rows}
    print(json.dumps({"bench": "render", "unit": "us", "start_up_ms": start_up, "languages": results}))


if __name__ == "__main__":
    main()
