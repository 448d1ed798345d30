"""Reminders and time: the right words on the right day, at the right hour of the court's own clock."""

from datetime import timedelta

import pytest

from domain.hearing import Outcome
from handlers import hearings
from storage.database import Database
from tests.acceptance.stage import Stage, court_file, open_stage, row, words

ADA = "+19075550101"


async def test_a_hearing_ten_days_ahead_gets_exactly_four_texts_each_with_its_own_purpose(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-11T09:30"))

    await stage.until("2026-06-12 12:00")

    assert stage.fates() == [
        "hearing_set set delivered",
        "reminder consequence delivered",
        "reminder plan delivered",
        "reminder logistics delivered",
    ]
    phone = stage.phone(ADA)
    assert [f"{at:%m-%d}" for at in phone.times] == ["06-01", "06-04", "06-08", "06-10"]
    assert all(8 <= at.hour < 20 for at in phone.times)
    assert len({text.split("\n", 2)[2] for text in phone.texts}) == 4


@pytest.mark.parametrize(
    ("opens", "starts_at", "leaves"),
    [
        ("2026-03-23 10:00", "2026-03-30T09:00", "2026-03-29 10:00"),  # the clocks go forward on the 29th
        ("2026-10-19 10:00", "2026-10-26T09:00", "2026-10-25 10:00"),  # and back on the 25th
    ],
    ids=["spring", "autumn"],
)
async def test_a_reminder_planned_before_a_clock_change_leaves_at_the_court_s_own_hour(
    db: Database, opens: str, starts_at: str, leaves: str
) -> None:
    stage = await open_stage(db, opens=opens, example=court_file('zone = "Europe/Kyiv"'))
    await stage.import_(row(starts_at=starts_at))

    await stage.until(f"{leaves[:10]} 23:00")

    assert f"{stage.phone(ADA).times[-1]:%Y-%m-%d %H:%M}" == leaves
    assert "at 9:00 a.m." in stage.phone(ADA).last


async def test_the_time_zone_is_named_to_a_phone_from_elsewhere_and_only_there(db: Database) -> None:
    stage = await open_stage(db, example=court_file('local_area_codes = ["907"]'))

    await stage.import_(row(), row(party_id="P2", phone="+12125550102"))

    assert "at 9:30 a.m." in stage.phone(ADA).last
    assert "Alaska" not in stage.phone(ADA).last
    assert "at 9:30 a.m. Alaska Daylight Time" in stage.phone("+12125550102").last
    assert "Alaska Daylight Time" in words(await stage.says("+12125550102", "3EX-26-00001CR"))


async def test_tomorrow_never_stands_without_weekday_and_date(stage: Stage) -> None:
    await stage.import_(
        row(starts_at="2026-06-11T00:15"),
        row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", phone="907-555-0102"),
    )

    await stage.until("2026-06-15 00:00")

    assert "tomorrow" not in stage.phone(ADA).last, "at 00:15 many call it the night before"
    assert "Thursday, June 11, at 12:15 a.m." in stage.phone(ADA).last
    assert "tomorrow, Monday, June 15, at 9:30 a.m." in stage.phone("+19075550102").last


async def test_nothing_is_made_up_for_after_the_hearing_and_the_desk_learns_who_was_not_reminded(stage: Stage) -> None:
    await stage.until("2026-06-01 21:00")
    await stage.import_(row())  # at night: the first text waits for the morning, and then nobody is there to send it

    stage.clock.advance(timedelta(days=20))
    await stage.later(timedelta(hours=1))

    assert stage.phone(ADA).texts == []
    assert stage.desk() == {"not_reminded": 1}


async def test_a_hearing_three_hours_ahead_gets_one_text_at_once_and_a_call(db: Database) -> None:
    stage = await open_stage(db, opens="2026-06-01 07:00")

    await stage.import_(row(starts_at="2026-06-01T10:00"))
    assert [f"{at:%H:%M}" for at in stage.phone(ADA).times] == ["07:00"], "at eight it would be too late"
    await stage.until("2026-06-02 12:00")

    assert stage.fates() == ["short_notice delivered"]
    assert "today, Monday, June 1, at 10:00 a.m." in stage.phone(ADA).last
    assert stage.desk() == {"short_notice_call": 1}
    assert stage.reasons() == ["overrides_quiet"]


async def test_a_reminder_that_would_be_overdue_is_never_planned(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-06T09:30"))

    assert stage.fates() == ["hearing_set set delivered", "reminder plan planned", "reminder logistics planned"]


async def test_nobody_is_called_to_two_courts_for_the_same_minute_before_the_desk_has_decided(db: Database) -> None:
    stage = await open_stage(db, second=court_file('name = "Second Court"'))

    await stage.import_(row(), row(court="second", hearing_id="H2"))
    await stage.until("2026-06-01 14:00")

    assert len(stage.phone(ADA).texts) == 1, "one of the two is told, the other one waits"
    assert stage.desk() == {"conflict": 1}
    assert set(stage.reasons()) == {"clear", "two_places"}


async def test_a_reminder_due_at_night_leaves_in_the_morning_before_the_hearing(db: Database) -> None:
    rule = '[[reminder]]\nkey = "hours"\npurpose = "logistics"\nhours_before = 12\n'
    file = court_file(tables=rule).replace('start = "20:00"', 'start = "21:00"')
    stage = await open_stage(db, example=file)

    await stage.import_(row(starts_at="2026-06-15T15:00"))  # twelve hours before is 03:00
    await stage.until("2026-06-16 00:00")

    left = stage.phone(ADA).times[-1]
    assert (left.date().day, left.hour) == (15, 8)
    assert left.minute < 20


@pytest.mark.parametrize(
    ("language", "leap_day", "last_day"),
    [
        ("en", "Tuesday, February 29", "Sunday, December 31"),
        ("es", "martes 29 de febrero", "domingo 31 de diciembre"),
        ("ru", "29 февраля", "31 декабря"),
        ("ar", "29 فبراير", "31 ديسمبر"),
    ],
)
async def test_leap_day_and_the_last_of_december_are_right_in_every_language(
    db: Database, language: str, leap_day: str, last_day: str
) -> None:
    stage = await open_stage(db, opens="2028-02-27 09:00", example=court_file("allow_drafts = true"))

    await stage.import_(row(starts_at="2028-02-29T09:30", language=language))
    await stage.until("2028-02-28 12:00")
    assert leap_day in _plain(stage.phone(ADA).last)
    stage.clock.advance(stage.at("2028-12-29 09:00") - stage.clock.now())
    await stage.import_(row(hearing_id="H2", starts_at="2028-12-31T09:30", language=language))
    await stage.until("2028-12-30 12:00")

    assert last_day in _plain(stage.phone(ADA).last)
    assert [f"{at:%m-%d}" for at in stage.phone(ADA).times][-1] == "12-30"


async def test_who_missed_court_is_told_on_the_next_working_day_how_to_put_it_right_without_threat(
    stage: Stage,
) -> None:
    await stage.import_(row(starts_at="2026-06-12T09:30"))  # a Friday
    await stage.until("2026-06-12 16:00")
    before = len(stage.phone(ADA).texts)

    await stage.staff(hearings.record_outcome, "H1", Outcome.DID_NOT_APPEAR)
    await stage.until("2026-06-20 12:00")

    assert len(stage.phone(ADA).texts) == before + 1
    assert f"{stage.phone(ADA).times[-1]:%a %H:%M}" == "Mon 10:00"
    assert "907-555-0100" in stage.phone(ADA).last
    assert not {"warrant", "arrest", "must"} & set(stage.phone(ADA).last.lower().split())


async def test_who_turns_out_to_have_come_late_hears_nothing_of_a_miss(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-11T09:30"))
    await stage.until("2026-06-11 11:00")
    before = len(stage.phone(ADA).texts)

    await stage.staff(hearings.record_outcome, "H1", Outcome.DID_NOT_APPEAR)
    await stage.until("2026-06-11 16:00")
    await stage.staff(hearings.record_outcome, "H1", Outcome.APPEARED)
    await stage.until("2026-06-20 12:00")

    assert len(stage.phone(ADA).texts) == before


async def test_a_case_that_is_over_ends_its_reminders_with_one_text_not_to_come(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-02 12:00")

    await stage.import_(row(status="vacated"))
    await stage.until("2026-06-20 12:00")

    assert len(stage.phone(ADA).texts) == 2
    assert "CANCELED" in stage.phone(ADA).last
    assert "Do NOT come" in stage.phone(ADA).last
    assert stage.fates().count("reminder plan superseded") == 1


def _plain(text: str) -> str:
    """Return a text without the marks that keep right-to-left sentences in order."""
    return text.translate(dict.fromkeys(range(0x2066, 0x206A)))
