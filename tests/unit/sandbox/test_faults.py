"""What a script does: which message meets which fault, and which faults there can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.faults import (
    HANG_AFTER_ACCEPT,
    LANDLINE,
    LOSS,
    NO_FAULT,
    Answer,
    Fate,
    Fault,
    Script,
    flood,
    too_many_requests,
)

MARIA, JAMES = "+19075550101", "+19075550102"


def test_without_a_script_all_goes_well() -> None:
    assert Script().take(MARIA) is NO_FAULT


def test_a_fault_happens_once_unless_said_otherwise() -> None:
    script = Script()
    script.add(LOSS)
    assert [script.take(MARIA), script.take(MARIA)] == [LOSS, NO_FAULT]


def test_faults_happen_in_the_order_in_which_they_were_written() -> None:
    script = Script()
    script.add(LOSS, times=2)
    script.add(LANDLINE)
    assert [script.take(MARIA) for _ in range(4)] == [LOSS, LOSS, LANDLINE, NO_FAULT]


def test_a_number_s_own_script_leaves_the_common_one_for_others() -> None:
    script = Script()
    script.add(LOSS)
    script.add(LANDLINE, to=MARIA)
    assert [script.take(MARIA), script.take(JAMES), script.take(JAMES)] == [LANDLINE, LOSS, NO_FAULT]


def test_a_fault_without_end_lasts_until_the_script_is_cleared() -> None:
    script = Script()
    script.add(LOSS, times=None)
    assert {script.take(str(n)) for n in range(20)} == {LOSS}
    script.clear()
    assert script.take(MARIA) is NO_FAULT


@given(st.lists(st.integers(min_value=1, max_value=5)), st.integers(min_value=0, max_value=30))
def test_a_script_plays_exactly_what_was_written(times: list[int], taken: int) -> None:
    script = Script()
    for n in times:
        script.add(HANG_AFTER_ACCEPT, times=n)
    played = [script.take(MARIA) for _ in range(taken)]
    assert played.count(HANG_AFTER_ACCEPT) == min(taken, sum(times))


@pytest.mark.parametrize(("fault", "code"), [(too_many_requests(9), 20429), (flood(9), 429)])
def test_a_refusal_for_haste_says_when_to_come_back(fault: Fault, code: int) -> None:
    assert fault.refusal is not None
    assert (fault.refusal.status, fault.refusal.code, fault.refusal.retry_after) == (429, code, 9)


def test_what_was_not_accepted_cannot_be_answered_as_if_it_were() -> None:
    with pytest.raises(ValueError, match="refusal or a mishap"):
        Fault(accepts=False)
    assert Fault(accepts=False, answer=Answer.HANG).fate is Fate.DELIVERED
