"""Any month of a court: files, faults, words and nights in any order; what must hold holds whatever happens."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage.database import Database
from storage.vault import Vault
from tests.acceptance.stage import open_stage
from tests.acceptance.walk import ADA, BEN, Walk, watch
from tests.fixtures.database import sweep
from tests.fixtures.properties import examples

WHICH = st.sampled_from(["H1", "H2"])
STARTS = [f"2026-11-{day:02}T{hour}" for day in (1, 2, 3, 4, 6, 9) for hour in ("09:30", "16:00")]
WORDS = ["STOP", "START", "1", "2", "YES", "STOP 1", "hello?", "3EX-26-00001CR", "wrong number?"]
PAUSES = [timedelta(minutes=2), timedelta(minutes=40), timedelta(hours=5), timedelta(hours=11), timedelta(days=2)]
STEPS = st.one_of(
    st.tuples(st.just("file"), WHICH, st.just("starts_at"), st.sampled_from(STARTS)),
    st.tuples(st.just("file"), WHICH, st.just("status"), st.sampled_from(["cancelled", "scheduled", "continued"])),
    st.tuples(st.just("file"), WHICH, st.just("courtroom"), st.sampled_from(["2", "7"])),
    st.tuples(st.just("says"), st.sampled_from([ADA, BEN]), st.sampled_from(WORDS)),
    st.tuples(st.just("wait"), st.sampled_from(PAUSES)),
    st.tuples(st.just("carrier"), st.sampled_from(["silent", "confirms", "doubles", "fails", "defers", "hangs"])),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def watched(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Database]:
    """A database that writes down every step of its notices and deliveries."""
    path = tmp_path_factory.mktemp("watched") / "usher.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", vault)
    database.write_now(watch)
    yield database
    database.close_now()


@settings(max_examples=examples(12))
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_whatever_happens_nobody_is_told_at_the_wrong_time_twice_after_a_stop_or_what_is_no_longer_true(
    watched: Database, steps: list[tuple[object, ...]]
) -> None:
    async def play() -> list[str]:
        watched.write_now(sweep)
        watched.write_now(lambda c: c.execute(text("DELETE FROM step")))
        return await Walk(await open_stage(watched, opens="2026-10-26 10:00")).take(steps)

    assert asyncio.run(play()) == []
