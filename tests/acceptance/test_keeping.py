"""Keeping and forgetting, over a whole case: what is gone is gone everywhere, what is held stays, the record holds."""

from functools import partial

import pytest
from sqlalchemy import select, update

from domain.errors import NotFoundError
from handlers import keeping, why
from storage import audit
from storage.schema import case, delivery, inbound, notice, person, task
from tests.acceptance.stage import HOME, Stage, row, words
from tests.fixtures.conversation import tasks

ADA, BEN = "+19075550101", "+19075550102"
FIRST, SECOND = "3EX-26-00001CR", "3EX-26-00002CR"
OTHER = row(case_number=SECOND, hearing_id="H2", party_id="P2", given_name="Ben", phone="907-555-0102")


async def live(stage: Stage) -> None:
    """Two cases are told and reminded of, both people write and are called, and both hearings are over."""
    await stage.import_(row(), OTHER)
    await stage.says(ADA, "My ride is gone, can I come later?")
    await stage.says(BEN, "Please call me.")
    await stage.until("2026-06-16 12:00")
    done = update(task).values(state="done", closed_at=stage.clock.now())
    await stage.db.write(lambda connection: connection.execute(done))


def forget(stage: Stage, *, when: str) -> dict[str, int]:
    """Forget what need not be kept; return how many rows of each kind that was."""
    done = keeping.purge(
        stage.db, stage.courts, court=HOME, dry_run=False, actor="cli:kim", now=stage.at(when), tell=lambda *_: None
    )
    return {one.what: one.rows for one in done}


def hold(stage: Stage, number: str, *, release: bool = False) -> bool:
    """Put a case under hold, or release it."""
    change = partial(
        keeping.hold,
        courts=stage.courts,
        court=HOME,
        number=number,
        release=release,
        actor="cli:kim",
        now=stage.clock.now(),
    )
    return stage.db.write_now(change)


def kept(stage: Stage) -> list[tuple[bool, bool]]:
    """Of each text that was sent: whether its words are there, and whether its digest is."""
    return [(bool(one.text), bool(one.text_digest)) for one in stage.rows(select(delivery).order_by(delivery.c.id))]


async def test_after_their_day_all_words_are_gone_and_every_digest_and_the_record_hold(stage: Stage) -> None:
    await live(stage)
    sent = len(kept(stage))
    assert sent == len(stage.sms.left)
    assert set(forget(stage, when="2026-06-16 12:00").values()) == {0}, "before its day nothing goes"
    assert kept(stage) == [(True, False)] * sent

    forgotten = forget(stage, when="2040-01-01 12:00")

    assert forgotten["sent texts"] == sent
    assert kept(stage) == [(False, True)] * sent
    assert {one.payload for one in stage.rows(select(inbound.c.payload))} == {b""}
    assert {note for _, note in stage.db.read_now(tasks)} == {None}
    assert {(one.given_name, one.family_name) for one in stage.rows(select(person))} == {(None, None)}
    walked = stage.db.read_now(lambda connection: audit.walk(connection, tell=lambda _: None))
    assert walked.broken_at is None
    assert set(forget(stage, when="2040-01-01 12:00").values()) == {0}, "and once is enough"


async def test_nothing_of_a_held_case_goes_and_all_of_the_other_does(stage: Stage) -> None:
    await live(stage)
    assert hold(stage, FIRST)

    forget(stage, when="2040-01-01 12:00")

    of_case = select(notice.c.case_id, delivery.c.text).join(notice, notice.c.id == delivery.c.notice_id)
    texts: dict[int, list[bool]] = {}
    for one in stage.rows(of_case.where(notice.c.case_id.is_not(None))):
        texts.setdefault(one.case_id, []).append(bool(one.text))
    ids = {one.number: one.id for one in stage.rows(select(case))}
    assert all(texts[ids[FIRST]])
    assert not any(texts[ids[SECOND]])
    notes = [note for _, note in stage.db.read_now(tasks) if note]
    assert notes == ["My ride is gone, can I come later?"]


async def test_a_released_case_is_forgotten_like_any_other_and_both_acts_are_on_record(stage: Stage) -> None:
    await live(stage)
    hold(stage, FIRST)
    forget(stage, when="2040-01-01 12:00")

    assert hold(stage, FIRST, release=True)
    assert not hold(stage, FIRST, release=True), "it is released once"
    forget(stage, when="2040-01-01 12:00")

    assert not any(there for there, _ in kept(stage))


async def test_the_story_of_a_text_is_told_after_its_words_are_gone(stage: Stage) -> None:
    await live(stage)
    before = stage.db.read_now(partial(why.tell, whom="P1"))
    forget(stage, when="2027-12-01 12:00")

    after = stage.db.read_now(partial(why.tell, whom="P1"))

    assert [(story.kind, story.state) for story in after] == [(story.kind, story.state) for story in before]
    assert any(moment.text for story in before for moment in story.moments)
    said = words(moment.what for story in after for moment in story.moments)
    assert "text removed on 2027-12-01; digest " in said


async def test_what_is_still_to_come_keeps_its_people_and_their_texts(stage: Stage) -> None:
    await stage.import_(row(starts_at="2026-06-15T09:30"))
    known = stage.rows(select(person.c.given_name))
    stage.db.write_now(
        lambda connection: connection.execute(update(person).values(created_at=stage.at("2010-01-01 12:00")))
    )

    forget(stage, when="2026-06-10 12:00")
    await stage.until("2026-06-16 12:00")

    assert stage.rows(select(person.c.given_name)) == known
    assert len(stage.phone(ADA).texts) == 4


@pytest.mark.parametrize("number", ["3EX-26-99999CR", ""])
async def test_a_hold_on_a_case_that_is_not_there_is_refused(stage: Stage, number: str) -> None:
    await stage.import_(row())

    with pytest.raises(NotFoundError, match="example has no case of this number"):
        hold(stage, number)
