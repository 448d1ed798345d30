"""How people who write begin to get texts: reminders of a public case, a number watched for."""

from datetime import datetime, timedelta

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence, Standing
from domain.questions import YES_NO, QuestionKind
from domain.roles import Role
from handlers import consent
from handlers.talk import Taken, Talk
from locales.texts import conversation, enrolment
from storage import hearings, locks, people, told, watches
from storage.cases import StoredCase
from storage.notices import Target

OFFER_LASTS = timedelta(days=2)
SURELY_LISTED = 2
"""So many coming hearings fit into the answer to a number in every language; of more, some may not have been seen."""
SEEN_BY_ALL = timedelta(minutes=1)
"""Longer than a unit of work takes: what is dated before it began may not have been seen by an answer after that."""
OFFERS = (QuestionKind.OFFER_REMINDERS, QuestionKind.OFFER_WATCH)


def offer(talk: Talk, kind: QuestionKind, *, court_id: int, case_id: int | None, subject: str | None) -> None:
    """Put an offer on record; it takes the place of an earlier one that was not taken up."""
    talk.ask(kind, YES_NO, lasts=OFFER_LASTS, instead_of=OFFERS, court_id=court_id, case_id=case_id, subject=subject)


def gets_texts(talk: Talk, case: StoredCase) -> bool:
    """Return whether reminders of a case come to this endpoint already."""
    if all(part.case_id != case.id for part in talk.dossier.parts):
        return False
    return talk.stands(court_id=case.court_id, case_id=case.id) is Standing.GRANTED


def subscribe(talk: Talk, case_id: int, *, offered_at: datetime) -> Taken:
    """Send reminders of a public case to this endpoint from now on.

    Who has a part in the case keeps it; anybody else follows it, and is told what everybody may know. What the
    answer of `offered_at` has told them is not told again at once.
    """
    case = talk.docket.case(case_id)
    face = talk.face_of(case.court_id)
    if not case.answers_lookup:  # it was public when we offered
        talk.say(lambda reader: conversation.question_expired(reader, court=face))
        return Taken.TOO_LATE
    if gets_texts(talk, case):
        talk.say(lambda reader: enrolment.already_subscribed(reader, court=face, case_number=case.number))
        return Taken.REPEATED
    if all(part.case_id != case.id for part in talk.dossier.parts):
        _follow(talk, case, offered_at)
    _agree(talk, case)
    talk.replan_everything()
    if talk.is_stopped:
        return consent.ask_to_opt_in(talk)
    if not gets_texts(talk, case):
        return consent.overtaken(talk)
    talk.say(lambda reader: enrolment.subscribed(reader, court=face, case_number=case.number))
    return Taken.SUBSCRIBED


def watch(talk: Talk, folded: str) -> Taken:
    """Look for a number for the court's days, and tell either way."""
    days = talk.court.watch_days
    watches.keep(
        talk.connection,
        endpoint_id=talk.endpoint.id,
        court_id=talk.court_id,
        folded=folded,
        expires_at=talk.now + timedelta(days=days),
        now=talk.now,
    )
    if talk.is_stopped:
        return consent.ask_to_opt_in(talk)
    talk.say(lambda reader: enrolment.watch_kept(reader, court=talk.face, number=folded, days=days))
    return Taken.WATCHING


def _follow(talk: Talk, case: StoredCase, offered_at: datetime) -> None:
    connection, now = talk.connection, talk.now
    locks.to_follow(connection, case.id)
    person_id = people.who_writes(
        connection, court_id=case.court_id, endpoint_id=talk.endpoint.id, language=talk.language, now=now
    )
    talk.dossier.link(person_id, source="text", preference=0)
    part = people.take_part(connection, case_id=case.id, person_id=person_id, role=Role.FOLLOWER, now=now)
    talk.dossier.meet_people_anew()
    hearings.attach(connection, participation_id=part, case_id=case.id, now=now)
    coming = talk.docket.coming(case.id)
    for one in coming if len(coming) <= SURELY_LISTED else ():
        if one.revised_at <= offered_at - SEEN_BY_ALL:
            target = Target(
                endpoint_id=talk.endpoint.id,
                lane_id=talk.lane_id,
                court_id=case.court_id,
                person_id=person_id,
                participation_id=part,
                case_id=case.id,
                hearing_id=one.id,
                revision=one.revision,
            )
            told.in_reply(connection, target, now=now)


def _agree(talk: Talk, case: StoredCase) -> None:
    said = ConsentEvent(
        at=talk.message.received_at,
        action=ConsentAction.GRANTED,
        evidence=Evidence.TEXT,
        purpose=ConsentPurpose.HEARINGS,
        court_id=case.court_id,
        case_id=case.id,
    )
    talk.dossier.add_consent(said)
