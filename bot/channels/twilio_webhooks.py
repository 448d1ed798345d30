"""Reads Twilio's webhooks, whose parameters are an open set: what is known is taken, the rest is left alone."""

from collections.abc import Mapping

from bot.channels.inbound import InboundSms
from bot.channels.twilio_errors import receipt_consequence
from domain.delivery import Address, ChannelName, DeliveryState, Receipt
from domain.errors import InvalidInputError

STATUS_PATH = "/hooks/twilio/status"
INBOUND_PATH = "/hooks/twilio/inbound"

STATES = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.SENT,
    "partially_delivered": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
"""https://www.twilio.com/docs/messaging/api/message-resource#message-status-values"""

TRY_AGAIN = "#rc=5&rp=ct,rt,5xx"
"""Twilio by itself tries once more, and only where it could not connect. What follows "#" is for Twilio alone: it is
neither sent nor signed. https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""
_LONGEST_ID = 18  # digits; fits a 64-bit row id


def status_callback(public_url: str, delivery_id: int) -> str:
    """Return the URL that Twilio tells of a delivery: its id travels in it, and Twilio signs it.

    What a web refuses for now, or is not there to take, is told again.
    """
    return f"{public_url.rstrip('/')}{STATUS_PATH}?m={delivery_id}{TRY_AGAIN}"


def parse_status(form: Mapping[str, object], *, m: str | None) -> Receipt:
    """Read a status callback. `m` is our delivery's id from the URL's query.

    A status that nobody knows still proves that Twilio has the message: it counts as ACCEPTED.
    """
    code = _text(form, "ErrorCode")
    has_code = code not in {"", "0"}
    meaning = receipt_consequence(code if has_code else None)
    return Receipt(
        to=_text(form, "To") or None,
        delivery_id=int(m) if m and m.isascii() and m.isdigit() and len(m) <= _LONGEST_ID else None,
        provider_id=_text(form, "MessageSid") or _text(form, "SmsSid") or None,
        state=STATES.get(_text(form, "MessageStatus") or _text(form, "SmsStatus"), DeliveryState.ACCEPTED),
        error_code=f"twilio.{code}" if has_code else None,
        consequence=meaning.consequence,
        may_retry=meaning.may_retry,
    )


def parse_inbound(form: Mapping[str, object], *, idempotency_token: str | None = None) -> InboundSms:
    """Read an inbound text; `Body` keeps its blanks.

    Raises:
        InvalidInputError: If it says neither who wrote nor which message it is.
    """
    provider_id = _text(form, "MessageSid") or _text(form, "SmsSid")
    if not provider_id:
        raise InvalidInputError("MessageSid", "is missing")
    if not (writer := _text(form, "From")):
        raise InvalidInputError("From", "is missing")
    return InboundSms(
        provider_id=provider_id,
        sender=Address(ChannelName.SMS, writer),
        to=_text(form, "To"),
        text=_text(form, "Body"),
        num_media=_count(_text(form, "NumMedia")),
        opt_out_type=_text(form, "OptOutType").upper() or None,
        idempotency_token=idempotency_token,
    )


def _text(form: Mapping[str, object], name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else 0
