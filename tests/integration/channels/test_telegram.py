"""The real aiogram over our wire against a real server: what goes out, and what each answer means."""

import asyncio
from datetime import timedelta

import aiohttp
import orjson
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramNetworkError
from aiogram.methods import GetUpdates, SendMessage, SendPhoto
from aiogram.types import BufferedInputFile, Update

from bot.channels.http import HttpWire
from bot.channels.inbound import InboundTelegram, MembershipChange
from bot.channels.telegram import LONGEST_TEXT, TelegramChannel, telegram_bot
from bot.channels.telegram_errors import REFUSALS, outcome_of
from bot.channels.telegram_updates import ALLOWED_UPDATES, parse_update
from domain.delivery import (
    Address,
    ChannelName,
    Consequence,
    Deferred,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unavailable,
    Unknown,
)
from tests.integration.channels.loopback import (
    Asked,
    Manner,
    Writer,
    answering,
    closed_port,
    hanging,
    hanging_up,
    loopback,
    response,
)
from tests.unit.channels.updates import CHAT, a_membership, a_message, an_update

TOKEN = "42:INVENTED"
SHOWN = {"message_id": 7, "date": 1780336800, "chat": CHAT, "text": "hi"}
BROKEN = Consequence.LANE_BROKEN


def a_channel(wire: HttpWire, base_url: str) -> TelegramChannel:
    return TelegramChannel(telegram_bot(TOKEN, wire, base_url=base_url))


def outgoing(text: str = "Court at 9:30.", *, to: str = "4242", protect: bool = False) -> OutgoingMessage:
    return OutgoingMessage(id=71, to=Address(ChannelName.TELEGRAM, to), text=text, protect=protect)


def saying_no(status: int, description: str, **parameters: int) -> Manner:
    body = {"ok": False, "error_code": status, "description": description}
    return answering(status, {**body, "parameters": parameters} if parameters else body)


@pytest.mark.parametrize("protect", [True, False])
async def test_a_message_goes_out_as_plain_text_without_previews(wire: HttpWire, *, protect: bool) -> None:
    async with loopback(answering(200, {"ok": True, "result": SHOWN})) as server:
        outcome = await a_channel(wire, server.base_url).send(outgoing("<b>Зал</b> 204", protect=protect))

    assert outcome == Sent("7")
    [asked] = server.asked
    assert asked.line == f"POST /bot{TOKEN}/sendMessage HTTP/1.1"
    assert orjson.loads(asked.body) == {
        "chat_id": 4242,
        "text": "<b>Зал</b> 204",
        "link_preview_options": {"is_disabled": True},
        "protect_content": protect,
    }


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("x" * LONGEST_TEXT, True),
        ("x" * (LONGEST_TEXT + 1), False),
        ("😀" * (LONGEST_TEXT // 2), True),
        ("😀" * (LONGEST_TEXT // 2) + "x", False),
    ],
    ids=["longest", "too long", "longest in emoji", "too long in emoji"],
)
async def test_length_is_counted_as_telegram_counts_it(wire: HttpWire, text: str, *, fits: bool) -> None:
    async with loopback(answering(200, {"ok": True, "result": SHOWN})) as server:
        outcome = await a_channel(wire, server.base_url).send(outgoing(text))
    assert outcome == (Sent("7") if fits else Rejected("telegram.too_long"))
    assert len(server.asked) == fits


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (
            saying_no(429, "Too Many Requests: retry after 7", retry_after=7),
            Deferred("telegram.429", timedelta(seconds=7), lane_wide=True),
        ),
        (saying_no(429, "Too Many Requests"), Deferred("telegram.429", lane_wide=True)),
        (
            saying_no(403, "Forbidden: bot was blocked by the user"),
            Rejected("telegram.blocked", Consequence.OPTED_OUT),
        ),
        (saying_no(403, "Forbidden: user is deactivated"), Rejected("telegram.deactivated", Consequence.DEAD_ADDRESS)),
        (
            saying_no(403, "Forbidden: bot can't initiate conversation with a user"),
            Rejected("telegram.never_started", Consequence.DEAD_ADDRESS),
        ),
        (saying_no(403, "Forbidden: something new"), Rejected("telegram.403", Consequence.DEAD_ADDRESS)),
        (
            saying_no(400, "Bad Request: chat not found"),
            Rejected("telegram.chat_not_found", Consequence.DEAD_ADDRESS),
        ),
        (
            saying_no(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001),
            Rejected("telegram.migrated", Consequence.DEAD_ADDRESS),
        ),
        (saying_no(400, "Bad Request: message is too long"), Rejected("telegram.too_long")),
        (saying_no(400, "Bad Request: message text is empty"), Rejected("telegram.empty")),
        (saying_no(400, "Bad Request: something new"), Rejected("telegram.400")),
        (saying_no(413, "Request Entity Too Large"), Rejected("telegram.413")),
        (saying_no(401, "Unauthorized"), Deferred("telegram.401", lane_wide=True, consequence=BROKEN)),
        (saying_no(404, "Not Found"), Deferred("telegram.404", lane_wide=True, consequence=BROKEN)),
        (saying_no(409, "Conflict"), Deferred("telegram.409", lane_wide=True, consequence=BROKEN)),
        (saying_no(500, "Internal Server Error: sent failed"), Unknown("telegram.5xx")),
        (saying_no(502, "Bad Gateway"), Unknown("telegram.5xx")),
        (saying_no(500, "Internal Server Error: restart"), Unknown("telegram.5xx")),
        (answering(502, b"<html>bad gateway</html>"), Unknown("telegram.garbled")),
        (answering(502, {"ok": False, "error_code": 502}), Unknown("telegram.garbled")),
        (answering(500, {"ok": False, "description": None}), Unknown("telegram.garbled")),
        (answering(502, {"ok": True}), Unknown("telegram.garbled")),
        (answering(200, b"<html>captive portal</html>"), Unknown("telegram.garbled")),
        (answering(200, {"ok": True, "result": {"what": "?"}}), Unknown("telegram.garbled")),
        (answering(200, {"ok": True, "result": {**SHOWN, "message_id": "7"}}), Sent("7")),
        (saying_no(200, "Bad Request: chat not found"), Rejected("telegram.chat_not_found", Consequence.DEAD_ADDRESS)),
        (answering(200, {"ok": True}), Unknown("telegram.no_message")),
        (hanging_up, Unknown("http.connection_lost")),
    ],
)
async def test_telegrams_answers_become_outcomes(wire: HttpWire, manner: Manner, expected: SendOutcome) -> None:
    async with loopback(manner) as server:
        assert await a_channel(wire, server.base_url).send(outgoing()) == expected
        assert len(server.asked) == 1


async def test_a_server_that_never_answers_may_have_sent_it(quick: HttpWire) -> None:
    async with loopback(hanging) as server:
        bot = telegram_bot(TOKEN, quick, base_url=server.base_url)
        bot.session.timeout = 0.2
        assert await TelegramChannel(bot).send(outgoing()) == Unknown("http.timeout")


async def test_a_server_that_is_down_was_not_told(wire: HttpWire) -> None:
    channel = a_channel(wire, f"http://127.0.0.1:{closed_port()}")
    assert await channel.send(outgoing()) == Deferred("http.unreachable")


@pytest.mark.parametrize(
    "message",
    [outgoing("\ud83d"), outgoing(to="@court"), outgoing(to="1" * 30)],
    ids=["no unicode", "no chat id", "no number of theirs"],
)
async def test_what_cannot_be_written_is_refused_before_it_leaves(wire: HttpWire, message: OutgoingMessage) -> None:
    async with loopback(answering(200, {"ok": True, "result": SHOWN})) as server:
        assert await a_channel(wire, server.base_url).send(message) == Rejected("telegram.unwritable")
        assert server.asked == []


async def test_a_sent_message_can_never_be_looked_up(wire: HttpWire) -> None:
    channel = a_channel(wire, "http://127.0.0.1:1")
    assert await channel.find(outgoing()) == Unavailable("telegram.no_lookup", is_lasting=True)


async def test_five_hundred_at_once_each_get_their_own_number(wire: HttpWire) -> None:
    async def numbering(asked: Asked, writer: Writer) -> None:
        text = orjson.loads(asked.body)["text"]
        await asyncio.sleep(int(text) % 7 / 500)
        writer.write(response(200, {"ok": True, "result": {**SHOWN, "message_id": int(text) + 1}}))

    async with loopback(numbering) as server:
        channel = a_channel(wire, server.base_url)
        outcomes = await asyncio.gather(*(channel.send(outgoing(str(number))) for number in range(500)))
    assert outcomes == [Sent(str(number + 1)) for number in range(500)]


async def test_aiograms_own_session_tells_the_same_about_a_server_that_is_down() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(f"http://127.0.0.1:{closed_port()}"), timeout=5)
    bot = Bot(TOKEN, session=session)
    assert await TelegramChannel(bot).send(outgoing()) == Deferred("http.connection_lost")
    await session.close()


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (aiohttp.ServerDisconnectedError(), Unknown("http.connection_lost")),
        (aiohttp.ConnectionTimeoutError(), Deferred("http.connection_lost")),
        (None, Unknown("http.connection_lost")),
    ],
    ids=repr,
)
def test_a_network_error_is_judged_by_its_cause(cause: BaseException | None, expected: SendOutcome) -> None:
    error = TelegramNetworkError(method=SendMessage(chat_id=1, text="x"), message="?")
    error.__cause__ = cause
    assert outcome_of(error) == expected


def test_an_error_of_aiogram_that_nobody_knows_is_unknown() -> None:
    assert outcome_of(AiogramError("?")) == Unknown("telegram.unexplained")


def test_every_refusal_has_a_sentence_for_staff_and_a_code_of_its_own() -> None:
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)
    assert all(refusal.wording.endswith(".") and refusal.contains.islower() for refusal in REFUSALS)


async def test_polling_waits_as_long_as_it_asked_telegram_to(quick: HttpWire) -> None:
    async def long_poll(_: Asked, writer: Writer) -> None:
        await asyncio.sleep(0.4)
        writer.write(response(200, {"ok": True, "result": []}))

    async with loopback(long_poll) as server:
        bot = telegram_bot(TOKEN, quick, base_url=server.base_url)
        assert await bot(GetUpdates(timeout=1, allowed_updates=list(ALLOWED_UPDATES)), request_timeout=5) == []
        assert orjson.loads(server.asked[0].body) == {"timeout": 1, "allowed_updates": list(ALLOWED_UPDATES)}


async def test_files_are_neither_sent_nor_fetched(wire: HttpWire) -> None:
    bot = telegram_bot(TOKEN, wire, base_url="http://127.0.0.1:1")
    with pytest.raises(TypeError, match="sends no files"):
        await bot(SendPhoto(chat_id=1, photo=BufferedInputFile(b"x", "x.png")))
    with pytest.raises(TypeError, match="fetches no files"):
        await anext(bot.session.stream_content("http://127.0.0.1:1/file"))
    await bot.session.close()


UPDATES = [
    an_update(message=a_message(text="1AG-26-00006CR")),
    an_update(message=a_message(text="/start A-b_9", entities=[{"type": "bot_command", "offset": 0, "length": 6}])),
    an_update(edited_message=a_message(text="tomorrow", edit_date=1780337100)),
    an_update(message=a_message(contact={"phone_number": "19075550100", "first_name": "Ana", "user_id": 4242})),
    an_update(my_chat_member=a_membership("kicked")),
    an_update(my_chat_member=a_membership("member")),
]


@pytest.mark.parametrize("update", UPDATES, ids="+".join)
def test_our_reading_of_an_update_agrees_with_aiograms(update: dict[str, object]) -> None:
    theirs = Update.model_validate(update)
    ours = parse_update(orjson.dumps(update))

    assert ours is not None
    assert ours.update_id == theirs.update_id
    match ours:
        case InboundTelegram():
            message = theirs.edited_message if ours.is_edit else theirs.message
            assert message is not None
            assert message.from_user is not None
            assert ours.sender.value == str(message.chat.id)
            assert ours.message_id == message.message_id
            assert ours.text == (message.text or "")
            assert ours.language == message.from_user.language_code
            assert int(ours.sent_at.timestamp()) == (message.edit_date or int(message.date.timestamp()))
            assert (ours.phone is not None) == (message.contact is not None)
        case MembershipChange():
            assert theirs.my_chat_member is not None
            assert ours.sender.value == str(theirs.my_chat_member.chat.id)
            assert ours.is_member is (theirs.my_chat_member.new_chat_member.status == "member")
            assert ours.changed_at == theirs.my_chat_member.date
