"""Telegram without a public address: asks for updates, stores each before it is confirmed, and goes on asking."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.arrivals import telegram_arrival
from bot.channels.telegram_updates import ALLOWED_UPDATES
from domain.clock import Clock
from domain.errors import InvalidInputError
from storage import inbox
from storage.database import Database
from storage.inbox import Arrival

LONG_POLL = timedelta(seconds=30)
GRACE = timedelta(seconds=10)  # for the answer to a poll that ran its time
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)

CONFLICT_ADVICE = (
    "somebody else fetches this bot's updates: stop the other process, or delete the webhook (usher doctor says which)"
)
REFUSED_ADVICE = "Telegram does not know this bot: set USHER_TELEGRAM_TOKEN to the token that BotFather gave"

log = structlog.get_logger(__name__)


class GetUpdatesRaw(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, with each update as it came: one that aiogram cannot read must not hold up the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]


class Polling:
    """Fetches what people wrote to a bot.

    An update counts as fetched for Telegram once a later one is asked for, and that happens only after it is in the
    inbox: whatever breaks in between, it comes again, and the inbox knows repeats. Once nothing has come after it, its
    number is forgotten: after a week without news Telegram goes on anywhere, and what has a lower number than was asked
    for would count as fetched.

    Args:
        bot: aiogram's client; the caller closes what it runs over.
        db: Where updates are stored.
        clock: When they came.
        on_message: Called after something new was stored.
        long_poll: How long Telegram may wait for something to tell.
    """

    def __init__(
        self,
        bot: Bot,
        db: Database,
        *,
        clock: Clock,
        on_message: Callable[[], None],
        long_poll: timedelta = LONG_POLL,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._bot = bot
        self._db = db
        self._clock = clock
        self._on_message = on_message
        self._long_poll = long_poll
        self._first_pause = first_pause
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop` is set; a poll under way is given up then, and nothing is lost with it."""
        stopping = asyncio.create_task(stop.wait())
        pause = self._first_pause
        try:
            while not stop.is_set():
                fetching = asyncio.create_task(self._fetch_or_wait(pause, stopping))
                await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not fetching.done():
                    fetching.cancel()
                    await asyncio.wait({fetching})
                    break
                pause = self._first_pause if fetching.result() else min(2 * pause, LONGEST_PAUSE)
        finally:
            stopping.cancel()

    async def fetch(self) -> int:
        """Ask once and store what comes; return how many updates came.

        Raises:
            AiogramError: If Telegram could not be asked.
            SQLAlchemyError: If they could not be stored; they come again.
        """
        wait = int(self._long_poll.total_seconds())
        asked = GetUpdatesRaw(offset=self._offset, timeout=wait, allowed_updates=list(ALLOWED_UPDATES))
        updates = await self._bot(asked, request_timeout=wait + int(GRACE.total_seconds()))
        arrivals = [arrival for update in updates if (arrival := self._arrival(update)) is not None]
        now = self._clock.now()

        def keep(connection: Connection) -> list[bool]:
            return inbox.store_all(connection, [(arrival, now) for arrival in arrivals])

        if arrivals and any(await self._db.write(keep)):
            self._on_message()
        self._offset = max((int(update["update_id"]) + 1 for update in updates), default=None)
        return len(updates)

    async def _fetch_or_wait(self, pause: timedelta, stopping: "asyncio.Task[bool]") -> bool:
        """Fetch once; after a fault wait, and return False."""
        try:
            await self.fetch()
        except TelegramConflictError:
            log.error("polling.conflicted", advice=CONFLICT_ADVICE)  # noqa: TRY400 - no trace is needed to see why
            pause = LONGEST_PAUSE
        except (TelegramUnauthorizedError, TelegramNotFound):
            log.error("polling.refused", advice=REFUSED_ADVICE)  # noqa: TRY400 - the same
            pause = LONGEST_PAUSE
        except TelegramRetryAfter as error:
            pause = max(pause, timedelta(seconds=error.retry_after))
        except (AiogramError, SQLAlchemyError) as error:
            log.warning("polling.deferred", fault=type(error).__name__)
        else:
            return True
        await asyncio.wait({stopping}, timeout=pause.total_seconds())
        return False

    def _arrival(self, update: dict[str, Any]) -> Arrival | None:
        try:
            return telegram_arrival(orjson.dumps(update), bot_id=self._bot.id)
        except InvalidInputError:
            log.warning("update.skipped", update=update.get("update_id"))
            return None
