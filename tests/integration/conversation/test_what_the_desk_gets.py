"""What a message leaves on the desk's list: what it is about, whose words stand there, and that once is enough."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from bot.arrivals import telegram_arrival
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from domain.roles import Role
from handlers.incoming import World
from scheduler.planner import replan
from storage import endpoints
from storage.database import vault_of
from storage.schema import notice, task
from storage.tasks import NOTE
from tests.fixtures.conversation import BOT_ID, Phone, ask_attendance, attendance, kinds, membership_of, play
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party

NUMBER = "3EX-26-00042CR"
ADA = "+19075550100"


@pytest.fixture
def line(connection: Connection) -> Connection:
    """One engine is enough: the list is tested on both in storage."""
    return connection


def on_the_list(line: Connection) -> list[Row[*tuple[Any, ...]]]:
    """The desk's tasks, oldest first."""
    return list(line.execute(select(task).order_by(task.c.id)))


def note_of(line: Connection, row: Row[*tuple[Any, ...]]) -> str | None:
    """The words with a task."""
    return vault_of(line).open(row.note, NOTE) if row.note else None


# --- will you come? -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("2", "cannot_come"),
        ("no", "cannot_come"),
        ("3", "question"),
        ("yes but I have no ride", "question"),
    ],
)
def test_whatever_is_no_plain_yes_is_about_that_hearing_and_person_with_their_words(
    line: Connection, scene: Scene, defendant: Phone, answer: str, kind: str
) -> None:
    ask_attendance(line, scene)

    defendant.text(answer)

    [row] = on_the_list(line)
    about = (row.court_id, row.case_id, row.hearing_id, row.person_id)
    assert (row.kind, row.state) == (kind, "open")
    assert about == (scene.court_id, scene.case_id, scene.hearing_id, scene.parties[0].person_id)
    assert note_of(line, row) == answer


@pytest.mark.parametrize("answer", ["1", "yes", "sí", "👍", "I will be there"])
def test_a_plain_yes_is_nobody_s_work(line: Connection, scene: Scene, defendant: Phone, answer: str) -> None:
    ask_attendance(line, scene)

    defendant.text(answer)

    assert defendant.taken == "answered"
    assert on_the_list(line) == []


def test_two_who_cannot_come_to_one_hearing_are_two_tasks(line: Connection, scene: Scene) -> None:
    spec = PartySpec(role=Role.WITNESS, name="Ben", address=Address(ChannelName.SMS, "+19075550102"))
    ben = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, spec)
    for place, (number, party) in enumerate([(ADA, scene.parties[0]), ("+19075550102", ben)]):
        ask_attendance(line, replace(scene, parties=(party,)))
        Phone(line, scene.courts, number=number).text("2")
        assert len(on_the_list(line)) == place + 1

    assert [row.person_id for row in on_the_list(line)] == [scene.parties[0].person_id, ben.person_id]


# --- people's own words ---------------------------------------------------------------------------------------------


def test_every_word_of_a_party_is_read_each_message_once(line: Connection, scene: Scene, defendant: Phone) -> None:
    for said in ("My lawyer is away.", "My lawyer is away.", "Please call me."):
        defendant.text(said)

    rows = on_the_list(line)
    assert [note_of(line, row) for row in rows] == ["My lawyer is away.", "My lawyer is away.", "Please call me."]
    assert {(row.kind, row.person_id, row.court_id) for row in rows} == {
        ("free_text", scene.parties[0].person_id, scene.court_id)
    }


def test_of_two_on_one_phone_the_desk_is_not_told_who_wrote(line: Connection, scene: Scene, defendant: Phone) -> None:
    brother = PartySpec(name="Ben", role=Role.DEFENDANT)
    add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, brother)

    defendant.text("My lawyer is away.")

    [row] = on_the_list(line)
    assert (row.kind, row.person_id) == ("free_text", None), "nobody is guessed at"


def test_a_no_with_a_story_is_read_by_somebody_and_recorded_as_nothing(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene)

    defendant.text("No, I am in hospital")

    assert kinds(line) == ["free_text"]
    assert attendance(line, scene) == [(None, None)]


def test_who_only_follows_a_case_is_taught_and_the_desk_left_alone(line: Connection, stranger: Phone) -> None:
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind")])

    stranger.text("What does it mean?")

    assert stranger.taken == "taught"
    assert on_the_list(line) == []


def test_the_fourth_riddle_of_a_stranger_is_read_by_somebody_once_a_day(line: Connection, stranger: Phone) -> None:
    for said in ("riddle one", "riddle two", "riddle three", "riddle four", "riddle five"):
        stranger.text(said)

    [row] = on_the_list(line)
    assert (row.kind, note_of(line, row)) == ("free_text", "riddle four")


@pytest.mark.parametrize("courtesy", ["thanks", "ok thank you", "gracias", "спасибо"])
def test_courtesy_is_nobody_s_work(line: Connection, defendant: Phone, courtesy: str) -> None:
    assert defendant.text(courtesy) == []
    assert on_the_list(line) == []


# --- numbers that are wrong, guessed, or shut to us -----------------------------------------------------------------


def test_a_wrong_number_is_told_of_everybody_who_was_thought_to_be_there(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    brother = add_party(line, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, PartySpec(name="Ben"))

    defendant.text("wrong number")
    defendant.text("wrong number")

    rows = on_the_list(line)
    assert {row.kind for row in rows} == {"wrong_number"}
    assert {row.person_id for row in rows} == {scene.parties[0].person_id, brother.person_id}
    assert len(rows) == 2, "of each once, however often it is said"


def test_a_wrong_number_said_after_stop_is_believed_without_another_word(line: Connection, defendant: Phone) -> None:
    defendant.text("STOP")

    assert defendant.text("wrong number") == []
    assert kinds(line) == ["wrong_number"]


def test_a_stranger_s_wrong_number_is_nobody_s_work(line: Connection, stranger: Phone) -> None:
    [said] = stranger.text("wrong number")

    assert "will not text this number again" in said
    assert on_the_list(line) == []


def test_the_desk_hears_once_of_who_guesses_all_day(line: Connection, scene: Scene, stranger: Phone) -> None:
    taken = []
    for guess in range(45):
        stranger.text(f"3EX-26-9{guess:04}CR")
        stranger.wait(timedelta(minutes=10))
        taken.append(stranger.taken)

    assert (taken.count("missed"), taken[-1]) == (15, "refused")
    [row] = on_the_list(line)
    assert (row.kind, row.court_id, row.person_id, row.note) == ("guessing", scene.court_id, None, None)


def test_a_blocked_bot_is_told_of_once_and_of_nobody_where_nobody_was_known(line: Connection, scene: Scene) -> None:
    chat = Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)
    for _ in range(2):
        arrival = telegram_arrival(membership_of("kicked"), bot_id=BOT_ID)
        assert arrival is not None
        assert chat.receive(arrival) == []

    assert on_the_list(line) == []
    assert endpoints.get(line, chat.endpoint_id).state is EndpointState.DEAD


# --- what is known of an endpoint -----------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier_answers", [False, True], ids=["we answer", "the carrier answers"])
def test_only_a_carrier_that_answers_stop_has_stopped_the_number_itself(
    line: Connection, scene: Scene, defendant: Phone, *, carrier_answers: bool
) -> None:
    defendant.world = World(courts=scene.courts, carrier_answers_stop=carrier_answers)

    said = defendant.text("STOP")

    assert bool(said) is not carrier_answers
    assert endpoints.get(line, defendant.endpoint_id).carrier_stopped is carrier_answers


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (EndpointState.ACTIVE, EndpointState.ACTIVE),
        (EndpointState.DEAD, EndpointState.ACTIVE),
        (EndpointState.DOUBTFUL, EndpointState.DOUBTFUL),
        (EndpointState.FROZEN, EndpointState.FROZEN),
    ],
    ids=lambda state: state.value,
)
def test_writing_proves_that_a_number_lives_and_nothing_more(
    line: Connection, defendant: Phone, state: EndpointState, after: EndpointState
) -> None:
    endpoints.change(line, defendant.endpoint_id, state=state)

    defendant.text("HELP")

    assert endpoints.get(line, defendant.endpoint_id).state is after


@pytest.mark.parametrize("text", ["STOP", "please stop texting me", "UNSUBSCRIBE", "wrong number"])
def test_whoever_wants_no_texts_has_none_waiting(line: Connection, scene: Scene, defendant: Phone, text: str) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    assert defendant.waiting()

    defendant.text(text)

    about_hearings = select(notice.c.state, notice.c.reason).where(notice.c.hearing_id.is_not(None))
    assert {tuple(one) for one in line.execute(about_hearings)} == {("dropped", "stopped")}


def test_another_case_s_hearing_is_not_dropped_by_the_stop_of_one(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id, COMING)
    add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    play(defendant, [("START", "2 cases"), ("STOP 3EX-26-00043CR", "are stopped")])

    query = select(notice.c.hearing_id).where(notice.c.hearing_id.is_not(None), notice.c.state == "planned")
    assert set(line.execute(query).scalars()) == {scene.hearing_id}
