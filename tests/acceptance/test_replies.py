"""Replies: what people mean is bound to what they were asked, and never guessed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.schema import inbound, question
from tests.acceptance.stage import Stage, court_file, open_stage, row, words
from tests.fixtures.conversation import OUR_NUMBER

ADA = "+19075550101"
SECOND_NUMBER = "+19075550191"


async def asked(stage: Stage, *rows: dict[str, str], until: str = "2026-06-12 10:30") -> None:
    """Bring hearings in and let time pass until the reminder three days before has asked."""
    await stage.import_(*(rows or (row(),)))
    await stage.until(until)
    assert "Will you come?" in stage.phone(ADA).last


TWO = (row(), row(case_number="3EX-26-00002CR", hearing_id="H2", starts_at="2026-06-16T13:30"))


async def test_a_bare_yes_to_two_open_questions_is_asked_back_and_recorded_for_neither(stage: Stage) -> None:
    await asked(stage, *TWO, until="2026-06-13 10:30")

    [back] = await stage.says(ADA, "YES")

    assert "1 Monday, June 15" in back
    assert "2 Tuesday, June 16" in back
    assert stage.answers() == {"H1": None, "H2": None}


async def test_a_numbered_yes_answers_that_question_only(stage: Stage) -> None:
    await asked(stage, *TWO, until="2026-06-13 10:30")
    await stage.says(ADA, "YES")

    [thanks] = await stage.says(ADA, "2 yes")

    assert "Tuesday, June 16" in thanks
    assert stage.answers() == {"H1": None, "H2": "coming"}


async def test_courtesy_gets_no_answer_and_starts_no_loop(stage: Stage) -> None:
    await stage.import_(row())

    assert await stage.says(ADA, "ok thanks") == []
    assert [one.outcome for one in stage.rows(select(inbound.c.outcome))] == ["thanked"]
    assert stage.desk() == {}


async def test_a_yes_from_a_stopped_number_asks_one_clear_question_and_restores_nothing_by_itself(
    stage: Stage,
) -> None:
    await stage.import_(row())
    await stage.says(ADA, "STOP")

    [question] = await stage.says(ADA, "YES")
    assert "Do you want texts about your court dates again?" in question
    await stage.until("2026-06-09 12:00")
    assert stage.phone(ADA).last == question, "nothing of the case until they answer"

    await stage.import_(row(hearing_id="H2", case_number="3EX-26-00002CR"), row())
    assert stage.phone(ADA).last == question


async def test_the_answered_question_of_a_stopped_number_brings_its_texts_back(stage: Stage) -> None:
    await stage.import_(row())
    for word in ("STOP", "YES"):
        await stage.says(ADA, word)

    [restored] = await stage.says(ADA, "1")
    await stage.until("2026-06-16 12:00")

    assert "Texts are on again" in restored
    assert "tomorrow, Monday, June 15" in stage.phone(ADA).last


@pytest.mark.parametrize(
    ("language", "yes"),
    [
        ("en", "👍"),
        ("es", "sí"),
        ("ru", "да"),
        ("ar", "نعم"),
        ("en", "oui"),
        ("uk", "так"),
        ("en", "1"),
        ("ru", "👍🏽"),
    ],
)
async def test_yes_is_understood_in_the_words_of_people(stage: Stage, language: str, yes: str) -> None:
    await stage.import_(row(starts_at="2026-06-05T09:30", language=language))
    await stage.until("2026-06-02 12:00")

    assert len(await stage.says(ADA, yes)) == 1
    assert stage.answers() == {"H1": "coming"}


async def test_yes_but_without_a_ride_is_a_risk_for_the_desk_and_no_bare_yes(stage: Stage) -> None:
    await asked(stage)

    [answer] = await stage.says(ADA, "yes but I can't get a ride")

    assert stage.answers() == {"H1": "at_risk"}
    assert stage.desk() == {"question": 1}
    assert "staff" in answer


@pytest.mark.parametrize(
    "text",
    [
        "Stop. Thank you",
        "please stop texting me",
        "no más",
        "не пишіть мені",
        "STOP",
        "не пишите мне",
        "توقف",
        "stop!!",
    ],
)
async def test_whoever_asks_to_be_left_alone_is(stage: Stage, text: str) -> None:
    await stage.import_(row())

    [goodbye] = await stage.says(ADA, text)
    await stage.until("2026-06-16 12:00")

    assert stage.phone(ADA).last == goodbye
    assert len(stage.phone(ADA).texts) == 2


async def test_a_machine_that_answers_every_text_is_met_with_silence_and_the_desk_is_told(stage: Stage) -> None:
    await stage.import_(row())

    for _ in range(9):
        await stage.says(ADA, "I am driving and will see your text later", after=timedelta(seconds=20))

    assert len(stage.phone(ADA).texts) <= 1 + 5
    assert stage.desk()["loop"] == 1


async def test_an_edited_answer_changes_nothing_silently(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-05T09:30", phone="", telegram_token="ada-7001"))
    await stage.says("7001", "/start ada-7001")
    await stage.until("2026-06-02 12:00")
    await stage.says("7001", "1")

    [back] = await stage.says("7001", "2", edited=True)

    assert "Your first answer stands" in back
    assert stage.answers() == {"H1": "coming"}


async def test_a_long_angry_message_is_one_matter_for_the_desk_with_one_answer(stage: Stage) -> None:
    await stage.import_(row())

    answers = await stage.says(ADA, "This is outrageous. " * 80)

    assert len(answers) == 1
    assert stage.desk() == {"free_text": 1}


async def test_an_answer_to_another_number_binds_to_nothing_that_was_not_asked_from_there(db: Database) -> None:
    files = {
        key: court_file(
            f'name = "{key.title()} Court"', senders=f'[[sender]]\nchannel = "sms"\nsender = "{number}"\nburst = 9\n'
        )
        for key, number in (("example", OUR_NUMBER), ("second", SECOND_NUMBER))
    }
    stage = await open_stage(db, **files)
    await asked(
        stage, row(), row(court="second", hearing_id="H2", case_number="3EX-26-00002CR", starts_at="2026-06-15T15:00")
    )

    await stage.says(ADA, "1", to=SECOND_NUMBER)

    assert stage.answers()["H1"] is None


async def test_an_answer_about_a_date_that_has_changed_is_not_recorded_but_asked_anew(stage: Stage) -> None:
    await asked(stage)
    await stage.import_(row(starts_at="2026-06-18T09:30"))

    [back] = await stage.says(ADA, "1")

    assert "We did not record your answer" in back
    assert stage.answers() == {"H1": None}
    await stage.says(ADA, "1")
    assert stage.answers() == {"H1": "coming"}


async def test_a_change_of_language_repeats_the_open_question_as_the_same_question(stage: Stage) -> None:
    await asked(stage)
    [before] = stage.rows(select(question.c.id).where(question.c.state == "open"))

    said = words(await stage.says(ADA, "español"))

    assert "Responda 1" in said
    assert [one.id for one in stage.rows(select(question.c.id).where(question.c.state == "open"))] == [before.id]
    assert "noviembre" not in said
    await stage.says(ADA, "1")
    assert stage.answers() == {"H1": "coming"}
