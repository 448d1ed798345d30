"""Whatever calendar comes: brought in twice it is in once, and in any order of its rows it leaves the same facts."""

import random
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.vault import Vault
from tests.fixtures.calendars.rows import Calendars, Row, install, row
from tests.fixtures.properties import examples

VAULT = Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)  # the same digests in every database
ROWS = st.lists(
    st.builds(
        row,
        case_number=st.sampled_from(["3EX-26-00001CR", "3EX-26-00002CR"]),
        court=st.sampled_from(["example", "example", "second"]),
        hearing_id=st.sampled_from(["", "", "H1", "H2"]),
        hearing_kind=st.sampled_from(["Plea", "Trial"]),
        starts_at=st.sampled_from(["2026-06-15T09:30", "2026-06-16T09:30", "2026-06-17T10:00"]),
        courtroom=st.sampled_from(["1", "2"]),
        status=st.sampled_from(["scheduled", "scheduled", "cancelled"]),
        confidentiality=st.sampled_from(["public", "", "juvenile"]),
        party_id=st.sampled_from(["P1", "P2", ""]),
        role=st.sampled_from(["defendant", "victim", "attorney"]),
        given_name=st.sampled_from(["Ada", "Ben", "JosÃ©"]),
        phone=st.sampled_from(["907-555-0101", "(907) 555-0101", "907-555-0102", "UNKNOWN", ""]),
        language=st.sampled_from(["en", "Spanish", ""]),
    ),
    min_size=1,
    max_size=8,
)
FEW = settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])


def facts_of(template: Path, *files: list[Row]) -> dict[str, list[tuple[object, ...]]]:
    """Bring files into a fresh database, one after the other; return what they left."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "usher.sqlite3"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}", VAULT)
        try:
            calendars = Calendars(database, database.write_now(install))
            for rows in files:
                calendars.bring(rows, accept_changes=True)
            return calendars.facts()
        finally:
            database.close_now()


@FEW
@given(rows=ROWS, seed=st.integers(0, 999))
def test_any_order_of_the_rows_leaves_the_same_facts(migrated_sqlite: Path, rows: list[Row], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's order

    assert facts_of(migrated_sqlite, rows) == facts_of(migrated_sqlite, shuffled)


@FEW
@given(first=ROWS, second=ROWS)
def test_a_calendar_brought_in_twice_is_in_once(migrated_sqlite: Path, first: list[Row], second: list[Row]) -> None:
    assert facts_of(migrated_sqlite, first, second) == facts_of(migrated_sqlite, first, second, second)
