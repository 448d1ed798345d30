"""What tests of keeping share: a court with one row in each drawer, on each engine in turn, and the command line."""

from pathlib import Path

import pytest

from storage.database import Database
from storage.vault import read_key_file
from tests.fixtures.commands import Usher
from tests.fixtures.keeping import live_through
from tests.fixtures.sending import Desk, open_desk


@pytest.fixture
async def desk(any_db: Database) -> Desk:
    """A street of one at a court that has lived through a day."""
    desk = await open_desk(any_db)
    await live_through(desk)
    return desk


@pytest.fixture
async def small(db: Database) -> Desk:
    """The same on SQLite alone: where the engine makes no difference."""
    desk = await open_desk(db)
    await live_through(desk)
    return desk


@pytest.fixture
def usher(installed: Path, usher: Usher) -> Usher:
    """Run a command in a folder with a new installation, and no setting in the environment."""
    return usher


@pytest.fixture
async def lived(usher: Usher) -> Usher:
    """An installation whose court has lived through a day, closed again."""
    async with open_installed() as database:
        await live_through(await open_desk(database))
    return usher


def open_installed() -> Database:
    """Open the database of the installation in this folder, with its own key file."""
    return Database("sqlite:///var/usher.sqlite3", read_key_file(Path("var/usher.key")))
