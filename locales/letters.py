"""Any letter in words: the one place where a notice becomes the text that a person reads."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias, assert_never

from domain.letter import Letter
from domain.notice import NoticeKind
from locales import change_letters, hearing_letters
from locales.errors import UnspeakableError, UntranslatedError
from locales.reader import Reader, in_english, refuse_leftovers, strict
from locales.texts import enrolment, languages, reminders
from locales.voices import Voice, voice_of

_Body: TypeAlias = Callable[[Letter, Reader, datetime], list[str]]


def compose(letter: Letter, reader: Reader, *, now: datetime) -> str:
    """Put a letter into words for a reader, with relative words as of `now`.

    Blocks stand on lines of their own; the way to stop is always the last. Where a sentence has no translation the
    whole text is in English, with one line in the reader's language: never half and half.

    Raises:
        UnspeakableError: If a fact is missing, a placeholder would be left over, a value cannot be formatted, or the
            kind is REPLY, whose text is made when it is asked. Nothing may leave then.
    """
    return in_words(letter, reader, strict(reader), now=now)


def in_words(letter: Letter, reader: Reader, strict_reader: Reader, *, now: datetime) -> str:
    """Put a letter into words as `strict_reader` speaks, or wholly in English where it lacks a sentence.

    Raises:
        UnspeakableError: As `compose` does.
    """
    try:
        return worded(letter, strict_reader, now=now)
    except UntranslatedError:
        return worded(letter, in_english(reader), now=now)


def worded(letter: Letter, reader: Reader, *, now: datetime) -> str:
    """Put a letter into the words of one reader.

    Raises:
        UnspeakableError: As `compose` does; `UntranslatedError` if the reader is strict and a sentence is missing.
    """
    lines = [*_body(letter.kind)(letter, reader, now), *_closing(letter, reader)]
    if reader.interpreter:
        lines = [languages.with_interpreter(reader, "\n".join(lines), phone=letter.court.phone)]
    if _says_how_to_stop(letter):
        lines.append(enrolment.how_to_stop(reader))
    text = "\n".join(lines)
    refuse_leftovers(text)
    return text


def _body(kind: NoticeKind) -> _Body:  # noqa: C901, PLR0911 - one case a kind
    match kind:
        case NoticeKind.HEARING_SET:
            return hearing_letters.hearing_set
        case NoticeKind.REMINDER:
            return hearing_letters.reminder
        case NoticeKind.SHORT_NOTICE:
            return hearing_letters.short_notice
        case NoticeKind.RECOVERY:
            return hearing_letters.missed
        case NoticeKind.CHANGE:
            return change_letters.change
        case NoticeKind.CANCELLATION:
            return change_letters.cancellation
        case NoticeKind.CORRECTION:
            return change_letters.correction
        case NoticeKind.INVITATION:
            return _invitation
        case NoticeKind.WATCH_FOUND:
            return hearing_letters.watch_found
        case NoticeKind.WATCH_ENDED:
            return _watch_ended
        case NoticeKind.REPLY:
            raise UnspeakableError("a reply's text is made when it is asked")
        case _:
            assert_never(kind)


def _invitation(letter: Letter, reader: Reader, now: datetime) -> list[str]:  # noqa: ARG001 - the shape of a body
    return [enrolment.invitation(reader, court=letter.court)]


def _watch_ended(letter: Letter, reader: Reader, now: datetime) -> list[str]:  # noqa: ARG001 - the shape of a body
    court, number = letter.court, letter.subject_number or ""
    return [enrolment.watch_ended(reader, court=court.short_name, number=number, phone=court.phone)]


def _closing(letter: Letter, reader: Reader) -> list[str]:
    if letter.kind is NoticeKind.INVITATION:
        return []
    contact = [enrolment.first_contact(reader)] if letter.first_contact else []
    asks = letter.asks_attendance and voice_of(letter.role) is not Voice.FOLLOWER
    return [*contact, *([reminders.will_you_come(reader)] if asks else [])]


def _says_how_to_stop(letter: Letter) -> bool:
    if letter.kind is NoticeKind.INVITATION:  # it says so itself
        return False
    return letter.first_contact or letter.kind is NoticeKind.HEARING_SET
