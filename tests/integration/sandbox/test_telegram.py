"""The real aiogram Bot against the sandbox: what it may do, what it is refused, and what reaches the phone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from aiohttp import ClientSession, FormData

from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.phones import BubbleState, Direction, Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import ChannelName
from tests.integration.sandbox.stand import OMAR, bot_for

KEYS = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="نعم", callback_data="q:1:yes"),
            InlineKeyboardButton(text="لا", callback_data="q:1:no"),
        ]
    ]
)


@pytest.fixture
def omar(sandbox: Sandbox) -> Phone:
    phone = Phone(number=OMAR, channel=ChannelName.TELEGRAM, owner="Omar", language="ar", has_written=True)
    return sandbox.add_phone(phone)


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with bot_for(sandbox) as bot:
        yield bot


async def test_the_bot_knows_itself(bot: Bot, sandbox: Sandbox) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (5550100, sandbox.identities.telegram_username, True)


async def test_a_message_is_on_the_phone_when_the_answer_comes(
    sandbox: Sandbox, omar: Phone, bot: Bot, clock: SteppedClock
) -> None:
    sent = await bot.send_message(int(OMAR), "جلستك يوم الخميس")

    [bubble] = omar.transcript
    assert (bubble.text, bubble.provider_id, bubble.segments) == ("جلستك يوم الخميس", str(sent.message_id), None)
    assert (sent.chat.id, sent.text, sent.date) == (int(OMAR), bubble.text, clock.now())
    assert sandbox.ledger.count(OMAR) == 1


async def test_html_is_shown_without_its_marks(omar: Phone, bot: Bot) -> None:
    await bot.send_message(int(OMAR), "<b>Room</b> 3 &amp; <i>not</i> 4 &lt;5&gt;", parse_mode="HTML")
    assert omar.texts == ["Room 3 & not 4 <5>"]


async def test_without_a_mode_marks_are_text(omar: Phone, bot: Bot) -> None:
    await bot.send_message(int(OMAR), "<b>Room</b> & more")
    assert omar.texts == ["<b>Room</b> & more"]


async def test_buttons_are_shown_and_come_back(omar: Phone, bot: Bot) -> None:
    sent = await bot.send_message(int(OMAR), "?", reply_markup=KEYS)
    [[yes, no]] = omar.transcript[0].buttons
    assert (yes.label, yes.action, no.action) == ("نعم", "q:1:yes", "q:1:no")
    assert sent.reply_markup is not None
    assert sent.reply_markup.model_dump() == KEYS.model_dump()


async def test_a_reply_keyboard_is_shown_too(omar: Phone, bot: Bot) -> None:
    board = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="My number", request_contact=True)]])
    await bot.send_message(int(OMAR), "?", reply_markup=board)
    [[button]] = omar.transcript[0].buttons
    assert (button.label, button.action) == ("My number", "")


async def test_an_edit_changes_what_the_phone_shows(omar: Phone, bot: Bot) -> None:
    sent = await bot.send_message(int(OMAR), "old", reply_markup=KEYS)
    edited = await bot.edit_message_text("new", chat_id=int(OMAR), message_id=sent.message_id)
    [bubble] = omar.transcript
    assert (bubble.text, bubble.is_edited, bubble.buttons) == ("new", True, ())
    assert isinstance(edited, Message)
    assert edited.text == "new"


async def test_an_edit_that_changes_nothing_is_refused(omar: Phone, bot: Bot) -> None:
    sent = await bot.send_message(int(OMAR), "same", reply_markup=KEYS)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("same", chat_id=int(OMAR), message_id=sent.message_id, reply_markup=KEYS)


@pytest.mark.parametrize("message_id", [999, 1], ids=["no such message", "the person's own"])
async def test_only_a_message_of_the_bot_can_be_edited(
    sandbox: Sandbox, omar: Phone, bot: Bot, message_id: int
) -> None:
    await sandbox.person_writes(OMAR, "mine")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("yours", chat_id=int(OMAR), message_id=message_id)
    assert omar.transcript[0].text == "mine"


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (" \n", None, "message text is empty"),
        ("<b></b>", "HTML", "message text is empty"),
        ("x" * 4097, None, "message is too long"),
        ("😀" * 2049, None, "message is too long"),
        ("<b>open", "HTML", "can't parse entities: Can't find end tag"),
        ("<h1>x</h1>", "HTML", 'can\'t parse entities: Unsupported start tag "h1"'),
        ("x</b>", "HTML", "can't parse entities: Unexpected end tag"),
    ],
)
async def test_a_text_telegram_would_not_take_is_refused(
    omar: Phone, bot: Bot, text: str, mode: str | None, why: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.send_message(int(OMAR), text, parse_mode=mode)
    assert omar.bubbles == []


async def test_a_text_of_4096_units_goes(omar: Phone, bot: Bot) -> None:
    await bot.send_message(int(OMAR), "<b>" + "😀" * 2048 + "</b>", parse_mode="HTML")
    assert len(omar.texts[0]) == 2048


async def test_an_action_longer_than_64_bytes_is_refused(omar: Phone, bot: Bot) -> None:
    keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x", callback_data="ж" * 33)]])
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(int(OMAR), "?", reply_markup=keys)
    assert omar.bubbles == []


async def test_the_bot_cannot_write_to_a_chat_that_is_not_there(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "hello")


async def test_the_bot_cannot_write_first(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.add_phone(Phone(number=OMAR, channel=ChannelName.TELEGRAM))
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(int(OMAR), "hello")

    await sandbox.person_writes(OMAR, "/start")

    await bot.send_message(int(OMAR), "hello")
    assert sandbox.phone(OMAR).texts == ["hello"]


async def test_a_person_who_blocked_the_bot_gets_nothing(sandbox: Sandbox, omar: Phone, bot: Bot) -> None:
    sandbox.people.switch(OMAR, on=False)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(int(OMAR), "hello")
    assert omar.bubbles == []

    sandbox.people.switch(OMAR, on=True)
    await bot.send_message(int(OMAR), "hello")
    assert omar.texts == ["hello"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.flood(7), TelegramRetryAfter),
        (faults.TELEGRAM_BLOCKED, TelegramForbiddenError),
        (faults.TELEGRAM_DEACTIVATED, TelegramForbiddenError),
        (faults.CHAT_NOT_FOUND, TelegramBadRequest),
        (faults.ERROR_BEFORE_ACCEPT, TelegramServerError),
        (faults.DROP_BEFORE_ACCEPT, TelegramNetworkError),
        (faults.HANG_BEFORE_ACCEPT, TelegramNetworkError),
    ],
    ids=["flood", "blocked", "deactivated", "no chat", "error", "drop", "hang"],
)
async def test_a_scripted_refusal_takes_nothing(
    sandbox: Sandbox, omar: Phone, bot: Bot, fault: Fault, error: type[TelegramAPIError]
) -> None:
    sandbox.script.add(fault, to=OMAR)
    with pytest.raises(error):
        await bot.send_message(int(OMAR), "hello", request_timeout=1)
    assert omar.bubbles == []
    await bot.send_message(int(OMAR), "again")
    assert omar.texts == ["again"]


async def test_a_flood_says_how_long_to_wait(sandbox: Sandbox, omar: Phone, bot: Bot) -> None:
    sandbox.script.add(faults.flood(7))
    with pytest.raises(TelegramRetryAfter) as raised:
        await bot.send_message(int(OMAR), "hello")
    assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.ERROR_AFTER_ACCEPT, TelegramServerError),
        (faults.DROP_AFTER_ACCEPT, TelegramNetworkError),
        (faults.HANG_AFTER_ACCEPT, TelegramNetworkError),
    ],
    ids=["error", "drop", "hang"],
)
async def test_a_mishap_of_the_answer_hides_a_message_that_landed(
    sandbox: Sandbox, omar: Phone, bot: Bot, fault: Fault, error: type[TelegramAPIError]
) -> None:
    sandbox.script.add(fault)
    with pytest.raises(error):
        await bot.send_message(int(OMAR), "hello", request_timeout=1)
    assert omar.texts == ["hello"]
    assert sandbox.ledger.count(OMAR) == 1


async def test_a_message_can_be_late_or_lost_without_a_word(sandbox: Sandbox, omar: Phone, bot: Bot) -> None:
    sandbox.script.add(faults.late(timedelta(minutes=5)))
    sandbox.script.add(faults.LOSS)
    await bot.send_message(int(OMAR), "late")
    await bot.send_message(int(OMAR), "lost")
    await sandbox.settle()
    assert omar.texts == ["late"]
    assert {bubble.text: bubble.state for bubble in omar.bubbles} == {
        "late": BubbleState.DELIVERED,
        "lost": BubbleState.LOST,
    }


async def test_a_wrong_token_is_nobody(sandbox: Sandbox) -> None:
    async with bot_for(sandbox, token="42:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_commands_are_kept_by_language(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand(command="help", description="Help")])
    await bot.set_my_commands([BotCommand(command="help", description="Ayuda")], language_code="es")
    assert [each.description for each in await bot.get_my_commands()] == ["Help"]
    assert [each.description for each in await bot.get_my_commands(language_code="es")] == ["Ayuda"]
    assert set(sandbox.bot_commands) == {"", "es"}


async def test_more_than_a_hundred_commands_are_refused(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_commands([BotCommand(command=f"c{n}", description="x") for n in range(101)])


async def test_a_method_the_sandbox_does_not_have_is_not_found(bot: Bot) -> None:
    with pytest.raises(TelegramAPIError, match="method not found"):
        await bot.get_star_transactions()


async def test_a_tap_is_answered_once(sandbox: Sandbox, omar: Phone, bot: Bot) -> None:
    sent = await bot.send_message(int(OMAR), "?", reply_markup=KEYS)
    sandbox.people.tap(OMAR, str(sent.message_id), "q:1:yes")
    [update] = await bot.get_updates()
    assert update.callback_query is not None

    assert await bot.answer_callback_query(update.callback_query.id, text="شكراً")

    note = omar.transcript[-1]
    assert (note.direction, note.text) == (Direction.NOTE, "شكراً")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(update.callback_query.id)


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])
async def test_parameters_come_in_every_encoding_telegram_knows(sandbox: Sandbox, omar: Phone, way: str) -> None:
    url = f"{sandbox.url}/bot{sandbox.identities.telegram_token}/SENDmessage"
    asked = {"chat_id": OMAR, "text": "Ваше слушание & 1+1"}
    multipart = FormData(asked, default_to_multipart=True)
    requests = {
        "query": partial(ClientSession.get, url=url, params=asked),
        "form": partial(ClientSession.post, url=url, data=asked),
        "multipart": partial(ClientSession.post, url=url, data=multipart),
        "json": partial(ClientSession.post, url=url, json={**asked, "chat_id": int(OMAR), "protect_content": True}),
    }
    async with ClientSession() as session, requests[way](session) as answer:
        assert (answer.status, (await answer.json())["ok"]) == (200, True)
    assert omar.texts == ["Ваше слушание & 1+1"]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("getUpdates", {"offset": "x"}),
        ("getUpdates", {"allowed_updates": "{"}),
        ("setMyCommands", {"commands": "["}),
        ("setWebhook", {"url": "http://127.0.0.1:1/", "max_connections": "many"}),
    ],
)
async def test_parameters_that_cannot_be_read_are_refused(
    sandbox: Sandbox, method: str, parameters: dict[str, str]
) -> None:
    url = f"{sandbox.url}/bot{sandbox.identities.telegram_token}/{method}"
    async with ClientSession() as session, session.post(url, data=parameters) as answer:
        assert (answer.status, (await answer.json())["error_code"]) == (400, 400)
