"""Letters about changes: what is different, with the old named beside the new; called off; corrected."""

from datetime import datetime
from typing import assert_never

from domain.hearing import ChangeKind, Mode
from domain.letter import HearingFacts, Letter
from locales import dates
from locales.errors import UnspeakableError
from locales.reader import Reader
from locales.texts import changes, hearings, reminders
from locales.voices import Voice, court_named, only_hearing, voice_of


def change(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Tell each difference from what the reader was last told, and then all of the new truth.

    Raises:
        UnspeakableError: If nothing that this letter can tell has changed, or the hearing as last told is missing.
    """
    new, old = only_hearing(letter), _before(letter)
    if not letter.changed or letter.changed & {ChangeKind.NEW, ChangeKind.CANCELLED}:
        raise UnspeakableError("a change must be of time, place or mode, or put a hearing on again")
    return [
        _heading(letter, new, reader),
        _time(letter, new, old, reader, now),
        *_part(letter, new, old, reader),
        reminders.questions(reader, phone=letter.court.phone),
    ]


def cancellation(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Tell people not to come, naming the date they were told."""
    old = _before(letter)
    court, case = court_named(letter), old.case_number
    when = dates.listed(reader, old.starts_at, letter.court.zone, now=now)
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY:
            said = changes.cancelled(reader, court=court, case=case, old=when)
        case Voice.WITNESS | Voice.VICTIM:
            said = changes.discreet_cancelled(reader, court=court, old=when)
        case Voice.FOLLOWER:
            said = changes.followed_cancelled(reader, court=court, case=case, old=when)
        case never:
            assert_never(never)
    return [said, changes.new_date_follows(reader), reminders.questions(reader, phone=letter.court.phone)]


def correction(letter: Letter, reader: Reader, now: datetime) -> list[str]:
    """Take back a text that a change overtook, and say what is true now; without a hearing, that it is called off."""
    zone, follows = letter.court.zone, voice_of(letter.role) is Voice.FOLLOWER
    old = dates.listed(reader, _before(letter).starts_at, zone, now=now)
    lines = [changes.correction(reader, court=court_named(letter), old=old)]
    if letter.hearings:
        new = only_hearing(letter)
        lines += [
            changes.right_is(reader, when=dates.listed_near(reader, new.starts_at, zone, now=now)),
            hearings.how_to_take_part(reader, new, letter.court),
        ]
    else:
        lines.append(changes.it_is_called_off(reader) if follows else changes.it_is_cancelled(reader))
    if not voice_of(letter.role).is_discreet:
        lines.append(reminders.case_named(reader, case=_before(letter).case_number))
    return [*lines, reminders.questions(reader, phone=letter.court.phone)]


def _heading(letter: Letter, hearing: HearingFacts, reader: Reader) -> str:
    court, case = court_named(letter), hearing.case_number
    match voice_of(letter.role):
        case Voice.ACCUSED | Voice.PARTY:
            return changes.change(reader, court=court, case=case)
        case Voice.WITNESS | Voice.VICTIM:
            return changes.discreet_change(reader, court=court)
        case Voice.FOLLOWER:
            return changes.followed_change(reader, court=court, case=case)
        case never:
            assert_never(never)


def _time(letter: Letter, new: HearingFacts, old: HearingFacts, reader: Reader, now: datetime) -> str:
    zone, changed = letter.court.zone, letter.changed
    is_at = dates.listed_near(reader, new.starts_at, zone, now=now)
    was_at = dates.listed(reader, old.starts_at, zone, now=now)
    if ChangeKind.REINSTATED in changed:
        if changed & {ChangeKind.EARLIER, ChangeKind.LATER}:
            return changes.on_again_at_new_time(reader, new=is_at, old=was_at)
        return changes.on_again(reader, when=is_at)
    if ChangeKind.EARLIER in changed:
        return changes.earlier(reader, new=is_at, old=was_at)
    if ChangeKind.LATER in changed:
        return changes.later(reader, new=is_at, old=was_at)
    return changes.same_time(reader, when=is_at)


def _part(letter: Letter, new: HearingFacts, old: HearingFacts, reader: Reader) -> list[str]:
    """Say where or how to take part; with the old place or way where that is what changed."""
    court = letter.court
    joins = hearings.how_to_take_part(reader, new, court)
    if new.mode is not old.mode:
        return [_now(reader, joins, new, letter), _was(reader, old.mode)]
    if new.mode is not Mode.IN_PERSON:
        return [changes.new_way_to_join(reader), joins] if ChangeKind.MODE in letter.changed else [joins]
    is_in, was_in = (hearings.place_of(reader, hearing, court) for hearing in (new, old))
    if ChangeKind.ROOM in letter.changed and is_in != was_in:
        return [changes.new_place(reader, new=is_in, old=was_in)]
    return [joins]


def _now(reader: Reader, joins: str, new: HearingFacts, letter: Letter) -> str:
    if new.mode is Mode.IN_PERSON:
        return changes.now_in_person(reader, place=hearings.place_of(reader, new, letter.court))
    return joins


def _was(reader: Reader, mode: Mode) -> str:
    match mode:
        case Mode.IN_PERSON:
            return changes.was_in_person(reader)
        case Mode.VIDEO:
            return changes.was_by_video(reader)
        case Mode.PHONE:
            return changes.was_by_phone(reader)
        case _:
            assert_never(mode)


def _before(letter: Letter) -> HearingFacts:
    if letter.before is None:
        raise UnspeakableError(f"{letter.kind} needs the hearing as it was last told")
    return letter.before
