"""Case numbers in a text: what is answered, what is not told apart from the unknown, and how guessing ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.letter import HearingFacts
from domain.questions import QuestionKind
from handlers import asking, enrolment
from handlers.talk import Saying, Taken, Talk
from locales.reader import Reader
from locales.texts import conversation, hearings
from locales.texts import enrolment as enrolment_texts
from storage.cases import StoredCase
from storage.tasks import About, TaskKind

MISSES_AN_HOUR = 5
MISSES_A_DAY = 15
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SLOWED_TO = timedelta(minutes=10)
"""Who has guessed in vain too often within an hour is answered once in so long."""

_LOOKED_UP = frozenset({Taken.FOUND.value, Taken.MISSED.value, Taken.ASKED_WHICH.value, Taken.SLOWED.value})
_MISSED = frozenset({Taken.MISSED.value})


def look_up(talk: Talk, text: str) -> Taken | None:
    """Answer the case number in a text; None when there is none in it.

    A case that is not public, that is about a minor, or that has nothing coming is answered as if it were not there:
    the same words, the same offer, the same count.
    """
    numbers = talk.docket.numbers_in(text, talk.court_ids)
    if not numbers:
        return None
    slowed = _guard(talk)
    if slowed is not None:
        return slowed
    found = _find(talk, numbers)
    if not found:
        enrolment.offer(talk, QuestionKind.OFFER_WATCH, court_id=talk.court_id, case_id=None, subject=numbers[0])
        talk.say(asking.unknown_number(talk, numbers[0]))
        return Taken.MISSED
    return _answer_with(talk, found)


def watch(talk: Talk, folded: str, *, chosen: int | None) -> Taken:
    """Watch for a number; one that has come since it was asked for is answered instead.

    `chosen`: they were asked which court they mean, and it is this case of that one, whatever the others have.
    """
    found = [case for case in _find(talk, [folded]) if chosen in {None, case.id}]
    return _answer_with(talk, found) if found else enrolment.watch(talk, folded)


def show(talk: Talk, case_id: int) -> Taken:
    """Answer with the case of the court that was chosen."""
    case = talk.docket.case(case_id)
    if case.answers_lookup and talk.docket.coming(case_id):
        return _show(talk, case)
    enrolment.offer(talk, QuestionKind.OFFER_WATCH, court_id=talk.court_id, case_id=case_id, subject=case.folded)
    talk.say(asking.unknown_number(talk, case.folded))
    return Taken.MISSED


def _find(talk: Talk, numbers: Sequence[str]) -> list[StoredCase]:
    """Return the cases with the first of these numbers that is answered, one in each court that has it."""
    known = talk.docket.numbered(numbers, court_ids=talk.court_ids)
    found = [case for case in known if case.answers_lookup and talk.docket.coming(case.id)]
    first = min((numbers.index(case.folded) for case in found), default=-1)
    return [case for case in found if case.folded == numbers[first]]


def _answer_with(talk: Talk, found: list[StoredCase]) -> Taken:
    if len(found) > 1:
        asking.ask_which_court(talk, found)
        return Taken.ASKED_WHICH
    return _show(talk, found[0])


def _guard(talk: Talk) -> Taken | None:
    """Slow down, then stop, an endpoint that has asked for too many numbers in vain."""
    if _count(talk, _MISSED, DAY) >= MISSES_A_DAY:
        if not _count(talk, frozenset({Taken.REFUSED.value}), DAY):
            about, day = About(court_id=talk.court_id), talk.now.date()
            talk.tell_desk(TaskKind.GUESSING, about, dedupe=f"{talk.endpoint.id}:{day}")
            talk.say(lambda reader: conversation.no_more_guesses(reader, court=talk.face))
        return Taken.REFUSED
    if _count(talk, _MISSED, HOUR) < MISSES_AN_HOUR:
        return None
    if not _count(talk, frozenset({Taken.SLOWED.value}), HOUR):
        talk.say(lambda reader: conversation.slow_down(reader, court=talk.face))
        return Taken.SLOWED
    return None if not _count(talk, _LOOKED_UP, SLOWED_TO) else Taken.SILENT


def _count(talk: Talk, outcomes: frozenset[str], within: timedelta) -> int:
    return talk.dossier.count(outcomes, within=within)


def _show(talk: Talk, case: StoredCase) -> Taken:
    coming = talk.docket.coming(case.id)
    told = [facts for one in coming if (facts := asking.facts_for(talk, one, role=None)) is not None]
    as_of = case.feed_seen_at or talk.now
    is_on = enrolment.gets_texts(talk, case)
    if not is_on:
        kind = QuestionKind.OFFER_REMINDERS
        enrolment.offer(talk, kind, court_id=case.court_id, case_id=case.id, subject=None)
    talk.say(_answer(talk, case, told, as_of=as_of, is_on=is_on))
    return Taken.FOUND


def _answer(talk: Talk, case: StoredCase, told: list[HearingFacts], *, as_of: datetime, is_on: bool) -> Saying:
    """Return the answer with as many hearings as fit into a text's budget, the next one in any case."""
    face = talk.face_of(case.court_id)

    def say(reader: Reader) -> str:
        if is_on:
            offer = enrolment_texts.already_subscribed(reader, court=face, case_number=case.number)
        else:
            offer = enrolment_texts.offer_reminders(reader)
        text = ""
        for most in range(hearings.MOST_LISTED, 0, -1):
            text = hearings.answer(
                reader,
                court=face,
                case_number=case.number,
                hearings=told,
                as_of=as_of,
                now=talk.now,
                offer=offer,
                most=most,
            )
            if talk.fits(text):
                break
        return text

    return say
