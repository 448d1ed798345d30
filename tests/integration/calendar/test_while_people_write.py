"""A calendar that comes in while people write, on PostgreSQL: what they have just said holds for what it brings."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from domain.calendar_report import ImportReport
from domain.notice import NoticeKind, NoticeState
from storage import schema
from storage.database import Database
from storage.vault import Vault
from tests.fixtures.beside import while_open
from tests.fixtures.calendars.rows import Calendars, install, row
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import NOW

NUMBER = "3EX-26-00001CR"
ADA, STRANGER = "+19075550101", "+19075550105"
LONG = 10.0  # seconds for an import to come to where it applies
BEFORE = NOW - timedelta(hours=1)
NEXT = row(starts_at="2026-06-29T09:30")


@pytest.fixture
def calendars(postgres_database: str, vault: Vault) -> Iterator[Calendars]:
    opened = Database(postgres_database, vault)
    yield Calendars(opened, opened.write_now(install))
    opened.close_now()


@pytest.mark.parametrize(
    ("number", "before", "words"),
    [(ADA, "STOP", "START"), (STRANGER, NUMBER, "YES")],
    ids=["who had stopped", "who follows"],
)
def test_who_says_yes_while_a_hearing_comes_in_is_reminded_of_it(
    calendars: Calendars, number: str, before: str, words: str
) -> None:
    def write_in(connection: Connection, text: str, *, now: datetime = NOW) -> None:
        Phone(connection, calendars.courts, number=number, now=now).text(text)

    def bring() -> ImportReport:
        return calendars.bring([row(), NEXT])

    calendars.bring([row()], now=BEFORE)
    calendars.db.write_now(lambda connection: write_in(connection, before, now=BEFORE))

    while_open(calendars.db, lambda connection: write_in(connection, words), bring, within=LONG)

    reminded = select(schema.notice.c.endpoint_id, schema.notice.c.hearing_id).where(
        schema.notice.c.kind == NoticeKind.REMINDER, schema.notice.c.state == NoticeState.PLANNED
    )

    def hearings_of(connection: Connection) -> set[int]:
        writer = Phone(connection, calendars.courts, number=number).endpoint_id
        return {hearing_id for endpoint_id, hearing_id in connection.execute(reminded) if endpoint_id == writer}

    found = calendars.db.read_now(hearings_of)
    assert len(found) == 2
    assert found == set(calendars.column(schema.hearing, "id"))
