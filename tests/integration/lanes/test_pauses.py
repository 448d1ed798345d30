"""A provider that asks for a rest is given one, on the lane that it asked for, and on no other."""

from datetime import timedelta

from domain.delivery import Deferred
from domain.notice import NoticeState
from storage import status
from storage.database import Database
from tests.fixtures.facts import PartySpec
from tests.fixtures.lanes import FIRST, SECOND, Stand, court_file, open_stand, sender
from tests.fixtures.outbox import chat, phone

REST = timedelta(seconds=40)
PEOPLE = [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(12)] + [
    PartySpec(address=chat(number), name=f"Bo {number}") for number in range(3)
]


async def two_numbers_and_a_bot(db: Database) -> Stand:
    """Put a notice in for everybody of a court with two numbers and a bot."""
    stand = await open_stand(db, court_file(sender("sms", FIRST), sender("sms", SECOND)), PEOPLE)
    await stand.put_many(range(len(PEOPLE)))
    return stand


async def test_a_429_pauses_one_number_while_the_other_and_the_bot_go_on(any_db: Database) -> None:
    stand = await two_numbers_and_a_bot(any_db)
    resting, other = stand.wires[f"sms:{FIRST}"], stand.wires[f"sms:{SECOND}"]
    homes = await stand.homes()
    asked = homes.count(f"sms:{FIRST}")
    resting.will(*[Deferred("twilio.20429", retry_after=REST, lane_wide=True)] * asked)

    await stand.worker().drain_all()

    assert asked
    assert resting.sent == []
    assert len(other.sent) == homes.count(f"sms:{SECOND}") > 0
    assert len(stand.wires["telegram:default"].sent) == 3
    assert (await stand.lane(f"sms:{FIRST}")).paused_until == stand.clock.now() + REST
    assert (await stand.lane(f"sms:{FIRST}")).broken_since is None, "a provider that answers is there"

    stand.clock.advance(REST - timedelta(seconds=1))
    await stand.worker().drain_all()
    assert resting.sent == []

    stand.clock.advance(timedelta(seconds=1))
    await stand.worker().drain_all()
    assert len(resting.sent) == asked


async def test_a_paused_lane_loses_nothing_and_costs_no_attempt(any_db: Database) -> None:
    stand = await two_numbers_and_a_bot(any_db)
    bot = stand.wires["telegram:default"]
    mine = await stand.put(13)
    bot.will(*[Deferred("telegram.429", retry_after=REST, lane_wide=True)] * 3)

    await stand.worker().drain_all()

    row = await stand.notice(mine)
    assert (row.state, row.attempts, row.left_at) == (NoticeState.PLANNED, 0, None)
    for _ in range(3):
        stand.clock.advance(REST)
        await stand.worker().drain_all()
    assert len(bot.sent) == 4
    assert (await stand.notice(mine)).attempts == 1


async def test_the_lane_that_rests_is_the_only_one_that_status_shows_resting(db: Database) -> None:
    stand = await two_numbers_and_a_bot(db)
    stand.wires[f"sms:{SECOND}"].will(Deferred("twilio.20429", retry_after=REST, lane_wide=True))

    await stand.worker().drain_all()

    shown = await db.read(lambda c: status.read(c, now=stand.clock.now()))
    resting = {one.key: one.paused_reason for one in shown.lanes if one.paused_until is not None}
    assert resting == {f"sms:{SECOND}": "twilio.20429"}
    assert not any(one.broken_since or one.is_retired for one in shown.lanes)
