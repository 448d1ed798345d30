"""The Bot API's methods about messages: send one, edit one, answer the tap of a button."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.sandbox.carrier import Carrier
from bot.sandbox.faults import NO_FAULT, TELEGRAM_BLOCKED, Fate, Fault, Refusal
from bot.sandbox.phones import Bubble, BubbleState, Direction, Phone
from bot.sandbox.telegram_bot import TelegramBot
from bot.sandbox.telegram_people import shown_message
from bot.sandbox.telegram_text import bad_request, shown_buttons, shown_text
from domain.delivery import ChannelName

CANNOT_BEGIN = Refusal(403, 403, "Forbidden: bot can't initiate conversation with a user")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class TelegramMessages:
    """Puts the bot's messages on phones: at once, for Telegram tells nobody whether a phone was on."""

    carrier: Carrier
    bot: TelegramBot

    def fault_of(self, parameters: Mapping[str, str]) -> Fault:
        """Return what happens to this message: the chat's own state first, then the script."""
        phone = self._chat(parameters)
        if phone is None:
            return NO_FAULT  # refused by `send`
        if phone.has_blocked:
            return TELEGRAM_BLOCKED
        if not phone.has_written:
            return Fault(refusal=CANNOT_BEGIN)
        return self.carrier.script.take(phone.number)

    async def send(self, parameters: Mapping[str, str], fault: Fault) -> Refusal | dict[str, object]:
        """Take a message; whether it will be late or lost, the answer does not say."""
        phone = self._chat(parameters)
        if phone is None:
            return bad_request("chat not found")
        bubble = self._written(parameters)
        if isinstance(bubble, Refusal):
            return bubble
        self.carrier.book(phone, bubble)
        if fault.lands_after:
            self.bot.errands.start(self._carry(phone, bubble, fault))
        else:
            await self._carry(phone, bubble, fault)
        return shown_message(self.bot, phone, bubble)

    async def edit(self, parameters: Mapping[str, str]) -> Refusal | dict[str, object]:
        """Change a message that is on a phone."""
        phone, message_id = self._chat(parameters), parameters.get("message_id", "")
        old = phone.find(message_id) if phone else None
        if phone is None or old is None or old.direction is not Direction.RECEIVED:
            return bad_request("message to edit not found")
        new = self._written(parameters)
        if isinstance(new, Refusal):
            return new
        if (new.text, new.buttons) == (old.text, old.buttons):
            return bad_request(NOT_MODIFIED)
        phone.rewrite(message_id, new.text, new.buttons)
        self.carrier.watch.touch()
        return shown_message(self.bot, phone, replace(old, text=new.text, buttons=new.buttons, is_edited=True))

    async def answer_tap(self, parameters: Mapping[str, str]) -> Refusal | bool:
        """End the waiting of a tapped button; its text, if any, passes over the phone."""
        phone = self.bot.questions.pop(parameters.get("callback_query_id", ""), None)
        if phone is None:
            return bad_request(QUERY_TOO_OLD)
        if text := parameters.get("text"):
            now = self.carrier.clock.now()
            self.carrier.book(phone, Bubble(at=now, direction=Direction.NOTE, text=text, state=BubbleState.DELIVERED))
        return True

    def _chat(self, parameters: Mapping[str, str]) -> Phone | None:
        phone = self.carrier.known(parameters.get("chat_id", ""))
        return phone if phone and phone.channel is ChannelName.TELEGRAM else None

    async def _carry(self, phone: Phone, bubble: Bubble, fault: Fault) -> None:
        if fault.lands_after:
            await self.bot.pace.wait(fault.lands_after)
        message_id = bubble.provider_id or ""
        if fault.fate is Fate.DELIVERED:
            self.carrier.land(phone, message_id)
        else:
            self.carrier.mark(phone, message_id, BubbleState.LOST)

    def _written(self, parameters: Mapping[str, str]) -> Bubble | Refusal:
        text = shown_text(parameters.get("text", ""), parameters.get("parse_mode"))
        if isinstance(text, Refusal):
            return text
        buttons = shown_buttons(parameters.get("reply_markup"))
        if isinstance(buttons, Refusal):
            return buttons
        return Bubble(
            at=self.carrier.clock.now(),
            direction=Direction.RECEIVED,
            text=text,
            state=BubbleState.ON_ITS_WAY,
            provider_id=str(self.bot.next_message_id()),
            buttons=buttons,
        )
