"""What people and their apps send us, as each provider delivers it: typed, untrimmed, not yet understood."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.delivery import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSms:
    """A text that somebody sent to one of our numbers.

    Attributes:
        provider_id: Twilio's MessageSid; the same text always has the same.
        sender: The endpoint that wrote.
        to: Our number, E.164.
        text: As typed, blanks included.
        num_media: Pictures and the like that came with it; we keep none.
        opt_out_type: STOP, START or HELP when Twilio has recognised it, and has already answered it itself.
        idempotency_token: The same for each attempt of one webhook; from the header I-Twilio-Idempotency-Token.
    """

    provider_id: str
    sender: Address
    to: str = field(repr=False)
    text: str = field(repr=False)
    num_media: int = 0
    opt_out_type: str | None = None
    idempotency_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundTelegram:
    """A private message that somebody wrote to our bot, or a new wording of one (`is_edit`).

    Attributes:
        update_id: Telegram's number of this update; with the bot's id it tells repeats.
        sender: The chat that wrote; in private chats the same as the person.
        message_id: The message within its chat; an edit has its original's.
        sent_at: When it was written or edited (aware, UTC).
        text: As typed; "" when there was none.
        start_payload: What a deep link carried in `/start <payload>`; "" for a bare `/start`; None for anything else.
        language: What the app is set to, as an IETF tag; a hint, never a choice.
        phone: The sender's own number (E.164, with +), when they pressed the button that shares it.
        has_media: A picture, voice message, sticker or file came; we keep none.
    """

    update_id: int
    sender: Address
    message_id: int
    sent_at: datetime
    text: str = field(default="", repr=False)
    start_payload: str | None = field(default=None, repr=False)
    language: str | None = None
    phone: str | None = field(default=None, repr=False)
    has_media: bool = False
    is_edit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChange:
    """Somebody blocked our bot or let it in again. `changed_at` is aware and in UTC."""

    update_id: int
    sender: Address
    is_member: bool
    changed_at: datetime
