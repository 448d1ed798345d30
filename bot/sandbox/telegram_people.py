"""What people do in Telegram: write, tap a button, edit, block, share their number; each becomes an update."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from bot.sandbox.carrier import Carrier
from bot.sandbox.phones import Bubble, BubbleState, Button, Direction, Phone
from bot.sandbox.telegram_bot import TelegramBot


@dataclass(slots=True)
class TelegramPeople:
    """Turns what a person does on a phone into updates; `offered` is called after each."""

    carrier: Carrier
    bot: TelegramBot
    offered: Callable[[], None]

    def write(self, phone: Phone, text: str) -> None:
        """Send a text; the first one (usually /start) lets the bot write from then on."""
        phone.has_written, phone.has_blocked = True, False
        command = re.match(r"/\w+", text, re.ASCII)
        entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
        self._send(phone, text, {"text": text, **({"entities": entities} if entities else {})})

    def share_contact(self, phone: Phone, phone_number: str, *, user_id: int | None = None) -> None:
        """Send a contact: the person's own, unless `user_id` says whose."""
        contact = {
            "phone_number": phone_number,
            "first_name": phone.owner or "Person",
            "user_id": user_id or int(phone.number),
        }
        self._send(phone, phone_number, {"contact": contact})

    def edit(self, phone: Phone, provider_id: str, text: str) -> None:
        """Change a text that was sent.

        Raises:
            KeyError: If the phone has no such bubble.
        """
        phone.rewrite(provider_id, text)
        self.carrier.watch.touch()
        edited_at = int(self.carrier.clock.now().timestamp())
        payload = self._message(phone, int(provider_id), {"text": text, "edit_date": edited_at})
        self.bot.offer(phone, "edited_message", payload)
        self.offered()

    def tap(self, phone: Phone, provider_id: str, action: str) -> None:
        """Tap the button of a message that sends `action` back.

        Raises:
            KeyError: If there is no such button on the phone.
        """
        bubble = phone.find(provider_id)
        button = _button(bubble, action) if bubble else None
        if bubble is None or button is None:
            raise KeyError(provider_id)
        query = uuid4().hex[:16]
        self.bot.questions[query] = phone
        self.bot.offer(
            phone,
            "callback_query",
            {
                "id": query,
                "from": user_of(phone),
                "message": shown_message(self.bot, phone, bubble),
                "chat_instance": str(phone.number),
                "data": button.action,
            },
        )
        self.offered()

    def block(self, phone: Phone, *, blocked: bool = True) -> None:
        """Block the bot, or let it write again."""
        if phone.has_blocked is blocked:
            return
        phone.has_blocked = blocked
        phone.turn += 1
        self.carrier.watch.touch()
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = ({"user": self.bot.user, "status": status, "until_date": 0} for status in statuses)
        change = {"old_chat_member": old, "new_chat_member": new}
        now = int(self.carrier.clock.now().timestamp())
        self.bot.offer(phone, "my_chat_member", {"chat": chat_of(phone), "from": user_of(phone), "date": now, **change})
        self.offered()

    def _send(self, phone: Phone, shown: str, content: dict[str, object]) -> None:
        message_id = self.bot.next_message_id()
        bubble = Bubble(
            at=self.carrier.clock.now(),
            direction=Direction.WRITTEN,
            text=shown,
            state=BubbleState.ON_ITS_WAY,
            provider_id=str(message_id),
        )
        self.carrier.book(phone, bubble)
        self.bot.offer(phone, "message", self._message(phone, message_id, content), provider_id=bubble.provider_id)
        self.offered()

    def _message(self, phone: Phone, message_id: int, content: dict[str, object]) -> dict[str, object]:
        return {
            "message_id": message_id,
            "from": user_of(phone),
            "chat": chat_of(phone),
            "date": int(self.carrier.clock.now().timestamp()),
            **content,
        }


def shown_message(bot: TelegramBot, phone: Phone, bubble: Bubble) -> dict[str, object]:
    """Show a bot's message as Telegram's API does."""
    rows = [
        [{"text": each.label, "callback_data": each.action} for each in row if each.action] for row in bubble.buttons
    ]
    at = int(bubble.at.timestamp())
    return {
        "message_id": int(bubble.provider_id or 0),
        "from": bot.user,
        "chat": chat_of(phone),
        "date": at,
        "text": bubble.text,
        **({"reply_markup": {"inline_keyboard": rows}} if any(rows) else {}),
        **({"edit_date": at} if bubble.is_edited else {}),
    }


def chat_of(phone: Phone) -> dict[str, object]:
    """Show a person's private chat with the bot."""
    return {"id": int(phone.number), "type": "private", "first_name": phone.owner or "Person"}


def user_of(phone: Phone) -> dict[str, object]:
    """Show the person as a Telegram user: in a private chat both have one id."""
    return {
        "id": int(phone.number),
        "is_bot": False,
        "first_name": phone.owner or "Person",
        "language_code": phone.language.split("_")[0],
    }


def _button(bubble: Bubble, action: str) -> Button | None:
    return next((each for row in bubble.buttons for each in row if each.action == action), None)
