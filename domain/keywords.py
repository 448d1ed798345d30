"""What a short text means: carrier words first, then natural wording, in the languages people write to courts in."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Stop:
    """They want no more texts; certain. Comes before any state of the conversation."""


@dataclass(frozen=True, slots=True)
class StopOne:
    """They want no more texts about one case: `subject` is its number in our list ("2") or a case number."""

    subject: str


@dataclass(frozen=True, slots=True)
class MaybeStop:
    """It may be an opt-out: ask once, take silence as no."""


@dataclass(frozen=True, slots=True)
class Start:
    """They want texts again."""


@dataclass(frozen=True, slots=True)
class Help:
    """They ask who we are and what we can do."""


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """We write to somebody else than we think."""


@dataclass(frozen=True, slots=True)
class Language:
    """They want another language: `tag` is ours ("es", "zh_Hans"), None when they only ask to choose."""

    tag: str | None


@dataclass(frozen=True, slots=True)
class Yes:
    """Agreement; `hedged` when a "but" or an obstacle follows: "yes but I can't get a ride"."""

    hedged: bool = False


@dataclass(frozen=True, slots=True)
class No:
    """Refusal."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A number from a list, bare ("2") or with words after it ("2 yes"); `meaning` is what the words say, if clear."""

    number: int
    remainder: str = ""
    meaning: Yes | No | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """They ask whether a message is really ours."""


@dataclass(frozen=True, slots=True)
class Thanks:
    """Courtesy that needs no answer: "ok thanks"."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """None of the above: a case number, a question, a story."""


Intent: TypeAlias = (
    Stop | StopOne | MaybeStop | Start | Help | WrongNumber | Language | Yes | No | Choice | Check | Thanks | Nothing
)


def classify(text: str, *, language: str) -> Intent:
    """Say what a text means to us. `language` is the writer's: it settles words that two languages share."""
    raise NotImplementedError(text, language)
