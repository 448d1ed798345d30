"""Carries texts through Twilio: translates our message into its words and its answer into ours, and decides nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import orjson
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]  # without a py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]  # the same

from bot.channels.connection import MaybeSentError, NotSentError, WireError
from bot.channels.twilio_errors import CLIENT_ERROR, outcome_of
from bot.channels.twilio_http import last_status, retry_after
from bot.channels.twilio_webhooks import status_callback
from domain.delivery import (
    Deferred,
    FindOutcome,
    NotFound,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unavailable,
    Unknown,
)

SHORTEST_VALIDITY = timedelta(seconds=5)  # Twilio advises more than 5 and takes 1 to 36,000 seconds
LONGEST_VALIDITY = timedelta(hours=10)
LOOK_BACK = 100  # texts to one number; more within the age of one attempt would be a fault of ours
STILLBORN = frozenset({"failed", "undelivered", "canceled"})  # of a first status no receipt will ever tell
CLOCK_SKEW = timedelta(minutes=10)
"""Twilio's clock against ours. An older text of the same words is known by its id, so this may be generous: too little
sends a text twice."""


class TwilioSms:
    """Adapter from `Channel` to Twilio's Messages.

    Args:
        client: From `twilio_client`; the caller closes its wire.
        sender: A messaging service ("MG…"), so that Twilio picks a number, or a number ("+…").
        public_url: How Twilio reaches us; receipts come to `status_callback` under it.
        keeps_no_text: Ask Twilio to discard each text once sent. Not every account may; and what was not kept
            cannot be looked up afterwards.
    """

    def __init__(self, client: Client, *, sender: str, public_url: str, keeps_no_text: bool = False) -> None:
        self._messages = client.messages
        self._api = client.api.v2010
        self._target = f"/Accounts/{client.account_sid}/Messages.json"
        self._public_url = public_url
        self._keeps_no_text = keeps_no_text
        self._fixed = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        if keeps_no_text:
            self._fixed["ContentRetention"] = "discard"

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Ask Twilio once to send a text.

        Through the SDK's client, but not its `messages.create`, which looks at 26 parameters and makes an object with
        dates and links of the answer, of which three words are wanted here.
        """
        form = {
            "To": message.to.value,
            "Body": message.text,
            "StatusCallback": status_callback(self._public_url, message.id),
            **self._fixed,
            **_validity(message.valid_for),
        }
        try:
            answer = await self._api.request_async("POST", self._target, data=form)
        except NotSentError as error:
            return Deferred(error.code)
        except MaybeSentError as error:
            return Unknown(error.code)
        except (ValueError, TypeError):
            return Rejected("twilio.unwritable")  # a text that is no Unicode
        return _outcome(answer.status_code, answer.text, answer.headers)

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Look for the very words among the texts that Twilio has for this number since the attempt; take the first.

        Later ones are of later attempts: whoever made those asks, too, and knows its own by no other sign.
        Twilio lists a new text after some seconds only: NotFound means something when the attempt is minutes old.
        """
        if self._keeps_no_text:
            return Unavailable("twilio.text_discarded", is_lasting=True)
        last_status.set(None)
        try:
            texts = await self._messages.list_async(to=message.to.value, limit=LOOK_BACK)
        except WireError as error:
            return Unavailable(error.code)
        except (TwilioException, ValueError, TypeError, AttributeError):
            status = last_status.get()
            return Unavailable(f"twilio.{status}" if status else "twilio.garbled")
        found = [text for text in texts if text.sid and _is_this(text, message)]
        first = min(reversed(found), key=_made_at, default=None)  # Twilio lists the newest first
        return NotFound() if first is None or first.sid is None else Sent(first.sid)


def _validity(valid_for: timedelta | None) -> dict[str, int]:
    if valid_for is None:
        return {}
    return {"ValidityPeriod": int(min(max(valid_for, SHORTEST_VALIDITY), LONGEST_VALIDITY).total_seconds())}


def _outcome(status: int, body: str, headers: Mapping[str, str]) -> SendOutcome:
    try:
        said = orjson.loads(body or "{}")
    except orjson.JSONDecodeError:
        said = None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        code = said.get("code") if isinstance(said, dict) else None
        return outcome_of(status=status, code=code, retry_after=retry_after(headers))
    if not isinstance(said, dict):
        return Unknown("twilio.garbled")
    if str(said.get("status")) in STILLBORN:
        return outcome_of(status=CLIENT_ERROR, code=said.get("error_code"), retry_after=None)
    sid = said.get("sid")
    return Sent(sid) if sid and isinstance(sid, str) else Unknown("twilio.no_sid")


def _made_at(text: MessageInstance) -> datetime:
    made: datetime | None = text.date_created
    return datetime.min.replace(tzinfo=UTC) if made is None else made


def _is_this(text: MessageInstance, message: OutgoingMessage) -> bool:
    is_ours = text.sid not in message.not_these and not str(text.direction).startswith("inbound")
    if not is_ours or (text.body or "").strip() != message.text.strip():
        return False
    made, since = text.date_created, message.attempted_at
    return made is None or since is None or made >= since - CLOCK_SKEW
