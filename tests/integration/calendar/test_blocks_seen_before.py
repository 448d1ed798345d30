"""Blocks of a file that stood in the last one are passed by, and nothing is other than if every row had been read."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from bot.court_files import example_court
from domain.calendar_report import BadRow, ImportReport, RunState
from domain.clock import SteppedClock
from handlers import calendar_memory
from handlers import hearings as staff
from handlers.calendar import ImportOptions, import_calendar
from storage import fed_blocks, imports, schema
from storage.courts import Courts
from storage.database import Database
from tests.fixtures.calendars.blocks import counted, cut_every, uncut
from tests.fixtures.calendars.rows import Calendars, install
from tests.fixtures.database import sweep
from tests.fixtures.facts import NOW
from tests.fixtures.properties import examples

MAPPING = """
[mapping.nightly]
complete = {complete}{more}
[mapping.nightly.columns]
case_number = "case"
starts_at = "start"
courtroom = "room"
status = "status"
hearing_kind = "kind"
party_id = "party"
role = "role"
phone = "phone"
[mapping.nightly.skip]
"kind" = ["Off the list"]
"""
HEADER = b"case,start,room,status,kind,party,role,phone\r\n"


class Step(NamedTuple):
    """What happens in one night: edits of the file, how it is brought in, and what others do afterwards."""

    edits: list[tuple[str, int, int, bytes]]
    how: str
    act: str
    days: int


def line(
    case: int, *, day: int = 15, room: str = "1", kind: str = "Plea", party: str = "P1", end: str = "\r\n"
) -> bytes:
    """Return one line of the nightly file."""
    who = f"{party},defendant,907-555-01{case % 100:02}" if party else ",,"
    return f"3EX-26-{case:05}CR,2026-06-{day:02}T09:30,{room},scheduled,{kind},{who}{end}".encode()


LINES = st.one_of(
    st.builds(
        line,
        st.integers(1, 12),
        day=st.integers(3, 28),
        room=st.sampled_from(["1", "1", "1", "1", "1", "2", '"3\r\nEast"', '"3, ""West"""']),
        kind=st.sampled_from(["Plea", "Plea", "Trial", "Off the list"]),
        party=st.sampled_from(["P1", "P2", ""]),
        end=st.sampled_from(["\r\n", "\r\n", "\n"]),
    ),
    st.builds(line, st.integers(20, 99)),
    st.sampled_from([b"\r\n", b",,,,,,,\r\n", b"too few\r\n", line(13, room="\0"), line(14, day=99)]),
)
PIECES = st.sampled_from([b'"', b'""', b"\r", b"\n", b"\xff", b"\xef\xbb\xbf", b",", b'"\n"', b"7"])
EDIT = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 99), st.just(0), LINES),
    st.tuples(st.sampled_from(["remove", "repeat", "move"]), st.integers(0, 99), st.integers(0, 99), st.just(b"")),
    st.tuples(st.just("change"), st.integers(0, 99), st.just(0), LINES),
    st.tuples(st.just("spoil"), st.integers(0, 99), st.integers(0, 60), PIECES),
)
HOW = st.sampled_from(
    ["", "", "", "", "dry", "held", "refused", "cut off", "cut off sooner", "no last line end", "mark"]
)
ACTS = st.sampled_from(["", "", "", "move", "cancel", "second feed", "forget", "lose"])
STEP = st.builds(Step, st.lists(EDIT, max_size=3), HOW, ACTS, st.sampled_from([0, 0, 1, 9]))


class CutOffError(Exception):
    """The power goes."""


@pytest.fixture
def nightly(any_db: Database) -> "Nightly":
    """A court with a nightly file, on each engine in turn."""
    return Nightly(any_db)


class Nightly:
    """A court's nightly file, as a list of lines, and the database it is brought into."""

    def __init__(self, db: Database, *, complete: bool = True) -> None:
        self.lines: list[bytes] = []
        self.now = NOW
        self.db = db
        self.calendars = Calendars(db, self.installed(MAPPING.format(complete=str(complete).lower(), more="")))

    def installed(self, mapping: str) -> Courts:
        """Apply the court with this mapping."""
        return self.db.write_now(partial(install, extra={"example": example_court() + mapping}))

    def bring(self, *lines: bytes, how: str = "", court: str = "example") -> ImportReport:
        """Bring the file in, with these lines if there are any."""
        self.lines = list(lines) or self.lines
        content = HEADER + b"".join(self.lines)
        if how == "no last line end":
            content = content.rstrip(b"\r\n")
        if how == "mark":
            content = b"\xef\xbb\xbf" + content
        if how == "refused":
            content = HEADER + b"too few\r\n"

        def progress(step: str, _: int) -> None:
            if (how, step) in {("cut off", "applying"), ("cut off sooner", "comparing")}:
                raise CutOffError

        return import_calendar(
            self.calendars.db,
            io.BytesIO(content),
            court=court,
            courts=self.calendars.courts,
            clock=SteppedClock(self.now),
            options=ImportOptions(
                mapping="nightly", dry_run=how == "dry", accept_changes=how != "held", allow_fictional=True
            ),
            progress=progress,
        )

    def edit(self, what: str, place: int, other: int, said: bytes) -> None:
        """Change the file."""
        if what == "insert" or not self.lines:
            self.lines.insert(place % (len(self.lines) + 1), said or line(place))
            return
        place %= len(self.lines)
        old = self.lines[place]
        if what in {"remove", "move"}:
            del self.lines[place]
        if what in {"repeat", "move"}:
            self.lines.insert(other % (len(self.lines) + 1), old)
        if what == "change":
            self.lines[place] = said
        if what == "spoil":
            cut = other % (len(old) + 1)
            self.lines[place] = old[:cut] + said + old[cut:]

    def act(self, what: str) -> None:
        """Let somebody else do something."""
        hearings = self.calendars.column(schema.hearing, "id")
        write = self.calendars.db.write_now
        if what == "move" and hearings:
            at = self.now + timedelta(days=11)
            write(partial(staff.move, hearing_id=hearings[0], starts_at=at, staff="clerk", courts=self.courts, now=NOW))
        if what == "cancel" and hearings:
            write(partial(staff.cancel, hearing_id=hearings[-1], staff="clerk", courts=self.courts, now=NOW))
        if what == "second feed":
            self.second_feed()
        if what == "forget":
            write(lambda c: c.execute(update(schema.case).where(schema.case.c.id % 2 == 0).values(fed_rows=None)))
        if what == "lose":
            write(lambda c: c.execute(delete(schema.fed_block).where(schema.fed_block.c.id % 2 == 0)))

    def second_feed(self) -> None:
        """Let the court's native file show the first case, in another room."""
        row = {"court": "example", "case_number": "3EX-26-00001CR", "starts_at": "2026-06-15T09:30"}
        self.calendars.bring([row | {"hearing_kind": "Plea", "courtroom": "9"}], now=self.now, mapping="native")

    @property
    def courts(self) -> Courts:
        return self.calendars.courts

    def quarantine(self) -> list[tuple[BadRow, str]]:
        """Return all that was ever set aside, in the order of the runs and their lines."""
        runs = self.calendars.column(schema.import_run, "id")
        read = self.calendars.db.read_now
        return [(one.bad, one.row) for run in runs for one in read(partial(imports.quarantined, run_id=run))]


def play(db: Database, first: Sequence[bytes], steps: Sequence[Step], *, complete: bool) -> tuple[object, ...]:
    """Bring a file in night after night, with what happens meanwhile; return what was told, and all facts."""
    db.write_now(sweep)
    nightly = Nightly(db, complete=complete)
    told: list[object] = [nightly.bring(*first)] if first else []
    for step in steps:
        for edit in step.edits:
            nightly.edit(*edit)
        try:
            told.append(nightly.bring(how=step.how))
        except CutOffError:
            told.append("cut off")
        nightly.act(step.act)
        nightly.now += timedelta(days=step.days)
    told.append(nightly.bring())
    return told, nightly.quarantine(), nightly.calendars.facts()


@pytest.mark.timeout(600)  # when ten times as many are asked for
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    first=st.lists(LINES, min_size=4, max_size=30),
    steps=st.lists(STEP, min_size=1, max_size=4),
    complete=st.booleans(),
    every=st.sampled_from([1, 2, 4]),
)
def test_nothing_is_other_than_if_no_block_had_been_known(
    db: Database, first: list[bytes], steps: list[Step], every: int, *, complete: bool
) -> None:
    with uncut():
        expected = play(db, first, steps, complete=complete)
    with cut_every(every):
        assert play(db, first, steps, complete=complete) == expected


MANY = [line(case, party="") for case in range(20, 80)]
"""Each of a case of its own."""
SPREAD = [*MANY[:30], line(1, day=15, party=""), *MANY[30:], line(1, day=16, party="")]
"""And one whose two hearings stand far apart."""


@pytest.fixture
def in_blocks() -> Iterator[None]:
    with cut_every(4):
        yield


def findings(report: ImportReport) -> dict[str, int]:
    return dict(report.hearings)


@pytest.mark.usefixtures("in_blocks")
class TestTheSameFileAgain:
    FIRST_BLOCK = 11
    """So many rows at the most stand behind the header in its block."""

    def test_of_its_rows_none_is_looked_at_but_those_beside_the_header(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)

        with counted() as asked:
            report = nightly.bring()

        assert (report.rows, findings(report)) == (62, {"unchanged": 62})
        assert asked[0] <= self.FIRST_BLOCK
        with uncut(), counted() as asked:
            nightly.bring()
        assert asked[0] == 62, "so they are counted"

    def test_it_is_so_every_night(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)
        nightly.bring()

        with counted() as asked:
            nightly.bring()

        assert asked[0] <= self.FIRST_BLOCK

    def test_a_case_with_very_many_rows_in_several_blocks_is_looked_at(
        self, nightly: Nightly, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calendar_memory, "MOST_IN_PARTS", 1)
        nightly.bring(*SPREAD)

        with counted() as asked:
            report = nightly.bring()

        assert (report.rows, findings(report)) == (62, {"unchanged": 62})
        assert 2 <= asked[0] <= self.FIRST_BLOCK + 2

    @pytest.mark.parametrize("how", ["mark", "no last line end"])
    def test_with_a_mark_at_its_beginning_or_no_line_end_at_its_end(self, nightly: Nightly, how: str) -> None:
        nightly.bring(*SPREAD, how=how)

        with counted() as asked:
            report = nightly.bring(how=how)

        assert findings(report) == {"unchanged": 62}
        assert asked[0] <= self.FIRST_BLOCK

    def test_rows_that_cannot_be_read_are_set_aside_each_time_with_their_line(self, nightly: Nightly) -> None:
        lines = [*MANY[:40], line(90, party="", day=99), *MANY[40:]]
        first = nightly.bring(*lines)
        with counted() as asked:
            again = nightly.bring()
        later = nightly.bring(*MANY[:3], line(91, party=""), *lines[3:])

        assert [bad.line for bad in first.bad_rows] == [bad.line for bad in again.bad_rows] == [42]
        assert [bad.line for bad in later.bad_rows] == [43]
        assert (again.rows, again.quarantined) == (60, 1)
        assert asked[0] <= self.FIRST_BLOCK + 1
        assert [bad.line for bad, _ in nightly.quarantine()] == [42, 42, 43]

    def test_rows_that_the_mapping_leaves_out_are_counted_each_time(self, nightly: Nightly) -> None:
        lines = [*MANY[:40], line(90, party="", kind="Off the list"), b"\r\n", *MANY[40:]]
        nightly.bring(*lines)

        with counted() as asked:
            report = nightly.bring()

        assert (report.rows, report.skipped) == (60, 1)
        assert asked[0] <= self.FIRST_BLOCK

    def test_a_row_that_stands_there_twice_is_counted_so_each_time(self, nightly: Nightly) -> None:
        nightly.bring(*MANY, MANY[40])

        report = nightly.bring()

        assert (report.rows, report.repeated, findings(report)) == (61, 1, {"unchanged": 60})

    def test_a_stretch_that_stands_there_twice_is_counted_so(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)
        with uncut():
            expected = nightly.bring(*MANY, *MANY, how="dry")

        report = nightly.bring(*MANY, *MANY, how="dry")

        assert report == expected
        assert report.repeated == 60

    def test_what_staff_changed_meanwhile_is_looked_at_again(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)
        nightly.act("move")

        with counted() as asked:
            report = nightly.bring()

        assert findings(report) == {"unchanged": 61, "kept": 1}
        assert asked[0] <= self.FIRST_BLOCK + 1

    def test_of_a_case_that_forgot_its_rows_those_in_all_blocks_are_looked_at(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)
        nightly.db.write_now(lambda c: c.execute(update(schema.case).values(fed_rows=None, fed_hearings=None)))

        with counted() as asked:
            report = nightly.bring()

        assert (report.rows, findings(report)) == (62, {"unchanged": 62})
        assert asked[0] == 62

    def test_what_another_feed_showed_meanwhile_is_looked_at_again(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)
        nightly.second_feed()

        assert findings(nightly.bring()) == {"unchanged": 61, "room": 1}


@pytest.mark.usefixtures("in_blocks")
class TestAnotherFile:
    MOST = 11 + 2 * 12
    """Rows of the first block and of two more."""

    def test_of_a_changed_row_its_block_is_read_and_no_other(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)

        with counted() as asked:
            report = nightly.bring(*MANY[:40], line(60, party="", room="9"), *MANY[41:])

        assert findings(report) == {"unchanged": 59, "room": 1}
        assert asked[0] <= self.MOST

    def test_of_a_case_in_two_blocks_both_rows_are_looked_at_when_one_changes(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)

        report = nightly.bring(*SPREAD[:-1], line(1, party="", day=16, room="9"))

        assert findings(report) == {"unchanged": 61, "room": 1}

    def test_of_a_case_in_two_blocks_what_one_no_longer_shows_is_off(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)

        report = nightly.bring(*MANY[:30], *MANY[30:], line(1, party="", day=16))

        assert findings(report) == {"unchanged": 61, "cancelled": 1}

    def test_of_a_case_in_two_blocks_what_a_third_shows_is_new(self, nightly: Nightly) -> None:
        nightly.bring(*SPREAD)

        report = nightly.bring(*SPREAD, line(1, party="", day=17))

        assert findings(report) == {"unchanged": 62, "new": 1}

    def test_a_case_that_a_passed_block_shows_and_a_new_one_too_is_looked_at(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)

        report = nightly.bring(*MANY, line(60, party="", day=20))

        assert findings(report) == {"unchanged": 60, "new": 1}

    def test_a_hearing_that_is_gone_with_its_line_is_off(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)

        with counted() as asked:
            report = nightly.bring(*MANY[:40], *MANY[41:])

        assert findings(report) == {"unchanged": 59, "cancelled": 1}
        assert asked[0] <= self.MOST

    def test_a_stray_quotation_mark_hides_what_follows_and_only_so_long_as_it_is_there(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)
        spoiled = [*MANY[:30], MANY[30].replace(b"Plea", b'"Plea'), *MANY[31:]]
        with uncut():
            expected = nightly.bring(*spoiled, how="dry")

        assert nightly.bring(*spoiled, how="dry") == expected
        assert expected.rows == 30
        assert findings(nightly.bring(*MANY)) == {"unchanged": 60}

    def test_blocks_of_the_file_before_are_let_go_of(self, nightly: Nightly) -> None:
        nightly.bring(*MANY)
        before = set(nightly.calendars.column(schema.fed_block, "digest"))
        nightly.bring(*MANY[:40], *MANY[41:])
        after = set(nightly.calendars.column(schema.fed_block, "digest"))

        assert before - after
        assert before & after
        nightly.bring(*MANY[:12])
        assert len(nightly.calendars.column(schema.fed_block, "digest")) < 12

    @pytest.mark.parametrize("how", ["dry", "held", "refused", "cut off"])
    def test_a_run_that_changes_nothing_or_not_all_leaves_them_as_they_are(self, nightly: Nightly, how: str) -> None:
        nightly.bring(*MANY)
        before = nightly.calendars.all(schema.fed_block, "digest", "rows")

        with suppress(CutOffError):
            assert nightly.bring(*MANY[:30], line(3, party=""), how=how).state is not RunState.APPLIED

        assert nightly.calendars.all(schema.fed_block, "digest", "rows") == before

    def test_a_run_that_is_cut_off_while_it_remembers_does_no_harm(
        self, nightly: Nightly, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calendar_memory, "AT_ONCE", 1)
        with monkeypatch.context() as patch:
            patch.setattr(fed_blocks, "keep", cut_off_after(3, fed_blocks.keep))
            with pytest.raises(CutOffError):
                nightly.bring(*SPREAD)
        assert nightly.calendars.count(schema.fed_block) == 3

        assert findings(nightly.bring()) == {"unchanged": 62}
        assert nightly.calendars.count(schema.fed_block) > 3


def cut_off_after(times: int, keep: Callable[..., None]) -> Callable[..., None]:
    """Let blocks be kept so many times, and not once more."""
    left = [times]

    def keeping(*args: object, **kept: object) -> None:
        if not left[0]:
            raise CutOffError
        left[0] -= 1
        keep(*args, **kept)

    return keeping


@pytest.mark.usefixtures("in_blocks")
def test_a_file_that_cannot_be_cut_is_read_as_ever(nightly: Nightly) -> None:
    nightly.calendars.courts = nightly.installed(MAPPING.format(complete="true", more='\nencoding = "utf-16"'))
    content = (HEADER + b"".join(MANY)).decode().encode("utf-16")

    for found in ({"new": 60}, {"unchanged": 60}):
        assert findings(nightly.calendars.bring(content, mapping="nightly")) == found
    assert nightly.calendars.count(schema.fed_block) == 0


@pytest.mark.usefixtures("in_blocks")
def test_blocks_hold_no_word_of_the_file(nightly: Nightly) -> None:
    nightly.bring(*MANY)

    kept = repr(nightly.calendars.all(schema.fed_block, "digest", "rows", "spans", "feed"))

    assert all(word not in kept for word in ("3EX", "Plea", "555"))
    assert "2026-06-15" in kept, "but the days that it spans"
