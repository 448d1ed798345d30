"""What people text: posted to the inbound webhook as Twilio does, and what its answer makes of it."""

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox.carrier import OptOut
from bot.sandbox.identities import Identities
from bot.sandbox.phones import BubbleState, Direction, Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.errors import InvalidInputError
from tests.integration.sandbox.stand import COURT, JAMES, MARIA, SERVICE, Product, Twilio, TwilioFor


@pytest.fixture
def court_hears(sandbox: Sandbox, product: Product) -> Product:
    sandbox.post_inbound_to(f"{product.url}/hooks/twilio/inbound")
    sandbox.add_phone(Phone(number=MARIA, owner="Maria", language="es"))
    return product


async def test_a_text_reaches_the_inbound_webhook_signed(sandbox: Sandbox, court_hears: Product) -> None:
    await sandbox.person_writes(MARIA, "  Sí, iré 👍 ")

    [heard] = court_hears.heard
    assert heard.url == f"{court_hears.url}/hooks/twilio/inbound"
    assert (heard.form["From"], heard.form["To"]) == (MARIA, COURT)
    assert (heard.form["Body"], heard.form["NumMedia"], heard.form["SmsStatus"]) == ("  Sí, iré 👍 ", "0", "received")
    assert heard.form["MessageSid"] == heard.form["SmsSid"] == heard.form["SmsMessageSid"]
    assert "OptOutType" not in heard.form
    assert heard.headers["I-Twilio-Idempotency-Token"]
    validator = RequestValidator(sandbox.identities.auth_token)
    assert validator.validate(heard.url, heard.form, heard.headers["X-Twilio-Signature"])


async def test_a_text_that_was_taken_is_marked_so_and_is_in_the_account(
    sandbox: Sandbox, court_hears: Product, twilio: Twilio
) -> None:
    await sandbox.person_writes(MARIA, "hello?")
    [bubble] = sandbox.phone(MARIA).transcript
    assert (bubble.direction, bubble.state) == (Direction.WRITTEN, BubbleState.DELIVERED)
    [listed] = await twilio.find(from_=MARIA)
    assert (listed.direction, listed.status, listed.sid) == ("inbound", "received", bubble.provider_id)
    assert sandbox.ledger.count() == 0


@pytest.mark.parametrize("is_set", [True, False], ids=["a webhook that refuses", "no webhook"])
async def test_a_text_nobody_takes_is_marked_unheard(sandbox: Sandbox, court_hears: Product, *, is_set: bool) -> None:
    court_hears.will(web.Response(status=500))
    if not is_set:
        sandbox.post_inbound_to(None)
    await sandbox.person_writes(MARIA, "hello?")
    assert sandbox.phone(MARIA).transcript[-1].state is BubbleState.UNHEARD
    assert sandbox.alerts == ([11200] if is_set else [])


async def test_a_person_answers_the_number_that_wrote_last(
    clock: SteppedClock, product: Product, twilio_for: TwilioFor
) -> None:
    services = {SERVICE: "+19075550188"}
    async with Sandbox(clock, pace=0, identities=Identities(services=services)) as sandbox:
        sandbox.post_inbound_to(product.url)
        await twilio_for(sandbox).send()
        await sandbox.settle()
        await sandbox.person_writes(MARIA, "one")
        await twilio_for(sandbox).send(messaging_service_sid=SERVICE)
        await sandbox.settle()
        await sandbox.person_writes(MARIA, "two")
        await sandbox.people.write(MARIA, "three", to=COURT)

    assert [heard.form["To"] for heard in product.heard] == [COURT, "+19075550188", COURT]
    assert [heard.form.get("MessagingServiceSid") for heard in product.heard] == [None, SERVICE, None]


@pytest.mark.parametrize(("text", "kind"), [("Stop", "STOP"), ("info", "HELP"), ("YES", "START"), ("yes please", None)])
async def test_advanced_opt_out_says_which_keyword_it_saw(
    clock: SteppedClock, product: Product, text: str, kind: str | None
) -> None:
    async with Sandbox(clock, pace=0, opt_out=OptOut.ADVANCED) as sandbox:
        sandbox.post_inbound_to(product.url)
        sandbox.add_phone(Phone(number=MARIA))
        await sandbox.person_writes(MARIA, text)
    assert product.heard[0].form.get("OptOutType") == kind


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        (web.Response(text="<Response/>", content_type="text/xml"), []),
        (
            web.Response(text="<Response><Message>Salt &amp; more</Message></Response>", content_type="text/xml"),
            ["Salt & more"],
        ),
        (
            web.Response(
                text="<Response><Message><Body>1</Body></Message><Message>2</Message></Response>",
                content_type="application/xml",
            ),
            ["1", "2"],
        ),
        (web.Response(text="plain words", content_type="text/plain"), ["plain words"]),
    ],
    ids=["empty", "one", "two", "plain text"],
)
async def test_what_the_webhook_answers_is_what_twilio_says(
    sandbox: Sandbox, court_hears: Product, answer: web.Response, texts: list[str]
) -> None:
    court_hears.will(answer)
    await sandbox.person_writes(MARIA, "hello?")
    await sandbox.settle()
    assert sandbox.phone(MARIA).texts == texts
    assert sandbox.alerts == []


async def test_an_answer_in_json_goes_to_the_debugger(sandbox: Sandbox, court_hears: Product) -> None:
    court_hears.will(web.json_response({"ok": True}))
    await sandbox.person_writes(MARIA, "hello?")
    assert sandbox.alerts == [12300]
    assert sandbox.phone(MARIA).texts == []


@pytest.mark.parametrize("text", ["", " \n", "x" * 1601])
async def test_what_no_phone_could_send_is_refused(sandbox: Sandbox, court_hears: Product, text: str) -> None:
    with pytest.raises(InvalidInputError):
        await sandbox.person_writes(MARIA, text)
    assert sandbox.phone(MARIA).bubbles == []
    assert court_hears.heard == []


async def test_nobody_writes_from_a_phone_that_is_not_there(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError):
        await sandbox.person_writes(JAMES, "hello?")
