"""What Twilio refuses at once: missing and malformed parameters, and the magic numbers of its test credentials."""

import re
from collections.abc import Mapping
from typing import Final

from bot.sandbox.faults import Refusal

LONGEST_BODY: Final = 1600
UNSUBSCRIBED: Final = 21610
_TEXTS = {
    20001: (400, "Invalid parameter: a number or a date is out of range"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21212: (400, "Invalid From Number (caller ID): {sender}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number {sender} has exceeded the maximum number of queued messages"),
    21612: (400, "Message cannot be sent with the current combination of 'To' ({to}) and 'From' ({sender})"),
    21614: (400, "'To' number {to} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21701: (400, "The Messaging Service does not exist."),
}
# https://www.twilio.com/docs/iam/test-credentials#magic-input (+15005550006 is the one that works)
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": UNSUBSCRIBED,
    "+15005550009": 21614,
}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")


def refusal_of(code: int, form: Mapping[str, str] | None = None) -> Refusal:
    """Return Twilio's refusal with that error code, in its words (which repeat the numbers, as Twilio's do).

    Raises:
        KeyError: If the sandbox does not know the code.
    """
    form = form or {}
    status, text = _TEXTS[code]
    told = text.format(to=form.get("To"), sender=form.get("From"))
    return Refusal(status, code, told)


def complaint(form: Mapping[str, str]) -> Refusal | None:
    """Return why Twilio would refuse this form whatever the weather, or None."""
    code = _missing(form) or _malformed(form) or MAGIC_TO.get(form["To"]) or MAGIC_FROM.get(form.get("From", ""))
    return refusal_of(code, form) if code else None


def _missing(form: Mapping[str, str]) -> int | None:
    if not form.get("To"):
        return 21604
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return 21603
    return None if form.get("Body") else 21602


def _malformed(form: Mapping[str, str]) -> int | None:
    if not _E164.fullmatch(form["To"]):
        return 21211
    if (service := form.get("MessagingServiceSid")) and not _SERVICE.fullmatch(service):
        return 21701
    if not form.get("MessagingServiceSid") and not _E164.fullmatch(form["From"]):
        return 21212
    if len(form["Body"]) > LONGEST_BODY:
        return 21617
    validity = form.get("ValidityPeriod", "1")
    return None if validity.isdecimal() and 1 <= int(validity) <= 36_000 else 20001  # noqa: PLR2004 - Twilio's bounds
