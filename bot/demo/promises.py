"""What the story watches for: each promise is checked where it must hold, on the phones and at the court's desk."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.demo import cast
from bot.demo.cast import Member
from bot.demo.stage import Stage
from bot.sandbox.phones import Bubble, Direction
from storage import tasks
from storage.tasks import TaskKind


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence that must hold, and whether it did."""

    sentence: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """One phone as it ended."""

    member: Member
    bubbles: list[Bubble]


@dataclass(slots=True)
class Witness:
    """Looks at the phones and the desk, and keeps a list of promises."""

    stage: Stage
    promises: list[Promise] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def expect(self, sentence: str, *holds: bool) -> None:
        """Write down whether a promise was kept: all of `holds` must be."""
        self.promises.append(Promise(sentence, all(holds)))

    def texts(self, member: Member) -> list[str]:
        """Return every text on a phone from the court, oldest first."""
        return list(self.stage.sandbox.phone(member.phone).texts)

    def fresh(self, member: Member) -> list[str]:
        """Return the texts that came to a phone since it was last looked at this way."""
        texts = self.texts(member)
        seen = self._seen.get(member.phone, 0)
        self._seen[member.phone] = len(texts)
        return texts[seen:]

    def answer(self, member: Member) -> str:
        """Return the one text that came to a phone since it was last looked at; nothing if there was not just one."""
        texts = self.fresh(member)
        return texts[0] if len(texts) == 1 else ""

    def landed(self, member: Member) -> list[datetime]:
        """Return when each of the court's texts came to a phone, on the court's clock."""
        zone = self.stage.court.zone
        landings = self.stage.sandbox.ledger.landings
        return [one.at.astimezone(zone) for one in landings if one.number == member.phone]

    async def tasks(self, kind: TaskKind) -> int:
        """Return how many tasks of a kind are open at the desk."""
        return (await self.stage.usher.db.read(tasks.count_open)).get(kind, 0)

    def transcripts(self) -> list[Transcript]:
        """Return every phone of the cast."""
        return [Transcript(one, self.stage.sandbox.phone(one.phone).transcript) for one in cast.CAST]


def is_from_the_court(bubble: Bubble) -> bool:
    """Return whether the court wrote it."""
    return bubble.direction is Direction.RECEIVED
