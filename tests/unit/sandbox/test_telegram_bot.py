"""The bot's queue of updates: whatever is offered, polled and confirmed, nothing is lost and nothing comes back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands, Pace
from bot.sandbox.phones import BubbleState, Phone
from bot.sandbox.telegram_bot import ON_DEMAND, TelegramBot, Webhook
from bot.sandbox.telegram_people import TelegramPeople, chat_of, user_of
from domain.clock import SteppedClock
from domain.delivery import ChannelName

NOW = timedelta(0)
OMAR = "7000000103"


def a_bot() -> tuple[TelegramBot, TelegramPeople, Phone]:
    carrier = Carrier(SteppedClock(datetime(2026, 6, 1, tzinfo=UTC)))
    phone = carrier.add(Phone(number=OMAR, channel=ChannelName.TELEGRAM, owner="Omar", language="pt_BR"))
    bot = TelegramBot(carrier, token="5550100:x", username="usher_bot", errands=Errands(), pace=Pace(0))
    return bot, TelegramPeople(carrier, bot, lambda: None), phone


async def taken(bot: TelegramBot, *, offset: int = 0, limit: int = 100) -> list[int]:
    updates = await bot.poll(offset=offset, limit=limit, within=NOW)
    assert updates is not None
    return [update.id for update in updates]


@given(st.lists(st.sampled_from(["write", "poll", "confirm one", "confirm all"]), max_size=25))
def test_every_update_is_told_until_it_is_confirmed_and_never_again(steps: list[str]) -> None:
    async def live() -> None:
        bot, people, phone = a_bot()
        open_, told = list[int](), list[int]()
        for step in steps:
            match step:
                case "write":
                    people.write(phone, "hello")
                    open_.append(max(bot.pending))
                case "poll":
                    told = await taken(bot)
                    assert told == open_
                case "confirm one" if open_:
                    gone = open_.pop(0)
                    told = await taken(bot, offset=gone + 1)
                case "confirm all" if open_:
                    last = open_[-1]
                    open_.clear()
                    told = await taken(bot, offset=last + 1)
                case _:
                    continue
        assert list(bot.pending) == open_
        heard = [bubble for bubble in phone.bubbles if bubble.state is BubbleState.DELIVERED]
        assert len(heard) == len(phone.bubbles) - len(open_)

    asyncio.run(live())


@given(st.integers(min_value=0, max_value=8), st.integers(min_value=-10, max_value=-1))
def test_a_negative_offset_keeps_the_last_so_many(count: int, offset: int) -> None:
    async def live() -> None:
        bot, people, phone = a_bot()
        for n in range(count):
            people.write(phone, str(n + 1))
        kept = list(bot.pending)[offset:]
        assert await taken(bot, offset=offset) == kept

    asyncio.run(live())


@pytest.mark.parametrize("kind", sorted(ON_DEMAND))
def test_what_nobody_asked_for_by_name_does_not_come(kind: str) -> None:
    bot, _, phone = a_bot()
    bot.offer(phone, kind, {})
    assert bot.pending == {}
    bot.allowed = frozenset({kind})
    bot.offer(phone, kind, {})
    assert len(bot.pending) == 1


@pytest.mark.parametrize(
    ("allowed", "count"), [(None, 1), (frozenset({"message"}), 1), (frozenset({"callback_query"}), 0)]
)
def test_a_text_comes_when_it_is_wanted(allowed: frozenset[str] | None, count: int) -> None:
    bot, people, phone = a_bot()
    bot.allowed = allowed
    people.write(phone, "hello")
    assert len(bot.pending) == count


async def test_who_never_asked_for_updates_owes_nothing() -> None:
    bot, people, phone = a_bot()
    people.write(phone, "hello")
    assert bot.is_settled
    await taken(bot)
    assert not bot.is_settled
    await taken(bot, offset=max(bot.pending) + 1)
    assert bot.is_settled


def test_who_set_a_webhook_owes_what_is_pending() -> None:
    bot, people, phone = a_bot()
    bot.webhook = Webhook(url="http://127.0.0.1:1/")
    assert bot.is_settled
    people.write(phone, "hello")
    assert not bot.is_settled


async def test_the_end_of_the_sandbox_ends_a_poll() -> None:
    bot, _, _ = a_bot()
    polling = asyncio.create_task(bot.poll(offset=0, limit=1, within=timedelta(seconds=40)))
    await asyncio.sleep(0)
    bot.news.end()
    async with asyncio.timeout(1):
        assert await polling == []


async def test_an_earlier_poll_gives_way() -> None:
    bot, people, phone = a_bot()
    first = asyncio.create_task(bot.poll(offset=0, limit=1, within=timedelta(seconds=40)))
    await asyncio.sleep(0)
    second = asyncio.create_task(bot.poll(offset=0, limit=1, within=timedelta(seconds=40)))
    assert await first is None
    people.write(phone, "hello")
    assert len(await second or []) == 1


def test_a_person_is_shown_as_telegram_shows_them() -> None:
    _, _, phone = a_bot()
    assert chat_of(phone) == {"id": int(OMAR), "type": "private", "first_name": "Omar"}
    assert user_of(phone) == {"id": int(OMAR), "is_bot": False, "first_name": "Omar", "language_code": "pt"}


@pytest.mark.parametrize(
    ("text", "length"),
    [("/start", 6), ("/start abc", 6), ("/help@usher_bot", 5), ("start", None), ("/", None), ("a /b", None)],
)
def test_a_command_is_marked_as_one(text: str, length: int | None) -> None:
    bot, people, phone = a_bot()
    people.write(phone, text)
    [update] = bot.pending.values()
    message = update.body["message"]
    assert isinstance(message, dict)
    entities = message.get("entities")
    assert (entities[0]["length"] if entities else None) == length


def test_writing_lets_the_bot_in_again() -> None:
    bot, people, phone = a_bot()
    people.block(phone)
    assert phone.has_blocked
    people.write(phone, "hello")
    assert (phone.has_blocked, phone.has_written) == (False, True)
    assert len(bot.pending) == 2
