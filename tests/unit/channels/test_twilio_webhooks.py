"""Twilio's webhooks are read for what is known, whatever else they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from bot.channels.twilio_webhooks import STATES, parse_inbound, parse_status, status_callback
from bot.sandbox.twilio_hooks import Overrides, overrides_in
from domain.delivery import Address, ChannelName, Consequence, DeliveryState
from domain.errors import InvalidInputError

STATUS = {"MessageSid": "SM1", "MessageStatus": "sent", "To": "+19075550100", "ApiVersion": "2010-04-01"}
INBOUND = {"MessageSid": "SM2", "From": "+19075550100", "To": "+19075550199", "Body": " 1 \n", "NumMedia": "0"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", DeliveryState.ACCEPTED),
        ("scheduled", DeliveryState.ACCEPTED),
        ("queued", DeliveryState.ACCEPTED),
        ("sending", DeliveryState.ACCEPTED),
        ("sent", DeliveryState.SENT),
        ("partially_delivered", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("undelivered", DeliveryState.UNDELIVERED),
        ("failed", DeliveryState.FAILED),
        ("canceled", DeliveryState.FAILED),
        ("read", DeliveryState.READ),
        ("teleported", DeliveryState.ACCEPTED),
        ("", DeliveryState.ACCEPTED),
    ],
)
def test_each_status_has_its_state_and_an_unknown_one_still_proves_acceptance(
    status: str, state: DeliveryState
) -> None:
    assert parse_status({**STATUS, "MessageStatus": status}, m="71").state is state


def test_no_status_of_twilio_takes_a_delivery_back_behind_acceptance() -> None:
    assert all(state.rank >= DeliveryState.ACCEPTED.rank for state in STATES.values())


def test_a_receipt_is_bound_by_our_id_and_by_theirs() -> None:
    receipt = parse_status(STATUS, m="71")
    assert (receipt.delivery_id, receipt.provider_id, receipt.state) == (71, "SM1", DeliveryState.SENT)
    assert (receipt.error_code, receipt.consequence, receipt.may_retry) == (None, Consequence.NONE, False)


def test_the_old_names_of_the_parameters_are_understood() -> None:
    receipt = parse_status({"SmsSid": "SM1", "SmsStatus": "delivered"}, m=None)
    assert (receipt.provider_id, receipt.state) == ("SM1", DeliveryState.DELIVERED)


@pytest.mark.parametrize("m", [None, "", "x", "-1", "1.0", "\u0667\u0661", "7 1", "9" * 19])
def test_an_id_that_is_not_ours_is_none(m: str | None) -> None:
    assert parse_status(STATUS, m=m).delivery_id is None


@pytest.mark.parametrize(
    ("code", "error_code", "consequence", "may_retry"),
    [
        ("30003", "twilio.30003", Consequence.NONE, True),
        ("30005", "twilio.30005", Consequence.DEAD_ADDRESS, False),
        ("21610", "twilio.21610", Consequence.OPTED_OUT, False),
        ("30034", "twilio.30034", Consequence.LANE_BROKEN, True),
        ("", None, Consequence.NONE, False),
        ("0", None, Consequence.NONE, False),
    ],
)
def test_a_failure_says_what_follows_from_it(
    code: str,
    error_code: str | None,
    consequence: Consequence,
    *,
    may_retry: bool,
) -> None:
    receipt = parse_status({**STATUS, "MessageStatus": "undelivered", "ErrorCode": code}, m="71")
    assert (receipt.error_code, receipt.consequence, receipt.may_retry) == (error_code, consequence, may_retry)


def test_an_inbound_text_keeps_its_blanks_and_its_sender() -> None:
    sms = parse_inbound(FormData([*INBOUND.items(), ("FromCity", "JUNEAU")]), idempotency_token="t-1")
    assert sms.sender == Address(ChannelName.SMS, "+19075550100")
    assert (sms.provider_id, sms.to, sms.text, sms.num_media) == ("SM2", "+19075550199", " 1 \n", 0)
    assert (sms.opt_out_type, sms.idempotency_token) == (None, "t-1")


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("NumMedia", "2", "num_media", 2),
        ("NumMedia", "many", "num_media", 0),
        ("OptOutType", "STOP", "opt_out_type", "STOP"),
        ("OptOutType", "stop", "opt_out_type", "STOP"),
        ("Body", "", "text", ""),
    ],
)
def test_the_rest_of_an_inbound_text_is_optional(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(parse_inbound({**INBOUND, name: value}), field) == expected


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_text_from_nobody_or_without_an_id_is_refused(missing: str) -> None:
    form = {name: value for name, value in INBOUND.items() if name != missing}
    with pytest.raises(InvalidInputError, match=missing):
        parse_inbound(form)


def test_nothing_personal_shows_in_a_repr() -> None:
    shown = repr(parse_inbound({**INBOUND, "Body": "my secret"}))
    assert "secret" not in shown
    assert "5550100" not in shown
    assert "5550199" not in shown


@given(st.dictionaries(st.text(), st.text()), st.none() | st.text())
def test_any_form_at_all_is_read_as_a_receipt_without_a_fall(form: dict[str, str], m: str | None) -> None:
    receipt = parse_status(form, m=m)
    assert receipt.state in DeliveryState
    assert receipt.delivery_id is None or receipt.delivery_id >= 0


def test_the_receipts_address_is_under_the_public_one() -> None:
    url, _, how = status_callback("https://court.example/usher/", 5).partition("#")

    assert url == "https://court.example/usher/hooks/twilio/status?m=5"
    assert overrides_in(how) == Overrides(retries=5, retry_on=frozenset({"ct", "rt", "5xx"}))
