"""Case numbers by text: what is answered, and what is never told apart."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.court_files import example_court
from domain.hearing import Confidentiality
from domain.notice import NoticeKind
from domain.roles import Role
from domain.sms import measure
from handlers import hearings as calendar
from handlers.talk import MOST_SEGMENTS
from storage.schema import case, hearing, participation, person, question, watch
from tests.fixtures.conversation import Phone, feed_seen, kinds, play
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party, apply_courts

NUMBER = "3EX-26-00042CR"


@pytest.mark.parametrize(
    "written",
    [
        "3EX-26-00042CR",
        "3ex2600042cr",
        " 3EX 26 00042 CR ",
        "my case is 3EX-26-00042CR pls",
        "3ЕХ-26-00042СR",  # noqa: RUF001 - Cyrillic letters that look Latin
        "When do I go? (3EX-26-00042CR)",
        "Buenos días, mi caso es el 3EX-26-00042CR, gracias",
        "дело 3EX-26-00042CR",
        "قضية 3EX-26-00042CR",
    ],
)
def test_a_number_is_understood_however_it_is_typed(stranger: Phone, written: str) -> None:
    [said] = stranger.text(written)

    assert NUMBER in said
    assert stranger.taken == "found"


def test_a_public_case_is_answered_with_date_time_and_place_and_no_name(stranger: Phone, line: Connection) -> None:
    feed_seen(line, NOW - timedelta(hours=3))

    [said] = stranger.text(NUMBER)

    assert "Thursday, June 11" in said
    assert "Courtroom 204" in said
    assert "Monday, June 1, 7:00" in said, "how fresh the calendar is"
    assert "Ada" not in said
    assert "Reply 1" in said, "the offer of reminders"


@pytest.mark.parametrize("language", ["en", "es", "ar", "ru"])
@pytest.mark.parametrize("hidden", [Confidentiality.RESTRICTED, Confidentiality.JUVENILE, Confidentiality.SEALED])
def test_a_hidden_case_answers_word_for_word_like_an_unknown_one(
    line: Connection, scene: Scene, hidden: Confidentiality, language: str
) -> None:
    secret = add_case(line, scene.court_id, "3EX-26-00777CR", confidentiality=hidden)
    add_hearing(line, scene.court_id, secret)
    one = Phone(line, scene.courts, number="+19075550111")
    two = Phone(line, scene.courts, number="+19075550112")
    for phone in (one, two):
        phone.text(f"LANG {language}")

    script = ["1", "1", "yes", "3EX-26-00777CR"]
    to_hidden = [one.text("3EX-26-00777CR"), *(one.text(line) for line in script)]
    line.execute(update(case).where(case.c.id == secret).values(folded="3EX2600888CR"))
    to_unknown = [two.text("3EX-26-00777CR"), *(two.text(line) for line in script)]

    assert to_hidden == to_unknown
    assert to_hidden[0][0]


@pytest.mark.parametrize("role", [Role.DEFENDANT, Role.RESPONDENT])
def test_a_case_about_a_minor_and_one_with_nothing_coming_answer_like_an_unknown_one(
    line: Connection, scene: Scene, role: Role
) -> None:
    young = add_case(line, scene.court_id, "3EX-26-00701CR")
    soon = add_hearing(line, scene.court_id, young)
    party = add_party(line, scene.courts, young, soon, scene.court_id, PartySpec(address=None, role=role))
    line.execute(update(person).where(person.c.id == party.person_id).values(is_minor=True))
    add_case(line, scene.court_id, "3EX-26-00702CR")

    answers = []
    for place, number in enumerate(("3EX-26-00701CR", "3EX-26-00702CR", "3EX-26-00703CR")):
        phone = Phone(line, scene.courts, number=f"+190755501{20 + place}")
        [said] = phone.text(number)
        answers.append(said.replace(number.replace("-", ""), "N"))
        assert phone.taken == "missed"

    assert len(set(answers)) == 1


def test_hidden_and_unknown_numbers_leave_rows_of_the_same_shape(line: Connection, scene: Scene) -> None:
    add_case(line, scene.court_id, "3EX-26-00777CR", confidentiality=Confidentiality.SEALED)
    shapes = []
    for number, sender in (("3EX-26-00777CR", "+19075550113"), ("3EX-26-00888CR", "+19075550114")):
        phone = Phone(line, scene.courts, number=sender)
        phone.text(number)
        phone.text("1")
        asked = line.execute(select(question).where(question.c.endpoint_id == phone.endpoint_id)).one()
        kept = line.execute(select(watch).where(watch.c.endpoint_id == phone.endpoint_id)).one()
        shapes.append((asked.kind, asked.case_id, asked.court_id, asked.state, kept.court_id, kept.state))

    assert shapes[0] == shapes[1]


def test_the_same_number_in_two_courts_is_asked_about_and_then_answered(line: Connection) -> None:
    courts = apply_courts(line, {"north": _court("North"), "south": _court("South")})
    for key in ("north", "south"):
        court_id = courts.ids[key]
        add_hearing(line, court_id, add_case(line, court_id, NUMBER))
    phone = Phone(line, courts)

    [asked] = phone.text(NUMBER)
    assert "1 North District Court\n2 South District Court" in asked
    [said] = phone.text("2")

    assert said.startswith("South Court")
    play(phone, [("1", "South Court: We will remind you")])


def test_a_hidden_case_in_another_court_is_not_given_away_by_a_question(line: Connection) -> None:
    courts = apply_courts(line, {"north": _court("North"), "south": _court("South")})
    north, south = courts.ids["north"], courts.ids["south"]
    add_hearing(line, north, add_case(line, north, NUMBER))
    add_hearing(line, south, add_case(line, south, NUMBER, confidentiality=Confidentiality.SEALED))

    [said] = Phone(line, courts).text(NUMBER)

    assert said.startswith("North Court")


def test_five_guesses_in_vain_slow_an_endpoint_down_and_fifteen_stop_it(line: Connection, scene: Scene) -> None:
    phone = Phone(line, scene.courts, pause=timedelta(minutes=3))
    for guess in range(5):
        assert phone.text(f"3EX-26-1{guess:04d}CR")
    [slowed] = phone.text("3EX-26-19999CR")
    assert "many numbers" in slowed
    assert phone.text(NUMBER) == [], "not even a number that is there"
    phone.wait(timedelta(minutes=10))
    assert NUMBER in phone.text(NUMBER)[0], "one answer in ten minutes"

    for guess in range(10):
        phone.wait(timedelta(hours=1))
        assert phone.text(f"3EX-26-2{guess:04d}CR")
    phone.wait(timedelta(hours=1))
    [stopped] = phone.text(NUMBER)

    assert "cannot look up more" in stopped
    assert phone.text(NUMBER) == []
    assert kinds(line) == ["guessing"]
    phone.wait(timedelta(days=1))
    assert phone.text(NUMBER), "another day is another day"


def test_who_guessed_too_much_can_still_answer_what_we_ask(line: Connection, scene: Scene) -> None:
    phone = Phone(line, scene.courts, pause=timedelta(minutes=3))
    [_] = phone.text(NUMBER)
    [_] = phone.text("1")
    for guess in range(7):
        phone.text(f"3EX-26-1{guess:04d}CR")

    assert "stopped" in phone.text("STOP")[0]


def test_a_later_number_takes_the_place_of_an_offer_that_was_not_taken_up(stranger: Phone) -> None:
    stranger.text("3EX-26-99999CR")
    stranger.text(NUMBER)

    play(stranger, [("1", f"We will remind you of hearings in case {NUMBER}")])


def test_who_gets_reminders_already_is_told_so_and_how_to_leave(defendant: Phone) -> None:
    [said] = defendant.text(NUMBER)

    assert "You already get reminders" in said
    assert "STOP" in said


def test_a_hearing_that_is_off_or_past_is_not_listed(line: Connection, scene: Scene, stranger: Phone) -> None:
    line.execute(update(hearing).values(starts_at=NOW - timedelta(days=1)))

    stranger.text(NUMBER)

    assert stranger.taken == "missed"


@pytest.mark.parametrize("language", ["en", "es", "ar", "ru"])
def test_many_hearings_fit_into_the_segments_of_a_text_and_the_next_one_is_always_there(
    line: Connection, scene: Scene, stranger: Phone, language: str
) -> None:
    for _ in range(12):
        add_hearing(line, scene.court_id, scene.case_id)
    stranger.text(f"LANG {language}")

    [said] = stranger.text(NUMBER)

    assert measure(said).count <= MOST_SEGMENTS
    assert 1 <= said.count("204") <= 6


def test_subscribing_makes_reminders_wait_and_names_nobody(line: Connection, scene: Scene, stranger: Phone) -> None:
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind you")])

    assert set(stranger.waiting()) == {NoticeKind.REMINDER}, "what the answer told is not told again at once"
    roles = line.execute(select(participation.c.role).where(participation.c.case_id == scene.case_id)).scalars()
    assert sorted(roles) == [Role.DEFENDANT, Role.FOLLOWER]
    play(stranger, [(NUMBER, "You already get reminders")])


def test_a_hearing_that_moved_between_offer_and_yes_is_told_anew(
    line: Connection, scene: Scene, stranger: Phone
) -> None:
    stranger.text(NUMBER)
    later = COMING.starts_at + timedelta(days=1)
    calendar.move(line, scene.hearing_id, later, staff="clerk", courts=scene.courts, now=stranger.now)
    stranger.wait(timedelta(minutes=1))

    stranger.text("1")

    assert NoticeKind.HEARING_SET in stranger.waiting()


def test_a_change_after_subscribing_names_what_the_answer_had_told(
    line: Connection, scene: Scene, stranger: Phone
) -> None:
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind you")])
    later = COMING.starts_at + timedelta(days=1)

    calendar.move(line, scene.hearing_id, later, staff="clerk", courts=scene.courts, now=stranger.now)

    assert NoticeKind.CHANGE in stranger.waiting()


def test_a_party_that_takes_up_the_offer_stays_a_party(line: Connection, scene: Scene) -> None:
    witness = add_party(
        line,
        scene.courts,
        scene.case_id,
        scene.hearing_id,
        scene.court_id,
        PartySpec(role=Role.WITNESS, consent=None, name="Bo"),
    )
    line.execute(participation.delete().where(participation.c.id == -1))
    phone = Phone(line, scene.courts, number="+19075550100")

    phone.text(NUMBER)

    roles = line.execute(select(participation.c.role).where(participation.c.case_id == scene.case_id)).scalars()
    assert sorted(roles) == [Role.DEFENDANT, Role.WITNESS]
    assert witness.endpoint_id == phone.endpoint_id


def test_a_case_that_was_hidden_between_offer_and_yes_is_not_told(
    line: Connection, scene: Scene, stranger: Phone
) -> None:
    stranger.text(NUMBER)
    line.execute(update(case).values(confidentiality=Confidentiality.SEALED))

    [said] = stranger.text("1")

    assert NUMBER not in said
    assert stranger.waiting() == []


def _court(name: str) -> str:
    text = example_court().replace("Example District Court", f"{name} District Court")
    return text.replace('short_name = "Example Court"', f'short_name = "{name} Court"')
