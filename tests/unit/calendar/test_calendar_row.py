"""One row of a calendar: read whole, or refused by column and reason, quoting nothing of it."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.calendar_row import CalendarRow, HearingFields, PartyFields, RowError, RowReader
from domain.court import Court
from domain.errors import InvalidInputError
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.mapping import NATIVE, NATIVE_MAPPING, CalendarMapping, DateOrder, Field
from domain.roles import Role

FULL = {
    "court": "example",
    "case_number": "3EX-26-00042CR",
    "case_kind": "criminal",
    "confidentiality": "restricted",
    "hearing_id": "H1",
    "hearing_kind": "Arraignment",
    "starts_at": "2026-06-10T09:30",
    "courtroom": "2",
    "judge": "Moss",
    "mode": "zoom",
    "join_url": "https://video.example/1",
    "status": "Scheduled",
    "party_id": "P1",
    "role": "DEF",
    "given_name": "Jane",
    "family_name": "Doe",
    "language": "es-MX",
    "phone": "(907) 555-0101",
    "telegram_token": "tok",
    "birth_date": "1990-05-04",
    "in_custody": "N",
    "minor": "",
}


@pytest.fixture
def courts(court: Court) -> dict[str, Court]:
    return {"example": court, "other": replace(court, key="other", zone=ZoneInfo("America/Boise"))}


def read(courts: dict[str, Court], /, **cells: str) -> CalendarRow | RowError:
    reader = RowReader(NATIVE_MAPPING, NATIVE, courts=courts, default="example")
    return reader.read([(FULL | cells)[name] for name in NATIVE], line=2)


def test_a_native_row_is_read_whole(courts: dict[str, Court]) -> None:
    assert read(courts) == CalendarRow(
        court="example",
        number="3EX-26-00042CR",
        folded="3EX2600042CR",
        case_kind="criminal",
        confidentiality=Confidentiality.RESTRICTED,
        hearing=HearingFields(
            starts_at=datetime(2026, 6, 10, 17, 30, tzinfo=UTC),
            status=HearingStatus.SCHEDULED,
            courtroom="2",
            place=None,
            mode=Mode.VIDEO,
            join_url="https://video.example/1",
            external_id="H1",
            kind="Arraignment",
            judge="Moss",
        ),
        party=PartyFields(
            "P1", Role.DEFENDANT, "Jane", "Doe", "es-MX", "(907) 555-0101", "", "tok", "1990-05-04", False, False
        ),
    )


def test_a_row_needs_a_court_a_number_and_a_start_only(courts: dict[str, Court]) -> None:
    bare = dict.fromkeys(NATIVE, "") | {"court": "other", "case_number": "1", "starts_at": "2026-06-10T09:30"}

    row = read(courts, **bare)

    assert isinstance(row, CalendarRow)
    assert row.party is None
    assert row.hearing.starts_at == datetime(2026, 6, 10, 15, 30, tzinfo=UTC), "on its own court's clock"
    assert (row.hearing.status, row.hearing.mode) == (HearingStatus.SCHEDULED, Mode.IN_PERSON)
    assert row.confidentiality is None, "what the feed does not say is not said"


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("court", "", "is empty"),
        ("court", "elsewhere", "none of the courts"),
        ("case_number", " ", "is empty"),
        ("case_number", "--", "no letter and no digit"),
        ("case_number", "9" * 65, "longer than 64"),
        ("starts_at", "", "is empty"),
        ("starts_at", "2026-06-31T09:30", "not a date and time"),
        ("starts_at", "2026-06-10", "no time of day"),
        ("status", "perhaps", "not a word we know"),
        ("mode", "carrier pigeon", "not a word we know"),
        ("role", "juror", "not a word we know"),
        ("role", "", "is empty, but the row names a person"),
        ("confidentiality", "secretish", "not a word we know"),
        ("birth_date", "4 May", "is not a date"),
        ("in_custody", "maybe", "not a word we know"),
        ("minor", "17", "not a word we know"),
        ("join_url", "x" * 513, "longer than 512"),
        ("courtroom", "Sal\udcf3n 2", "encoding"),
        ("given_name", "Jos\udce9", "encoding"),
        ("family_name", "x" * 121, "longer than 120"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_reason(
    courts: dict[str, Court], column: str, cell: str, why: str
) -> None:
    found = read(courts, **{column: cell})

    assert isinstance(found, RowError)
    assert found.column in {column, "name"}
    assert why in found.reason
    assert not cell.strip() or cell not in found.reason


def test_a_number_like_date_in_the_native_feed_stops_the_import(courts: dict[str, Court]) -> None:
    with pytest.raises(InvalidInputError, match="line 2: starts_at must be written like"):
        read(courts, starts_at="03/04/2026 09:30")


def test_a_date_whose_order_nobody_stated_stops_the_import(courts: dict[str, Court]) -> None:
    mapping = CalendarMapping(name="x", columns={Field.CASE_NUMBER: 1, Field.DATE: 2, Field.TIME: 3}, header=False)
    reader = RowReader(mapping, None, courts=courts, default="example")

    with pytest.raises(
        InvalidInputError, match=r"\[mapping.x\] date_order: must be set, the date on line 7 is not ISO"
    ):
        reader.read(["1", "03/04/2026", "9:00 am"], line=7)


@pytest.mark.parametrize("missing", ["court", "case_number", "starts_at"])
def test_a_native_file_without_a_needed_column_is_refused(courts: dict[str, Court], missing: str) -> None:
    header = [name for name in NATIVE if name != missing]

    with pytest.raises(InvalidInputError, match=f"line 1: has no column {missing}"):
        RowReader(NATIVE_MAPPING, header, courts=courts, default="example")


def test_a_misspelt_native_column_is_refused_without_quoting_what_may_be_a_name(courts: dict[str, Court]) -> None:
    with pytest.raises(InvalidInputError, match="line 1: column 4 is none of the native ones") as caught:
        RowReader(NATIVE_MAPPING, ["court", "case_number", "starts_at", "phnoe"], courts=courts, default="example")

    assert "phnoe" not in str(caught.value)


def test_columns_are_found_by_name_whatever_their_case_and_blanks(courts: dict[str, Court]) -> None:
    mapping = CalendarMapping(name="x", columns={Field.CASE_NUMBER: "Case No", Field.STARTS_AT: "when"})
    reader = RowReader(mapping, ["When ", "other", " CASE NO"], courts=courts, default="example")

    row = reader.read(["2026-06-10T09:30", "", "7-A"], line=2)

    assert isinstance(row, CalendarRow)
    assert (row.court, row.number, row.folded) == ("example", "7-A", "7A")


@pytest.mark.parametrize(
    ("header", "why"),
    [(["case no"], "has no column 'when'"), (["when", "case no", "WHEN"], "has the column 'when' twice")],
)
def test_a_mapping_that_does_not_fit_the_header_is_refused(
    courts: dict[str, Court], header: list[str], why: str
) -> None:
    mapping = CalendarMapping(name="x", columns={Field.CASE_NUMBER: "case no", Field.STARTS_AT: "when"})

    with pytest.raises(InvalidInputError, match=why):
        RowReader(mapping, header, courts=courts, default="example")


def test_constants_words_and_a_composed_id_are_the_mappings(courts: dict[str, Court]) -> None:
    mapping = CalendarMapping(
        name="x",
        header=False,
        date_order=DateOrder.DAY_MONTH_YEAR,
        columns={
            Field.COURT: 1,
            Field.CASE_NUMBER: 2,
            Field.DATE: 3,
            Field.MODE: 4,
            Field.NAME: 5,
            Field.PHONE: 6,
            Field.PHONE_TYPE: 7,
        },
        constants={Field.TIME: "9:00", Field.ROLE: "witness", Field.CASE_KIND: "civil"},
        values={Field.COURT: {"up north": "other"}, Field.MODE: {"t": "phone"}},
        id_columns=(2, 3),
    )
    reader = RowReader(mapping, None, courts=courts, default="example")

    row = reader.read(["Up North", "7", "1.7.2026", "T", "DOE, JANE", "907-555-0101", "Cell"], line=1)

    assert isinstance(row, CalendarRow)
    assert (row.court, row.case_kind, row.hearing.mode) == ("other", "civil", Mode.PHONE)
    assert row.hearing.external_id == "7|1.7.2026"
    assert row.party is not None
    assert (row.party.given, row.party.family, row.party.role) == ("JANE", "DOE", Role.WITNESS)
    unknown = reader.read(["Down South", "7", "1.7.2026", "T", "", "", ""], line=2)
    assert unknown == RowError("court", "is none of the courts that the mapping or the installation knows")


def test_rows_of_the_wrong_width_are_refused(courts: dict[str, Court]) -> None:
    reader = RowReader(NATIVE_MAPPING, NATIVE, courts=courts, default="example")
    cells = [FULL[name] for name in NATIVE]

    short, long = reader.read(cells[:5], line=2), reader.read([*cells, "more"], line=3)

    assert isinstance(short, RowError)
    assert isinstance(long, RowError)
    assert "has 5 columns where 22 are needed" in short.reason
    assert "has 23 columns where the header has 22" in long.reason
    assert isinstance(reader.read([*cells, "", ""], line=4), CalendarRow), "empty cells at the end are no columns"


def test_blank_rows_and_those_that_the_mapping_leaves_out_are_skipped(courts: dict[str, Court]) -> None:
    mapping = CalendarMapping(
        name="x", columns={Field.CASE_NUMBER: "no", Field.STARTS_AT: "at"}, skip={"no": frozenset({"total"})}
    )
    reader = RowReader(mapping, ["no", "at"], courts=courts, default="example")

    assert reader.is_skipped([])
    assert reader.is_skipped(["", ""])
    assert reader.is_skipped([" Total", ""])
    assert not reader.is_skipped(["1", "2026-06-10T09:30"])
