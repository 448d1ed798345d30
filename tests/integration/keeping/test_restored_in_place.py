"""A database that its own tools brought back: settled where it stands, before anything can leave a second time."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Connection, select

from bot.cli.restore import STILL_BEATING
from domain.notice import NoticeState
from domain.roles import Role
from storage import heartbeats
from storage.audit import AuditAction
from storage.database import Database
from storage.key_file import new_key_file
from storage.schema import audit_event
from storage.vault import read_key_file
from tests.fixtures.commands import Usher
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.outbox import add_street, later, notice_rows, put, tasks

MORNING = later(hours=20)
"""After a night: what the database believes to be due has left long ago."""


@pytest.fixture
async def back(usher: Usher, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The state of last evening, on each engine in turn: a victim's reminder due, a text on the wire, one too late."""
    monkeypatch.setenv("USHER_DATABASE_URL", database_url)
    async with Database(database_url, read_key_file(Path("var/usher.key"))) as database:
        database.write_now(_last_evening)
        yield database


def _last_evening(connection: Connection) -> None:
    victim = add_street(connection, spec=PartySpec(role=Role.VICTIM))
    put(connection, victim)
    put(connection, victim, due_at=later(days=1))
    put(connection, victim, expires_at=later(hours=1))
    connection.exec_driver_sql(
        "UPDATE notice SET state = 'sending', leased_until = '2030-01-01 00:00:00' "
        "WHERE id = (SELECT max(id) FROM notice)"
    )
    heartbeats.beat(connection, "worker", now=NOW)


def states(database: Database) -> list[NoticeState]:
    """The state of each notice."""
    return [row.state for row in database.read_now(notice_rows)]


async def test_what_may_have_left_since_does_not_leave_again(usher: Usher, back: Database) -> None:
    with time_machine.travel(MORNING, tick=False):
        done = json.loads(usher("restore", "--in-place", "--json").out)

    assert (done["for_the_desk"], done["due"], done["kept"]) == (1, 0, None)
    assert done["as_of"].startswith("2026-06-01T18:00")
    assert states(back)[:2] == [NoticeState.EXPIRED, NoticeState.PLANNED]
    assert NoticeState.SENDING not in states(back)
    assert "unsettled" in back.read_now(tasks)
    actions = back.read_now(lambda c: c.execute(select(audit_event.c.action)).scalars().all())
    assert AuditAction.DATABASE_RESTORED in actions


async def test_it_says_what_it_found_and_what_comes_next(usher: Usher, back: Database) -> None:
    with time_machine.travel(MORNING, tick=False):
        said = usher("restore", "--in-place")

    assert said.code == 0
    assert said.out.startswith("The database is as it was on 2026-06-01 18:00 UTC.\n")
    assert "1 to victims and witnesses may have left since: they are on the desk's list.\n" in said.out
    assert said.out.endswith("Import the newest calendar before Usher starts: what is sent then is sent from it.\n")


async def test_a_second_time_finds_nothing_more(usher: Usher, back: Database) -> None:
    with time_machine.travel(MORNING, tick=False):
        usher("restore", "--in-place")
        before = states(back)
        again = json.loads(usher("restore", "--in-place", "--json").out)

    assert (again["for_the_desk"], again["expired"], again["looked_up"]) == (0, 0, 0)
    assert states(back) == before


@pytest.mark.parametrize("ahead", [timedelta(seconds=59), timedelta(seconds=-30)], ids=["just now", "by a fast clock"])
async def test_while_a_part_beats_nothing_is_touched(usher: Usher, back: Database, ahead: timedelta) -> None:
    before = states(back)

    with time_machine.travel(NOW + ahead, tick=False):
        said = usher("restore", "--in-place")

    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "usher: heard of within the last minute: worker. Stop every worker, clock and usher run first; "
        "if they are stopped, wait a minute\n"
    )
    assert states(back) == before


async def test_webs_may_stay_up_and_only_take_what_comes(usher: Usher, back: Database) -> None:
    just_now = NOW + timedelta(minutes=5)
    back.write_now(lambda connection: heartbeats.beat(connection, "web:here:1", now=just_now))

    with time_machine.travel(just_now, tick=False):
        assert usher("restore", "--in-place").code == 0


async def test_a_backup_of_just_now_can_be_settled_a_minute_later(usher: Usher, back: Database) -> None:
    with time_machine.travel(NOW + STILL_BEATING, tick=False):
        assert usher("restore", "--in-place").code == 0


async def test_with_another_installations_key_nothing_is_touched(usher: Usher, back: Database) -> None:
    before = states(back)
    another_key()

    with time_machine.travel(MORNING, tick=False):
        said = usher("restore", "--in-place")

    assert (said.code, said.err.startswith("usher: secret key file: is not the one")) == (2, True)
    assert states(back) == before


def another_key() -> None:
    """Put another installation's key in the place of ours."""
    Path("var/usher.key").unlink()
    new_key_file(Path("var/usher.key"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["copy.sqlite3", "--in-place"], "usher: --in-place: stands alone"),
        (["--in-place", "--replace"], "usher: --in-place: stands alone"),
        ([], "usher: FILE: must be given"),
    ],
    ids=["with a file", "with --replace", "with neither"],
)
def test_in_place_or_a_file(usher: Usher, words: list[str], says: str) -> None:
    said = usher("restore", *words)

    assert (said.code, said.out, said.err.startswith(says)) == (2, "", True)


def test_on_postgresql_the_tool_is_named_and_what_comes_after_it(usher: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", "postgresql+psycopg://usher:marker@127.0.0.1:9/usher")

    said = usher("restore", "last-night.dump")

    assert said.err.endswith("then: usher migrate; usher restore --in-place\n")
