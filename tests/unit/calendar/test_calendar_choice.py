"""Which mapping reads a file: the one that was named, else the only one that its header fits."""

import io
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from domain.court import Court
from domain.errors import InvalidInputError, NotFoundError
from domain.mapping import NATIVE
from handlers.calendar_choice import HEAD, choose_mapping

TEXT = (Path(__file__).parents[2] / "fixtures" / "calendars" / "court.toml").read_text(encoding="utf-8")
HEADERS = {
    "native": ",".join(NATIVE),
    "criminal": '"event_dt","last_name","first_name","courtroom","start_tm","case_no","event"',
    "minor": "event_dt,last_name,first_name,address,crtroom,start_tm,ticket_nbr,actn_code,actn_description,pay_now",
    "piped": "Date|Defendant|Location|Room|Time|CitationId|Violation|Decription|Payable",
    "statewide": "CaseNumber,CaseStyle ,HearingType,HearingDate,HearingTime,Court,County",
    "headerless": '09/13/2028,"Lane","Ada",,"Courthouse", 8:30 am,"EXBBC000000010215",,"Infraction",',
}


@pytest.fixture
def many(court: Court) -> Court:
    return replace(court, mappings=tomllib.loads(TEXT)["mapping"])


def chosen(court: Court, content: bytes, name: str | None = None) -> str:
    mapping, _ = choose_mapping(court, name, io.BytesIO(content))
    return mapping.name


@pytest.mark.parametrize(("name", "header"), HEADERS.items())
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_a_header_chooses_its_mapping(many: Court, name: str, header: str, mark: bytes) -> None:
    assert chosen(many, mark + header.encode() + b"\r\n1,2,3\n") == name


@pytest.mark.parametrize("name", [*HEADERS, None])
def test_a_court_without_mappings_reads_the_native_csv(court: Court, name: str | None) -> None:
    header = HEADERS[name].encode() if name else b""

    assert chosen(court, header) == "native"


def test_an_empty_file_is_of_no_shape(many: Court) -> None:
    assert chosen(many, b"") == chosen(many, b" \n\n") == "native"


def test_a_named_mapping_is_taken_whatever_the_header_says(many: Court) -> None:
    assert chosen(many, HEADERS["piped"].encode(), "minor") == "minor"
    assert chosen(many, HEADERS["piped"].encode(), "native") == "native"


def test_a_name_that_is_not_there_is_refused_with_those_that_are(many: Court) -> None:
    with pytest.raises(NotFoundError, match=r"no mapping 'nightly' \(known: criminal, headerless, minor, piped"):
        chosen(many, b"a,b\n", "nightly")


def test_of_two_that_fit_none_is_guessed(many: Court) -> None:
    mappings = many.mappings | {"again": many.mappings["criminal"]}

    with pytest.raises(InvalidInputError, match="several mappings fit this file; give one of again, criminal"):
        chosen(replace(many, mappings=mappings), HEADERS["criminal"].encode())


def test_a_mapping_with_a_mistake_is_named(many: Court) -> None:
    broken = replace(many, mappings={"x": {"columns": {"phnoe": "p"}}})

    with pytest.raises(InvalidInputError, match=r"example.toml: \[mapping.x.columns\] phnoe"):
        chosen(broken, b"a,b\n")


@pytest.mark.parametrize("size", [1, 7, HEAD - 1, HEAD, HEAD + 1, 3 * HEAD])
def test_the_whole_file_is_still_to_be_read(court: Court, size: int) -> None:
    content = bytes(index % 251 for index in range(2 * HEAD + 5))

    _, whole = choose_mapping(court, None, io.BytesIO(content))

    assert b"".join(iter(lambda: whole.read(size), b"")) == content
