"""The migrations make exactly what the models say, on both engines, and each step can be taken back and again."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage import migrate
from storage.schema import metadata

VERSIONS = sorted(migrate.HERE.glob("versions/*.py"))
IDS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND data_type NOT LIKE 'character%' AND (column_name = 'id' OR column_name LIKE '%\\_id')
UNION
SELECT column_of.table_name, column_of.column_name, column_of.data_type
FROM information_schema.table_constraints AS rule
JOIN information_schema.key_column_usage AS end_of USING (constraint_schema, constraint_name)
JOIN information_schema.columns AS column_of
  ON (column_of.table_schema, column_of.table_name, column_of.column_name)
   = (end_of.table_schema, end_of.table_name, end_of.column_name)
WHERE rule.constraint_schema = 'public' AND rule.constraint_type = 'FOREIGN KEY'"""
"""What is named as an id, and what a foreign key says is one."""
SEQUENCES = "SELECT sequence_name, data_type FROM information_schema.sequences WHERE sequence_schema = 'public'"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = make_url(request.getfixturevalue("postgres_url"))
    name = f"empty_{uuid4().hex}"
    execute(server.render_as_string(hide_password=False), f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    execute(server.render_as_string(hide_password=False), f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def differences(connection: Connection) -> list[object]:
    """What alembic would change to bring a database to the models."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def columns_of(connection: Connection) -> dict[str, set[str]]:
    """Every table with its columns."""
    there = inspect(connection)
    return {table: {column["name"] for column in there.get_columns(table)} for table in there.get_table_names()}


def test_from_empty_to_the_newest_is_what_the_models_say(empty_url: str) -> None:
    assert migrate.upgrade(empty_url) == migrate.head()

    with create_engine(empty_url, poolclass=NullPool).connect() as connection:
        assert differences(connection) == []
        made = columns_of(connection)
    assert set(made) == {*metadata.tables, "alembic_version"}
    assert {name: {column.name for column in table.columns} for name, table in metadata.tables.items()} == {
        name: columns for name, columns in made.items() if name != "alembic_version"
    }


def test_every_step_back_and_again_ends_where_it_began(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    with create_engine(empty_url, poolclass=NullPool).begin() as connection:
        before = columns_of(connection)
        for _ in VERSIONS:
            command.downgrade(migrate._config(connection), "-1")
        assert set(columns_of(connection)) <= {"alembic_version"}
        for _ in VERSIONS:
            command.upgrade(migrate._config(connection), "+1")
        assert columns_of(connection) == before
        assert differences(connection) == []


def test_a_column_that_no_migration_makes_would_be_noticed(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    execute(empty_url, "ALTER TABLE heartbeat DROP COLUMN at")

    with create_engine(empty_url, poolclass=NullPool).connect() as connection:
        assert differences(connection) != []


def test_an_id_of_32_bits_would_be_noticed(postgres_database: str) -> None:
    execute(postgres_database, "ALTER TABLE notice ALTER COLUMN delivery_id TYPE integer")

    with create_engine(postgres_database, poolclass=NullPool).connect() as connection:
        [found] = differences(connection)
    assert "modify_type" in str(found)
    assert "delivery_id" in str(found)


def test_every_id_has_64_bits_on_postgresql_and_so_has_what_numbers_them(postgres_database: str) -> None:
    with create_engine(postgres_database, poolclass=NullPool).connect() as connection:
        found = {(table, column): kind for table, column, kind in connection.execute(text(IDS))}
        sequences = {row.sequence_name: row.data_type for row in connection.execute(text(SEQUENCES))}

    assert set(found.values()) == set(sequences.values()) == {"bigint"}
    assert set(found) == {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, BigInteger)
    }
    assert set(sequences) == {f"{table.name}_id_seq" for table in metadata.sorted_tables if "id" in table.c}


def test_an_upgrade_that_fails_in_its_middle_changes_nothing(empty_url: str) -> None:
    execute(empty_url, "CREATE TABLE endpoint (id integer)")  # the first migration makes others before it

    with pytest.raises(DBAPIError, match="endpoint"):
        migrate.upgrade(empty_url)

    with create_engine(empty_url, poolclass=NullPool).connect() as connection:
        assert inspect(connection).get_table_names() == ["endpoint"]


def test_migrations_are_one_line_numbered_in_their_order() -> None:
    script = ScriptDirectory.from_config(migrate._config(None))
    newest_first = [one.revision for one in script.walk_revisions()]

    assert list(reversed(newest_first)) == [path.name.partition("_")[0] for path in VERSIONS]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", path.name) for path in VERSIONS)
