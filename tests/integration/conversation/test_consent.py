"""STOP, START and everything between: who said what, and what that ends or brings back."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.arrivals import telegram_arrival
from bot.court_files import example_court
from domain.consent import ConsentAction, Evidence
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from domain.hearing import Confidentiality
from domain.notice import NoticeKind
from handlers.incoming import World
from scheduler.planner import replan
from storage import endpoints
from storage.schema import case, consent_event, lane, notice, watch
from tests.fixtures.conversation import (
    BOT_ID,
    Phone,
    ask_attendance,
    attendance,
    kinds,
    let_leave,
    membership_of,
    play,
)
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

NUMBER = "3EX-26-00042CR"


@pytest.mark.parametrize(
    "written",
    [
        "STOP",
        "stop",
        " Stop. Thank you",
        "please stop texting me",
        "UNSUBSCRIBE",
        "QUIT",
        "end",
        "cancel",
        "no más",
        "ALTO",
        "стоп",
        "не пишіть мені",
        "توقف",
        "stopall",
        "revoke",
        "opt out",
    ],
)
def test_a_stop_in_any_wording_ends_all_texts_and_is_confirmed_once(
    line: Connection, scene: Scene, defendant: Phone, written: str
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    ask_attendance(line, scene)
    assert defendant.waiting()

    said = defendant.text(written)

    assert len(said) == 1
    assert defendant.taken == "stopped"
    assert defendant.waiting() == []
    assert defendant.text("STOP") == [], "one confirmation only"
    assert _events(line, defendant)[-1] == (ConsentAction.REVOKED, Evidence.TEXT, None)


def test_a_stop_wins_over_an_open_question_and_takes_it_back(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)
    defendant.text("stop")

    play(defendant, [("1", "did not understand")])

    assert attendance(line, scene) == [(None, None)]


def test_a_stop_holds_until_start_which_says_what_comes_back(line: Connection, scene: Scene, defendant: Phone) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    before = defendant.waiting()
    defendant.text("STOP")
    replan(line, [scene.hearing_id], courts=scene.courts, now=defendant.now)
    assert defendant.waiting() == []

    [said] = defendant.text("START")

    assert "reminders for 1 case" in said
    assert defendant.waiting() == before, "what waited before waits again"


def test_start_from_a_phone_without_a_case_teaches_how_to_begin(stranger: Phone) -> None:
    assert "no case is saved" in stranger.text("START")[0]


def test_a_yes_from_a_stopped_number_restores_nothing_but_asks_one_clear_question(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    defendant.text("STOP")
    revoked = _events(line, defendant)

    [asked] = defendant.text("YES")

    assert "Do you want texts about your court dates again?" in asked
    assert _events(line, defendant) == revoked
    assert defendant.waiting() == []
    play(defendant, [("1", "Texts are on again")])
    assert defendant.waiting()


def test_a_stopped_phone_may_still_ask_and_a_yes_to_reminders_is_asked_about_first(
    line: Connection, stranger: Phone
) -> None:
    stranger.text("STOP")

    play(stranger, [(NUMBER, "Thursday, June 11"), ("1", "Do you want texts about your court dates again?")])
    assert stranger.waiting() == []

    play(stranger, [("1", "reminders for 1 case")])
    assert stranger.waiting()


def test_no_to_that_question_changes_nothing_and_is_not_argued_with(defendant: Phone) -> None:
    defendant.text("STOP")
    defendant.text("YES")

    assert defendant.text("no") == []
    assert defendant.taken == "declined"


def test_help_is_answered_before_any_state_and_to_a_stopped_number_too(defendant: Phone) -> None:
    for written in ("HELP", "STOP", "HELP", "ayuda"):
        said = defendant.text(written)
    assert "Msg & data rates" in said[0]
    assert "907-555-0100" in said[0]


def test_stop_two_ends_the_second_case_only_and_says_what_remains(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    second, _ = _second_case(line, scene)
    replan(line, [scene.hearing_id, second], courts=scene.courts, now=NOW)

    [said] = defendant.text("STOP 2")

    assert "Texts for case 3EX-26-00043CR are stopped" in said
    assert "You still get texts for 1 case:\n- 3EX-26-00042CR" in said
    about = line.execute(select(notice.c.hearing_id).where(notice.c.state == "planned", notice.c.kind != "reply"))
    assert set(about.scalars()) == {scene.hearing_id}


def test_stop_with_a_case_number_ends_that_case(line: Connection, scene: Scene, defendant: Phone) -> None:
    _second_case(line, scene)

    play(
        defendant,
        [
            ("STOP 3EX-26-00042CR", "Texts for case 3EX-26-00042CR are stopped"),
            ("STOP 9", "did not find that case"),
            ("START", "reminders for 2 cases"),
        ],
    )


def test_start_after_a_whole_stop_leaves_a_case_that_was_stopped_by_itself(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    _second_case(line, scene)

    play(defendant, [("STOP 2", "00043"), ("STOP", "stopped"), ("START", "reminders for 1 case")])


def test_what_may_be_an_opt_out_is_asked_once_and_silence_is_no(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    _second_case(line, scene)

    play(defendant, [("leave me alone", "1 3EX-26-00042CR\n2 3EX-26-00043CR"), ("2", "3EX-26-00043CR are stopped")])

    defendant.wait(timedelta(hours=1))
    assert "To stop texts for one case" not in "".join(defendant.text("leave me alone"))


def test_a_case_sealed_since_it_was_listed_is_stopped_by_its_digit_and_not_named(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    _second_case(line, scene)
    play(defendant, [("leave me alone", "1 3EX-26-00042CR\n2 3EX-26-00043CR")])
    line.execute(update(case).where(case.c.id == scene.case_id).values(confidentiality=Confidentiality.SEALED))

    [said] = defendant.text("1")

    assert said.startswith("You still get texts for 1 case:\n- 3EX-26-00043CR")
    stops = select(consent_event.c.case_id).where(consent_event.c.action == ConsentAction.REVOKED)
    assert line.execute(stops).scalars().all() == [scene.case_id]


def test_a_list_with_a_case_that_is_sealed_since_is_not_put_again(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    _second_case(line, scene)
    play(defendant, [("leave me alone", "2 3EX-26-00043CR")])
    line.execute(update(case).where(case.c.id == scene.case_id).values(confidentiality=Confidentiality.SEALED))

    [said] = defendant.text("LANG ES")

    assert "3EX-26" not in said


def test_the_carrier_s_own_answer_to_stop_help_and_start_is_not_doubled(line: Connection, scene: Scene) -> None:
    phone = Phone(line, scene.courts, number="+19075550100")
    phone.world = World(courts=scene.courts, carrier_answers_stop=True)

    assert [phone.text(word) for word in ("STOP", "HELP", "START")] == [[], [], []]
    assert _events(line, phone)[-1][0] is ConsentAction.GRANTED
    assert not endpoints.get(line, phone.endpoint_id).carrier_stopped


def test_an_opt_out_that_twilio_says_it_has_answered_is_mirrored_as_stopped_at_the_carrier(
    line: Connection, defendant: Phone
) -> None:
    assert defendant.text("STOP", OptOutType="STOP") == []

    assert endpoints.get(line, defendant.endpoint_id).carrier_stopped
    assert defendant.text("start", OptOutType="START") == []
    assert not endpoints.get(line, defendant.endpoint_id).carrier_stopped


@pytest.mark.parametrize("words", ["SALIR", "1", "STOP 1", "START"])
def test_what_the_carrier_takes_for_stop_ends_all_texts_whatever_the_words(
    line: Connection, scene: Scene, defendant: Phone, words: str
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)
    ask_attendance(line, scene)

    assert defendant.text(words, OptOutType="STOP") == []

    assert defendant.taken == "stopped"
    assert defendant.waiting() == []
    assert endpoints.get(line, defendant.endpoint_id).carrier_stopped
    assert attendance(line, scene) == [(None, None)]


def test_what_the_carrier_takes_for_start_or_help_is_that_where_we_do_not_know_the_words(
    line: Connection, defendant: Phone
) -> None:
    defendant.text("STOP", OptOutType="STOP")

    assert [defendant.text(words, OptOutType=kind) for words, kind in (("INFORME", "HELP"), ("VOLVER", "START"))] == [
        [],
        [],
    ]

    assert defendant.taken == "started"
    assert not endpoints.get(line, defendant.endpoint_id).carrier_stopped
    assert defendant.waiting()


def test_a_yes_that_the_carrier_takes_for_start_is_still_the_answer_to_what_we_asked(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    ask_attendance(line, scene)
    endpoints.change(line, defendant.endpoint_id, carrier_stopped=True)

    said = defendant.text("YES", OptOutType="START")

    assert said
    assert attendance(line, scene) == [("coming", 1)]
    assert not endpoints.get(line, defendant.endpoint_id).carrier_stopped


def test_a_stop_is_a_stop_whatever_the_carrier_takes_it_for(defendant: Phone) -> None:
    defendant.text("stop", OptOutType="HELP")

    assert defendant.taken == "stopped"


def test_a_wrong_number_is_believed_unlinked_and_given_to_the_desk(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    replan(line, [scene.hearing_id], courts=scene.courts, now=NOW)

    [said] = defendant.text("WRONG")

    assert "will not text this number again" in said
    assert NUMBER not in said
    assert kinds(line) == ["wrong_number"]
    assert defendant.waiting() == []
    play(defendant, [("START", "no case is saved")])


def test_who_is_not_at_a_chat_any_more_is_written_to_on_their_phone(line: Connection) -> None:
    scene = add_scene(line, PartySpec(), number=NUMBER)
    chat = endpoints.find_or_add(line, Address(ChannelName.TELEGRAM, "7001"), lane_id=_lane(line, "telegram"), now=NOW)
    person = scene.parties[0].person_id
    endpoints.link(line, person_id=person, endpoint_id=chat.id, source="telegram", preference=10, now=NOW)
    somebody = Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)
    somebody.text("START")
    waiting = somebody.waiting()
    assert waiting

    somebody.text("wrong number")

    assert somebody.waiting() == []
    assert Phone(line, scene.courts, number="+19075550100").waiting() == waiting


def test_an_invitation_answered_yes_lets_reminders_wait(line: Connection) -> None:
    _, phone = _invited(line)
    assert phone.waiting() == []

    play(phone, [("1", "will text you about your court dates")])
    assert NoticeKind.REMINDER in phone.waiting()


def test_an_invitation_answered_no_is_a_stop(line: Connection) -> None:
    scene, phone = _invited(line)

    play(phone, [("no", "Texts are stopped")])

    replan(line, [scene.hearing_id], courts=scene.courts, now=phone.now)
    assert phone.waiting() == []


def test_stopping_ends_a_watch_without_another_word(line: Connection, stranger: Phone) -> None:
    play(stranger, [("3EX-26-99999CR", "Reply 1"), ("1", "We will look"), ("STOP", "stopped")])

    assert line.execute(select(watch.c.state)).scalar_one() == "closed"


def test_a_blocked_bot_is_dead_its_waiting_texts_go_by_sms_and_only_start_brings_it_back(line: Connection) -> None:
    scene = add_scene(line, PartySpec(), number=NUMBER)
    chat = endpoints.find_or_add(line, Address(ChannelName.TELEGRAM, "7001"), lane_id=_lane(line, "telegram"), now=NOW)
    person = scene.parties[0].person_id
    endpoints.link(line, person_id=person, endpoint_id=chat.id, source="telegram", preference=10, now=NOW)
    phone = Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)
    phone.text("START")
    assert phone.waiting()

    arrival = telegram_arrival(membership_of("kicked"), bot_id=BOT_ID)
    assert arrival is not None
    assert phone.receive(arrival) == []

    assert endpoints.get(line, chat.id).state is EndpointState.DEAD
    assert phone.waiting() == []
    assert Phone(line, scene.courts, number="+19075550100").waiting(), "by SMS instead"
    assert kinds(line).count("unreachable") == 1
    back = telegram_arrival(membership_of("member"), bot_id=BOT_ID)
    assert back is not None
    phone.receive(back)
    play(phone, [("/start", "Do you want texts about your court dates again?"), ("START", "on again")])
    assert endpoints.get(line, chat.id).state is EndpointState.ACTIVE


def test_a_frozen_phone_is_not_answered_but_its_stop_counts(line: Connection, scene: Scene, defendant: Phone) -> None:
    ask_attendance(line, scene)
    endpoints.change(line, defendant.endpoint_id, state=EndpointState.FROZEN)

    assert defendant.text("1") == []
    assert attendance(line, scene) == [(None, None)]
    defendant.text("STOP")
    assert defendant.taken == "stopped"


def _events(line: Connection, phone: Phone) -> list[tuple[ConsentAction, Evidence, int | None]]:
    query = select(consent_event).where(consent_event.c.endpoint_id == phone.endpoint_id).order_by(consent_event.c.id)
    return [(row.action, row.evidence, row.case_id) for row in line.execute(query)]


def _second_case(line: Connection, scene: Scene) -> tuple[int, int]:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id, COMING)
    add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec())
    return hearing_id, case_id


def _invited(line: Connection) -> tuple[Scene, Phone]:
    scene = add_scene(line, PartySpec(consent=None), number=NUMBER)
    courts = apply_courts(line, {"example": example_court().replace('"opt_out" #', '"opt_in" #')})
    replan(line, [scene.hearing_id], courts=courts, now=NOW)
    let_leave(line, kind=NoticeKind.INVITATION, now=NOW)
    return scene, Phone(line, courts, number="+19075550100", now=NOW + timedelta(hours=1))


def _lane(line: Connection, channel: str) -> int:
    return int(line.execute(select(lane.c.id).where(lane.c.channel == ChannelName(channel))).scalar_one())
