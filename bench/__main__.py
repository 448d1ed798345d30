"""Runs every bench and prints one table: `python -m bench [--quick] [NAME …] [options of theirs]`.

The figures go to bench/results/: those of a bench take the place of the ones it had there.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from bench.stage.figures import Figure, Spread, line

RESULTS = Path(__file__).parent / "results" / "latest.json"
WITH_MOST = {"due", "import"}
NAMES = ("dispatch", "naive", "due", "priority", "lane", "import", "plan", "render", "inbound", "load", "startup")


def main() -> int:
    """Run what is asked for; return 1 when a bench failed. A goal that is missed is a figure, not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small and once: whether they work, not how fast")
    parser.add_argument("--most", action="store_true", help="the largest sizes too: half an hour, gigabytes of disk")
    asked, theirs = parser.parse_known_args()
    broken = []
    for name in asked.names or NAMES:
        try:
            most = ["--most"] if asked.most and name in WITH_MOST else []
            found = run(name, *theirs, *most, quick=asked.quick)
        except subprocess.CalledProcessError as error:
            broken.append(name)
            print(f"BROKEN {name}\n{error.stderr[-2000:]}", flush=True)
            continue
        for figure in found:
            print(line(figure), flush=True)
        if not asked.quick:
            _keep(name, found)
    return 1 if broken else 0


def run(name: str, *options: str, quick: bool) -> list[Figure]:
    """Run one bench in a process of its own and return its figures."""
    command = [sys.executable, "-m", f"bench.{name}", "--json", *(["--quick"] if quick else []), *options]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
    for text in done.stdout.splitlines():
        if not text.startswith("{"):
            print(text, flush=True)  # what could not be measured here, and why
    answers = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
    assert answers, f"{name} said nothing"
    return [_figure(answer) for answer in answers]


def _figure(answer: dict[str, object]) -> Figure:
    spreads = {name: Spread(**value) for name, value in answer.items() if isinstance(value, dict)}
    return Figure(**{**answer, **spreads})  # type: ignore[arg-type]  # what `asdict` made of one


def _keep(name: str, figures: list[Figure]) -> None:
    """Write a bench's figures down, with what of the machine matters and nothing that names it."""
    facts = {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0)), "system": platform.system()}
    before = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"] if RESULTS.exists() else []
    fresh = [{"bench": name, **json.loads(json.dumps(figure, default=_plain))} for figure in figures]
    kept = sorted([*(one for one in before if one["bench"] != name), *fresh], key=lambda one: NAMES.index(one["bench"]))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": facts, "figures": kept}, indent=1) + "\n", encoding="utf-8")


def _plain(figure: Figure | Spread) -> dict[str, object]:
    return {name: getattr(figure, name) for name in figure.__slots__}


if __name__ == "__main__":
    sys.exit(main())
