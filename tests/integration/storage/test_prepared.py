"""Statements run past SQLAlchemy's machinery give what its own way gives, on both engines."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from domain.delivery import ChannelName
from domain.gate import EndpointState
from storage.bulk import among
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import endpoint, heartbeat, lane

NOON = datetime(2026, 6, 1, 12, 0, 30, 250, tzinfo=UTC)

BEAT = Prepared(insert(heartbeat).values(name=bindparam("name"), at=bindparam("at")))
ADD_ENDPOINT = Prepared(
    insert(endpoint)
    .values(
        channel=bindparam("channel"),
        address=bindparam("address"),
        address_digest=bindparam("digest"),
        state=EndpointState.ACTIVE,
        carrier_stopped=False,
        foreign_held=False,
        misses=0,
        created_at=bindparam("at"),
    )
    .returning(endpoint.c.id, endpoint.c.channel, endpoint.c.created_at)
)


def test_instants_come_back_aware_and_whole(any_db: Database) -> None:
    seen = Prepared(select(heartbeat.c.name, heartbeat.c.at).order_by(heartbeat.c.name))
    any_db.write_now(lambda connection: BEAT.run_many(connection, [{"name": f"b{n}", "at": NOON} for n in (2, 1)]))

    assert any_db.read_now(seen.all) == [("b1", NOON), ("b2", NOON)]


def test_what_is_returned_by_an_insert_has_our_types(any_db: Database) -> None:
    add = partial(ADD_ENDPOINT.first, channel=ChannelName.SMS, address=b"sealed", digest=b"d" * 32, at=NOON)
    row = any_db.write_now(add)

    assert row is not None
    assert row[1:] == (ChannelName.SMS, NOON)
    assert any_db.read_now(lambda connection: connection.execute(select(endpoint.c.state)).scalar_one()) is (
        EndpointState.ACTIVE
    )


def test_constants_of_a_statement_are_converted_too(any_db: Database) -> None:
    any_db.write_now(partial(ADD_ENDPOINT.all, channel=ChannelName.TELEGRAM, address=b"s", digest=b"d", at=NOON))
    found = Prepared(select(endpoint.c.address).where(endpoint.c.channel == ChannelName.TELEGRAM))

    assert any_db.read_now(found.scalar) == b"s"


def test_an_update_says_how_many_rows_it_touched(any_db: Database) -> None:
    any_db.write_now(lambda connection: BEAT.run_many(connection, [{"name": name, "at": NOON} for name in "abc"]))
    move = Prepared(update(heartbeat).where(heartbeat.c.name < bindparam("before")).values(at=bindparam("to")))

    assert any_db.write_now(partial(move.run, before="c", to=NOON)) == 2


def test_json_comes_back_as_it_was(any_db: Database) -> None:
    spent = [[1_780_000_000_000_000, 2.5]]
    row = {
        "key": "sms:x",
        "channel": ChannelName.SMS,
        "rate": 1.0,
        "burst": 1,
        "tokens": 1.0,
        "refilled_at": NOON,
        "spent": spent,
    }
    any_db.write_now(lambda connection: connection.execute(insert(lane).values(row)))
    change = Prepared(update(lane).where(lane.c.key == bindparam("which")).values(spent=bindparam("now_spent")))
    read = Prepared(select(lane.c.spent).where(lane.c.key == "sms:x"))

    assert any_db.read_now(read.scalar) == spent
    any_db.write_now(partial(change.run, which="sms:x", now_spent=[*spent, [1, 1.0]]))
    assert any_db.read_now(read.scalar) == [*spent, [1, 1.0]]


def test_no_row_is_none(any_db: Database) -> None:
    nobody = Prepared(select(heartbeat.c.at).where(heartbeat.c.name == bindparam("name")))

    assert any_db.read_now(partial(nobody.first, name="x")) is None
    assert any_db.read_now(partial(nobody.scalar, name="x")) is None


def test_with_no_rows_nothing_is_run(any_db: Database) -> None:
    any_db.write_now(lambda connection: BEAT.run_many(connection, []))

    assert any_db.read_now(Prepared(select(func.count()).select_from(heartbeat)).scalar) == 0


@pytest.mark.parametrize("wrong", [{}, {"name": "x"}, {"name": "x", "at": NOON, "more": 1}])
def test_parameters_must_be_the_statements_own(any_db: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="wants exactly"):
        any_db.write_now(partial(BEAT.run, **wrong))


def test_a_naive_instant_is_refused(any_db: Database) -> None:
    with pytest.raises(ValueError, match="aware"):
        any_db.write_now(partial(BEAT.run, name="x", at=datetime(2026, 6, 1, 12, 0)))  # noqa: DTZ001 - that is it


def test_what_was_written_is_rolled_back_with_its_unit_of_work(any_db: Database) -> None:
    def fail(connection: Connection) -> None:
        BEAT.run(connection, name="x", at=NOON)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        any_db.write_now(fail)

    assert any_db.read_now(Prepared(select(heartbeat.c.name)).all) == []


def test_a_list_is_one_parameter(any_db: Database) -> None:
    any_db.write_now(lambda connection: BEAT.run_many(connection, [{"name": name, "at": NOON} for name in "abc"]))

    def named(connection: Connection) -> object:
        wanted = among(connection, heartbeat.c.name, ["a", "c", "x"])
        return sorted(connection.execute(select(heartbeat.c.name).where(wanted)).scalars())

    assert any_db.read_now(named) == ["a", "c"]
    gone = Prepared(delete(heartbeat).where(heartbeat.c.name == bindparam("name")))
    assert any_db.write_now(partial(gone.run, name="b")) == 1
