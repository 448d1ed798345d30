"""Questions in words: how each open one is put, named in a list, and put again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from domain.disclosure import Fact, Proof, is_discreet, letter_hearing, visible_facts
from domain.letter import HearingFacts
from domain.questions import QuestionKind
from domain.roles import Role
from handlers.talk import Saying, Talk
from locales import dates
from locales.reader import Reader
from locales.texts import carrier, conversation, enrolment, hearings, languages, reminders
from storage import cases, people
from storage.cases import CaseHearing
from storage.questions import Asked

WHICH_LASTS = timedelta(hours=12)


def live(talk: Talk) -> list[Asked]:
    """Return what this endpoint can still answer from this lane and may be told of, oldest first."""
    return [one for one in talk.dossier.asked if _is_live(one, talk) and may_be_told(talk, one)]


def may_be_told(talk: Talk, asked: Asked) -> bool:
    """Return whether what a question is about may be named to who is here now.

    It may have been sealed since, or prove to be about a minor, or it was asked of somebody who is reached elsewhere
    now. A menu may be put again if all that it lists may.
    """
    options = asked.question.options
    match asked.question.kind:
        case QuestionKind.ATTENDANCE:
            part = next((part for part in talk.dossier.parts if _is_of(part, asked)), None)
            hearing_id = asked.question.hearing_id or 0
            return part is not None and is_named_to(talk, talk.docket.hearing(hearing_id).case_id, role=part.role)
        case QuestionKind.OFFER_REMINDERS:
            return talk.docket.case(asked.case_id or 0).answers_lookup
        case QuestionKind.WHICH_COURT:
            return all(talk.docket.case(int(case_id)).answers_lookup for case_id in options)
        case QuestionKind.STOP_WHICH:
            roles = {str(part.case_id): part.role for part in talk.dossier.parts}
            return all(one in roles and is_named_to(talk, int(one), role=roles[one]) for one in options)
        case QuestionKind.WHICH_QUESTION:
            return all(may_be_told(talk, one) for one in talk.dossier.asked if str(one.question.id) in options)
        case QuestionKind.OFFER_WATCH | QuestionKind.OPT_IN | QuestionKind.CONFIRM_EDIT | QuestionKind.LANGUAGE:
            return True
        case _:
            assert_never(asked.question.kind)


def take_back_untold(talk: Talk) -> None:
    """Take back the menus that cannot be put again: what is put in their place is what a digit answers then."""
    for one in talk.dossier.asked:
        if one.question.kind.is_menu and not may_be_told(talk, one):
            talk.dossier.withdraw_one(one.question.id)


def ask_which(talk: Talk, asked: Sequence[Asked], *, kept: str | None) -> None:
    """Ask which of several questions was answered; `kept` is the word that was said."""
    options = tuple(str(one.question.id) for one in asked)
    talk.ask(QuestionKind.WHICH_QUESTION, options, lasts=WHICH_LASTS, kept=kept)
    labels = [_label(talk, one) for one in asked]
    talk.say(
        lambda reader: conversation.which_question(reader, court=talk.face, options=[label(reader) for label in labels])
    )


def focus(talk: Talk, asked: Asked) -> None:
    """Put one of several open questions again; the next bare answer is to this one."""
    talk.ask(QuestionKind.WHICH_QUESTION, (str(asked.question.id),), lasts=WHICH_LASTS)
    talk.say(wording(talk, asked))


def ask_to_stop(talk: Talk, parts: Sequence[people.Part]) -> None:
    """List the cases that texts come for, so that one of them can be stopped."""
    options = tuple(str(part.case_id) for part in parts)
    talk.ask(QuestionKind.STOP_WHICH, options, lasts=WHICH_LASTS)
    numbers = [part.number for part in parts]
    talk.say(lambda reader: carrier.which_to_stop(reader, court=talk.face, cases=numbers))


def ask_which_court(talk: Talk, found: Sequence[cases.StoredCase]) -> None:
    """Ask which court is meant, where several have the number."""
    options = tuple(str(case.id) for case in found)
    talk.ask(QuestionKind.WHICH_COURT, options, lasts=WHICH_LASTS)
    talk.say(_which_court(talk, found))


def wording(talk: Talk, asked: Asked) -> Saying:
    """Return how a question is put, whole, in whatever language."""
    match asked.question.kind:
        case QuestionKind.ATTENDANCE:
            return _attendance(talk, asked)
        case QuestionKind.OFFER_REMINDERS:
            number = _number(talk, asked)
            return lambda reader: "\n".join(
                [conversation.about_reminders(reader, case_number=number), enrolment.offer_reminders(reader)]
            )
        case QuestionKind.OFFER_WATCH:
            return unknown_number(talk, asked.subject or "")
        case QuestionKind.OPT_IN:
            say = enrolment.opt_in_question if talk.is_stopped else enrolment.invitation
            return lambda reader: say(reader, court=talk.face_of(asked.court_id))
        case QuestionKind.CONFIRM_EDIT:
            return conversation.about_texts
        case QuestionKind.WHICH_COURT | QuestionKind.WHICH_QUESTION | QuestionKind.LANGUAGE | QuestionKind.STOP_WHICH:
            return _menu_wording(talk, asked)
        case _:
            assert_never(asked.question.kind)


def unknown_number(talk: Talk, folded: str) -> Saying:
    """Return the one answer to every number that we may say nothing of."""
    days = talk.court.watch_days
    return lambda reader: hearings.unknown(reader, court=talk.face, number=folded, days=days)


def role_of(talk: Talk, asked: Asked) -> Role:
    """Return the role in which a question about a hearing was asked."""
    return next((part.role for part in talk.dossier.parts if _is_of(part, asked)), Role.FOLLOWER)


def facts_for(talk: Talk, hearing: CaseHearing, *, role: Role | None) -> HearingFacts | None:
    """Return a hearing as this reader may be told it: as a party whose endpoint this is, or as a stranger."""
    case = talk.docket.case(hearing.case_id)
    return letter_hearing(
        hearing.appearance,
        case.number,
        role=role,
        confidentiality=case.confidentiality,
        proof=Proof.NONE if role is None else Proof.POSSESSION,
        minor=case.minor,
    )


def is_named_to(talk: Talk, case_id: int, *, role: Role) -> bool:
    """Return whether the number of a case may be said here, where somebody has this role in it."""
    case = talk.docket.case(case_id)
    facts = visible_facts(role, case.confidentiality, proof=Proof.POSSESSION, minor=case.minor)
    return Fact.CASE_NUMBER in facts


def _is_of(part: people.Part, asked: Asked) -> bool:
    return part.participation_id == asked.participation_id


def _is_live(asked: Asked, talk: Talk) -> bool:
    question = asked.question
    return not question.superseded and question.expires_at > talk.now and question.lane == talk.lane_id


def _attendance(talk: Talk, asked: Asked) -> Saying:
    about = _about_hearing(talk, asked)
    return lambda reader: f"{about(reader)}\n{reminders.will_you_come(reader)}"


def _about_hearing(talk: Talk, asked: Asked) -> Saying:
    """Name a hearing in a line: the case's number too, unless the reader's texts must be discreet."""
    hearing = talk.docket.hearing(asked.question.hearing_id or 0)
    number = _number(talk, asked)
    court = talk.face_of(asked.court_id)
    discreet = is_discreet(role_of(talk, asked))

    def say(reader: Reader) -> str:
        when = dates.listed(reader, hearing.appearance.starts_at, court.zone, now=talk.now)
        return when if discreet else conversation.option(reader, when=when, case=reader.fact("case", number))

    return say


def _label(talk: Talk, asked: Asked) -> Saying:
    """Return how a question is named in a list of questions."""
    match asked.question.kind:
        case QuestionKind.ATTENDANCE:
            return _about_hearing(talk, asked)
        case QuestionKind.OFFER_REMINDERS:
            number = _number(talk, asked)
            return lambda reader: conversation.about_reminders(reader, case_number=number)
        case QuestionKind.OFFER_WATCH:
            subject = asked.subject or ""
            return lambda reader: conversation.about_watch(reader, number=subject)
        case _:
            return conversation.about_texts


def _number(talk: Talk, asked: Asked) -> str:
    case_id = asked.case_id
    if case_id is None and asked.question.hearing_id is not None:
        case_id = talk.docket.hearing(asked.question.hearing_id).case_id
    return talk.docket.case(case_id or 0).number


def _menu_wording(talk: Talk, asked: Asked) -> Saying:
    options = asked.question.options
    match asked.question.kind:
        case QuestionKind.LANGUAGE:
            return lambda reader: languages.menu(reader, court=talk.face, languages=options)
        case QuestionKind.WHICH_COURT:
            return _which_court(talk, [talk.docket.case(int(case_id)) for case_id in options])
        case QuestionKind.STOP_WHICH:
            numbers = [talk.docket.case(int(case_id)).number for case_id in options]
            return lambda reader: carrier.which_to_stop(reader, court=talk.face, cases=numbers)
        case _:
            listed = [one for one in live(talk) if str(one.question.id) in options]
            labels = [_label(talk, one) for one in listed]
            return lambda reader: conversation.which_question(
                reader, court=talk.face, options=[label(reader) for label in labels]
            )


def _which_court(talk: Talk, found: Sequence[cases.StoredCase]) -> Saying:
    names = [talk.world.courts[case.court_id].name for case in found]
    return lambda reader: conversation.which_court(reader, number=found[0].folded, courts=names)
