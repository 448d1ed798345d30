"""What providers deliver, as arrivals: what tells a repeat, who sent it, and what is read of it later."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.arrivals import form_pairs, readers, telegram_arrival, twilio_arrival
from domain.delivery import Address, ChannelName
from domain.errors import InvalidInputError
from handlers.incoming import Incoming, IncomingKind
from storage.inbox import Arrival, Received
from tests.fixtures.conversation import BOT_ID, membership_of, sms_form, update_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SERVICE = "MG" + "a" * 32


def _read(arrival: Arrival | None) -> Incoming:
    assert arrival is not None
    stored = Received(
        id=7,
        source=arrival.source,
        provider_key=arrival.provider_key,
        payload=arrival.payload,
        received_at=NOW,
    )
    message = readers()[arrival.source](stored)
    assert message is not None
    assert message.sender == arrival.sender
    return message


def _sms(text: str, **more: str) -> Arrival:
    return twilio_arrival(urlencode(sms_form(text, **more)))


def test_a_text_is_told_by_its_own_id_whatever_the_attempt() -> None:
    assert _sms("hi", MessageSid="SM1").provider_key == _sms("hi", MessageSid="SM1", RetryCount="2").provider_key


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_text_is_read_as_it_was_typed(text: str) -> None:
    assert _read(_sms(text)).text == text


@pytest.mark.parametrize(
    ("form", "lanes"),
    [
        ({}, ("sms:+19075550190",)),
        ({"MessagingServiceSid": SERVICE}, (f"sms:{SERVICE}", "sms:+19075550190")),
        ({"MessagingServiceSid": ""}, ("sms:+19075550190",)),
        ({"To": ""}, ()),
    ],
)
def test_a_text_says_which_lanes_it_may_have_come_to(form: dict[str, str], lanes: tuple[str, ...]) -> None:
    assert _read(twilio_arrival(urlencode(sms_form("hi") | form))).to == lanes


@pytest.mark.parametrize(
    ("text", "media", "kind"),
    [
        ("hi", "0", IncomingKind.WRITTEN),
        ("hi", "2", IncomingKind.WRITTEN),
        (" ", "1", IncomingKind.WORDLESS),
        ("", "0", IncomingKind.WRITTEN),
        ("", "many", IncomingKind.WRITTEN),
    ],
)
def test_a_picture_without_words_is_wordless(text: str, media: str, kind: IncomingKind) -> None:
    assert _read(_sms(text, NumMedia=media)).kind is kind


@pytest.mark.parametrize(("word", "answered"), [("STOP", True), ("HELP", True), ("", False)])
def test_what_the_carrier_has_answered_is_known(word: str, answered: bool) -> None:  # noqa: FBT001 - the expected value
    assert _read(_sms("stop", OptOutType=word)).carrier_answered is answered


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"From": "+19075550101"}])
def test_a_form_without_its_message_or_its_writer_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        twilio_arrival(urlencode(form))


@pytest.mark.parametrize(
    ("raw", "kind", "stored_as"),
    [
        (update_of("hi"), IncomingKind.WRITTEN, "message"),
        (update_of("hi", kind="edited_message"), IncomingKind.EDITED, "edited"),
        (membership_of("kicked"), IncomingKind.BLOCKED, "membership"),
        (membership_of("member"), IncomingKind.UNBLOCKED, "membership"),
    ],
)
def test_an_update_is_read_as_what_somebody_did(raw: bytes, kind: IncomingKind, stored_as: str) -> None:
    arrival = telegram_arrival(raw, bot_id=BOT_ID)

    assert _read(arrival).kind is kind
    assert arrival is not None
    assert arrival.kind == stored_as
    assert arrival.sender == Address(ChannelName.TELEGRAM, "7001")


def test_two_bots_may_have_updates_of_the_same_number() -> None:
    update = update_of("hi", update_id=5)
    keys = {arrival.provider_key for bot in (1, 2) if (arrival := telegram_arrival(update, bot_id=bot))}

    assert keys == {"1:5", "2:5"}


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b'{"update_id": "x"}', b"\xff\xfe"])
def test_what_is_no_update_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInputError):
        telegram_arrival(raw, bot_id=BOT_ID)


def test_nothing_personal_is_in_the_text_forms_of_what_came() -> None:
    arrival = _sms("CANARY-TEXT", sender="+19075550142")
    message = _read(arrival)

    for shown in (repr(arrival), str(arrival), repr(message), f"{message.sender}"):
        assert "CANARY" not in shown
        assert "5550142" not in shown


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8))
def test_a_form_keeps_every_pair_blank_or_repeated(pairs: list[tuple[str, str]]) -> None:
    assert form_pairs(urlencode(pairs, errors="replace")) == [
        (name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode()) for name, value in pairs
    ]
