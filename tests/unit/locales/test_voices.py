"""Who is spoken to how: each role by one of five voices, in every letter and language, and nothing of another's."""

from collections.abc import Callable

import pytest

from domain.hearing import ChangeKind
from domain.letter import Letter
from domain.notice import NoticeKind, Purpose
from domain.roles import Role
from locales.errors import UnspeakableError
from locales.letters import compose
from locales.reader import LANGUAGES, reader, strict
from locales.texts import recovery, reminders
from locales.voices import Voice, only_hearing, voice_of
from tests.unit.locales.samples import CASE, COURT, EVE, HEARING, OTHER_CASE, ROOM_4B, VIDEO, change, letter

SPOKEN_TO = {
    Role.DEFENDANT: Voice.ACCUSED,
    Role.RESPONDENT: Voice.PARTY,
    Role.PETITIONER: Voice.PARTY,
    Role.WITNESS: Voice.WITNESS,
    Role.VICTIM: Voice.VICTIM,
    Role.ATTORNEY: Voice.FOLLOWER,
    Role.GUARDIAN: Voice.FOLLOWER,
    Role.OFFICER: Voice.FOLLOWER,
    Role.FOLLOWER: Voice.FOLLOWER,
}
SPEAKER = {Voice.ACCUSED: Role.DEFENDANT, Voice.PARTY: Role.RESPONDENT, Voice.FOLLOWER: Role.FOLLOWER}

LETTERS: dict[str, Callable[[Role], Letter]] = {
    "set": lambda role: letter(NoticeKind.HEARING_SET, role),
    "set, the first text": lambda role: letter(NoticeKind.HEARING_SET, role, first_contact=True),
    "set, two": lambda role: letter(NoticeKind.HEARING_SET, role, hearings=(HEARING, OTHER_CASE)),
    "set, by video": lambda role: letter(NoticeKind.HEARING_SET, role, hearings=(VIDEO,)),
    "short notice": lambda role: letter(NoticeKind.SHORT_NOTICE, role),
    "moved": lambda role: change(ROOM_4B, ChangeKind.LATER, role=role),
    "called off": lambda role: letter(NoticeKind.CANCELLATION, role, hearings=(), before=HEARING),
    "corrected": lambda role: letter(NoticeKind.CORRECTION, role, hearings=(ROOM_4B,), before=HEARING),
} | {
    f"reminder: {purpose.value}": lambda role, purpose=purpose: letter(NoticeKind.REMINDER, role, purpose=purpose)
    for purpose in Purpose
}


def said(made: Letter, language: str) -> str:
    """What such a letter says, as it would leave."""
    return compose(made, reader(language), now=EVE)


def test_every_role_has_a_voice() -> None:
    assert {role: voice_of(role) for role in Role} == SPOKEN_TO


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", LETTERS)
@pytest.mark.parametrize(
    "role", [Role.PETITIONER, Role.ATTORNEY, Role.GUARDIAN, Role.OFFICER], ids=lambda role: role.value
)
def test_roles_of_one_voice_are_told_the_very_same(role: Role, what: str, language: str) -> None:
    alike = SPEAKER[voice_of(role)]

    assert said(LETTERS[what](role), language) == said(LETTERS[what](alike), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", LETTERS)
def test_a_discreet_letter_names_no_case_and_every_other_one_does(what: str, language: str) -> None:
    for role in Role:
        names_it = CASE in said(LETTERS[what](role), language)
        assert names_it is not voice_of(role).is_discreet, role


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", LETTERS)
def test_a_warrant_is_a_word_for_the_accused_alone(what: str, language: str) -> None:
    warrant = reminders.warrant(strict(reader(language)))

    heard = {voice_of(role) for role in Role if warrant in said(LETTERS[what](role), language)}

    assert heard <= {Voice.ACCUSED}
    assert bool(heard) is (what in {"short notice", "reminder: consequence"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", LETTERS)
def test_a_victim_is_told_where_to_find_support_and_never_to_come(what: str, language: str) -> None:
    who = strict(reader(language))
    text = said(LETTERS[what](Role.VICTIM), language)
    orders = (
        reminders.plan_now(who),
        reminders.bring(who),
        reminders.bring_identity(who),
        reminders.warrant(who),
        reminders.decided_without_you(who),
        reminders.leave_early(who, phone=COURT.phone),
    )

    assert not any(order in text for order in orders)
    assert COURT.phone in text or what == "set, the first text"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_miss_is_put_right_by_who_was_expected_and_told_to_nobody_else(role: Role, language: str) -> None:
    made = letter(NoticeKind.RECOVERY, role)
    if voice_of(role) is Voice.FOLLOWER:
        with pytest.raises(UnspeakableError):
            said(made, language)
        return

    text = said(made, language)

    asks = recovery.ask_for_new_date(strict(reader(language)), phone=COURT.phone)
    assert (asks in text) is not voice_of(role).is_discreet
    assert COURT.phone in text


@pytest.mark.parametrize("hearings", [(), (HEARING, OTHER_CASE)], ids=["none", "two"])
def test_a_letter_about_one_hearing_is_never_about_none_or_two(hearings: tuple[object, ...]) -> None:
    with pytest.raises(UnspeakableError, match=f"needs exactly one hearing, not {len(hearings)}"):
        only_hearing(letter(NoticeKind.RECOVERY, hearings=hearings))
