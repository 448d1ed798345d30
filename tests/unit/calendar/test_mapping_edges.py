"""Mappings that say what may just be said, and the first thing that may not: every key, each way round."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.mapping import (
    FLAGS,
    NATIVE_MAPPING,
    PARTY,
    TARGETS,
    CalendarMapping,
    DateOrder,
    Field,
    no_date_order,
    read_mapping,
)
from domain.roles import Role

LEAST = 'columns.case_number = "no"\ncolumns.starts_at = "when"\n'
NUMBERED = "header = false\ncolumns.case_number = 1\ncolumns.starts_at = 2\n"


def mapping(text: str) -> CalendarMapping:
    return read_mapping("x", tomllib.loads(text), source="court.toml")


def refused(text: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        mapping(text)
    return f"{caught.value.field.removeprefix('court.toml: ')}: {caught.value.why}"


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ('columns.starts_at = "when"', None),
        ('columns.date = "d"\ncolumns.time = "t"', None),
        ('columns.date = "d"\nconstants.time = "9:00"', None),
        ('constants.starts_at = "2026-06-01T09:00"', None),
        ('columns.time = "t"', "starts_at: must be set, or both date and time"),
        ('columns.date = "d"', "starts_at: must be set, or both date and time"),
        ('columns.starts_at = "when"\ncolumns.time = "t"', "starts_at: goes without date and time: it holds both"),
        ('columns.starts_at = "when"\nconstants.date = "1"', "starts_at: goes without date and time: it holds both"),
    ],
    ids=str,
)
def test_a_start_is_one_column_or_two_of_which_either_may_be_a_constant(start: str, place: str | None) -> None:
    text = f'columns.case_number = "no"\n{start}'

    if place is None:
        assert mapping(text).name == "x"
    else:
        assert refused(text) == f"[mapping.x.columns] {place}"


@pytest.mark.parametrize("one", [one for one in PARTY if one is not Field.ROLE])
def test_whatever_says_something_of_people_needs_a_role_from_a_column_or_a_constant(one: Field) -> None:
    stated = LEAST + f'columns.{one} = "p"\n'

    assert "must be set where people are" in refused(stated)
    assert mapping(stated + 'columns.role = "as"').columns[Field.ROLE] == "as"
    assert mapping(stated + 'constants.role = "victim"').constants == {Field.ROLE: "victim"}


@pytest.mark.parametrize(("one", "enum"), TARGETS.items())
def test_a_constant_and_a_meaning_are_words_of_ours(
    one: Field, enum: type[Mode | HearingStatus | Role | Confidentiality]
) -> None:
    for member in enum:
        assert mapping(LEAST + f'constants.{one} = "{member}"').constants == {one: member.value}
        assert mapping(LEAST + f'values.{one}.X = "{member}"').values == {one: {"x": member.value}}
    assert f"constants] {one}: must be one of" in refused(LEAST + f'constants.{one} = "other"')
    assert mapping(LEAST + f'values.{one}.X = ""').values == {one: {"x": ""}}, "a word may mean that nothing is said"


@pytest.mark.parametrize("one", sorted(FLAGS))
def test_a_flag_means_true_or_false(one: Field) -> None:
    text = LEAST + 'constants.role = "witness"\n'

    assert mapping(text + f'values.{one} = {{ A = "true", B = "false" }}').values[one] == {"a": "true", "b": "false"}
    assert "must be one of false, true" in refused(text + f'values.{one}.A = "yes"')


@pytest.mark.parametrize("free", ["case_kind", "judge", "courtroom"])
def test_words_that_people_read_may_be_any(free: str) -> None:
    assert mapping(LEAST + f'values.{free}.X = "Anything at all"').values[Field(free)] == {"x": "Anything at all"}


@pytest.mark.parametrize(
    ("delimiter", "is_one"), [(",", True), ("|", True), ("\t", True), (";", True), ("", False), ("||", False)]
)
def test_a_delimiter_is_one_character(delimiter: str, is_one: bool) -> None:  # noqa: FBT001
    text = LEAST + f"delimiter = {delimiter!r}".replace("'", '"')

    if is_one:
        assert mapping(text).delimiter == delimiter
    else:
        assert "must be one character" in refused(text)


@pytest.mark.parametrize("delimiter", ['"\\""', '"\\n"', '"\\r"', '"·"', "7"])
def test_what_would_tear_rows_apart_is_no_delimiter(delimiter: str) -> None:
    assert "must be one character" in refused(LEAST + f"delimiter = {delimiter}")


class TestPositions:
    def test_without_a_header_columns_are_positions_from_one(self) -> None:
        found = mapping(NUMBERED + 'columns.judge = 3\nhearing_id_from = [1, 4]\nskip.5 = ["x"]')

        assert (found.header, found.columns[Field.JUDGE], found.id_columns) == (False, 3, (1, 4))
        assert found.skip == {5: frozenset({"x"})}

    @pytest.mark.parametrize(
        "wrong",
        [
            'columns.judge = "Judge"',
            "columns.judge = 0",
            "columns.judge = -1",
            'hearing_id_from = ["no"]',
            "skip.no = []",
        ],
    )
    def test_a_name_means_nothing_there_and_nothing_stands_before_the_first(self, wrong: str) -> None:
        assert "must be the column's position, from 1" in refused(NUMBERED + wrong)

    @pytest.mark.parametrize("wrong", ["columns.judge = 0", 'columns.judge = " "', "columns.judge = 1.5"])
    def test_with_a_header_a_column_is_a_name_or_a_position(self, wrong: str) -> None:
        assert "must be the column's name in the header, or its position" in refused(LEAST + wrong)
        assert mapping(LEAST + "columns.judge = 3").columns[Field.JUDGE] == 3
        assert mapping(LEAST + 'columns.judge = " Judge "').columns[Field.JUDGE] == "Judge"


class TestNoOrder:
    def test_a_feed_of_its_own_is_told_which_key_to_set(self) -> None:
        error = no_date_order(mapping(LEAST), 7)

        assert error.field == "[mapping.x] date_order"
        assert "line 7" in error.why
        assert all(order in error.why for order in DateOrder)

    def test_the_native_feed_is_told_how_to_write_it(self) -> None:
        error = no_date_order(NATIVE_MAPPING, 7)

        assert (error.field, "2026-06-01T09:00" in error.why) == ("line 7", True)
        assert NATIVE_MAPPING.is_native
        assert not mapping(LEAST).is_native


@given(
    st.dictionaries(st.sampled_from(["judge", "courtroom", "case_kind", "mode"]), st.integers(1, 99), max_size=4),
    st.sampled_from(DateOrder),
    st.booleans(),
    st.booleans(),
)
def test_what_a_file_says_is_what_is_read(
    columns: dict[str, int],
    order: DateOrder,
    complete: bool,  # noqa: FBT001
    midnight: bool,  # noqa: FBT001
) -> None:
    lines = [f"columns.{name} = {place}" for name, place in columns.items()]
    flags = f'date_order = "{order}"\ncomplete = {str(complete).lower()}\nmidnight_is_real = {str(midnight).lower()}\n'

    found = mapping(flags + LEAST + "\n".join(lines))

    assert (found.date_order, found.complete, found.midnight_is_real) == (order, complete, midnight)
    assert found.columns == {
        Field.CASE_NUMBER: "no",
        Field.STARTS_AT: "when",
        **{Field(name): place for name, place in columns.items()},
    }
