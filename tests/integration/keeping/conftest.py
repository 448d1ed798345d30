"""What tests of keeping share: a court with one row in each drawer, on each engine in turn, and the command line."""

import asyncio
import shutil
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


@pytest.fixture(scope="session")
def lived_installation(new_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation whose court has lived through a day, closed again: to be copied."""
    folder = shutil.copytree(new_installation, tmp_path_factory.mktemp("lived"), dirs_exist_ok=True)

    async def live() -> None:
        async with open_installed(folder) as database:
            await live_through(await open_desk(database))

    loop = asyncio.new_event_loop()
    loop.run_until_complete(live())
    loop.close()
    return folder


@pytest.fixture
def lived(lived_installation: Path, tmp_path: Path, usher: Usher) -> Usher:
    """Run a command in a copy of that folder."""
    shutil.copytree(lived_installation, tmp_path, dirs_exist_ok=True)
    return usher


def open_installed(folder: Path = Path()) -> Database:
    """Open the database of the installation in a folder, with its own key file."""
    return Database(f"sqlite:///{folder / 'var/usher.sqlite3'}", read_key_file(folder / "var/usher.key"))
