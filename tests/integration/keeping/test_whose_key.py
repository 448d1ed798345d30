"""Another installation's key file is refused before anything is read or written with it, wherever Usher begins."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from alembic import command
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.pool import NullPool

from bot.cli.serving import courts_reached, key_watched
from bot.settings import Settings
from domain.errors import InvalidInputError
from storage import belonging, migrate
from storage.belonging import ANOTHERS
from storage.database import Database
from storage.key_file import new_key_file
from storage.schema import delivery, endpoint, installation
from storage.vault import Vault
from tests.fixtures.commands import Usher
from tests.fixtures.database import url_of
from tests.fixtures.facts import apply_courts
from tests.fixtures.gate import Gate
from tests.fixtures.sending import Desk

OURS = Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)
ROTATED = Vault({2: b"n" * 32}, current=2, index_key=b"i" * 32)
ANOTHER = Vault({1: b"K" * 32}, current=1, index_key=b"I" * 32)
OTHER_INDEX = Vault({1: b"k" * 32}, current=1, index_key=b"I" * 32)
REFUSED = f"secret key file: {ANOTHERS}"
PATIENCE = 20


def another_key(file: Path = Path("var/usher.key")) -> None:
    """Put another installation's key in the place of ours."""
    file.unlink(missing_ok=True)
    new_key_file(file)


def everything() -> list[str]:
    """All that the embedded database says."""
    with closing(sqlite3.connect("var/usher.sqlite3")) as database:
        return list(database.iterdump())


@pytest.mark.parametrize(
    "words",
    [
        *(["run"], ["status"], ["import", "--court", "example", "calendar.csv"], ["why", "1"], ["dead-letters"]),
        *(["hold"], ["purge"], ["backup", "copy"], ["audit", "verify"], ["keys", "show"], ["keys", "rotate"]),
        *(["keys", "reseal"], ["keys", "retire", "1"], ["migrate"], ["init"]),
    ],
    ids=" ".join,
)
def test_every_command_refuses_it_in_one_line_also_where_nothing_is_sealed_yet(usher: Usher, words: list[str]) -> None:
    another_key()
    before = everything()

    said = usher(*words)

    assert (said.code, said.err) == (2, f"usher: {REFUSED}\n")
    assert everything() == before


def test_doctor_says_it_of_the_key_and_of_nothing_else(usher: Usher) -> None:
    another_key()

    said = usher("doctor")

    assert said.code == 1
    assert [line for line in said.out.splitlines() if line.startswith("FIX")] == [f"FIX key        {REFUSED}"]
    assert "put the key back from your backup" in said.out


def test_doctor_says_whose_key_it_is_where_that_can_be_seen(usher: Usher) -> None:
    assert "var/usher.key is this database's key" in usher("doctor").out
    Path("var/usher.sqlite3").unlink()
    assert "var/usher.key is a key," in usher("doctor").out


def test_it_is_refused_before_a_migration_changes_anything(lived: Usher) -> None:
    url = "sqlite:///var/usher.sqlite3"
    with create_engine(url, poolclass=NullPool).begin() as connection:
        command.downgrade(migrate._config(connection), "0006")
    another_key()

    assert lived("migrate").err == f"usher: {REFUSED}\n"
    assert migrate.current(url) == "0006"


def test_a_backup_of_nothing_sealed_is_not_restored_with_it(usher: Usher) -> None:
    usher("backup", "copy.sqlite3")
    another_key()

    said = usher("restore", "copy.sqlite3", "--replace")

    assert (said.code, said.err) == (2, f"usher: {REFUSED}\n")


# --- what the database remembers ------------------------------------------------------------------------------


async def test_an_empty_database_knows_whose_it_is_and_a_rotation_changes_nothing(any_db: Database) -> None:
    any_db.write_now(belonging.mark)
    any_db.write_now(belonging.mark)

    assert any_db.read_now(lambda c: c.execute(select(func.count()).select_from(installation)).scalar()) == 1
    async with Database(url_of(any_db), ROTATED) as rotated, Database(url_of(any_db), ANOTHER) as another:
        rotated.read_now(belonging.check)
        for work in (belonging.check, belonging.mark):
            with pytest.raises(InvalidInputError, match="is not the one that this database was written with"):
                another.write_now(work)


@pytest.mark.parametrize("other", [ANOTHER, OTHER_INDEX], ids=["another key", "another index key"])
async def test_a_database_without_a_mark_is_known_by_what_it_holds(desk: Desk, other: Vault) -> None:
    desk.db.read_now(belonging.check)

    async with Database(url_of(desk.db), other) as db:
        with pytest.raises(InvalidInputError, match="is not the one"):
            db.write_now(belonging.mark)
        assert db.read_now(lambda c: c.execute(select(installation.c.name)).scalar()) is None


async def test_one_damaged_value_makes_nobody_a_stranger(desk: Desk) -> None:
    desk.db.write_now(lambda c: c.execute(update(delivery).values(text=b"\x01 damaged, though long enough")).rowcount)

    desk.db.write_now(belonging.mark)


async def test_with_numbers_alone_or_names_alone_another_key_is_known(desk: Desk) -> None:
    desk.db.write_now(lambda c: c.execute(update(endpoint).values(address=b"")).rowcount)

    async with Database(url_of(desk.db), ANOTHER) as db:
        with pytest.raises(InvalidInputError, match="is not the one"):
            db.read_now(belonging.check)


# --- processes ------------------------------------------------------------------------------------------------


def settings_with(folder: Path, url: str) -> Settings:
    """The settings of an installation whose key file is another's."""
    another_key(folder / "another.key")
    return Settings(_env_file=None, database_url=url, secret_key_file=folder / "another.key")


async def test_a_worker_and_a_clock_end_at_once(database_url: str, tmp_path: Path) -> None:
    async with Database(database_url, OURS) as db:
        db.write_now(apply_courts)
        db.write_now(belonging.mark)

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(InvalidInputError, match="is not the one"):
            await courts_reached(settings_with(tmp_path, database_url), asyncio.Event())


async def test_a_door_does_not_open_with_it(postgres_database: str) -> None:
    async with Database(postgres_database, OURS) as db:
        db.write_now(belonging.mark)

    async with Database(postgres_database, ANOTHER) as db:
        with pytest.raises(InvalidInputError, match="is not the one"):
            async with key_watched(db, asyncio.Event()):
                pytest.fail("it must not open")


async def test_a_door_that_opened_while_the_database_was_away_closes_when_it_is_back(postgres_database: str) -> None:
    async with Database(postgres_database, OURS) as db:
        db.write_now(belonging.mark)
    parts = urlsplit(postgres_database)
    [folder] = parse_qs(parts.query)["host"]
    gate = Gate(0, [Path(folder) / ".s.PGSQL.5432"])
    await gate.open()
    await gate.shut()
    here = f"{parts.scheme}://{parts.netloc.partition('@')[0]}@127.0.0.1:{gate.at}{parts.path}"

    async def be_a_door() -> None:
        stop = asyncio.Event()
        async with Database(here, ANOTHER) as db, asyncio.timeout(PATIENCE), key_watched(db, stop):
            assert not stop.is_set()
            await gate.open()
            await stop.wait()

    with pytest.raises(InvalidInputError, match="is not the one"):
        await be_a_door()
    await gate.shut()


async def test_a_door_with_the_right_key_stays_open(postgres_database: str) -> None:
    async with Database(postgres_database, OURS) as db:
        db.write_now(belonging.mark)
        stop = asyncio.Event()
        async with key_watched(db, stop):
            pass
        assert not stop.is_set()
