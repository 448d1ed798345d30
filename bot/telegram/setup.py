"""Tells Telegram how a bot is reached, by webhook or by polling, and what commands it knows."""

from collections.abc import Iterable

from aiogram import Bot
from aiogram.types import BotCommand

from bot.channels.telegram_updates import ALLOWED_UPDATES
from bot.web.hooks import TELEGRAM_PATH
from locales.catalogs import SOURCE_LANGUAGE
from locales.reader import reader
from locales.texts import commands

CONNECTIONS = 40  # at once; Telegram's default
ISO_639_1 = 2


async def use_webhook(bot: Bot, *, public_url: str, secret: str) -> None:
    """Let Telegram call us, with a secret that proves that it is Telegram; what waits there comes as well.

    Raises:
        AiogramError: If Telegram refuses, or cannot be asked.
    """
    await bot.set_webhook(
        f"{public_url.rstrip('/')}{TELEGRAM_PATH}",
        secret_token=secret,
        allowed_updates=list(ALLOWED_UPDATES),
        max_connections=CONNECTIONS,
        drop_pending_updates=False,
    )


async def use_polling(bot: Bot) -> None:
    """Take the webhook away, so that updates can be fetched; what waits there is kept.

    Raises:
        AiogramError: If Telegram refuses, or cannot be asked.
    """
    await bot.delete_webhook(drop_pending_updates=False)


async def name_commands(bot: Bot, languages: Iterable[str]) -> None:
    """Put the menu of commands in place, in English for everybody and in each of these languages for its speakers.

    Raises:
        AiogramError: If Telegram refuses, or cannot be asked.
    """
    await bot.set_my_commands(_commands(SOURCE_LANGUAGE))
    for code, tag in {tag.partition("_")[0]: tag for tag in languages}.items():
        if len(code) == ISO_639_1:  # Telegram knows languages by two letters
            await bot.set_my_commands(_commands(tag), language_code=code)


def _commands(language: str) -> list[BotCommand]:
    whose = reader(language)
    return [
        BotCommand(command="help", description=commands.help_command(whose)),
        BotCommand(command="language", description=commands.language_command(whose)),
        BotCommand(command="stop", description=commands.stop_command(whose)),
    ]
