"""What is read after something that was said later: the last word is the one said last, not the one read last."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.arrivals import readers, telegram_arrival, twilio_arrival
from domain.clock import SteppedClock
from domain.consent import ConsentPurpose, Standing, standing
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from handlers.inbox import InboxWorker
from handlers.incoming import Incoming, World
from scheduler.planner import replan
from storage import consents, dead_letters, endpoints, inbox
from storage.database import Database
from storage.inbox import Received
from storage.schema import hearing_party, lane, question
from tests.fixtures.conversation import (
    BOT_ID,
    Phone,
    ask_attendance,
    attendance,
    kinds,
    membership_of,
    play,
    sms_form,
    tasks,
)
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party, add_scene

MINUTES = timedelta(minutes=5)
ADA = "+19075550100"


def stands(connection: Connection, scene: Scene, where: Phone, *, case_id: int | None = None) -> Standing:
    """Return where a phone stands on texts about the scene's case, or another one."""
    said = consents.of_endpoints(connection, [where.endpoint_id])[where.endpoint_id]
    about = case_id or scene.case_id
    return standing(said, purpose=ConsentPurpose.HEARINGS, case_id=about, court_id=scene.court_id)


def read_late(phone: Phone, words: str, *, late: timedelta) -> list[str]:
    """Let something be read now that came so long ago."""
    phone.late = late
    said = phone.text(words)
    phone.late = timedelta(0)
    return said


def membership(phone: Phone, status: str, *, late: timedelta = timedelta(0)) -> None:
    """Let it be read that somebody blocked the bot or let it in, so long ago."""
    arrival = telegram_arrival(membership_of(status), bot_id=BOT_ID)
    assert arrival is not None
    phone.late = late
    phone.receive(arrival)
    phone.late = timedelta(0)


@pytest.fixture
def chat(line: Connection, scene: Scene) -> Phone:
    """The defendant's chat, which texts come to."""
    lane_id = line.execute(select(lane.c.id).where(lane.c.channel == ChannelName.TELEGRAM)).scalar_one()
    way = endpoints.find_or_add(line, Address(ChannelName.TELEGRAM, "7001"), lane_id=lane_id, now=NOW)
    person = scene.parties[0].person_id
    endpoints.link(line, person_id=person, endpoint_id=way.id, source="telegram", preference=10, now=NOW)
    phone = Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)
    phone.text("START")
    return phone


def test_an_older_start_does_not_lift_a_stop_and_the_desk_is_told(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    defendant.text("STOP")

    assert read_late(defendant, "start", late=MINUTES) == []

    assert defendant.taken == "overtaken"
    assert stands(line, scene, defendant) is Standing.REVOKED
    assert defendant.waiting() == []
    assert tasks(line) == [("overtaken", "start")]


def test_an_older_stop_does_not_undo_a_start_and_the_desk_is_told(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    play(defendant, [("STOP", "stopped"), ("START", "on again")])
    waiting = defendant.waiting()
    assert waiting

    assert read_late(defendant, "stop", late=timedelta(minutes=3)) == []

    assert stands(line, scene, defendant) is Standing.GRANTED
    assert defendant.waiting() == waiting
    assert tasks(line) == [("overtaken", "stop")]


def test_an_old_stop_that_nothing_newer_speaks_against_ends_all_texts(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    defendant.wait(timedelta(days=1))
    defendant.text("HELP")

    assert read_late(defendant, "stop", late=timedelta(hours=20)) != []

    assert defendant.taken == "stopped"
    assert defendant.waiting() == []
    assert kinds(line) == []


def test_an_older_stop_undoes_a_later_yes_to_one_case_as_it_would_have_in_time(
    line: Connection, scene: Scene, stranger: Phone
) -> None:
    play(stranger, [("3EX-26-00042CR", "Reply 1"), ("1", "We will remind you")])

    read_late(stranger, "STOP", late=MINUTES)

    assert stands(line, scene, stranger) is Standing.REVOKED
    assert stranger.waiting() == []


def test_a_stop_said_twice_is_the_later_one_for_a_start_that_came_between(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    defendant.text("STOP")
    defendant.wait(timedelta(minutes=10))
    defendant.text("STOP")

    read_late(defendant, "START", late=MINUTES)

    assert stands(line, scene, defendant) is Standing.REVOKED


def test_a_no_to_the_question_about_texts_is_a_later_word_than_a_start_before_it(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    play(defendant, [("STOP", "stopped"), ("YES", "Do you want texts")])
    defendant.wait(timedelta(minutes=10))
    play(defendant, [("no", "")])

    read_late(defendant, "START", late=MINUTES)

    assert stands(line, scene, defendant) is Standing.REVOKED
    play(defendant, [("START", "reminders for 1 case")])


@pytest.mark.parametrize("apart", [timedelta(milliseconds=-900), timedelta(0), timedelta(milliseconds=900)])
def test_of_start_and_stop_in_one_second_the_stop_stands_and_we_ask(
    line: Connection, scene: Scene, defendant: Phone, apart: timedelta
) -> None:
    defendant.pause = apart
    defendant.text("STOP")
    defendant.pause = timedelta(minutes=2)

    [asked] = defendant.text("START")

    assert "Do you want texts about your court dates again?" in asked
    assert stands(line, scene, defendant) is Standing.REVOKED
    play(defendant, [("1", "on again")])
    assert stands(line, scene, defendant) is Standing.GRANTED
    assert kinds(line) == []


def test_an_older_stop_of_one_case_does_not_undo_a_start_and_the_desk_is_told(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id, COMING)
    add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    play(defendant, [("STOP 2", "00043"), ("START", "reminders for 2 cases")])

    assert read_late(defendant, "STOP 3EX-26-00043CR", late=timedelta(minutes=3)) == []

    assert stands(line, scene, defendant, case_id=case_id) is Standing.GRANTED
    assert kinds(line) == ["overtaken"]


def test_who_said_stop_after_a_yes_is_not_asked_whether_they_want_texts(line: Connection, defendant: Phone) -> None:
    defendant.text("STOP")

    assert read_late(defendant, "yes", late=MINUTES) == []

    assert defendant.taken == "overtaken"
    assert kinds(line) == ["overtaken"]


def test_an_older_wrong_number_unlinks_nobody_who_said_start_since(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    play(defendant, [("STOP", "stopped"), ("START", "on again")])

    assert read_late(defendant, "wrong number", late=timedelta(minutes=3)) == []

    assert stands(line, scene, defendant) is Standing.GRANTED
    assert defendant.waiting()
    assert kinds(line) == ["overtaken"]


def test_what_came_before_a_question_was_asked_is_no_answer_to_it(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene, now=NOW)

    read_late(defendant, "no", late=timedelta(hours=1))

    assert attendance(line, scene) == [(None, None)]
    assert "cannot_come" not in kinds(line)
    play(defendant, [("1", "you will come")])


def test_what_came_between_two_questions_answers_the_first(line: Connection, scene: Scene, defendant: Phone) -> None:
    hearing_id = add_hearing(line, scene.court_id, scene.case_id, COMING)
    party = {"hearing_id": hearing_id, "participation_id": scene.parties[0].participation_id, "since": NOW}
    line.execute(insert(hearing_party).values(party))
    ask_attendance(line, scene, now=NOW)
    defendant.wait(timedelta(hours=2))
    ask_attendance(line, scene, hearing_id=hearing_id, now=defendant.now)

    assert "you will come" in read_late(defendant, "1", late=timedelta(hours=1))[0]

    assert attendance(line, scene) == [("coming", 1)]


@pytest.mark.parametrize("late", [timedelta(hours=2), timedelta(days=6)], ids=["hours", "days"])
def test_an_answer_that_came_in_time_is_in_time_however_late_it_is_read(
    line: Connection, scene: Scene, defendant: Phone, late: timedelta
) -> None:
    key = ask_attendance(line, scene, now=NOW)
    line.execute(update(question).where(question.c.id == key).values(expires_at=NOW + timedelta(hours=1)))
    defendant.wait(late + timedelta(minutes=30))

    assert "you will come" in read_late(defendant, "1", late=late)[0]

    assert attendance(line, scene) == [("coming", 1)]


def test_who_said_in_time_that_they_come_is_not_thanked_for_it_when_the_hearing_has_begun(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene, now=NOW)
    defendant.wait(timedelta(days=11))

    assert read_late(defendant, "1", late=timedelta(days=2)) == []

    assert attendance(line, scene) == [("coming", 1)]


def test_an_older_block_does_not_shut_a_chat_that_said_start_since(line: Connection, scene: Scene, chat: Phone) -> None:
    membership(chat, "kicked", late=MINUTES)

    way = endpoints.get(line, chat.endpoint_id)
    assert (way.state, way.carrier_stopped) == (EndpointState.ACTIVE, False)
    assert stands(line, scene, chat) is Standing.GRANTED
    assert chat.waiting()
    assert kinds(line) == ["overtaken"]


@pytest.mark.parametrize("older", ["an unblock", "START", "HELP"])
def test_nothing_older_than_a_block_opens_a_chat_again(line: Connection, scene: Scene, chat: Phone, older: str) -> None:
    chat.wait(MINUTES)
    membership(chat, "kicked")

    if older == "an unblock":
        membership(chat, "member", late=MINUTES)
    else:
        read_late(chat, older, late=MINUTES)

    way = endpoints.get(line, chat.endpoint_id)
    assert (way.state, way.carrier_stopped) == (EndpointState.DEAD, True)
    assert stands(line, scene, chat) is Standing.REVOKED


class Fussy:
    """Reads payloads but for some words, until these are taken out of `words`."""

    def __init__(self, word: str) -> None:
        self.words = {word}

    def __call__(self, stored: Received) -> Incoming | None:
        message = readers()[stored.source](stored)
        if message is not None and message.text in self.words:
            raise LookupError
        return message


@pytest.mark.parametrize(("first", "then"), [("START", "STOP"), ("STOP", "START")])
async def test_a_dead_letter_tried_again_does_not_undo_what_was_said_since(
    any_db: Database, first: str, then: str
) -> None:
    scene = await any_db.write(partial(add_scene))
    clock, fussy = SteppedClock(NOW), Fussy(first)
    worker = InboxWorker(any_db, World(courts=scene.courts), {"twilio": fussy}, clock=clock)

    async def write(words: str) -> None:
        arrival = twilio_arrival(urlencode(sms_form(words, sender=ADA)))
        await any_db.write(partial(inbox.store, arrival=arrival, now=clock.now()))
        await worker.work_off()
        clock.advance(MINUTES)

    for words in (then, first, then):
        await write(words)
    before = await any_db.read(lambda c: stands(c, scene, Phone(c, scene.courts, number=ADA)))
    fussy.words.clear()
    clock.advance(timedelta(days=1))
    [failed] = await any_db.read(partial(dead_letters.failed, limit=9))
    assert await any_db.write(partial(dead_letters.try_again, inbound_id=failed.id, now=clock.now()))
    assert await worker.work_off() == 1

    assert before is (Standing.REVOKED if then == "STOP" else Standing.GRANTED)
    assert await any_db.read(lambda c: stands(c, scene, Phone(c, scene.courts, number=ADA))) is before
    assert await any_db.read(kinds) == ["failed", "overtaken"]
