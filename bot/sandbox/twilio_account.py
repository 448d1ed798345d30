"""The Twilio account of the sandbox: its senders and every message, shown and listed as Twilio's API does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from bot.sandbox.phones import Bubble, BubbleState, Direction

API: Final = "2010-04-01"
LONGEST_VALIDITY = timedelta(seconds=36_000)
DEFAULT_PAGE, LARGEST_PAGE = 50, 1000


@dataclass(slots=True, kw_only=True)
class Sms:
    """One message resource. `status` is what Twilio says, which may differ from where the text really is.

    Instants are aware and in UTC. `callback` gets the receipts. `service_sid` is set when the sender is a
    messaging service; Twilio then says `from` only once it has chosen a number. A body that is not kept cannot be
    read back.
    """

    to: str = field(repr=False)
    sender: str = field(repr=False)
    body: str = field(repr=False)
    created_at: datetime
    status: str
    segments: int
    direction: str = "outbound-api"
    service_sid: str | None = None
    callback: str | None = field(default=None, repr=False)
    valid_for: timedelta = LONGEST_VALIDITY
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error_code: int | None = None
    keeps_body: bool = True
    sid: str = field(default_factory=lambda: f"SM{uuid4().hex}")

    @property
    def has_sender(self) -> bool:
        """Whether a number has been chosen for it."""
        return self.status != "accepted"

    def as_bubble(self) -> Bubble:
        """Show it on its way, from the phone's side."""
        return Bubble(
            at=self.created_at,
            direction=Direction.WRITTEN if self.direction == "inbound" else Direction.RECEIVED,
            text=self.body,
            state=BubbleState.ON_ITS_WAY,
            provider_id=self.sid,
            segments=self.segments,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a listing is asked for, counted from 0."""

    number: int = 0
    size: int = DEFAULT_PAGE


@dataclass(slots=True)
class TwilioAccount:
    """One account: `services` says which number speaks for which messaging service (any other: `number`).

    `inbound_url` is what would be set in Twilio's console for incoming messages.
    """

    sid: str
    number: str = field(repr=False)
    services: dict[str, str] = field(default_factory=dict, repr=False)
    inbound_url: str | None = None
    messages: dict[str, Sms] = field(default_factory=dict, repr=False)

    def keep(self, sms: Sms) -> None:
        """Add a message to the account."""
        self.messages[sms.sid] = sms

    def number_of(self, service_sid: str) -> str:
        """Return the number that a messaging service writes from."""
        return self.services.get(service_sid, self.number)

    def service_of(self, number: str) -> str | None:
        """Return the messaging service that `number` belongs to, or None."""
        return next((sid for sid, sender in self.services.items() if sender == number), None)

    def last_sender(self, to: str) -> str | None:
        """Return the number that last wrote to `to`: the one a person would answer."""
        return next((sms.sender for sms in reversed(self.messages.values()) if sms.to == to), None)

    def resource(self, sms: Sms) -> dict[str, object]:
        """Show a message as Twilio's API does."""
        path = f"/{API}/Accounts/{self.sid}/Messages/{sms.sid}"
        return {
            "account_sid": self.sid,
            "api_version": API,
            "body": sms.body if sms.keeps_body else "",
            "date_created": format_datetime(sms.created_at),
            "date_sent": format_datetime(sms.sent_at) if sms.sent_at else None,
            "date_updated": format_datetime(sms.updated_at or sms.created_at),
            "direction": sms.direction,
            "error_code": sms.error_code,
            "error_message": None,
            "from": sms.sender if sms.has_sender else None,
            "messaging_service_sid": sms.service_sid,
            "num_media": "0",
            "num_segments": str(sms.segments) if sms.has_sender else "0",
            "price": None,
            "price_unit": "USD",
            "sid": sms.sid,
            "status": sms.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": sms.to,
            "uri": f"{path}.json",
        }

    def listing(self, filters: Mapping[str, str], page: Page) -> dict[str, object]:
        """Show one page of the messages that pass the filters To, From, DateSent, `DateSent<`, `DateSent>`.

        Newest first. A message that was not sent yet passes no filter of dates.

        Raises:
            ValueError: If a date is not ISO 8601.
        """
        found = [sms for sms in reversed(self.messages.values()) if _passes(sms, filters)]
        start = page.number * page.size
        shown = found[start : start + page.size]
        return {
            "messages": [self.resource(sms) for sms in shown],
            "page": page.number,
            "page_size": page.size,
            "start": start,
            "end": max(start, start + len(shown) - 1),
            "uri": self._uri(filters, page.number, page.size),
            "first_page_uri": self._uri(filters, 0, page.size),
            "previous_page_uri": self._uri(filters, page.number - 1, page.size) if page.number else None,
            "next_page_uri": (
                self._uri(filters, page.number + 1, page.size) if start + page.size < len(found) else None
            ),
        }

    def _uri(self, filters: Mapping[str, str], number: int, size: int) -> str:
        query = urlencode({**filters, "PageSize": size, "Page": number, "PageToken": f"PASM{number:032x}"})
        return f"/{API}/Accounts/{self.sid}/Messages.json?{query}"


def _passes(sms: Sms, filters: Mapping[str, str]) -> bool:
    if filters.get("To", sms.to) != sms.to or filters.get("From", sms.sender) != sms.sender:
        return False
    days = {key: _instant(value) for key, value in filters.items() if key.startswith("DateSent")}
    if not days:
        return True
    if sms.sent_at is None:
        return False
    earliest, latest = days.get("DateSent>"), days.get("DateSent<")
    return (
        (earliest is None or sms.sent_at >= earliest)
        and (latest is None or sms.sent_at <= latest)
        and ("DateSent" not in days or sms.sent_at.date() == days["DateSent"].date())
    )


def _instant(written: str) -> datetime:
    """Read a date or an instant; without an offset it is UTC, as at Twilio."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
