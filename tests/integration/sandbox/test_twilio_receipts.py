"""Twilio's receipts: signed so that twilio's own validator agrees, in every order a fault can give them."""

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.identities import Identities
from bot.sandbox.server import Sandbox
from bot.sandbox.twilio_hooks import Signing
from bot.web.signatures import Algorithm
from domain.clock import SteppedClock
from tests.integration.sandbox.stand import COURT, MARIA, SERVICE, Heard, Product, Twilio, TwilioFor


def is_signed(heard: Heard, secret: str, algorithm: str | None = None) -> bool:
    signature = heard.headers["X-Twilio-Signature"]
    return bool(RequestValidator(secret).validate(heard.url, heard.form, signature, algorithm))


async def test_receipts_follow_a_text_and_carry_its_whole_story(
    sandbox: Sandbox, twilio: Twilio, product: Product, clock: SteppedClock
) -> None:
    created = await twilio.send(status_callback=f"{product.url}/hooks/twilio/status?m=42")
    await sandbox.settle()

    assert product.statuses == ["sent", "delivered"]
    last = product.heard[-1]
    assert last.url == f"{product.url}/hooks/twilio/status?m=42"
    assert last.form == {
        "AccountSid": sandbox.identities.account_sid,
        "ApiVersion": "2010-04-01",
        "From": COURT,
        "MessageSid": created.sid,
        "MessageStatus": "delivered",
        "RawDlrDoneDate": f"{clock.now():%y%m%d%H%M}",
        "SmsSid": created.sid,
        "SmsStatus": "delivered",
        "To": MARIA,
    }


async def test_a_messaging_service_also_tells_of_the_queue(sandbox: Sandbox, twilio: Twilio, product: Product) -> None:
    await twilio.send(messaging_service_sid=SERVICE, status_callback=product.url)
    await sandbox.settle()
    assert product.statuses == ["queued", "sent", "delivered"]
    assert {heard.form["MessagingServiceSid"] for heard in product.heard} == {SERVICE}


async def test_twilio_s_own_validator_takes_every_receipt(sandbox: Sandbox, twilio: Twilio, product: Product) -> None:
    await twilio.send(status_callback=f"{product.url}/status?m=1&note=%C3%A9%20%2B")
    await sandbox.settle()

    assert len(product.heard) == 2
    for heard in product.heard:
        assert is_signed(heard, sandbox.identities.auth_token)
        assert not is_signed(heard, "another token")
        assert "X-Twilio-Webhooks-Signature-Settings" not in heard.headers


async def test_a_shared_key_signs_with_sha_256_and_says_so(
    clock: SteppedClock, product: Product, twilio_for: TwilioFor
) -> None:
    signing = Signing("shared-secret", Algorithm.SHA256, "webhooks_sharedkey_1")
    async with Sandbox(clock, pace=0, identities=Identities(signing=signing)) as sandbox:
        await twilio_for(sandbox).send(status_callback=product.url + "/status")
        await sandbox.settle()

    for heard in product.heard:
        settings = heard.headers["X-Twilio-Webhooks-Signature-Settings"]
        assert settings == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        assert is_signed(heard, "shared-secret", "HMAC_SHA256")
        assert not is_signed(heard, "shared-secret")


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        (faults.DOUBLED_RECEIPTS, ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
        (faults.REORDERED_RECEIPTS, ["delivered", "sent", "queued"]),
        (faults.NO_RECEIPTS, []),
    ],
    ids=["doubled", "reordered", "none"],
)
async def test_receipts_come_as_scripted_and_the_text_lands_once(
    sandbox: Sandbox, twilio: Twilio, product: Product, fault: Fault, statuses: list[str]
) -> None:
    sandbox.script.add(fault)
    await twilio.send(messaging_service_sid=SERVICE, status_callback=product.url)
    await sandbox.settle()
    assert product.statuses == statuses
    assert sandbox.ledger.count(MARIA) == 1


async def test_receipts_can_come_before_the_answer(sandbox: Sandbox, twilio: Twilio, product: Product) -> None:
    sandbox.script.add(faults.RECEIPTS_FIRST)
    created = await twilio.send(messaging_service_sid=SERVICE, status_callback=product.url)

    assert product.statuses == ["queued", "sent", "delivered"], "all before the answer"
    assert created.status == "accepted", "the answer still says what was true when it was made"
    assert {heard.form["MessageSid"] for heard in product.heard} == {created.sid}


async def test_receipts_come_for_a_text_whose_answer_was_an_error(
    sandbox: Sandbox, twilio: Twilio, product: Product
) -> None:
    sandbox.script.add(faults.ERROR_AFTER_ACCEPT)
    answer = await twilio.post(sandbox.url, To=MARIA, From=COURT, Body="hello", StatusCallback=f"{product.url}/s?m=7")
    await sandbox.settle()
    assert answer.status_code == 500
    assert product.statuses == ["sent", "delivered"]
    assert product.heard[0].url.endswith("/s?m=7")


async def test_by_default_a_refused_receipt_is_not_repeated(sandbox: Sandbox, twilio: Twilio, product: Product) -> None:
    product.will(web.Response(status=503), web.Response(status=404))
    await twilio.send(status_callback=product.url)
    await sandbox.settle()
    assert product.statuses == ["sent", "delivered"]
    assert sandbox.alerts == [11200, 11200]


async def test_overrides_in_the_fragment_repeat_a_refused_receipt_with_one_token(
    sandbox: Sandbox, twilio: Twilio, product: Product
) -> None:
    product.will(web.Response(status=503), web.Response(status=500))
    await twilio.send(status_callback=f"{product.url}/status?m=1#rc=3&rp=5xx")
    await sandbox.settle()

    assert product.statuses == ["sent", "sent", "sent", "delivered"]
    tokens = [heard.headers["I-Twilio-Idempotency-Token"] for heard in product.heard]
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert all(is_signed(heard, sandbox.identities.auth_token) for heard in product.heard), "the fragment is not signed"
    assert sandbox.alerts == []


async def test_a_receipt_nobody_is_there_to_take_is_given_up(
    sandbox: Sandbox, twilio: Twilio, unused_tcp_port: int
) -> None:
    await twilio.send(status_callback=f"http://127.0.0.1:{unused_tcp_port}/status")
    await sandbox.settle()
    assert sandbox.alerts == [11200, 11200]
    assert sandbox.phone(MARIA).texts == ["hello"]


@pytest.mark.parametrize(
    ("policy", "status", "tries"),
    [("4xx", 404, 3), ("5xx", 404, 1), ("5xx", 502, 3), ("4xx,5xx", 502, 3), ("all", 410, 3), ("ct", 500, 1)],
)
async def test_a_policy_says_what_is_worth_another_try(
    sandbox: Sandbox, twilio: Twilio, product: Product, policy: str, status: int, tries: int
) -> None:
    product.refusal = status
    product.refuses = lambda heard: heard.form["MessageStatus"] == "sent"
    await twilio.send(status_callback=f"{product.url}/#rc=2&rp={policy}")
    await sandbox.settle()
    assert product.statuses == ["sent"] * tries + ["delivered"]


async def test_a_webhook_that_answers_too_late_has_not_answered(
    sandbox: Sandbox, twilio: Twilio, product: Product
) -> None:
    product.takes = 0.3
    await twilio.send(status_callback=f"{product.url}/#rt=100&tt=100&rc=1&rp=rt")
    await sandbox.settle()
    assert product.statuses == ["sent", "sent", "delivered", "delivered"], "it was heard, and it is told again"
    assert sandbox.alerts == [11200, 11200]
