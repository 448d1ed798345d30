"""Questions by case number, from anybody, in any language."""

import pytest
from sqlalchemy import select

from domain.sms import Encoding, measure
from storage.database import Database
from storage.schema import delivery
from tests.acceptance.stage import Stage, court_file, open_stage, row, words

ADA, STRANGER = "+19075550101", "+19075550199"
NUMBER = "3EX-26-00001CR"


@pytest.mark.parametrize(
    "asked",
    ["3ex-26 00001cr ", "3EX2600001CR", f"my case is {NUMBER} pls", "3ЕХ-26-00001СR"],  # noqa: RUF001 - Cyrillic letters
    ids=["blanks", "folded", "a sentence", "letters that only look Latin"],
)
async def test_a_case_number_is_read_however_it_is_written(stage: Stage, asked: str) -> None:
    await stage.import_(row())

    assert await stage.says(STRANGER, asked) == await stage.says("+19075550198", NUMBER)
    assert "Monday, June 15" in stage.phone(STRANGER).last
    assert not {"Ada", "Lane"} & set(words(stage.phone(STRANGER).texts).split())


async def test_an_unknown_number_is_watched_for_on_request_and_told_when_it_comes(stage: Stage) -> None:
    await stage.says(STRANGER, NUMBER)
    [kept] = await stage.says(STRANGER, "1")

    await stage.import_(row(phone=""))

    assert "16 days" in kept
    assert "We found 3EX-26-00001CR in the court calendar" in stage.phone(STRANGER).last


async def test_a_watch_that_found_nothing_says_so_at_its_end(stage: Stage) -> None:
    await stage.says(STRANGER, NUMBER)
    await stage.says(STRANGER, "1")
    stage.clock.advance(stage.at("2026-06-17 12:00") - stage.clock.now())
    await stage.import_(row(case_number="3EX-26-00009CR", phone=""))

    await stage.until("2026-06-18 12:00")

    assert "We did not find 3EX2600001CR" in stage.phone(STRANGER).last
    assert "You may still have a court date" in stage.phone(STRANGER).last


@pytest.mark.parametrize("language", ["en", "es", "ru", "ar"])
async def test_every_letter_of_a_language_arrives_and_every_segment_is_counted(db: Database, language: str) -> None:
    stage = await open_stage(db, example=court_file("allow_drafts = true"))
    await stage.import_(row(language=language))

    [text] = stage.phone(ADA).texts
    [sent] = stage.rows(select(delivery.c.segments, delivery.c.language))
    assert (sent.language, sent.segments) == (language, measure(text).count)
    assert (measure(text).encoding is Encoding.UCS2) == (language in {"ru", "ar"})
    assert "\ufffd" not in text
    assert "? ?" not in text


async def test_who_reads_a_language_without_texts_gets_english_with_a_line_of_theirs_and_the_desk_is_told_once(
    stage: Stage,
) -> None:
    await stage.import_(
        row(language="uk"),
        row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", language="uk", phone="907-555-0102"),
    )
    await stage.until("2026-06-16 12:00")

    assert "You have court" in stage.phone(ADA).texts[0]
    assert "перекладач" in stage.phone(ADA).texts[0].lower()
    assert stage.desk() == {"missing_translation": 1}


@pytest.mark.parametrize("comes_first", ["the case", "the question"])
async def test_the_link_into_a_hearing_is_for_those_who_take_part_in_it(stage: Stage, comes_first: str) -> None:
    by_video = row(mode="video", join_url="https://join.example/x")
    if comes_first == "the case":
        await stage.import_(by_video)
    await stage.says(STRANGER, "3EX-26-00001CR")
    await stage.says(STRANGER, "YES")
    if comes_first == "the question":
        await stage.import_(by_video)
    await stage.until("2026-06-16 12:00")

    assert "3EX-26-00001CR" in words(stage.phone(STRANGER).texts)
    assert "join.example" not in words(stage.phone(STRANGER).texts)
    assert "join.example" in words(stage.phone(ADA).texts)
