"""How our bot tells Telegram that it is there: by which door, with which commands, and again until it is heard."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramUnauthorizedError

from bot.channels.connection import Answer, NotSentError
from bot.channels.telegram import telegram_bot
from bot.channels.telegram_updates import ALLOWED_UPDATES
from bot.telegram import setup
from bot.telegram.build import TelegramBot
from domain.clock import SteppedClock
from locales.reader import LANGUAGES
from storage.database import Database
from tests.unit.channels.scripted_wire import ScriptedWire, answer

TOKEN = "4242:abcdefghijklmnopqrstuvwxyz"
SECRET = "s3cret-of-the-webhook"
UNDERSTOOD = answer(200, {"ok": True, "result": True})
UNAUTHORIZED = answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})


def a_bot(*script: Answer | NotSentError) -> tuple[Bot, ScriptedWire]:
    """A bot, and the wire on which Telegram answers it as scripted."""
    wire = ScriptedWire(*script or (UNDERSTOOD,))
    return telegram_bot(TOKEN, wire), wire


def asked(wire: ScriptedWire) -> list[tuple[str, dict[str, object]]]:
    """What Telegram was asked: the method's name and what came with it."""
    return [(one.url.rpartition("/")[2], orjson.loads(one.body)) for one in wire.asked]


@pytest.mark.parametrize(
    "public_url", ["https://court.example", "https://court.example/"], ids=["bare", "with a slash"]
)
async def test_a_webhook_is_told_with_its_secret_and_what_waits_is_kept(public_url: str) -> None:
    bot, wire = a_bot()

    await setup.use_webhook(bot, public_url=public_url, secret=SECRET)

    [(method, said)] = asked(wire)
    assert method == "setWebhook"
    assert (said["url"], said["secret_token"]) == ("https://court.example/hooks/telegram", SECRET)
    assert said["drop_pending_updates"] is False, "what people wrote while we were away is theirs to be answered"
    assert said["allowed_updates"] == list(ALLOWED_UPDATES)


async def test_polling_takes_the_webhook_away_and_keeps_what_waits() -> None:
    bot, wire = a_bot()

    await setup.use_polling(bot)

    assert asked(wire) == [("deleteWebhook", {"drop_pending_updates": False})]


async def test_everybody_sees_the_commands_in_english_and_speakers_in_their_language() -> None:
    bot, wire = a_bot()

    await setup.name_commands(bot, LANGUAGES)

    said = {str(one.get("language_code", "")): one["commands"] for _, one in asked(wire)}
    assert {method for method, _ in asked(wire)} == {"setMyCommands"}
    assert set(said) == {"", *LANGUAGES}
    names = {code: [one["command"] for one in menu] for code, menu in said.items()}  # type: ignore[attr-defined] # JSON
    words = {code: tuple(one["description"] for one in menu) for code, menu in said.items()}  # type: ignore[attr-defined]
    assert set(map(tuple, names.values())) == {("help", "language", "stop")}
    assert words[""] == words["en"] == ("What this is, and whom to call", "Choose a language", "End messages")
    assert len(set(words.values())) == len(LANGUAGES), "no two languages say the same"
    assert all(0 < len(one) <= 256 for menu in words.values() for one in menu), "as long as Telegram takes"


@pytest.mark.parametrize(
    ("languages", "codes"),
    [
        (["zh_Hans"], ["zh"]),
        (["es", "es_MX"], ["es"]),
        (["yup"], []),
        ([], []),
        (["uk", "ru"], ["uk", "ru"]),
    ],
    ids=["with a script", "one code for two", "three letters", "none", "two"],
)
async def test_telegram_knows_a_language_by_two_letters(languages: list[str], codes: list[str]) -> None:
    bot, wire = a_bot()

    await setup.name_commands(bot, languages)

    assert [said.get("language_code") for _, said in asked(wire)] == [None, *codes]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [(UNAUTHORIZED, TelegramUnauthorizedError), (NotSentError("http.unreachable"), TelegramNetworkError)],
    ids=["a wrong token", "Telegram is away"],
)
@pytest.mark.parametrize(
    "what", [setup.use_polling, lambda bot: setup.name_commands(bot, ["en"])], ids=["door", "menu"]
)
async def test_a_refusal_is_heard(
    refusal: Answer | NotSentError, error: type[Exception], what: Callable[[Bot], object]
) -> None:
    bot, _ = a_bot(refusal)

    with pytest.raises(error):
        await what(bot)  # type: ignore[misc] # all of them are to be awaited


# --- the bot of an installation -----------------------------------------------------------------------------------


class Stopping(ScriptedWire):
    """A wire that has the bot stop once Telegram was asked so often."""

    def __init__(self, *script: Answer | NotSentError, after: int) -> None:
        super().__init__(*script)
        self.stop = asyncio.Event()
        self._after = after

    async def exchange(self, method: str, url: str, **more: Any) -> Answer:  # noqa: ANN401 - those of a wire
        """Answer as scripted."""
        try:
            return await super().exchange(method, url, **more)
        finally:
            if len(self.asked) >= self._after:
                self.stop.set()


async def listen(wire: Stopping, db: Database, clock: SteppedClock, *, public_url: str | None) -> list[str]:
    """Let a bot listen until it is told to stop; return what it asked Telegram for, in order."""
    bot = TelegramBot(TOKEN, wire, base_url="https://api.telegram.org", public_url=public_url, secret=SECRET)
    async with asyncio.timeout(20):
        await bot.listener(db, clock, lambda: None)(wire.stop)
    return [method for method, _ in asked(wire)]


async def test_a_bot_with_a_webhook_introduces_itself_once_and_then_only_waits(
    db: Database, clock: SteppedClock
) -> None:
    wire = Stopping(UNDERSTOOD, after=2 + len(LANGUAGES))

    said = await listen(wire, db, clock, public_url="https://court.example")

    assert said == ["setWebhook", *["setMyCommands"] * (1 + len(LANGUAGES))], "it is called; it does not ask"


async def test_a_bot_without_a_public_address_asks_for_updates_itself(db: Database, clock: SteppedClock) -> None:
    nothing_new = answer(200, {"ok": True, "result": []})
    wire = Stopping(*[UNDERSTOOD] * (2 + len(LANGUAGES)), nothing_new, after=3 + len(LANGUAGES))

    said = await listen(wire, db, clock, public_url=None)

    assert said[0] == "deleteWebhook"
    assert set(said[2 + len(LANGUAGES) :]) == {"getUpdates"}


async def test_a_bot_that_telegram_does_not_hear_can_be_told_to_stop_while_it_rests(
    db: Database, clock: SteppedClock
) -> None:
    wire = Stopping(NotSentError("http.unreachable"), after=1)

    assert await listen(wire, db, clock, public_url="https://court.example") == ["setWebhook"]
