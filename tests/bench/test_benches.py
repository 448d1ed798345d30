"""Every bench runs and finds that each message arrived once: small and once, so that none of them can rot unseen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import NAMES, run
from bench.stage.figures import bounded, compared, costing, line

ROOT = Path(__file__).parents[2]
ON_POSTGRES = ("dispatch", "due", "priority", "lane", "inbound", "load")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ON_POSTGRES])
def test_a_bench_runs_small(name: str) -> None:
    figures = run(name, quick=True)

    assert all(figure.value.min > 0 for figure in figures), [line(figure) for figure in figures]


@pytest.mark.parametrize("name", ON_POSTGRES)
def test_a_bench_of_two_engines_runs_small_on_the_embedded_one(name: str) -> None:
    command = [sys.executable, "-m", f"bench.{name}", "--quick", "--json", "--only", "sqlite"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert [json.loads(text)["work"] for text in done.stdout.splitlines() if text.startswith("{")]


def test_a_rate_is_compared_run_by_run_with_its_limit() -> None:
    figure = compared("work", [10.0, 30.0, 20.0], "limit", [10.0, 20.0, 40.0], least=1.0)

    assert figure.ratio is not None
    assert (figure.ratio.min, figure.ratio.median, figure.ratio.max) == (0.5, 1.0, 1.5)
    assert figure.is_met


def test_a_cost_above_its_limit_has_a_ratio_below_one() -> None:
    figure = costing("work", [200.0], "limit", [100.0], least=0.8)

    assert figure.ratio is not None
    assert figure.ratio.median == 0.5
    assert not figure.is_met
    assert line(figure).startswith("MISS")


def test_a_bound_is_met_by_the_middle_run() -> None:
    assert bounded("work", [1.0, 2.0, 9.0], "ms", most=2.0).is_met
    assert not bounded("work", [1.0, 2.1, 9.0], "ms", most=2.0).is_met
