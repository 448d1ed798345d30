"""What tests of sending share: a street of one and its dispatcher, on each engine in turn."""

import pytest

from storage.database import Database
from tests.fixtures.sending import Desk, open_desk


@pytest.fixture
async def desk(any_db: Database) -> Desk:
    """A street of one, on each engine in turn."""
    return await open_desk(any_db)


@pytest.fixture
async def sqlite_desk(db: Database) -> Desk:
    """A street of one, on SQLite alone: where the engine makes no difference."""
    return await open_desk(db)
