"""Invented letters and replies of every kind, and the golden modules that hold them in each language.

`python -m tests.unit.locales.samples` writes the golden modules anew; read their diff as the people who get the texts.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.hearing import ChangeKind, Mode
from domain.letter import CourtFace, HearingFacts, Letter
from domain.notice import NoticeKind, Purpose
from domain.roles import Role
from locales.letters import compose
from locales.reader import LANGUAGES, Reader, reader
from locales.texts import carrier, conversation, enrolment, hearings, languages, service

ALASKA = ZoneInfo("America/Anchorage")
NOW = datetime(2026, 9, 23, 18, 0, tzinfo=UTC)  # Wednesday, 10:00 in Alaska
EVE = datetime(2026, 9, 29, 18, 0, tzinfo=UTC)  # the day before most of the hearings
STARTS = datetime(2026, 9, 30, 18, 0, tzinfo=UTC)  # Wednesday, 10:00 in Alaska

COURT = CourtFace(
    name="Riverbend Trial Court",
    short_name="Riverbend Court",
    address="120 Harbor Street, Riverbend",
    phone="907-555-0100",
    zone=ALASKA,
)
HEARING = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, courtroom="Courtroom D, Riverbend Courthouse")
ROOM_4B = HearingFacts(case_number="3RB-26-00142CR", starts_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC), courtroom="4B")
OTHER_CASE = HearingFacts(case_number="3RB-26-00177MO", starts_at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
VIDEO = HearingFacts(
    case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.VIDEO, join_url="https://video.example.gov/r/77"
)
VIDEO_NO_LINK = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.VIDEO)
PHONE = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.PHONE, join_url="907-555-0142")


def letter(kind: NoticeKind, role: Role = Role.DEFENDANT, **facts: object) -> Letter:
    """Make a letter about HEARING, unless told otherwise."""
    given: dict[str, object] = {"court": COURT, "hearings": (HEARING,), **facts}
    return Letter(kind=kind, role=role, **given)  # type: ignore[arg-type]  # a builder of test data takes what it sets


def change(
    new: HearingFacts, *kinds: ChangeKind, before: HearingFacts = HEARING, role: Role = Role.DEFENDANT
) -> Letter:
    """Make a change letter from `before` to `new`."""
    return letter(NoticeKind.CHANGE, role, hearings=(new,), before=before, changed=frozenset(kinds))


def _by_role(role: Role) -> dict[str, Letter]:
    first = {"set": letter(NoticeKind.HEARING_SET, role, first_contact=True)}
    reminders = {
        purpose.value: letter(NoticeKind.REMINDER, role, purpose=purpose, asks_attendance=purpose is Purpose.LOGISTICS)
        for purpose in (Purpose.CONSEQUENCE, Purpose.PLAN, Purpose.LOGISTICS, Purpose.TODAY)
    }
    rest = {
        "short notice": letter(NoticeKind.SHORT_NOTICE, role),
        "later, other room": change(ROOM_4B, ChangeKind.LATER, ChangeKind.ROOM, role=role),
        "cancelled": letter(NoticeKind.CANCELLATION, role, hearings=(), before=HEARING),
        "corrected": letter(NoticeKind.CORRECTION, role, hearings=(ROOM_4B,), before=HEARING),
        "corrected to off": letter(NoticeKind.CORRECTION, role, hearings=(), before=HEARING),
    }
    missed = {} if role is Role.FOLLOWER else {"missed": letter(NoticeKind.RECOVERY, role)}
    return {f"{role} - {name}": made for name, made in {**first, **reminders, **rest, **missed}.items()}


VOICES = (Role.DEFENDANT, Role.RESPONDENT, Role.WITNESS, Role.VICTIM, Role.FOLLOWER)
LETTERS: dict[str, Letter] = {
    **{name: made for role in VOICES for name, made in _by_role(role).items()},
    "two on a day": letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS, hearings=(ROOM_4B, OTHER_CASE)),
    "two on a day, witness": letter(
        NoticeKind.REMINDER, Role.WITNESS, purpose=Purpose.PLAN, hearings=(HEARING, OTHER_CASE)
    ),
    "two on a day, follower": letter(NoticeKind.HEARING_SET, Role.FOLLOWER, hearings=(VIDEO, OTHER_CASE)),
    "by video": letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS, hearings=(VIDEO,)),
    "by video, no link": letter(NoticeKind.REMINDER, purpose=Purpose.PLAN, hearings=(VIDEO_NO_LINK,)),
    "by phone": letter(NoticeKind.REMINDER, purpose=Purpose.TODAY, hearings=(PHONE,)),
    "moved earlier": change(HEARING, ChangeKind.EARLIER, before=ROOM_4B),
    "other room": change(
        ROOM_4B,
        ChangeKind.ROOM,
        before=HearingFacts(case_number="3RB-26-00142CR", starts_at=ROOM_4B.starts_at, courtroom="2A"),
    ),
    "now by video": change(VIDEO, ChangeKind.MODE),
    "now in person": change(HEARING, ChangeKind.MODE, before=PHONE),
    "new link": change(VIDEO, ChangeKind.MODE, before=VIDEO_NO_LINK),
    "on again, later": change(ROOM_4B, ChangeKind.REINSTATED, ChangeKind.LATER),
    "invited": letter(NoticeKind.INVITATION, hearings=()),
    "watch found": letter(NoticeKind.WATCH_FOUND, Role.FOLLOWER, subject_number="3RB-26-00142CR"),
    "watch ended": letter(NoticeKind.WATCH_ENDED, Role.FOLLOWER, hearings=(), subject_number="3RB-26-00142CR"),
}


Say = Callable[[Reader], str]
CASE, EXAMPLE = "3RB-26-00142CR", "3RB-26-00100CR"
IMPORTED = datetime(2026, 9, 23, 13, 0, tzinfo=UTC)

REPLIES: dict[str, Say] = {
    "answer": partial(
        hearings.answer, court=COURT, case_number=CASE, hearings=(HEARING, ROOM_4B), as_of=IMPORTED, now=NOW
    ),
    "unknown": partial(hearings.unknown, court=COURT, number=CASE, days=16),
    "offer": enrolment.offer_reminders,
    "subscribed": partial(enrolment.subscribed, court=COURT, case_number=CASE),
    "already": partial(enrolment.already_subscribed, court=COURT, case_number=CASE),
    "watch kept": partial(enrolment.watch_kept, court=COURT, number=CASE, days=16),
    "opt-in question": partial(enrolment.opt_in_question, court=COURT),
    "opted in": partial(enrolment.opted_in, court=COURT),
    "link done": partial(enrolment.link_done, court=COURT),
    "link expired": partial(enrolment.link_expired, court=COURT),
    "welcome": partial(enrolment.welcome, court=COURT, example=EXAMPLE),
    "which court": partial(conversation.which_court, number=CASE, courts=("Riverbend Court", "Harbor Court")),
    "which hearing": partial(conversation.which_hearing, court=COURT, hearings=(HEARING, OTHER_CASE), now=NOW),
    "which question": partial(conversation.which_question, court=COURT, options=("first", "second")),
    "about attendance": partial(conversation.about_attendance, court=COURT, hearing=HEARING, now=NOW),
    "about reminders": partial(conversation.about_reminders, case_number=CASE),
    "about watch": partial(conversation.about_watch, number=CASE),
    "about texts": conversation.about_texts,
    "about edit": conversation.about_edit,
    "confirmed": partial(conversation.confirmed, court=COURT, hearings=[HEARING], now=EVE),
    "confirmed twice": partial(conversation.confirmed, court=COURT, hearings=[ROOM_4B, OTHER_CASE], now=EVE),
    "cannot come": partial(conversation.cannot_come, court=COURT, hearings=[HEARING], now=EVE),
    "discreet cannot come": partial(conversation.discreet_cannot_come, court=COURT, hearings=[HEARING], now=EVE),
    "question noted": partial(conversation.question_noted, court=COURT),
    "question passed on": partial(conversation.question_passed_on, court=COURT),
    "already answered": partial(conversation.already_answered, court=COURT),
    "expired": partial(conversation.question_expired, court=COURT),
    "superseded": partial(conversation.question_superseded, court=COURT, old=HEARING, new=ROOM_4B, now=NOW),
    "superseded, off": partial(conversation.question_superseded, court=COURT, old=HEARING, new=None, now=NOW),
    "not an option": partial(conversation.not_an_option, court=COURT, highest=3),
    "not understood": partial(conversation.not_understood, court=COURT, example=EXAMPLE),
    "slow down": partial(conversation.slow_down, court=COURT),
    "no more guesses": partial(conversation.no_more_guesses, court=COURT),
    "wrong number": partial(conversation.wrong_number, court=COURT),
    "edited": partial(conversation.confirm_edit, court=COURT, text="2"),
    "thanks": conversation.thanks,
    "stopped": partial(carrier.stopped_all, court=COURT),
    "stopped one": partial(carrier.stopped_one, court=COURT, case_number=CASE, remaining=("A-1", "A-2")),
    "stopped the last": partial(carrier.stopped_one, court=COURT, case_number=CASE, remaining=()),
    "which to stop": partial(carrier.which_to_stop, court=COURT, cases=(CASE, "A-2")),
    "no such case": partial(carrier.no_such_case_to_stop, court=COURT),
    "started": partial(carrier.started, court=COURT, cases=2),
    "started, nothing": partial(carrier.started, court=COURT, cases=0),
    "help": partial(carrier.help_text, court=COURT, example=EXAMPLE),
    "menu": partial(languages.menu, court=COURT, languages=("en", "es", "ar", "ru")),
    "changed": partial(languages.changed, court=COURT),
    "unavailable": partial(languages.unavailable, court=COURT),
    "trouble": partial(service.trouble, court=COURT),
    "only words": partial(service.only_words, court=COURT),
    "too long": partial(service.too_long, court=COURT),
    "only in private": partial(service.only_in_private, court=COURT),
}


_SHOWN = {0x2066: "<", 0x2068: "[", 0x2069: ">"}


def letters_in(language: str) -> dict[str, str]:
    """Say every letter as it reads the week before; isolates are shown as brackets."""
    return {name: _shown(compose(made, reader(language), now=NOW)) for name, made in LETTERS.items()}


def replies_in(language: str) -> dict[str, str]:
    """Say every reply; isolates are shown as brackets."""
    return {name: _shown(reply(reader(language))) for name, reply in REPLIES.items()}


def golden_page(language: str) -> str:
    """Write the golden module of a language."""
    return (
        f'"""What people read in {language}, word for word; `python -m tests.unit.locales.samples` writes it."""\n\n'
        f"# ruff: noqa: {'E501, RUF001' if language == 'ru' else 'E501'} - the texts stand as they are sent\n\n"
        f"{_table('LETTERS', letters_in(language))}\n{_table('REPLIES', replies_in(language))}"
    )


def _table(name: str, texts: dict[str, str]) -> str:
    rows = "".join(f'    "{key}": """{text}""",\n' for key, text in texts.items())
    return f"{name} = {{\n{rows}}}\n"


def _shown(text: str) -> str:
    return "\n" + text.translate(_SHOWN) + "\n"


if __name__ == "__main__":
    for tag in LANGUAGES:
        Path(__file__).with_name(f"golden_{tag}.py").write_text(golden_page(tag), encoding="utf-8")
