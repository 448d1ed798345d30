"""The breaker, row by row: when a lane counts as broken, how its canaries are spaced, what mending forgets."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from storage import breaker, lanes
from storage.breaker import FAULTS, FIRST_PROBE, LONGEST_PROBE
from storage.database import Database
from storage.schema import lane
from storage.vault import Vault
from tests.fixtures.beside import while_open
from tests.fixtures.facts import NOW, apply_courts
from tests.fixtures.outbox import AnyRow, lane_id, later
from tests.fixtures.properties import examples

CODE = "http.unreachable"


@pytest.fixture
def sms(any_connection: Connection) -> int:
    """A lane that has never failed, beside one of another channel."""
    apply_courts(any_connection)
    return lane_id(any_connection)


def row_of(connection: Connection, one: int) -> AnyRow:
    return connection.execute(select(lane).where(lane.c.id == one)).one()


def other_rows(connection: Connection, one: int) -> list[AnyRow]:
    return list(connection.execute(select(lane).where(lane.c.id != one).order_by(lane.c.id)))


@pytest.mark.parametrize(
    ("counts", "is_broken"),
    [
        ([FAULTS], True),
        ([FAULTS - 1], False),
        ([1] * (FAULTS - 1), False),
        ([1] * FAULTS, True),
        ([FAULTS - 1, 1], True),
        ([FAULTS * 3], True),
    ],
    ids=str,
)
def test_so_many_faults_one_after_the_other_break_a_lane(
    any_connection: Connection,
    sms: int,
    counts: list[int],
    is_broken: bool,  # noqa: FBT001
) -> None:
    others = other_rows(any_connection, sms)

    said = [breaker.fault(any_connection, sms, count=count, code=CODE, now=NOW) for count in counts]

    row = row_of(any_connection, sms)
    assert said == [False] * (len(counts) - 1) + [is_broken]
    assert row.faults == sum(counts)
    assert (row.broken_since, row.paused_until) == ((NOW, NOW + FIRST_PROBE) if is_broken else (None, None))
    assert (row.broken_reason, row.paused_reason) == ((CODE, CODE) if is_broken else (None, None))
    assert other_rows(any_connection, sms) == others


def test_a_broken_lane_goes_on_counting_and_keeps_the_instant_at_which_it_broke(
    any_connection: Connection, sms: int
) -> None:
    breaker.fault(any_connection, sms, count=FAULTS, code=CODE, now=NOW)

    assert breaker.fault(any_connection, sms, count=1, code="other", now=later(minutes=3)), "it is broken still"

    row = row_of(any_connection, sms)
    assert (row.faults, row.broken_since, row.broken_reason) == (FAULTS + 1, NOW, CODE)
    assert row.paused_until == NOW + FIRST_PROBE, "only a canary that left puts the next one off"


def test_a_code_is_cut_to_what_the_column_holds(any_connection: Connection, sms: int) -> None:
    breaker.trip(any_connection, sms, code="x" * 100, probe=FIRST_PROBE, now=NOW)

    assert row_of(any_connection, sms).broken_reason == "x" * 64


def test_each_canary_comes_after_twice_the_time_but_never_later_than_the_longest(
    any_connection: Connection, sms: int
) -> None:
    breaker.trip(any_connection, sms, code=CODE, probe=FIRST_PROBE, now=NOW)
    now, waits, others = NOW + FIRST_PROBE, [], other_rows(any_connection, sms)
    for _ in range(9):
        breaker.canary_left(any_connection, sms, now=now)
        opens = row_of(any_connection, sms).paused_until
        waits.append(opens - now)
        now = opens

    doubled = [FIRST_PROBE * 2**step for step in range(1, 10)]
    assert waits == [min(wait, LONGEST_PROBE) for wait in doubled]
    assert other_rows(any_connection, sms) == others


def test_a_lane_whose_first_probe_is_the_longest_keeps_it(any_connection: Connection, sms: int) -> None:
    probe = LONGEST_PROBE * 2
    breaker.trip(any_connection, sms, code=CODE, probe=probe, now=NOW)

    breaker.canary_left(any_connection, sms, now=NOW + probe)

    assert row_of(any_connection, sms).paused_until == NOW + 2 * probe, "never sooner than it was told"


@pytest.mark.parametrize(
    ("asked", "opens"),
    [(FIRST_PROBE * 9, FIRST_PROBE * 9), (FIRST_PROBE / 2, FIRST_PROBE), (None, FIRST_PROBE)],
    ids=["longer", "shorter", "none"],
)
def test_of_the_providers_rest_and_the_canarys_the_longer_holds(
    any_connection: Connection, sms: int, asked: timedelta | None, opens: timedelta
) -> None:
    if asked is not None:
        lanes.pause(any_connection, sms, until=NOW + asked, reason="twilio.429")

    breaker.trip(any_connection, sms, code=CODE, probe=FIRST_PROBE, now=NOW)

    row = row_of(any_connection, sms)
    assert row.paused_until == NOW + opens
    assert row.paused_reason == ("twilio.429" if opens > FIRST_PROBE else CODE)


def test_a_whole_lane_has_nothing_to_mend_and_keeps_a_rest_that_was_asked_for(
    any_connection: Connection, sms: int
) -> None:
    lanes.pause(any_connection, sms, until=later(minutes=1), reason="twilio.429")
    before = row_of(any_connection, sms)

    assert not breaker.mend(any_connection, sms)
    assert row_of(any_connection, sms) == before


def test_a_text_that_was_taken_forgets_faults_but_opens_no_lane_that_a_provider_has_closed(
    any_connection: Connection, sms: int
) -> None:
    breaker.fault(any_connection, sms, count=FAULTS - 1, code=CODE, now=NOW)
    lanes.pause(any_connection, sms, until=later(minutes=1), reason="twilio.429")

    assert not breaker.mend(any_connection, sms), "it had not been broken"

    row = row_of(any_connection, sms)
    assert (row.faults, row.paused_until, row.paused_reason) == (0, later(minutes=1), "twilio.429")


def test_mending_leaves_nothing_of_the_break_and_begins_the_count_anew(any_connection: Connection, sms: int) -> None:
    fresh = row_of(any_connection, sms)
    breaker.fault(any_connection, sms, count=FAULTS, code=CODE, now=NOW)
    breaker.canary_left(any_connection, sms, now=NOW)
    other = lane_id(any_connection, "telegram:default")
    breaker.trip(any_connection, other, code=CODE, probe=FIRST_PROBE, now=NOW)

    assert breaker.mend(any_connection, sms)

    assert row_of(any_connection, sms) == fresh
    assert row_of(any_connection, other).broken_since == NOW, "what mends one lane mends no other"
    assert not breaker.fault(any_connection, sms, count=FAULTS - 1, code=CODE, now=later(minutes=1))


def test_mending_leaves_the_rest_that_the_provider_asked_for_on_top(any_connection: Connection, sms: int) -> None:
    breaker.trip(any_connection, sms, code=CODE, probe=FIRST_PROBE, now=NOW)
    lanes.pause(any_connection, sms, until=later(minutes=10), reason="twilio.429")

    assert breaker.mend(any_connection, sms)

    row = row_of(any_connection, sms)
    assert (row.broken_since, row.broken_reason, row.probe_seconds) == (None, None, None)
    assert (row.paused_until, row.paused_reason) == (later(minutes=10), "twilio.429")
    assert lanes.look(any_connection, sms, now=later(minutes=9)).units == 0


STEPS = st.lists(st.one_of(st.integers(1, FAULTS), st.just("taken"), st.just("canary")), max_size=12)


@given(steps=STEPS)
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_lane_is_broken_only_after_enough_faults_since_the_last_text_that_was_taken(
    any_connection: Connection, sms: int, steps: list[int | str]
) -> None:
    any_connection.execute(update(lane).values(faults=0, broken_since=None, probe_seconds=None, paused_until=None))
    since_taken, now = 0, NOW
    for step in steps:
        now += timedelta(seconds=1)
        was_broken = row_of(any_connection, sms).broken_since is not None
        if step == "taken":
            assert breaker.mend(any_connection, sms) is was_broken
            since_taken = 0
        elif step == "canary":
            breaker.canary_left(any_connection, sms, now=now)
        else:
            since_taken += int(step)
            said = breaker.fault(any_connection, sms, count=int(step), code=CODE, now=now)
            assert said is (since_taken >= FAULTS)
        row = row_of(any_connection, sms)
        assert (row.broken_since is not None) is (since_taken >= FAULTS)
        assert row.faults == since_taken


def test_faults_that_two_workers_write_down_at_once_are_all_counted(postgres_database: str, vault: Vault) -> None:
    db = Database(postgres_database, vault)
    try:
        db.write_now(apply_courts)
        sms = db.read_now(lane_id)
        work = partial(breaker.fault, lane_id=sms, count=FAULTS - 1, code=CODE, now=NOW)

        assert while_open(db, work, lambda: db.write_now(work), within=3.0), "broken by both together"

        assert db.read_now(lambda connection: row_of(connection, sms)).faults == 2 * (FAULTS - 1)
    finally:
        db.close_now()
