"""Phones and identity: the right person at the right number, or nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.delivery import Consequence, Rejected
from domain.gate import EndpointState
from storage.database import Database
from storage.schema import delivery, endpoint, person, question
from tests.acceptance.stage import Stage, court_file, open_stage, row, words

ADA, BEN = "+19075550101", "+19075550102"


async def test_two_brothers_on_one_phone_each_get_their_own_texts_and_a_stop_counts_for_both(stage: Stage) -> None:
    brother = row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", given_name="Ben")
    await stage.import_(row(), brother)

    texts = stage.phone(ADA).texts
    assert [number in text for text, number in zip(texts, ("3EX-26-00001CR", "3EX-26-00002CR"), strict=True)] == [
        True
    ] * 2
    assert "Ada" not in words(texts)
    assert "Ben" not in words(texts)
    await stage.says(ADA, "STOP")
    await stage.until("2026-06-16 12:00")
    assert len(stage.phone(ADA).texts) == 3


async def test_a_victim_s_number_that_is_also_the_lawyer_s_is_refused_for_both_and_the_desk_told(stage: Stage) -> None:
    victim = row(party_id="P2", role="victim", phone="907-555-0102")
    lawyer = row(party_id="P3", role="attorney", phone="907-555-0102")

    await stage.import_(row(), victim, lawyer)
    await stage.until("2026-06-16 12:00")

    assert stage.phone(BEN).texts == []
    assert stage.desk()["two_hats"] >= 1


async def test_whose_role_changes_in_a_later_file_is_still_reminded(stage: Stage) -> None:
    await stage.import_(row(role="witness"))
    seen = len(stage.phone(ADA).texts)

    await stage.import_(row(role="defendant"))
    await stage.until("2026-06-16 12:00")

    assert "You have court tomorrow, Monday, June 15" in stage.phone(ADA).texts[-1]
    assert "3EX-26-00001CR" in words(stage.phone(ADA).texts[seen:])
    assert "opposed" not in stage.reasons()


async def test_who_asks_for_protection_and_is_asked_for_it_is_reminded(stage: Stage) -> None:
    await stage.import_(row(role="petitioner"), row(role="respondent"))

    await stage.until("2026-06-16 12:00")

    assert "You have court tomorrow, Monday, June 15" in stage.phone(ADA).last
    assert "opposed" not in stage.reasons()


async def test_a_number_that_may_have_changed_hands_is_told_nothing_of_a_case(stage: Stage) -> None:
    await stage.import_(row())
    await stage.db.write(lambda c: c.execute(update(endpoint).values(state=EndpointState.DOUBTFUL)))

    await stage.until("2026-06-09 12:00")

    assert len(stage.phone(ADA).texts) == 1
    assert stage.reasons()[-1] == "endpoint_doubtful"


async def test_who_has_a_number_after_somebody_else_cannot_answer_for_them(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-12 12:00")
    assert "Will you come?" in stage.phone(ADA).last

    await stage.import_(row(phone="907-555-0102"))
    assert [one.state for one in stage.rows(select(question.c.state))] == ["superseded"]
    said = await stage.says(ADA, "YES")

    assert stage.answers() == {"H1": None}
    assert "June 15" not in words(said)


async def test_who_has_a_victim_s_number_after_them_is_told_nothing_of_the_case(stage: Stage) -> None:
    hers = row(role="witness", confidentiality="restricted", starts_at="2026-06-21T13:30")
    await stage.import_(hers)
    await stage.until("2026-06-18 12:00")
    assert "Will you come?" in stage.phone(ADA).last
    await stage.import_(hers | {"phone": "907-555-0102"})
    await stage.db.write(lambda c: c.execute(update(question).values(state="open")))  # as a late receipt may do

    said = words(await stage.says(ADA, "espanol") + await stage.says(ADA, "YES"))

    assert stage.answers() == {"H1": None}
    assert not {"3EX-26-00001CR", "21", "13:30", "1:30"} & set(said.replace(",", " ").split())
    assert "00001CR" not in said


async def test_who_stays_at_a_number_that_another_has_left_keeps_their_question(stage: Stage) -> None:
    other = row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", starts_at="2026-06-16T13:30")
    await stage.import_(row(), other)
    await stage.until("2026-06-13 12:00")

    await stage.import_(row(phone="907-555-0102"), other)
    [thanks] = await stage.says(ADA, "YES")

    assert "June 16" in thanks
    assert stage.answers() == {"H1": None, "H2": "coming"}


@pytest.mark.parametrize("code", ["twilio.21614", "twilio.30006"], ids=["refused", "bounced"])
async def test_a_landline_gets_no_second_text_and_the_desk_finds_another_way(stage: Stage, code: str) -> None:
    stage.sms.confirms = False
    if code == "twilio.21614":
        stage.sms.will(Rejected(code, Consequence.DEAD_ADDRESS))
    await stage.import_(row())
    if stage.sms.left:
        await stage.bounce(-1, code, Consequence.DEAD_ADDRESS)

    await stage.until("2026-06-16 12:00")

    assert stage.sms.tried == 1
    assert stage.desk() == {"unreachable": 1}


async def test_one_number_written_in_two_ways_is_one_phone_with_one_text(stage: Stage) -> None:
    same_day = {"case_number": "3EX-26-00002CR", "hearing_id": "H2", "starts_at": "2026-06-15T13:30"}

    await stage.import_(row(phone="(907) 555-0101"), row(phone="907-555-0101", **same_day))

    assert len(stage.rows(select(endpoint.c.id))) == 1
    assert len(stage.phone(ADA).texts) == 1
    assert "2 court hearings" in stage.phone(ADA).last


@pytest.mark.parametrize(
    ("phone", "why"),
    [
        ("UNKNOWN", "not_a_number"),
        ("5550134", "no_area_code"),
        ("", "empty"),
        ("907-555-0100 ext. 12", "extension"),
        ("1-900-555-0199", "premium"),
    ],
)
async def test_a_phone_field_that_reaches_nobody_keeps_its_row_with_the_reason(
    stage: Stage, phone: str, why: str
) -> None:
    report = await stage.import_(row(phone=phone), row(party_id="P2", phone="907-555-0102"))

    assert report.quarantined == 0
    reasons = stage.rows(select(person.c.unreachable_reason).order_by(person.c.party_key))
    assert [one.unreachable_reason for one in reasons] == [why, None]
    assert stage.desk() == {"unreachable": 1}
    assert len(stage.phone(BEN).texts) == 1


async def test_a_number_abroad_waits_for_the_desk_and_leaves_once_it_is_released(stage: Stage) -> None:
    abroad = "+447400123456"  # a number of Ofcom's, which nobody has
    await stage.import_(row(phone=abroad))
    assert stage.phone(abroad).texts == []
    assert stage.desk() == {"foreign_number": 1}

    await stage.db.write(lambda c: c.execute(update(endpoint).values(foreign_held=False)))
    await stage.later(timedelta(hours=2))

    assert len(stage.phone(abroad).texts) == 1


async def test_a_damaged_name_is_for_the_desk_to_mend_and_in_no_text(stage: Stage) -> None:
    await stage.import_(row(given_name="JosÃ©"))

    assert stage.desk() == {"damaged_name": 1}
    assert "Jos" not in words(stage.phone(ADA).texts)


async def test_a_child_s_case_answers_nobody_and_says_no_word_of_the_charge(stage: Stage) -> None:
    child = row(birth_date="2011-02-03", case_kind="assault", confidentiality="juvenile", phone="907-555-0102")
    await stage.import_(child, row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", phone=""))

    unknown = words(await stage.says(ADA, "3EX-26-00009CR"))
    asked = words(await stage.says(ADA, "3EX-26-00001CR"))

    assert asked.replace("00001", "00009") == unknown
    assert not {"assault", "Ada", "Lane"} & set(words(stage.phone(BEN).texts).replace(",", "").split())


async def test_who_follows_a_case_that_proves_to_be_a_child_s_is_told_nothing_more_of_it(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(BEN, "3EX-26-00001CR")
    await stage.says(BEN, "YES")
    followed, party = len(stage.phone(BEN).texts), len(stage.phone(ADA).texts)

    await stage.import_(row(minor="Y"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(BEN).texts) == followed
    assert len(stage.phone(ADA).texts) > party, "it is their own case"
    assert not stage.desk()


async def test_who_watched_for_a_number_is_not_told_of_a_child_s_case_that_waits_for_the_morning(db: Database) -> None:
    stage = await open_stage(db, opens="2026-06-01 20:00")
    await stage.says(BEN, "3EX-26-00001CR")
    await stage.says(BEN, "1")
    await stage.until("2026-06-01 23:00")
    seen = len(stage.phone(BEN).texts)

    await stage.import_(row(phone=""))
    await stage.import_(row(phone="", minor="Y"))
    await stage.until("2026-06-02 12:00")

    assert len(stage.phone(BEN).texts) == seen


async def test_a_case_sealed_while_a_text_waits_lets_nothing_leave(stage: Stage) -> None:
    await stage.import_(row())
    before = len(stage.phone(ADA).texts)

    await stage.import_(row(confidentiality="sealed"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == before
    assert stage.reasons()[-1] == "sealed"
    kept = stage.rows(select(delivery.c.text))
    assert all(b"3EX" not in one.text for one in kept), "what was sent before stays, sealed"


async def test_a_case_sealed_while_its_question_is_open_is_not_named_again(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-12 12:00")
    assert "Will you come?" in stage.phone(ADA).last

    await stage.import_(row(confidentiality="sealed"))
    said = words(await stage.says(ADA, "espanol") + await stage.says(ADA, "YES"))

    assert "3EX-26-00001CR" not in said
    assert "15" not in said
    assert stage.answers() == {"H1": None}


async def test_a_sealed_case_is_not_among_those_that_a_yes_may_be_for(stage: Stage) -> None:
    second = row(case_number="3EX-26-00002CR", hearing_id="H2", starts_at="2026-06-15T13:30", party_id="P2")
    third = row(case_number="3EX-26-00003CR", hearing_id="H3", starts_at="2026-06-15T15:30", party_id="P3")
    await stage.import_(row(), second, third)
    await stage.until("2026-06-12 12:00")

    await stage.import_(row(confidentiality="sealed"), second, third)
    [which] = await stage.says(ADA, "YES")
    [thanks] = await stage.says(ADA, "2")

    assert "00001CR" not in which
    assert "00002CR" in which
    assert "3:30" in thanks
    assert stage.answers() == {"H1": None, "H2": None, "H3": "coming"}


async def test_one_number_in_two_counties_is_asked_back_to_whoever_is_in_both(db: Database) -> None:
    stage = await open_stage(db, second=court_file('name = "Second District Court"'))
    await stage.import_(row(), row(court="second", hearing_id="H2", starts_at="2026-06-16T13:30"))

    [which] = await stage.says(ADA, "3EX-26-00001CR")
    [answer] = await stage.says(ADA, "2")

    assert "1 Example District Court" in which
    assert "2 Second District Court" in which
    assert "Tuesday, June 16" in answer


async def test_a_victim_whose_number_the_feed_gives_to_the_defendant_is_not_written_to_there(stage: Stage) -> None:
    victim = {"party_id": "V1", "role": "victim", "given_name": "Vera"}
    await stage.import_(row(), row(**victim, phone="907-555-0102"))
    ada, ben = len(stage.phone(ADA).texts), len(stage.phone(BEN).texts)

    await stage.import_(row(phone="907-555-0102"), row(**victim, phone="907-555-0101"))
    await stage.until("2026-06-16 12:00")

    assert (len(stage.phone(ADA).texts), len(stage.phone(BEN).texts)) == (ada, ben)
    assert stage.desk()["two_hats"] == 2


async def test_who_follows_a_case_and_is_then_named_in_it_is_told_once(stage: Stage) -> None:
    await stage.import_(row(phone=""))
    await stage.says(ADA, "3EX-26-00001CR")
    await stage.says(ADA, "YES")

    await stage.import_(row())
    before = len(stage.phone(ADA).texts)
    await stage.until("2026-06-10 12:00")
    await stage.import_(row(courtroom="9"), row(hearing_id="H2", starts_at="2026-06-22T09:30"))
    await stage.until("2026-06-23 12:00")

    days = [f"{at:%m-%d}" for at in stage.phone(ADA).times[before:]]
    assert days == ["06-08", "06-10", "06-10", "06-12", "06-14", "06-15", "06-19", "06-21"]
    assert not [fate for fate in stage.fates("endpoint:1") if fate.endswith("planned")]


@pytest.mark.parametrize(
    ("cells", "says"),
    [({"status": "cancelled"}, "CANCELED"), ({"starts_at": "2026-06-12T09:30"}, "No longer: Monday, June 15")],
    ids=["cancelled", "moved"],
)
async def test_what_a_follower_was_told_is_taken_back_though_they_are_a_party_by_now(
    stage: Stage, cells: dict[str, str], says: str
) -> None:
    await stage.import_(row(phone=""))
    await stage.says(ADA, "3EX-26-00001CR")
    await stage.says(ADA, "YES")
    before = len(stage.phone(ADA).texts)

    await stage.import_(row(**cells))
    await stage.until("2026-06-16 12:00")

    told = stage.phone(ADA).texts[before:]
    assert says in words(told)
    assert len([text for text in told if "tomorrow" in text]) == (says != "CANCELED")


async def test_who_follows_goes_on_being_told_when_the_party_is_not_reached_there_any_more(stage: Stage) -> None:
    await stage.import_(row(phone=""))
    await stage.says(ADA, "3EX-26-00001CR")
    await stage.says(ADA, "YES")
    await stage.import_(row())
    await stage.import_(row(phone="907-555-0102"))
    before = len(stage.phone(ADA).texts)

    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == before + 2, "a week and a day before, as followers are"
    assert "tomorrow" in stage.phone(BEN).last


async def test_a_lost_phone_is_told_nothing_more_and_whoever_holds_it_can_answer_nothing(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-05T09:30"))
    await stage.until("2026-06-02 12:00")
    await stage.db.write(lambda c: c.execute(update(endpoint).values(state=EndpointState.FROZEN)))
    before = len(stage.phone(ADA).texts)

    assert await stage.says(ADA, "1") == []
    assert await stage.says(ADA, "3EX-26-00001CR") == []
    await stage.until("2026-06-06 12:00")

    assert len(stage.phone(ADA).texts) == before
    assert stage.answers() == {"H1": None}
    assert stage.reasons()[-1] == "endpoint_frozen"


async def test_who_has_another_number_the_day_before_is_told_there_once_and_the_desk_calls(stage: Stage) -> None:
    await stage.import_(row())
    await stage.until("2026-06-14 12:00")
    await stage.import_(row(phone="907-555-0102"))
    await stage.import_(row(phone="907-555-0102"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == 4
    [told] = stage.phone(BEN).texts
    assert "9:30" in told
    assert stage.desk() == {"short_notice_call": 1}


async def test_whose_number_was_wrong_is_told_the_day_before_at_the_right_one(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(ADA, "wrong number")
    await stage.until("2026-06-14 12:00")
    await stage.import_(row(phone="907-555-0102"))
    await stage.until("2026-06-16 12:00")

    [told] = stage.phone(BEN).texts
    assert "9:30" in told
    assert stage.desk() == {"short_notice_call": 1, "wrong_number": 1}


async def test_what_went_to_a_wrong_number_is_no_day_that_somebody_was_told(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(ADA, "wrong number")
    await stage.import_(row(phone="907-555-0102"))
    [first] = stage.phone(BEN).texts
    await stage.import_(row(phone="907-555-0102", starts_at="2026-06-17T13:00"))
    await stage.until("2026-06-03 12:00")

    assert "You have court on Monday, June 15" in first
    assert "No longer: Monday, June 15" in stage.phone(BEN).last, "there they were told it"


async def test_a_number_and_a_day_that_change_together_are_told_as_a_new_hearing(stage: Stage) -> None:
    await stage.import_(row())
    await stage.import_(row(phone="907-555-0102", starts_at="2026-06-17T13:00"))

    [told] = stage.phone(BEN).texts
    assert "You have court on Wednesday, June 17" in told
    assert "June 15" not in told


async def test_who_may_have_read_of_it_at_their_former_number_is_told_that_it_is_off(stage: Stage) -> None:
    await stage.import_(row())
    await stage.import_(row(phone="907-555-0102", status="cancelled"))
    await stage.until("2026-06-16 12:00")

    [told] = stage.phone(BEN).texts
    assert "CANCELED" in told


async def test_numbers_that_go_to_and_fro_are_each_told_once_and_of_every_change(stage: Stage) -> None:
    there = {"phone": "907-555-0102"}
    for cells in ({}, there, {}, there, {}):
        await stage.import_(row(**cells))
    assert (len(stage.phone(ADA).texts), len(stage.phone(BEN).texts)) == (1, 1)

    for cells in (there, {}, there):
        await stage.import_(row(starts_at="2026-06-17T13:00", **cells))

    assert [len(stage.phone(one).texts) for one in (ADA, BEN)] == [2, 2]
    assert all("No longer: Monday, June 15" in stage.phone(one).last for one in (ADA, BEN))


async def test_another_number_is_told_nothing_twice_that_was_told_at_it(stage: Stage) -> None:
    await stage.import_(row())
    await stage.import_(row(phone="907-555-0102"))
    await stage.import_(row(phone="907-555-0102", courtroom="9"))
    await stage.until("2026-06-16 12:00")

    days = [f"{at:%m-%d}" for at in stage.phone(BEN).times]
    assert days == ["06-01", "06-01", "06-08", "06-12", "06-14"], "the hearing, its room, and each touch"


@pytest.mark.parametrize("was_reached", [True, False])
async def test_who_was_told_only_at_a_number_that_is_not_theirs_any_more_is_not_reminded(
    stage: Stage, *, was_reached: bool
) -> None:
    if was_reached:
        await stage.import_(row())
    await stage.import_(row(phone="+442079460958"))

    await stage.until("2026-06-16 12:00")

    assert stage.desk() == {"foreign_number": 1, "not_reminded": 1}


async def test_who_follows_hears_on_while_the_party_at_that_phone_is_in_custody(stage: Stage) -> None:
    await stage.import_(row(phone=""))
    await stage.says(ADA, "3EX-26-00001CR")
    await stage.says(ADA, "YES")
    told = len(stage.phone(ADA).texts)

    await stage.import_(row(in_custody="true"))
    await stage.until("2026-06-16 12:00")

    assert "tomorrow" in words(stage.phone(ADA).texts[told:])
