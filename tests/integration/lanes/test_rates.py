"""Rates: kept over a minute, never exceeded in any second, however many workers share a lane."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from domain.clock import SteppedClock
from domain.delivery import ChannelName
from domain.lane import AHEAD
from storage import lanes
from storage.database import Database
from storage.schema import delivery
from tests.fixtures.facts import NOW, PartySpec, apply_courts
from tests.fixtures.lanes import FIRST, Ledger, Spent, busiest_second, court_file, open_stand, sender
from tests.fixtures.outbox import chat, lane_id, phone, set_rate
from tests.fixtures.properties import examples

MINUTE = timedelta(minutes=1)
PATIENCE = 60  # seconds; what is waited for takes four

pytestmark = pytest.mark.slow


def by_text(count: int) -> list[PartySpec]:
    """People with phones."""
    return [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(count)]


def by_chat(count: int) -> list[PartySpec]:
    """People with chats."""
    return [PartySpec(address=chat(number), name=f"Ada {number}") for number in range(count)]


async def spend_a_minute(db: Database, specs: list[PartySpec], key: str, *, rate: int, workers: int) -> Ledger:
    """Let workers look twice as often as the rate has room, in turn and sometimes at once; return what they sent."""
    stand = await open_stand(db, court_file(), specs)
    await db.write(partial(set_rate, key=key, rate=rate, burst=1))
    await stand.put_many(range(len(specs)), each=2 * MINUTE.seconds * rate // len(specs))
    crew = [stand.worker() for _ in range(workers)]
    [lane] = await db.read(partial(lanes.ids, keys=[key]))
    turn = 0
    while stand.clock.now() < NOW + MINUTE:
        crowd = crew if turn % 10 == 0 else [crew[turn % workers]]
        await asyncio.gather(*(worker.drain(lane) for worker in crowd))
        stand.clock.advance(timedelta(seconds=0.505) / rate)
        turn += 1
    return stand.wires[key]


@pytest.mark.parametrize(("workers", "rate"), [(1, 1), (2, 1), (4, 2)])
async def test_messages_keep_the_rate_over_a_minute_and_never_exceed_it_in_a_second(
    any_db: Database, workers: int, rate: int
) -> None:
    wire = await spend_a_minute(any_db, by_chat(40), "telegram:default", rate=rate, workers=workers)

    assert busiest_second(wire.spent) <= rate
    assert 60 * rate * 0.98 <= wire.units <= 60 * rate + 1


@pytest.mark.parametrize(("workers", "rate"), [(1, 2), (2, 2), (4, 2)])
async def test_segments_keep_the_rate_and_only_the_end_of_one_text_may_come_early(
    any_db: Database, workers: int, rate: int
) -> None:
    wire = await spend_a_minute(any_db, by_text(40), "sms:default", rate=rate, workers=workers)
    longest = max(units for _, units in wire.spent)

    assert longest > 1, "these texts are longer than one segment"
    assert busiest_second(wire.spent) <= rate + longest - 1
    assert 60 * rate * 0.98 <= wire.units <= 60 * rate + longest


@given(
    rate=st.sampled_from([0.5, 1.0, 2.5, 10.0, 30.0, 100.0]),
    burst=st.integers(1, 40),
    looks=st.lists(
        st.tuples(st.integers(0, 400_000), st.integers(1, 6), st.integers(-80_000, 80_000)), min_size=20, max_size=120
    ),
)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_workers_clocks_and_texts_no_second_holds_more(
    sqlite_lane: Database, rate: float, burst: int, looks: list[tuple[int, int, int]]
) -> None:
    """Looks come any microseconds apart, from workers whose clocks differ by 80 ms, with texts of up to 6 segments."""

    def work(connection: Connection) -> tuple[list[Spent], int]:
        set_rate(connection, "sms:default", rate=rate, burst=burst)
        lane, now, spent, longest = lane_id(connection), NOW + timedelta(seconds=1), list[Spent](), 1
        for pause, size, skew in looks:
            now += timedelta(microseconds=pause)
            allowance = lanes.take(connection, lane, now=now + timedelta(microseconds=skew))
            if allowance.units:
                units = (allowance.units + size - 1) // size * size
                lanes.spend(connection, allowance, units, now=now)
                spent.append((allowance.instant, units))
                longest = max(longest, size)
        return spent, longest

    spent, longest = sqlite_lane.write_now(work)
    bound = max(burst, -(-rate // 1), rate * 0.05)
    assert busiest_second(spent) <= bound + longest - 1
    if spent:
        took = (max(at for at, _ in spent) - NOW).total_seconds()
        kept = burst + rate * 0.25 + longest
        assert sum(units for _, units in spent) <= rate * took + kept


@pytest.mark.parametrize("burst", [5])
async def test_in_real_time_two_workers_drive_a_lane_at_its_rate(any_db: Database, burst: int) -> None:
    stand = await open_stand(any_db, court_file(), by_chat(90))
    stand.clock = SteppedClock(NOW, running=True)
    wire = Ledger(stand.clock)
    stand.wires["telegram:default"] = wire
    await stand.put_many(range(90))
    now = stand.clock.now()
    await any_db.write(partial(set_rate, key="telegram:default", rate=20, burst=burst))
    stop = asyncio.Event()
    crew = [asyncio.create_task(stand.worker(ahead=AHEAD).run(stop)) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        while len(wire.sent) < 90:  # noqa: ASYNC110 - a provider rings no bell
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*crew)

    decided = list((await any_db.read(lambda c: c.execute(select(delivery.c.created_at)))).scalars())
    took = (max(decided) - min(decided)).total_seconds()
    assert now <= min(decided)
    assert busiest_second(wire.spent) <= 20
    assert 4 <= took <= 9, "90 at 20 a second, a first burst apart, are 4.0 to 4.5 seconds on a machine with time"


async def test_a_clock_that_was_set_back_stops_no_lane(db: Database) -> None:
    def work(connection: Connection) -> list[datetime | int]:
        apply_courts(connection)
        set_rate(connection, "sms:default", rate=1, burst=1)
        lane = lane_id(connection)
        ahead = lanes.take(connection, lane, now=NOW + timedelta(hours=1))
        lanes.spend(connection, ahead, 1, now=NOW + timedelta(hours=1))
        at_once = lanes.take(connection, lane, now=NOW)
        later = lanes.take(connection, lane, now=NOW + timedelta(seconds=1))
        return [at_once.units, later.instant, later.units]

    assert await db.write(work) == [0, NOW + timedelta(seconds=1), 0]


async def test_a_lane_of_a_court_takes_its_speed_from_the_file(db: Database) -> None:
    stand = await open_stand(db, court_file(sender("sms", FIRST, rate=7.5, burst=3)), by_text(1))

    row = await stand.lane(f"sms:{FIRST}")
    assert (row.rate, row.burst, row.per_endpoint) == (7.5, 3, 0)
    assert (await stand.lane("telegram:default")).per_endpoint == 1
    assert row.channel is ChannelName.SMS
