"""Statements run past SQLAlchemy's machinery give what its own way gives, on both engines."""

from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from domain.delivery import ChannelName
from domain.gate import EndpointState
from storage.database import Database
from storage.prepared import Prepared, make_all, one_of, unless_there
from storage.schema import endpoint, heartbeat, lane
from storage.vault import Vault

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


def test_every_statement_of_ours_can_be_made_before_it_is_asked(any_db: Database) -> None:
    import_module("bot.bootstrap")

    assert any_db.read_now(make_all) > 30


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


def test_each_set_of_parameters_has_its_own_rows(any_db: Database) -> None:
    def beat_and_ask(connection: Connection) -> list[list[Any]]:
        beat = unless_there(
            heartbeat,
            {"name": bindparam("name"), "at": NOON},
            unique=["name"],
            returning=[heartbeat.c.name, heartbeat.c.at],
        )
        assert beat.each(connection, []) == []
        return beat.each(connection, [{"name": name} for name in ("a", "b", "a")])

    assert any_db.write_now(beat_and_ask) == [[("a", NOON)], [("b", NOON)], []]


def test_a_column_is_looked_for_among_a_list_however_long(any_db: Database) -> None:
    any_db.write_now(lambda connection: BEAT.run_many(connection, [{"name": name, "at": NOON} for name in "abc"]))
    among_names = Prepared(select(heartbeat.c.name).where(one_of(heartbeat.c.name, "names")).order_by(heartbeat.c.name))
    not_these = Prepared(select(heartbeat.c.name).where(~one_of(heartbeat.c.name, "names")))

    assert any_db.read_now(partial(among_names.all, names={"a", "c", "x"})) == [("a",), ("c",)]
    assert any_db.read_now(partial(among_names.all, names=[])) == []
    assert any_db.read_now(partial(among_names.all, names=[f"n{n}" for n in range(5_000)] + ["b"])) == [("b",)]
    assert any_db.read_now(partial(not_these.all, names=("a", "b"))) == [("c",)]


def test_a_list_of_enums_is_bound_by_their_values(any_db: Database) -> None:
    any_db.write_now(partial(ADD_ENDPOINT.all, channel=ChannelName.TELEGRAM, address=b"s", digest=b"d", at=NOON))
    found = Prepared(select(endpoint.c.address).where(one_of(endpoint.c.channel, "channels")))

    assert any_db.read_now(partial(found.scalar, channels=[ChannelName.TELEGRAM])) == b"s"
    assert any_db.read_now(partial(found.scalar, channels=[ChannelName.SMS])) is None


def test_a_fault_of_the_driver_is_raised_as_sqlalchemy_raises_it(any_db: Database) -> None:
    def twice(connection: Connection) -> None:
        BEAT.run_many(connection, [{"name": "secret", "at": NOON}] * 2)

    with pytest.raises(IntegrityError) as raised:
        any_db.write_now(twice)
    assert raised.value.params is None, "an exception may be logged"
    assert any_db.read_now(Prepared(select(heartbeat.c.name)).all) == []


def test_a_connection_that_was_cut_is_not_used_again(postgres_database: str, vault: Vault) -> None:
    database = Database(postgres_database, vault)
    ask = Prepared(select(func.count()).select_from(heartbeat))

    def cut(connection: Connection) -> None:
        assert ask.scalar(connection) == 0
        connection.connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def cut_and_ask(connection: Connection) -> None:
        with pytest.raises(Exception, match="terminat"):
            cut(connection)
        ask.scalar(connection)

    try:
        with pytest.raises(OperationalError) as raised:
            database.write_now(cut_and_ask)
        assert raised.value.connection_invalidated
        assert database.write_now(ask.scalar) == 0
    finally:
        database.close_now()


def test_what_is_written_belongs_to_a_unit_of_work_also_where_only_reading_was_meant(any_db: Database) -> None:
    any_db.read_now(partial(BEAT.run, name="x", at=NOON))

    assert any_db.read_now(Prepared(select(heartbeat.c.name)).all) == []


def test_a_list_is_one_parameter(any_db: Database) -> None:
    any_db.write_now(lambda connection: BEAT.run_many(connection, [{"name": name, "at": NOON} for name in "abc"]))

    named = Prepared(select(heartbeat.c.name).where(one_of(heartbeat.c.name, "names")).order_by(heartbeat.c.name))

    assert any_db.read_now(partial(named.all, names=["a", "c", "it's"])) == [("a",), ("c",)]
    assert any_db.read_now(partial(named.all, names=["c", *(f"x{number}" for number in range(70_000))])) == [("c",)]
    gone = Prepared(delete(heartbeat).where(heartbeat.c.name == bindparam("name")))
    assert any_db.write_now(partial(gone.run, name="b")) == 1
