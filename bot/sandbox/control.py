"""The court's side of the page of phones: what its buttons do is up to whoever runs the product behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class CourtAction(StrEnum):
    """What the page's buttons can do to a hearing."""

    MOVE_EARLIER = "move_earlier"
    CANCEL = "cancel"
    CHANGE_ROOM = "change_room"
    MARK_MISS = "mark_miss"


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingCard:
    """One line of the docket on the page.

    `starts_at` is aware and in the court's zone. `courtroom` ("Courtroom 302") and `people`, whom it concerns, are
    printed as they are. `actions` are the buttons that make sense now; an empty set shows none.
    """

    id: int
    case_number: str
    starts_at: datetime
    courtroom: str
    status: str
    people: str = ""
    actions: frozenset[CourtAction] = frozenset(CourtAction)


class CourtSide(Protocol):
    """The court and its clock, behind the page. Implementations are asynchronous: they reach a database.

    A wish that cannot be fulfilled raises `domain.errors.UsherError`; the page shows its sentence.
    """

    async def now(self) -> datetime:
        """Return what the court's clock shows: aware, in the court's zone."""

    async def advance(self, step: timedelta) -> None:
        """Move the clock forward, and let everything happen that falls due on the way."""

    async def advance_to_next(self) -> None:
        """Move the clock forward to the next message that is due, and let it leave."""

    async def hearings(self) -> list[HearingCard]:
        """Return the docket, soonest first."""

    async def act(self, hearing_id: int, action: CourtAction) -> None:
        """Change a hearing as staff would."""
