"""Reads Telegram's updates without aiogram, which takes seconds to import: what is ours in them, typed."""

import re
from datetime import UTC, datetime

import orjson

from bot.channels.inbound import InboundTelegram, MembershipChange
from domain.delivery import Address, ChannelName
from domain.errors import InvalidInputError

ALLOWED_UPDATES = ("message", "edited_message", "my_chat_member")
"""What to ask Telegram for when the webhook is set or polling begins."""

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>[A-Za-z0-9_-]{1,64}))?(?:\s.*)?", re.DOTALL | re.IGNORECASE)
_MEDIA = frozenset(
    {"animation", "audio", "contact", "document", "location", "photo", "sticker", "story", "venue", "video"}
    | {"video_note", "voice"}
)


def provider_id(bot_id: int, update_id: int) -> str:
    """Return what tells a repeated update: its number is Telegram's per bot, and jumps after a silent week."""
    return f"{bot_id}:{update_id}"


def parse_update(raw: bytes) -> InboundTelegram | MembershipChange | None:
    """Return what a person or their app did, or None for what is no business of ours: groups, channels, bots.

    Raises:
        InvalidInputError: If it is not an update at all.
    """
    try:
        match orjson.loads(raw):
            case {"update_id": int(update_id), "message": dict(message)}:
                return _written(update_id, message, is_edit=False)
            case {"update_id": int(update_id), "edited_message": dict(message)}:
                return _written(update_id, message, is_edit=True)
            case {"update_id": int(update_id), "my_chat_member": dict(change)}:
                return _membership(update_id, change)
            case {"update_id": int()}:
                return None
            case _:
                raise InvalidInputError("update_id", "is missing")
    except (ValueError, OverflowError, OSError):  # the last two of an instant beyond the calendar
        raise InvalidInputError("update", "is not an update of Telegram's") from None


def _written(update_id: int, message: dict[str, object], *, is_edit: bool) -> InboundTelegram | None:
    match message:
        case {
            "message_id": int(message_id),
            "date": int(date),
            "chat": {"id": int(chat_id), "type": "private"},
            "from": {"id": int(person_id), "is_bot": False, **person},
        }:
            text = _text(message.get("text")) or _text(message.get("caption"))
            phone = _own_phone(message.get("contact"), person_id)
            has_media = phone is None and not _MEDIA.isdisjoint(message)
        case _:
            return None
    if not (text or phone or has_media):
        return None  # the app's own notes: a pinned message, a timer
    edited = message.get("edit_date")
    return InboundTelegram(
        update_id=update_id,
        sender=_address(chat_id),
        message_id=message_id,
        sent_at=_instant(edited if is_edit and isinstance(edited, int) else date),
        text=text,
        start_payload=_start_payload(text),
        language=_text(person.get("language_code")) or None,
        phone=phone,
        has_media=has_media,
        is_edit=is_edit,
    )


def _membership(update_id: int, change: dict[str, object]) -> MembershipChange | None:
    match change:
        case {
            "chat": {"id": int(chat_id), "type": "private"},
            "date": int(date),
            "new_chat_member": {"status": str(status)},
        }:
            return MembershipChange(
                update_id=update_id,
                sender=_address(chat_id),
                is_member=status not in {"kicked", "left"},
                changed_at=_instant(date),
            )
        case _:
            return None


def _start_payload(text: str) -> str | None:
    started = _START.fullmatch(text)
    return None if started is None else started["payload"] or ""


def _own_phone(contact: object, person_id: int) -> str | None:
    """Return the number only if it is the sender's own: anybody can pass on somebody else's."""
    match contact:
        case {"phone_number": str(number), "user_id": int(user_id)} if user_id == person_id:
            return "+" + re.sub(r"\D", "", number, flags=re.ASCII)
        case _:
            return None


def _address(chat_id: int) -> Address:
    return Address(ChannelName.TELEGRAM, str(chat_id))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
