"""Whatever calendar comes: brought in twice it is in once, and in any order of its rows it leaves the same facts."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from tests.fixtures.calendars.rows import Calendars, Row, install, row
from tests.fixtures.database import sweep
from tests.fixtures.properties import examples

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


def facts_of(db: Database, *files: list[Row]) -> dict[str, list[tuple[object, ...]]]:
    """Bring files into an empty database, one after the other; return what they left."""
    db.write_now(sweep)
    calendars = Calendars(db, db.write_now(install))
    for rows in files:
        calendars.bring(rows, accept_changes=True)
    return calendars.facts()


@FEW
@given(rows=ROWS, seed=st.integers(0, 999))
def test_any_order_of_the_rows_leaves_the_same_facts(db: Database, rows: list[Row], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's order

    assert facts_of(db, rows) == facts_of(db, shuffled)


@FEW
@given(first=ROWS, second=ROWS)
def test_a_calendar_brought_in_twice_is_in_once(db: Database, first: list[Row], second: list[Row]) -> None:
    assert facts_of(db, first, second) == facts_of(db, first, second, second)
