"""`usher audit verify`, `usher hold` and `usher purge` at the command line."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from storage import audit
from storage.audit import GENESIS, AuditAction
from storage.schema import audit_event
from tests.fixtures.commands import Usher
from tests.fixtures.facts import NOW
from tests.fixtures.sending import Desk

NUMBER = "3AN-26-00042CR"


@contextmanager
def rows() -> Iterator[sqlite3.Connection]:
    """The installation's database, under Usher's hands."""
    database = sqlite3.connect("var/usher.sqlite3", isolation_level=None)
    yield database
    database.close()


def write_events(connection: Connection, count: int) -> None:
    """Append events to the chain."""
    for number in range(count):
        audit.record(connection, AuditAction.BATCH_SENT, actor="test", facts={"lane": number}, now=NOW)


TAMPERED = {
    "the facts": lambda c: c.execute(update(audit_event).where(audit_event.c.id == 3).values(facts='{"lane":9}')),
    "the actor": lambda c: c.execute(update(audit_event).where(audit_event.c.id == 3).values(actor="somebody")),
    "the digest": lambda c: c.execute(update(audit_event).where(audit_event.c.id == 3).values(digest=bytes(32))),
    "an event taken out": lambda c: c.execute(delete(audit_event).where(audit_event.c.id == 2)),
    "the beginning cut off": lambda c: c.execute(delete(audit_event).where(audit_event.c.id <= 2)),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_tampered_event_is_where_the_chain_breaks(desk: Desk, what: str) -> None:
    await desk.db.write(lambda c: write_events(c, 8))
    assert desk.db.read_now(audit.first_broken) is None

    await desk.db.write(TAMPERED[what])

    assert desk.db.read_now(audit.first_broken) == 3


async def test_an_event_put_in_at_the_end_does_not_fit(desk: Desk) -> None:
    forged = {"at": NOW, "actor": "x", "action": "x", "facts": "{}", "previous": GENESIS, "digest": GENESIS}
    await desk.db.write(lambda c: c.execute(insert(audit_event).values(id=77, **forged)))

    assert desk.db.read_now(audit.first_broken) == 77


async def test_the_walk_tells_how_far_it_is_and_ends_at_the_head(desk: Desk) -> None:
    await desk.db.write(lambda c: write_events(c, 5))
    heard: list[int] = []

    walked = desk.db.read_now(lambda c: audit.walk(c, tell=heard.append))

    newest = desk.db.read_now(
        lambda c: c.execute(select(audit_event.c.digest).order_by(audit_event.c.id.desc()).limit(1)).scalar_one()
    )
    assert (heard[-1], walked.head, walked.broken_at) == (walked.events, newest, None)
    assert walked.events == desk.db.read_now(audit.count)


async def test_verify_says_where_it_breaks(lived: Usher) -> None:
    whole = lived("audit", "verify")
    assert whole.code == 0
    assert "Note the head outside of this machine: " in whole.out
    with rows() as database:
        database.execute("""UPDATE audit_event SET facts = '{"lane":7}' WHERE id = 1""")

    said = lived("audit", "verify")

    assert said.code == 1
    assert "The chain breaks at event 1: 0 events before it fit." in said.out
    assert json.loads(lived("audit", "verify", "--json").out)["broken_at"] == 1


async def test_a_head_noted_before_shows_an_end_that_was_cut_off(lived: Usher) -> None:
    lived("hold", NUMBER, "--court", "example")
    head = json.loads(lived("audit", "verify", "--json").out)["head"]
    assert lived("audit", "verify", "--head", head).code == 0
    with rows() as database:
        database.execute("DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)")

    assert lived("audit", "verify").code == 0, "nothing shows it but the head"
    said = lived("audit", "verify", "--head", head)

    assert said.code == 1
    assert "its end was cut off" in said.out
    assert lived("audit", "verify", "--head", "nonsense").code == 2


async def test_a_case_is_held_and_released_and_both_are_on_record(lived: Usher) -> None:
    assert lived("hold").out == "No case is held.\n"
    assert lived("hold", "3an 26 00042 cr", "--court", "example").out == "The case is held.\n"
    assert lived("hold", NUMBER, "--court", "example").out == "The case was held before; nothing has changed.\n"
    assert lived("hold").out.startswith(f"example  {NUMBER}  since 20")
    assert lived("hold", NUMBER, "--court", "example", "--release").out == "The case is not held any more.\n"
    with rows() as database:
        written = database.execute("SELECT facts, actor FROM audit_event WHERE action = 'hold.changed'").fetchall()

    assert [json.loads(facts)["held"] for facts, _ in written] == [True, False]
    assert all(actor.startswith("cli:") for _, actor in written)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["X-1", "--court", "example"], "usher: example has no case of this number\n"),
        ([NUMBER, "--court", "riverton"], "usher: there is no court 'riverton' (known: example)\n"),
        ([NUMBER], "usher: CASE and --court: go together: a number is unique within its court\n"),
        (["--court", "example"], "usher: CASE and --court: go together: a number is unique within its court\n"),
        (["--release"], "usher: CASE and --court: go together: a number is unique within its court\n"),
    ],
)
async def test_a_hold_on_nothing_is_refused(lived: Usher, arguments: list[str], says: str) -> None:
    said = lived("hold", *arguments)

    assert (said.code, said.out, said.err) == (2, "", says)


async def test_purge_tells_each_kind_with_its_rows(lived: Usher) -> None:
    with rows() as database:
        database.execute("UPDATE task SET closed_at = '2020-01-01 00:00:00.000000'")
    would = {one["what"]: one["rows"] for one in json.loads(lived("purge", "--dry-run", "--json").out)}

    assert would["notes of tasks"] == 1
    assert "would be forgotten" in lived("purge", "--dry-run").out
    assert {one["what"]: one["rows"] for one in json.loads(lived("purge", "--json").out)} == would
    with rows() as database:
        assert database.execute("SELECT note, state FROM task").fetchall() == [(None, "done")]


async def test_purge_of_a_court_that_is_not_there_is_refused(lived: Usher) -> None:
    said = lived("purge", "--court", "riverton")

    assert (said.code, said.out) == (2, "")
    assert "there is no court 'riverton'" in said.err
