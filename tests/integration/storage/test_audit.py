"""The record: whatever is changed, removed, put in or exchanged afterwards, the chain shows it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

from storage import audit
from storage.audit import GENESIS, AuditAction
from storage.database import Database
from storage.schema import audit_event
from storage.vault import Vault
from tests.fixtures.properties import examples

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
QUIETLY = settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
COLUMNS = ("at", "actor", "action", "facts", "previous", "digest")
facts = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=12), max_size=4
)


def chain(connection: Connection, length: int = 5) -> list[int]:
    for number in range(length):
        at = NOW + timedelta(seconds=number)
        audit.record(connection, AuditAction.BATCH_SENT, actor="worker", facts={"run": number}, now=at)
    return list(connection.execute(select(audit_event.c.id).order_by(audit_event.c.id)).scalars())


def other(value: Any) -> Any:  # noqa: ANN401 - a column's value
    match value:
        case datetime():
            return value + timedelta(microseconds=1)
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case _:
            return value + " "


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_of_any_event_is_found_at_that_event_or_the_next(
    connection: Connection, column: str, place: int
) -> None:
    ids = chain(connection)
    where = audit_event.c.id == ids[place]
    was = connection.execute(select(audit_event.c[column]).where(where)).scalar_one()

    connection.execute(update(audit_event).where(where).values({column: other(was)}))

    found = audit.walk(connection)
    assert found.broken_at == ids[place]
    assert found.events == place
    assert audit.first_broken(connection) == ids[place]


@pytest.mark.parametrize("place", range(4))
def test_an_event_taken_out_is_found_at_the_one_that_followed(connection: Connection, place: int) -> None:
    ids = chain(connection)
    connection.execute(delete(audit_event).where(audit_event.c.id == ids[place]))

    assert audit.first_broken(connection) == ids[place + 1]


def test_an_end_that_was_cut_off_fits_and_the_head_noted_before_is_not_in_it(connection: Connection) -> None:
    ids = chain(connection)
    head = audit.walk(connection).head
    assert audit.contains(connection, head)
    connection.execute(delete(audit_event).where(audit_event.c.id == ids[-1]))

    assert audit.first_broken(connection) is None
    assert not audit.contains(connection, head)
    assert audit.count(connection) == 4


@given(order=st.permutations(range(5)))
@QUIETLY
def test_events_in_another_order_do_not_fit(connection: Connection, order: list[int]) -> None:
    with connection.begin_nested() as step:
        ids = chain(connection)
        rows = [row._asdict() for row in connection.execute(select(audit_event).order_by(audit_event.c.id))]
        connection.execute(delete(audit_event))
        for place, which in enumerate(order):
            connection.execute(insert(audit_event).values(rows[which] | {"id": ids[place]}))
        broken = audit.first_broken(connection)
        step.rollback()

    first = next((place for place, which in enumerate(order) if place != which), None)
    assert broken == (None if first is None else ids[first])


@given(said=st.lists(st.tuples(st.sampled_from(AuditAction), facts, st.timedeltas(timedelta(0), timedelta(days=900)))))
@QUIETLY
def test_whatever_is_recorded_fits_and_the_walk_counts_it(
    any_connection: Connection, said: list[tuple[AuditAction, dict[str, object], timedelta]]
) -> None:
    with any_connection.begin_nested() as step:
        for action, what, later in said:
            audit.record(any_connection, action, actor="desk:1", facts=what, now=NOW + later)
        walked = audit.walk(any_connection)
        newest = (
            any_connection.execute(select(audit_event.c.digest).order_by(audit_event.c.id.desc())).scalars().first()
        )
        step.rollback()

    assert (walked.events, walked.broken_at) == (len(said), None)
    assert walked.head == (newest or GENESIS)


@pytest.mark.parametrize("zone", ["America/Anchorage", "Asia/Tokyo", "UTC"])
def test_an_event_fits_in_whatever_zone_its_instant_was_said(any_connection: Connection, zone: str) -> None:
    audit.record(any_connection, AuditAction.HOLD_CHANGED, actor="desk:1", facts={}, now=NOW.astimezone(ZoneInfo(zone)))

    assert audit.first_broken(any_connection) is None


def test_the_order_in_which_facts_are_said_is_no_difference(connection: Connection) -> None:
    for said in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
        audit.record(connection, AuditAction.BATCH_SENT, actor="worker", facts=said, now=NOW)

    assert set(connection.execute(select(audit_event.c.facts)).scalars()) == {'{"a":1,"b":2}'}


def test_what_is_no_json_is_refused_and_leaves_no_event(connection: Connection) -> None:
    with pytest.raises(TypeError):
        audit.record(connection, AuditAction.BATCH_SENT, actor="worker", facts={"at": NOW}, now=NOW)
    assert audit.count(connection) == 0


def test_an_empty_chain_fits_and_ends_where_every_chain_begins(connection: Connection) -> None:
    assert audit.walk(connection) == audit.Chain(0, GENESIS)
    assert not audit.contains(connection, GENESIS)


async def test_who_still_has_something_to_do_keeps_nobody_from_the_record(postgres_database: str, vault: Vault) -> None:
    def note(connection: Connection, number: int) -> None:
        audit.record(connection, AuditAction.BATCH_SENT, actor="worker", facts={"run": number}, now=NOW)

    def long(connection: Connection) -> None:
        note(connection, 1)
        opened.write_now(lambda beside: note(beside, 2))  # another worker's, meanwhile

    async with Database(postgres_database, vault) as opened:
        await opened.write(long)
        told = select(audit_event.c.facts).order_by(audit_event.c.id)
        said = await opened.read(lambda connection: connection.execute(told).scalars().all())
        assert said == ['{"run":2}', '{"run":1}']
        assert await opened.read(audit.first_broken) is None
