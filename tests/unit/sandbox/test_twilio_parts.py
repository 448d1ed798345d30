"""Twilio's small print: connection overrides, signatures against Twilio's own vectors, and what is refused at once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox.faults import Refusal
from bot.sandbox.twilio_hooks import Overrides, Signing, overrides_in
from bot.sandbox.twilio_rules import MAGIC_FROM, MAGIC_TO, complaint, refusal_of
from bot.web.signatures import Algorithm

GOOD = {"To": "+19075550101", "From": "+19075550199", "Body": "hello"}


@pytest.mark.parametrize(
    ("fragment", "overrides"),
    [
        ("", Overrides()),
        ("rc=3", Overrides(retries=3)),
        ("rc=0", Overrides(retries=0)),
        ("rc=9", Overrides(retries=5)),
        ("rp=5xx,rt", Overrides(retry_on=frozenset({"5xx", "rt"}))),
        ("rp=all", Overrides(retry_on=frozenset({"ct", "rt", "4xx", "5xx"}))),
        ("ct=250&rt=500", Overrides(connect=timedelta(milliseconds=250), read=timedelta(milliseconds=500))),
        ("tt=900", Overrides(total=timedelta(milliseconds=900))),
        ("ct=1&rt=99999", Overrides(connect=timedelta(milliseconds=100), read=timedelta(seconds=15))),
        ("unknown=1&rc=2", Overrides(retries=2)),
    ],
)
def test_connection_overrides_are_read_from_the_fragment(fragment: str, overrides: Overrides) -> None:
    assert overrides_in(fragment) == overrides


def test_a_number_that_is_none_is_a_mistake_of_the_url() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        overrides_in("rc=many")


@given(
    st.dictionaries(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), st.text(), max_size=8),
    st.sampled_from(["/status", "/status?m=1", "/a%20b?x=%C3%A9"]),
    st.sampled_from(Algorithm),
)
def test_twilio_s_validator_takes_every_signature(form: dict[str, str], path: str, algorithm: Algorithm) -> None:
    url = f"http://127.0.0.1:8123{path}"
    signature = Signing("secret", algorithm, "key1").headers(url, form)["X-Twilio-Signature"]
    assert RequestValidator("secret").validate(url, form, signature, algorithm.value)
    assert not RequestValidator("other").validate(url, form, signature, algorithm.value)


def test_only_a_shared_key_announces_itself() -> None:
    assert set(Signing("secret").headers("http://127.0.0.1/", {})) == {"X-Twilio-Signature"}
    headers = Signing("secret", Algorithm.SHA256, "k1").headers("http://127.0.0.1/", {})
    assert headers["X-Twilio-Webhooks-Signature-Settings"] == "key=k1,algorithm=HMAC_SHA256"


def test_a_good_form_has_nothing_to_complain_of() -> None:
    assert complaint(GOOD) is None
    assert complaint({**GOOD, "ValidityPeriod": "36000", "Unknown": "x"}) is None
    assert complaint({"To": GOOD["To"], "Body": "x", "MessagingServiceSid": "MG" + "0" * 32}) is None


@pytest.mark.parametrize(("number", "code"), MAGIC_TO.items())
def test_every_magic_recipient_has_its_refusal(number: str, code: int) -> None:
    refusal = complaint({**GOOD, "To": number})
    assert refusal is not None
    assert (refusal.code, refusal.status) == (code, 400)


@pytest.mark.parametrize(("number", "code"), MAGIC_FROM.items())
def test_every_magic_sender_has_its_refusal(number: str, code: int) -> None:
    refusal = complaint({**GOOD, "From": number})
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "", "Body": "", "From": ""}, 21604),
        ({"From": "", "Body": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "19075550101"}, 21211),
        ({"To": "+1907555010\u0661"}, 21211),
        ({"From": "Court"}, 21212),
        ({"MessagingServiceSid": "MGx"}, 21701),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"ValidityPeriod": "soon"}, 20001),
    ],
)
def test_the_first_thing_wrong_is_the_one_that_is_said(change: dict[str, str], code: int) -> None:
    refusal = complaint({**GOOD, **change})
    assert refusal is not None
    assert refusal.code == code


def test_a_refusal_repeats_the_number_as_twilio_s_does() -> None:
    assert refusal_of(21211, {"To": "+1500"}) == Refusal(400, 21211, "Invalid 'To' Phone Number: +1500")


def test_a_code_the_sandbox_does_not_know_is_a_bug() -> None:
    with pytest.raises(KeyError):
        refusal_of(99999)
