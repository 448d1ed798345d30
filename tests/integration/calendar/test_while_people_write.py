"""A calendar that comes in while people write, on PostgreSQL: what they have just said holds for what it brings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, repeat

import pytest
from sqlalchemy import Connection, func, select

from domain.calendar_report import ImportReport, RunState
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


def test_a_phone_that_writes_for_the_first_time_while_a_calendar_names_it(calendars: Calendars) -> None:
    def write_in(connection: Connection) -> None:
        Phone(connection, calendars.courts, number=ADA).text("HELP")

    report = while_open(calendars.db, write_in, lambda: calendars.bring([row()]), within=LONG)

    assert report.state is RunState.APPLIED
    assert calendars.count(schema.endpoint) == 1
    assert calendars.notices()["hearing_set", "planned"] == 1


class Later:
    """A clock that shows when an import began, and afterwards that ten minutes have passed."""

    def __init__(self) -> None:
        self._shows = chain([NOW], repeat(NOW + timedelta(minutes=10)))

    def now(self) -> datetime:
        return next(self._shows)


def test_who_asked_while_a_long_import_was_under_way_is_told_the_day_that_it_brought(calendars: Calendars) -> None:
    def write_in(text: str, *, after: timedelta) -> list[str]:
        now = NOW + after
        return calendars.db.write_now(lambda c: Phone(c, calendars.courts, number=STRANGER, now=now).text(text))

    calendars.bring([row()], now=BEFORE)
    [answer] = write_in(NUMBER, after=timedelta(minutes=9, seconds=59))
    assert "June 15" in answer
    calendars.bring([NEXT], clock=Later())
    write_in("YES", after=timedelta(minutes=11))

    theirs = select(schema.notice.c.revision, schema.notice.c.state).where(
        schema.notice.c.kind == NoticeKind.HEARING_SET, schema.notice.c.reason.is_(None)
    )
    told = calendars.db.read_now(lambda c: c.execute(theirs.where(schema.notice.c.endpoint_id == _who(c))).all())
    assert told == [(2, NoticeState.PLANNED)]


def _who(connection: Connection) -> int:
    return int(connection.execute(select(func.max(schema.endpoint.c.id))).scalar_one())
