"""Every answer, whole and in the language that its reader is known to read; and how a follower is told just enough."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from domain.delivery import Address, ChannelName
from domain.letter import CourtFace, HearingFacts
from domain.notice import NoticeKind
from domain.roles import Role
from domain.sms import plain_for_sms
from handlers.incoming import World
from locales.reader import LANGUAGES, Reader, reader, strict
from locales.texts import carrier, conversation, enrolment, hearings, languages, service
from storage.schema import hearing_party, participation, person_endpoint
from tests.fixtures.conversation import Phone, ask_attendance, attendance, play
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party

NUMBER, UNKNOWN = "3EX-26-00042CR", "3EX-26-99999CR"
RINA = "+19075550105"
FACTS = HearingFacts(case_number=NUMBER, starts_at=COMING.starts_at, courtroom=COMING.courtroom)

Say = Callable[[Reader, CourtFace], str]


@pytest.fixture
def line(connection: Connection) -> Connection:
    """One engine is enough: what is said is not the database's."""
    return connection


def known_reader(line: Connection, scene: Scene, language: str, role: Role = Role.DEFENDANT) -> Phone:
    """A party of whom the court has the language, who was asked whether they come."""
    spec = PartySpec(name="Rina", language=language, role=role, address=Address(ChannelName.SMS, RINA))
    rina = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, spec)
    ask_attendance(line, replace(scene, parties=(rina,)))
    return Phone(line, scene.courts, number=RINA)


ANSWERS: dict[str, Say] = {
    "1": lambda who, court: conversation.confirmed(who, court=court, hearings=[FACTS], now=NOW),
    "2": lambda who, court: conversation.cannot_come(who, court=court, hearings=[FACTS], now=NOW),
    "3": lambda who, court: conversation.question_noted(who, court=court),
    "9": lambda who, court: conversation.not_an_option(who, court=court, highest=3),
    "HELP": lambda who, court: carrier.help_text(who, court=court, example=NUMBER),
    "STOP": lambda who, court: carrier.stopped_all(who, court=court),
    "START": lambda who, court: carrier.started(who, court=court, cases=1),
    "WRONG": lambda who, court: conversation.wrong_number(who, court=court),
    "lang": lambda who, court: languages.menu(who, court=court, languages=("en", "es", "ru", "ar")),
    UNKNOWN: lambda who, court: hearings.unknown(who, court=court, number="3EX2699999CR", days=16),
    "Please call me about my case.": lambda who, court: conversation.question_passed_on(who, court=court),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("written", ANSWERS)
def test_an_answer_is_said_whole_in_the_language_of_who_gets_it(
    line: Connection, scene: Scene, written: str, language: str
) -> None:
    phone = known_reader(line, scene, language)
    court = World(courts=scene.courts).face_of(scene.court_id)

    said = phone.text(written)

    assert said == [plain_for_sms(ANSWERS[written](strict(reader(language)), court))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_is_answered_in_the_language_of_who_sent_it(line: Connection, scene: Scene, language: str) -> None:
    phone = known_reader(line, scene, language)
    court = World(courts=scene.courts).face_of(scene.court_id)

    said = phone.text("", NumMedia="1")

    assert said == [plain_for_sms(service.only_words(strict(reader(language)), court=court))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.VICTIM, Role.WITNESS])
def test_who_needs_discretion_is_never_named_the_case_in_any_language(
    line: Connection, scene: Scene, role: Role, language: str
) -> None:
    phone = known_reader(line, scene, language, role)

    said = [*phone.text("2"), *phone.text("HELP"), *phone.text("STOP"), *phone.text("START")]

    court = World(courts=scene.courts).face_of(scene.court_id)
    discreet = conversation.discreet_cannot_come(strict(reader(language)), court=court, hearings=[FACTS], now=NOW)
    assert said[0] == plain_for_sms(discreet)
    assert not any("00042" in one for one in (said[0], *said[2:])), "the example in HELP is the court's own"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_offer_of_reminders_and_its_yes_are_in_one_language(line: Connection, scene: Scene, language: str) -> None:
    stranger = Phone(line, scene.courts)
    stranger.text(f"lang {language}")
    court = World(courts=scene.courts).face_of(scene.court_id)
    who = strict(reader(language))

    [answer] = stranger.text(NUMBER)
    [done] = stranger.text("1")

    assert answer.endswith(plain_for_sms(enrolment.offer_reminders(who)))
    assert done == plain_for_sms(enrolment.subscribed(who, court=court, case_number=NUMBER))


# --- who follows, and what they were told already -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "told_anew"), [(0, 0), (1, 0), (2, 3)], ids=["one hearing", "two, both listed", "three, not all listed"]
)
def test_what_the_answer_has_told_is_not_told_again_and_what_it_may_have_left_out_is(
    line: Connection, scene: Scene, stranger: Phone, more: int, told_anew: int
) -> None:
    for day in range(1, more + 1):
        later = COMING.starts_at + timedelta(days=day)
        add_hearing(line, scene.court_id, scene.case_id, type(COMING)(starts_at=later, courtroom="Courtroom 9"))

    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind")])

    assert stranger.waiting().count(NoticeKind.HEARING_SET) == told_anew
    assert NoticeKind.REMINDER in stranger.waiting()


def test_a_party_who_takes_the_offer_up_gets_no_second_part_in_the_case(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    play(defendant, [("STOP 1", "are stopped"), (NUMBER, "Reply 1"), ("1", "We will remind")])

    assert list(line.execute(select(participation.c.role)).scalars()) == [Role.DEFENDANT]
    assert attendance(line, scene) == [(None, None)]


def test_who_follows_two_cases_is_one_person_with_a_part_in_each(
    line: Connection, scene: Scene, stranger: Phone
) -> None:
    other = add_case(line, scene.court_id, "3EX-26-00043CR")
    add_hearing(line, scene.court_id, other, COMING)

    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind"), ("3EX-26-00043CR", "Reply 1"), ("1", "We will")])

    roles = select(participation.c.case_id, participation.c.role).where(participation.c.role == Role.FOLLOWER)
    assert {row.case_id for row in line.execute(roles)} == {scene.case_id, other}
    at = select(person_endpoint.c.person_id).where(person_endpoint.c.endpoint_id == stranger.endpoint_id)
    assert len(line.execute(at).all()) == 1


def test_a_follower_is_no_party_who_could_miss_it(line: Connection, scene: Scene, stranger: Phone) -> None:
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind")])

    asked = select(participation.c.role, hearing_party.c.answer).join(hearing_party)
    assert {tuple(one) for one in line.execute(asked)} == {(Role.DEFENDANT, None), (Role.FOLLOWER, None)}
    stranger.text("yes")
    assert stranger.taken == "repeated", "nothing was asked of them"
