"""Letters about coming hearings: set, reminders by purpose, short notice, found by a watch; and one that was missed."""

from datetime import datetime
from typing import assert_never

from domain.hearing import Mode
from domain.letter import HearingFacts, Letter
from domain.notice import Purpose
from locales import dates
from locales.errors import UnspeakableError
from locales.reader import Reader
from locales.texts import enrolment, hearings, recovery, reminders
from locales.voices import Voice, court_named, only_hearing, voice_of


def hearing_set(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Tell that a hearing, or several, are set."""
    kept = [] if letter.first_contact else [reminders.save_the_date(reader)]
    return [*announcement(letter, reader, now), *kept, _contact(letter, reader)]


def reminder(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Make one touch of the court's policy, each with its own purpose."""
    return [*announcement(letter, reader, now), *_purpose(letter, reader)]


def short_notice(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Say all that matters in the one text that there is still time for."""
    lines = [*announcement(letter, reader, now), reminders.short_notice(reader)]
    match voice_of(letter.role):
        case Voice.ACCUSED:
            return [*lines, reminders.warrant(reader), _if_you_cannot_come(letter, reader)]
        case Voice.PARTY:
            return [*lines, reminders.decided_without_you(reader), _if_you_cannot_come(letter, reader)]
        case Voice.WITNESS:
            return [*lines, _if_you_cannot_come(letter, reader)]
        case Voice.VICTIM | Voice.FOLLOWER:
            return [*lines, _contact(letter, reader)]
        case never:
            assert_never(never)


def missed(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Say how to put a missed hearing right, without threat.

    Raises:
        UnspeakableError: If the reader was not expected at the hearing, so cannot have missed it.
    """
    court, hearing = letter.court, only_hearing(letter)
    old = dates.listed(reader, hearing.starts_at, court.zone, now=now)
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY:
            return [
                recovery.missed(reader, court=court_named(letter), case=hearing.case_number, old=old),
                recovery.ask_for_new_date(reader, phone=court.phone),
                recovery.come_in(reader, address=court.address),
            ]
        case Voice.WITNESS | Voice.VICTIM:
            return [
                recovery.discreet_missed(reader, court=court_named(letter), old=old),
                recovery.please_call(reader, phone=court.phone),
            ]
        case Voice.FOLLOWER:
            raise UnspeakableError("who was not expected has not missed a hearing")
        case never:
            assert_never(never)


def watch_found(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Tell that the number somebody watches for is in the calendar."""
    _refuse_none(letter)
    number = letter.subject_number or ""
    return [
        enrolment.watch_found(reader, court=court_named(letter), number=number),
        *_list(letter, reader, now, names_case=False),
        enrolment.how_to_follow(reader, number=number),
    ]


def announcement(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Say which court, when and where: a sentence for one hearing, a list for several."""
    _refuse_none(letter)
    if len(letter.hearings) > 1:
        voice = voice_of(letter.role)
        return [_list_heading(letter, reader, voice), *_list(letter, reader, now, names_case=not voice.is_discreet)]
    hearing = letter.hearings[0]
    return [
        _sentence(letter, hearing, reader, now),
        hearings.how_to_take_part(reader, hearing, letter.court),
    ]


def _sentence(letter: Letter, hearing: HearingFacts, reader: Reader, now: datetime) -> str:
    court, case = court_named(letter), hearing.case_number
    when = dates.when(reader, hearing.starts_at, letter.court.zone, now=now)
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY:
            return reminders.you_have_court(reader, court=court, case=case, when=when)
        case Voice.WITNESS:
            return reminders.you_are_asked(reader, court=court, when=when)
        case Voice.VICTIM:
            return reminders.next_court_date(reader, court=court, when=when)
        case Voice.FOLLOWER:
            return reminders.hearing_in_case(reader, court=court, case=case, when=when)
        case never:
            assert_never(never)


def _list_heading(letter: Letter, reader: Reader, voice: Voice) -> str:
    court, count = court_named(letter), len(letter.hearings)
    match voice:
        case Voice.ACCUSED | Voice.PARTY:
            return reminders.you_have_hearings(reader, count, court=court)
        case Voice.WITNESS | Voice.VICTIM:
            return reminders.court_dates(reader, count, court=court)
        case Voice.FOLLOWER:
            return reminders.hearings_followed(reader, count, court=court)
        case _:
            assert_never(voice)


def _list(letter: Letter, reader: Reader, now: datetime, *, names_case: bool) -> list[str]:
    return [
        "- " + hearings.line(reader, hearing, letter.court, now=now, names_case=names_case)
        for hearing in letter.hearings
    ]


def _purpose(letter: Letter, reader: Reader) -> list[str]:
    match letter.purpose:
        case Purpose.SET:
            return [reminders.save_the_date(reader), _contact(letter, reader)]
        case Purpose.CONSEQUENCE:
            return [*_consequence(letter, reader), _contact(letter, reader)]
        case Purpose.PLAN:
            return [*_plan(letter, reader), _contact(letter, reader)]
        case Purpose.LOGISTICS:
            return [*_logistics(letter, reader), _contact(letter, reader)]
        case Purpose.TODAY:
            return _today(letter, reader)
        case None:
            raise UnspeakableError("a reminder needs a purpose")
        case _:
            assert_never(letter.purpose)


def _consequence(letter: Letter, reader: Reader) -> list[str]:
    match voice_of(letter.role):
        case Voice.ACCUSED:
            return [reminders.warrant(reader), reminders.plan_now(reader)]
        case Voice.PARTY:
            return [reminders.decided_without_you(reader), reminders.plan_now(reader)]
        case Voice.WITNESS:
            return [reminders.plan_now(reader)]
        case Voice.VICTIM:
            return []
        case Voice.FOLLOWER:
            return [reminders.dates_can_change(reader)]
        case never:
            assert_never(never)


def _plan(letter: Letter, reader: Reader) -> list[str]:
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY | Voice.WITNESS:
            if _is_remote(letter):
                return [reminders.plan_remote(reader)]
            clock = dates.clock_time(reader, letter.hearings[0].starts_at, letter.court.zone)
            return [reminders.plan_to_leave(reader, clock=clock)]
        case Voice.VICTIM:
            return []
        case Voice.FOLLOWER:
            return [reminders.dates_can_change(reader)]
        case never:
            assert_never(never)


def _logistics(letter: Letter, reader: Reader) -> list[str]:
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY:
            return [reminders.be_ready(reader) if _is_remote(letter) else reminders.bring(reader)]
        case Voice.WITNESS:
            return [reminders.be_ready(reader) if _is_remote(letter) else reminders.bring_identity(reader)]
        case Voice.VICTIM:
            return []
        case Voice.FOLLOWER:
            return [reminders.dates_can_change(reader)]
        case never:
            assert_never(never)


def _today(letter: Letter, reader: Reader) -> list[str]:
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY | Voice.WITNESS:
            if not _is_remote(letter):
                return [reminders.leave_early(reader, phone=letter.court.phone)]
            return [reminders.be_ready(reader), _contact(letter, reader)]
        case Voice.VICTIM | Voice.FOLLOWER:
            return [_contact(letter, reader)]
        case never:
            assert_never(never)


def _contact(letter: Letter, reader: Reader) -> str:
    match voice_of(letter.role):
        case Voice.VICTIM:
            return reminders.support(reader, phone=letter.court.phone)
        case Voice.WITNESS:
            return _if_you_cannot_come(letter, reader)
        case Voice.ACCUSED | Voice.PARTY | Voice.FOLLOWER:
            return reminders.questions(reader, phone=letter.court.phone)
        case never:
            assert_never(never)


def _if_you_cannot_come(letter: Letter, reader: Reader) -> str:
    return reminders.if_you_cannot_come(reader, phone=letter.court.phone)


def _is_remote(letter: Letter) -> bool:
    return all(hearing.mode is not Mode.IN_PERSON for hearing in letter.hearings)


def _refuse_none(letter: Letter) -> None:
    if not letter.hearings:
        raise UnspeakableError(f"{letter.kind} needs a hearing")
