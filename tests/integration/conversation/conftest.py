"""A line to talk over: an open unit of work on each engine in turn, thrown away after each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from storage.database import Database
from storage.vault import Vault
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import PartySpec, Scene, add_scene


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of this module's own; nothing is ever committed to it."""
    vault = Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = tmp_path_factory.mktemp("town") / "usher.sqlite3"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}", vault)
        yield database
        database.close_now()
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"town_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE usher_template")
    head, _, query = server.partition("?")
    database = Database(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else ""), vault)
    yield database
    database.close_now()
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def line(town: Database) -> Iterator[Connection]:
    """A unit of work that is rolled back at the end."""
    with town._writing.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def scene(line: Connection) -> Scene:
    """One public case with a hearing in ten days; its defendant has +1 907 555 0100."""
    return add_scene(line, PartySpec(), number="3EX-26-00042CR")


@pytest.fixture
def stranger(line: Connection, scene: Scene) -> Phone:
    """A phone that nobody knows."""
    return Phone(line, scene.courts)


@pytest.fixture
def defendant(line: Connection, scene: Scene) -> Phone:
    """The defendant's phone."""
    return Phone(line, scene.courts, number="+19075550100")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
