"""A stage for every scenario: the example court, on a Monday at 10:00 in Anchorage."""

import pytest

from storage.database import Database
from tests.acceptance.stage import Stage, open_stage


@pytest.fixture
async def stage(db: Database) -> Stage:
    """A court with lanes as fast as its carriers."""
    return await open_stage(db)
