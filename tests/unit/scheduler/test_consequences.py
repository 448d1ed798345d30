"""How long a notice waits for its next try: longer each time, bounded, spread, and always the same for the same one."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduler.carrying import WIRE_TIME
from scheduler.consequences import FIRST_BACK_OFF, LONGEST_BACK_OFF, back_off
from scheduler.dispatch import LEASE, RECEIPT_GRACE

SEEDS = st.integers(1, 2**31)


@given(seed=SEEDS, attempts=st.integers(0, 200))
def test_a_wait_is_never_shorter_than_the_first_nor_much_longer_than_the_longest(seed: int, attempts: int) -> None:
    assert FIRST_BACK_OFF <= back_off(attempts, seed=seed) <= LONGEST_BACK_OFF * 1.5


@given(seed=SEEDS)
def test_the_same_notice_waits_the_same_and_longer_each_time(seed: int) -> None:
    waits = [back_off(attempts, seed=seed) for attempts in range(1, 7)]

    assert waits == [back_off(attempts, seed=seed) for attempts in range(1, 7)]
    assert all(later > earlier for earlier, later in pairwise(waits))


def test_notices_that_failed_together_do_not_come_back_together() -> None:
    assert len({back_off(3, seed=seed) for seed in range(100)}) > 90


def test_a_lease_outlives_the_wire_and_both_writes_around_it() -> None:
    assert WIRE_TIME + timedelta(seconds=30) < LEASE < RECEIPT_GRACE
