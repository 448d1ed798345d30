"""A stage for every scenario: the example court, on a Monday at 10:00 in Anchorage."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete

from storage.database import Database
from storage.schema import metadata
from storage.vault import Vault
from tests.acceptance.stage import Stage, open_stage


@pytest.fixture(scope="session")
def courthouse(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite file for all scenarios: a database that is opened anew compiles every statement anew."""
    path = tmp_path_factory.mktemp("courthouse") / "usher.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32))
    yield database
    database.close_now()


@pytest.fixture
def db(courthouse: Database) -> Database:
    """The courthouse, swept."""
    courthouse.write_now(sweep)
    return courthouse


@pytest.fixture
async def stage(db: Database) -> Stage:
    """A court with lanes as fast as its carriers."""
    return await open_stage(db)


def sweep(connection: Connection) -> None:
    """Empty every table, the last first: what points at a row goes before it."""
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
