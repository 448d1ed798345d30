"""The phones of the sandbox: what each one shows, bubble by bubble, whoever carried it there."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.delivery import ChannelName


class Direction(StrEnum):
    """Which way a bubble went, as the person holding the phone sees it."""

    RECEIVED = "received"
    WRITTEN = "written"
    NOTE = "note"  # neither: a passing word of the app, such as a button's answer


class BubbleState(StrEnum):
    """Where a bubble truly is; what receipts claim of it is another matter."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"  # on the phone; of a written one: taken by the court
    LOST = "lost"  # accepted, and never seen again
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    UNHEARD = "unheard"  # written, and the court did not take it


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button under a Telegram message; `action` goes back to the bot when it is tapped."""

    label: str
    action: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One text on its way to or from a phone.

    `at` is aware and in UTC: when it was accepted, then when it landed. `segments` is None where nobody counts
    them. `provider_id` is the carrier's own (a Twilio SID, a Telegram message id), None for the carrier's words.
    """

    at: datetime
    direction: Direction
    text: str = field(repr=False)
    state: BubbleState
    provider_id: str | None = None
    segments: int | None = None
    error_code: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    is_edited: bool = False

    @property
    def is_on_phone(self) -> bool:
        """Whether the person can see it."""
        return self.direction is not Direction.RECEIVED or self.state is BubbleState.DELIVERED


@dataclass(slots=True, kw_only=True)
class Phone:
    """One phone: an E.164 number or a Telegram chat, and the person who holds it.

    `has_written` matters to Telegram, whose bots may not write first. `is_on` matters to SMS: a phone that is off
    gets nothing until it is on again. `turn` grows with every change, so that a page can ask for news.
    """

    number: str = field(repr=False)
    channel: ChannelName = ChannelName.SMS
    owner: str = field(default="", repr=False)
    language: str = "en"
    is_on: bool = True
    has_blocked: bool = False
    has_written: bool = False
    bubbles: list[Bubble] = field(default_factory=list, repr=False)
    turn: int = 0

    @property
    def transcript(self) -> list[Bubble]:
        """What the phone shows, in the order in which it came: nothing lost or still on its way."""
        return [bubble for bubble in self.bubbles if bubble.is_on_phone]

    @property
    def texts(self) -> list[str]:
        """The texts that reached the phone, oldest first."""
        return [bubble.text for bubble in self.transcript if bubble.direction is Direction.RECEIVED]

    def show(self, bubble: Bubble) -> None:
        """Put a bubble at the end."""
        self.bubbles.append(bubble)
        self.turn += 1

    def find(self, provider_id: str) -> Bubble | None:
        """Return the bubble with that id of the carrier's, or None."""
        return next((bubble for bubble in self.bubbles if bubble.provider_id == provider_id), None)

    def land(self, provider_id: str, *, at: datetime) -> None:
        """Let a text that was on its way arrive: it becomes the last thing on the phone.

        Raises:
            KeyError: If no bubble has that id.
        """
        bubble = self._take(provider_id)
        self.show(replace(bubble, at=at, state=BubbleState.DELIVERED))

    def mark(self, provider_id: str, state: BubbleState, *, error_code: int | None = None) -> None:
        """Say where a bubble is now; it keeps its place.

        Raises:
            KeyError: If no bubble has that id.
        """
        place = self._place(provider_id)
        self.bubbles[place] = replace(self.bubbles[place], state=state, error_code=error_code)
        self.turn += 1

    def rewrite(self, provider_id: str, text: str, buttons: tuple[tuple[Button, ...], ...] = ()) -> None:
        """Change what a bubble says, as an edit does.

        Raises:
            KeyError: If no bubble has that id.
        """
        place = self._place(provider_id)
        self.bubbles[place] = replace(self.bubbles[place], text=text, buttons=buttons, is_edited=True)
        self.turn += 1

    def _take(self, provider_id: str) -> Bubble:
        return self.bubbles.pop(self._place(provider_id))

    def _place(self, provider_id: str) -> int:
        for place, bubble in enumerate(self.bubbles):
            if bubble.provider_id == provider_id:
                return place
        raise KeyError(provider_id)
