"""Languages: chosen, told by the letters people write in, changed in the middle of a question."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from domain.hearing import Confidentiality
from handlers.languages import by_letters
from storage import endpoints
from storage.schema import case, person, question
from tests.fixtures.conversation import Phone, ask_attendance, attendance, play
from tests.fixtures.facts import PartySpec, Scene, add_case, add_hearing, add_party

NUMBER = "3EX-26-00042CR"

CONVERSATIONS = {
    "en": [
        (NUMBER, "1 coming hearing"),
        ("1", "We will remind you"),
        ("thanks", ""),
        ("HELP", "Reply STOP"),
        ("STOP", "Texts are stopped"),
        ("START", "Texts are on again"),
    ],
    "es": [
        ("idioma", "2 Español"),
        ("2", "en español"),
        (NUMBER, "caso 3EX-26-00042CR"),
        ("sí", "3EX-26-00042CR"),
        ("gracias", ""),
        ("ayuda", "STOP"),
        ("no más mensajes", "START"),
        ("START", "STOP"),
    ],
    "ru": [
        ("помощь", "STOP"),
        (f"дело {NUMBER}", "3EX-26-00042CR"),
        ("да", "3EX-26-00042CR"),
        ("спасибо", ""),
        ("стоп", "START"),
        ("START", "STOP"),
    ],
    "ar": [
        ("مساعدة", "STOP"),
        (f"قضية {NUMBER}", "3EX-26-00042CR"),
        ("نعم", "3EX-26-00042CR"),
        ("شكرا", ""),
        ("توقف", "START"),
        ("START", "STOP"),
    ],
}


@pytest.mark.parametrize("language", CONVERSATIONS)
def test_a_whole_conversation_is_held_in_one_language(stranger: Phone, line: Connection, language: str) -> None:
    play(stranger, CONVERSATIONS[language])

    known = endpoints.get(line, stranger.endpoint_id)
    assert (known.language or "en") == language
    assert stranger.waiting()


@pytest.mark.parametrize(
    ("text", "offered", "told"),
    [
        ("да", ("en", "ru"), "ru"),
        ("да", ("en", "ru", "uk"), None),
        ("помощь 3EX-26-00042CR", ("en", "ru"), None),
        ("نعم", ("en", "ar"), "ar"),
        ("hola", ("en", "es"), None),
        ("是的", ("en", "zh_Hans"), "zh_Hans"),
        ("1", ("en", "ru"), None),
        ("", ("en",), None),
    ],
)
def test_letters_tell_a_language_only_where_it_is_certain(
    text: str, offered: tuple[str, ...], told: str | None
) -> None:
    assert by_letters(text, offered) == told


def test_a_change_of_language_repeats_the_open_question_in_it_with_the_same_id(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    asked = ask_attendance(line, scene)

    [said] = defendant.text("LANG ES")

    assert "1" in said
    assert "jueves" in said
    assert "LANG" not in said
    questions = line.execute(select(question.c.id, question.c.state)).all()
    assert [tuple(row) for row in questions] == [(asked, "open")]
    play(defendant, [("sí", "jueves")])
    assert attendance(line, scene) == [("coming", 1)]


@pytest.mark.parametrize(
    ("script", "again"),
    [
        ([NUMBER], "Recordatorios"),
        (["3EX-26-99999CR"], "3EX2699999CR"),
        (["STOP", "YES"], "1"),
    ],
    ids=["the offer of reminders", "the offer to look", "the wish for texts"],
)
def test_each_kind_of_open_question_is_put_again_in_the_new_language(
    stranger: Phone, script: list[str], again: str
) -> None:
    for written in script:
        stranger.text(written)

    [said] = stranger.text("español")

    assert again in said
    assert len(said.splitlines()) > 1


@pytest.mark.parametrize("hidden", ["restricted", "of a minor"])
def test_an_offer_of_reminders_is_not_put_again_once_the_case_answers_nobody(
    line: Connection, scene: Scene, stranger: Phone, hidden: str
) -> None:
    play(stranger, [(NUMBER, "Thursday, June 11")])
    if hidden == "restricted":
        line.execute(update(case).values(confidentiality=Confidentiality.RESTRICTED))
    else:
        line.execute(update(person).where(person.c.id == scene.parties[0].person_id).values(is_minor=True))

    [said] = stranger.text("español")

    assert NUMBER not in said
    assert len(said.splitlines()) == 1
    play(stranger, [("sí", "cerrada")])


def test_a_list_with_a_case_that_is_sealed_since_gives_way_to_what_is_still_open(
    line: Connection, scene: Scene, defendant: Phone
) -> None:
    case_id = add_case(line, scene.court_id, "3EX-26-00043CR")
    hearing_id = add_hearing(line, scene.court_id, case_id)
    other = add_party(line, scene.courts, case_id, hearing_id, scene.court_id, PartySpec(name="Bo"))
    ask_attendance(line, scene)
    ask_attendance(line, replace(scene, parties=(other,)), hearing_id=hearing_id)
    play(defendant, [("YES", "1 Thursday, June 11")])
    line.execute(update(case).where(case.c.id == scene.case_id).values(confidentiality=Confidentiality.SEALED))

    [said] = defendant.text("LANG ES")

    assert NUMBER not in said
    assert "3EX-26-00043CR" in said
    play(defendant, [("1", "jueves")])
    assert attendance(line, scene) == [(None, None)]
    assert attendance(line, replace(scene, hearing_id=hearing_id)) == [("coming", 1)]


def test_the_menu_is_answered_by_a_digit_by_a_name_or_not_at_all(stranger: Phone) -> None:
    play(
        stranger,
        [
            ("LANG", "1 English\n2 Español\n3 Русский\n4 العربية"),
            ("9", "from 1 to 4"),
            ("русский", "русски"),
            ("LANG", "Русский"),
            ("1", "in English"),
        ],
    )


def test_a_language_that_the_court_does_not_text_in_is_answered_with_an_interpreter(stranger: Phone) -> None:
    [said] = stranger.text("Tiếng Việt")

    assert "thông dịch viên" in said
    assert "907-555-0100" in said
    play(stranger, [("HELP", "Msg & data rates")])


def test_the_person_s_language_in_the_feed_holds_until_they_choose(line: Connection, scene: Scene) -> None:
    phone = Phone(line, scene.courts, number="+19075550100")
    endpoints.change(line, scene.parties[0].endpoint_id or 0, language=None)

    play(phone, [("HELP", "court date texts"), ("ALTO", "stopped")])


@pytest.mark.parametrize(("feeds", "then"), [("uk", "uk"), ("es", "ru"), (None, "ru")])
def test_letters_that_a_known_language_has_too_do_not_overrule_it(
    line: Connection, scene: Scene, feeds: str | None, then: str
) -> None:
    line.execute(update(person).values(language=feeds))
    phone = Phone(line, scene.courts, number="+19075550100")

    phone.text("Так")

    known = endpoints.get(line, scene.parties[0].endpoint_id or 0).language
    assert (known or feeds) == then
