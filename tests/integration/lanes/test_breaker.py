"""A lane whose provider fails again and again breaks: one canary at a time, the others wait, and lose nothing."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

import pytest

from domain.delivery import Consequence, Deferred, Rejected, SendOutcome, Sent, Unknown
from domain.notice import NoticeState
from scheduler.lane_health import BROKEN_REST
from storage import breaker, status
from storage.breaker import FAULTS, FIRST_PROBE, LONGEST_PROBE
from storage.database import Database
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.lanes import Ledger, Stand, court_file, open_stand
from tests.fixtures.outbox import chat, phone

UNREACHED = Deferred("http.unreachable")
PEOPLE = [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(20)]
KEY = "sms:default"

pytestmark = pytest.mark.slow


async def backlog(db: Database, *outcomes: SendOutcome) -> tuple[Stand, list[int], Ledger]:
    """Put a notice in for each of twenty people, before a provider that answers as scripted."""
    stand = await open_stand(db, court_file(), PEOPLE)
    wire = stand.wires[KEY]
    wire.will(*outcomes)
    return stand, await stand.put_many(range(len(PEOPLE))), wire


async def serve(stand: Stand, looks: Iterable[int]) -> list[float]:
    """Drain by two workers at each of these seconds; return after how many seconds something was tried."""
    crew, wire, tried = [stand.worker(), stand.worker()], stand.wires[KEY], list[float]()
    for second in looks:
        stand.clock.advance(NOW + timedelta(seconds=second) - stand.clock.now())
        before = wire.tried
        for worker in crew:
            await worker.drain_all()
        tried += [second] * (wire.tried - before)
    return tried


async def test_a_provider_that_is_not_reached_breaks_its_lane_and_canaries_come_twice_as_late_each_time(
    any_db: Database,
) -> None:
    stand, ids, wire = await backlog(any_db, *[UNREACHED] * 60)
    await stand.worker(batch=FAULTS).drain_all()
    assert wire.tried == FAULTS

    canaries = [5, 15, 35, 75, 155, 315, 615, 915]
    tried = await serve(stand, sorted({*range(80), *range(80, 1200, 10), *(at - 1 for at in canaries), *canaries}))

    assert tried == canaries
    assert canaries[-1] - canaries[-2] == LONGEST_PROBE.total_seconds()
    row = await stand.lane(KEY)
    assert (row.broken_since, row.broken_reason) == (NOW, "http.unreachable")
    notices = [await stand.notice(one) for one in ids]
    assert {one.state for one in notices} == {NoticeState.PLANNED}
    assert {one.attempts for one in notices} == {0}, "it was the lane's fault, so it cost nobody an attempt"
    assert {one.left_at for one in notices} == {None}


async def test_the_first_canary_that_is_taken_mends_the_lane_and_everybody_is_told_once(any_db: Database) -> None:
    stand, _, wire = await backlog(any_db, *[UNREACHED] * (FAULTS + 2))
    await stand.worker(batch=FAULTS).drain_all()

    tried = await serve(stand, range(120))

    row = await stand.lane(KEY)
    assert tried[:3] == [5, 15, 35], "two in vain, the third was taken"
    assert tried[3] == 35, "and then all the others at once"
    assert (row.broken_since, row.broken_reason, row.probe_seconds, row.paused_until, row.faults) == (
        *(None, None, None, None),
        0,
    )
    assert sorted(message.to.value for message in wire.sent) == sorted(phone(number).value for number in range(20))


@pytest.mark.parametrize("outcome", [Unknown("wire.timeout"), Unknown("twilio.503"), Deferred("http.connect_timeout")])
async def test_whatever_says_that_nobody_is_there_is_a_fault_of_the_lane(db: Database, outcome: SendOutcome) -> None:
    stand, _, _ = await backlog(db, *[outcome] * FAULTS)

    await stand.worker(batch=FAULTS).drain_all()

    assert (await stand.lane(KEY)).broken_since == NOW


@pytest.mark.parametrize(
    "outcome", [Deferred("twilio.14107"), Rejected("twilio.21610"), Deferred("http.unwritable"), Sent("SM1")], ids=str
)
async def test_what_is_about_one_message_never_breaks_a_lane(db: Database, outcome: SendOutcome) -> None:
    stand, _, _ = await backlog(db, *[outcome] * 20)

    await stand.worker().drain_all()

    row = await stand.lane(KEY)
    assert (row.broken_since, row.faults) == (None, 0)


async def test_faults_among_more_texts_that_were_taken_are_none_of_the_lanes(db: Database) -> None:
    stand, _, _ = await backlog(db, *[Unknown("wire.timeout")] * 9, *[Sent(f"SM{number}") for number in range(11)])

    await stand.worker().drain_all()

    assert (await stand.lane(KEY)).broken_since is None


async def test_faults_count_over_batches_and_one_text_taken_between_forgets_them(db: Database) -> None:
    stand, _, _ = await backlog(db, *[UNREACHED] * (FAULTS - 1), Sent("SM1"), *[UNREACHED] * (FAULTS - 1))
    worker, [lane] = stand.worker(batch=1), [(await stand.lane(KEY)).id]

    seen = []
    for _ in range(2 * FAULTS - 1):
        await worker.drain(lane)
        seen.append((await stand.lane(KEY)).faults)

    assert seen == [1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert (await stand.lane(KEY)).broken_since is None


async def test_an_account_that_is_refused_breaks_the_lane_at_once_and_is_tried_every_five_minutes(
    any_db: Database,
) -> None:
    refused = Deferred("twilio.20003", lane_wide=True, consequence=Consequence.LANE_BROKEN)
    stand, ids, _ = await backlog(any_db, *[refused] * 22)

    await stand.worker().drain_all()
    tried = await serve(stand, range(0, 720, 10))

    assert (await stand.lane(KEY)).broken_since == NOW
    assert tried[:2] == [BROKEN_REST.total_seconds(), 2 * BROKEN_REST.total_seconds()]
    assert {(await stand.notice(one)).attempts for one in ids} == {0}


async def test_a_broken_lane_leaves_the_others_alone_and_status_shows_it(any_db: Database) -> None:
    stand = await open_stand(any_db, court_file(), [*PEOPLE[:FAULTS], PartySpec(address=chat(1), name="Bo")])
    stand.wires[KEY].will(*[UNREACHED] * FAULTS)
    await stand.put_many(range(FAULTS + 1))

    await stand.worker().drain_all()

    shown = {one.key: one for one in (await any_db.read(lambda c: status.read(c, now=NOW))).lanes}
    assert (shown[KEY].broken_since, shown[KEY].broken_reason, shown[KEY].faults) == (NOW, "http.unreachable", FAULTS)
    assert shown[KEY].paused_until == NOW + FIRST_PROBE
    assert shown["telegram:default"].broken_since is None
    assert len(stand.wires["telegram:default"].sent) == 1


async def test_a_provider_that_asks_a_broken_lane_for_a_longer_rest_gets_it(db: Database) -> None:
    stand, _, wire = await backlog(db, *[UNREACHED] * FAULTS)
    await stand.worker(batch=FAULTS).drain_all()
    wire.will(Deferred("twilio.20429", retry_after=timedelta(minutes=3), lane_wide=True))

    tried = await serve(stand, range(190))

    assert tried[:2] == [5, 185]


async def test_a_lane_that_is_broken_already_keeps_its_time_and_its_pace(db: Database) -> None:
    stand, _, _ = await backlog(db)
    lane = (await stand.lane(KEY)).id
    for minute, code in enumerate(["first", "second"]):
        at = NOW + timedelta(minutes=minute)
        await db.write(partial(breaker.trip, lane_id=lane, code=code, probe=FIRST_PROBE, now=at))

    row = await stand.lane(KEY)
    assert (row.broken_since, row.broken_reason, row.probe_seconds) == (NOW, "first", FIRST_PROBE.total_seconds())
