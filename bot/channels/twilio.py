"""Carries texts through Twilio: translates our message into its words and its answer into ours, and decides nothing."""

from datetime import timedelta

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]  # without a py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]  # the same

from bot.channels.connection import MaybeSentError, NotSentError, WireError
from bot.channels.twilio_errors import CLIENT_ERROR, outcome_of
from bot.channels.twilio_http import last_heard
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
        self._public_url = public_url
        self._keeps_no_text = keeps_no_text
        self._fixed = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        if keeps_no_text:
            self._fixed["content_retention"] = "discard"

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Ask Twilio once to send a text."""
        last_heard.set(None)
        try:
            created = await self._messages.create_async(
                to=message.to.value,
                body=message.text,
                status_callback=status_callback(self._public_url, message.id),
                **self._fixed,
                **_validity(message.valid_for),
            )
        except NotSentError as error:
            return Deferred(error.code)
        except MaybeSentError as error:
            return Unknown(error.code)
        except TwilioException as error:
            return _refusal(error)
        except (ValueError, TypeError, AttributeError):
            # The SDK stumbled: over an answer that is no message (it may have sent one), or over our text.
            return Unknown("twilio.garbled") if last_heard.get() else Rejected("twilio.unwritable")
        if created.status in STILLBORN:
            return outcome_of(status=CLIENT_ERROR, code=created.error_code, retry_after=None)
        return Sent(created.sid) if created.sid else Unknown("twilio.no_sid")

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Look for the very words among the texts that Twilio has for this number since the attempt.

        Twilio lists a new text after some seconds only: NotFound means something when the attempt is minutes old.
        """
        if self._keeps_no_text:
            return Unavailable("twilio.text_discarded", is_lasting=True)
        last_heard.set(None)
        try:
            texts = await self._messages.list_async(to=message.to.value, limit=LOOK_BACK)
        except WireError as error:
            return Unavailable(error.code)
        except (TwilioException, ValueError, TypeError, AttributeError):
            heard = last_heard.get()
            return Unavailable(f"twilio.{heard.status}" if heard else "twilio.garbled")
        found = (text.sid for text in texts if text.sid and _is_this(text, message))
        return next(map(Sent, found), NotFound())


def _validity(valid_for: timedelta | None) -> dict[str, int]:
    if valid_for is None:
        return {}
    return {"validity_period": int(min(max(valid_for, SHORTEST_VALIDITY), LONGEST_VALIDITY).total_seconds())}


def _refusal(error: TwilioException) -> SendOutcome:
    heard = last_heard.get()
    status = heard.status if heard else getattr(error, "status", None)
    if not isinstance(status, int):
        return Unknown("twilio.unexplained")
    code = getattr(error, "code", None)  # the SDK repeats the status where Twilio gave no code
    return outcome_of(
        status=status, code=None if code == status else code, retry_after=heard.retry_after if heard else None
    )


def _is_this(text: MessageInstance, message: OutgoingMessage) -> bool:
    is_ours = text.sid not in message.not_these and not str(text.direction).startswith("inbound")
    if not is_ours or (text.body or "").strip() != message.text.strip():
        return False
    made, since = text.date_created, message.attempted_at
    return made is None or since is None or made >= since - CLOCK_SKEW
