"""The dispatcher's side of the outbox: each step changes exactly the states it may change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from domain.hearing import HearingStatus
from domain.notice import ALLOWED, NoticeKind, NoticeState, Priority
from storage import deliveries, hearings, letters, outbox, underway
from storage.deliveries import Attempt
from storage.schema import notice
from tests.fixtures.facts import COMING, NOW
from tests.fixtures.outbox import REMINDER, AnyRow, Street, court_ids, lane_id, one_notice, put
from tests.fixtures.properties import examples

LEASE = timedelta(minutes=5)
S = NoticeState
QUIETLY = settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])


def state_of(connection: Connection, notice_id: int) -> NoticeState:
    found: NoticeState = connection.execute(select(notice.c.state).where(notice.c.id == notice_id)).scalar_one()
    return found


def put_on_the_wire(connection: Connection, street: Street, party: int = 0) -> tuple[int, int]:
    """Return the ids of a delivery and of its notice, which is being sent."""
    notice_id = put(connection, street, party)
    [delivery_id] = deliveries.new_ids(connection, 1)
    endpoint_id = street.scene.parties[party].endpoint_id
    assert endpoint_id is not None
    attempt = Attempt(
        id=delivery_id,
        notice_id=notice_id,
        endpoint_id=endpoint_id,
        number=1,
        text="Come.",
        language="en",
        segments=1,
    )
    deliveries.add(connection, [attempt], lane_id=lane_id(connection), now=NOW)
    outbox.mark_sending(connection, [(delivery_id, notice_id)], now=NOW, lease=LEASE)
    return delivery_id, notice_id


def again(connection: Connection, row: AnyRow) -> None:
    underway.again(connection, row.id, at=NOW, reason="twilio.429")


def fail(connection: Connection, row: AnyRow) -> None:
    underway.fail(connection, row.id, reason="twilio.21211", now=NOW)


def arrive(connection: Connection, row: AnyRow) -> None:
    underway.arrived(connection, {row.delivery_id: row.id}, now=NOW)


def take(connection: Connection, row: AnyRow) -> None:
    underway.mark_sent(connection, [row.delivery_id])


def lose(connection: Connection, row: AnyRow) -> None:
    underway.mark_unknown(connection, [row.delivery_id])


STEPS: list[tuple[Callable[[Connection, AnyRow], None], set[NoticeState], NoticeState]] = [
    (again, {S.CLAIMED, S.SENDING, S.UNKNOWN, S.SENT}, S.PLANNED),
    (fail, {S.CLAIMED, S.SENDING, S.UNKNOWN, S.SENT, S.PLANNED, S.HELD}, S.FAILED),
    (arrive, {S.SENDING, S.UNKNOWN, S.SENT, S.PLANNED, S.HELD, S.FAILED}, S.DELIVERED),
    (take, {S.SENDING, S.UNKNOWN}, S.SENT),
    (lose, {S.SENDING}, S.UNKNOWN),
]


@pytest.mark.parametrize(("step", "before", "after"), STEPS, ids=[step.__name__ for step, *_ in STEPS])
def test_a_step_moves_what_it_may_move_leaves_the_rest_and_ends_the_lease(
    any_connection: Connection,
    any_street: Street,
    step: Callable[[Connection, AnyRow], None],
    before: set[NoticeState],
    after: NoticeState,
) -> None:
    delivery_id, notice_id = put_on_the_wire(any_connection, any_street)
    for state in NoticeState:
        values = {"state": state, "leased_until": NOW, "reason": None, "ended_at": None}
        any_connection.execute(update(notice).values(values))
        was = one_notice(any_connection)
        assert (was.id, was.delivery_id) == (notice_id, delivery_id)

        step(any_connection, was)

        row = one_notice(any_connection)
        assert row.state is (after if state in before else state), state
        assert row.leased_until == (None if state in before else NOW), state
        if state in before:
            assert after in ALLOWED[state], state
            assert (row.ended_at == NOW) is after.is_final, state


def test_what_goes_on_the_wire_is_leased_counted_and_keeps_the_instant_it_first_left(
    any_connection: Connection, any_street: Street
) -> None:
    delivery_id, notice_id = put_on_the_wire(any_connection, any_street)
    row = one_notice(any_connection)
    assert (row.state, row.attempts, row.delivery_id) == (S.SENDING, 1, delivery_id)
    assert (row.left_at, row.leased_until) == (NOW, NOW + LEASE)

    later = NOW + timedelta(hours=1)
    again(any_connection, row)
    outbox.mark_sending(any_connection, [(delivery_id, notice_id)], now=later, lease=LEASE)

    row = one_notice(any_connection)
    assert (row.attempts, row.left_at, row.leased_until, row.reason) == (2, NOW, later + LEASE, None)


@pytest.mark.parametrize(("refund", "attempts"), [(False, 1), (True, 0)])
def test_an_attempt_that_went_wrong_through_no_fault_of_its_own_is_not_counted(
    connection: Connection,
    street: Street,
    refund: bool,  # noqa: FBT001
    attempts: int,
) -> None:
    put_on_the_wire(connection, street)
    at = NOW + timedelta(minutes=3)

    underway.again(connection, one_notice(connection).id, at=at, reason="x" * 60, refund=refund)

    row = one_notice(connection)
    assert (row.attempts, row.due_at, row.reason) == (attempts, at, "x" * 48)


def test_what_never_left_is_forgotten_unless_an_earlier_attempt_may_have_it(
    any_connection: Connection, any_street: Street
) -> None:
    _, notice_id = put_on_the_wire(any_connection, any_street)
    underway.never_left(any_connection, notice_id, given_at=NOW + timedelta(seconds=1))
    assert one_notice(any_connection).left_at == NOW

    underway.never_left(any_connection, notice_id, given_at=NOW)
    assert one_notice(any_connection).left_at is None


def test_what_has_arrived_has_left_even_where_the_provider_said_it_had_not(
    any_connection: Connection, any_street: Street
) -> None:
    delivery_id, notice_id = put_on_the_wire(any_connection, any_street)
    underway.never_left(any_connection, notice_id, given_at=NOW)
    again(any_connection, one_notice(any_connection))
    later = NOW + timedelta(minutes=1)

    underway.arrived(any_connection, {delivery_id: notice_id}, now=later)

    row = one_notice(any_connection)
    assert (row.state, row.left_at) == (S.DELIVERED, later)


def test_only_what_is_due_and_waits_is_tried_and_one_for_each_endpoint(
    any_connection: Connection, any_street: Street
) -> None:
    first = put(any_connection, any_street, 0)
    put(any_connection, any_street, 0, due_at=NOW - timedelta(seconds=1), priority=Priority.BROADCAST)
    put(any_connection, any_street, 1, due_at=NOW + timedelta(microseconds=1))
    third = put(any_connection, any_street, 2, state=S.HELD)
    lane, ids = lane_id(any_connection), court_ids(any_connection)
    assert outbox.due(any_connection, lane, courts=ids, now=NOW, limit=9) == [first, third]
    assert outbox.due(any_connection, lane, courts=ids, now=NOW, limit=1) == [first]
    assert outbox.due(any_connection, lane + 1, courts=ids, now=NOW, limit=9) == []

    put(any_connection, any_street, 0, state=S.CLAIMED)
    assert outbox.due(any_connection, lane, courts=ids, now=NOW, limit=9) == [third]


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(Priority),
            st.integers(-3, 1),
            st.sampled_from([S.PLANNED, S.HELD, S.PLANNED, S.SENDING, S.SENT, S.DROPPED]),
        ),
        max_size=12,
    ),
    limit=st.integers(1, 4),
)
@QUIETLY
def test_what_is_due_agrees_with_a_slow_look_at_every_row(
    connection: Connection, street: Street, rows: list[tuple[int, Priority, int, NoticeState]], limit: int
) -> None:
    with connection.begin_nested() as step:
        for party, priority, minutes, state in rows:
            values = {"due_at": NOW + timedelta(minutes=minutes), "state": state}
            put(connection, street, party, replace(REMINDER, priority=priority), **values)
        everything = connection.execute(select(notice)).all()
        found = outbox.due(connection, lane_id(connection), courts=court_ids(connection), now=NOW, limit=limit)
        step.rollback()

    busy = {row.endpoint_id for row in everything if row.state is S.SENDING}
    waits = [r for r in everything if r.state.is_waiting and r.due_at <= NOW and r.endpoint_id not in busy]
    expected: dict[int, int] = {}
    for row in sorted(waits, key=lambda row: (row.priority, row.due_at, row.id)):
        expected.setdefault(row.endpoint_id, row.id)
    assert found == list(expected.values())[:limit]


def test_what_a_lost_worker_held_goes_back_only_when_its_lease_is_over(
    any_connection: Connection, any_street: Street
) -> None:
    delivery_id, sending = put_on_the_wire(any_connection, any_street)
    until = NOW + LEASE
    claimed = put(any_connection, any_street, 1, state=S.CLAIMED, leased_until=until)
    longer = put(any_connection, any_street, 2, state=S.CLAIMED, leased_until=until + timedelta(seconds=1))

    assert underway.release_lost(any_connection, now=until - timedelta(microseconds=1)) == ([], [])
    assert underway.release_lost(any_connection, now=until) == ([claimed], [delivery_id])
    assert [state_of(any_connection, key) for key in (sending, claimed, longer)] == [S.UNKNOWN, S.PLANNED, S.CLAIMED]
    assert underway.release_lost(any_connection, now=until) == ([], [])


def test_siblings_are_what_waits_for_the_same_endpoint_under_the_same_key(
    any_connection: Connection, any_street: Street
) -> None:
    day = replace(REMINDER, bundle_key="day:1")
    lead = put(any_connection, any_street, 0, day)
    soon = put(any_connection, any_street, 0, day, due_at=NOW + outbox.BUNDLE_AHEAD)
    put(any_connection, any_street, 0, day, due_at=NOW + outbox.BUNDLE_AHEAD + timedelta(microseconds=1))
    put(any_connection, any_street, 0, replace(REMINDER, bundle_key="day:2"))
    put(any_connection, any_street, 0)
    put(any_connection, any_street, 1, day)
    put(any_connection, any_street, 0, day, state=S.SENT)

    rows = letters.load(any_connection, [lead])
    assert outbox.siblings(any_connection, rows, now=NOW) == [soon]
    assert outbox.siblings(any_connection, [], now=NOW) == []


@pytest.mark.parametrize("state", NoticeState)
def test_what_waited_for_an_earlier_message_is_released_and_nothing_else(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    later = NOW + timedelta(hours=1)
    ids = [
        put(any_connection, any_street, 0, state=state, due_at=later, reason="earlier_on_its_way"),
        put(any_connection, any_street, 0, state=state, due_at=later, reason="quiet_hours"),
        put(any_connection, any_street, 1, state=state, due_at=later, reason="earlier_on_its_way"),
    ]
    put(any_connection, any_street, 0, state=S.SENT, delivery_id=77)

    underway.let_follow(any_connection, [77, 78], now=NOW)

    due = {row.id: row.due_at for row in any_connection.execute(select(notice))}
    assert [due[key] for key in ids] == [NOW if state is S.HELD else later, later, later]
    assert state_of(any_connection, ids[0]) is state


def test_what_is_past_its_end_is_found_while_it_waits(any_connection: Connection, any_street: Street) -> None:
    over = put(any_connection, any_street, 0, expires_at=NOW)
    put(any_connection, any_street, 1, expires_at=NOW + timedelta(microseconds=1))
    put(any_connection, any_street, 2, expires_at=NOW, state=S.SENT)

    assert outbox.overdue(any_connection, now=NOW, limit=5) == [over]


def test_what_is_on_the_phone_by_now_is_not_dropped_any_more(any_connection: Connection, any_street: Street) -> None:
    there = put(any_connection, any_street, state=S.DELIVERED, ended_at=NOW)
    too_late = {"notice": there, "end": S.EXPIRED, "reason": "too_late"}
    outbox.drop(any_connection, [too_late], now=NOW + timedelta(hours=1))

    [row] = any_connection.execute(select(notice))
    assert (row.state, row.ended_at, row.reason) == (S.DELIVERED, NOW, None)


def test_a_held_or_dropped_notice_keeps_the_reason_that_the_gate_gave(
    any_connection: Connection, any_street: Street
) -> None:
    until = NOW + timedelta(hours=9)
    held, dropped = put(any_connection, any_street, 0), put(any_connection, any_street, 1)
    outbox.hold(any_connection, [{"notice": held, "until": until, "reason": "quiet_hours"}])
    outbox.drop(any_connection, [{"notice": dropped, "end": S.EXPIRED, "reason": "too_late"}], now=NOW)
    outbox.hold(any_connection, [])
    outbox.drop(any_connection, [], now=NOW)

    one, other = any_connection.execute(select(notice).order_by(notice.c.id))
    assert (one.state, one.due_at, one.reason, one.ended_at) == (S.HELD, until, "quiet_hours", None)
    assert (other.state, other.reason, other.ended_at) == (S.EXPIRED, "too_late", NOW)


def test_what_waits_for_an_endpoint_is_known_but_its_replies(any_connection: Connection, any_street: Street) -> None:
    waits = put(any_connection, any_street, 0, state=S.HELD)
    put(any_connection, any_street, 0, replace(REMINDER, kind=NoticeKind.REPLY))
    put(any_connection, any_street, 0, state=S.SENT)
    put(any_connection, any_street, 1)
    endpoint_id = any_street.scene.parties[0].endpoint_id
    assert endpoint_id is not None

    assert [row.id for row in outbox.waiting_for(any_connection, endpoint_id)] == [waits]


def test_locking_keeps_the_order_and_leaves_out_what_does_not_wait(
    any_connection: Connection, any_street: Street
) -> None:
    ids = [put(any_connection, any_street, party) for party in (2, 0, 1)]
    hearing = hearings.get(any_connection, any_street.scene.hearing_id)
    assert outbox.hold_still(any_connection, ids[::-1], now=NOW) == ids[::-1]
    hearings.revise(any_connection, hearing, replace(COMING, status=HearingStatus.CANCELLED), source="x", now=NOW)
    assert outbox.hold_still(any_connection, [], now=NOW) == []


def test_no_deliveries_are_no_change(connection: Connection, street: Street) -> None:
    put(connection, street)
    before = one_notice(connection)
    outbox.mark_sending(connection, [], now=NOW, lease=LEASE)
    underway.mark_sent(connection, [])
    underway.mark_unknown(connection, [])

    assert one_notice(connection) == before
