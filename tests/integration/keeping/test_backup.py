"""Backups: taken while others write, whole, openable; put back in one step, and never a text sent late."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from alembic import command
from sqlalchemy import Connection, create_engine, select, update
from sqlalchemy.pool import NullPool

from domain.delivery import DeliveryState
from domain.errors import ConflictError, InvalidInputError
from domain.notice import NoticeKind, NoticePlan, NoticeState, Priority, Purpose
from domain.roles import Role
from handlers import keeping
from handlers.why import tell
from storage import backup, endpoints, migrate
from storage.database import Database
from storage.key_file import new_key_file
from storage.schema import endpoint
from storage.tasks import TaskKind
from tests.fixtures.commands import Usher
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.keeping import everything_sealed
from tests.fixtures.outbox import add_street, delivery_rows, later, notice_rows, phone, put, put_all, tasks
from tests.fixtures.sending import Desk, open_desk
from tests.integration.keeping.conftest import open_installed

WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.execute("PRAGMA synchronous=OFF")
number = 0
print("ready", flush=True)
while True:
    number += 1
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO heartbeat VALUES (?, '2026-06-01 18:00:00.000000')", (f"a{number}",))
    database.execute("INSERT INTO heartbeat VALUES (?, '2026-06-01 18:00:00.000000')", (f"b{number}",))
    database.execute("COMMIT")
"""


def numbers(file: Path) -> tuple[int, int]:
    """How many of the writer's rows of each half of its pairs a copy has."""
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        halves = [
            copy.execute("SELECT count(*) FROM heartbeat WHERE name LIKE ?", (f"{half}%",)).fetchone()[0]
            for half in "ab"
        ]
    return halves[0], halves[1]


def test_a_backup_beside_a_busy_writer_is_whole_and_holds_nobody_up(usher: Usher) -> None:
    with closing(sqlite3.connect("var/usher.sqlite3")) as database:
        database.execute("CREATE TABLE ballast (bytes BLOB)")
        database.executemany("INSERT INTO ballast VALUES (?)", ((os.urandom(4000),) for _ in range(8_000)))
        database.commit()
    command = [sys.executable, "-c", WRITER, "var/usher.sqlite3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        copies = [Path(f"copy-{number}.sqlite3") for number in range(3)]
        said = [usher("backup", str(copy)) for copy in copies]
        still_writing = writer.poll() is None
        writer.kill()

    assert [one.code for one in said] == [0, 0, 0], said
    assert still_writing
    halves = [numbers(copy) for copy in copies]
    assert all(first == second for first, second in halves), "no transaction is there by half"
    assert halves[0][0] < halves[2][0], "the writer went on meanwhile"
    assert {copy.stat().st_mode & 0o777 for copy in copies} == {0o600}
    assert not list(Path().glob("*.part")) + list(Path().glob("*-wal"))


def test_a_backup_is_never_written_over(usher: Usher) -> None:
    Path("mine").write_text("precious")

    said = usher("backup", "mine")

    assert (said.code, said.err) == (2, "usher: mine is there already; it is not overwritten\n")
    assert Path("mine").read_text() == "precious"


def test_a_backup_that_cannot_be_written_is_one_line(usher: Usher) -> None:
    said = usher("backup", "nowhere/copy.sqlite3")

    assert (said.code, said.err) == (2, "usher: nowhere/copy.sqlite3: cannot be written: No such file or directory\n")


@pytest.mark.parametrize(
    ("command", "tool"), [("backup", "pg_dump --format=custom --file=x"), ("restore", "pg_restore --clean")]
)
def test_on_postgresql_its_own_tool_is_named(
    usher: Usher, monkeypatch: pytest.MonkeyPatch, command: str, tool: str
) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", "postgresql+psycopg://usher:marker@127.0.0.1:9/usher")

    said = usher(command, "x")

    assert said.code == 2
    assert tool in said.err
    assert "marker" not in said.err


async def test_what_was_backed_up_comes_back_word_for_word(lived: Usher) -> None:
    async with open_installed() as database:
        before = database.read_now(everything_sealed)
    assert lived("backup", "copy.sqlite3").code == 0
    forget_it()

    said = lived("restore", "copy.sqlite3")

    assert said.code == 0, said.err
    async with open_installed() as database:
        assert database.read_now(everything_sealed) == before
    assert lived("audit", "verify").code == 0
    assert lived("status").code == 0


def forget_it() -> None:
    """Lose the database."""
    Path("var/usher.sqlite3").unlink()


def test_a_database_that_is_there_is_replaced_only_on_demand_and_kept(usher: Usher) -> None:
    usher("backup", "copy.sqlite3")
    before = Path("var/usher.sqlite3").read_bytes()

    refused = usher("restore", "copy.sqlite3")
    assert refused.code == 2
    assert "--replace" in refused.err
    assert Path("var/usher.sqlite3").read_bytes() == before

    done = json.loads(usher("restore", "copy.sqlite3", "--replace", "--json").out)
    assert Path(done["kept"]).name.startswith("usher.sqlite3.before-")
    assert Path(done["kept"]).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in Path("var").iterdir()) == sorted(
        ["usher.key", "usher.sqlite3", Path(done["kept"]).name]
    )


def test_a_database_in_use_is_not_replaced(usher: Usher) -> None:
    usher("backup", "copy.sqlite3")
    running = open_installed()
    running.read_now(backup.check_key)

    said = usher("restore", "copy.sqlite3", "--replace")
    running.close_now()

    assert (said.code, said.err) == (2, "usher: var/usher.sqlite3 is in use: stop Usher first\n")


async def test_one_damaged_value_leaves_no_court_without_its_database(lived: Usher) -> None:
    database = open_installed()
    database.write_now(lambda c: endpoints.find_or_add(c, phone(7), lane_id=1, now=NOW))
    first = select(endpoint.c.id, endpoint.c.address).order_by(endpoint.c.id).limit(1)
    row = database.read_now(lambda c: c.execute(first).one())
    damaged = update(endpoint).where(endpoint.c.id == row.id).values(address=row.address + b"?")
    database.write_now(lambda c: c.execute(damaged))
    database.close_now()
    lived("backup", "copy.sqlite3")

    assert lived("restore", "copy.sqlite3", "--replace").code == 0


async def test_a_key_that_does_not_fit_is_refused_before_anything_is_touched(lived: Usher) -> None:
    lived("backup", "copy.sqlite3")
    before = touched()
    another_key()

    said = lived("restore", "copy.sqlite3", "--replace")

    assert said.code == 2
    assert "secret key file: does not open a person.given_name" in said.err
    assert touched() == before


def another_key() -> None:
    """Put another installation's key in the place of ours."""
    Path("var/usher.key").unlink()
    new_key_file(Path("var/usher.key"))


def touched() -> tuple[list[str], list[str]]:
    """All that the database says, and what lies beside it."""
    with closing(sqlite3.connect("var/usher.sqlite3")) as database:
        said = list(database.iterdump())
    return said, sorted(path.name for path in Path("var").iterdir())


async def test_the_look_up_key_must_be_the_same_too(lived: Usher) -> None:
    lived("backup", "copy.sqlite3")
    other_index()

    said = lived("restore", "copy.sqlite3", "--replace")

    assert (said.code, "another index key" in said.err) == (2, True)


def other_index() -> None:
    """Change the key of the digests alone."""
    content = json.loads(Path("var/usher.key").read_text())
    content["index"] = "A" * 43 + "="
    Path("var/usher.key").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        (b"", "is not a database of Usher"),
        (b"not a database, but long enough to be taken for one" * 100, "is not a database of Usher"),
    ],
)
def test_what_is_no_backup_is_refused(usher: Usher, content: bytes | None, says: str) -> None:
    if content is not None:
        Path("copy.sqlite3").write_bytes(content)

    said = usher("restore", "copy.sqlite3", "--replace")

    assert (said.code, said.err) == (2, f"usher: copy.sqlite3: {says}\n")


def test_a_backup_of_a_newer_release_is_refused(usher: Usher) -> None:
    usher("backup", "copy.sqlite3")
    with closing(sqlite3.connect("copy.sqlite3", isolation_level=None)) as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
    before = touched()

    said = usher("restore", "copy.sqlite3", "--replace")

    assert (said.code, said.err) == (2, "usher: copy.sqlite3: was made by a newer release than this one\n")
    assert touched() == before


def test_a_backup_of_an_older_release_is_brought_up(usher: Usher) -> None:
    usher("backup", "copy.sqlite3")
    engine = create_engine("sqlite:///copy.sqlite3", poolclass=NullPool)
    with engine.begin() as connection:
        command.downgrade(migrate._config(connection), "0001")

    assert usher("restore", "copy.sqlite3", "--replace").code == 0
    assert migrate.current("sqlite:///var/usher.sqlite3") == migrate.head()


# --- what a backup believes to be under way -------------------------------------------------------------------


def short(**ends: float) -> NoticePlan:
    """A reminder due now whose window closes soon."""
    return NoticePlan(
        dedupe_key="",
        kind=NoticeKind.REMINDER,
        priority=Priority.REMINDER,
        due_at=NOW,
        expires_at=later(**ends),
        purpose=Purpose.PLAN,
    )


async def test_what_lost_its_time_expires_and_the_desk_hears_of_it(desk_of_two: Desk) -> None:
    desk = desk_of_two
    await desk.db.write(lambda c: [put(c, desk.street, 0, short(hours=1)), put(c, desk.street, 1, short(days=3))])

    found = await desk.db.write(partial(keeping.come_back, actor="test", now=later(hours=2)))

    assert (found.expired, found.due, found.looked_up, found.for_the_desk) == (1, 1, 0, 0)
    assert [row.state for row in desk.db.read_now(notice_rows)] == [NoticeState.EXPIRED, NoticeState.PLANNED]
    assert desk.db.read_now(tasks) == [TaskKind.NOT_REMINDED]
    desk.clock.advance(timedelta(hours=2))
    await desk.drain()
    assert len(desk.sms.texts) == 1, "never late"


@pytest.fixture
async def desk_of_two(any_db: Database) -> Desk:
    """A street of two, on each engine in turn."""
    return await open_desk(any_db, 2)


async def test_what_was_being_sent_is_looked_up_before_anything_else(desk_of_two: Desk) -> None:
    desk = desk_of_two
    await desk.db.write(partial(put_all, street=desk.street))
    await desk.drain()
    await desk.db.write(in_the_middle)

    found = await desk.db.write(partial(keeping.come_back, actor="test", now=later(seconds=1)))

    assert (found.looked_up, found.due) == (2, 0)
    assert {row.state for row in desk.db.read_now(notice_rows)} == {NoticeState.UNKNOWN}
    assert {row.state for row in desk.db.read_now(delivery_rows)} == {DeliveryState.UNKNOWN}
    assert all(row.ask_at is not None for row in desk.db.read_now(delivery_rows))
    sent = len(desk.sms.texts)
    await desk.drain()
    assert len(desk.sms.texts) == sent, "nothing leaves a second time meanwhile"


def in_the_middle(connection: Connection) -> None:
    """Go back to the moment when the batch was on the wire, its lease far from over."""
    sql = connection.exec_driver_sql
    sql("UPDATE notice SET state = 'sending', leased_until = '2030-01-01 00:00:00'")
    sql("UPDATE delivery SET state = 'sending', settled_at = NULL, provider_id = NULL")


@pytest.mark.parametrize("role", [Role.VICTIM, Role.WITNESS])
async def test_what_a_victim_or_witness_may_have_had_is_left_to_the_desk(any_db: Database, role: Role) -> None:
    street = await any_db.write(lambda c: add_street(c, spec=PartySpec(role=role)))
    desk = Desk(any_db, street, 1)
    await any_db.write(lambda c: [put(c, street), put(c, street, due_at=later(days=2))])

    found = await any_db.write(partial(keeping.come_back, actor="test", now=later(hours=2)))

    assert (found.for_the_desk, found.due) == (1, 0)
    assert [row.state for row in any_db.read_now(notice_rows)] == [NoticeState.EXPIRED, NoticeState.PLANNED]
    assert any_db.read_now(tasks) == [TaskKind.UNSETTLED]
    await desk.drain()
    assert desk.sms.texts == []
    story = any_db.read_now(lambda c: tell(c, "1"))[0]
    assert "came back from a backup" in story.outcome


async def test_a_restore_settles_all_that_before_usher_can_run(lived: Usher) -> None:
    lived("backup", "copy.sqlite3")
    await asyncio.to_thread(add_short_notice, Path("copy.sqlite3"))
    forget_it()

    with time_machine.travel(later(hours=3), tick=False):
        done = json.loads(lived("restore", "copy.sqlite3", "--json").out)

    assert (done["expired"], done["due"], done["kept"]) == (1, 0, None)
    assert done["as_of"] is not None
    with closing(sqlite3.connect("var/usher.sqlite3")) as database:
        states = {row[0] for row in database.execute("SELECT state FROM notice")}
    assert "planned" not in states


def add_short_notice(file: Path) -> None:
    """Let a copy have a notice that was due at NOW and is over an hour later."""
    with closing(sqlite3.connect(file, isolation_level=None)) as copy:
        copy.execute(
            "UPDATE notice SET state = 'planned', due_at = ?, expires_at = ? WHERE kind = 'reminder'",
            [at.replace(tzinfo=None).isoformat(" ") + ".000000" for at in (NOW, later(hours=1))],
        )


async def test_the_copy_is_refused_where_one_is_under_way(db: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.part").touch()

    with pytest.raises(ConflictError, match="another copy is under way"):
        db.read_now(partial(backup.copy, target=tmp_path / "copy", progress=lambda *_: None))


async def test_progress_is_told_up_to_the_last_page(db: Database, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    db.read_now(
        partial(backup.copy, target=tmp_path / "copy", progress=lambda done, total: heard.append((done, total)))
    )

    assert heard[-1][0] == heard[-1][1] > 0


def test_a_file_that_is_not_there_cannot_be_taken(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no such file"):
        backup.take(tmp_path / "none", tmp_path / "copy", progress=lambda *_: None)
    assert list(tmp_path.iterdir()) == []
