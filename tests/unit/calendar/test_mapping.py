"""A mapping as a court's file states it: read whole, or refused with the place of the mistake."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidInputError
from domain.mapping import NATIVE, CalendarMapping, DateOrder, Field, read_mapping

HERE = Path(__file__).parents[2] / "fixtures" / "calendars" / "court.toml"
LEAST = 'columns.case_number = "no"\ncolumns.starts_at = "when"\n'


def mapping(text: str) -> CalendarMapping:
    return read_mapping("x", tomllib.loads(text), source="court.toml")


@pytest.mark.parametrize("name", ["criminal", "minor", "headerless", "piped", "statewide"])
def test_each_shape_of_feed_has_a_mapping_that_can_be_read(name: str) -> None:
    raw: dict[str, Any] = tomllib.loads(HERE.read_text(encoding="utf-8"))["mapping"][name]

    found = read_mapping(name, raw, source="court.toml")

    assert found.name == name
    assert found.date_order is DateOrder.MONTH_DAY_YEAR
    assert Field.CASE_NUMBER in found.columns
    assert not found.complete, "absence means a cancellation only where the court says so"


def test_a_mapping_says_nothing_that_nobody_wrote() -> None:
    found = mapping(LEAST)

    assert (found.delimiter, found.encoding, found.header, found.date_order) == (",", "utf-8", True, None)
    assert (found.constants, found.values, found.skip, found.id_columns) == ({}, {}, {}, ())


def test_a_mapping_can_say_everything() -> None:
    found = mapping(
        """
        delimiter = "\\t"
        encoding = "latin-1"
        date_order = "day-month-year"
        complete = true
        midnight_is_real = true
        hearing_id_from = ["no", 4]
        columns = { case_number = "no", date = "day", time = "hour", court = "where", role = "as" }
        constants = { mode = "video", confidentiality = "restricted" }
        skip = { "hour" = ["TBD "], 5 = ["x"] }
        [values]
        court = { "Ada" = "ada" }
        role = { "Party 1" = "defendant" }
        """
    )

    assert found.encoding == "iso8859-1"
    assert found.id_columns == ("no", 4)
    assert found.skip == {"hour": frozenset({"tbd"}), 5: frozenset({"x"})}
    assert found.values == {Field.COURT: {"ada": "ada"}, Field.ROLE: {"party 1": "defendant"}}
    assert found.constants == {Field.MODE: "video", Field.CONFIDENTIALITY: "restricted"}


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", "[mapping.x.columns] case_number", "must be set"),
        ('columns.case_number = "no"', "[mapping.x.columns] starts_at", "or both date and time"),
        ('columns.case_number = "no"\ncolumns.date = "d"', "[mapping.x.columns] starts_at", "both date and time"),
        (LEAST + 'columns.date = "d"', "[mapping.x.columns] starts_at", "holds both"),
        (LEAST + 'columns.phnoe = "p"', "[mapping.x.columns] phnoe", "is not a key"),
        (LEAST + "columns.judge = 0", "[mapping.x.columns] judge", "position, from 1"),
        (LEAST + "columns.judge = true", "[mapping.x.columns] judge", "position, from 1"),
        ("header = false\n" + LEAST, "[mapping.x.columns] case_number", "has no header"),
        (LEAST + 'delimiter = ", "', "[mapping.x] delimiter", "one character"),
        (LEAST + "delimiter = '\"'", "[mapping.x] delimiter", "one character"),
        (LEAST + 'encoding = "utf-9"', "[mapping.x] encoding", "an encoding such as"),
        (LEAST + 'date_order = "american"', "[mapping.x] date_order", "must be one of month-day-year"),
        (LEAST + 'complete = "yes"', "[mapping.x] complete", "true or false"),
        (LEAST + "compleat = true", "[mapping.x] compleat", "is not a key"),
        (LEAST + 'constants.mode = "zoom"', "[mapping.x.constants] mode", "must be one of in_person"),
        (LEAST + 'constants.case_number = "1"', "[mapping.x] constants.case_number", "is a column of the file"),
        (LEAST + 'values.role.X = "boss"', "[mapping.x.values.role] X", "must be one of attorney"),
        (LEAST + 'values.minor.X = "maybe"', "[mapping.x.values.minor] X", "must be one of false, true"),
        (LEAST + 'values.court.X = "ada"', "[mapping.x] values.court", "needs columns.court"),
        (LEAST + 'columns.phone = "p"', "[mapping.x.columns] role", "must be set where people are"),
        (LEAST + 'columns.name = "n"\ncolumns.given_name = "g"', "[mapping.x.columns] name", "holds both"),
        (LEAST + 'columns.hearing_id = "h"\nhearing_id_from = ["a"]', "[mapping.x] hearing_id_from", "goes without"),
        (LEAST + 'hearing_id_from = "a"', "[mapping.x] hearing_id_from", "must be a list"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: str, why: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        mapping(text)

    assert caught.value.field == f"court.toml: {place}"
    assert why in caught.value.why


def test_the_native_columns_are_those_that_the_reference_states() -> None:
    assert ", ".join(NATIVE) == (
        "court, case_number, case_kind, confidentiality, hearing_id, hearing_kind, starts_at, courtroom, judge, mode, "
        "join_url, status, party_id, role, given_name, family_name, language, phone, telegram_token, birth_date, "
        "in_custody, minor"
    )
