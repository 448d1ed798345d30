"""Bringing a database to the newest schema, one named and ordered step at a time."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

HERE = Path(__file__).parent / "migrations"
LOCK_TIMEOUT = "4s"  # a migration that cannot get its lock gives way to the court's work


def upgrade(url: str) -> str:
    """Apply every missing migration, or none where one fails; return the revision that the database is at now."""
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        _begin_ourselves(engine)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        command.upgrade(_config(connection), "head")
    return head()


def current(url: str) -> str | None:
    """Return the revision a database is at; None when it was never migrated."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """Return the revision that the database of a connection is at; None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def is_newer(found: str) -> bool:
    """Whether a revision is one of a newer release: migrations are numbered in their order."""
    return found > head()


def head() -> str:
    """Return the newest revision of this release."""
    newest = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert newest is not None  # noqa: S101 - the package ships its migrations
    return newest


def _begin_ourselves(engine: Engine) -> None:
    """Let a transaction hold tables too: Python's own way would commit, and wait for the disk, after each of them."""

    @event.listens_for(engine, "connect")
    def _leave_it_to_us(connection: Any, _: object) -> None:  # noqa: ANN401 - a sqlite3 connection behind SQLAlchemy
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
