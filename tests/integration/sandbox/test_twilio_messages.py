"""The real twilio client against the sandbox: what it creates, reads and lists."""

from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox.faults import late
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from tests.integration.sandbox.stand import COURT, JAMES, MARIA, SERVICE, Twilio


async def test_a_text_is_accepted_then_on_the_phone(sandbox: Sandbox, twilio: Twilio, clock: SteppedClock) -> None:
    created = await twilio.send("Court on Thursday.")
    assert (created.status, created.from_, created.to, created.num_segments) == ("queued", COURT, MARIA, "1")
    assert created.date_created == clock.now()

    await sandbox.settle()

    [bubble] = sandbox.phone(MARIA).transcript
    assert (bubble.text, bubble.provider_id, bubble.segments) == ("Court on Thursday.", created.sid, 1)
    assert sandbox.ledger.count(MARIA) == 1


async def test_a_messaging_service_chooses_its_number_only_after_accepting(sandbox: Sandbox, twilio: Twilio) -> None:
    created = await twilio.send(messaging_service_sid=SERVICE)
    assert (created.status, created.from_, created.num_segments) == ("accepted", None, "0")

    await sandbox.settle()

    [later] = await twilio.find()
    assert (later.status, later.from_, later.num_segments) == ("delivered", COURT, "1")
    assert later.messaging_service_sid == SERVICE


async def test_a_message_can_be_fetched_by_its_sid(sandbox: Sandbox, twilio: Twilio) -> None:
    created = await twilio.send("Привет" + "!" * 70)
    await sandbox.settle()

    fetched = await twilio.fetch(created.sid)

    assert (fetched.body, fetched.status, fetched.num_segments) == (created.body, "delivered", "2")
    assert (fetched.date_sent, fetched.error_code, fetched.direction) == (created.date_created, None, "outbound-api")


async def test_a_discarded_body_cannot_be_read_back(sandbox: Sandbox, twilio: Twilio) -> None:
    created = await twilio.send("secret", content_retention="discard")
    await sandbox.settle()
    assert (await twilio.fetch(created.sid)).body == ""
    assert sandbox.phone(MARIA).texts == ["secret"]


async def test_an_unknown_sid_is_not_found(twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as raised:
        await twilio.fetch("SM" + "0" * 32)
    assert (raised.value.status, raised.value.code) == (404, 20404)


async def test_the_list_is_newest_first_and_filtered_by_number(sandbox: Sandbox, twilio: Twilio) -> None:
    for n, to in enumerate([MARIA, JAMES, MARIA]):
        await twilio.send(str(n), to=to)
    await sandbox.settle()

    assert [sms.body for sms in await twilio.find()] == ["2", "1", "0"]
    assert [sms.body for sms in await twilio.find(to=MARIA)] == ["2", "0"]
    assert await twilio.find(to=MARIA, from_=JAMES) == []


async def test_the_list_is_filtered_by_the_moment_of_sending(
    sandbox: Sandbox, twilio: Twilio, clock: SteppedClock
) -> None:
    started = clock.now()
    for n in range(3):
        await twilio.send(str(n))
        await sandbox.settle()
        clock.advance(timedelta(days=1))

    after = await twilio.find(date_sent_after=started + timedelta(days=1))
    before = await twilio.find(date_sent_before=started + timedelta(hours=12))
    on_the_day = await twilio.find(date_sent=(started + timedelta(days=1)).date())
    assert [[sms.body for sms in found] for found in (after, before, on_the_day)] == [["2", "1"], ["0"], ["1"]]


async def test_what_was_not_sent_yet_passes_no_filter_of_dates(
    sandbox: Sandbox, twilio: Twilio, clock: SteppedClock
) -> None:
    sandbox.carrier.sms_phone(MARIA)
    sandbox.people.switch(MARIA, on=False)
    await twilio.send()
    await sandbox.settle()

    assert await twilio.find(to=MARIA, date_sent_after=clock.now() - timedelta(days=1)) == []
    [waiting] = await twilio.find(to=MARIA)
    assert (waiting.status, waiting.date_sent) == ("queued", None)


async def test_a_long_list_comes_in_pages(sandbox: Sandbox, twilio: Twilio) -> None:
    for n in range(5):
        await twilio.send(str(n))
    await sandbox.settle()

    found = await twilio.find(page_size=2)

    assert [sms.body for sms in found] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("query", ["PageSize=many", "DateSent=yesterday", "Page=x"])
async def test_a_list_that_cannot_be_read_is_refused(sandbox: Sandbox, twilio: Twilio, query: str) -> None:
    await twilio.send()
    await sandbox.settle()
    answer = await twilio.get(
        f"{sandbox.url}/2010-04-01/Accounts/{sandbox.identities.account_sid}/Messages.json?{query}"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_the_account_can_be_asked_for(sandbox: Sandbox, twilio: Twilio) -> None:
    account = await twilio.account()
    assert (account.sid, account.status) == (sandbox.identities.account_sid, "active")


@pytest.mark.parametrize("path", ["Messages.json", "Messages/SM1.json"])
async def test_a_wrong_token_opens_nothing(sandbox: Sandbox, twilio: Twilio, path: str) -> None:
    url = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.identities.account_sid}/{path}"
    answer = await twilio.get(url, auth=(sandbox.identities.account_sid, "wrong"))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_another_account_is_not_there(sandbox: Sandbox, twilio: Twilio) -> None:
    answer = await twilio.get(f"{sandbox.url}/2010-04-01/Accounts/AC{'0' * 32}/Messages.json")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"to": "907-555-0101"}, 21211),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "not a number"}, 21212),
        ({"text": "x" * 1601}, 21617),
        ({"text": ""}, 21602),
        ({"from_": ""}, 21603),
        ({"to": ""}, 21604),
        ({"messaging_service_sid": "MG1"}, 21701),
        ({"validity_period": 36_001}, 20001),
        ({"validity_period": 0}, 20001),
    ],
)
async def test_magic_and_malformed_values_are_refused_as_at_twilio(
    sandbox: Sandbox, twilio: Twilio, asked: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as raised:
        await twilio.send(**asked)
    assert (raised.value.status, raised.value.code) == (400, code)
    assert await twilio.find() == []
    assert list(sandbox.carrier) == []


async def test_the_magic_full_sender_asks_to_slow_down(twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as raised:
        await twilio.send(from_="+15005550008")
    assert (raised.value.status, raised.value.code) == (429, 21611)


async def test_the_magic_good_number_works(sandbox: Sandbox, twilio: Twilio) -> None:
    await twilio.send(to="+15005550006", from_="+15005550006")
    await sandbox.settle()
    assert sandbox.phone("+15005550006").texts == ["hello"]


async def test_a_validity_that_ends_in_the_queue_fails_the_text(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.script.add(late(timedelta(seconds=61)), to=MARIA, times=2)
    stale = await twilio.send("stale", validity_period=60)
    fresh = await twilio.send("fresh", validity_period=62)
    await sandbox.settle()

    assert sandbox.phone(MARIA).texts == ["fresh"]
    ended = await twilio.fetch(stale.sid)
    assert (ended.status, ended.error_code, ended.date_sent) == ("failed", 30036, None)
    assert (await twilio.fetch(fresh.sid)).status == "delivered"


async def test_a_phone_that_is_off_gets_its_texts_when_it_is_on_again(
    sandbox: Sandbox, twilio: Twilio, clock: SteppedClock
) -> None:
    sandbox.carrier.sms_phone(MARIA)
    sandbox.people.switch(MARIA, on=False)
    await twilio.send("short", validity_period=1800)
    await twilio.send("long", validity_period=7200)
    await sandbox.settle()
    assert sandbox.phone(MARIA).texts == []

    clock.advance(timedelta(hours=1))
    sandbox.people.switch(MARIA, on=True)
    await sandbox.settle()

    assert sandbox.phone(MARIA).texts == ["long"]
    assert {sms.body: sms.error_code for sms in await twilio.find()} == {"long": None, "short": 30036}


async def test_the_bytes_on_the_wire_are_json_with_twilio_s_fields(sandbox: Sandbox, twilio: Twilio) -> None:
    created = await twilio.send()
    await sandbox.settle()
    url = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.identities.account_sid}/Messages/{created.sid}.json"
    answer: requests.Response = await twilio.get(url)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {
        *("account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction", "error_code"),
        *("error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price", "price_unit", "sid"),
        *("status", "subresource_uris", "to", "uri"),
    }
