"""The Bot API's methods about the webhook: set, delete, show."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from bot.sandbox.faults import Refusal
from bot.sandbox.telegram_bot import TelegramBot, Webhook
from bot.sandbox.telegram_push import TelegramPush
from bot.sandbox.telegram_text import bad_request

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{0,256}")


@dataclass(slots=True)
class TelegramWebhook:
    """Keeps the bot's webhook. As on a local Bot API server, plain HTTP and any port will do."""

    bot: TelegramBot
    push: TelegramPush

    async def set(self, parameters: Mapping[str, str]) -> Refusal | bool:
        """Push updates to a URL from now on; an empty one means to stop."""
        secret = parameters.get("secret_token", "")
        if not _SECRET.fullmatch(secret):
            return bad_request("secret token contains unallowed characters")
        if "allowed_updates" in parameters:
            self.bot.allowed = frozenset(orjson.loads(parameters["allowed_updates"])) or None
        url = parameters.get("url", "")
        if url and not url.startswith(("http://", "https://")):
            return bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        most = int(parameters.get("max_connections", 40))
        self.bot.webhook = Webhook(url=url, secret=secret or None, max_connections=most) if url else None
        self._drop(parameters)
        self.push.start()
        return True

    async def delete(self, parameters: Mapping[str, str]) -> Refusal | bool:
        """Stop pushing; what is pending waits for a poll."""
        self.bot.webhook = None
        self._drop(parameters)
        return True

    async def show(self, _: Mapping[str, str]) -> dict[str, object]:
        """Say where updates go, how many wait, and what went wrong last."""
        webhook = self.bot.webhook or Webhook(url="")
        trouble = (
            {"last_error_date": int(webhook.last_error_at.timestamp()), "last_error_message": webhook.last_error}
            if webhook.last_error_at
            else {}
        )
        return {
            "url": webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.bot.pending),
            "max_connections": webhook.max_connections,
            **({"allowed_updates": sorted(self.bot.allowed)} if self.bot.allowed else {}),
            **trouble,
        }

    def _drop(self, parameters: Mapping[str, str]) -> None:
        if parameters.get("drop_pending_updates", "").lower() == "true":
            self.bot.confirm(list(self.bot.pending))
