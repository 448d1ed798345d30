"""Whole files: five shapes of feeds that courts publish, what is refused, and what goes to quarantine."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.calendar_report import BadRow, RunState
from domain.errors import InvalidInputError, NotFoundError
from storage import imports, schema
from tests.fixtures.calendars.rows import Calendars, hearing, native, row
from tests.fixtures.facts import NOW

REAL = Path(__file__).parents[4] / "shared" / "data" / "calendars"

CRIMINAL = b""""event_dt","last_name","first_name","courtroom","start_tm","case_no","event"
09/27/2027,"Lane","Ada","Exampleville Courthouse",10:00 am,"1EX-27-00006CR","Calendar Call"
09/27/2027,"Reed","Ben","Courtroom D, Exampleville Courthouse", 2:00 pm,"1EX-23-00014CR","Motion Hearing"
10/24/2027,"Reed","Ben","Courtroom A, Exampleville Courthouse",11:00 am,"1EX-26-00052CR","Calendar Call"
10/24/2027,"Reed","Ben","Courtroom A, Exampleville Courthouse",11:00 am,"1EX-26-00052CR","Calendar Call"
"""
MINOR = b"""event_dt,last_name,first_name,address,crtroom,start_tm,ticket_nbr,actn_code,actn_description,pay_now
10/04/2026,Lane,Ada,,"Courtroom 2, Exampleville Courthouse", 9:30 am,EXTZP00411628,,EX1.2(a): Feeding Game,
10/04/2026,Lane,Ada,,"Courtroom 2, Exampleville Courthouse", 9:30 am,EXTZP00411628,,EX1.3(b): Baiting,
09/06/2026,Reed,Ben,,Exampleville Courthouse, 9:00 am,EXTZP00410583,,EX9.54: Off-Premises Solicitation,
09/06/2026,Reed,Ben,,Exampleville Courthouse, 11:00 am,EXTZP00410583,,EX9.54: Off-Premises Solicitation,
08/30/2026,Reed,Ben,,Exampleville Courthouse, 9:00 am,,,EX9.54: Off-Premises Solicitation,
"""
HEADERLESS = b"""09/13/2028,"Lane","Ada",,"Courthouse", 8:30 am,"EXBBC000000010215",,"Infraction",
06/23/2028,"Reed","Ben",,"Courtroom 2, Courthouse",10:00 am,"EXBBC0000000401211",,"Infraction",
"""
PIPED = b"""Date|Defendant|Location|Room|Time|CitationId|Violation|Decription|Payable
6/19/2028|Ada Lane|Courthouse|201|8:15:00|595096|Violation|Brief Description|1
"""
STATEWIDE = b"""CaseNumber,CaseStyle ,HearingType,HearingDate,HearingTime,Court,County
2028-CR-00001,"In The Matter of: Ada Lane, a Name.",Name Change Hearing,4/19/2029,1:30 PM,Ada County Court,Ada
2028-CR-00001,"In The Matter of: Ada Lane, a Name.",Name Change Hearing,4/19/2029,1:30 PM,Boundary County Court,Boundary
CV07-18-00015,"Ben Reed vs. Vera Hall",Status Conference,4/18/2029,1:00 PM,Ada County District Court,Ada
CV07-18-00015,"Ben Reed vs. Vera Hall",Status Conference,4/18/2029,1:00 PM,Ada County District Court,Ada
CV07-18-00016,"Ben Reed vs. Vera Hall",Status Conference,4/18/2029,1:00 PM,Nowhere County District Court,Nowhere
"""
SHAPES = {
    "criminal": (CRIMINAL, {"rows": 4, "repeated": 1, "new": 3, "quarantined": 0}),
    "minor": (MINOR, {"rows": 4, "repeated": 1, "new": 3, "quarantined": 1}),
    "headerless": (HEADERLESS, {"rows": 2, "repeated": 0, "new": 2, "quarantined": 0}),
    "piped": (PIPED, {"rows": 1, "repeated": 0, "new": 1, "quarantined": 0}),
    "statewide": (STATEWIDE, {"rows": 4, "repeated": 1, "new": 3, "quarantined": 1}),
}
REAL_FEEDS = {
    "criminal": ("anchorage/acs_cr_event.csv", {"rows": 20, "repeated": 1, "new": 19, "quarantined": 0}),
    "minor": ("anchorage/acs_mo_event.csv", {"rows": 38, "repeated": 1, "new": 36, "quarantined": 1}),
    "headerless": ("boise/anchorage.csv", {"rows": 5, "repeated": 0, "new": 5, "quarantined": 0}),
    "piped": ("boise/atlanta.csv", {"rows": 1, "repeated": 0, "new": 1, "quarantined": 0}),
    "statewide": ("boise/idaho.csv", {"rows": 29, "repeated": 14, "new": 15, "quarantined": 0}),
}
needs_real_feeds = pytest.mark.skipif(not REAL.exists(), reason="the public feeds lie beside the project, not in it")


def brought(small: Calendars, content: bytes, mapping: str | None) -> dict[str, int]:
    report = small.bring(content, court="third", mapping=mapping)
    assert report.state is RunState.APPLIED
    return {
        "rows": report.rows,
        "repeated": report.repeated,
        "new": report.hearings["new"],
        "quarantined": report.quarantined,
    }


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("how", ["named", "found by its header"])
def test_each_shape_of_feed_comes_in(small: Calendars, shape: str, how: str) -> None:
    content, expected = SHAPES[shape]

    assert brought(small, content, shape if how == "named" else None) == expected
    assert small.count(schema.person) == 0, "a feed that names nobody we may write to leaves no names with us"


@needs_real_feeds
@pytest.mark.parametrize("shape", REAL_FEEDS)
def test_each_real_feed_comes_in_unchanged(small: Calendars, shape: str) -> None:
    path, expected = REAL_FEEDS[shape]
    content = (REAL / path).read_bytes()

    assert brought(small, content, shape) == expected
    assert small.bring(content, court="third", mapping=shape).hearings == {"unchanged": expected["new"]}


@needs_real_feeds
def test_the_real_empty_feed_is_refused(small: Calendars) -> None:
    report = small.bring((REAL / "boise/empty.csv").read_bytes(), court="third")

    assert report.state is RunState.REFUSED


def test_rooms_with_commas_and_times_with_blanks_are_read_right(small: Calendars) -> None:
    small.bring(CRIMINAL, court="third")

    starts = [f"{start:%m-%d %H:%M}" for start in small.column(schema.hearing, "starts_at")]
    assert sorted(starts) == ["09-27 18:00", "09-27 22:00", "10-24 19:00"]
    assert "Courtroom D, Exampleville Courthouse" in small.column(schema.hearing, "courtroom")


def test_one_number_in_two_counties_is_two_cases(small: Calendars) -> None:
    small.bring(STATEWIDE, court="third")

    query = select(schema.court.c.key).join(schema.case, schema.case.c.court_id == schema.court.c.id)
    query = query.where(schema.case.c.folded == "2028CR00001").order_by(schema.court.c.key)
    assert small.db.read_now(lambda c: list(c.execute(query).scalars())) == ["ada", "boundary"]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", native([]), b"\xef\xbb\xbf"], ids=["no byte", "blank", "header", "bom"]
)
def test_an_empty_file_is_refused_and_yesterday_kept(small: Calendars, content: bytes) -> None:
    small.bring([row()])
    before = small.facts()

    report = small.bring(content, now=NOW.replace(day=2))

    assert report.state is RunState.REFUSED
    assert report.why == ("There is no row in this file; yesterday's calendar stays.",)
    assert small.facts() == before
    assert dict(small.all(schema.court, "key", "feed_seen_at"))["example"] == NOW, "it grows stale"
    assert small.column(schema.import_run, "state") == ["applied", "refused"]


def test_one_bad_row_among_many_is_set_aside_and_the_others_go_in(small: Calendars) -> None:
    rows = [hearing(case_number=f"3EX-26-{number:05}CR") for number in range(900)]
    rows[449]["starts_at"] = "2026-06-31T09:30"

    report = small.bring(rows)

    assert (report.rows, report.hearings, report.quarantined) == (899, {"new": 899}, 1)
    assert report.bad_rows == (BadRow(451, "starts_at", "is not a date and time like 2026-06-01T09:00"),)
    [kept] = small.db.read_now(lambda c: imports.quarantined(c, 1))
    assert kept.bad == report.bad_rows[0]
    assert "3EX-26-00449CR" in kept.row
    assert "3EX-26-00449CR" not in repr(kept), "it may hold names"


def test_a_file_of_which_nothing_can_be_read_is_refused(small: Calendars) -> None:
    report = small.bring([row(starts_at="soon"), row(role="juror")])

    assert report.state is RunState.REFUSED
    assert report.quarantined == 2
    assert "right mapping" in report.why[0]
    assert small.count(schema.import_row) == 2, "the quarantine says why"


def test_a_date_that_could_be_read_in_two_ways_stops_the_whole_file(small: Calendars) -> None:
    with pytest.raises(InvalidInputError, match="line 3: starts_at must be written like"):
        small.bring([hearing(), hearing(starts_at="03/04/2026 09:30"), hearing()])

    assert small.count(schema.hearing) == small.count(schema.import_run) == 0


def test_bytes_in_another_encoding_set_their_row_aside_only(small: Calendars) -> None:
    content = native([hearing(), hearing(courtroom="Salón 2", starts_at="2026-06-16T09:30")])

    report = small.bring(content.replace("ó".encode(), b"\xf3"))

    assert (report.rows, report.quarantined) == (1, 1)
    assert report.bad_rows[0].reason == "is not in the encoding that the mapping states"


def test_a_quotation_mark_that_is_not_closed_is_found(small: Calendars) -> None:
    content = native([hearing()]) + b'example,"1,criminal' + b"\nexample" * 20

    report = small.bring(content)

    assert (report.rows, report.quarantined) == (1, 1)
    assert report.bad_rows[0].line == 3


def test_a_byte_order_mark_and_the_line_ends_of_another_system_are_no_matter(small: Calendars) -> None:
    assert small.bring(b"\xef\xbb\xbf" + native([hearing()])).hearings == {"new": 1}
    assert small.bring(native([hearing()]).replace(b"\r\n", b"\n")).hearings == {"unchanged": 1}


@pytest.mark.parametrize(
    ("court", "mapping", "error", "why"),
    [
        ("nowhere", None, NotFoundError, "there is no court 'nowhere'"),
        ("third", "nope", NotFoundError, "no mapping 'nope' .known: criminal, headerless, minor, piped, statewide"),
        ("third", "piped", InvalidInputError, "line 1: has no column 'CaseNumber'|line 1: has no column"),
    ],
)
def test_a_court_or_mapping_that_is_not_there_is_named(
    small: Calendars, court: str, mapping: str | None, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        small.bring(CRIMINAL, court=court, mapping=mapping)


def test_a_file_that_no_mapping_fits_is_refused_with_their_names(small: Calendars) -> None:
    known, third = small.courts, small.courts[small.courts.id_of("third")]
    mappings = {name: mapping for name, mapping in third.mappings.items() if name != "headerless"}
    without = replace(known, by_id={**known.by_id, known.id_of("third"): replace(third, mappings=mappings)})

    with pytest.raises(InvalidInputError, match="no mapping fits this file; give one of criminal, minor"):
        replace(small, courts=without).bring(b"a,b\n1,2\n", court="third")


@pytest.mark.parametrize(("moved", "state"), [(2, RunState.APPLIED), (3, RunState.HELD)])
def test_a_calendar_that_moves_too_much_is_held_and_sends_nothing(
    calendars: Calendars, moved: int, state: RunState
) -> None:
    rows = [row(case_number=f"3EX-26-{number:05}CR", party_id=f"P{number}") for number in range(10)]
    calendars.bring(rows)
    before = calendars.facts()
    for one in rows[:moved]:
        one["starts_at"] = "2026-06-12T09:30"

    report = calendars.bring(rows)

    assert report.state is state
    if state is RunState.HELD:
        assert "3 of the 10 coming hearings of example would be moved or cancelled: 30 %" in report.why[0]
        assert calendars.facts() == before
        assert calendars.column(schema.audit_event, "action") == ["import.applied", "import.held"]
        assert calendars.bring(rows, accept_changes=True).hearings == {"moved_earlier": 3, "unchanged": 7}


def test_a_file_under_half_of_the_last_one_is_held(small: Calendars) -> None:
    rows = [hearing(case_number=f"3EX-26-{number:05}CR") for number in range(10)]
    small.bring(rows)

    assert small.bring(rows[:4]).state is RunState.HELD
    assert small.bring(rows[:4], accept_changes=True).hearings == {"unchanged": 4, "gone": 6}
    assert small.bring(rows[:2]).state is RunState.APPLIED, "below five a share says nothing"


def test_a_dry_run_says_what_would_be_and_leaves_no_trace(calendars: Calendars) -> None:
    report = calendars.bring([row(), row(party_id="", role="", phone="", given_name="", family_name="")], dry_run=True)

    assert report.state is RunState.DRY_RUN
    assert report.notices == {"hearing_set": 1, "reminder": 3}
    assert report.hearings == {"new": 1}
    assert all(calendars.count(table) == 0 for table in (schema.case, schema.person, schema.notice, schema.import_run))
    assert calendars.bring([row()]).notices == report.notices, "and so it is"
