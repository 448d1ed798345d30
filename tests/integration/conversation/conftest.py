"""A line to talk over: an open unit of work on each engine in turn, thrown away after each test."""

import pytest
from sqlalchemy import Connection

from tests.fixtures.conversation import Phone
from tests.fixtures.facts import PartySpec, Scene, add_scene


@pytest.fixture
def line(any_connection: Connection) -> Connection:
    """A unit of work that is rolled back at the end."""
    return any_connection


@pytest.fixture
def scene(line: Connection) -> Scene:
    """One public case with a hearing in ten days; its defendant has +1 907 555 0100."""
    return add_scene(line, PartySpec(), number="3EX-26-00042CR")


@pytest.fixture
def stranger(line: Connection, scene: Scene) -> Phone:
    """A phone that nobody knows."""
    return Phone(line, scene.courts)


@pytest.fixture
def defendant(line: Connection, scene: Scene) -> Phone:
    """The defendant's phone."""
    return Phone(line, scene.courts, number="+19075550100")
