"""Consent: who may be written to, on whose word, and how it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.arrivals import telegram_arrival
from domain.consent import Evidence
from domain.delivery import Consequence, Rejected
from handlers import hearings
from storage.database import Database
from storage.schema import consent_event, endpoint
from tests.acceptance.stage import Stage, court_file, open_stage, row, words
from tests.fixtures.conversation import BOT_ID, membership_of

ADA, BEN = "+19075550101", "+19075550102"
OPT_IN = 'enrolment = "opt_in"'
TWO = (row(), row(case_number="3EX-26-00002CR", hearing_id="H2", starts_at="2026-06-16T13:30"))


async def test_stop_and_a_digit_ends_the_texts_of_that_case_only_and_says_what_remains(stage: Stage) -> None:
    await stage.import_(*TWO)

    [said] = await stage.says(ADA, "STOP 2")
    await stage.until("2026-06-17 12:00")

    assert "Texts for case 3EX-26-00002CR are stopped" in said
    assert "- 3EX-26-00001CR" in said
    later = words(stage.phone(ADA).texts[3:])
    assert "3EX-26-00001CR" in later
    assert "3EX-26-00002CR" not in later


async def test_a_stop_that_only_the_carrier_knows_is_mirrored_and_nothing_is_tried_again(stage: Stage) -> None:
    stage.sms.will(Rejected("twilio.21610", Consequence.OPTED_OUT))
    await stage.import_(row())

    await stage.until("2026-06-16 12:00")

    assert stage.sms.tried == 1
    assert [one.carrier_stopped for one in stage.rows(select(endpoint.c.carrier_stopped))] == [True]
    [last] = stage.rows(select(consent_event.c.evidence).order_by(consent_event.c.id.desc()).limit(1))
    assert last.evidence is Evidence.CARRIER


async def test_whoever_blocks_the_bot_is_reached_by_sms_where_they_agreed_and_the_desk_is_told_once(
    stage: Stage,
) -> None:
    await stage.import_(row(telegram_token="ada-7001"))
    await stage.says("7001", "/start ada-7001")
    stage.telegram.will(*[Rejected("telegram.blocked", Consequence.OPTED_OUT)] * 5)
    by_sms, by_chat = len(stage.phone(ADA).texts), len(stage.phone("7001").texts)

    await stage.until("2026-06-16 12:00")

    assert len(stage.phone("7001").texts) == by_chat
    assert len(stage.phone(ADA).texts) == by_sms + 3
    assert stage.desk() == {"unreachable": 1}


async def test_whoever_blocks_the_bot_and_lets_it_in_again_goes_on_getting_sms(stage: Stage) -> None:
    await stage.import_(row(telegram_token="ada-7001"))
    await stage.says("7001", "/start ada-7001")
    await stage.receive(telegram_arrival(membership_of("kicked"), bot_id=BOT_ID))
    await stage.later(timedelta(hours=1))
    await stage.receive(telegram_arrival(membership_of("member"), bot_id=BOT_ID))
    by_sms, by_chat = len(stage.phone(ADA).texts), len(stage.phone("7001").texts)

    await stage.import_(row(telegram_token="ada-7001", courtroom="9"))
    await stage.until("2026-06-12 12:00")

    assert "Courtroom 9" in words(stage.phone(ADA).texts[by_sms:])
    assert len(stage.phone("7001").texts) == by_chat
    await stage.says("7001", "START")
    by_sms = len(stage.phone(ADA).texts)
    await stage.until("2026-06-16 12:00")
    assert "tomorrow" in stage.phone("7001").last
    assert len(stage.phone(ADA).texts) == by_sms


async def test_a_chat_that_had_stopped_before_it_was_connected_silences_no_phone(stage: Stage) -> None:
    await stage.import_(row(telegram_token="ada-7001"))
    await stage.says("7001", "STOP")

    [asked] = await stage.says("7001", "/start ada-7001")
    by_sms = len(stage.phone(ADA).texts)
    await stage.until("2026-06-12 12:00")

    assert "1" in asked
    assert len(stage.phone(ADA).texts) > by_sms
    assert stage.phone("7001").last == asked
    await stage.says("7001", "START")
    by_sms = len(stage.phone(ADA).texts)
    await stage.until("2026-06-16 12:00")
    assert "tomorrow" in stage.phone("7001").last
    assert len(stage.phone(ADA).texts) == by_sms


@pytest.mark.parametrize("before", ["nothing", "a block", "another's stop"])
async def test_a_stop_in_a_chat_is_not_got_round_by_sms(stage: Stage, before: str) -> None:
    await stage.import_(row(telegram_token="ada-7001"))
    if before == "another's stop":
        await stage.says("7001", "STOP")
    await stage.says("7001", "/start ada-7001")
    if before == "a block":
        await stage.receive(telegram_arrival(membership_of("kicked"), bot_id=BOT_ID))
        await stage.later(timedelta(hours=1))
        await stage.receive(telegram_arrival(membership_of("member"), bot_id=BOT_ID))
    await stage.says("7001", "STOP")
    by_sms = len(stage.phone(ADA).texts)

    await stage.until("2026-06-10 12:00")
    await stage.import_(row(telegram_token="ada-7001", courtroom="9"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == by_sms


@pytest.mark.parametrize("changes", [(), ("kicked", "member")], ids=["stays", "blocks and lets in again"])
async def test_a_stop_at_the_phone_is_not_lifted_by_what_a_chat_does(stage: Stage, changes: tuple[str, ...]) -> None:
    await stage.import_(row(telegram_token="ada-7001"))
    await stage.says(ADA, "STOP")
    await stage.says("7001", "STOP")
    await stage.says("7001", "/start ada-7001")
    for change in changes:
        await stage.later(timedelta(hours=1))
        await stage.receive(telegram_arrival(membership_of(change), bot_id=BOT_ID))
    by_sms = len(stage.phone(ADA).texts)

    await stage.import_(row(telegram_token="ada-7001", courtroom="9"))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == by_sms


async def test_an_opt_in_court_sends_nothing_of_a_case_before_a_yes(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.until("2026-06-03 12:00")

    [invitation] = stage.phone(ADA).texts
    assert "Reply 1 if you want them" in invitation
    assert not {"3EX-26-00001CR", "June", "hearing", "case"} & set(invitation.split())
    await stage.says(ADA, "1")
    await stage.until("2026-06-16 12:00")
    assert [f"{at:%m-%d}" for at in stage.phone(ADA).times[1:]] == ["06-03", "06-03", "06-08", "06-12", "06-14"]
    assert "You have court on Monday, June 15" in stage.phone(ADA).texts[2], "the hearing itself, once"
    assert "tomorrow, Monday, June 15" in stage.phone(ADA).last


async def test_who_says_yes_the_day_before_is_told_the_hearing_and_the_desk_calls(db: Database) -> None:
    stage = await open_stage(db, opens="2026-06-14 11:00", example=court_file(OPT_IN))
    await stage.import_(row())

    _, told = await stage.says(ADA, "1")
    await stage.until("2026-06-16 12:00")

    assert "9:30" in told
    assert stage.phone(ADA).last == told
    assert stage.desk() == {"short_notice_call": 1}


async def test_a_move_names_no_day_to_who_was_invited_only(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.import_(row(starts_at="2026-06-17T13:00"))

    said = words(await stage.says(ADA, "1"))

    assert "June 17" in said
    assert "June 15" not in said


async def test_an_invitation_that_gets_no_answer_is_never_repeated_whatever_hearings_follow(any_db: Database) -> None:
    stage = await open_stage(any_db, example=court_file(OPT_IN))
    await stage.import_(*TWO)

    await stage.until("2026-06-17 12:00")

    assert len(stage.phone(ADA).texts) == 1


async def test_a_yes_does_not_pass_to_who_gets_the_number_next_but_a_stop_does(any_db: Database) -> None:
    stage = await open_stage(any_db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.says(ADA, "1")
    before = len(stage.phone(ADA).texts)

    bo = row(party_id="P2", given_name="Bo", case_number="3EX-26-00002CR", hearing_id="H2")
    await stage.import_(row(phone="907-555-0102"), bo)
    [invitation] = stage.phone(ADA).texts[before:]
    assert "Reply 1 if you want them" in invitation
    _, told = await stage.says(ADA, "1")
    assert "3EX-26-00002CR" in told
    await stage.says(ADA, "STOP")
    before = len(stage.phone(ADA).texts)

    cy = row(party_id="P3", given_name="Cy", case_number="3EX-26-00003CR", hearing_id="H3")
    await stage.import_(row(phone="907-555-0102"), bo | {"phone": "907-555-0103"}, cy)
    await stage.until("2026-06-16 12:00")
    assert len(stage.phone(ADA).texts) == before


async def test_who_shares_the_phone_of_whoever_said_yes_is_written_to_there(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.says(ADA, "1")

    bo = row(party_id="P2", given_name="Bo", case_number="3EX-26-00002CR", hearing_id="H2")
    await stage.import_(row(), bo)

    assert "3EX-26-00002CR" in stage.phone(ADA).last


@pytest.mark.parametrize("off", [["H1"], ["H2"], ["H1", "H2"]], ids=["the first", "the last", "both"])
async def test_an_invitation_outlives_the_hearing_that_it_was_for(any_db: Database, off: list[str]) -> None:
    stage = await open_stage(any_db, opens="2026-06-01 21:00", example=court_file(OPT_IN))
    await stage.import_(*TWO)
    for hearing_id in off:
        await stage.staff(hearings.cancel, hearing_id)
    await stage.until("2026-06-17 12:00")

    assert len(stage.phone(ADA).texts) == 2 - len(off)


async def test_at_another_number_the_question_is_put_once_more_and_a_yes_there_is_told_all(any_db: Database) -> None:
    stage = await open_stage(any_db, example=court_file(OPT_IN))
    await stage.import_(*TWO)
    await stage.says(ADA, "1")
    before = len(stage.phone(ADA).texts)

    for cells in ({"phone": "907-555-0102"}, {}, {"phone": "907-555-0102"}, {"phone": "907-555-0102"}):
        await stage.import_(*[one | cells for one in TWO])

    [invitation] = stage.phone(BEN).texts
    assert "Reply 1 if you want them" in invitation
    assert len(stage.phone(ADA).texts) == before, "who said yes there is asked nothing"
    _, told = await stage.says(BEN, "1")
    assert "June 15" in told
    assert "June 16" in told


async def test_a_change_that_nobody_said_yes_to_at_the_new_number_is_for_the_desk(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.says(ADA, "1")
    before = len(stage.phone(ADA).texts)
    await stage.import_(row(phone="907-555-0102"))
    await stage.import_(row(phone="907-555-0102", starts_at="2026-06-18T09:30"))
    await stage.until("2026-06-19 12:00")

    assert len(stage.phone(ADA).texts) == before
    assert len(stage.phone(BEN).texts) == 1
    assert stage.desk()["stopped_but_changed"] == 1


async def test_a_no_at_one_number_is_not_asked_again_when_it_comes_back(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.says(ADA, "2")
    before = len(stage.phone(ADA).texts)
    for cells in ({"phone": "907-555-0102"}, {}, {"phone": "907-555-0102"}):
        await stage.import_(row(**cells))
    await stage.until("2026-06-16 12:00")

    assert len(stage.phone(ADA).texts) == before
    assert len(stage.phone(BEN).texts) == 1


async def test_the_first_text_says_who_writes_and_why_and_at_its_end_how_to_stop(stage: Stage) -> None:
    await stage.import_(row())

    first = stage.phone(ADA).last
    assert first.startswith("Example District Court: You have court")
    assert "We text about court dates." in first
    assert first.splitlines()[-1] == "Reply STOP to end texts, HELP for help."


async def test_start_undoes_stop_and_what_is_still_to_come_comes(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(ADA, "STOP")
    await stage.until("2026-06-05 12:00")

    [again] = await stage.says(ADA, "START")
    await stage.until("2026-06-16 12:00")

    assert "You will get reminders for 1 case" in again
    assert [f"{at:%m-%d}" for at in stage.phone(ADA).times[3:]] == ["06-08", "06-12", "06-14"]


async def test_help_is_answered_to_who_has_stopped_and_changes_nothing(stage: Stage) -> None:
    await stage.import_(row())
    await stage.says(ADA, "STOP")

    [help_text] = await stage.says(ADA, "HELP")
    await stage.until("2026-06-16 12:00")

    assert "907-555-0100" in help_text
    assert stage.phone(ADA).last == help_text


@pytest.mark.parametrize("again", ["STOP", "stop", "Stop. Thank you"])
async def test_a_second_stop_is_not_answered_again(stage: Stage, again: str) -> None:
    await stage.import_(row())
    await stage.says(ADA, "STOP")

    assert await stage.says(ADA, again) == []


async def test_who_chooses_from_a_menu_a_case_that_is_not_texted_about_there_any_more_holds_nobody_up(
    stage: Stage,
) -> None:
    both = (row(), row(case_number="3EX-26-00002CR", hearing_id="H2", starts_at="2026-06-16T13:30"))
    await stage.import_(*both)
    await stage.says(ADA, "can I stop the texts?")
    await stage.import_(*(one | {"phone": "907-555-0102"} for one in both))

    [answer] = await stage.says(ADA, "1")
    [stopped] = await stage.says(BEN, "STOP")

    assert "3EX-26" not in answer
    assert "Texts are stopped" in stopped


async def test_who_shared_a_number_keeps_its_yes_when_the_other_leaves_it(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    await stage.says(ADA, "1")
    bo = row(party_id="P2", given_name="Bo", case_number="3EX-26-00002CR", hearing_id="H2")
    await stage.import_(row(), bo)
    await stage.later(timedelta(days=1))
    told = len(stage.phone(ADA).texts)

    await stage.import_(row(phone="907-555-0102"), bo)
    await stage.until("2026-06-16 12:00")

    assert "3EX-26-00002CR" in words(stage.phone(ADA).texts[told:])
    assert "3EX-26-00001CR" not in words(stage.phone(ADA).texts[told:])


async def test_a_yes_of_who_had_the_number_for_a_while_does_not_pass_back(db: Database) -> None:
    stage = await open_stage(db, example=court_file(OPT_IN))
    await stage.import_(row())
    bo = row(party_id="P2", given_name="Bo", case_number="3EX-26-00002CR", hearing_id="H2")
    await stage.import_(row(phone="907-555-0102"), bo)
    await stage.says(ADA, "START")
    told = len(stage.phone(ADA).texts)

    await stage.import_(row(), bo | {"phone": "907-555-0103"})
    await stage.until("2026-06-16 12:00")

    assert "3EX-26-00001CR" not in words(stage.phone(ADA).texts[told:])
