"""How Telegram pushes updates to a webhook: with the secret, one by one in each chat, again until it is taken."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from aiohttp import ClientError, ClientTimeout

from bot.sandbox.telegram_bot import TelegramBot, Update, Webhook
from bot.sandbox.wire import Caller
from bot.web.signatures import TELEGRAM_HEADER

LONGEST_WAIT: Final = 3_600
LIMIT = ClientTimeout(total=30)


@dataclass(slots=True)
class TelegramPush:
    """Empties the bot's queue into its webhook. A chat whose update is refused waits; the others go on.

    An update that is not taken comes again after 1, 2, 4 … seconds, then every one to two minutes, or when the
    webhook's `Retry-After` says. A method in the webhook's answer is not run.
    """

    bot: TelegramBot
    caller: Caller
    _busy: set[str] = field(default_factory=set)
    _random: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - spreads retries, keeps no secret

    def start(self) -> None:
        """Begin to push whatever is pending and nobody pushes yet."""
        if self.bot.webhook:
            for chat in {update.chat for update in self.bot.pending.values()} - self._busy:
                self._busy.add(chat)
                self.bot.errands.start(self._empty(chat))

    async def _empty(self, chat: str) -> None:
        failures = 0
        try:
            while (webhook := self.bot.webhook) and (update := self._next(chat)):
                wait = await self._push(webhook, update)
                if wait is None:
                    failures = 0
                    if update.id in self.bot.pending:
                        self.bot.confirm([update.id])
                    continue
                await self.bot.pace.wait(timedelta(seconds=wait or self._back_off(failures)))
                failures += 1
        finally:
            self._busy.discard(chat)

    def _next(self, chat: str) -> Update | None:
        return next((update for update in self.bot.pending.values() if update.chat == chat), None)

    def _back_off(self, failures: int) -> float:
        return float(2**failures) if failures < 6 else self._random.uniform(60, 120)  # noqa: PLR2004 - 2**6 > 60

    async def _push(self, webhook: Webhook, update: Update) -> int | None:
        """Post one update; return None if it was taken, else how many seconds to wait (0: as usual)."""
        headers = {TELEGRAM_HEADER: webhook.secret} if webhook.secret else {}
        try:
            async with self.caller.session.post(
                webhook.url, json=update.body, headers=headers, timeout=LIMIT
            ) as response:
                if response.ok:
                    return None
                self._note(webhook, f"Wrong response from the webhook: {response.status} {response.reason}")
                asked = response.headers.get("Retry-After", "0")
                return min(int(asked), LONGEST_WAIT) if asked.isdecimal() else 0
        except TimeoutError:
            self._note(webhook, "Read timeout expired")
        except ClientError:
            self._note(webhook, "Connection refused")
        return 0

    def _note(self, webhook: Webhook, trouble: str) -> None:
        webhook.last_error = trouble
        webhook.last_error_at = self.bot.carrier.clock.now()
