"""How long what is kept: every kind has its days, and the cutoff is that far back."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.retention import LEAST, Kept, Retention

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)


def test_every_kind_has_its_days_and_there_are_no_others() -> None:
    assert [field.name for field in fields(Retention)] == list(Kept)


@pytest.mark.parametrize("kept", Kept)
def test_the_defaults_are_allowed_lengths(kept: Kept) -> None:
    assert NOW - Retention().cutoff(kept, now=NOW) >= LEAST[kept]


@given(st.sampled_from(Kept), st.timedeltas(min_value=timedelta(days=7), max_value=timedelta(days=9999)))
def test_the_cutoff_of_a_kind_is_its_own_days_back(kept: Kept, span: timedelta) -> None:
    kept_so = Retention(**{kept.value: span})

    assert kept_so.cutoff(kept, now=NOW) == NOW - span
    assert all(
        kept_so.cutoff(other, now=NOW) == Retention().cutoff(other, now=NOW) for other in Kept if other is not kept
    )


def test_words_are_kept_at_least_until_the_desk_has_looked() -> None:
    assert min(LEAST.values()) >= timedelta(days=7)
