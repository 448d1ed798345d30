"""Telegram's updates are read without aiogram: private chats only, people only, nothing lost of what they wrote."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.inbound import InboundTelegram, MembershipChange
from bot.channels.telegram_updates import parse_update, provider_id
from domain.delivery import Address, ChannelName
from domain.errors import InvalidInputError
from tests.unit.channels.updates import PERSON, a_membership, a_message, an_update

SENDER = Address(ChannelName.TELEGRAM, "4242")
AT = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)


def written(update: dict[str, object]) -> InboundTelegram:
    parsed = parse_update(orjson.dumps(update))
    assert isinstance(parsed, InboundTelegram)
    return parsed


def test_a_private_text_is_kept_as_typed() -> None:
    assert written(an_update(message=a_message(text=" 1AG-26-00006CR \n"))) == InboundTelegram(
        update_id=900,
        sender=SENDER,
        message_id=7,
        sent_at=AT,
        text=" 1AG-26-00006CR \n",
        language="es",
    )


def test_an_edit_is_the_same_message_with_new_words_at_a_later_time() -> None:
    edit = a_message(text="no, tomorrow", edit_date=1780337100)
    parsed = written(an_update(edited_message=edit))
    assert (parsed.is_edit, parsed.message_id, parsed.text) == (True, 7, "no, tomorrow")
    assert parsed.sent_at == datetime(2026, 6, 1, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start ", ""),
        ("/START", ""),
        ("/start@court_bot", ""),
        ("/start A-b_9", "A-b_9"),
        ("/start@court_bot A-b_9", "A-b_9"),
        ("/start  A-b_9 \n", "A-b_9"),
        ("/start " + "x" * 64, "x" * 64),
        ("/start привет", ""),
        ("/starting", None),
        ("start", None),
        (" /start", None),
        ("please /start", None),
        ("", None),
    ],
)
def test_a_deep_links_payload_is_told_from_other_words(text: str, payload: str | None) -> None:
    photo = {"photo": [{"file_id": "f"}]}
    assert written(an_update(message=a_message(text=text, **photo))).start_payload == payload


@pytest.mark.parametrize(
    ("contact", "phone"),
    [
        ({"phone_number": "19075550100", "user_id": 4242}, "+19075550100"),
        ({"phone_number": "+1 (907) 555-0100", "user_id": 4242}, "+19075550100"),
        ({"phone_number": "19075550100", "user_id": 4243}, None),
        ({"phone_number": "19075550100"}, None),
    ],
    ids=["own", "own, written out", "a friend's", "from the address book"],
)
def test_only_ones_own_number_is_taken_for_ones_own(contact: dict[str, object], phone: str | None) -> None:
    parsed = written(an_update(message=a_message(contact={"first_name": "Ana", **contact})))
    assert parsed.phone == phone
    assert parsed.has_media is (phone is None), "somebody else's card is a thing we cannot read"


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "document", "video_note", "location"])
def test_a_thing_we_cannot_read_still_comes_in_with_its_caption(kind: str) -> None:
    parsed = written(an_update(message=a_message(**{kind: {"file_id": "f"}}, caption="my ticket")))
    assert (parsed.has_media, parsed.text) == (True, "my ticket")
    assert written(an_update(message=a_message(**{kind: {"file_id": "f"}}))).text == ""


@pytest.mark.parametrize(
    ("status", "is_member"), [("kicked", False), ("left", False), ("member", True), ("administrator", True)]
)
def test_blocking_and_coming_back_are_told(status: str, *, is_member: bool) -> None:
    parsed = parse_update(orjson.dumps(an_update(my_chat_member=a_membership(status))))
    assert parsed == MembershipChange(update_id=900, sender=SENDER, is_member=is_member, changed_at=AT)


GROUP = {"id": -100, "type": "supergroup", "title": "Neighbours"}


@pytest.mark.parametrize(
    "update",
    [
        an_update(message=a_message(text="hi", chat=GROUP)),
        an_update(my_chat_member={**a_membership("kicked"), "chat": GROUP}),
        an_update(channel_post=a_message(text="hi")),
        an_update(message=a_message(text="hi", **{"from": {**PERSON, "is_bot": True}})),
        an_update(message=a_message(pinned_message=a_message(text="old"))),
        an_update(message={"text": "hi"}),
        an_update(message="hi"),
        an_update(callback_query={"id": "1"}),
        an_update(tomorrows_kind_of_update={}),
        an_update(),
    ],
    ids=lambda update: "+".join(update)[:40],
)
def test_what_is_no_business_of_ours_is_nothing(update: dict[str, object]) -> None:
    assert parse_update(orjson.dumps(update)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"update_id": "900"}',
        orjson.dumps(an_update(message=a_message(text="hi", date=10**18))),
    ],
)
def test_what_is_no_update_is_refused_in_words_without_its_content(raw: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_update(raw)
    assert "hi" not in str(refusal.value).split()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["update_id", "message", "my_chat_member", "chat", "from", "date", "text", "id", "type"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_json_makes_the_reader_fall(anything: object) -> None:
    try:
        parsed = parse_update(orjson.dumps(anything))
    except InvalidInputError:
        return
    assert isinstance(anything, dict)
    assert parsed is None or parsed.update_id == anything["update_id"]


def test_the_same_update_of_two_bots_is_not_the_same() -> None:
    assert provider_id(1, 900) != provider_id(2, 900)


def test_nothing_personal_shows_in_a_repr() -> None:
    contact = {"phone_number": "19075550100", "user_id": 4242}
    shown = repr(written(an_update(message=a_message(text="/start secret", contact=contact))))
    assert "secret" not in shown
    assert "5550100" not in shown
    assert "4242" not in shown
