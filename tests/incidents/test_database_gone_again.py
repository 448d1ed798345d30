"""Once, a worker that began while the database came and went ended instead of waiting for it."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.cli.serving import courts_reached
from bot.settings import Settings, read_settings
from storage.database import Database
from storage.key_file import new_key_file
from storage.vault import Vault
from tests.fixtures.facts import apply_courts
from tests.fixtures.gate import Gate
from tests.fixtures.installation import forget_settings


class Flickering(Gate):
    """Lets the first connection in, then nobody for a while, then everybody."""

    came = 0

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        if self.came in {2, 3}:
            writer.transport.abort()
        else:
            await super()._pass(reader, writer)


def settings_of(patch: pytest.MonkeyPatch, folder: Path, url: str) -> Settings:
    """Return the settings of a worker in this folder."""
    patch.chdir(folder)
    forget_settings(patch)
    new_key_file(folder / "usher.key")
    patch.setenv("USHER_SECRET_KEY_FILE", str(folder / "usher.key"))
    patch.setenv("USHER_DATABASE_URL", url)
    return read_settings()


async def test_a_database_that_is_gone_again_after_its_first_answer_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres_database: str, vault: Vault
) -> None:
    async with Database(postgres_database, vault) as database:
        expected = await database.write(apply_courts)
    parts = urlsplit(postgres_database)
    [folder] = parse_qs(parts.query)["host"]
    gate = Flickering(0, [Path(folder) / ".s.PGSQL.5432"])
    await gate.open()
    here = f"{parts.scheme}://{parts.netloc.partition('@')[0]}@127.0.0.1:{gate.at}{parts.path}?connect_timeout=5"

    async with asyncio.timeout(30):
        known = await courts_reached(settings_of(monkeypatch, tmp_path, here), asyncio.Event())

    assert known == expected
    assert gate.came > 3, "it was gone again, and asked again"
    await gate.shut()
