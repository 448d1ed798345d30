"""Connections for tests of single storage functions: rolled back in the end, so that one database serves all."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from storage.database import Database
from storage.migrate import upgrade
from storage.vault import Vault
from tests.fixtures.database import ENGINES, _execute, _named
from tests.fixtures.facts import Scene, add_scene
from tests.fixtures.outbox import Street, add_street

VAULT = Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One migrated SQLite database for every test here that commits nothing."""
    url = f"sqlite:///{tmp_path_factory.mktemp('shared') / Path('usher.sqlite3')}"
    upgrade(url)
    database = Database(url, VAULT)
    yield database
    database.close_now()


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> Iterator[Database]:
    """One migrated PostgreSQL database for every test here that commits nothing."""
    name = f"usher_{uuid4().hex}"
    _execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE usher_template")
    database = Database(_named(postgres_url, name), VAULT)
    yield database
    database.close_now()


@pytest.fixture
def connection(shared_sqlite: Database) -> Iterator[Connection]:
    """A connection to an empty SQLite database; what a test writes is rolled back."""
    with shared_sqlite._writing.connect() as opened:
        opened.begin()
        yield opened


@pytest.fixture(params=ENGINES)
def any_connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection to an empty database on each engine in turn; what a test writes is rolled back."""
    shared: Database = request.getfixturevalue("shared_sqlite" if request.param == "sqlite" else "shared_postgres")
    with shared._writing.connect() as opened:
        opened.begin()
        yield opened


@pytest.fixture
def scene(connection: Connection) -> Scene:
    """One defendant with a phone, a hearing in ten days."""
    return add_scene(connection)


@pytest.fixture
def any_scene(any_connection: Connection) -> Scene:
    """The same on each engine in turn."""
    return add_scene(any_connection)


@pytest.fixture
def street(connection: Connection) -> Street:
    """Three defendants of one hearing, each with a phone, and a lane without a limit."""
    return add_street(connection, 3)


@pytest.fixture
def any_street(any_connection: Connection) -> Street:
    """The same on each engine in turn."""
    return add_street(any_connection, 3)
