"""Changes, and texts already on their way: the last text on a phone is the truth."""

from datetime import timedelta

import pytest

from domain.delivery import DeliveryState
from domain.sms import measure
from handlers import hearings
from storage.database import Database
from tests.acceptance.stage import Stage, court_file, open_stage, row, words

ADA, BEN = "+19075550101", "+19075550102"


async def test_a_hearing_moved_five_days_earlier_is_told_at_once_and_its_old_reminders_vanish(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-08T09:30"))
    await stage.until("2026-06-02 12:00")

    await stage.import_(row(starts_at="2026-06-03T09:30"))

    assert f"{stage.phone(ADA).times[-1]:%m-%d %H:%M}" == "06-02 12:00"
    assert "It was moved EARLIER. New time: tomorrow, Wednesday, June 3, 9:30 a.m." in stage.phone(ADA).last
    assert "No longer: Monday, June 8, 9:30 a.m." in stage.phone(ADA).last
    await stage.until("2026-06-10 12:00")
    assert len(stage.phone(ADA).texts) == 2, "the set notice and the change"


async def test_a_cancellation_that_overtakes_a_text_at_the_carrier_is_corrected_last(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-14 09:00")
    stage.sms.confirms = False
    await stage.until("2026-06-14 10:01")
    on_its_way = len(stage.phone(ADA).texts)
    assert "tomorrow" in stage.phone(ADA).last

    await stage.import_(row(status="cancelled"))
    assert len(stage.phone(ADA).texts) == on_its_way, "the correction waits, so that it comes last"
    await stage.later(timedelta(minutes=3))
    await stage.receipt(-1, DeliveryState.DELIVERED)

    assert len(stage.phone(ADA).texts) == on_its_way + 1
    assert "CORRECTION" in stage.phone(ADA).last
    assert "CANCELED" in stage.phone(ADA).last


async def test_what_is_cancelled_before_it_could_leave_is_superseded_and_nothing_is_sent(stage: Stage) -> None:
    await stage.until("2026-06-01 21:00")
    await stage.import_(row())
    await stage.import_(row(status="cancelled"))

    await stage.until("2026-06-16 12:00")

    assert stage.phone(ADA).texts == []
    assert {fate.rsplit(" ", 1)[1] for fate in stage.fates()} == {"superseded"}


async def test_another_room_an_hour_before_is_told_shortly_to_those_who_are_due_there_and_to_nobody_else(
    stage: Stage,
) -> None:
    elsewhere = row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", phone="907-555-0102", courtroom="3")
    await stage.import_(row(), elsewhere)
    await stage.until("2026-06-15 08:30")
    ada, ben = len(stage.phone(ADA).texts), len(stage.phone(BEN).texts)

    await stage.import_(row(courtroom="7"), elsewhere)

    assert (len(stage.phone(ADA).texts), len(stage.phone(BEN).texts)) == (ada + 1, ben)
    assert "The place changed." in stage.phone(ADA).last
    assert "Courtroom 7" in stage.phone(ADA).last
    assert "Hello" not in stage.phone(ADA).last
    assert measure(stage.phone(ADA).last).count <= 2


async def test_who_said_stop_gets_no_text_of_a_move_but_the_desk_a_task_to_reach_them(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(ADA, "STOP")
    before = len(stage.phone(ADA).texts)

    await stage.import_(row(starts_at="2026-06-05T09:30"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == before
    assert stage.desk() == {"stopped_but_changed": 1}


async def test_another_judge_is_no_news(stage: Stage) -> None:
    await stage.import_(row(judge="Moss"))

    await stage.import_(row(judge="Fern"))

    assert len(stage.phone(ADA).texts) == 1


async def test_a_hearing_put_back_on_is_told_to_who_knew_that_it_was_off(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-02 12:00")
    await stage.staff(hearings.cancel, "H1")
    await stage.until("2026-06-03 12:00")

    await stage.staff(hearings.reinstate, "H1")
    await stage.until("2026-06-16 12:00")

    assert "ON again" in stage.phone(ADA).texts[2]
    assert stage.fates()[-1] == "reminder logistics delivered", "and its reminders are back"


async def test_a_move_back_before_anybody_was_told_of_the_first_is_told_to_nobody(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-02 21:00")
    await stage.import_(row(starts_at="2026-06-22T09:30"))
    await stage.import_(row())

    await stage.until("2026-06-03 12:00")

    assert len(stage.phone(ADA).texts) == 1


async def test_the_story_of_a_correction_is_the_same_on_either_engine(any_db: Database) -> None:
    stage = await open_stage(any_db, example=court_file())
    stage.sms.confirms = False
    await stage.import_(row())
    await stage.import_(row(starts_at="2026-06-05T09:30"))

    await stage.until("2026-06-01 12:00")

    assert ["CORRECTION" in text for text in stage.phone(ADA).texts] == [False, True]
    assert "Friday, June 5" in stage.phone(ADA).last


@pytest.mark.parametrize(
    ("cells", "says"),
    [({"starts_at": "2026-06-11T09:30"}, "June 11"), ({"status": "cancelled"}, "CANCELED"), ({}, None)],
    ids=["moved", "cancelled", "as it was"],
)
async def test_what_changed_while_a_case_was_sealed_is_told_once_it_is_open_again(
    stage: Stage, cells: dict[str, str], says: str | None
) -> None:
    await stage.import_(row())
    await stage.import_(row(**cells, confidentiality="sealed"))
    before = len(stage.phone(ADA).texts)
    await stage.until("2026-06-02 12:00")
    assert len(stage.phone(ADA).texts) == before

    await stage.import_(row(**cells, confidentiality="public"))
    await stage.until("2026-06-03 18:00")

    told = stage.phone(ADA).texts[before:]
    assert len(told) == (says is not None)
    assert (says or "") in words(told)
