"""What people do in Telegram reaches the product: by long polling and by webhook, with the real aiogram Bot."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Update
from aiohttp import web

from bot.sandbox.phones import BubbleState, Phone
from bot.sandbox.server import Sandbox
from domain.delivery import ChannelName
from tests.integration.sandbox.stand import OMAR, Product, bot_for

ANNA = "7000000104"
SECRET = "a-Secret_1"


@pytest.fixture(autouse=True)
def phones(sandbox: Sandbox) -> list[Phone]:
    people = {OMAR: ("Omar", "ar"), ANNA: ("Anna", "ru")}
    return [
        sandbox.add_phone(
            Phone(number=chat, channel=ChannelName.TELEGRAM, owner=owner, language=language, has_written=True)
        )
        for chat, (owner, language) in people.items()
    ]


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with bot_for(sandbox) as bot:
        yield bot


async def test_a_text_is_an_update_of_the_person_s_chat(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.person_writes(OMAR, "/start abc_DEF-1")
    [update] = await bot.get_updates()
    message = update.message
    assert message is not None
    assert message.from_user is not None
    assert (message.chat.id, message.text, message.date) == (int(OMAR), "/start abc_DEF-1", sandbox.carrier.clock.now())
    assert (message.from_user.first_name, message.from_user.language_code) == ("Omar", "ar")
    assert message.entities is not None
    assert (message.entities[0].type, message.entities[0].length) == ("bot_command", 6)


async def test_updates_are_kept_until_the_next_offset_confirms_them(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.person_writes(OMAR, "one")
    await sandbox.person_writes(OMAR, "two")
    first = await bot.get_updates()
    assert await bot.get_updates() == first
    assert sandbox.phone(OMAR).transcript[0].state is BubbleState.ON_ITS_WAY

    [second] = await bot.get_updates(offset=first[0].update_id + 1)

    assert second == first[1]
    assert [bubble.state for bubble in sandbox.phone(OMAR).transcript] == [
        BubbleState.DELIVERED,
        BubbleState.ON_ITS_WAY,
    ]
    assert await bot.get_updates(offset=second.update_id + 1) == []
    await sandbox.settle()


async def test_a_negative_offset_keeps_only_the_last(sandbox: Sandbox, bot: Bot) -> None:
    for n in range(4):
        await sandbox.person_writes(OMAR, str(n))
    assert _texts(await bot.get_updates(offset=-1)) == ["3"]
    assert _texts(await bot.get_updates(limit=2)) == ["3"]


async def test_a_limit_gives_the_oldest_first(sandbox: Sandbox, bot: Bot) -> None:
    for n in range(4):
        await sandbox.person_writes(OMAR, str(n))
    assert _texts(await bot.get_updates(limit=2)) == ["0", "1"]


async def test_a_long_poll_ends_with_the_first_update(sandbox: Sandbox, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    assert not polling.done()
    await sandbox.person_writes(OMAR, "here")
    async with asyncio.timeout(2):
        assert _texts(await polling) == ["here"]


async def test_a_long_poll_without_news_ends_by_itself(bot: Bot) -> None:
    async with asyncio.timeout(5):
        assert await bot.get_updates(timeout=1) == []


async def test_a_second_poll_ends_the_first(sandbox: Sandbox, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(bot.get_updates(timeout=20))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await first
    await sandbox.person_writes(OMAR, "here")
    assert _texts(await second) == ["here"]


async def test_only_the_kinds_that_were_asked_for_come(sandbox: Sandbox, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["my_chat_member"])
    await sandbox.person_writes(OMAR, "not wanted")
    sandbox.people.switch(OMAR, on=False)
    [update] = await bot.get_updates()
    assert update.my_chat_member is not None
    assert (update.my_chat_member.old_chat_member.status, update.my_chat_member.new_chat_member.status) == (
        "member",
        "kicked",
    )


async def test_blocking_twice_is_told_once(sandbox: Sandbox, bot: Bot) -> None:
    for on in (False, False, True):
        sandbox.people.switch(OMAR, on=on)
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == ["kicked", "member"]


async def test_an_edit_is_an_update_of_its_own(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.person_writes(OMAR, "yes")
    [bubble] = sandbox.phone(OMAR).transcript
    sandbox.people.edit(OMAR, bubble.provider_id or "", "no")
    first, second = await bot.get_updates()
    assert first.message is not None
    assert second.edited_message is not None
    assert (second.edited_message.text, second.edited_message.message_id) == ("no", first.message.message_id)
    assert sandbox.phone(OMAR).transcript[0].is_edited


@pytest.mark.parametrize("user_id", [None, 99], ids=["their own", "somebody else's"])
async def test_a_shared_contact_says_whose_it_is(sandbox: Sandbox, bot: Bot, user_id: int | None) -> None:
    sandbox.people.telegram.share_contact(sandbox.phone(OMAR), "+19075550103", user_id=user_id)
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.contact is not None
    assert update.message.contact.user_id == (user_id or int(OMAR))
    assert update.message.contact.phone_number == "+19075550103"


async def test_a_tap_carries_the_action_and_the_message(sandbox: Sandbox, bot: Bot) -> None:
    keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="q:7:1")]])
    sent = await bot.send_message(int(OMAR), "Will you come?", reply_markup=keys)
    sandbox.people.tap(OMAR, str(sent.message_id), "q:7:1")
    [update] = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.from_user.id, query.message.message_id) == ("q:7:1", int(OMAR), sent.message_id)


async def test_a_button_that_is_not_there_cannot_be_tapped(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(int(OMAR), "no buttons")
    with pytest.raises(KeyError):
        sandbox.people.tap(OMAR, str(sent.message_id), "q:7:1")


async def test_a_webhook_gets_updates_with_its_secret(sandbox: Sandbox, bot: Bot, product: Product) -> None:
    assert await bot.set_webhook(f"{product.url}/hooks/telegram", secret_token=SECRET)
    await sandbox.person_writes(OMAR, "hello")
    await sandbox.settle()

    [heard] = product.heard
    assert heard.url == f"{product.url}/hooks/telegram"
    assert heard.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    assert Update.model_validate(heard.json).message is not None
    assert sandbox.phone(OMAR).transcript[0].state is BubbleState.DELIVERED
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_webhook_without_a_secret_gets_no_header(sandbox: Sandbox, bot: Bot, product: Product) -> None:
    await bot.set_webhook(product.url)
    await sandbox.person_writes(OMAR, "hello")
    await sandbox.settle()
    assert "X-Telegram-Bot-Api-Secret-Token" not in product.heard[0].headers


async def test_a_refused_update_comes_again_before_the_next_of_its_chat(
    sandbox: Sandbox, bot: Bot, product: Product
) -> None:
    product.will(web.Response(status=500), web.Response(status=503, headers={"Retry-After": "5"}))
    await bot.set_webhook(product.url)
    await sandbox.person_writes(OMAR, "one")
    await sandbox.person_writes(OMAR, "two")
    await sandbox.settle()

    assert [update["message"]["text"] for update in product.updates] == ["one", "one", "one", "two"]
    trouble = (await bot.get_webhook_info()).last_error_message
    assert trouble == "Wrong response from the webhook: 503 Service Unavailable"


async def test_one_chat_s_trouble_does_not_hold_up_another(sandbox: Sandbox, bot: Bot, product: Product) -> None:
    product.refuses = lambda heard: heard.json["message"]["text"] == "poison"
    await bot.set_webhook(product.url)
    await sandbox.person_writes(OMAR, "poison")
    await sandbox.person_writes(ANNA, "fine")
    await sandbox.until(lambda: sandbox.phone(ANNA).transcript[0].state is BubbleState.DELIVERED)
    assert sandbox.phone(OMAR).transcript[0].state is BubbleState.ON_ITS_WAY


async def test_what_came_before_the_webhook_was_set_is_pushed_then(
    sandbox: Sandbox, bot: Bot, product: Product
) -> None:
    await sandbox.person_writes(OMAR, "early")
    await bot.set_webhook(product.url)
    await sandbox.settle()
    assert [update["message"]["text"] for update in product.updates] == ["early"]


async def test_pending_updates_can_be_dropped(sandbox: Sandbox, bot: Bot, product: Product) -> None:
    await sandbox.person_writes(OMAR, "early")
    await bot.set_webhook(product.url, drop_pending_updates=True)
    await sandbox.settle()
    assert product.heard == []


async def test_polling_and_a_webhook_exclude_each_other(sandbox: Sandbox, bot: Bot, product: Product) -> None:
    await bot.set_webhook(product.url)
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()

    assert await bot.delete_webhook()
    await sandbox.person_writes(OMAR, "polled")

    assert (await bot.get_webhook_info()).url == ""
    assert _texts(await bot.get_updates()) == ["polled"]
    assert product.heard == []


async def test_nobody_listening_is_noted_and_tried_again(
    sandbox: Sandbox, bot: Bot, product: Product, unused_tcp_port: int
) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/")
    await sandbox.person_writes(OMAR, "hello")
    with pytest.raises(TimeoutError):
        await sandbox.settle(within=timedelta(milliseconds=200))
    trouble = await bot.get_webhook_info()
    assert (trouble.last_error_message, trouble.pending_update_count) == ("Connection refused", 1)

    await bot.set_webhook(product.url)
    await sandbox.settle()
    assert [update["message"]["text"] for update in product.updates] == ["hello"]


@pytest.mark.parametrize(
    ("url", "secret", "why"),
    [
        ("http://127.0.0.1:1/", "with space", "secret token contains unallowed characters"),
        ("http://127.0.0.1:1/", "é", "secret token contains unallowed characters"),
        ("ftp://127.0.0.1/", None, "HTTPS URL must be provided"),
    ],
)
async def test_a_webhook_telegram_would_not_take_is_refused(bot: Bot, url: str, secret: str | None, why: str) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.set_webhook(url, secret_token=secret)


async def test_settling_waits_for_a_poll_that_confirms(sandbox: Sandbox, bot: Bot) -> None:
    await bot.get_updates()
    await sandbox.person_writes(OMAR, "hello")
    settling = asyncio.create_task(sandbox.settle())
    [update] = await bot.get_updates()
    assert not settling.done()
    await bot.get_updates(offset=update.update_id + 1)
    async with asyncio.timeout(2):
        await settling


def _texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text if update.message else None for update in updates]
