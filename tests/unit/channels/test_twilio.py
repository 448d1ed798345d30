"""What goes to Twilio, and what each of its answers means."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.connection import Answer, MaybeSentError, NotSentError, WireError
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import LONGEST_PAUSE, twilio_client
from domain.delivery import (
    Address,
    ChannelName,
    Consequence,
    Deferred,
    NotFound,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unavailable,
    Unknown,
)
from tests.unit.channels.scripted_wire import ScriptedWire, answer

ACCOUNT, SERVICE = "AC" + "0" * 32, "MG" + "1" * 32
TO = Address(ChannelName.SMS, "+19075550100")
AT = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
PUBLIC = "https://court.example"
CREATED = answer(201, {"sid": "SM1", "status": "accepted", "error_code": None})


def a_message(text: str = "Court tomorrow at 9:30.", **more: object) -> OutgoingMessage:
    return OutgoingMessage(id=71, to=TO, text=text, **more)  # type: ignore[arg-type]  # tests set what they name


def a_channel(
    *script: Answer | WireError, sender: str = SERVICE, keeps_no_text: bool = False, base_url: str | None = None
) -> tuple[TwilioSms, ScriptedWire]:
    wire = ScriptedWire(*script)
    client = twilio_client(ACCOUNT, "token", wire, base_url=base_url)
    return TwilioSms(client, sender=sender, public_url=PUBLIC, keeps_no_text=keeps_no_text), wire


def refused(status: int, code: int | None = None) -> Answer:
    return answer(status, {"code": code, "message": "no"} if code else {"message": "no"})


async def test_a_text_goes_out_with_our_id_in_its_receipts_address() -> None:
    channel, wire = a_channel(CREATED)

    assert await channel.send(a_message("Зал 204 & ¿hoy?", valid_for=timedelta(hours=2))) == Sent("SM1")

    [asked] = wire.asked
    assert (asked.method, asked.url) == (
        "POST",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
    )
    assert asked.form == {
        "To": "+19075550100",
        "Body": "Зал 204 & ¿hoy?",
        "MessagingServiceSid": SERVICE,
        "StatusCallback": "https://court.example/hooks/twilio/status?m=71#rc=5&rp=ct,rt,5xx",
        "ValidityPeriod": "7200",
    }
    assert asked.headers["Authorization"].startswith("Basic QUMw")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_number_is_sent_from_as_a_number() -> None:
    channel, wire = a_channel(CREATED, sender="+19075550199")
    await channel.send(a_message())
    assert wire.asked[0].form["From"] == "+19075550199"
    assert "MessagingServiceSid" not in wire.asked[0].form


async def test_the_text_is_discarded_at_twilio_only_when_asked_for() -> None:
    for keeps_no_text, retention in ((True, "discard"), (False, None)):
        channel, wire = a_channel(CREATED, keeps_no_text=keeps_no_text)
        await channel.send(a_message())
        assert wire.asked[0].form.get("ContentRetention") == retention


async def test_another_server_can_stand_in_for_twilio_whatever_the_machines_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    channel, wire = a_channel(CREATED, base_url="http://127.0.0.1:8400/")
    await channel.send(a_message())
    assert wire.asked[0].url == f"http://127.0.0.1:8400/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [
        (None, None),
        (timedelta(0), "5"),
        (timedelta(seconds=-4), "5"),
        (timedelta(seconds=5.9), "5"),
        (timedelta(minutes=10), "600"),
        (timedelta(hours=10), "36000"),
        (timedelta(days=3), "36000"),
    ],
)
async def test_the_validity_period_stays_within_what_twilio_takes(
    valid_for: timedelta | None, seconds: str | None
) -> None:
    channel, wire = a_channel(CREATED)
    await channel.send(a_message(valid_for=valid_for))
    assert wire.asked[0].form.get("ValidityPeriod") == seconds


BROKEN = {"lane_wide": True, "consequence": Consequence.LANE_BROKEN}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (CREATED, Sent("SM1")),
        (refused(400, 21610), Rejected("twilio.21610", Consequence.OPTED_OUT)),
        (refused(400, 21211), Rejected("twilio.21211", Consequence.DEAD_ADDRESS)),
        (refused(400, 21614), Rejected("twilio.21614", Consequence.DEAD_ADDRESS)),
        (refused(400, 21408), Rejected("twilio.21408")),
        (refused(400, 21617), Rejected("twilio.21617")),
        (refused(400, 99999), Rejected("twilio.99999")),
        (refused(400), Rejected("twilio.400")),
        (refused(400, 21606), Deferred("twilio.21606", **BROKEN)),  # type: ignore[arg-type]
        (refused(401, 20003), Deferred("twilio.20003", **BROKEN)),  # type: ignore[arg-type]
        (refused(404, 20404), Deferred("twilio.20404", **BROKEN)),  # type: ignore[arg-type]
        (refused(403), Deferred("twilio.403", **BROKEN)),  # type: ignore[arg-type]
        (answer(302, b"<html>", location="https://elsewhere.example"), Deferred("twilio.302", **BROKEN)),  # type: ignore[arg-type]
        (refused(400, 21611), Deferred("twilio.21611", lane_wide=True)),
        (refused(429, 20429), Deferred("twilio.20429", lane_wide=True)),
        (refused(429), Deferred("twilio.429", lane_wide=True)),
        (refused(500), Unknown("twilio.500")),
        (refused(503, 20503), Unknown("twilio.20503")),
        (answer(502, b"<html>bad gateway</html>"), Unknown("twilio.502")),
        (refused(408), Unknown("twilio.408")),
        (NotSentError("http.unreachable"), Deferred("http.unreachable")),
        (MaybeSentError("http.timeout"), Unknown("http.timeout")),
        (answer(201, b"<html>captive portal"), Unknown("twilio.garbled")),
        (answer(201, b"[]"), Unknown("twilio.garbled")),
        (answer(201, {"sid": 7, "status": ["queued"]}), Unknown("twilio.no_sid")),
        (answer(400, b"[]"), Rejected("twilio.400")),
        (answer(201, b'"SM1"'), Unknown("twilio.garbled")),
        (answer(201, b""), Unknown("twilio.no_sid")),
        (answer(201, {"status": "queued"}), Unknown("twilio.no_sid")),
        (
            answer(201, {"sid": "SM1", "status": "failed", "error_code": 21610}),
            Rejected("twilio.21610", Consequence.OPTED_OUT),
        ),
    ],
    ids=repr,
)
async def test_twilios_answers_become_outcomes(script: Answer | WireError, expected: SendOutcome) -> None:
    channel, wire = a_channel(script)
    assert await channel.send(a_message()) == expected
    assert len(wire.asked) == 1, "asked once, whatever came"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Rejected("twilio.21211", Consequence.DEAD_ADDRESS)),
        (503, Unknown("twilio.21211")),
    ],
)
async def test_problem_documents_are_read_and_the_answers_own_status_counts(status: int, expected: SendOutcome) -> None:
    problem = {"type": "https://twilio.example/21211", "title": "Invalid", "status": 400, "code": 21211}
    channel, _ = a_channel(answer(status, problem))
    assert await channel.send(a_message()) == expected


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", timedelta(seconds=7)),
        (" 30 ", timedelta(seconds=30)),
        ("999999999999", LONGEST_PAUSE),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_reaches_the_lane(header: str, pause: timedelta | None) -> None:
    channel, _ = a_channel(answer(429, {"code": 20429}, retry_after=header))
    assert await channel.send(a_message()) == Deferred("twilio.20429", pause, lane_wide=True)


async def test_what_one_message_heard_is_not_taken_for_the_next_ones_answer() -> None:
    channel, _ = a_channel(answer(429, {"code": 20429}, retry_after="7"), MaybeSentError("http.connection_lost"))
    await channel.send(a_message())
    assert await channel.send(a_message()) == Unknown("http.connection_lost")


async def test_a_text_that_is_no_unicode_is_refused_before_anything_leaves() -> None:
    channel, wire = a_channel(CREATED)
    assert await channel.send(a_message("\ud83d half an emoji")) == Rejected("twilio.unwritable")
    assert wire.asked == []


def listed(*texts: dict[str, object]) -> Answer:
    base = {"direction": "outbound-api", "date_created": "Mon, 01 Jun 2026 18:00:05 +0000", "date_sent": None}
    return answer(200, {"messages": [{**base, **text} for text in texts], "next_page_uri": None})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([{"sid": "SM7", "body": "Court tomorrow at 9:30."}], Sent("SM7")),
        ([{"sid": "SM7", "body": " Court tomorrow at 9:30.\n"}], Sent("SM7")),
        ([], NotFound()),
        ([{"sid": "SM7", "body": "Court tomorrow at 9:45."}], NotFound()),
        ([{"sid": "SM7", "body": None}], NotFound()),
        ([{"sid": "SM7", "body": "Court tomorrow at 9:30.", "direction": "inbound"}], NotFound()),
        (
            [
                {"sid": "SM6", "body": "Other."},
                {"sid": "SM7", "body": "Court tomorrow at 9:30."},
                {"sid": "SM8", "body": "Court tomorrow at 9:30.", "date_created": "Mon, 25 May 2026 18:00:00 +0000"},
            ],
            Sent("SM7"),
        ),
        (
            [{"sid": "SM8", "body": "Court tomorrow at 9:30.", "date_created": "Mon, 25 May 2026 18:00:00 +0000"}],
            NotFound(),
        ),
    ],
    ids=["there", "trimmed", "none", "other words", "no words", "theirs", "among others", "last week's, same words"],
)
async def test_a_look_up_finds_the_very_words_since_the_attempt(
    texts: list[dict[str, object]], expected: object
) -> None:
    channel, wire = a_channel(listed(*texts))
    assert await channel.find(a_message(attempted_at=AT)) == expected
    [asked] = wire.asked
    assert asked.method == "GET"
    assert asked.url.endswith("/Messages.json?To=%2B19075550100&PageSize=100")


async def test_a_text_that_is_known_to_be_another_is_not_taken_for_this_one() -> None:
    both: list[dict[str, object]] = [{"sid": sid, "body": "Court tomorrow at 9:30."} for sid in ("SM8", "SM7")]
    channel, _ = a_channel(listed(*both))
    assert await channel.find(a_message(attempted_at=AT, not_these=frozenset({"SM8"}))) == Sent("SM7")
    channel, _ = a_channel(listed({"sid": "SM8", "body": "Court tomorrow at 9:30."}))
    assert await channel.find(a_message(attempted_at=AT, not_these=frozenset({"SM8"}))) == NotFound()


async def test_of_several_with_the_same_words_the_first_since_the_attempt_is_taken() -> None:
    both: list[dict[str, object]] = [
        {"sid": sid, "body": "Court tomorrow at 9:30.", "date_created": f"{AT + after:%a, %d %b %Y %H:%M:%S} +0000"}
        for sid, after in (("SM8", timedelta(minutes=14)), ("SM7", timedelta(seconds=2)))  # the newest comes first
    ]
    channel, _ = a_channel(listed(*both))
    assert await channel.find(a_message(attempted_at=AT)) == Sent("SM7"), "the other is of a later attempt"


async def test_clocks_that_differ_by_minutes_do_not_hide_a_text_that_left() -> None:
    channel, _ = a_channel(listed({"sid": "SM7", "body": "Court tomorrow at 9:30."}))
    assert await channel.find(a_message(attempted_at=AT + timedelta(minutes=9))) == Sent("SM7")


async def test_without_the_time_of_the_attempt_the_words_alone_count() -> None:
    old: dict[str, object] = {
        "sid": "SM8",
        "body": "Court tomorrow at 9:30.",
        "date_created": "Mon, 25 May 2026 18:00:00 +0000",
    }
    channel, _ = a_channel(listed(old))
    assert await channel.find(a_message()) == Sent("SM8")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (refused(503), "twilio.503"),
        (refused(401, 20003), "twilio.401"),
        (refused(429), "twilio.429"),
        (answer(200, b"<html>"), "twilio.200"),
        (answer(200, b"[]"), "twilio.200"),
        (NotSentError("http.unreachable"), "http.unreachable"),
        (MaybeSentError("http.timeout"), "http.timeout"),
    ],
    ids=repr,
)
async def test_a_look_up_that_could_not_be_made_is_no_not_found(script: Answer | WireError, code: str) -> None:
    channel, _ = a_channel(script)
    assert await channel.find(a_message(attempted_at=AT)) == Unavailable(code)


async def test_texts_that_twilio_discards_are_never_looked_up() -> None:
    channel, wire = a_channel(CREATED, keeps_no_text=True)
    assert await channel.find(a_message()) == Unavailable("twilio.text_discarded", is_lasting=True)
    assert wire.asked == []
