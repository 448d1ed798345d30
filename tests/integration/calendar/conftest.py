"""Databases for calendars, on both engines and on SQLite alone."""

import tomllib
from pathlib import Path

import pytest

from storage.database import Database
from tests.fixtures.calendars.rows import Calendars, install

COURT = Path(__file__).parents[2] / "fixtures" / "calendars" / "court.toml"


@pytest.fixture
def calendars(any_db: Database) -> Calendars:
    """Two courts and no calendar yet, on each engine in turn."""
    return Calendars(any_db, any_db.write_now(install))


@pytest.fixture
def small(db: Database) -> Calendars:
    """The same on SQLite, with the court of many mappings and those its statewide feed names."""
    text = COURT.read_text(encoding="utf-8")
    plain = text.partition("[mapping.criminal]")[0]
    counties = tomllib.loads(text)["mapping"]["statewide"]["values"]["court"].values()
    extra = {"third": text} | dict.fromkeys(counties, plain)
    return Calendars(db, db.write_now(lambda connection: install(connection, extra=extra)))
