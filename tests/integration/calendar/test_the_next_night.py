"""The same court's calendar the next night, with one cell changed: what people are told, and what stays as it was."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.calendar_report import RunState
from domain.gate import EndpointState
from domain.hearing import Confidentiality
from domain.notice import NoticeState
from domain.roles import Role
from storage import endpoints, schema
from storage.database import Database
from tests.fixtures.calendars.rows import Calendars, Row, install, row
from tests.fixtures.facts import NOW

TOMORROW = NOW + timedelta(days=1)
PLAIN = row(hearing_id="H1")


@pytest.fixture
def small(db: Database) -> Calendars:
    """Two courts and no calendar yet, on SQLite alone."""
    return Calendars(db, db.write_now(install))


def live(calendars: Calendars) -> list[str | None]:
    """The numbers that texts go to, in the order in which they came."""
    there = calendars.opened(schema.endpoint, "address", endpoints.ADDRESS)
    return [
        there[number - 1]
        for number, ended in calendars.all(schema.person_endpoint, "endpoint_id", "ended_at")
        if not ended
    ]


def told(calendars: Calendars) -> None:
    """Let everybody have been told that their hearing is set."""
    waits = (schema.notice.c.kind == "hearing_set", schema.notice.c.state == NoticeState.PLANNED)
    left = update(schema.notice).where(*waits).values(state=NoticeState.DELIVERED, left_at=NOW)
    calendars.db.write_now(lambda connection: connection.execute(left))


def waiting(calendars: Calendars) -> list[str]:
    """The kinds of notices that wait, apart from reminders."""
    return sorted(
        kind.value
        for kind, state in calendars.all(schema.notice, "kind", "state")
        if state is NoticeState.PLANNED and kind.value != "reminder"
    )


def next_night(calendars: Calendars, *rows: Row) -> None:
    """Bring the plain row in, let it be told, and bring the next night's rows in."""
    calendars.bring([PLAIN])
    told(calendars)
    calendars.bring(rows, now=TOMORROW, accept_changes=True)


@pytest.mark.parametrize(
    ("cells", "news"),
    [
        ({}, []),
        ({"starts_at": "2026-06-15T10:30"}, ["change"]),
        ({"starts_at": "2026-06-14T09:30"}, ["change"]),
        ({"courtroom": "7"}, ["change"]),
        ({"mode": "video"}, ["change"]),
        ({"status": "cancelled"}, ["cancellation"]),
        ({"judge": "Reed"}, []),
        ({"hearing_kind": "Trial"}, []),
        ({"case_kind": "traffic"}, []),
        ({"language": "es"}, []),
        ({"given_name": "Adah"}, []),
        ({"in_custody": "Y"}, []),
    ],
    ids=lambda value: " ".join(f"{key} {said}" for key, said in value.items()) if isinstance(value, dict) else "",
)
def test_only_what_matters_to_people_is_news(small: Calendars, cells: dict[str, str], news: list[str]) -> None:
    next_night(small, PLAIN | cells)

    assert waiting(small) == news
    assert small.column(schema.hearing, "revision") == [2 if news else 1]


@pytest.mark.parametrize(
    ("cells", "column", "is_now"),
    [
        ({"language": "Spanish"}, "language", "es"),
        ({"in_custody": "Y"}, "in_custody", True),
        ({"minor": "Y"}, "is_minor", True),
    ],
)
def test_what_the_feed_says_of_a_person_now_is_what_counts(
    small: Calendars, cells: dict[str, str], column: str, is_now: object
) -> None:
    next_night(small, PLAIN | cells)

    assert small.column(schema.person, column) == [is_now]
    next_night(small, PLAIN)
    assert small.column(schema.person, column) != [is_now], "and the feed may take it back"


def test_a_feed_that_falls_silent_about_a_language_takes_nobody_s_away(small: Calendars) -> None:
    next_night(small, PLAIN | {"language": ""})

    assert small.column(schema.person, "language") == ["en"]


@pytest.mark.parametrize(
    ("phone", "numbers", "tasks"),
    [
        ("(907) 555-0101", ["+19075550101"], []),
        ("907-555-0177", ["+19075550177"], []),
        ("", ["+19075550101"], ["unreachable"]),
        ("UNKNOWN", ["+19075550101"], ["unreachable"]),
        ("900-555-0101", ["+19075550101"], ["unreachable"]),
    ],
    ids=["written in another way", "another phone", "none any more", "no number", "a premium number"],
)
def test_a_good_phone_is_only_given_up_for_another_good_one(
    small: Calendars, phone: str, numbers: list[str], tasks: list[str]
) -> None:
    next_night(small, PLAIN | {"phone": phone})

    assert live(small) == numbers
    assert small.tasks() == tasks, "who is still written to at the old number is for a human to look at"


def test_a_second_phone_from_a_second_row_is_written_to_beside_the_first(small: Calendars) -> None:
    next_night(small, PLAIN, PLAIN | {"phone": "907-555-0177"})

    assert live(small) == ["+19075550101", "+19075550177"]


def test_a_frozen_phone_stays_frozen_whatever_the_feed_says(small: Calendars) -> None:
    small.bring([PLAIN])
    small.db.write_now(lambda c: endpoints.change(c, 1, state=EndpointState.FROZEN))

    small.bring([PLAIN | {"language": "es"}], now=TOMORROW)

    assert small.column(schema.endpoint, "state") == [EndpointState.FROZEN]


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [
        ("public", "restricted", Confidentiality.RESTRICTED),
        ("public", "sealed", Confidentiality.SEALED),
        ("sealed", "public", Confidentiality.PUBLIC),
        ("restricted", "", Confidentiality.RESTRICTED),
        ("", "", Confidentiality.PUBLIC),
        ("juvenile", "public", Confidentiality.PUBLIC),
    ],
)
def test_how_closed_a_case_is_follows_the_feed_and_silence_changes_nothing(
    small: Calendars, before: str, after: str, holds: Confidentiality
) -> None:
    small.bring([PLAIN | {"confidentiality": before}])
    small.bring([PLAIN | {"confidentiality": after, "judge": "Reed"}], now=TOMORROW)

    assert small.column(schema.case, "confidentiality") == [holds]


def test_another_role_is_another_part_and_the_person_stays_one(small: Calendars) -> None:
    next_night(small, PLAIN | {"role": "witness"})

    assert small.count(schema.person) == 1
    assert small.column(schema.participation, "role") == [Role.DEFENDANT, Role.WITNESS]


def test_somebody_new_in_a_known_hearing_is_told_of_it_and_nobody_else_again(small: Calendars) -> None:
    ben = PLAIN | {"party_id": "P2", "given_name": "Ben", "phone": "907-555-0102"}

    next_night(small, PLAIN, ben)

    assert waiting(small) == ["hearing_set"]
    fresh = select(schema.notice.c.person_id).where(
        schema.notice.c.state == NoticeState.PLANNED, schema.notice.c.kind == "hearing_set"
    )
    assert small.db.read_now(lambda c: list(c.execute(fresh).scalars())) == [2]


def test_a_second_hearing_of_a_known_case_is_told_and_the_first_is_left_alone(small: Calendars) -> None:
    next_night(small, PLAIN, PLAIN | {"hearing_id": "H2", "starts_at": "2026-06-20T09:30"})

    assert waiting(small) == ["hearing_set"]
    assert small.column(schema.hearing, "revision") == [1, 1]


@pytest.mark.parametrize("name", ["3ex-26-00001cr", "3EX2600001CR", " 3EX 26 00001 CR "])
def test_a_number_written_in_another_way_is_the_same_case(small: Calendars, name: str) -> None:
    next_night(small, PLAIN | {"case_number": name})

    assert small.count(schema.case) == 1
    assert waiting(small) == []


def test_a_file_that_was_held_changes_nothing_and_comes_in_with_a_human_s_word(small: Calendars) -> None:
    rows = [row(hearing_id=f"H{n}", case_number=f"3EX-26-{n:05}CR", party_id=f"P{n}") for n in range(1, 7)]
    moved = [one | {"starts_at": "2026-06-16T09:30"} for one in rows]
    small.bring(rows)
    before = small.facts()

    held = small.bring(moved, now=TOMORROW)
    assert held.state is RunState.HELD
    assert small.facts() == before, "not one fact"
    assert "6 of the 6 coming hearings of example would be moved or cancelled: 100 %" in held.why[0]

    taken = small.bring(moved, now=TOMORROW, accept_changes=True)
    assert (taken.state, taken.hearings) == (RunState.APPLIED, {"moved_later": 6})


@pytest.mark.parametrize(("moved", "state"), [(1, RunState.APPLIED), (2, RunState.HELD)], ids=["a fifth", "two fifths"])
def test_the_brake_counts_moved_and_cancelled_together(small: Calendars, moved: int, state: RunState) -> None:
    rows = [row(hearing_id=f"H{n}", case_number=f"3EX-26-{n:05}CR", party_id=f"P{n}") for n in range(1, 6)]
    small.bring(rows)
    upset = [{"status": "cancelled"}, {"starts_at": "2026-06-20T09:30"}][:moved]

    report = small.bring([one | (upset[n] if n < moved else {}) for n, one in enumerate(rows)], now=TOMORROW)

    assert report.state is state


def test_a_dry_run_tells_what_the_import_then_does(small: Calendars) -> None:
    small.bring([PLAIN])
    told(small)
    news = [PLAIN | {"courtroom": "7"}, row(hearing_id="H2", case_number="3EX-26-00002CR", party_id="P2")]

    would = small.bring(news, now=TOMORROW, dry_run=True)
    did = small.bring(news, now=TOMORROW)

    assert (would.state, would.run_id) == (RunState.DRY_RUN, None)
    for fact in ("hearings", "parties", "notices", "superseded", "tasks", "rows"):
        assert getattr(would, fact) == getattr(did, fact), fact
