"""Carries messages through a Telegram bot. aiogram takes seconds to import: import this only where messages leave."""

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import AiogramError

from bot.channels.http import Wire
from bot.channels.telegram_errors import outcome_of
from bot.channels.telegram_session import LeanSession, Terse
from domain.delivery import FindOutcome, OutgoingMessage, Rejected, SendOutcome, Sent, Unavailable, Unknown
from domain.record import record

LONGEST_TEXT = 4096  # UTF-16 code units: https://core.telegram.org/bots/api#sendmessage
NO_PREVIEW = {"is_disabled": True}


@record(frozen=True, slots=True)
class Shown:
    """What we want to know of the message that Telegram shows. aiogram's own Message takes 20 times as long to read."""

    message_id: int


class SendText(Terse[Shown]):
    """sendMessage, with what we use of it and nothing else."""

    __returning__ = Shown
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    protect_content: bool
    link_preview_options: dict[str, bool]

    @staticmethod
    def read(result: object) -> Shown | None:
        """Return the number of the message that Telegram shows now."""
        number = result.get("message_id") if isinstance(result, dict) else None
        return Shown(number) if type(number) is int else None


_TEXT = SendText(chat_id=0, text="", protect_content=False, link_preview_options=NO_PREVIEW)


def telegram_bot(token: str, wire: Wire, *, base_url: str | None = None) -> Bot:
    """Return aiogram's bot over `wire`, asking `base_url` in place of https://api.telegram.org when it is given."""
    return Bot(token, session=LeanSession(wire, base_url=base_url), default=DefaultBotProperties())


class TelegramChannel:
    """Adapter from `Channel` to a bot's private chats. The caller closes the bot's wire.

    Text goes out as it is, without markup, so that no name or number in it can turn into any.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Ask Telegram once to send a message; Sent is all that Telegram ever tells of it."""
        if _is_too_long(message.text):
            return Rejected("telegram.too_long")
        try:
            shown = await self._bot(_asking_for(message))
        except AiogramError as error:
            return outcome_of(error)
        except (ValueError, TypeError):
            return Rejected("telegram.unwritable")  # no chat id, or a text that is no Unicode: nothing was written
        shown_id = getattr(shown, "message_id", None)  # aiogram lets `{"ok": true}` without a result through as None
        return Unknown("telegram.no_message") if shown_id is None else Sent(str(shown_id))

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Say that it cannot be told: a bot cannot read what it has sent."""
        del message
        return Unavailable("telegram.no_lookup", is_lasting=True)


def _is_too_long(text: str) -> bool:
    if len(text) <= LONGEST_TEXT // 2:
        return False  # no character takes more than two units
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST_TEXT


def _asking_for(message: OutgoingMessage) -> SendText:
    """Return the question with values of ours in it, which nobody needs to validate: a fifth of what it costs."""
    asked = {"chat_id": int(message.to.value), "text": message.text, "protect_content": message.protect}
    return _TEXT.model_copy(update=asked)
