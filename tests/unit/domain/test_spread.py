"""Spreading by weight: in proportion, for ever the same, and only as many move as must."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.spread import share_of

PINNED = ["one", "one", "one", "one", "one", "one"]
SEEDS = [f"+1907555{number:04d}" for number in range(2000)]
NAMES = st.dictionaries(st.text(min_size=1, max_size=8), st.floats(0.01, 1000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    "weights", [{"a": 1.0, "b": 1.0}, {"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 100.0}, {"a": 5.0, "b": 3.0, "c": 2.0}]
)
def test_each_gets_its_share(weights: dict[str, float]) -> None:
    found = Counter(share_of(weights, seed) for seed in SEEDS)

    for name, weight in weights.items():
        assert found[name] / len(SEEDS) == pytest.approx(weight / sum(weights.values()), abs=0.04)


@given(NAMES, st.text())
def test_the_order_of_the_names_decides_nothing(weights: dict[str, float], seed: str) -> None:
    assert share_of(weights, seed) == share_of(dict(reversed(weights.items())), seed)


@given(NAMES, st.text(), st.floats(0.01, 1000))
def test_a_name_that_is_added_takes_or_leaves(weights: dict[str, float], seed: str, weight: float) -> None:
    before = share_of(weights, seed)

    assert share_of({**weights, "a name longer than the others": weight}, seed) in {
        before,
        "a name longer than the others",
    }


@given(NAMES.filter(lambda weights: len(weights) > 1), st.text())
def test_a_name_that_goes_moves_its_own_seeds_only(weights: dict[str, float], seed: str) -> None:
    home = share_of(weights, seed)

    for name in weights.keys() - {home}:
        assert share_of({key: weight for key, weight in weights.items() if key != name}, seed) == home


def test_what_was_spread_stays_where_it_is_over_releases() -> None:
    assert [share_of({"sms:one": 2.0, "sms:two": 1.0}, seed) for seed in SEEDS[:6]] == [
        f"sms:{name}" for name in PINNED
    ]
