"""The question ledger's rules: which open question a reply answers, if it can be known; never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from domain.keywords import Choice, Intent, Language, No, StopOne, Thanks, Yes


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
HEDGED = "yes_but"
"""Only in `kept`: a yes with a but."""
_KEPT: dict[str | None, Yes | No] = {YES: Yes(), HEDGED: Yes(hedged=True), NO: No()}
OFFERS = frozenset({QuestionKind.OFFER_REMINDERS, QuestionKind.OFFER_WATCH})
MENUS = frozenset(
    {QuestionKind.WHICH_COURT, QuestionKind.WHICH_QUESTION, QuestionKind.LANGUAGE, QuestionKind.STOP_WHICH}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question that was asked and not answered; instants aware, in UTC.

    `options` are in the order of their numbers, from 1; of questions that are no menu the first is what YES means
    and the second what NO means. `lane` is the sender it was asked from: an answer to another number is not its
    answer. `label` is what a list of questions shows. A WHICH_QUESTION has the ids of the questions it lists as its
    options, and in `kept` the word ("yes", "yes_but", "no") that made us ask: a number then finishes that answer.
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


def resolve(
    open: Sequence[OpenQuestion],  # noqa: A002 -- the ledger's own word
    intent: Intent,
    *,
    now: datetime,
    lane: int | None,
) -> Resolution:
    """Find the question that a reply answers.

    `open` holds every question that was not answered, those lately over included; questions asked from another
    lane do not count. One open question: a bare answer fits it. Several: ask which, unless the last thing asked was
    a menu, which a bare number then answers, or a number names the question ("2 yes"). "Ok" takes up an offer and
    is no promise to come. Nothing is ever guessed.
    """
    if not _answers_something(intent):
        return NoQuestion()
    here = sorted((q for q in open if q.lane == lane), key=lambda q: (q.asked_at, q.id))
    live = [q for q in here if _lateness(q, now) is None]
    if not live:
        return _too_late(here, intent, now)
    last = live[-1]
    if last.kind.is_menu:
        return _from_menu(last, live, intent)
    asked = [q for q in live if q.kind is not QuestionKind.WHICH_QUESTION]
    return _from_list(asked, intent)


def listed(open: Sequence[OpenQuestion]) -> tuple[OpenQuestion, ...]:  # noqa: A002 -- the ledger's own word
    """Return the questions in the order of the numbers that "2 yes" refers to: oldest first."""
    asked = (q for q in open if q.kind is not QuestionKind.WHICH_QUESTION)
    return tuple(sorted(asked, key=lambda q: (q.asked_at, q.id)))


def _answers_something(intent: Intent) -> bool:
    return isinstance(intent, Yes | No | Choice) or (
        (isinstance(intent, Thanks) and intent.agrees)
        or (isinstance(intent, Language) and intent.tag is not None)
        or isinstance(intent, StopOne)
    )


def _lateness(question: OpenQuestion, now: datetime) -> Late | None:
    if question.superseded:
        return Late.SUPERSEDED
    return Late.EXPIRED if now >= question.expires_at else None


def _too_late(here: Sequence[OpenQuestion], intent: Intent, now: datetime) -> Resolution:
    fitting = [q for q in here if _option(q, intent) is not None]
    if not fitting:
        return NoQuestion()
    why = _lateness(fitting[-1], now)
    return TooLate(fitting[-1], why) if why else NoQuestion()


def _from_list(asked: Sequence[OpenQuestion], intent: Intent) -> Resolution:
    """Bind a reply among standing questions: the only one, or the one whose number was said with an answer."""
    if len(asked) > 1:
        if isinstance(intent, Choice) and intent.meaning is not None:
            return _numbered(asked, intent)
        fitting = [q for q in asked if _option(q, intent) is not None]
        return AskWhich(tuple(asked), _kept(intent)) if fitting else NoQuestion()
    [question] = asked
    option = _option(question, intent)
    if option is not None:
        return Answer(question, option, hedged=_is_hedged(intent))
    return AskAgain(question) if isinstance(intent, Yes | No | Choice) else NoQuestion()


def _numbered(asked: Sequence[OpenQuestion], intent: Choice) -> Resolution:
    """Bind "2 yes": the number names the question, the word answers it."""
    if intent.meaning is None or not 1 <= intent.number <= len(asked):
        return AskWhich(tuple(asked), _kept(intent))
    question = asked[intent.number - 1]
    option = _option(question, intent.meaning)
    if option is None:
        return AskAgain(question)
    return Answer(question, option, hedged=_is_hedged(intent.meaning))


def _from_menu(menu: OpenQuestion, live: Sequence[OpenQuestion], intent: Intent) -> Resolution:
    if menu.kind is QuestionKind.WHICH_QUESTION:
        return _from_which(menu, live, intent)
    option = _option(menu, intent)
    if option is not None:
        return Answer(menu, option)
    return AskAgain(menu) if isinstance(intent, Yes | No | Choice) else NoQuestion()


def _from_which(menu: OpenQuestion, live: Sequence[OpenQuestion], intent: Intent) -> Resolution:
    """Finish an answer that had two questions to go to: the number says which, the kept word or the new one what."""
    if not isinstance(intent, Choice) or not 1 <= intent.number <= len(menu.options):
        return AskAgain(menu) if isinstance(intent, Yes | No | Choice) else NoQuestion()
    chosen = next((q for q in live if str(q.id) == menu.options[intent.number - 1]), None)
    if chosen is None:
        return AskAgain(menu)
    said = intent.meaning or _KEPT.get(menu.kept)
    option = _option(chosen, said) if said is not None else None
    if said is None or option is None:
        return AskAgain(chosen)
    return Answer(chosen, option, hedged=_is_hedged(said), through=menu)


def _option(question: OpenQuestion, intent: Intent) -> str | None:
    """Return the option of a question that a reply stands for, None where it fits none or contradicts itself."""
    number = 0
    match intent:
        case Language(str(tag)) if question.kind is QuestionKind.LANGUAGE:
            return tag
        case Yes() | No() if not question.kind.is_menu:
            number = 1 if isinstance(intent, Yes) else 2
        case Thanks(agrees=True) if question.kind in OFFERS:
            number = 1
        case StopOne(subject) if question.kind is QuestionKind.STOP_WHICH and subject.isdecimal():
            number = int(subject)
        case Choice(number, _, meaning):
            agrees = meaning is None or question.kind.is_menu or _option(question, meaning) == _at(question, number)
            number = number if agrees else 0
        case _:
            pass
    return _at(question, number)


def _at(question: OpenQuestion, number: int) -> str | None:
    return question.options[number - 1] if 1 <= number <= len(question.options) else None


def _is_hedged(intent: Intent) -> bool:
    said = intent.meaning if isinstance(intent, Choice) else intent
    return isinstance(said, Yes) and said.hedged


def _kept(intent: Intent) -> str | None:
    """Return the word to keep while asking which; a bare number is none: it could be either list's."""
    said = intent.meaning if isinstance(intent, Choice) else intent
    match said:
        case Yes(hedged):
            return HEDGED if hedged else YES
        case No():
            return NO
        case _:
            return None
