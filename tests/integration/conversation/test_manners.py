"""What is neither a number nor an answer: courtesy, stories, pictures, machines."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, select

from domain.notice import NoticeKind, Priority
from storage.schema import notice
from tests.fixtures.conversation import Phone, ask_attendance, kinds, play, tasks
from tests.fixtures.facts import PartySpec, Scene, add_case, add_hearing, add_party


def test_thanks_need_no_answer_and_start_no_loop(defendant: Phone, line: Connection) -> None:
    for written in ("ok thanks", "gracias!", "🙏", "ok"):
        assert defendant.text(written) == []
        assert defendant.taken == "thanked"

    assert kinds(line) == []


def test_a_party_s_own_words_reach_the_desk_sealed_and_are_acknowledged(defendant: Phone, line: Connection) -> None:
    story = "My lawyer says the date is wrong, who do I talk to?"

    [said] = defendant.text(story)

    assert "court staff will read" in said
    assert tasks(line) == [("free_text", story)]


def test_a_stranger_is_taught_three_times_and_then_left_to_the_desk(stranger: Phone, line: Connection) -> None:
    for _ in range(3):
        [said] = stranger.text("what is this all about my friend")
        assert "3EX-26-00042CR" in said
        assert "HELP" in said
        assert "907-555-0100" in said

    assert stranger.text("hello is anybody there") == []
    assert stranger.text("hello is anybody there") == []
    assert kinds(line) == ["free_text"], "once a day"


def test_a_machine_that_answers_everything_is_met_with_silence_and_the_desk_is_told(
    scene: Scene, line: Connection
) -> None:
    machine = Phone(line, scene.courts, number="+19075550100", pause=timedelta(seconds=20))
    said = [machine.text("I am driving and will see your message later") for _ in range(12)]

    assert sum(map(len, said)) == 5
    assert kinds(line).count("loop") == 1
    machine.wait(timedelta(minutes=15))
    assert machine.text("HELP"), "a quarter of an hour later it may be a human"


def test_a_stop_counts_even_while_an_endpoint_is_muted(scene: Scene, line: Connection) -> None:
    machine = Phone(line, scene.courts, number="+19075550100", pause=timedelta(seconds=20))
    for _ in range(7):
        machine.text("I am driving and will see your message later")

    assert "stopped" in machine.text("STOP")[0]


def test_help_is_given_once_even_while_an_endpoint_is_muted(scene: Scene, line: Connection) -> None:
    machine = Phone(line, scene.courts, number="+19075550100", pause=timedelta(seconds=20))
    for _ in range(7):
        machine.text("I am driving and will see your message later")

    assert "Msg & data rates" in machine.text("HELP")[0]
    assert machine.text("HELP") == []


def test_a_start_counts_even_while_an_endpoint_is_muted(scene: Scene, line: Connection) -> None:
    machine = Phone(line, scene.courts, number="+19075550100", pause=timedelta(seconds=20))
    machine.text("STOP")
    for _ in range(7):
        machine.text("I am driving and will see your message later")
    machine.text("START")

    assert machine.taken == "started"


def test_a_picture_is_answered_with_words(stranger: Phone) -> None:
    [said] = stranger.text("", NumMedia="1")

    assert "only read written words" in said


def test_a_picture_with_words_is_read_by_its_words(stranger: Phone) -> None:
    assert "3EX-26-00042CR" in stranger.text("3EX-26-00042CR", NumMedia="1")[0]


def test_a_very_long_text_is_one_item_for_the_desk_and_one_answer(defendant: Phone, line: Connection) -> None:
    angry = "This is outrageous, I have been waiting for months. " * 30

    assert len(defendant.text(angry)) == 1
    assert [kind for kind, _ in tasks(line)] == ["free_text"]


def test_a_very_long_text_of_a_stranger_is_asked_to_be_shorter(stranger: Phone) -> None:
    [said] = stranger.text("hello there general something or other " * 60)

    assert "too long" in said


def test_replies_leave_by_the_lane_they_were_asked_on_at_once_and_before_all_else(
    stranger: Phone, line: Connection
) -> None:
    stranger.text("HELP")

    [row] = line.execute(select(notice).where(notice.c.kind == NoticeKind.REPLY)).all()
    assert (row.priority, row.due_at, row.expires_at - row.due_at) == (
        Priority.REPLY,
        row.created_at,
        timedelta(hours=24),
    )
    assert row.dedupe_key.startswith("reply:")


def test_two_brothers_on_one_phone_are_asked_whose_answer_it_is(line: Connection, scene: Scene) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00050CR")
    hearing_id = add_hearing(line, scene.court_id, case_id)
    brother = add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec(name="Abe"))
    both = replace(scene, parties=(*scene.parties, brother))
    ask_attendance(line, both, 0)
    ask_attendance(line, both, 1, hearing_id=hearing_id)
    phone = Phone(line, scene.courts, number="+19075550100")

    [asked] = phone.text("yes")

    assert "case 3EX-26-00042CR" in asked
    assert "case 3EX-26-00050CR" in asked
    play(phone, [("2", "We noted"), ("STOP", "stopped")])
    assert kinds(line) == []
