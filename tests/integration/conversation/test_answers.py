"""Answers bind to what was asked: at that revision, from that sender, once, and never by a guess."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.court_files import example_court
from domain.delivery import ChannelName
from domain.roles import Role
from handlers import hearings as calendar
from storage import endpoints
from storage.schema import hearing_party, participation
from tests.fixtures.conversation import Phone, ask_attendance, attendance, kinds, play, tasks
from tests.fixtures.facts import (
    COMING,
    NOW,
    PartySpec,
    Scene,
    add_case,
    add_hearing,
    add_party,
    add_scene,
    apply_courts,
)
from tests.fixtures.outbox import Street, put

NUMBER = "3EX-26-00042CR"


@pytest.mark.parametrize(
    ("written", "recorded", "said", "desk"),
    [
        ("1", "coming", "We noted that you will come", []),
        ("yes", "coming", "We noted that you will come", []),
        ("Yes.", "coming", "We noted that you will come", []),
        ("👍", "coming", "We noted that you will come", []),
        ("sí", "coming", "We noted that you will come", []),
        ("نعم", "coming", "We noted that you will come", []),
        ("да", "coming", "We noted that you will come", []),
        ("так", "coming", "We noted that you will come", []),
        ("oui", "coming", "We noted that you will come", []),
        ("2", "cannot", "does NOT change your court date", ["cannot_come"]),
        ("no", "cannot", "does NOT change your court date", ["cannot_come"]),
        ("3", "question", "Write your question", ["question"]),
        ("3 where do I park?", "question", "will read your question", ["question"]),
        ("yes but I can't get a ride", "at_risk", "will read your question", ["question"]),
        ("sí pero no tengo carro", "at_risk", "will read your question", ["question"]),
    ],
)
def test_will_you_come_is_answered_recorded_and_acknowledged(
    line: Connection, scene: Scene, defendant: Phone, written: str, recorded: str, said: str, desk: list[str]
) -> None:
    endpoints.change(line, defendant.endpoint_id, language="en")  # whatever letters they write
    ask_attendance(line, scene)

    replies = defendant.text(written)

    assert len(replies) == 1
    assert said in replies[0]
    assert attendance(line, scene) == [(recorded, 1)]
    assert tasks(line) == [(kind, written) for kind in desk]


def test_a_victim_or_witness_who_cannot_come_is_not_ordered_to(line: Connection) -> None:
    scene = add_scene(line, PartySpec(role=Role.WITNESS), number=NUMBER)
    ask_attendance(line, scene)

    [said] = Phone(line, scene.courts, number="+19075550100").text("2")

    assert "does NOT change" not in said
    assert NUMBER not in said
    assert kinds(line) == ["cannot_come"]


def test_with_two_open_questions_a_bare_yes_is_asked_about_and_nothing_is_recorded(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    second = _second_hearing(line, scene)
    ask_attendance(line, scene)
    ask_attendance(line, second)

    [asked] = defendant.text("YES")

    assert "1 Thursday, June 11" in asked
    assert "2 Saturday, June 13" in asked
    assert attendance(line, scene) + attendance(line, second) == [(None, None), (None, None)]
    [said] = defendant.text("2")
    assert "June 13" in said
    assert attendance(line, scene) + attendance(line, second) == [(None, None), ("coming", 1)]


def test_two_yes_confirms_only_the_second(line: Connection, scene: Scene, defendant: Phone) -> None:
    second = _second_hearing(line, scene)
    ask_attendance(line, scene)
    ask_attendance(line, second)

    [said] = defendant.text("2 yes")

    assert "June 13" in said
    assert attendance(line, scene) + attendance(line, second) == [(None, None), ("coming", 1)]


def test_a_bare_digit_to_two_questions_leads_to_one_of_them_and_then_to_its_answer(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    second = _second_hearing(line, scene)
    ask_attendance(line, scene)
    ask_attendance(line, second)

    play(
        defendant,
        [
            ("2", "Which one do you answer?"),
            ("2", "Saturday, June 13"),  # put again, alone
            ("2", "you cannot come"),
        ],
    )

    assert attendance(line, scene) + attendance(line, second) == [(None, None), ("cannot", 1)]


def test_a_digit_that_is_no_option_is_told_the_range(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)

    play(defendant, [("7", "from 1 to 3"), ("1", "We noted")])


def test_an_answer_to_a_date_that_has_moved_names_the_new_one_and_asks_anew(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene)
    moved = COMING.starts_at + timedelta(days=4)
    calendar.move(line, scene.hearing_id, moved, staff="clerk", courts=scene.courts, now=defendant.now)

    [said] = defendant.text("1")

    assert "Thursday, June 11" in said
    assert "new date is Monday, June 15" in said
    assert attendance(line, scene) == [(None, None)]
    play(defendant, [("1", "June 15")])
    assert attendance(line, scene) == [("coming", 2)]


def test_an_answer_to_a_hearing_that_is_off_says_not_to_come(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)
    calendar.cancel(line, scene.hearing_id, staff="clerk", courts=scene.courts, now=defendant.now)

    [said] = defendant.text("yes")

    assert "canceled" in said
    assert "Do NOT come" in said
    assert attendance(line, scene) == [(None, None)]


def test_a_new_room_alone_lets_the_question_be_put_again(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)
    calendar.change_room(line, scene.hearing_id, "Courtroom 7", staff="c", courts=scene.courts, now=defendant.now)

    play(defendant, [("yes", "Will you come?"), ("yes", "We noted")])

    assert attendance(line, scene) == [("coming", 2)]


def test_an_answer_after_the_hearing_began_is_told_that_the_question_is_closed(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene)
    defendant.wait(timedelta(days=10, minutes=5))

    [said] = defendant.text("1")

    assert "is closed" in said
    assert attendance(line, scene) == [(None, None)]


def test_a_second_answer_does_not_change_the_first(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)

    play(defendant, [("1", "We noted"), ("2", "your first answer stands")])

    assert attendance(line, scene) == [("coming", 1)]


def test_an_answer_to_another_court_s_number_does_not_answer_this_one(line: Connection, scene: Scene) -> None:
    ask_attendance(line, scene)
    south = example_court().replace("Example District Court", "South Court")
    south += '\n[[sender]]\nchannel = "sms"\nsender = "+19075550199"\n'
    courts = apply_courts(line, {"example": example_court(), "south": south})
    elsewhere = Phone(line, courts, number="+19075550100", to="+19075550199")

    [said] = elsewhere.text("1")

    assert said.startswith("Example Court"), "the short name is the same in this file"
    assert elsewhere.taken == "taught"
    assert attendance(line, scene) == [(None, None)]
    play(Phone(line, courts, number="+19075550100", now=elsewhere.now), [("1", "We noted")])


@pytest.mark.parametrize(
    ("written", "recorded", "words", "desk"),
    [("yes", "coming", "We noted that you will come", []), ("2", "cannot", "cannot come", ["cannot_come"] * 2)],
)
def test_one_answer_is_for_every_hearing_that_the_text_told_of(
    line: Connection, scene: Scene, defendant: Phone, written: str, recorded: str, words: str, desk: list[str]
) -> None:
    second = _same_person(line, scene, timedelta(hours=4))
    _asked_in_one_text(line, scene, second)

    [said] = defendant.text(written)

    assert words in said
    assert said.index("10:00 a.m.") < said.index("2:00 p.m.")
    assert attendance(line, scene) + attendance(line, second) == [(recorded, 1), (recorded, 1)]
    assert kinds(line) == desk


def test_of_a_hearing_that_has_moved_since_nothing_is_recorded(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    second = _same_person(line, scene, timedelta(hours=4))
    _asked_in_one_text(line, scene, second)
    moved = COMING.starts_at + timedelta(days=4)
    calendar.move(line, second.hearing_id, moved, staff="clerk", courts=scene.courts, now=defendant.now)

    [said] = defendant.text("yes")

    assert "June 11, at 10:00 a.m." in said
    assert "June 15" not in said
    assert attendance(line, scene) + attendance(line, second) == [("coming", 1), (None, None)]


def test_a_hearing_told_in_another_text_or_to_another_person_is_left_out(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    other_text, other_person = _same_person(line, scene, timedelta(hours=4)), _second_hearing(line, scene)
    _asked_in_one_text(line, scene, other_person)
    put(line, Street(other_text, ChannelName.SMS), asks_attendance=True, delivery_id=8)

    defendant.text("yes")

    answers = [attendance(line, one) for one in (scene, other_text, other_person)]
    assert answers == [[("coming", 1)], [(None, None)], [(None, None)]]


def _same_person(line: Connection, scene: Scene, later: timedelta) -> Scene:
    """Give the very same person a second case with a hearing some time after the first."""
    number = "3EX-26-00044CR"
    case_id = add_case(line, scene.court_id, number)
    hearing_id = add_hearing(line, scene.court_id, case_id, replace(COMING, starts_at=COMING.starts_at + later))
    person_id = scene.parties[0].person_id
    part = {"case_id": case_id, "person_id": person_id, "role": Role.DEFENDANT, "created_at": NOW}
    [participation_id] = line.execute(participation.insert().values(part).returning(participation.c.id)).scalars()
    line.execute(hearing_party.insert().values(hearing_id=hearing_id, participation_id=participation_id, since=NOW))
    party = replace(scene.parties[0], participation_id=participation_id)
    return replace(scene, case_id=case_id, hearing_id=hearing_id, parties=(party,))


def _asked_in_one_text(line: Connection, *scenes: Scene) -> None:
    """Let one text have told of several hearings; as always it asks about the first of them."""
    for one in scenes:
        put(line, Street(one, ChannelName.SMS), asks_attendance=True, delivery_id=7)
    ask_attendance(line, scenes[0])


def _second_hearing(line: Connection, scene: Scene) -> Scene:
    """Give the same defendant a second case with a hearing two days after the first."""
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    later = replace(COMING, starts_at=COMING.starts_at + timedelta(days=2))
    hearing_id = add_hearing(line, scene.court_id, case_id, later)
    party = add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    return replace(scene, case_id=case_id, hearing_id=hearing_id, parties=(party,))
