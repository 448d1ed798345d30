"""What it costs to put a text into words, in each language, beside `str.format` of the same text.

"new" texts have an instant never seen before, as after an import; "seen" ones share their instants with others, as a
court's calendar does (everybody is told to come at 9:30). Processor time, so that others on the machine do not count.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from bench.stage import figures
from bench.stage.figures import Figure
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
SHARED = 200
"""So many instants a calendar of thousands of hearings has."""
MOST = 50.0  # us
_months = count()


def letters(many: int, *, instants: int, since: datetime = FIRST) -> list[Letter]:
    """Make reminders of so many hearings that share so many `instants`, a minute apart."""
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
        for number in range(many)
    ]


def measure(language: str, many: int) -> dict[str, float]:
    """Return what a text of one language costs (us): of new instants, of seen ones, and by `str.format` alone."""
    asked, shared = reader(language), letters(many, instants=SHARED)
    composed = [compose(letter, asked, now=NOW) for letter in shared]
    templates = [text.replace(_case(letter), "{case}") for text, letter in zip(composed, shared, strict=True)]
    fresh = letters(many, instants=many, since=FIRST + timedelta(days=30 * next(_months)))
    return {
        "new": _microseconds(partial(_compose_all, fresh, asked), many),
        "seen": _microseconds(partial(_compose_all, shared, asked), many),
        "format": _microseconds(partial(_format_all, templates, shared), many),
    }


def _microseconds(work: Callable[[], object], many: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / many * 1e6


def _compose_all(many: Sequence[Letter], asked: Reader) -> None:
    for letter in many:
        compose(letter, asked, now=NOW)


def _format_all(templates: Sequence[str], many: Sequence[Letter]) -> None:
    for template, letter in zip(templates, many, strict=True):
        template.format(case=_case(letter))


def _case(letter: Letter) -> str:
    return letter.hearings[0].case_number


def main() -> None:
    """Measure each language a few times."""
    asked = figures.asked_for(figures.arguments(__doc__, quick=50, full=5000, of="texts of each language"))
    for language in LANGUAGES:
        rows = [measure(language, asked.size) for _ in range(asked.runs)]
        figures.show([_figure(language, which, rows) for which in ("seen", "new")], as_json=asked.json)


def _figure(language: str, which: str, rows: Sequence[dict[str, float]]) -> Figure:
    costs, bare = ([row[name] for row in rows] for name in (which, "format"))
    work = f"render a text, {language}, {which} instants"
    return figures.bounded(work, costs, "us", most=MOST, beside="str.format with the same strings", limits=bare)


if __name__ == "__main__":
    main()
