"""The stream loses nothing, keeps the order of each lot, and gives up aloud."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from taskiq.exceptions import SendTaskError

from bot.stream import court_stream, pulling
from bot.stream.court_stream import MOST_TRIES, CourtStream, StreamAwayError
from bot.stream.dead_letters import reached
from bot.stream.standing import AWAY, Standing
from bot.stream.subjects import DEAD, LOTS, RECEIPTS, STREAM, TICK, TICKS, subject_of_lot
from bot.stream.visit import StreamDownError, glance
from domain.errors import InvalidInputError, NotFoundError
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import PATIENCE, Station, station_at, until


async def waiting(station: Station, stream: str = STREAM) -> int:
    """Return how many messages lie in a stream."""
    return int((await station.stream.js.stream_info(stream)).state.messages)


async def test_what_is_published_is_worked_off_once_and_forgotten(station: Station) -> None:
    async with station.working():
        for number in range(100):
            await station.send(number, subject=subject_of_lot(number % LOTS))
        await until(lambda: len(station.noted) == 100)

    assert sorted(station.noted) == list(range(100))
    assert await waiting(station) == 0


async def test_a_lot_keeps_its_order_also_when_one_fails_and_two_workers_read(
    station: Station, nats_server: NatsServer
) -> None:
    async with station_at(nats_server.url) as other:
        other.noted, other.fails = station.noted, station.fails
        station.fails[3] = 1
        for number in range(8):
            await station.send(number)
        await until(lambda: other.stream.is_up)
        async with station.working(), other.working():
            await until(lambda: len(station.noted) == 9)

    assert station.noted == [0, 1, 2, 3, 3, 4, 5, 6, 7]


async def test_a_failing_lot_holds_no_other_up(station: Station) -> None:
    station.fails[0] = MOST_TRIES
    async with station.working():
        await station.send(0)
        await until(lambda: bool(station.noted))
        for number in range(1, 40):
            await station.send(number, subject=subject_of_lot(1))
        await until(lambda: 39 in station.noted)

    assert station.noted.count(0) < MOST_TRIES


async def test_poison_goes_to_the_dead_letters_and_comes_back_when_replayed(
    station: Station, nats_server: NatsServer
) -> None:
    station.fails[7] = MOST_TRIES
    async with station.working(), reached(nats_server.url) as letters:
        await station.send(7)
        await station.send(8)
        await until(lambda: station.noted.count(8) == 1 and bool(station.buried))
        [letter] = await letters.list()
        assert (letter.work, letter.fault, letter.tries) == ("arrivals", "ValueError", MOST_TRIES)
        assert station.buried == [("arrivals", letter.number)]
        assert station.noted == [7] * MOST_TRIES + [8]

        await letters.replay(letter.number)
        await until(lambda: station.noted.count(7) == MOST_TRIES + 1)
        assert await letters.list() == []
        with pytest.raises(NotFoundError):
            await letters.replay(letter.number)
    assert await waiting(station) == 0


async def test_a_task_of_a_newer_release_waits_for_one_who_knows_it(station: Station) -> None:
    async with station.working():
        await station.send(1, subject=RECEIPTS, task="not_yet_known")
        await station.send(2, subject=RECEIPTS)
        await until(lambda: station.noted == [2])

    assert await waiting(station) == 1


async def test_a_task_of_a_newer_release_is_worked_off_in_its_turn_when_the_old_worker_makes_room(
    station: Station, nats_server: NatsServer
) -> None:
    async with station_at(nats_server.url) as newer:

        async def note(number: int) -> None:
            newer.noted.append(number)

        newer.stream.register_task(note, "not_yet_known")
        await until(lambda: newer.stream.is_up)
        async with station.working():
            await station.send(1, task="not_yet_known")
            await station.send(2)
            await asyncio.sleep(2)  # twice what five tries would take
            assert (await waiting(station), station.noted, station.buried) == (2, [], [])
        async with asyncio.timeout(5), newer.working():  # long before the old one would have let go of it by itself
            await until(lambda: newer.noted == [1, 2])

    assert await waiting(station) == 0


async def test_a_task_that_nobody_has_for_hours_goes_to_the_dead_letters(nats_server: NatsServer) -> None:
    async with station_at(nats_server.url, unknown_for=timedelta(seconds=1)) as station, station.working():
        await until(lambda: station.stream.is_up)
        await station.send(1, task="never_known")
        await station.send(2)
        await until(lambda: station.noted == [2])
        async with reached(nats_server.url) as letters:
            [letter] = await letters.list()

    assert (letter.fault, letter.tries) == ("UnknownTask", 1)
    assert [task for task, _ in station.buried] == ["arrivals"]


async def test_a_tick_that_nobody_knows_is_forgotten_and_what_cannot_be_read_is_a_failure(station: Station) -> None:
    async with station.working(), asyncio.timeout(PATIENCE):
        await station.send(1, subject=f"{TICK}.dance", task="dance")
        await station.stream.js.publish(RECEIPTS, b"\xff no task", stream=STREAM)
        await until(lambda: bool(station.buried))
        while await waiting(station, TICKS):  # noqa: ASYNC110 - a server is at work, it sets no event here
            await asyncio.sleep(0.02)

    assert [task for task, _ in station.buried] == ["receipts"]


async def test_of_the_ticks_only_the_newest_is_kept_and_one_that_fails_is_forgotten(station: Station) -> None:
    for number in range(5):
        await station.send(number, subject=f"{TICK}.tidy")
    assert await waiting(station, TICKS) == 1

    station.fails[4] = 1
    async with station.working():
        await until(lambda: bool(station.noted))

    assert station.noted == [4]
    assert (await waiting(station, TICKS), await waiting(station, DEAD)) == (0, 0)


async def test_nobody_waits_for_nats_and_it_is_found_when_it_comes(nats_server: NatsServer) -> None:
    await asyncio.to_thread(nats_server.stop)
    async with station_at(nats_server.url) as station, station.working():
        with pytest.raises(SendTaskError) as caught:
            await station.send(1)
        assert isinstance(caught.value.__cause__, StreamAwayError)
        await asyncio.to_thread(nats_server.start)
        await until(lambda: station.stream.is_up)
        await station.send(2)
        await until(lambda: station.noted == [2])


async def test_who_ends_before_it_has_called_ends_for_its_own_reason() -> None:
    with pytest.raises(InvalidInputError, match="cannot listen there"):
        async with CourtStream("nats://127.0.0.1:9", replicas=1).opened():
            raise InvalidInputError("127.0.0.1:8080", "cannot listen there (Address already in use)")


async def test_what_was_accepted_survives_the_death_of_the_server(station: Station, nats_server: NatsServer) -> None:
    for number in range(20):
        await station.send(number, subject=subject_of_lot(number % LOTS))
    nats_server.kill()
    await asyncio.to_thread(nats_server.start)
    async with station.working():
        await until(lambda: len(set(station.noted)) == 20)


async def test_a_server_that_lost_its_disks_is_set_up_again(station: Station) -> None:
    await station.stream.js.delete_stream(STREAM)

    tries = count()
    while next(tries) < 100:
        try:
            await station.send(1)
            break
        except SendTaskError as error:
            last = error
            await asyncio.sleep(0.05)
    else:
        raise last

    async with station.working():
        await until(lambda: station.noted == [1])


async def test_who_stops_gives_back_what_nobody_began(station: Station, nats_server: NatsServer) -> None:
    held = asyncio.Event()

    async def hold(number: int) -> None:
        station.noted.append(number)
        await held.wait()

    station.stream.register_task(hold, "note")
    for number in range(40):
        await station.send(number, subject=RECEIPTS)
    working = station.working()
    await working.__aenter__()
    await until(lambda: len(station.noted) == 8)  # as many as it may have in hand
    stopping = asyncio.create_task(working.__aexit__(None, None, None))
    async with station_at(nats_server.url) as other, other.working():
        await until(lambda: len(other.noted) == 32)
    held.set()
    await stopping

    assert sorted(station.noted + other.noted) == list(range(40))


async def test_what_nobody_reads_is_seen_by_whoever_looks(station: Station, nats_server: NatsServer) -> None:
    before = datetime.now(UTC)
    await station.send(1, subject=RECEIPTS)
    await station.send(2)
    await station.send(3, subject=subject_of_lot(1))
    for seen in (await station.stream.standing(), await glance(nats_server.url)):
        assert (seen.is_up, seen.waiting, seen.dead) == (True, 3, 0)
        assert seen.oldest_at is not None
        assert timedelta(0) <= seen.oldest_at - before < timedelta(seconds=10)

    station.fails[2] = MOST_TRIES
    async with station.working():
        await until(lambda: bool(station.buried))
    assert await station.stream.standing() == Standing(dead=1)


async def test_receipts_alone_are_nobodys_words(station: Station) -> None:
    await station.send(1, subject=RECEIPTS)

    assert await station.stream.standing() == Standing(waiting=1)


async def test_a_stream_that_cannot_be_asked_is_away(station: Station, nats_server: NatsServer) -> None:
    await station.stream.js.delete_stream(DEAD)
    assert await station.stream.standing() == AWAY

    await asyncio.to_thread(nats_server.stop)
    assert await station.stream.standing() == AWAY
    assert await glance(nats_server.url) == AWAY


async def test_a_worker_knows_whether_it_reads(station: Station, nats_server: NatsServer) -> None:
    assert not station.stream.is_reading
    async with station.working():
        await until(lambda: station.stream.is_reading)
        await asyncio.to_thread(nats_server.stop)
        await until(lambda: not station.stream.is_reading)
        await asyncio.to_thread(nats_server.start)
        await until(lambda: station.stream.is_reading)
    assert not station.stream.is_reading


async def test_a_worker_that_has_its_hands_full_still_reads(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    held = asyncio.Event()

    async def hold(number: int) -> None:
        station.noted.append(number)
        await held.wait()

    monkeypatch.setattr(pulling, "FETCH_SECONDS", 0.5)
    monkeypatch.setattr(court_stream, "UNHEARD_SECONDS", 2)
    station.stream.register_task(hold, "note")
    for lot in range(LOTS):
        await station.send(lot, subject=subject_of_lot(lot))
    try:
        async with station.working():
            await until(lambda: len(station.noted) == 8)
            await asyncio.sleep(3)
            is_reading = station.stream.is_reading
            held.set()
    finally:
        held.set()

    assert is_reading, "eight are as many as it may have in hand; the others are at its door"


async def test_readers_that_had_nothing_to_read_for_long_still_read(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "FETCH_SECONDS", 0.2)
    async with station.working():
        await asyncio.sleep(3)
        await station.send(1, subject=RECEIPTS)
        await until(lambda: station.noted == [1])
        await station.send(2, subject=f"{TICK}.tidy")
        await until(lambda: station.noted == [1, 2])


async def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    with pytest.raises(StreamDownError, match="NATS does not answer"):
        async with reached("nats://127.0.0.1:9"):
            raise AssertionError("unreachable")
