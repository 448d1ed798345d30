"""The stream loses nothing, keeps the order of each lot, and gives up aloud."""

import asyncio
from itertools import count

import pytest
from taskiq.exceptions import SendTaskError

from bot.stream.court_stream import MOST_TRIES, CourtStream, StreamAwayError
from bot.stream.dead_letters import StreamDownError, reached
from bot.stream.subjects import DEAD, LOTS, RECEIPTS, STREAM, TICK, TICKS, subject_of_lot
from domain.errors import InvalidInputError, NotFoundError
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import Station, station_at, until


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


async def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    with pytest.raises(StreamDownError, match="NATS does not answer"):
        async with reached("nats://127.0.0.1:9"):
            raise AssertionError("unreachable")
