"""`usher why`: what was sent, when and with what words, and what was not sent and why, in plain words."""

from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy import insert, update

from bot.cli.why import show
from domain.delivery import ChannelName, Deferred, DeliveryState, Receipt, Unknown
from domain.errors import NotFoundError
from domain.gate import EndpointState
from domain.notice import NoticeState
from domain.reasons import Reason
from handlers.why import OTHER_REASONS, RECEIPTS, STATES, Story, explain, tell
from scheduler.receipts import apply_receipt
from storage.database import Database
from storage.schema import endpoint, person
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, put
from tests.fixtures.sending import Desk, open_desk


async def stories(desk: Desk, whom: str = "1", hearing_id: int | None = None) -> list[Story]:
    """Ask about the street's first person."""
    return await desk.db.read(partial(tell, whom=whom, hearing_id=hearing_id))


async def test_a_story_runs_from_plan_to_phone_with_the_exact_words(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    [sent] = await desk.db.read(delivery_rows)
    arrived = Receipt(sent.id, None, DeliveryState.DELIVERED)
    desk.clock.advance(timedelta(seconds=9))
    now = desk.clock.now()
    await desk.db.write(partial(apply_receipt, receipt=arrived, channel=ChannelName.SMS, now=now))

    [story] = await stories(desk)

    assert [moment.what for moment in story.moments] == [
        "was planned",
        "may leave: Nothing stood against it.",
        "was given to the provider (attempt 1)",
        "arrived on the phone",
    ]
    assert story.moments[2].text == desk.sms.texts[0]
    assert (story.outcome, story.about) == ("arrived.", "3AN-26-00042CR")


async def test_what_was_not_sent_says_why(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.db.write(lambda c: c.execute(update(endpoint).values(state=EndpointState.FROZEN)))
    await desk.drain()

    [story] = await stories(desk)

    assert story.state == NoticeState.DROPPED
    assert story.outcome == ("was not sent. The address is frozen: the phone was reported lost, or a clerk stopped it.")


async def test_each_attempt_is_told_with_what_the_provider_said(desk: Desk) -> None:
    desk.sms.will(Deferred("twilio.30001", retry_after=timedelta(seconds=5)), Unknown("http.timeout"))
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    desk.clock.advance(timedelta(seconds=5))
    await desk.drain()

    [story] = await stories(desk)

    attempts = [moment.what for moment in story.moments if "attempt" in moment.what]
    assert attempts == ["was given to the provider (attempt 1)", "was given to the provider (attempt 2)"]
    assert ("did not leave", "twilio.30001") in [(moment.what, moment.code) for moment in story.moments]
    assert story.outcome == "may have left: no answer came."


@pytest.mark.parametrize("whom", ["1", "+1 907 555 0100", "(907) 555-0100", "party-77"])
async def test_a_person_is_found_by_id_number_or_party_id(db: Database, whom: str) -> None:
    desk = await open_desk(db, 2)
    await db.write(lambda c: c.execute(update(person).where(person.c.id == 1).values(party_key="party-77")))
    await db.write(lambda c: [put(c, desk.street, 0), put(c, desk.street, 1)])

    [story] = await stories(desk, whom)

    assert story.notice_id == 1


async def test_ten_digits_are_a_number_first_and_an_id_where_nobody_has_it(desk: Desk) -> None:
    same = {"court_id": desk.street.scene.court_id, "is_minor": False, "in_custody": False, "created_at": NOW}
    people = [{"id": digits, "party_key": str(-digits), **same} for digits in (9075550100, 9075550177)]
    await desk.db.write(lambda c: (put(c, desk.street), c.execute(insert(person), people)))

    assert [story.notice_id for story in await stories(desk, "9075550100")] == [1], "of whose phone it is"
    assert await stories(desk, "9075550177") == [], "known, and told nothing"
    with pytest.raises(NotFoundError):
        await stories(desk, "9" * 40)


@pytest.mark.parametrize("whom", ["99", "+1 907 555 0177", "party-nobody-has", ""])
async def test_who_is_not_known_is_refused_without_being_named(db: Database, whom: str) -> None:
    desk = await open_desk(db)

    with pytest.raises(NotFoundError) as refused:
        await stories(desk, whom)

    assert not whom or whom not in str(refused.value)


async def test_one_hearing_can_be_asked_for(desk: Desk) -> None:
    await desk.db.write(lambda c: [put(c, desk.street), put(c, desk.street, hearing_id=None)])

    assert len(await stories(desk)) == 2
    assert len(await stories(desk, hearing_id=desk.street.scene.hearing_id)) == 1


async def test_notices_that_share_a_text_each_show_it(desk: Desk) -> None:
    await desk.db.write(lambda c: [put(c, desk.street, bundle_key="day") for _ in range(2)])
    await desk.drain()

    texts = [[moment.text for moment in story.moments if moment.text] for story in await stories(desk)]

    assert texts == [desk.sms.texts, desk.sms.texts]


def test_every_state_and_every_reason_has_words() -> None:
    assert set(STATES) == set(NoticeState)
    assert set(RECEIPTS) == set(DeliveryState)
    assert all(explain(reason) != f"The provider said: {reason}." for reason in (*Reason, *OTHER_REASONS))
    assert explain("twilio.30006") == "The provider said: twilio.30006."


async def test_the_table_shows_words_codes_and_the_end(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    page = Console(file=StringIO(), width=160)

    show(page, await stories(desk))

    printed = page.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "reminder about 3AN-26-00042CR (example, sms, hearing 1 on 2026-06-11 18:00 UTC)" in printed
    assert "may leave: Nothing stood against it. [clear]" in printed
    assert "reminder was sent." in printed


def test_nothing_planned_is_said_so() -> None:
    page = Console(file=StringIO(), width=80)

    show(page, [])

    assert page.file.getvalue() == "Nothing was ever planned for them.\n"  # type: ignore[attr-defined]  # a StringIO
