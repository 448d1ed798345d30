"""The model of what many courts need adds up, says where its numbers come from, and stands in the page as it is."""

import json
import math
from pathlib import Path

import pytest

from bench.capacity import (
    DEFAULTS,
    HEADROOM,
    MINUTES,
    PATIENCE,
    RATES,
    ZONES,
    due_over_a_day,
    everything,
    hours,
    least_capacity,
    needs,
    play,
    profile,
    read_inputs,
    table,
)

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scale.md"
TEXTS = 1_000_000.0


@pytest.fixture
def due() -> list[float]:
    return due_over_a_day(TEXTS, DEFAULTS, ZONES)


def test_all_that_belongs_to_a_day_falls_due_once(due: list[float]) -> None:
    assert math.isclose(sum(due), TEXTS)
    assert math.isclose(sum(ZONES.values()), 1)


def test_all_that_fell_due_left_and_never_faster_than_the_capacity(due: list[float]) -> None:
    capacity = least_capacity(due, DEFAULTS.answers)
    day = play(due, capacity, DEFAULTS.answers)

    assert math.isclose(sum(day.left), sum(day.due), rel_tol=1e-9)
    assert max(day.left) <= capacity * (1 + 1e-9)
    assert math.isclose(sum(hours(day)), sum(day.left))


def test_replies_are_the_share_of_texts_that_is_answered(due: list[float]) -> None:
    day = play(due, max(due) * 2, DEFAULTS.answers)

    assert math.isclose(sum(day.due) - TEXTS, DEFAULTS.answers * sum(day.left), rel_tol=0.01)


def test_the_least_capacity_keeps_the_wait_and_a_little_less_does_not(due: list[float]) -> None:
    least = least_capacity(due, DEFAULTS.answers)

    assert play(due, least, DEFAULTS.answers).longest_wait <= PATIENCE
    assert play(due, least * 0.97, DEFAULTS.answers).longest_wait > PATIENCE


def test_a_capacity_that_never_gets_there_is_seen(due: list[float]) -> None:
    day = play(due, TEXTS / MINUTES / 2, DEFAULTS.answers)

    assert day.longest_wait == MINUTES


def test_what_is_needed_carries_the_peak() -> None:
    for row in everything(DEFAULTS):
        assert row.workers * DEFAULTS.worker >= row.peak * HEADROOM, row.place
        assert row.webs * DEFAULTS.web >= (row.inbound + row.receipts) * HEADROOM, row.place
        assert row.partitions * DEFAULTS.wal_limit >= row.wal * 1e6, row.place
        assert row.partitions * DEFAULTS.size_limit >= row.size * 1e9, row.place
        assert all(row.lanes[kind] * rate >= row.peak * DEFAULTS.segments for kind, rate in RATES.items()), row.place


def test_ten_times_the_cases_need_ten_times_as_much() -> None:
    many, more = (needs("there", cases, DEFAULTS, ZONES) for cases in (10**8, 10**9))

    assert math.isclose(more.texts_a_day, 10 * many.texts_a_day, rel_tol=1e-6)
    assert math.isclose(more.peak, 10 * many.peak, rel_tol=1e-3)
    assert math.isclose(more.size, 10 * many.size, rel_tol=1e-6)


def test_inputs_without_results_are_named_as_defaults(tmp_path: Path) -> None:
    assert read_inputs(tmp_path / "latest.json") == DEFAULTS
    assert DEFAULTS.source == "stated defaults"


def test_inputs_come_from_what_was_measured_and_say_so(tmp_path: Path) -> None:
    def figure(work: str, rate: float) -> dict[str, object]:
        return {"work": work, "value": {"min": 0.0, "median": rate, "max": 9e9}}

    measured = [
        figure("dispatch 20,000, sqlite (plain)", 1),
        figure("dispatch 20,000, postgresql (plain)", 1234),
        figure("inbound saturated: answered, postgresql", 321),
    ]
    kept = tmp_path / "latest.json"
    kept.write_text(json.dumps({"figures": measured}), encoding="utf-8")

    inputs = read_inputs(kept)

    assert (inputs.worker, inputs.web, inputs.rows) == (1234, 321, DEFAULTS.rows)
    assert inputs.source == "bench/results: worker, web; else stated defaults"


def test_the_page_shows_what_the_model_says_by_its_defaults() -> None:
    assert table(everything(DEFAULTS)) in PAGE.read_text(encoding="utf-8"), "python -m bench.capacity --defaults"
    assert profile(DEFAULTS, everything(DEFAULTS)[2].texts_a_day / (1 + DEFAULTS.answers)) in PAGE.read_text("utf-8")
