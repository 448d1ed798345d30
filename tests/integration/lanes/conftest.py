"""What tests of lanes share: a database with the lanes of one court, for tests that open it again and again."""

from collections.abc import Iterator

import pytest

from storage.database import Database
from storage.vault import Vault
from tests.fixtures.facts import apply_courts


@pytest.fixture
def sqlite_lane(sqlite_url: str, vault: Vault) -> Iterator[Database]:
    """A SQLite database with the lanes of the example court."""
    database = Database(sqlite_url, vault)
    database.write_now(apply_courts)
    yield database
    database.close_now()
