"""The table of Twilio's codes says for each what PROVIDERS' facts ask for, in a sentence staff can read."""

import pytest

from bot.channels.twilio_errors import MEANINGS, OUR_FAULT, Meaning, outcome_of, receipt_consequence
from domain.delivery import Consequence, Deferred, Rejected, Unknown

NONE, DEAD, OUT, BROKEN = (
    Consequence.NONE,
    Consequence.DEAD_ADDRESS,
    Consequence.OPTED_OUT,
    Consequence.LANE_BROKEN,
)


@pytest.mark.parametrize(
    ("code", "consequence", "may_retry"),
    [
        (30001, NONE, True),
        (30002, BROKEN, True),
        (30003, NONE, True),
        (30004, NONE, False),
        (30005, DEAD, False),
        (30006, DEAD, False),
        (30007, NONE, False),
        (30008, NONE, True),
        (30022, NONE, True),
        (30023, NONE, True),
        (30032, BROKEN, True),
        (30034, BROKEN, True),
        (30036, NONE, True),
        (30047, NONE, True),
        (21610, OUT, False),
        (14107, NONE, True),
        ("30005", DEAD, False),
        (" 30005 ", DEAD, False),
        (39999, NONE, True),
        ("nonsense", NONE, True),
        ("٣٠٠٠٥", NONE, True),
        (None, NONE, False),
    ],
)
def test_a_receipts_code_says_what_becomes_of_the_address_and_the_message(
    code: str | int | None,
    consequence: Consequence,
    *,
    may_retry: bool,
) -> None:
    meaning = receipt_consequence(code)
    assert (meaning.consequence, meaning.may_retry) == (consequence, may_retry)


@pytest.mark.parametrize("code", MEANINGS)
def test_every_code_has_a_sentence_for_staff(code: int) -> None:
    wording = MEANINGS[code].wording
    assert wording.endswith(".")
    assert wording[0].isupper()
    assert str(code) not in wording


@pytest.mark.parametrize("code", MEANINGS)
def test_no_code_both_gives_an_address_up_and_tries_it_again(code: int) -> None:
    meaning = MEANINGS[code]
    if meaning.consequence in {DEAD, OUT}:
        assert not meaning.may_retry
    if meaning.consequence is BROKEN:
        assert meaning.lane_wide, "nothing may go through a broken sender"
        assert meaning.may_retry, "and nothing is lost"


@pytest.mark.parametrize(("code", "meaning"), MEANINGS.items())
def test_a_refused_create_agrees_with_the_table(code: int, meaning: Meaning) -> None:
    outcome = outcome_of(status=400, code=code, retry_after=None)
    if meaning.may_retry:
        assert isinstance(outcome, Deferred)
        assert outcome.lane_wide is meaning.lane_wide
    else:
        assert isinstance(outcome, Rejected)
    assert outcome.consequence is meaning.consequence
    assert outcome.code == f"twilio.{code}"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408])
@pytest.mark.parametrize("code", [None, 21211, 30001, 20500])
def test_a_server_that_failed_may_have_sent_whatever_code_it_gives(status: int, code: int | None) -> None:
    assert isinstance(outcome_of(status=status, code=code, retry_after=None), Unknown)


@pytest.mark.parametrize("status", sorted(OUR_FAULT))
def test_a_refusal_without_a_code_that_every_message_would_meet_stops_the_lane(status: int) -> None:
    outcome = outcome_of(status=status, code=None, retry_after=None)
    assert outcome == Deferred(f"twilio.{status}", lane_wide=True, consequence=BROKEN)
