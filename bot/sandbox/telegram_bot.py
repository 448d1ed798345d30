"""The bot of the sandbox as Telegram sees it: its updates, who fetches them, and where they are pushed to."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands, Pace, Watch
from bot.sandbox.phones import BubbleState, Phone

# https://core.telegram.org/bots/api#getupdates: these are only sent to who asks for them by name
ON_DEMAND: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LONGEST_POLL = timedelta(seconds=50)


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened in a chat; `provider_id` is the bubble whose fate it decides, if any."""

    id: int
    chat: str = field(repr=False)
    body: dict[str, object] = field(repr=False)
    provider_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where updates are pushed to, and how that went last."""

    url: str
    secret: str | None = field(default=None, repr=False)
    max_connections: int = 40
    last_error: str | None = None
    last_error_at: datetime | None = None


class TelegramBot:
    """One bot and its queue of updates.

    `errands` and `pace` are the sandbox's own, for whoever carries updates and messages.
    """

    def __init__(self, carrier: Carrier, *, token: str, username: str, errands: Errands, pace: Pace) -> None:
        self.carrier = carrier
        self.token = token
        self.username = username
        self.errands = errands
        self.pace = pace
        self.news = Watch()
        self.pending: dict[int, Update] = {}
        self.webhook: Webhook | None = None
        self.allowed: frozenset[str] | None = None
        self.commands: dict[str, list[object]] = {}
        self.questions: dict[str, Phone] = {}  # callback queries that may still be answered
        self._was_polled = False
        self._polls = 0
        self._update_ids = count(810_000_001)
        self._message_ids = count(1)

    @property
    def user(self) -> dict[str, object]:
        """The bot as a Telegram user."""
        return {
            "id": int(self.token.split(":")[0]),
            "is_bot": True,
            "first_name": "Usher",
            "username": self.username,
        }

    @property
    def is_settled(self) -> bool:
        """Whether the product has taken every update; as long as it never asked for any, it owes nothing."""
        return not self.pending or not (self.webhook or self._was_polled)

    def next_message_id(self) -> int:
        """Return a message id that was never used."""
        return next(self._message_ids)

    def offer(self, phone: Phone, kind: str, payload: dict[str, object], *, provider_id: str | None = None) -> None:
        """Queue an update, unless the bot did not ask for its kind."""
        wanted = kind in self.allowed if self.allowed else kind not in ON_DEMAND
        if wanted:
            update_id = next(self._update_ids)
            body = {"update_id": update_id, kind: payload}
            self.pending[update_id] = Update(update_id, phone.number, body, provider_id)
            self.news.touch()

    def confirm(self, update_ids: Iterable[int]) -> None:
        """Forget updates that the product has taken."""
        for update_id in list(update_ids):
            update = self.pending.pop(update_id)
            if update.provider_id:
                self.carrier.mark(self.carrier.phone(update.chat), update.provider_id, BubbleState.DELIVERED)
        self.carrier.watch.touch()

    async def poll(self, *, offset: int, limit: int, within: timedelta) -> list[Update] | None:
        """Wait for updates as long polling does; None when another poll has taken over.

        A positive offset confirms everything before it; a negative one forgets all but the last so many.
        """
        self._was_polled = True
        self._polls += 1
        mine = self._polls
        self.news.touch()
        self.confirm(self._before(offset))
        with suppress(TimeoutError):
            await self.news.until(
                lambda: bool(self.pending) or mine != self._polls or self.news.is_over,
                within=min(within, LONGEST_POLL),
            )
        return list(self.pending.values())[:limit] if mine == self._polls else None

    def _before(self, offset: int) -> list[int]:
        if offset < 0:
            return list(self.pending)[:offset]
        return [update_id for update_id in self.pending if update_id < offset]
