"""The two providers of the sandbox, each put together from its parts."""

from dataclasses import dataclass

from starlette.routing import Route

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands, Pace
from bot.sandbox.identities import Identities
from bot.sandbox.telegram_api import TelegramApi
from bot.sandbox.telegram_bot import TelegramBot
from bot.sandbox.telegram_messages import TelegramMessages
from bot.sandbox.telegram_people import TelegramPeople
from bot.sandbox.telegram_push import TelegramPush
from bot.sandbox.telegram_webhook import TelegramWebhook
from bot.sandbox.twilio_account import TwilioAccount
from bot.sandbox.twilio_api import TwilioApi
from bot.sandbox.twilio_courier import TwilioCourier
from bot.sandbox.twilio_hooks import TwilioHooks
from bot.sandbox.twilio_inbound import TwilioInbound
from bot.sandbox.wire import Caller, Lines


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What both providers share."""

    carrier: Carrier
    errands: Errands
    pace: Pace
    lines: Lines
    caller: Caller


class TwilioSide:
    """Twilio: its API, its webhooks, and the way of a text in either direction."""

    def __init__(self, around: Surroundings, identities: Identities) -> None:
        self.account = TwilioAccount(identities.account_sid, identities.number, dict(identities.services))
        self.hooks = TwilioHooks(around.caller, identities.webhook_signing, around.pace)
        self.courier = TwilioCourier(around.carrier, self.account, self.hooks, around.errands, around.pace)
        self.inbound = TwilioInbound(around.carrier, self.account, self.hooks, self.courier)
        self._api = TwilioApi(
            self.account, identities.auth_token, around.carrier, self.courier, around.errands, around.lines
        )

    def routes(self) -> list[Route]:
        """Return the paths of its API."""
        return self._api.routes()


class TelegramSide:
    """Telegram: its Bot API, its webhook, and the chats."""

    def __init__(self, around: Surroundings, identities: Identities) -> None:
        self.bot = TelegramBot(
            around.carrier,
            token=identities.telegram_token,
            username=identities.telegram_username,
            errands=around.errands,
            pace=around.pace,
        )
        push = TelegramPush(self.bot, around.caller)
        self.people = TelegramPeople(around.carrier, self.bot, push.start)
        messages = TelegramMessages(around.carrier, self.bot)
        self._api = TelegramApi(self.bot, messages, TelegramWebhook(self.bot, push), around.lines)

    def routes(self) -> list[Route]:
        """Return the path of its API."""
        return self._api.routes()
