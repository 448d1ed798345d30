"""Telegram takes one text a second in one chat: the others of that chat wait, whoever sends them, and nobody else."""

import asyncio
from datetime import timedelta

import pytest

from domain.delivery import ChannelName, Deferred
from domain.notice import NoticeKind, Priority
from scheduler.dispatch import prepare
from storage import lanes, notices
from storage.database import Database, vault_of
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.lanes import Stand, court_file, open_stand, sender
from tests.fixtures.outbox import chat, later, phone

PEOPLE = [PartySpec(address=chat(1)), PartySpec(address=chat(2), name="Bo"), PartySpec(address=phone(1), name="Cy")]
A_BIT = timedelta(milliseconds=100)


async def drain_for(stand: Stand, *, seconds: float, workers: int = 1) -> dict[str, list[float]]:
    """Drain every 100 ms; return for every address after how many seconds its texts left."""
    crew = [stand.worker() for _ in range(workers)]
    while stand.clock.now() < NOW + timedelta(seconds=seconds):
        await asyncio.gather(*(worker.drain_all() for worker in crew))
        stand.clock.advance(A_BIT)
    left: dict[str, list[float]] = {}
    for wire in stand.wires.values():
        for message, (at, _) in zip(wire.sent, wire.spent, strict=True):
            left.setdefault(message.to.value, []).append(round((at - NOW).total_seconds(), 1))
    return left


@pytest.mark.parametrize("workers", [1, 3])
async def test_one_chat_has_one_text_a_second_and_holds_up_no_other(any_db: Database, workers: int) -> None:
    stand = await open_stand(any_db, court_file(), PEOPLE)
    for party in (0, 0, 0, 1, 2, 2, 2):
        await stand.put(party)

    left = await drain_for(stand, seconds=3, workers=workers)

    assert left[chat(1).value] == [0.0, 1.0, 2.0]
    assert left[chat(2).value] == [0.0]
    assert max(left[phone(1).value]) <= 0.2, "a phone has no such limit"


async def test_a_reply_keeps_the_distance_too_and_goes_before_what_waits(any_db: Database) -> None:
    stand = await open_stand(any_db, court_file(), PEOPLE)
    await stand.put(0)
    await stand.put(0)
    words = await any_db.write(lambda c: vault_of(c).seal("Yes, it is.", notices.TEXT))
    reply = await stand.put(
        0, kind=NoticeKind.REPLY, priority=int(Priority.REPLY), due_at=later(seconds=0.3), text=words
    )

    left = await drain_for(stand, seconds=2.5)

    assert left[chat(1).value] == [0.0, 1.0, 2.0]
    assert stand.wires["telegram:default"].texts[1] == "Yes, it is."
    assert (await stand.notice(reply)).state == "sent"


async def test_the_distance_is_the_court_files_to_set(db: Database) -> None:
    paced = sender("sms") + "per_endpoint = 2.5\n"
    stand = await open_stand(db, court_file(paced, sender("telegram") + "per_endpoint = 0.2\n"), PEOPLE)
    for party in (0, 0, 2, 2):
        await stand.put(party)

    left = await drain_for(stand, seconds=4)

    assert left == {chat(1).value: [0.0, 0.2], phone(1).value: [0.0, 2.5]}


async def test_a_lane_whose_chats_all_wait_says_when_the_first_may_go_on(any_db: Database) -> None:
    stand = await open_stand(any_db, court_file(), PEOPLE)
    await stand.put(0)
    await stand.worker().drain_all()
    await stand.put(0)
    stand.clock.advance(timedelta(seconds=0.4))
    [lane] = await any_db.read(lambda c: list(lanes.ids(c, [f"{ChannelName.TELEGRAM}:default"])))

    batch = await any_db.write(lambda c: prepare(c, lane_id=lane, courts=stand.courts, now=stand.clock.now(), limit=5))

    assert (batch.messages, batch.opens_at) == ((), NOW + timedelta(seconds=1))


async def test_what_never_left_is_still_an_attempt_that_the_chat_was_asked_for(db: Database) -> None:
    stand = await open_stand(db, court_file(), PEOPLE)
    stand.wires["telegram:default"].will(Deferred("telegram.slow", retry_after=timedelta(seconds=0.2)))
    await stand.put(0)

    crew = stand.worker()
    while stand.clock.now() < later(seconds=1.5):
        await crew.drain_all()
        stand.clock.advance(A_BIT)

    assert [round((at - NOW).total_seconds(), 1) for at, _ in stand.wires["telegram:default"].spent] == [0.0, 1.0]
    assert len(stand.wires["telegram:default"].sent) == 1
