"""What a bench found, beside its limit, in the shape that `python -m bench` gathers."""

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the most of several runs."""

    min: float
    median: float
    max: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `value` is in `unit`; `limit` is what it stands beside, in the same run and unit."""

    work: str
    value: Spread
    unit: str
    goal: str
    is_met: bool
    beside: str = ""
    limit: Spread | None = None
    ratio: Spread | None = None


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of some runs."""
    return Spread(min(values), statistics.median(values), max(values))


def compared(work: str, values: Sequence[float], beside: str, limits: Sequence[float], *, least: float) -> Figure:
    """Compare rates, run by run, with those of the limit: the middle ratio must be `least`."""
    ratio = spread([value / limit for value, limit in zip(values, limits, strict=True)])
    met = ratio.median >= least
    return Figure(work, spread(values), "/s", f"ratio >= {least:g}", met, beside, spread(limits), ratio)


def costing(work: str, costs: Sequence[float], beside: str, limits: Sequence[float], *, least: float) -> Figure:
    """Compare costs (us) with those of the limit: the ratio is above 1 where ours is less."""
    ratio = spread([limit / cost for cost, limit in zip(costs, limits, strict=True)])
    met = ratio.median >= least
    return Figure(work, spread(costs), "us", f"ratio >= {least:.2g}", met, beside, spread(limits), ratio)


def reaching(work: str, values: Sequence[float], beside: str, limits: Sequence[float], *, least: float) -> Figure:
    """Hold rates against a rate that they should reach (0: none), and show them beside those of the limit."""
    found = spread(values)
    goal = f">= {least:,.0f} /s" if least else "none"
    return Figure(work, found, "/s", goal, found.median >= least, beside, spread(limits))


def bounded(
    work: str, values: Sequence[float], unit: str, *, most: float, beside: str = "", limits: Sequence[float] = ()
) -> Figure:
    """Hold costs against a bound: the middle one must not be above it. What they stand beside is told, not judged."""
    found = spread(values)
    limit = spread(limits) if limits else None
    return Figure(work, found, unit, f"<= {most:g} {unit}", found.median <= most, beside, limit)


def noted(work: str, values: Sequence[float], unit: str) -> Figure:
    """Note what has no goal of its own."""
    return Figure(work, spread(values), unit, "none", is_met=True)


def arguments(purpose: str | None, *, quick: int, full: int, of: str) -> argparse.ArgumentParser:
    """Return the options that every bench has; `--size` counts `of`, by default `full`, with --quick `quick`."""
    parser = argparse.ArgumentParser(description=(purpose or "").splitlines()[0])
    parser.add_argument("--size", type=int, help=f"{of} (default: {full:,}; --quick: {quick:,})")
    parser.add_argument("--runs", type=int, help="how often everything is measured (default: 3; --quick: 1)")
    parser.add_argument("--quick", action="store_true", help="small and once: whether it works, not how fast")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(sizes=(quick, full))
    return parser


def asked_for(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the options, with size and runs filled in."""
    asked = parser.parse_args()
    quick, full = asked.sizes
    asked.size = asked.size or (quick if asked.quick else full)
    asked.runs = asked.runs or (1 if asked.quick else 3)
    return asked


def show(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print figures, for people or for programs."""
    for figure in figures:
        print(json.dumps(asdict(figure)) if as_json else line(figure))


def line(figure: Figure) -> str:
    """Return a figure as one line: what counts, in min / median / max, then what it is made of."""
    counted = figure.ratio or figure.value
    mark = "ok  " if figure.is_met else "MISS"
    said = f"{mark} {figure.work:<46} {_three(counted)} {'x' if figure.ratio else figure.unit:<4} goal {figure.goal}"
    if figure.limit is None:
        return said
    both = f"{figure.value.median:,.0f} {figure.unit} beside {figure.limit.median:,.0f} {figure.unit}"
    return f"{said}   ({both}: {figure.beside})"


def _three(found: Spread) -> str:
    return " ".join(f"{value:>10,.2f}" for value in (found.min, found.median, found.max))
