"""The question ledger's rules: which open question a reply answers, if it can be known; never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from domain.keywords import Intent


class QuestionKind(StrEnum):
    """What we ask people."""

    ATTENDANCE = "attendance"  # will you come: coming, cannot, question
    OFFER_REMINDERS = "offer_reminders"
    OFFER_WATCH = "offer_watch"
    OPT_IN = "opt_in"
    CONFIRM_EDIT = "confirm_edit"
    WHICH_COURT = "which_court"
    WHICH_QUESTION = "which_question"
    LANGUAGE = "language"
    STOP_WHICH = "stop_which"

    @property
    def is_menu(self) -> bool:
        """Whether it is a list to choose a number from, meant to be answered next."""
        return self in MENUS


COMING, CANNOT, QUESTION = ATTENDANCE_OPTIONS = ("coming", "cannot", "question")
YES, NO = YES_NO = ("yes", "no")
MENUS = frozenset(
    {QuestionKind.WHICH_COURT, QuestionKind.WHICH_QUESTION, QuestionKind.LANGUAGE, QuestionKind.STOP_WHICH}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question that was asked and not answered; instants aware, in UTC.

    `options` are in the order of their numbers, from 1; of questions that are no menu the first is what YES means
    and the second what NO means. `lane` is the sender it was asked from: an answer to another number is not its
    answer. `label` is what a list of questions shows. A WHICH_QUESTION has the ids of the questions it lists as its
    options, and in `kept` the word ("yes", "no") that made us ask: choosing a number then finishes that answer.
    """

    id: int
    kind: QuestionKind
    options: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime
    lane: int | None = None
    hearing_id: int | None = None
    revision: int | None = None
    superseded: bool = False
    label: str = ""
    kept: str | None = None


class Late(StrEnum):
    """Why a question can no longer be answered."""

    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply answers `question` with one of its options (LANGUAGE: a tag). `hedged`: "yes, but".

    `through` is the WHICH_QUESTION that led here: close it too.
    """

    question: OpenQuestion
    option: str
    hedged: bool = False
    through: OpenQuestion | None = None


@dataclass(frozen=True, slots=True)
class AskWhich:
    """Several questions are open and it cannot be known which is meant: list them in this order."""

    questions: tuple[OpenQuestion, ...]
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class AskAgain:
    """It was meant for this question but is none of its options, or contradicts itself ("2 yes")."""

    question: OpenQuestion


@dataclass(frozen=True, slots=True)
class TooLate:
    """The only question it could answer is over."""

    question: OpenQuestion
    why: Late


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """It answers nothing that was asked."""


Resolution: TypeAlias = Answer | AskWhich | AskAgain | TooLate | NoQuestion


def resolve(open: Sequence[OpenQuestion], intent: Intent, *, now: datetime, lane: int | None) -> Resolution:  # noqa: A002 -- the ledger's own word
    """Find the question that a reply answers. `open` holds all unanswered ones, those lately over included."""
    raise NotImplementedError(open, intent, now, lane)
