"""Once, the answer to START came before the answer to STOP: the first had to be tried again, and the second went on."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from domain.delivery import Deferred, SendOutcome, Unknown
from scheduler.dispatch import RECEIPT_GRACE
from storage import notices
from storage.database import Database
from storage.notices import Target
from storage.outbox import IN_TURN
from tests.fixtures.facts import NOW
from tests.fixtures.sending import Desk, open_desk

SOON = timedelta(minutes=1)


@pytest.fixture
async def desk(any_db: Database) -> Desk:
    """A street of two."""
    return await open_desk(any_db, 2)


async def answers(desk: Desk, *texts: str, party: int = 0) -> None:
    """Let somebody be answered several times."""

    def work(connection: Connection) -> None:
        whom = desk.street.scene.parties[party].endpoint_id
        assert whom is not None
        place = Target(endpoint_id=whom, lane_id=desk.lane, court_id=desk.street.scene.court_id)
        until = NOW + timedelta(days=1)
        for text in texts:
            key = f"reply:{party}:{text}"
            notices.add_reply(connection, place, text, dedupe_key=key, now=desk.clock.now(), expires_at=until)

    await desk.db.write(work)


@pytest.mark.parametrize("outcome", [Deferred("http.unreachable"), Unknown("http.timeout")], ids=["not sent", "maybe"])
async def test_an_answer_that_must_be_tried_again_is_not_overtaken_by_the_next(
    desk: Desk, outcome: SendOutcome
) -> None:
    desk.sms.will(outcome)
    await answers(desk, "You are out.")
    await desk.drain()
    desk.sms.sent.clear()

    await answers(desk, "You are in.")
    assert await desk.drain() == 0, "the first one first"
    await answers(desk, "Hello.", party=1)
    await desk.drain()
    assert desk.sms.texts == ["Hello."], "nobody else waits"

    desk.clock.advance(RECEIPT_GRACE)
    await desk.dispatcher.reconcile()
    await desk.dispatcher.drain_all()
    assert desk.sms.texts[1:] == ["You are out.", "You are in."]


async def test_a_conversation_does_not_stand_still_for_an_answer_that_nobody_can_settle(desk: Desk) -> None:
    desk.sms.will(Unknown("http.timeout"))
    await answers(desk, "You are out.")
    await desk.drain()
    desk.sms.sent.clear()

    await answers(desk, "You are in.")
    desk.clock.advance(IN_TURN - SOON)
    assert await desk.drain() == 0
    desk.clock.advance(SOON)
    await desk.drain()

    assert desk.sms.texts == ["You are in."]
