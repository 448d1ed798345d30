"""Tells Telegram how a bot is reached: by webhook or by polling."""

from aiogram import Bot

from bot.channels.telegram_updates import ALLOWED_UPDATES
from bot.web.hooks import TELEGRAM_PATH

CONNECTIONS = 40  # at once; Telegram's default


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
