"""Where a row belongs, without reading it; and every cell at the last length, word and column that is still read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.court_files import example_court
from domain.calendar_row import LONGEST, NAME_LONGEST, CalendarRow, Place, RowError, RowReader
from domain.calendar_words import MODES, ROLES, SECRECY, STATUSES, YES_OR_NO
from domain.court_file import read_court
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.mapping import NATIVE, NATIVE_MAPPING, CalendarMapping, DateOrder, Field
from domain.roles import Role

EXAMPLE = read_court("example", example_court())
COURTS = {"example": EXAMPLE, "other": replace(EXAMPLE, key="other", zone=ZoneInfo("America/Boise"))}
PLAIN = {
    "court": "example",
    "case_number": "3EX-26-00042CR",
    "starts_at": "2026-06-10T09:30",
    "party_id": "P1",
    "role": "defendant",
    "given_name": "Ada",
    "family_name": "Lane",
    "phone": "907-555-0101",
}
START = datetime(2026, 6, 10, 17, 30, tzinfo=UTC)
TWO_COLUMNS = CalendarMapping(
    name="two",
    columns={Field.COURT: "where", Field.CASE_NUMBER: "no", Field.DATE: "day", Field.TIME: "hour"},
    values={Field.COURT: {"up north": "other", "town": "example"}},
    date_order=DateOrder.MONTH_DAY_YEAR,
)


def native(header: Sequence[str] = NATIVE) -> RowReader:
    return RowReader(NATIVE_MAPPING, header, courts=COURTS, default="example")


def cells(**changes: str) -> list[str]:
    return [(PLAIN | changes).get(name, "") for name in NATIVE]


def read(**changes: str) -> CalendarRow | RowError:
    return native().read(cells(**changes), line=2)


def good(**changes: str) -> CalendarRow:
    row = read(**changes)
    assert isinstance(row, CalendarRow), row
    return row


class TestPlace:
    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({}, Place("example", "3EX2600042CR", START)),
            ({"court": " other "}, Place("other", "3EX2600042CR", datetime(2026, 6, 10, 15, 30, tzinfo=UTC))),
            ({"case_number": "3ex 26 00042 cr"}, Place("example", "3EX2600042CR", START)),
            ({"role": "nobody we know"}, Place("example", "3EX2600042CR", START)),
            ({"court": "elsewhere"}, None),
            ({"court": ""}, None),
            ({"case_number": "--"}, None),
            ({"case_number": ""}, None),
            ({"starts_at": ""}, None),
            ({"starts_at": "2026-06-10"}, None),
            ({"starts_at": "03/04/2026 09:30"}, None),
        ],
        ids=str,
    )
    def test_a_row_belongs_to_a_court_a_number_and_an_instant_or_nowhere_that_can_be_told(
        self, changes: dict[str, str], place: Place | None
    ) -> None:
        assert native().place(cells(**changes)) == place

    @pytest.mark.parametrize(
        ("row", "place"),
        [
            (["Up North", "7-A", "6/10/2026", "9:30 am"], ("other", "7A", 15)),
            (["town", "7-A", "06/10/26", "0930"], ("example", "7A", 17)),
            (["down south", "7-A", "6/10/2026", "9:30 am"], None),
            (["town", "7-A", "6/10/2026", "0:30 pm"], None),
            (["town", "7-A", "10/6", "9:30 am"], None),
            (["town", "7-A", "6/10/2026"], None),
        ],
        ids=str,
    )
    def test_the_feeds_own_words_for_court_day_and_hour_are_read_as_the_mapping_says(
        self, row: list[str], place: tuple[str, str, int] | None
    ) -> None:
        found = RowReader(TWO_COLUMNS, ["where", "no", "day", "hour"], courts=COURTS, default="example").place(row)

        expected = place and Place(place[0], place[1], datetime(2026, 6, 10, place[2], 30, tzinfo=UTC))
        assert found == expected

    def test_a_feed_of_one_court_names_none(self) -> None:
        mapping = CalendarMapping(name="one", columns={Field.CASE_NUMBER: 1, Field.STARTS_AT: 2}, header=False)

        place = RowReader(mapping, None, courts=COURTS, default="other").place(["7-A", "2026-06-10T09:30"])

        assert place is not None
        assert place.court == "other"

    @given(
        court=st.sampled_from(["example", "other", " Example", "elsewhere", ""]),
        number=st.sampled_from(["3EX-26-00042CR", " 7 a ", "--", "", "№ 7", "9" * 65]),
        starts_at=st.sampled_from(["2026-06-10T09:30", "2026-06-10 9:30 am", "2026-06-10", "", "soon"]),
        role=st.sampled_from(["defendant", "juror", ""]),
    )
    def test_a_row_that_can_be_read_belongs_where_its_place_says(
        self, court: str, number: str, starts_at: str, role: str
    ) -> None:
        reader = native()
        row = cells(court=court, case_number=number, starts_at=starts_at, role=role)

        whole, place = reader.read(row, line=2), reader.place(row)

        if isinstance(whole, CalendarRow):
            assert place == Place(whole.court, whole.folded, whole.hearing.starts_at)


TEXTS = [one for one in LONGEST if one in NATIVE and one is not Field.CASE_NUMBER]


@pytest.mark.parametrize("one", TEXTS)
def test_a_cell_may_be_as_long_as_its_column_and_no_longer(one: Field) -> None:
    longest = LONGEST[one]

    assert isinstance(read(**{one.value: "x" * longest}), CalendarRow)
    assert read(**{one.value: "x" * (longest + 1)}) == RowError(one, f"is longer than {longest} characters")


def test_a_number_may_be_as_long_as_its_column_and_no_longer() -> None:
    longest = LONGEST[Field.CASE_NUMBER]

    assert good(case_number="9" * longest).folded == "9" * longest
    assert read(case_number="9" * (longest + 1)) == RowError("case_number", f"is longer than {longest} characters")


def test_a_name_may_be_as_long_as_its_columns_together_and_no_longer() -> None:
    half = "x" * (NAME_LONGEST // 2)

    assert good(given_name=half, family_name=half).party is not None
    assert read(given_name=half, family_name=half + "x") == RowError(
        "name", f"is longer than {NAME_LONGEST} characters"
    )


@pytest.mark.parametrize("named", ["party_id", "phone", "telegram_token", "given_name", "family_name"])
def test_any_one_thing_said_of_a_person_is_a_person_and_needs_a_role(named: str) -> None:
    nobody = dict.fromkeys(("party_id", "phone", "given_name", "family_name", "role"), "")
    assert good(**nobody).party is None
    assert good(**nobody | {"role": "defendant", "language": "es", "minor": "y"}).party is None, "nobody is named"

    party = good(**nobody | {named: "5550101", "role": "victim"}).party

    assert party is not None
    assert party.role is Role.VICTIM
    assert read(**nobody | {named: "5550101"}) == RowError("role", "is empty, but the row names a person")


@pytest.mark.parametrize(("word", "meant"), YES_OR_NO.items())
def test_every_word_for_yes_and_no_is_read_whatever_its_case(word: str, meant: object) -> None:
    party = good(in_custody=word.upper(), minor=f" {word} ").party

    assert party is not None
    assert (party.in_custody, party.minor) == (meant, meant)


@pytest.mark.parametrize(
    ("column", "words"), [("role", ROLES), ("status", STATUSES), ("mode", MODES), ("confidentiality", SECRECY)]
)
def test_every_word_that_a_column_knows_is_read_as_it_stands_and_in_capitals(
    column: str, words: dict[str, object]
) -> None:
    for word, meant in words.items():
        for said in (word, word.upper(), f"  {word.title()} "):
            row = good(**{column: said})
            assert row.party is not None
            found = {
                "role": row.party.role,
                "status": row.hearing.status,
                "mode": row.hearing.mode,
                "confidentiality": row.confidentiality,
            }
            assert found[column] is meant, said


@pytest.mark.parametrize(
    ("column", "enum"),
    [("role", Role), ("status", HearingStatus), ("mode", Mode), ("confidentiality", Confidentiality)],
)
def test_our_own_words_are_among_those_that_a_feed_may_say(
    column: str, enum: type[Role | HearingStatus | Mode | Confidentiality]
) -> None:
    for member in enum:
        good(**{column: member.value})


class TestWidth:
    def test_a_row_may_end_after_the_last_column_that_is_needed(self) -> None:
        short = CalendarMapping(name="x", columns={Field.CASE_NUMBER: "no", Field.STARTS_AT: "at"})
        reader = RowReader(short, ["no", "at", "more", "still more"], courts=COURTS, default="example")

        assert isinstance(reader.read(["7", "2026-06-10T09:30"], line=2), CalendarRow)
        assert reader.read(["7"], line=2) == RowError("", "has 1 columns where 2 are needed")
        assert reader.place(["7"]) is None

    def test_without_a_header_what_stands_behind_is_nobodys_business(self) -> None:
        bare = CalendarMapping(name="x", columns={Field.CASE_NUMBER: 1, Field.STARTS_AT: 2}, header=False)
        reader = RowReader(bare, None, courts=COURTS, default="example")

        assert isinstance(reader.read(["7", "2026-06-10T09:30", "more"], line=2), CalendarRow)

    def test_a_native_file_may_leave_out_what_it_never_says_and_order_the_rest_as_it_likes(self) -> None:
        reader = native(["starts_at", "court", "case_number"])

        row = reader.read(["2026-06-10T09:30", "example", "7"], line=2)

        assert isinstance(row, CalendarRow)
        assert (row.party, row.hearing.starts_at) == (None, START)

    def test_a_column_without_people_needs_no_role_even_if_one_is_stated(self) -> None:
        reader = native(["court", "case_number", "starts_at", "role"])

        row = reader.read(["example", "7", "2026-06-10T09:30", "defendant"], line=2)

        assert isinstance(row, CalendarRow)
        assert row.party is None

    def test_a_nul_belongs_to_no_text(self) -> None:
        found = read(courtroom="2\0")

        assert isinstance(found, RowError)
        assert "NUL" in found.reason


class TestSkipped:
    mapping = CalendarMapping(
        name="x",
        columns={Field.CASE_NUMBER: 1, Field.STARTS_AT: 2},
        header=False,
        skip={1: frozenset({"total"}), 3: frozenset({"", "x"})},
    )

    @pytest.mark.parametrize(
        ("row", "is_skipped"),
        [
            (["7", "at", "y"], False),
            (["7", "at", " X "], True),
            (["7", "at", ""], True),
            (["TOTAL", "at", "y"], True),
            (["totals", "at", "y"], False),
            (["7", "at"], False),
            (["", "", ""], True),
        ],
        ids=str,
    )
    def test_a_row_is_left_out_for_the_whole_of_one_cell(self, row: list[str], is_skipped: bool) -> None:  # noqa: FBT001
        assert RowReader(self.mapping, None, courts=COURTS, default="example").is_skipped(row) is is_skipped


class TestComposedId:
    mapping = CalendarMapping(
        name="x", columns={Field.CASE_NUMBER: 1, Field.STARTS_AT: 2}, header=False, id_columns=(1, 3)
    )

    @pytest.mark.parametrize(
        ("last", "found"),
        [
            (" b ", "7|b"),
            ("x" * (LONGEST[Field.HEARING_ID] - 2), "7|" + "x" * (LONGEST[Field.HEARING_ID] - 2)),
            ("x" * (LONGEST[Field.HEARING_ID] - 1), RowError("hearing_id", "is too long")),
            (" ", RowError("hearing_id", "has an empty part")),
        ],
        ids=["two parts", "as long as may be", "longer", "an empty part"],
    )
    def test_an_id_of_several_columns_is_all_of_them_or_none(self, last: str, found: str | RowError) -> None:
        reader = RowReader(self.mapping, None, courts=COURTS, default="example")

        row = reader.read(["7", "2026-06-10T09:30", last], line=2)

        assert (row.hearing.external_id if isinstance(row, CalendarRow) else row) == found


@pytest.mark.parametrize(
    ("written", "kept"), [("1990-05-04", "1990-05-04"), ("19900504", "1990-05-04"), ("", "")], ids=str
)
def test_a_birth_date_is_kept_in_one_form(written: str, kept: str) -> None:
    party = good(birth_date=written).party

    assert party is not None
    assert party.birth_date == kept


def test_a_name_in_one_column_wins_over_nothing_and_is_taken_apart() -> None:
    mapping = CalendarMapping(
        name="x",
        columns={Field.CASE_NUMBER: 1, Field.STARTS_AT: 2, Field.NAME: 3},
        constants={Field.ROLE: "witness", Field.STATUS: "cancelled", Field.PLACE: "Annex"},
        header=False,
    )
    reader = RowReader(mapping, None, courts=COURTS, default="example")

    named, unnamed = (reader.read(["7", "2026-06-10T09:30", name], line=2) for name in ("LANE, ADA", ""))

    assert isinstance(named, CalendarRow)
    assert isinstance(unnamed, CalendarRow)
    assert named.party is not None
    assert (named.party.given, named.party.family, named.party.role) == ("ADA", "LANE", Role.WITNESS)
    assert unnamed.party is None
    assert (named.hearing.status, named.hearing.place) == (HearingStatus.CANCELLED, "Annex")
