"""The same conversation in a Telegram chat: deep links, commands, edits, blocks."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName
from domain.roles import Role
from scheduler.planner import replan
from storage import people, start_tokens
from storage.schema import endpoint, question, start_token
from tests.fixtures.conversation import Phone, ask_attendance, attendance, kinds, play
from tests.fixtures.facts import NOW, PartySpec, Scene, add_party

NUMBER = "3EX-26-00042CR"


@pytest.fixture
def chat(line: Connection, scene: Scene) -> Phone:
    """A chat that nobody knows."""
    return Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)


def test_a_deep_link_connects_the_chat_and_what_waits_moves_there(line: Connection, scene: Scene, chat: Phone) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    token = start_tokens.issue(line, scene.parties[0].person_id, now=NOW)

    play(chat, [(f"/start {token}", "This chat is connected")])

    sms = Phone(line, scene.courts, number="+19075550100")
    assert (sms.waiting(), bool(chat.waiting())) == ([], True)
    assert chat.taken == "linked"


def test_a_chat_that_is_connected_is_greeted_in_its_owner_s_language(
    line: Connection, scene: Scene, chat: Phone
) -> None:
    spec = PartySpec(name="Rina", language="ru", address=None, role=Role.WITNESS)
    rina = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, spec)

    said = chat.text(f"/start {start_tokens.issue(line, rina.person_id, now=NOW)}")

    assert "чат" in said[0].lower()


def test_a_token_works_once_and_a_second_chat_learns_nothing(line: Connection, scene: Scene, chat: Phone) -> None:
    token = start_tokens.issue(line, scene.parties[0].person_id, now=NOW)
    chat.text(f"/start {token}")
    other = Phone(line, scene.courts, number="7002", channel=ChannelName.TELEGRAM)

    used = other.text(f"/start {token}")
    never = other.text("/start neverissued")

    assert used == never
    assert "does not work" in used[0]
    assert people.at(line, other.endpoint_id) == []
    play(chat, [(f"/start {token}", "This chat is connected")])  # pressing the link twice frightens nobody


def test_a_token_expires(line: Connection, scene: Scene, chat: Phone) -> None:
    token = start_tokens.issue(line, scene.parties[0].person_id, now=NOW, lasts=timedelta(hours=1))
    chat.wait(timedelta(hours=1))

    play(chat, [(f"/start {token}", "does not work")])


def test_tokens_are_kept_as_digests_and_the_court_s_own_is_taken_again_and_again(
    line: Connection, scene: Scene
) -> None:
    person_id = scene.parties[0].person_id

    assert start_tokens.issue(line, person_id, now=NOW, token="printed-42") == "printed-42"
    assert start_tokens.redeem(line, "printed-42", now=NOW) == person_id
    start_tokens.issue(line, person_id, now=NOW, token="printed-42")

    assert start_tokens.redeem(line, "printed-42", now=NOW) is None, "issuing it again does not renew it"
    [row] = line.execute(select(start_token)).all()
    assert b"printed-42" not in bytes(row.digest)


def test_a_link_to_the_other_side_of_a_case_is_refused_and_given_to_the_desk(
    line: Connection, scene: Scene, chat: Phone
) -> None:
    spec = PartySpec(role=Role.VICTIM, address=None, name="Vera")
    victim = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, spec)
    chat.text(f"/start {start_tokens.issue(line, scene.parties[0].person_id, now=NOW)}")

    play(chat, [(f"/start {start_tokens.issue(line, victim.person_id, now=NOW)}", "does not work")])

    assert kinds(line) == ["two_hats"]
    assert victim.person_id not in people.at(line, chat.endpoint_id)


def test_a_chat_that_shows_its_owner_s_number_is_connected_to_who_is_texted_there(
    line: Connection, scene: Scene, chat: Phone
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)

    [said] = chat.share("19075550100", owner=7001)

    assert "This chat is connected" in said
    assert people.at(line, chat.endpoint_id) == [scene.parties[0].person_id]
    assert chat.waiting()


@pytest.mark.parametrize(
    ("number", "owner"), [("19075550100", 7999), ("19075550177", 7001)], ids=["another's", "unknown"]
)
def test_another_s_number_and_one_we_do_not_know_connect_nothing(
    line: Connection, scene: Scene, chat: Phone, number: str, owner: int
) -> None:
    [said] = chat.share(number, owner=owner)

    assert "connected" not in said
    assert people.at(line, chat.endpoint_id) == []


def test_start_alone_greets_and_teaches(chat: Phone) -> None:
    [said] = chat.text("/start")

    assert "Hello!" in said
    assert "3EX-26-00042CR" in said


@pytest.mark.parametrize(
    ("command", "taken"),
    [("/stop", "stopped"), ("/help", "helped"), ("/language", "language"), ("/start@usher_bot", "greeted")],
)
def test_commands_mean_what_their_words_mean(chat: Phone, command: str, taken: str) -> None:
    assert len(chat.text(command)) == 1
    assert chat.taken == taken


def test_start_in_a_stopped_chat_asks_before_it_restores(line: Connection, chat: Phone) -> None:
    play(chat, [(NUMBER, "Reply 1"), ("1", "We will remind"), ("/stop", "stopped")])

    play(chat, [("/start", "Do you want texts"), ("yes", "Texts are on again")])

    assert chat.waiting()


def test_an_edited_answer_changes_nothing_silently(line: Connection, scene: Scene, chat: Phone) -> None:
    chat.text(f"/start {start_tokens.issue(line, scene.parties[0].person_id, now=NOW)}")
    _ask_in(line, scene, chat)
    play(chat, [("1", "We noted that you will come")])

    [said] = chat.text("2", edited=True)

    assert "Your first answer stands" in said
    assert attendance(line, scene) == [("coming", 1)]
    assert kinds(line) == []


def test_an_edited_stop_is_a_stop_and_an_edited_number_is_looked_up(chat: Phone) -> None:
    assert NUMBER in chat.text(NUMBER, edited=True)[0]
    chat.text("STOP", edited=True)
    assert chat.taken == "stopped"


def test_the_whole_conversation_is_the_same_as_by_sms(line: Connection, scene: Scene, chat: Phone) -> None:
    phone = Phone(line, scene.courts, number="+19075550155")
    script = [NUMBER, "1", NUMBER, "lang es", "3EX-26-99999CR", "2", "gracias", "HELP", "STOP", "YES", "1"]

    assert [phone.text(said) for said in script] == [chat.text(said) for said in script]


def test_an_answer_in_the_chat_does_not_answer_what_was_asked_by_sms(
    line: Connection, scene: Scene, chat: Phone
) -> None:
    ask_attendance(line, scene)
    chat.text(f"/start {start_tokens.issue(line, scene.parties[0].person_id, now=NOW)}")

    chat.text("1")

    assert attendance(line, scene) == [(None, None)]


def _ask_in(line: Connection, scene: Scene, chat: Phone) -> None:
    question_id = ask_attendance(line, scene)
    lane_id = line.execute(select(endpoint.c.lane_id).where(endpoint.c.id == chat.endpoint_id)).scalar_one()
    line.execute(
        question.update().where(question.c.id == question_id).values(endpoint_id=chat.endpoint_id, lane_id=lane_id)
    )
