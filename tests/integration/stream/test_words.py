"""The commands of many machines: what they refuse, what they wait for, and the list of dead letters."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from unittest.mock import ANY
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection

from bot.arrivals import twilio_arrival
from bot.cli import clock, main, web, worker
from bot.cli.opening import DatabaseAwayError
from bot.cli.serving import database_reached
from bot.settings import Settings, read_settings, setting_name
from bot.stream.standing import Standing
from bot.stream.subjects import RECEIPTS
from domain.clock import SteppedClock
from domain.errors import InvalidInputError
from storage import inbox
from storage.database import Database
from storage.key_file import new_key_file
from storage.tasks import About, TaskKind, count_open, open_task
from storage.vault import Vault, read_key_file
from tests.fixtures.conversation import sms_form
from tests.fixtures.facts import NOW, add_scene
from tests.fixtures.nats import NatsServer
from tests.integration.stream.conftest import station_at, until


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)
    new_key_file(tmp_path / "usher.key")
    monkeypatch.setenv("USHER_SECRET_KEY_FILE", str(tmp_path / "usher.key"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and all that it said."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    heard = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, heard.out + heard.err


@pytest.mark.parametrize("word", ["web", "worker", "clock"])
def test_without_nats_the_words_of_many_machines_name_the_word_for_one(
    capsys: pytest.CaptureFixture[str], word: str
) -> None:
    code, text = said(capsys, word)

    assert code == 2
    assert "USHER_NATS_URL" in text
    assert "usher run" in text


def test_with_nats_the_word_for_one_machine_names_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_NATS_URL", "nats://127.0.0.1:9")
    monkeypatch.setenv("USHER_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    code, text = said(capsys, "run")

    assert code == 2
    assert "usher worker" in text


def point_at(monkeypatch: pytest.MonkeyPatch, postgres: str) -> Settings:
    monkeypatch.setenv("USHER_DATABASE_URL", postgres)
    return read_settings()


def set_revision(url: str, vault: Vault, revision: str) -> None:
    """Pretend that the database is of another release."""

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = %s", (revision,))

    database = Database(url, vault)
    database.write_now(work)
    database.close_now()


async def test_a_database_of_a_newer_release_is_worked_with_and_an_older_one_is_not(
    monkeypatch: pytest.MonkeyPatch, postgres_database: str, vault: Vault
) -> None:
    settings = point_at(monkeypatch, postgres_database)
    assert await database_reached(settings, asyncio.Event())

    await asyncio.to_thread(set_revision, postgres_database, vault, "9999")
    assert await database_reached(settings, asyncio.Event())

    await asyncio.to_thread(set_revision, postgres_database, vault, "0000")
    with pytest.raises(DatabaseAwayError, match="usher migrate"):
        await database_reached(settings, asyncio.Event())


async def test_who_waits_for_the_database_can_be_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = point_at(monkeypatch, "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2")
    stop = asyncio.Event()
    waiting = asyncio.create_task(database_reached(settings, stop))
    stop.set()

    assert not await waiting


@pytest.mark.parametrize(
    ("part", "port"),
    [(web.run, "USHER_HTTP_PORT"), (worker.run, "USHER_METRICS_PORT"), (clock.run, "USHER_METRICS_PORT")],
    ids=["web", "worker", "clock"],
)
async def test_a_port_that_is_taken_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: str,
    part: Callable[[Settings, asyncio.Event], Awaitable[None]],
    port: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(port, str(taken.getsockname()[1]))
        monkeypatch.setenv("USHER_NATS_URL", "nats://127.0.0.1:9")
        settings = point_at(monkeypatch, postgres_database)

        with pytest.raises(InvalidInputError, match=r"cannot listen there \(Address already in use\)"):
            async with asyncio.timeout(20):
                await part(settings, asyncio.Event())


def test_nothing_dead_is_said_in_one_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, postgres_database: str
) -> None:
    point_at(monkeypatch, postgres_database)
    assert said(capsys, "dead-letters") == (0, "None.\n")


async def test_dead_letters_of_both_places_are_listed_without_a_word_and_tried_again(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: str,
    clock: SteppedClock,
    nats_server: NatsServer,
) -> None:
    point_at(monkeypatch, postgres_database)
    monkeypatch.setenv("USHER_NATS_URL", nats_server.url)
    async with Database(postgres_database, read_key_file(Path("usher.key"))) as db:
        await db.write(partial(_spoil, now=clock))
    async with station_at(nats_server.url) as station:
        await until(lambda: station.stream.is_up)
        station.fails[7] = 5
        async with station.working():
            await station.send(7)
            await until(lambda: bool(station.buried))
        code, text = await asyncio.to_thread(said, capsys, "dead-letters", "--json")
        rows = json.loads(text.splitlines()[-1])  # the worker in this process logs to the same place
        assert code == 0
        assert "CANARY" not in text
        assert [(row["id"], row["work"], row["fault"]) for row in rows] == [
            ("inbound:1", "twilio", "KeyError"),
            ("stream:1", "arrivals", "ValueError"),
        ]
        assert (await station.stream.standing()).dead == 1

        code, text = await asyncio.to_thread(said, capsys, "dead-letters", "--replay", "all")
        assert code == 0
        assert "inbound:1 is tried again.\nstream:1 is tried again.\n" in text
        code, text = await asyncio.to_thread(said, capsys, "dead-letters")
        assert (code, text.splitlines()[-1]) == (0, "None.")
        assert (await station.stream.standing()).dead == 0
        for wrong in ("inbound:1", "stream:1", "pigeon:1", "stream:x"):
            code, _ = await asyncio.to_thread(said, capsys, "dead-letters", "--replay", wrong)
            assert code == 2


async def test_the_streams_dead_letters_are_listed_and_put_back_while_the_database_is_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, nats_server: NatsServer
) -> None:
    point_at(monkeypatch, "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2")
    monkeypatch.setenv("USHER_NATS_URL", nats_server.url)
    async with station_at(nats_server.url) as station:
        await until(lambda: station.stream.is_up)
        station.fails |= {7: 5, 8: 5}
        async with station.working():
            await station.send(7)
            await station.send(8, subject=RECEIPTS)
            await until(lambda: len(station.buried) == 2)
        for _ in range(2):
            code, text = await asyncio.to_thread(said, capsys, "dead-letters")
            assert code == 1
            assert "stream:1" in text
            assert "the database does not answer (OperationalError)" in text
            assert "what it holds is not shown" in text

        code, text = await asyncio.to_thread(said, capsys, "dead-letters", "--replay", "stream:1")
        assert (code, text.splitlines()[-1]) == (0, "stream:1 is tried again.")
        code, text = await asyncio.to_thread(said, capsys, "dead-letters", "--replay", "all")
        assert code == 1
        assert "stream:2 is tried again.\n" in text
        assert await station.stream.standing() == Standing(waiting=2, oldest_at=ANY)


async def test_a_letter_of_the_stream_that_is_put_back_leaves_the_desks_list(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: str,
    nats_server: NatsServer,
) -> None:
    point_at(monkeypatch, postgres_database)
    monkeypatch.setenv("USHER_NATS_URL", nats_server.url)
    own = Database(postgres_database, read_key_file(Path("usher.key")))
    async with own as db, station_at(nats_server.url) as station:
        scene = await db.write(add_scene)
        await until(lambda: station.stream.is_up)
        station.fails[7] = 5
        async with station.working():
            await station.send(7)
            await until(lambda: bool(station.buried))
        [(task, number)] = station.buried
        about = About(court_id=scene.court_id)
        await db.write(partial(open_task, kind=TaskKind.FAILED, about=about, dedupe=f"{task}:{number}", now=NOW))
        assert await db.read(count_open) == {"failed": 1}

        code, _ = await asyncio.to_thread(said, capsys, "dead-letters", "--replay", "all")

        assert code == 0
        assert await db.read(count_open) == {}


async def test_status_tells_what_lies_in_the_stream(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, postgres_database: str, nats_server: NatsServer
) -> None:
    point_at(monkeypatch, postgres_database)
    assert "Stream" not in said(capsys, "status")[1], "there is none"
    monkeypatch.setenv("USHER_NATS_URL", nats_server.url)
    async with station_at(nats_server.url) as station:
        await until(lambda: station.stream.is_up)
        assert "Stream: 0 waiting.\n" in (await asyncio.to_thread(said, capsys, "status"))[1]
        await station.send(1)
        assert "Stream: 1 waiting, the oldest for " in (await asyncio.to_thread(said, capsys, "status"))[1]
        _, text = await asyncio.to_thread(said, capsys, "status", "--json")
        assert json.loads(text.splitlines()[-1])["stream"] == {"is_up": True, "waiting": 1, "oldest_at": ANY, "dead": 0}
    nats_server.kill()

    assert "Stream: NATS does not answer.\n" in (await asyncio.to_thread(said, capsys, "status"))[1]


def _spoil(connection: Connection, *, now: SteppedClock) -> None:
    inbox.store(connection, twilio_arrival(urlencode(sms_form("CANARY"))), now=now.now())
    [only] = inbox.waiting(connection, limit=1)
    inbox.note_failure(connection, only, error="KeyError", most=1, now=now.now())
