"""`usher doctor` says in one line what is wrong with NATS, and changes nothing there."""

import asyncio
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from bot.stream import subjects
from bot.stream.checkup import TRIAL, check_up
from bot.stream.subjects import DEAD
from domain.errors import UsherError
from tests.fixtures.commands import Usher
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import Station

DOWN = "NATS does not answer"


async def test_a_server_that_will_do_is_said_to_and_is_as_it_was(nats_server: NatsServer, station: Station) -> None:
    before = [await station.stream.js.stream_info(str(one.name)) for one in subjects.streams(1)]

    assert await check_up(nats_server.url, 1) == "answers, and keeps a stream on 1 server(s)"

    after = [await station.stream.js.stream_info(str(one.name)) for one in subjects.streams(1)]
    assert [one.config for one in after] == [one.config for one in before]
    with pytest.raises(NotFoundError):
        await station.stream.js.stream_info(TRIAL)


async def test_an_empty_server_will_do_too(nats_server: NatsServer) -> None:
    assert (await check_up(nats_server.url, 1)).startswith("answers")


async def test_more_replicas_than_servers_are_refused_and_said_to_be(nats_server: NatsServer) -> None:
    with pytest.raises(UsherError, match=r"NATS refuses a stream on 3 server\(s\): .*replicas"):
        await check_up(nats_server.url, 3)


async def test_streams_that_lie_on_other_numbers_of_servers_are_named(
    nats_server: NatsServer, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, dead, ticks = subjects.streams(1)
    more = (kept, dead.evolve(num_replicas=3), ticks)
    monkeypatch.setattr(subjects, "streams", lambda _: more)
    with pytest.raises(UsherError, match=rf"{DEAD} lies on 1 server\(s\), USHER_NATS_REPLICAS says 3"):
        await check_up(nats_server.url, 1)
    assert station.stream.is_up


async def test_a_server_that_is_away_has_no_jetstream_or_refuses_us_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsherError, match=DOWN):
        await check_up("nats://127.0.0.1:9", 1)
    for number, (config, says) in enumerate(
        {
            "debug: false\n": "NATS answers, but without JetStream",
            f'jetstream {{ store_dir: "{tmp_path}" }}\nauthorization {{ user: usher, password: right }}\n': DOWN,
        }.items()
    ):
        file = tmp_path / f"{number}.conf"
        file.write_text(config, encoding="utf-8")
        server = NatsServer(tmp_path / f"{number}", config=file)
        await asyncio.to_thread(server.start)
        try:
            with pytest.raises(UsherError, match=says):
                await check_up(server.url.replace("//", "//usher:wrong@"), 1)
        finally:
            server.kill()


@pytest.mark.usefixtures("installed")
async def test_doctor_looks_at_the_stream_only_where_there_is_one(
    usher: Usher, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "stream" not in (await asyncio.to_thread(usher, "doctor")).out
    settings = {"USHER_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2"}
    for name, value in (settings | {"USHER_NATS_URL": nats_server.url, "USHER_NATS_REPLICAS": "3"}).items():
        monkeypatch.setenv(name, value)

    said = await asyncio.to_thread(usher, "doctor")

    lines = said.out.splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith("FIX stream")]
    assert "NATS refuses a stream on 3 server(s)" in lines[at]
    assert "USHER_NATS_REPLICAS" in lines[at + 1]
    assert said.code == 1
