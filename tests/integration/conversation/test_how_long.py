"""How long and how often: every limit of a conversation on both of its sides, as the people who write meet it."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.court_files import example_court
from domain.delivery import ChannelName
from domain.hearing import Confidentiality
from storage.schema import case, notice, watch
from tests.fixtures.conversation import Phone, ask_attendance, attendance, kinds, play
from tests.fixtures.facts import COMING, PartySpec, Scene, add_case, add_hearing, add_party, apply_courts

NUMBER, UNKNOWN = "3EX-26-00042CR", "3EX-26-99999CR"
MOMENT, MINUTE, HALF_A_DAY, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=12), timedelta(days=1)
GUESSES = 5
"""So many numbers asked for in vain within an hour are guesses."""


@pytest.fixture
def line(connection: Connection) -> Connection:
    """One engine is enough: the limits are not the database's."""
    return connection


@pytest.fixture
def stranger(line: Connection, scene: Scene) -> Phone:
    """A phone that nobody knows; time passes only when a test says so."""
    return Phone(line, scene.courts, pause=timedelta(0))


@pytest.fixture
def defendant(line: Connection, scene: Scene) -> Phone:
    """The defendant's phone; time passes only when a test says so."""
    return Phone(line, scene.courts, number="+19075550100", pause=timedelta(0))


@pytest.fixture
def chat(line: Connection, scene: Scene) -> Phone:
    """A chat that nobody knows; time passes only when a test says so."""
    return Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM, pause=timedelta(0))


# --- a question can be answered for so long ---------------------------------------------------------------------------


@pytest.mark.parametrize("is_late", [False, True], ids=["in time", "too late"])
@pytest.mark.parametrize(
    ("before", "lasts", "taken"),
    [
        ([NUMBER], 2 * DAY, "subscribed"),
        ([UNKNOWN], 2 * DAY, "watching"),
        (["STOP", "YES"], 7 * DAY, "started"),
        (["lang"], DAY, "language"),
    ],
    ids=["reminders?", "a watch?", "texts again?", "which language?"],
)
def test_a_question_is_open_until_its_end_and_no_longer(
    stranger: Phone, before: list[str], lasts: timedelta, taken: str, *, is_late: bool
) -> None:
    for text in before:
        stranger.text(text)

    stranger.wait(lasts if is_late else lasts - MOMENT)
    stranger.text("1")

    assert (stranger.taken == taken) is not is_late


@pytest.mark.parametrize("is_late", [False, True], ids=["in time", "too late"])
def test_which_court_is_meant_can_be_said_for_half_a_day(line: Connection, stranger: Phone, *, is_late: bool) -> None:
    known = apply_courts(line, {"example": example_court(), "south": example_court()})
    stranger.courts, south = known, known.ids["south"]
    add_hearing(line, south, add_case(line, south, NUMBER), COMING)

    play(stranger, [(NUMBER, "Which court")])
    stranger.wait(HALF_A_DAY if is_late else HALF_A_DAY - MOMENT)
    stranger.text("2")

    assert (stranger.taken == "found") is not is_late


def test_a_case_that_was_sealed_before_its_court_was_chosen_is_as_unknown_as_any_other(
    line: Connection, stranger: Phone
) -> None:
    known = apply_courts(line, {"example": example_court(), "south": example_court()})
    stranger.courts, south = known, known.ids["south"]
    sealed = add_case(line, south, NUMBER)
    add_hearing(line, south, sealed, COMING)
    play(stranger, [(NUMBER, "Which court")])
    line.execute(update(case).where(case.c.id == sealed).values(confidentiality=Confidentiality.SEALED))

    play(stranger, [("2", "We have no court date for"), ("1", "We will look")])


@pytest.mark.parametrize(
    ("waits", "answer"),
    [(timedelta(days=10) - MOMENT, "coming"), (timedelta(days=10), None)],
    ids=["a second before", "as it begins"],
)
def test_will_you_come_can_be_answered_until_the_hearing_begins(
    line: Connection, scene: Scene, defendant: Phone, waits: timedelta, answer: str | None
) -> None:
    ask_attendance(line, scene)

    defendant.wait(waits)
    defendant.text("yes")

    assert attendance(line, scene)[0][0] == answer


def test_a_reply_that_could_not_leave_within_a_day_is_not_sent_at_all(line: Connection, stranger: Phone) -> None:
    stranger.text(NUMBER)

    [expires_at] = line.execute(select(notice.c.expires_at)).scalars()
    assert expires_at == stranger.now + DAY


def test_a_number_is_looked_for_as_many_days_as_the_court_says(line: Connection, scene: Scene, stranger: Phone) -> None:
    play(stranger, [(UNKNOWN, "16 days"), ("1", "16 days")])

    [expires_at] = line.execute(select(watch.c.expires_at)).scalars()
    assert expires_at == stranger.now + timedelta(days=scene.court.watch_days)


# --- what is said and asked only so often -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waits", "taken"),
    [(DAY - MOMENT, "repeated"), (DAY + MOMENT, "taught")],
    ids=["within a day", "after it"],
)
def test_a_second_answer_is_told_that_the_first_stands_for_a_day(stranger: Phone, waits: timedelta, taken: str) -> None:
    play(stranger, [(NUMBER, "Reply 1"), ("1", "We will remind")])

    stranger.wait(waits)
    stranger.text("1")

    assert stranger.taken == taken


@pytest.mark.parametrize(
    ("waits", "taken"),
    [(timedelta(0), "filed"), (DAY - MOMENT, "filed"), (DAY, "asked_which")],
    ids=["at once", "within a day", "the next day"],
)
def test_who_may_want_to_stop_is_asked_once_a_day_and_else_read_by_the_desk(
    defendant: Phone, waits: timedelta, taken: str
) -> None:
    defendant.text("leave me alone")
    assert defendant.taken == "asked_which"

    defendant.wait(waits)
    defendant.text("leave me alone")

    assert defendant.taken == taken


@pytest.mark.parametrize(
    ("waits", "taken"),
    [(7 * DAY - MOMENT, "edit_asked"), (7 * DAY + MOMENT, "taught")],
    ids=["within a week", "after it"],
)
def test_an_edit_is_asked_about_for_a_week_after_an_answer(chat: Phone, waits: timedelta, taken: str) -> None:
    play(chat, [(NUMBER, "Reply 1"), ("1", "We will remind")])

    chat.wait(waits)
    chat.text("maybe later", edited=True)

    assert chat.taken == taken


def test_a_stranger_is_taught_three_times_a_day_and_anew_the_next(stranger: Phone) -> None:
    taken = []
    for _ in range(4):
        stranger.text("what is this")
        stranger.wait(10 * MINUTE)
        taken.append(stranger.taken)

    assert taken == ["taught", "taught", "taught", "silent"]
    stranger.wait(DAY)
    stranger.text("what is this")
    assert stranger.taken == "taught"


@pytest.mark.parametrize(
    ("waits", "is_heard"),
    [(15 * MINUTE - MOMENT, False), (15 * MINUTE, True)],
    ids=["within a quarter of an hour", "after it"],
)
def test_a_machine_is_met_with_silence_for_a_quarter_of_an_hour(
    line: Connection, stranger: Phone, waits: timedelta, *, is_heard: bool
) -> None:
    for _ in range(5):
        assert len(stranger.text("HELP")) == 1
    assert stranger.text("HELP") == []
    assert kinds(line) == ["loop"]

    stranger.wait(waits)

    assert bool(stranger.text("HELP")) is is_heard
    assert kinds(line) == ["loop"], "the desk is told once"


@pytest.mark.parametrize(
    ("waits", "taken"),
    [(10 * MINUTE - MOMENT, "silent"), (10 * MINUTE, "missed"), (60 * MINUTE, "missed")],
    ids=["at once", "ten minutes later", "an hour later"],
)
def test_who_guesses_in_vain_is_answered_once_in_ten_minutes(stranger: Phone, waits: timedelta, taken: str) -> None:
    for guess in range(GUESSES):
        stranger.text(f"3EX-26-9{guess:04}CR")
        stranger.wait(3 * MINUTE)
    stranger.text(UNKNOWN)
    assert stranger.taken == "slowed"

    stranger.wait(waits)
    stranger.text(UNKNOWN)

    assert stranger.taken == taken


def test_four_guesses_in_an_hour_are_no_reason_to_slow_anybody_down(stranger: Phone) -> None:
    for guess in range(GUESSES - 1):
        stranger.text(f"3EX-26-9{guess:04}CR")
        stranger.wait(3 * MINUTE)

    play(stranger, [(NUMBER, "Thursday, June 11")])


def test_a_number_that_is_found_is_no_guess(stranger: Phone) -> None:
    for _ in range(GUESSES + 2):
        stranger.text(NUMBER)
        stranger.wait(6 * MINUTE)

    assert stranger.taken == "found"


# --- how much of a text is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "taken"), [(0, "found"), (2, "found"), (3, "missed")], ids=["alone", "as the third", "as the fourth"]
)
def test_of_one_text_three_numbers_are_read(stranger: Phone, others: int, taken: str) -> None:
    stranger.text(" ".join([*(f"3EX-26-9{n:04}CR" for n in range(others)), NUMBER]))

    assert stranger.taken == taken


@pytest.mark.parametrize(
    ("length", "words"),
    [(2000, "did not understand"), (2000 + 1, "too long")],
    ids=["the longest", "one letter more"],
)
def test_a_text_is_read_up_to_its_two_thousandth_letter(chat: Phone, length: int, words: str) -> None:
    [said] = chat.text(("what is this? " * 200)[:length])

    assert words in said


# --- what is still open when a case ends ------------------------------------------------------------------------------


def test_after_a_case_was_stopped_its_question_is_not_answered_by_a_later_yes(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id, COMING)
    add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    ask_attendance(line, scene)

    play(defendant, [(f"STOP {NUMBER}", "are stopped")])
    defendant.text("yes")

    assert attendance(line, scene) == [(None, None)]
    assert defendant.taken != "answered"


def test_a_stop_of_one_case_leaves_the_question_about_another_open(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id, COMING)
    add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    ask_attendance(line, scene)

    play(defendant, [("STOP 3EX-26-00043CR", "are stopped"), ("yes", "We noted")])

    assert attendance(line, scene) == [("coming", 1)]
