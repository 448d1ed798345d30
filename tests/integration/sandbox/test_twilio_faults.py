"""Every fault of the way to a phone, as the real twilio client meets it: what it is told, and what really happened."""

import time
from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox import faults
from bot.sandbox.carrier import OptOut
from bot.sandbox.faults import Fault
from bot.sandbox.phones import BubbleState
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from tests.integration.sandbox.stand import COURT, JAMES, MARIA, Product, Twilio, TwilioFor


async def test_too_many_requests_says_when_to_come_back(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.script.add(faults.too_many_requests(17))
    answer = await twilio.post(sandbox.url, To=MARIA, From=COURT, Body="hello")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, 20429, "17")

    await twilio.send("again")
    await sandbox.settle()
    assert sandbox.phone(MARIA).texts == ["again"], "what was refused was never taken"


@pytest.mark.parametrize(
    ("fault", "landed"),
    [
        (faults.ERROR_AFTER_ACCEPT, 1),
        (faults.ERROR_BEFORE_ACCEPT, 0),
    ],
    ids=["after accepting", "before accepting"],
)
async def test_an_error_may_hide_an_accepted_text(sandbox: Sandbox, twilio: Twilio, fault: Fault, landed: int) -> None:
    sandbox.script.add(fault)
    with pytest.raises(TwilioRestException) as raised:
        await twilio.send()
    await sandbox.settle()
    assert (raised.value.status, raised.value.code) == (500, 20500)
    assert sandbox.ledger.count() == len(await twilio.find(to=MARIA)) == landed


@pytest.mark.parametrize(
    ("fault", "landed"),
    [
        (faults.DROP_AFTER_ACCEPT, 1),
        (faults.DROP_BEFORE_ACCEPT, 0),
    ],
    ids=["after accepting", "before accepting"],
)
async def test_a_dropped_connection_may_hide_an_accepted_text(
    sandbox: Sandbox, twilio: Twilio, fault: Fault, landed: int
) -> None:
    sandbox.script.add(fault)
    with pytest.raises(requests.ConnectionError):
        await twilio.send()
    await sandbox.settle()
    assert sandbox.ledger.count() == len(await twilio.find(to=MARIA)) == landed


@pytest.mark.parametrize(
    ("fault", "landed"),
    [
        (faults.HANG_AFTER_ACCEPT, 1),
        (faults.HANG_BEFORE_ACCEPT, 0),
    ],
    ids=["after accepting", "before accepting"],
)
async def test_an_answer_that_never_comes_may_hide_an_accepted_text(
    sandbox: Sandbox, twilio: Twilio, fault: Fault, landed: int
) -> None:
    twilio.client.http_client.timeout = 0.2
    sandbox.script.add(fault)
    with pytest.raises(requests.ReadTimeout):
        await twilio.send()
    await sandbox.settle()
    assert sandbox.ledger.count() == len(await twilio.find(to=MARIA)) == landed


async def test_a_hanging_answer_does_not_keep_the_others_waiting(sandbox: Sandbox, twilio: Twilio) -> None:
    twilio.client.http_client.timeout = 0.2
    sandbox.script.add(faults.HANG_AFTER_ACCEPT, to=MARIA)
    with pytest.raises(requests.ReadTimeout):
        await twilio.send()
    assert (await twilio.send(to=JAMES)).status == "queued"


async def test_a_slow_answer_comes_after_the_text_is_on_its_way(clock: SteppedClock, twilio_for: TwilioFor) -> None:
    async with Sandbox(clock, pace=0.01) as sandbox:
        sandbox.script.add(faults.slow_answer(timedelta(seconds=30)))
        started = time.monotonic()
        created = await twilio_for(sandbox).send()
        took = time.monotonic() - started
    assert took >= 0.3
    assert sandbox.phone(MARIA).find(created.sid) is not None
    assert sandbox.ledger.count(MARIA) == 1


async def test_a_lost_text_stays_sent_and_never_lands(sandbox: Sandbox, twilio: Twilio, product: Product) -> None:
    sandbox.script.add(faults.LOSS)
    created = await twilio.send(status_callback=f"{product.url}/status?m=1")
    await sandbox.settle()

    assert product.statuses == ["sent"]
    assert (await twilio.fetch(created.sid)).status == "sent"
    phone = sandbox.phone(MARIA)
    assert (phone.texts, [bubble.state for bubble in phone.bubbles]) == ([], [BubbleState.LOST])
    assert sandbox.ledger.count() == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.UNREACHABLE, 30003),
        (faults.BLOCKED_BY_CARRIER, 30004),
        (faults.LANDLINE, 30006),
        (faults.FILTERED, 30007),
    ],
)
async def test_an_undelivered_text_says_why(
    sandbox: Sandbox, twilio: Twilio, product: Product, fault: Fault, code: int
) -> None:
    sandbox.script.add(fault, to=MARIA)
    created = await twilio.send(status_callback=f"{product.url}/status")
    await sandbox.settle()

    assert product.statuses == ["sent", "undelivered"]
    assert product.heard[-1].form["ErrorCode"] == str(code)
    fetched = await twilio.fetch(created.sid)
    assert (fetched.status, fetched.error_code) == ("undelivered", code)
    assert sandbox.phone(MARIA).texts == []


async def test_a_late_text_is_overtaken_by_a_later_one(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.carrier.sms_phone(MARIA)
    sandbox.people.switch(MARIA, on=False)
    await twilio.send("first")
    await sandbox.settle()
    sandbox.phone(MARIA).is_on = True
    await twilio.send("second")
    await sandbox.settle()
    sandbox.people.switch(MARIA, on=True)
    await sandbox.settle()
    assert sandbox.phone(MARIA).texts == ["second", "first"]


async def test_a_number_s_own_script_goes_before_the_common_one(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.script.add(faults.LOSS, times=None)
    sandbox.script.add(faults.NO_FAULT, to=JAMES)
    for to in (MARIA, JAMES, JAMES):
        await twilio.send(to=to)
    await sandbox.settle()
    assert (sandbox.ledger.count(MARIA), sandbox.ledger.count(JAMES)) == (0, 1)

    sandbox.script.clear()
    await twilio.send()
    await sandbox.settle()
    assert sandbox.ledger.count(MARIA) == 1


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Unsubscribe ", "CANCEL", "End", "QUIT", "STOPALL", "revoke", "OptOut"]
)
async def test_a_carrier_that_keeps_opt_outs_answers_and_blocks(
    clock: SteppedClock, twilio_for: TwilioFor, word: str
) -> None:
    async with Sandbox(clock, pace=0, opt_out=OptOut.CARRIER) as sandbox:
        twilio = twilio_for(sandbox)
        await twilio.send()
        await sandbox.settle()
        await sandbox.person_writes(MARIA, word)
        assert "unsubscribed" in sandbox.phone(MARIA).texts[-1]

        with pytest.raises(TwilioRestException) as raised:
            await twilio.send()
        assert raised.value.code == 21610
        assert (await twilio.send(from_="+19075550198")).sid, "another sender is not blocked"

        await sandbox.people.write(MARIA, "START", to=COURT)
        assert (await twilio.send()).sid
        await sandbox.settle()
        assert sandbox.ledger.count(MARIA) == 3, "the carrier's own words are not the court's"


async def test_a_word_inside_a_sentence_is_not_the_carrier_s(clock: SteppedClock, twilio_for: TwilioFor) -> None:
    async with Sandbox(clock, pace=0, opt_out=OptOut.CARRIER) as sandbox:
        await twilio_for(sandbox).send()
        await sandbox.settle()
        await sandbox.person_writes(MARIA, "please stop")
        assert (await twilio_for(sandbox).send()).sid


async def test_by_default_keywords_are_ours_and_nothing_is_blocked(sandbox: Sandbox, twilio: Twilio) -> None:
    await twilio.send()
    await sandbox.settle()
    await sandbox.person_writes(MARIA, "STOP")
    assert (await twilio.send("You will get no more texts.")).sid
    await sandbox.settle()
    assert sandbox.phone(MARIA).texts == ["hello", "You will get no more texts."]
