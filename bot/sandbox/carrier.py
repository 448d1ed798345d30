"""The carrier: all phones, what each of them really got, and the words a carrier answers by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot.sandbox.errands import Watch
from bot.sandbox.faults import Script
from bot.sandbox.phones import Bubble, BubbleState, Direction, Phone
from domain.clock import Clock
from domain.delivery import ChannelName


class OptOut(StrEnum):
    """Who answers STOP, START and HELP on an SMS number.

    OURS: a messaging service whose keywords are handled by us; the carrier passes everything on and blocks nothing.
    CARRIER: Twilio's default for a bare number: it answers, and refuses with 21610 until START. ADVANCED: the
    same, and the inbound webhook carries `OptOutType`.
    """

    OURS = "ours"
    CARRIER = "carrier"
    ADVANCED = "advanced"


class Keyword(StrEnum):
    """The families of words that belong to the carrier."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


# https://help.twilio.com/articles/223134027: a message that is one of these words and nothing else
KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), Keyword.STOP),
    **dict.fromkeys(("START", "YES", "UNSTOP"), Keyword.START),
    **dict.fromkeys(("HELP", "INFO"), Keyword.HELP),
}
CARRIER_ANSWERS = {
    Keyword.STOP: (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    Keyword.START: (
        "You have successfully been re-subscribed to messages from this number. "
        "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


@dataclass(frozen=True, slots=True)
class Landing:
    """One text that reached a phone; `at` is aware and in UTC."""

    at: datetime
    number: str = field(repr=False)
    text: str = field(repr=False)
    provider_id: str


@dataclass(slots=True)
class Ledger:
    """What each phone really got from the court, counted where it lands: the judge of "once, and only once"."""

    landings: list[Landing] = field(default_factory=list)

    def count(self, number: str | None = None) -> int:
        """Return how many texts landed, on one phone or (None) on all."""
        return sum(number in {None, landing.number} for landing in self.landings)

    def doubled(self) -> list[Landing]:
        """Return every landing whose very text had landed on the same phone before."""
        seen: set[tuple[str, str]] = set()
        again = []
        for landing in self.landings:
            key = (landing.number, landing.text)
            if key in seen:
                again.append(landing)
            seen.add(key)
        return again


class Carrier:
    """Every phone, and the one way a text gets onto it.

    `script` says what goes wrong; `watch` tells pages and tests that something changed.
    """

    def __init__(self, clock: Clock, *, opt_out: OptOut = OptOut.OURS) -> None:
        self.clock = clock
        self.opt_out = opt_out
        self.script = Script()
        self.ledger = Ledger()
        self.watch = Watch()
        self._phones: dict[str, Phone] = {}
        self._stopped: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Phone]:
        """Go through the phones in the order in which they were first known."""
        return iter(list(self._phones.values()))

    def add(self, phone: Phone) -> Phone:
        """Make a phone known; its number must be new.

        Raises:
            ValueError: If the number is taken.
        """
        if phone.number in self._phones:
            raise ValueError("two phones cannot have one number")
        self._phones[phone.number] = phone
        self.watch.touch()
        return phone

    def phone(self, number: str) -> Phone:
        """Return the phone with that number or chat.

        Raises:
            KeyError: If there is none.
        """
        return self._phones[number]

    def known(self, number: str) -> Phone | None:
        """Return the phone with that number or chat, or None."""
        return self._phones.get(number)

    def sms_phone(self, number: str) -> Phone:
        """Return the phone with that number; somebody holds every number, so an unknown one is added."""
        return self._phones.get(number) or self.add(Phone(number=number, channel=ChannelName.SMS))

    def book(self, phone: Phone, bubble: Bubble) -> None:
        """Take a text that is now on its way to a phone."""
        phone.show(bubble)
        self.watch.touch()

    def land(self, phone: Phone, provider_id: str) -> None:
        """Let a booked text reach its phone, and count it."""
        now = self.clock.now()
        phone.land(provider_id, at=now)
        self.ledger.landings.append(Landing(now, phone.number, phone.bubbles[-1].text, provider_id))
        self.watch.touch()

    def mark(self, phone: Phone, provider_id: str, state: BubbleState, *, error_code: int | None = None) -> None:
        """Say what became of a bubble."""
        phone.mark(provider_id, state, error_code=error_code)
        self.watch.touch()

    def is_stopped(self, number: str, sender: str) -> bool:
        """Whether the carrier itself blocks `sender` for that number."""
        return (number, sender) in self._stopped

    def hear(self, phone: Phone, text: str, *, sender: str) -> Keyword | None:
        """Act on a carrier keyword in a person's text to `sender`; return which family it was, None if none.

        Does nothing while keywords are ours. The carrier's own answer appears on the phone without a provider id,
        and is not in the ledger: the court did not send it.
        """
        keyword = KEYWORDS.get(text.strip().upper())
        if keyword is None or self.opt_out is OptOut.OURS:
            return None
        match keyword:
            case Keyword.STOP:
                self._stopped.add((phone.number, sender))
            case Keyword.START:
                self._stopped.discard((phone.number, sender))
            case Keyword.HELP:
                pass
            case _:
                assert_never(keyword)
        self.book(phone, self._own_words(CARRIER_ANSWERS[keyword]))
        return keyword

    def _own_words(self, text: str) -> Bubble:
        return Bubble(at=self.clock.now(), direction=Direction.RECEIVED, text=text, state=BubbleState.DELIVERED)
