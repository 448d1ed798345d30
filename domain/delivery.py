"""How a message is carried: addresses, the outgoing message, a provider's closed vocabulary, receipts by rank."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Protocol, TypeAlias

from domain.record import record


class ChannelName(StrEnum):
    """The ways to reach people."""

    SMS = "sms"
    TELEGRAM = "telegram"


MOST_CHARACTERS = {ChannelName.SMS: 1600, ChannelName.TELEGRAM: 4096}
"""Of one text, as Twilio (error 21617) and Telegram's sendMessage take it."""


@record(frozen=True, slots=True)
class Address:
    """Where an endpoint is: an E.164 number or a Telegram chat id. Its text forms are masked."""

    channel: ChannelName
    value: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.channel}:…{self.value[-2:]}"


@record(frozen=True, slots=True)
class OutgoingMessage:
    """One text on its way. `id` is the delivery's row id: it travels in the receipt's URL.

    `valid_for` bounds how long the carrier may keep trying (None: the carrier's default).
    `protect` asks the channel to forbid forwarding and saving where it can.
    `attempted_at` (aware, UTC) and `not_these` are for `Channel.find`: nothing older at the provider can be this
    message, nor can what the provider calls by one of these ids, though it may well have the same words.
    """

    id: int
    to: Address
    text: str = field(repr=False)
    valid_for: timedelta | None = None
    protect: bool = False
    attempted_at: datetime | None = None
    not_these: frozenset[str] = frozenset()


@record(frozen=True, slots=True)
class Sent:
    """The provider accepted it."""

    provider_id: str


class Consequence(StrEnum):
    """What a refusal says beyond this one message."""

    NONE = "none"
    OPTED_OUT = "opted_out"  # the carrier or the person blocks us: stop until they say otherwise
    DEAD_ADDRESS = "dead_address"  # nobody can be reached there by this channel
    LANE_BROKEN = "lane_broken"  # our account or sender is at fault: pause the lane, alert, lose nothing


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; the same request may work later. `lane_wide`: the whole sender must pause, not this message.

    With LANE_BROKEN nothing will leave until a human mends the account: alert, and lose nothing.
    """

    code: str
    retry_after: timedelta | None = None
    lane_wide: bool = False
    consequence: Consequence = Consequence.NONE


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not ever; retrying the same request would be wrong."""

    code: str
    consequence: Consequence = Consequence.NONE


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came; it may have left. Never sent again blindly."""

    code: str


SendOutcome: TypeAlias = Sent | Deferred | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider answered, and it has no such message: sending it now would not double it."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The provider could not be asked; nothing was learned. `is_lasting`: it offers no look-up, never ask again."""

    code: str
    is_lasting: bool = False


FindOutcome: TypeAlias = Sent | NotFound | Unavailable


class Channel(Protocol):
    """One way to carry messages. Adapters live in `bot/channels/`.

    `send` returns what the provider decided and does not raise for it; an exception out of `send` is a bug.
    """

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Hand one message to the provider and say what came of it."""

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Look up at the provider whether this very message left; raises for nothing, as `send`."""


class DeliveryState(StrEnum):
    """What is known of one attempt to carry a notice."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"

    @property
    def rank(self) -> "DeliveryRank":
        """How far this state is along; a delivery never moves to a lower or equal rank."""
        return DeliveryRank[self.name]

    @property
    def is_final(self) -> bool:
        """Whether no later receipt is expected to change what people got."""
        return self.rank >= DeliveryRank.UNDELIVERED


class DeliveryRank(IntEnum):
    """The order of delivery states: receipts only move forward. A late `delivered` outranks `undelivered`."""

    SENDING = 0
    UNKNOWN = 1
    ACCEPTED = 2
    SENT = 3
    UNDELIVERED = 4
    FAILED = 5
    DELIVERED = 6
    READ = 7


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider later says of a delivery; `delivery_id` is ours, from the URL, None if it is missing.

    `to` is whom the text went to, where the provider says so: in a restored database an id may be given once more.

    `consequence` and `may_retry` are the adapter's reading of `error_code`: what it says beyond this message, and
    whether the same text to the same address may get through later.
    """

    delivery_id: int | None
    provider_id: str | None
    state: DeliveryState
    error_code: str | None = None
    consequence: Consequence = Consequence.NONE
    may_retry: bool = False
    to: str | None = field(default=None, repr=False)
