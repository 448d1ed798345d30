"""An installation's Telegram bot: how it sends, and how it hears. Imports aiogram, so import it only when needed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

import structlog
from aiogram.exceptions import AiogramError

from bot.channels.http import Wire
from bot.channels.telegram import TelegramChannel, telegram_bot
from bot.telegram import setup
from bot.telegram.polling import Polling
from domain.clock import Clock
from domain.delivery import Channel
from locales.reader import LANGUAGES
from storage.database import Database

Listener: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]
"""Hears what people write until the event is set."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class TelegramBot:
    """One bot over one wire.

    Args:
        token: The bot's token from BotFather.
        wire: What it asks over; its owner closes it.
        base_url: Where Telegram's interface is.
        public_url: How Telegram reaches our webhook; None: we poll.
        secret: What proves that a webhook is Telegram's.
    """

    def __init__(self, token: str, wire: Wire, *, base_url: str, public_url: str | None, secret: str) -> None:
        self._bot = telegram_bot(token, wire, base_url=base_url)
        self._public_url = public_url
        self._secret = secret
        self.channel: Channel = TelegramChannel(self._bot)

    def listener(self, db: Database, clock: Clock, on_message: Callable[[], None]) -> Listener:
        """Return what hears people until it is told to stop. A Telegram that is away keeps nothing else waiting."""

        async def listen(stop: asyncio.Event) -> None:
            await self._introduce(stop)
            if self._public_url is None:
                await Polling(self._bot, db, clock=clock, on_message=on_message).run(stop)
            else:
                await stop.wait()

        return listen

    async def _introduce(self, stop: asyncio.Event) -> None:
        """Say how we want to hear, until Telegram has understood or we are to stop."""
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                if self._public_url is None:
                    await setup.use_polling(self._bot)
                else:
                    await setup.use_webhook(self._bot, public_url=self._public_url, secret=self._secret)
                await setup.name_commands(self._bot, LANGUAGES)
            except AiogramError as error:
                log.warning("telegram.not_introduced", fault=type(error).__name__)
            else:
                return
            pause = min(2 * pause, LONGEST_PAUSE)
            await _rest(stop, pause)


async def _rest(stop: asyncio.Event, pause: timedelta) -> None:
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await stop.wait()
    except TimeoutError:
        return
