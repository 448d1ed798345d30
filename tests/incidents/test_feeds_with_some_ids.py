"""A feed that gives ids to some rows only could break off its whole import.

A row without an id stood for the hearing of another row, whose id it then had; the row with the id came too late, was
taken for new, and the database refused a second hearing of that id. Now rows with ids find their hearings first.
"""

from storage.database import Database
from tests.fixtures.calendars.rows import Calendars, hearing, install


def test_a_row_without_an_id_takes_no_hearing_from_the_row_that_has_its_id(any_db: Database) -> None:
    calendars = Calendars(any_db, any_db.write_now(install))
    calendars.bring([hearing(hearing_id="H1", starts_at="2026-06-16T09:30")])

    report = calendars.bring(
        [
            hearing(hearing_id="", starts_at="2026-06-16T09:30"),
            hearing(hearing_id="H1", starts_at="2026-06-18T09:30"),
        ]
    )

    assert dict(report.hearings) == {"new": 1, "moved_later": 1}
