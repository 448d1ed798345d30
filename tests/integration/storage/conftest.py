"""Scenes for tests of single storage functions, on a connection that is rolled back in the end."""

import pytest
from sqlalchemy import Connection

from tests.fixtures.facts import Scene, add_scene
from tests.fixtures.outbox import Street, add_street


@pytest.fixture
def scene(connection: Connection) -> Scene:
    """One defendant with a phone, a hearing in ten days."""
    return add_scene(connection)


@pytest.fixture
def any_scene(any_connection: Connection) -> Scene:
    """The same on each engine in turn."""
    return add_scene(any_connection)


@pytest.fixture
def street(connection: Connection) -> Street:
    """Three defendants of one hearing, each with a phone, and a lane without a limit."""
    return add_street(connection, 3)


@pytest.fixture
def any_street(any_connection: Connection) -> Street:
    """The same on each engine in turn."""
    return add_street(any_connection, 3)
