"""A court to sit behind the page in tests: it writes down what it was asked for."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.control import CourtAction, HearingCard
from domain.clock import SteppedClock
from domain.errors import ConflictError

ANCHORAGE = ZoneInfo("America/Anchorage")
CASE = "3AN-26-00101CR"


@dataclass
class Bench:
    """One hearing on the docket; `refuses` makes every wish fail with that sentence."""

    clock: SteppedClock
    asked: list[str] = field(default_factory=list)
    refuses: str | None = None
    cards: list[HearingCard] = field(
        default_factory=lambda: [
            HearingCard(
                id=7,
                case_number=CASE,
                starts_at=datetime(2026, 6, 10, 9, 0, tzinfo=ANCHORAGE),
                courtroom="Courtroom 302",
                status="scheduled",
                people="Maria",
                actions=frozenset({CourtAction.MOVE_EARLIER, CourtAction.CANCEL}),
            ),
            HearingCard(
                id=8,
                case_number="3AN-26-00102CR",
                starts_at=datetime(2026, 6, 11, 13, 30, tzinfo=ANCHORAGE),
                courtroom="Courtroom 104",
                status="cancelled",
                actions=frozenset(),
            ),
        ]
    )

    async def now(self) -> datetime:
        return self.clock.now().astimezone(ANCHORAGE)

    async def advance(self, step: timedelta) -> None:
        self._ask(f"advance {step}")
        self.clock.advance(step)

    async def advance_to_next(self) -> None:
        self._ask("next")
        self.clock.advance(timedelta(minutes=90))

    async def hearings(self) -> list[HearingCard]:
        return self.cards

    async def act(self, hearing_id: int, action: CourtAction) -> None:
        self._ask(f"{action} {hearing_id}")
        self.cards = [
            replace(card, status="done", actions=frozenset()) if card.id == hearing_id else card for card in self.cards
        ]

    def _ask(self, wish: str) -> None:
        if self.refuses:
            raise ConflictError(self.refuses)
        self.asked.append(wish)
