"""Answers to what we asked: bound to the question they fit, taken once, never guessed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from domain.disclosure import is_discreet
from domain.keywords import Choice, Intent, No, Yes
from domain.letter import HearingFacts
from domain.questions import (
    CANNOT,
    COMING,
    MENUS,
    YES,
    YES_NO,
    Answer,
    AskAgain,
    AskWhich,
    Late,
    NoQuestion,
    OpenQuestion,
    QuestionKind,
    TooLate,
    resolve,
)
from handlers import asking, consent, enrolment, languages, lookup
from handlers.dossier import INVITED_LATELY
from handlers.talk import Taken, Talk
from locales.texts import conversation
from storage import attendance, people
from storage.cases import CaseHearing
from storage.questions import Asked, Asking
from storage.tasks import About, TaskKind

AT_RISK = "at_risk"
"""What is recorded of a "yes, but": they want to come and may not be able to."""
ANSWERED_LATELY = timedelta(days=1)


def take(talk: Talk, intent: Intent) -> Taken | None:
    """Let a message answer what was asked before it came; None when it answers nothing.

    It was in time if it came in time, however late it is read.
    """
    _recall_invitations(talk)
    came = talk.message.received_at
    asked = [_as_far_as_told(talk, one) for one in talk.dossier.asked if one.question.asked_at <= came]
    focused, narrowed = _focus(talk, asked)
    resolution = resolve([one.question for one in narrowed], intent, now=came, lane=talk.lane_id)
    by_id = {one.question.id: one for one in asked}
    match resolution:
        case NoQuestion():
            return _repeated(talk, intent)
        case Answer(question, option, hedged, through):
            for menu in (through, focused):
                if menu is not None:
                    talk.dossier.withdraw_one(menu.id)
            return _answer(talk, by_id[question.id], option, hedged=hedged)
        case AskWhich(several, kept):
            asking.ask_which(talk, [by_id[question.id] for question in several], kept=kept)
            return Taken.ASKED_WHICH
        case AskAgain(question):
            return _again(talk, by_id[question.id], intent, asked)
        case TooLate(question, why):
            return _too_late(talk, by_id[question.id], why)
        case _:
            assert_never(resolution)


def _recall_invitations(talk: Talk) -> None:
    """Put on record the question of an invitation that has left: any reply to it needs one to fit."""
    for invitation in talk.dossier.invitations:
        opt_in = Asking(
            endpoint_id=talk.endpoint.id,
            court_id=invitation.court_id,
            lane_id=invitation.lane_id,
            person_id=invitation.person_id,
            kind=QuestionKind.OPT_IN,
            options=YES_NO,
            expires_at=invitation.left_at + INVITED_LATELY,
        )
        talk.dossier.ask(opt_in, at=invitation.left_at)


def _as_far_as_told(talk: Talk, asked: Asked) -> Asked:
    """Return a question as one that is over, if what it is about may not be named here any more.

    A menu stays: its answer was chosen from a list that they have, and is looked at when it is taken.
    """
    if asked.question.kind.is_menu or asking.may_be_told(talk, asked):
        return asked
    return replace(asked, question=replace(asked.question, expires_at=asked.question.asked_at, superseded=False))


def _focus(talk: Talk, asked: list[Asked]) -> tuple[OpenQuestion | None, list[Asked]]:
    """Narrow down to the one question that was just put again out of several (`asking.focus`)."""
    here = [one for one in asked if one.question.lane == talk.lane_id]
    last = here[-1].question if here else None
    if last is None or last.kind is not QuestionKind.WHICH_QUESTION or len(last.options) != 1:
        return None, asked
    return last, [one for one in here if str(one.question.id) == last.options[0]]


def _answer(talk: Talk, asked: Asked, option: str, *, hedged: bool) -> Taken:  # noqa: PLR0911 - one case a kind
    """Do what an answer means."""
    if not talk.dossier.answer(asked.question.id, option):
        return Taken.REPEATED
    says_yes = option == YES
    match asked.question.kind:
        case QuestionKind.ATTENDANCE:
            return _attendance(talk, asked, AT_RISK if hedged and option == COMING else option)
        case QuestionKind.OFFER_REMINDERS:
            offered_at = asked.question.asked_at
            return enrolment.subscribe(talk, asked.case_id or 0, offered_at=offered_at) if says_yes else Taken.DECLINED
        case QuestionKind.OFFER_WATCH:
            subject, chosen = asked.subject or "", asked.case_id
            return lookup.watch(talk, subject, chosen=chosen) if says_yes else Taken.DECLINED
        case QuestionKind.OPT_IN:
            court_id = asked.court_id
            return consent.opt_in(talk, court_id=court_id) if says_yes else consent.opt_out(talk, court_id=court_id)
        case QuestionKind.WHICH_COURT:
            return lookup.show(talk, int(option))
        case QuestionKind.LANGUAGE:
            return languages.choose(talk, option)
        case QuestionKind.STOP_WHICH:
            return consent.stop_case(talk, int(option))
        case QuestionKind.CONFIRM_EDIT | QuestionKind.WHICH_QUESTION:
            return Taken.ANSWERED
        case _:
            assert_never(asked.question.kind)


def _attendance(talk: Talk, asked: Asked, answer: str) -> Taken:
    """Record whether a party comes to what a text asked about; what is not a plain yes goes to the desk as well."""
    question = asked.question
    role = asking.role_of(talk, asked)
    hearing = talk.docket.hearing(question.hearing_id or 0)
    facts = asking.facts_for(talk, hearing, role=role)
    if facts is None or asked.participation_id is None:
        return _closed(talk, asked)
    told = [facts]
    _record(talk, asked, hearing, asked.participation_id, answer)
    for along in attendance.asked_along(
        talk.connection,
        hearing_id=hearing.id,
        participation_id=asked.participation_id,
        revision=question.revision or 0,
    ):
        other = talk.docket.hearing(along.hearing_id)
        other_facts = asking.facts_for(talk, other, role=role)
        if other.revision == along.revision and other_facts is not None:  # else it is no longer what they answered
            _record(talk, asked, other, along.participation_id, answer)
            told.append(other_facts)
    _acknowledge(talk, asked, answer, told, discreet=is_discreet(role))
    return Taken.ANSWERED


def _record(talk: Talk, asked: Asked, hearing: CaseHearing, participation_id: int, answer: str) -> None:
    """Write an answer down for one hearing, and tell the desk if it is no plain yes."""
    people.record_answer(
        talk.connection,
        hearing_id=hearing.id,
        participation_id=participation_id,
        answer=answer,
        revision=hearing.revision,
        now=talk.now,
    )
    if answer != COMING:
        kind = TaskKind.CANNOT_COME if answer == CANNOT else TaskKind.QUESTION
        about = About(
            court_id=asked.court_id, case_id=hearing.case_id, hearing_id=hearing.id, person_id=asked.person_id
        )
        talk.tell_desk(kind, about, dedupe=f"{hearing.id}:{hearing.revision}:{participation_id}", with_text=True)


def _acknowledge(talk: Talk, asked: Asked, answer: str, told: Sequence[HearingFacts], *, discreet: bool) -> None:
    face, now = talk.face_of(asked.court_id), talk.now
    match answer:
        case "coming" if all(one.starts_at <= now for one in told):
            return  # read so late that it has begun: nobody will come any more
        case "coming":
            talk.say(lambda reader: conversation.confirmed(reader, court=face, hearings=told, now=now))
        case "cannot":
            say = conversation.discreet_cannot_come if discreet else conversation.cannot_come
            talk.say(lambda reader: say(reader, court=face, hearings=told, now=now))
        case "question" if len(talk.message.text.split()) == 1:
            talk.say(lambda reader: conversation.question_noted(reader, court=face))
        case _:
            talk.say(lambda reader: conversation.question_passed_on(reader, court=face))


def _again(talk: Talk, asked: Asked, intent: Intent, everything: list[Asked]) -> Taken:
    """Put a question again that a reply did not answer; one chosen from several is the next to be answered."""
    is_chosen = any(
        one.question.kind is QuestionKind.WHICH_QUESTION and str(asked.question.id) in one.question.options
        for one in everything
    )
    highest = len(asked.question.options)
    beyond = isinstance(intent, Choice) and intent.number > highest
    if asked.question.kind in MENUS or (beyond and not is_chosen):
        court = talk.face_of(asked.court_id)
        talk.say(lambda reader: conversation.not_an_option(reader, court=court, highest=highest))
    elif is_chosen:
        asking.focus(talk, asked)
    else:
        talk.say(asking.wording(talk, asked))
    return Taken.ASKED_AGAIN


def _too_late(talk: Talk, asked: Asked, why: Late) -> Taken:
    """Say that a question is over; where only the hearing has changed, ask anew about what it is now."""
    talk.dossier.withdraw_one(asked.question.id)
    question = asked.question
    if why is Late.EXPIRED or question.hearing_id is None or question.revision is None:
        return _closed(talk, asked)
    role = asking.role_of(talk, asked)
    before = talk.docket.hearing_at(question.hearing_id, question.revision)
    present = talk.docket.hearing(question.hearing_id)
    old, new = asking.facts_for(talk, before, role=role), asking.facts_for(talk, present, role=role)
    is_on = present.appearance.status.is_on
    if old is None or new is None or (is_on and new.starts_at <= talk.now):
        return _closed(talk, asked)
    fresh = _ask_anew(talk, asked, present.revision, new) if is_on else None
    if fresh is not None and new.starts_at == old.starts_at:  # the room, or the way to take part
        talk.say(asking.wording(talk, fresh))
    else:
        face, shown = talk.face_of(asked.court_id), new if is_on else None
        talk.say(lambda reader: conversation.question_superseded(reader, court=face, old=old, new=shown, now=talk.now))
    return Taken.TOO_LATE


def _ask_anew(talk: Talk, asked: Asked, revision: int, facts: HearingFacts) -> Asked:
    question = asked.question
    talk.dossier.ask(
        Asking(
            endpoint_id=talk.endpoint.id,
            court_id=asked.court_id,
            lane_id=talk.lane_id,
            person_id=asked.person_id,
            participation_id=asked.participation_id,
            case_id=asked.case_id,
            hearing_id=question.hearing_id,
            kind=question.kind,
            options=question.options,
            revision=revision,
            expires_at=facts.starts_at,
        ),
        at=talk.now,
    )
    return asking.live(talk)[-1]


def _closed(talk: Talk, asked: Asked) -> Taken:
    court = talk.face_of(asked.court_id)
    talk.say(lambda reader: conversation.question_expired(reader, court=court))
    return Taken.TOO_LATE


def _repeated(talk: Talk, intent: Intent) -> Taken | None:
    """Tell who answers twice that the first answer stands; None for anything that is no second answer."""
    is_answer = isinstance(intent, Yes | No) or (isinstance(intent, Choice) and not intent.remainder)
    since = talk.now - ANSWERED_LATELY
    if not is_answer or not talk.dossier.has_answered(since=since):
        return None
    talk.say(lambda reader: conversation.already_answered(reader, court=talk.face))
    return Taken.REPEATED
