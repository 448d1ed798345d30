"""What a county, a state, all courts of the United States and ten times as many would need: a model, and a day played.

What one process does comes from bench/results/latest.json where that is there, else from DEFAULTS; the rest is assumed,
and said (docs/explanation/scale.md). A day is played minute by minute: most reminders fall due at a full hour, in four
zones; what the night's feeds bring leaves in the morning; people answer. What is wanted is the smallest capacity with
which nothing waits longer than PATIENCE; lanes, workers, writes and partitions follow from it.
"""

import argparse
import json
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

from bench.__main__ import RESULTS

MINUTES = 1440
PATIENCE = 30  # minutes that a reminder may wait for its turn on the busiest day
WORKDAYS = 250
SHOWN = 60  # working days that a night's calendar shows
HEADROOM = 2.0  # times the peak: one of two machines may be away
YEARS_KEPT = 3
ZONES = {-300: 0.47, -360: 0.29, -420: 0.07, -480: 0.17}  # minutes east of Greenwich: share of the people, in winter
HOURS = {8: 0.10, 9: 0.15, 10: 0.45, 12: 0.10, 16: 0.10, 17: 0.10}  # at which courts let reminders fall due: assumed
MORNING, SPREAD = 8 * 60, 20  # what came at night leaves then, over so many minutes (`[quiet]` and its `jitter`)
ANSWERED_OVER = 30  # minutes in which those who answer a text do so
RATES = {"long code": 1.0, "toll-free": 3.0, "short code": 100.0}  # segments a second: Twilio's, US
FIGURES = {  # by input: how the figure's name begins, and how it ends
    "worker": ("dispatch ", "postgresql (plain)"),
    "web": ("inbound saturated: answered", "postgresql"),
    "rows": ("import ", "postgresql: 5 % moved"),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is put in. Rates are a second and a process; `source` says where the first three come from."""

    worker: float  # texts sent
    web: float  # texts or receipts taken and handled
    rows: float  # rows of a calendar read of which one in twenty has moved
    source: str = "stated defaults"
    hearings: float = 3.0  # of a case, in its year
    parties: float = 1.5  # of a hearing, whom we may write to
    reminders: float = 3.0  # of a party of a hearing: 7, 3 and 1 day before
    news: float = 1.3  # of the same: it was set; a third are moved once
    answers: float = 0.1  # of a text
    receipts: float = 2.0  # of a text: sent, delivered
    segments: float = 2.0  # of a text
    busiest: float = 1.5  # times the mean working day
    text_bytes: float = 4_500.0  # in tables and indexes, of a text with its case, hearing and person: measured
    text_wal: float = (
        12_000.0  # of write-ahead log: 4,000 measured for sending; planning, receipts, whole pages assumed
    )
    wal_limit: float = 50e6  # bytes a second that one PostgreSQL should be asked for at the peak
    size_limit: float = 2e12  # bytes that one PostgreSQL should hold, to be restored within hours


DEFAULTS = Inputs(worker=1_000, web=250, rows=10_000)
PLACES = {  # cases a year
    "a county": 50_000,
    "a state": 2_000_000,
    "the United States": 100_000_000,
    "ten times that": 1_000_000_000,
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day as played, in UTC: texts a minute that fell due, that left, and the longest wait in minutes."""

    due: Sequence[float]
    left: Sequence[float]
    longest_wait: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What a place needs on its busiest day. Rates are a second."""

    place: str
    cases: int
    texts_a_year: float
    texts_a_day: float
    at_once: float  # what the busiest minute makes due
    peak: float  # what leaves at the most, with lanes for it
    longest_wait: int
    lanes: dict[str, int]
    workers: int
    inbound: float
    receipts: float
    webs: int
    feed_minutes: float  # of one process, for all that one night brings
    wal: float  # megabytes a second
    size: float  # gigabytes, of the texts of the years that are kept
    partitions: int


def read_inputs(results: Path = RESULTS) -> Inputs:
    """Return the inputs with what was measured on this machine; without results, the stated defaults."""
    if not results.exists():
        return DEFAULTS
    figures = json.loads(results.read_text(encoding="utf-8"))["figures"]
    found = {name: rate for name, ends in FIGURES.items() if (rate := _measured(figures, *ends)) is not None}
    return replace(DEFAULTS, **found, source=f"bench/results: {', '.join(found) or 'nothing'}; else stated defaults")


def _measured(figures: Sequence[Mapping[str, dict[str, float]]], begin: str, end: str) -> float | None:
    rates = (
        row["value"]["median"] for row in figures if (work := str(row["work"])).startswith(begin) and work.endswith(end)
    )
    return next(rates, None)


def due_over_a_day(texts: float, inputs: Inputs, zones: Mapping[int, float]) -> list[float]:
    """Return the texts that fall due in each minute of a day, replies apart."""
    due = [0.0] * MINUTES
    reminded = texts * inputs.reminders / (inputs.reminders + inputs.news)
    for east, people in zones.items():
        for hour, share in HOURS.items():
            due[(hour * 60 - east) % MINUTES] += reminded * people * share
        for minute in range(SPREAD):
            due[(MORNING + minute - east) % MINUTES] += (texts - reminded) * people / SPREAD
    return due


def play(due: Sequence[float], capacity: float, answers: float) -> Day:
    """Let a day pass with so much capacity (texts a minute). Replies go first; the rest leaves in the order it came."""
    waiting: deque[list[float]] = deque()  # of [minute, texts]
    left, longest = [0.0] * MINUTES, 0
    wanted = list(due)
    for minute in range(MINUTES):
        replies = answers * sum(left[max(minute - ANSWERED_OVER, 0) : minute]) / ANSWERED_OVER
        wanted[minute] += replies
        waiting.append([minute, due[minute]])
        room = capacity - replies
        while waiting and room > 0:
            taken = min(waiting[0][1], room)
            waiting[0][1] -= taken
            room -= taken
            left[minute] += taken
            if waiting[0][1] <= 0:
                longest = max(longest, minute - int(waiting.popleft()[0]))
        left[minute] += replies
    return Day(wanted, left, longest if not waiting else MINUTES)


def least_capacity(due: Sequence[float], answers: float) -> float:
    """Return the least capacity (texts a minute) with which nothing waits longer than PATIENCE."""
    low, high = 0.0, 2 * max(due)
    while high - low > high / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if play(due, middle, answers).longest_wait <= PATIENCE else (middle, high)
    return high


def needs(place: str, cases: int, inputs: Inputs, zones: Mapping[int, float]) -> Needs:
    """Work out what a place needs."""
    notices = cases * inputs.hearings * inputs.parties * (inputs.reminders + inputs.news)
    a_day = notices / WORKDAYS * inputs.busiest
    due = due_over_a_day(a_day, inputs, zones)
    day = play(due, least_capacity(due, inputs.answers), inputs.answers)
    peak = max(day.left) / 60
    inbound, receipts = peak * inputs.answers, peak * inputs.receipts
    texts = notices * (1 + inputs.answers)
    wal, size = peak * inputs.text_wal, texts * YEARS_KEPT * inputs.text_bytes
    partitions = max(math.ceil(wal / inputs.wal_limit), math.ceil(size / inputs.size_limit))
    rows = cases * inputs.hearings * inputs.parties / WORKDAYS * SHOWN  # every night; one in SHOWN is new
    return Needs(
        place=place,
        cases=cases,
        texts_a_year=texts,
        texts_a_day=sum(day.left),
        at_once=max(day.due) / 60,
        peak=peak,
        longest_wait=day.longest_wait,
        lanes={kind: math.ceil(peak * inputs.segments / rate) for kind, rate in RATES.items()},
        workers=math.ceil(peak * HEADROOM / inputs.worker),
        inbound=inbound,
        receipts=receipts,
        webs=math.ceil((inbound + receipts) * HEADROOM / inputs.web),
        feed_minutes=rows / inputs.rows / 60,
        wal=wal / 1e6,
        size=size / 1e9,
        partitions=partitions,
    )


def everything(inputs: Inputs) -> list[Needs]:
    """Return the needs of all places; a county and a state lie in one zone."""
    one = {-300: 1.0}
    wide = PLACES["the United States"]
    return [needs(place, cases, inputs, ZONES if cases >= wide else one) for place, cases in PLACES.items()]


def table(rows: Sequence[Needs]) -> str:
    """Return the needs as a table in Markdown, one column a place."""
    lines: list[tuple[str, list[str]]] = [
        ("cases a year", [f"{row.cases:,}" for row in rows]),
        ("texts a year, replies included", [_short(row.texts_a_year) for row in rows]),
        ("texts on the busiest day", [_short(row.texts_a_day) for row in rows]),
        ("due in its busiest minute, a second", [_short(row.at_once) for row in rows]),
        (f"leaving at the peak, a second (longest wait {PATIENCE} min)", [_short(row.peak) for row in rows]),
        *((f"lanes, if all were {kind}s", [_short(row.lanes[kind]) for row in rows]) for kind in RATES),
        ("workers (twice the peak)", [f"{row.workers:,}" for row in rows]),
        ("inbound and receipts at the peak, a second", [_short(row.inbound + row.receipts) for row in rows]),
        ("web processes (twice the peak)", [f"{row.webs:,}" for row in rows]),
        ("a night's calendars, minutes of one process", [_short(row.feed_minutes) for row in rows]),
        ("write-ahead log at the peak, MB/s", [_short(row.wal) for row in rows]),
        (f"rows of texts kept for {YEARS_KEPT} years, GB", [_short(row.size) for row in rows]),
        ("PostgreSQL partitions, by court", [f"{row.partitions:,}" for row in rows]),
    ]
    head = ["", *(row.place for row in rows)]
    rule = ["---", *("---:" for _ in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *([name, *values] for name, values in lines)))


def _short(value: float) -> str:
    """Return a number with two digits that mean something."""
    for least, unit in ((1e9, " bn"), (1e6, " M"), (1e4, " k")):
        if value >= least:
            return f"{value / {' bn': 1e9, ' M': 1e6, ' k': 1e3}[unit]:,.3g}{unit}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def hours(day: Day) -> list[float]:
    """Return how many texts leave in each hour of a day, in UTC."""
    edges = range(0, MINUTES + 1, 60)
    return [sum(day.left[begin:end]) for begin, end in pairwise(edges)]


def profile(inputs: Inputs, texts: float) -> str:
    """Return a day of the whole country as bars, one an hour."""
    due = due_over_a_day(texts, inputs, ZONES)
    by_hour = hours(play(due, least_capacity(due, inputs.answers), inputs.answers))
    lines = (
        f"{hour:02} h UTC {_short(left):>7} {'#' * round(40 * left / max(by_hour))}"
        for hour, left in enumerate(by_hour)
    )
    return "\n".join(line.rstrip() for line, left in zip(lines, by_hour, strict=True) if left >= 1)


def main() -> None:
    """Print the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--defaults", action="store_true", help="leave bench/results out")
    parser.add_argument("--json", action="store_true", help="print one JSON object a place")
    asked = parser.parse_args()
    inputs = DEFAULTS if asked.defaults else read_inputs()
    rows = everything(inputs)
    if asked.json:
        print(*(json.dumps(asdict(row)) for row in rows), sep="\n")
        return
    print(*(f"{name:<12}{value}" for name, value in asdict(inputs).items()), "", table(rows), "", sep="\n")
    print(profile(inputs, rows[2].texts_a_day / (1 + inputs.answers)))


if __name__ == "__main__":
    main()
