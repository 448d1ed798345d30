"""What providers deliver as an arrival at the door, and how the inbox's worker reads it again behind the door."""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never
from urllib.parse import unquote

from bot.channels.inbound import InboundTelegram, MembershipChange
from bot.channels.telegram_updates import parse_update, provider_id
from bot.channels.twilio_webhooks import parse_inbound
from domain.delivery import ChannelName
from domain.keywords import Help, Start, Stop
from handlers.inbox import ReadPayload
from handlers.incoming import Incoming, IncomingKind
from storage.inbox import Arrival, Received

TWILIO = "twilio"
TELEGRAM = "telegram"
CARRIER_WORDS: Mapping[str | None, Stop | Start | Help] = {"STOP": Stop(), "START": Start(), "HELP": Help()}
"""What Twilio's OptOutType says that a text is: a court may have taught it words that we do not know."""


def form_pairs(body: str) -> list[tuple[str, str]]:
    """Read a form as it came on the wire: blanks kept, repeated names repeated.

    The same as `parse_qsl`, which costs three times as much: most of what Twilio sends is not quoted.
    """
    fields = (field.partition("=") for field in body.split("&") if field)
    return [(_unquoted(name), _unquoted(value)) for name, _, value in fields]


def twilio_arrival(body: str, pairs: Sequence[tuple[str, str]] | None = None) -> Arrival:
    """Return the text in a form of Twilio's. The message's own id tells repeats: every attempt carries the same.

    `pairs` are what `form_pairs` reads in it, where that was done already.

    Raises:
        InvalidInputError: If it is no text.
    """
    sms = parse_inbound(dict(form_pairs(body) if pairs is None else pairs))
    return Arrival(source=TWILIO, provider_key=sms.provider_id, kind="message", payload=body, sender=sms.sender)


def telegram_arrival(raw: bytes, *, bot_id: int) -> Arrival | None:
    """Return what is for us in an update; None for what is not.

    Raises:
        InvalidInputError: If it is no update.
    """
    update = parse_update(raw)
    match update:
        case None:
            return None
        case InboundTelegram():
            kind = "edited" if update.is_edit else "message"
        case MembershipChange():
            kind = "membership"
        case _:
            assert_never(update)
    key = provider_id(bot_id, update.update_id)
    return Arrival(source=TELEGRAM, provider_key=key, kind=kind, payload=raw.decode(), sender=update.sender)


def readers() -> Mapping[str, ReadPayload]:
    """Return how each source's payloads are read."""
    return {TWILIO: _read_twilio, TELEGRAM: _read_telegram}


def _unquoted(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text, errors="replace") if "%" in text else text


def _read_twilio(stored: Received) -> Incoming | None:
    form = dict(form_pairs(stored.payload))
    sms = parse_inbound(form)
    wordless = sms.num_media > 0 and not sms.text.strip()
    return Incoming(
        key=str(stored.id),
        sender=sms.sender,
        text=sms.text,
        received_at=stored.received_at,
        kind=IncomingKind.WORDLESS if wordless else IncomingKind.WRITTEN,
        to=_lanes(ChannelName.SMS, (form.get("MessagingServiceSid", ""), sms.to)),
        carrier_answered=sms.opt_out_type is not None,
        carrier_read=CARRIER_WORDS.get(sms.opt_out_type),
    )


def _read_telegram(stored: Received) -> Incoming | None:
    update = parse_update(stored.payload.encode())
    match update:
        case None:
            return None
        case MembershipChange():
            kind = IncomingKind.UNBLOCKED if update.is_member else IncomingKind.BLOCKED
            return _from_telegram(stored, update, kind, "")
        case InboundTelegram():
            return _from_telegram(stored, update, _kind(update), update.phone or update.text)
        case _:
            assert_never(update)


def _kind(update: InboundTelegram) -> IncomingKind:
    if update.phone is not None:
        return IncomingKind.OWN_NUMBER
    if not update.text.strip():
        return IncomingKind.WORDLESS
    return IncomingKind.EDITED if update.is_edit else IncomingKind.WRITTEN


def _from_telegram(
    stored: Received, update: InboundTelegram | MembershipChange, kind: IncomingKind, text: str
) -> Incoming:
    return Incoming(key=str(stored.id), sender=update.sender, text=text, received_at=stored.received_at, kind=kind)


def _lanes(channel: ChannelName, senders: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{channel}:{sender}" for sender in senders if sender)
