"""What a simulation found: every text with its moment, what did not leave and why, and the sums of it all."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.simulation.cast import Cast
from domain.calendar_report import ImportReport
from domain.notice import NoticeState
from domain.reasons import SENTENCES, Reason
from storage.simulation import NotSent, SentText

ENDINGS = {
    NoticeState.PLANNED: "It is due after the last day.",
    NoticeState.SUPERSEDED: "A newer notice speaks instead.",
}
"""What is said of a notice whose reason is no reason of the gate's."""


@dataclass(frozen=True, slots=True)
class Sum:
    """So many texts, and what they cost their senders: SMS segments, or Telegram messages."""

    texts: int
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The outcome. `since` and `until` are the first and the last day on the court's calendar.

    `zones` are the courts' by key. `expected` counts the people of each hearing of these days, `told_nothing` those
    of them who got no text about it. `held` counts, by the gate's reason, notices that waited for a while; `tasks`
    what is open on the desk's list at the end.
    """

    court: str
    since: date
    until: date
    zones: Mapping[str, ZoneInfo]
    imported: ImportReport
    cast: Cast
    texts: tuple[SentText, ...]
    not_sent: tuple[NotSent, ...]
    held: Mapping[str, int]
    tasks: Mapping[str, int]
    expected: int
    told_nothing: int

    @property
    def total(self) -> Sum:
        """Everything that left."""
        return Sum(len(self.texts), sum(one.segments for one in self.texts))

    def sums(self, dimension: str) -> dict[str, Sum]:
        """Return the sums by one of DIMENSIONS, the largest first."""
        texts: Counter[str] = Counter()
        segments: Counter[str] = Counter()
        for one in self.texts:
            word = DIMENSIONS[dimension](one)
            texts[word] += 1
            segments[word] += one.segments
        return {
            word: Sum(count, segments[word]) for word, count in sorted(texts.items(), key=lambda it: (-it[1], it[0]))
        }

    def facts(self) -> dict[str, object]:
        """Return it as plain JSON: nobody's name, no number that anybody has. Instants are the court's local time."""
        totals = {f"by_{dimension}": self.sums(dimension) for dimension in DIMENSIONS}
        return {
            "court": self.court,
            "from": self.since,
            "until": self.until,
            "import": self.imported.facts(),
            "people": {"all": self.cast.people, "invented": self.cast.invented},
            "hearings": {"people_expected": self.expected, "told_nothing": self.told_nothing},
            "texts": [self._fact(one) for one in self.texts],
            "totals": {"all": self.total, **totals},
            "not_sent": [
                {"kind": one.kind, "state": one.state, "reason": one.reason, "count": one.count, "why": why(one)}
                for one in self.not_sent
            ],
            "held_for_a_while": dict(self.held),
            "tasks": dict(self.tasks),
        }

    def _fact(self, one: SentText) -> dict[str, object]:
        return {
            "at": one.at.astimezone(self.zones[one.court]),
            "court": one.court,
            "cases": one.cases,
            "role": one.role,
            "to": one.to,
            "language": one.language,
            "channel": one.channel,
            "kind": one.kind,
            "purpose": one.purpose,
            "segments": one.segments,
            "text": one.text,
        }


def kind_of(text: SentText) -> str:
    """Return a text's kind, a reminder's with what it is for."""
    same = text.purpose is None or text.purpose.value in text.kind.value
    return text.kind.value if same else f"{text.kind.value}: {text.purpose}"


def why(one: NotSent) -> str:
    """Return in a sentence why notices did not leave."""
    if one.state in ENDINGS:
        return ENDINGS[one.state]
    return sentence(one.reason)


def sentence(reason: str | None) -> str:
    """Return what a reason code says; the code itself where it is none of the gate's."""
    return SENTENCES[Reason(reason)] if reason in set(Reason) else reason or ""


DIMENSIONS: Mapping[str, Callable[[SentText], str]] = {
    "language": lambda one: one.language,
    "kind": kind_of,
    "channel": lambda one: one.channel.value,
    "segments": lambda one: str(one.segments),
}
