"""Twilio's error codes: what each means for one message, for the address and for the sender, in words for staff.

Codes without a row: https://www.twilio.com/docs/api/errors. Twilio adds and splits codes without notice.
"""

from dataclasses import dataclass
from datetime import timedelta

from domain.delivery import Consequence, Deferred, Rejected, SendOutcome, Unknown

CLIENT_ERROR, TOO_MANY_REQUESTS, SERVER_ERROR = 400, 429, 500
REQUEST_TIMEOUT = 408
OUR_FAULT = frozenset({401, 403, 404, 405, 407, 410})  # credentials, account or base URL: every message would fail
RATE_LIMITED = 20429


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says.

    Attributes:
        wording: One sentence for staff: what happened, and what they can do.
        consequence: What it says beyond this one message.
        may_retry: Whether the same text to the same address may get through later.
        lane_wide: Whether the sender must pause before anything else leaves.
    """

    wording: str
    consequence: Consequence = Consequence.NONE
    may_retry: bool = False
    lane_wide: bool = False


def _later(wording: str, *, lane_wide: bool = False) -> Meaning:
    return Meaning(wording, may_retry=True, lane_wide=lane_wide)


def _dead(wording: str) -> Meaning:
    return Meaning(wording, Consequence.DEAD_ADDRESS)


def _broken(wording: str) -> Meaning:
    return Meaning(wording, Consequence.LANE_BROKEN, may_retry=True, lane_wide=True)


_UNKNOWN_CODE = _later("Twilio gave a reason that Usher does not know yet; look the code up in Twilio's console.")
_NO_CODE = Meaning("Twilio gave no reason.")

MEANINGS: dict[int, Meaning] = {
    10001: _broken("The Twilio account is not active."),
    14107: _later("Too many quick replies went back and forth with this number; Twilio paused them."),
    20003: _broken("Twilio refused our account and token; check both settings."),
    20005: _broken("The Twilio account is not active."),
    20006: _broken("Twilio refused access to this account; check its permissions."),
    20008: _broken("Test credentials of Twilio are set where real ones belong."),
    20404: _broken("Twilio does not know this account; check the account number and the address of the API."),
    RATE_LIMITED: _later("Twilio asked us to slow down.", lane_wide=True),
    21211: _dead("This is not a phone number that can be reached."),
    21212: _broken("Our sender number is not valid at Twilio."),
    21217: _dead("This does not look like a phone number."),
    21265: _dead("A short code cannot receive texts from us."),
    21266: _dead("This number is our own sender."),
    21408: Meaning("Texts to this country are not enabled in the Twilio account."),
    21602: Meaning("The text was empty."),
    21603: _broken("No sender is set for this account."),
    21604: Meaning("The message had no recipient."),
    21606: _broken("Our sender number cannot send texts, or is not ours."),
    21608: Meaning("A trial account of Twilio may only write to numbers verified in its console."),
    21609: _broken("Twilio cannot use our public address for receipts; check the public URL."),
    21610: Meaning("This person has blocked our number by texting STOP.", Consequence.OPTED_OUT),
    21611: _later("The queue of our sender is full.", lane_wide=True),
    21612: Meaning("This number cannot be reached from our sender."),
    21614: _dead("This number cannot receive texts: it is not a mobile number."),
    21617: Meaning("The text was longer than 1,600 characters."),
    21619: Meaning("The text was empty."),
    21635: _dead("This is a landline."),
    21659: _broken("Our sender number is not a number of Twilio."),
    21660: _broken("Our sender number belongs to another Twilio account."),
    21661: _broken("Our sender number cannot send texts."),
    21701: _broken("The messaging service does not exist."),
    21703: _broken("The messaging service has no number to send from."),
    30001: _later("Twilio's queue was full."),
    30002: _broken("The Twilio account is suspended."),
    30003: _later("The phone was off, out of reach or out of service."),
    # Not a dead address: a spam filter or a lost handset can be behind it, and the next reminder may get through.
    30004: Meaning("The carrier or the phone blocks our texts; reach this person another way."),
    30005: _dead("Nobody has this number, or it is out of service."),
    30006: _dead("This is a landline, or its carrier cannot be reached."),
    30007: Meaning("The carrier took the text for unwanted mail; have the wording and our registration looked at."),
    30008: _later("The carrier gave no reason."),
    30010: Meaning("The text would have cost more than the account allows."),
    30017: _later("The carrier's network was congested."),
    30018: Meaning("The carrier wants our sender registered before it takes our texts."),
    30020: _later("Something failed inside Twilio."),
    30022: _later("We sent faster than the carrier takes texts from us."),
    30023: _later("Our daily allowance at the carrier is used up."),
    30027: _later("Our daily allowance at the carrier is used up."),
    30032: _broken("Our toll-free number is not verified yet."),
    30033: _broken("Our registration for texts to US numbers is suspended."),
    30034: _broken("Our number is not registered for texts to US numbers."),
    30035: _broken("The registration of our number for texts to US numbers is still pending."),
    30036: _later("The text waited longer than it was good for, and was not sent."),
    30047: _later("Twilio could not move the text out of the recipient's quiet hours."),
}


def receipt_consequence(code: str | int | None) -> Meaning:
    """Return what the error code of a receipt says; one that nobody knows may be tried once more."""
    if code is None:
        return _NO_CODE
    return MEANINGS.get(_number(code), _UNKNOWN_CODE)


def outcome_of(*, status: int, code: str | int | None, retry_after: timedelta | None) -> SendOutcome:
    """Return what an answer that is not a success means for the message; `code` is Twilio's, None if it gave none.

    A 429 was not processed, so it is always safe to try again. A 5xx may have been: it is never repeated blindly.
    """
    number = _number(code)
    name = f"twilio.{number or status}"
    if status == TOO_MANY_REQUESTS or number == RATE_LIMITED:
        return Deferred(name, retry_after, lane_wide=True)
    if status >= SERVER_ERROR or status == REQUEST_TIMEOUT:
        return Unknown(name)
    meaning = MEANINGS.get(number)
    if meaning is None:
        return _broken_lane(name) if status < CLIENT_ERROR or status in OUR_FAULT else Rejected(name)
    if meaning.consequence is Consequence.LANE_BROKEN:
        return _broken_lane(name)
    if meaning.may_retry:
        return Deferred(name, retry_after, lane_wide=meaning.lane_wide)
    return Rejected(name, meaning.consequence)


def _broken_lane(name: str) -> Deferred:
    return Deferred(name, lane_wide=True, consequence=Consequence.LANE_BROKEN)


def _number(code: str | int | None) -> int:
    text = str(code).strip()
    return int(text) if text.isascii() and text.isdigit() else 0
