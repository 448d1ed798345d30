"""Calendars as courts send them: what cannot be read is set aside, what could be misread is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.calendar_report import RunState
from domain.errors import InvalidInputError
from storage.database import Database
from storage.schema import court, hearing, import_row
from tests.acceptance.stage import Stage, court_file, open_stage, row, words
from tests.fixtures.calendars.rows import hearing as nobodys

ADA, BEN = "+19075550101", "+19075550102"
TYPED = """
[mapping.typed.columns]
case_number = "case"
starts_at = "starts"
phone = "phone"
phone_type = "type"
party_id = "who"
[mapping.typed.constants]
role = "defendant"
[mapping.unordered.columns]
case_number = "ticket"
date = "day"
time = "hour"
"""


async def test_an_empty_file_is_refused_and_yesterday_s_calendar_stays_and_ages(stage: Stage) -> None:
    await stage.import_(row())
    [before] = stage.rows(select(court.c.feed_seen_at))
    await stage.later(timedelta(hours=5))

    report = await stage.import_file(b"")

    assert report.state is RunState.REFUSED
    assert stage.rows(select(court.c.feed_seen_at)) == [before]
    assert len(stage.phone(ADA).texts) == 1
    await stage.until("2026-06-16 12:00")
    assert "tomorrow, Monday, June 15" in stage.phone(ADA).last


async def test_one_bad_row_among_many_is_set_aside_with_its_reason_and_the_others_go_in(stage: Stage) -> None:
    rows = [nobodys(case_number=f"3EX-26-{place:05}CR", hearing_id=f"H{place}") for place in range(1000)]
    rows[500]["starts_at"] = "soon"

    report = await stage.import_(*rows)

    assert (report.rows, report.quarantined) == (999, 1)
    [bad] = stage.rows(select(import_row))
    assert (bad.line, bad.column) == (502, "starts_at")
    assert bad.reason
    assert stage.rows(select(func.count().label("known")).select_from(hearing))[0].known == 999


async def test_a_date_that_can_be_read_in_two_ways_is_refused_rather_than_guessed(db: Database) -> None:
    stage = await open_stage(db, example=court_file(tables=TYPED))

    with pytest.raises(InvalidInputError, match="date_order"):
        await stage.import_file(b"ticket,day,hour\n3EX-26-00001CR,03/04/2026,09:30\n", mapping="unordered")


@pytest.mark.parametrize("starts_at", ["Bad date", "", "2026-06-31T09:30", "2026-06-15"])
async def test_a_date_that_cannot_be_read_reaches_nobody(stage: Stage, starts_at: str) -> None:
    report = await stage.import_(row(starts_at=starts_at), row(party_id="P2", phone="907-555-0102"))

    assert report.quarantined == 1
    assert stage.phone(ADA).texts == []
    assert len(stage.phone(BEN).texts) == 1


async def test_hearings_without_an_id_that_may_each_have_moved_are_left_alone_and_shown_to_the_desk(
    stage: Stage,
) -> None:
    first = row(hearing_id="", starts_at="2026-06-15T09:30")
    await stage.import_(first, first | {"starts_at": "2026-06-15T13:30"})
    before = len(stage.phone(ADA).texts)

    report = await stage.import_(
        *(first | {"starts_at": f"2026-06-15T{hour}:00"} for hour in ("10", "14")),
    )

    assert report.ambiguous >= 1
    assert stage.desk()["ambiguous_hearing"] >= 1
    assert not [text for text in stage.phone(ADA).texts[before:] if "CHANGE" in text]


async def test_people_accused_together_get_their_own_texts_and_none_sees_another_s_name(stage: Stage) -> None:
    await stage.import_(row(), row(party_id="P2", given_name="Ben", family_name="Quay", phone="907-555-0102"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == len(stage.phone(BEN).texts) == 4
    assert not {"Ada", "Ben", "Lane", "Quay"} & set(words([*stage.phone(ADA).texts, *stage.phone(BEN).texts]).split())


async def test_mobile_phones_are_written_to_whatever_the_feed_calls_them_and_landlines_are_not(db: Database) -> None:
    stage = await open_stage(db, example=court_file(tables=TYPED))
    types = ("Cell", "CELL PHONE", "MOBILE", "Landline")
    rows = [f"3EX-26-0000{n}CR,2026-06-15T09:30,907-555-010{n},{kind},P{n}" for n, kind in enumerate(types, 1)]

    await stage.import_file("\n".join(["case,starts,phone,type,who", *rows]).encode(), mapping="typed")

    assert [len(stage.phone(f"+1907555010{n}").texts) for n in range(1, 5)] == [1, 1, 1, 0]
