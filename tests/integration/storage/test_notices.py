"""The planner's side of the outbox: what a plan made again becomes, and what may still be stopped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from domain.delivery import DeliveryState
from domain.hearing import ChangeKind
from domain.notice import ALLOWED, MAY_HAVE_LEFT, WAITING, NoticeKind, NoticePlan, NoticeState, Priority, Purpose
from domain.reasons import Reason
from domain.reminders import CommonPlan
from storage import deliveries, notices, verdicts
from storage.database import vault_of
from storage.deliveries import Attempt
from storage.notices import Addressed, Target
from storage.schema import delivery, notice
from storage.verdicts import Ruling
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import REMINDER, AnyRow, Street, lane_id, one_notice, put
from tests.fixtures.properties import examples

LATER = NOW + timedelta(hours=5)
STOPPABLE = {NoticeState.PLANNED, NoticeState.HELD, NoticeState.CLAIMED}
TRIED_TWICE = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERED, DeliveryState.DELIVERED)
KEYS = ("reminder:1:1:plan:1", "reminder:2:1:plan:1")
FRESH = NoticePlan(
    dedupe_key="change:1:2:3",
    kind=NoticeKind.CHANGE,
    priority=Priority.URGENT,
    due_at=LATER,
    expires_at=LATER + timedelta(days=1),
    purpose=Purpose.SET,
    asks_attendance=True,
    bundle_key="day:2",
    changed=frozenset({ChangeKind.LATER, ChangeKind.ROOM}),
    told_revision=1,
)


def target(connection: Connection, street: Street, party: int = 0, revision: int = 2) -> Target:
    scene, who = street.scene, street.scene.parties[party]
    assert who.endpoint_id is not None
    return Target(
        endpoint_id=who.endpoint_id,
        lane_id=lane_id(connection),
        court_id=scene.court_id,
        person_id=who.person_id,
        participation_id=who.participation_id,
        case_id=scene.case_id,
        hearing_id=scene.hearing_id,
        revision=revision,
    )


def row_of(connection: Connection, key: str) -> AnyRow:
    return connection.execute(select(notice).where(notice.c.dedupe_key == key)).one()


def lives_again(state: NoticeState, *, has_left: bool, elsewhere: bool) -> bool:
    """Say it slowly: what never left and was ended by us, or what failed and may now go another way."""
    if state is NoticeState.FAILED:
        return elsewhere
    return state in {NoticeState.DROPPED, NoticeState.SUPERSEDED} and not has_left


def test_a_plan_is_kept_with_all_that_it_says(any_connection: Connection, any_street: Street) -> None:
    where = target(any_connection, any_street)
    notices.add(any_connection, [(where, FRESH)], now=NOW)

    row = one_notice(any_connection)
    assert (row.kind, row.purpose, row.state) == (NoticeKind.CHANGE, Purpose.SET, NoticeState.PLANNED)
    assert (row.priority, row.due_at, row.expires_at) == (1, LATER, LATER + timedelta(days=1))
    assert (row.endpoint_id, row.lane_id, row.revision) == (where.endpoint_id, where.lane_id, 2)
    assert (row.hearing_id, row.participation_id, row.case_id) == (
        where.hearing_id,
        where.participation_id,
        where.case_id,
    )
    assert (row.changed, row.told_revision, row.bundle_key) == ("moved_later,room", 1, "day:2")
    assert row.asks_attendance is True
    assert (row.attempts, row.left_at, row.ended_at, row.created_at) == (0, None, None, NOW)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same endpoint", "another endpoint"])
@pytest.mark.parametrize("has_left", [False, True], ids=["never left", "has left"])
@pytest.mark.parametrize("state", NoticeState)
def test_a_plan_made_again_lives_again_only_where_nobody_can_have_it(
    any_connection: Connection,
    any_street: Street,
    state: NoticeState,
    has_left: bool,  # noqa: FBT001
    elsewhere: bool,  # noqa: FBT001
) -> None:
    was: dict[str, Any] = {"state": state, "ended_at": NOW, "reason": "x", "attempts": 3}
    was["left_at"] = NOW if has_left else None
    put(any_connection, any_street, plan=replace(REMINDER, dedupe_key=FRESH.dedupe_key), **was)
    before = one_notice(any_connection)

    notices.add(any_connection, [(target(any_connection, any_street, int(elsewhere)), FRESH)], now=LATER)

    after = one_notice(any_connection)
    if lives_again(state, has_left=has_left, elsewhere=elsewhere):
        assert state.may_become(NoticeState.PLANNED)
        assert (after.state, after.reason, after.ended_at, after.attempts) == (NoticeState.PLANNED, None, None, 0)
        assert (after.due_at, after.revision, after.priority) == (LATER, 2, 1)
        assert (after.changed, after.asks_attendance) == ("moved_later,room", True)
        assert after.endpoint_id == any_street.scene.parties[int(elsewhere)].endpoint_id
        assert (after.id, after.created_at, after.left_at) == (before.id, before.created_at, before.left_at)
    else:
        assert after == before


@pytest.mark.parametrize("ended", [NoticeState.DROPPED, NoticeState.SUPERSEDED])
@pytest.mark.parametrize("place", [0, 1], ids=["the first of its text", "along with another"])
@pytest.mark.parametrize("states", [*product(DeliveryState, repeat=1), *product(TRIED_TWICE, repeat=2)], ids=str)
def test_what_left_and_arrived_nowhere_lives_again(
    any_connection: Connection,
    any_street: Street,
    states: tuple[DeliveryState, ...],
    place: int,
    ended: NoticeState,
) -> None:
    ids = [put(any_connection, any_street, plan=replace(REMINDER, dedupe_key=key)) for key in KEYS]
    here = target(any_connection, any_street).endpoint_id
    for number, state in enumerate(states):
        at = NOW + timedelta(minutes=number)
        [carried_by] = deliveries.new_ids(any_connection, 1)
        attempt = Attempt(
            id=carried_by, notice_id=ids[0], endpoint_id=here, number=1, text="", language="en", segments=1
        )
        deliveries.add(any_connection, [attempt], lane_id=lane_id(any_connection), now=at)
        any_connection.execute(update(delivery).where(delivery.c.id == carried_by).values(state=state))
        verdicts.add(any_connection, [Ruling(one, "send", "clear", {}) for one in ids], now=at)
        any_connection.execute(update(notice).values(state=ended, delivery_id=carried_by, left_at=NOW))
    plan = replace(FRESH, dedupe_key=KEYS[place])

    notices.add(any_connection, [(target(any_connection, any_street), plan)], now=LATER)

    lives = set(states) <= {DeliveryState.FAILED, DeliveryState.UNDELIVERED}
    assert row_of(any_connection, KEYS[place]).state is (NoticeState.PLANNED if lives else ended)
    assert row_of(any_connection, KEYS[1 - place]).state is ended, "that one was not planned"


@pytest.mark.parametrize("reason", [*Reason, "twilio.30007", None])
def test_what_failed_lives_again_at_its_own_endpoint_where_nobody_could_be_reached(
    any_connection: Connection, any_street: Street, reason: str | None
) -> None:
    failed: dict[str, Any] = {"state": NoticeState.FAILED, "reason": reason, "left_at": NOW}
    put(any_connection, any_street, plan=replace(REMINDER, dedupe_key=FRESH.dedupe_key), **failed)

    notices.add(any_connection, [(target(any_connection, any_street), FRESH)], now=LATER)

    lives = reason in {Reason.ENDPOINT_DEAD, Reason.CARRIER_STOPPED}
    assert one_notice(any_connection).state is (NoticeState.PLANNED if lives else NoticeState.FAILED)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(NoticeState), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=8
    )
)
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_many_plans_at_once_each_has_the_fate_it_would_have_alone(
    any_connection: Connection, any_street: Street, rows: list[tuple[NoticeState, bool, bool, bool]]
) -> None:
    with any_connection.begin_nested() as step:
        for number, (state, left, _, known) in enumerate(rows):
            if known:
                plan = replace(REMINDER, dedupe_key=f"reminder:1:1:x:{number}")
                put(any_connection, any_street, 0, plan, state=state, left_at=NOW if left else None)
        plans = [
            (target(any_connection, any_street, int(elsewhere)), replace(FRESH, dedupe_key=f"reminder:1:1:x:{number}"))
            for number, (_, _, elsewhere, _) in enumerate(rows)
        ]
        notices.add(any_connection, plans, now=LATER)
        is_fresh = [row_of(any_connection, plan.dedupe_key).kind is NoticeKind.CHANGE for _, plan in plans]
        is_planned_anew = [row_of(any_connection, plan.dedupe_key).due_at == LATER for _, plan in plans]
        step.rollback()

    assert is_fresh == [not known for *_, known in rows]
    assert is_planned_anew == [
        not known or lives_again(state, has_left=left, elsewhere=elsewhere) for state, left, elsewhere, known in rows
    ]


COMMON = CommonPlan(
    notices=(
        replace(FRESH, dedupe_key="set:{hearing}:{participation}", bundle_key="ex:{person}:set", changed=frozenset()),
        replace(FRESH, dedupe_key="reminder:{hearing}:2:x:{participation}", bundle_key=None, due_at=LATER),
    )
)


def test_what_many_get_alike_is_kept_as_each_alone_would_have_it(
    any_connection: Connection, any_street: Street
) -> None:
    targets = [target(any_connection, any_street, party) for party in range(3)]

    with any_connection.begin_nested() as step:
        notices.add_alike(any_connection, [Addressed(one, 0) for one in targets], [COMMON], now=NOW)
        together = any_connection.execute(select(notice).order_by(notice.c.dedupe_key)).all()
        step.rollback()
    for one in targets:
        ids = {"hearing": one.hearing_id, "participation": one.participation_id, "person": one.person_id}
        for plan in COMMON.notices:
            bundle = plan.bundle_key and plan.bundle_key.format(**ids)
            own = replace(plan, dedupe_key=plan.dedupe_key.format(**ids), bundle_key=bundle)
            notices.add(any_connection, [(one, own)], now=NOW)
    alone = any_connection.execute(select(notice).order_by(notice.c.dedupe_key)).all()

    assert len(together) == 6
    assert [row[1:] for row in together] == [row[1:] for row in alone]


def test_each_gets_the_plan_of_their_number_and_their_own_turn(any_connection: Connection, any_street: Street) -> None:
    other = CommonPlan(notices=(replace(FRESH, dedupe_key="set:{hearing}:{participation}"),))
    morning = CommonPlan(notices=COMMON.notices, spread=COMMON.notices[0])
    first, second = (target(any_connection, any_street, party) for party in range(2))
    turn = LATER + timedelta(minutes=7, microseconds=5)

    notices.add_alike(any_connection, [Addressed(first, 1), Addressed(second, 0, turn)], [morning, other], now=NOW)

    rows = any_connection.execute(select(notice.c.participation_id, notice.c.due_at).order_by(notice.c.id)).all()
    assert sorted(rows) == sorted(
        [(first.participation_id, LATER), (second.participation_id, turn), (second.participation_id, LATER)]
    )


@pytest.mark.parametrize("state", NoticeState)
def test_what_many_get_alike_never_wakes_what_was_there(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    one = target(any_connection, any_street)
    there = f"set:{one.hearing_id}:{one.participation_id}"
    put(any_connection, any_street, plan=replace(REMINDER, dedupe_key=there), state=state)
    before = row_of(any_connection, there)

    notices.add_alike(any_connection, [Addressed(one, 0)], [COMMON], now=NOW)

    assert row_of(any_connection, there) == before
    assert len(any_connection.execute(select(notice)).all()) == 2


@pytest.mark.parametrize("state", NoticeState)
def test_an_invitation_may_come_back(any_connection: Connection, any_street: Street, state: NoticeState) -> None:
    invitation = replace(FRESH, dedupe_key="invitation:1", kind=NoticeKind.INVITATION)
    put(any_connection, any_street, plan=replace(REMINDER, dedupe_key="invitation:1"), state=state)

    notices.add(any_connection, [(target(any_connection, any_street), invitation)], now=NOW)

    revived = lives_again(state, has_left=False, elsewhere=False)
    assert row_of(any_connection, "invitation:1").state is (NoticeState.PLANNED if revived else state)
    assert (row_of(any_connection, "invitation:1").due_at == LATER) == revived


def test_no_plans_are_no_notices(connection: Connection, street: Street) -> None:
    notices.add(connection, [], now=NOW)
    notices.add_alike(connection, [], [COMMON], now=NOW)
    notices.add_alike(connection, [Addressed(target(connection, street), 0)], [CommonPlan(())], now=NOW)
    notices.supersede(connection, [], reason="moved", now=NOW)

    assert not connection.execute(select(notice)).all()


@pytest.mark.parametrize("state", NoticeState)
def test_only_what_has_not_left_is_superseded_moved_or_dropped(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    ids = [put(any_connection, any_street, party, state=state, leased_until=LATER) for party in range(3)]
    other = any_street.scene.parties[0].endpoint_id

    notices.supersede(any_connection, [ids[0]], reason="moved", now=NOW)
    notices.move(any_connection, [(ids[1], {"endpoint_id": other, "due_at": LATER})])
    third = any_street.scene.parties[2].endpoint_id
    assert third is not None
    dropped = notices.drop_waiting(any_connection, endpoint_id=third, reason="stopped", now=NOW)

    rows = {row.id: row for row in any_connection.execute(select(notice))}
    stoppable = state in STOPPABLE
    expected: Mapping[int, NoticeState] = (
        {ids[0]: NoticeState.SUPERSEDED, ids[1]: state, ids[2]: NoticeState.DROPPED}
        if stoppable
        else dict.fromkeys(ids, state)
    )
    assert {key: row.state for key, row in rows.items()} == expected
    assert (rows[ids[1]].endpoint_id == other, rows[ids[1]].due_at == LATER) == (stoppable, stoppable)
    assert dropped == int(stoppable)
    for key in (ids[0], ids[2]):
        ended = (rows[key].ended_at, rows[key].leased_until)
        assert ended == ((NOW, None) if stoppable else (None, LATER))


@pytest.mark.parametrize("state", sorted(STOPPABLE | WAITING))
def test_every_stop_that_is_made_is_a_step_of_the_state_machine(state: NoticeState) -> None:
    assert {NoticeState.SUPERSEDED, NoticeState.DROPPED} <= ALLOWED[state]
    assert state not in MAY_HAVE_LEFT


def test_a_stop_leaves_replies_and_other_endpoints_alone(connection: Connection, street: Street) -> None:
    put(connection, street, 1)
    first = street.scene.parties[0].endpoint_id
    assert first is not None
    notices.add_reply(
        connection, target(connection, street), "You are out.", dedupe_key="r:1", now=NOW, expires_at=LATER
    )

    assert notices.drop_waiting(connection, endpoint_id=first, reason="stopped", now=NOW) == 0
    assert set(connection.execute(select(notice.c.state)).scalars()) == {NoticeState.PLANNED}


def test_a_reply_is_sealed_due_at_once_and_before_everything_else(
    any_connection: Connection, any_street: Street
) -> None:
    where = target(any_connection, any_street)
    notices.add_reply(any_connection, where, "Ваше дело 42.", dedupe_key="r:1", now=NOW, expires_at=LATER)

    row = one_notice(any_connection)
    assert (row.kind, row.priority, row.due_at, row.expires_at) == (NoticeKind.REPLY, 0, NOW, LATER)
    assert "Ваше".encode() not in row.text
    assert vault_of(any_connection).open(row.text, notices.TEXT) == "Ваше дело 42."


def test_who_last_replied_how_often_and_whether_anything_ever_left_is_known(
    any_connection: Connection, any_street: Street
) -> None:
    where = target(any_connection, any_street)
    endpoint_id, court_id = where.endpoint_id, where.court_id
    assert notices.last_to_reply(any_connection, endpoint_id=endpoint_id, among=[court_id]) is None
    assert notices.count_replies(any_connection, [endpoint_id], since=NOW - timedelta(days=1)) == {endpoint_id: 0}
    for minutes in (0, 1, 2):
        at = NOW + timedelta(minutes=minutes)
        notices.add_reply(any_connection, where, "Yes.", dedupe_key=f"r:{minutes}", now=at, expires_at=LATER)
    put(any_connection, any_street)

    assert notices.last_to_reply(any_connection, endpoint_id=endpoint_id, among=[court_id]) == court_id
    assert notices.last_to_reply(any_connection, endpoint_id=endpoint_id, among=[court_id + 1]) is None
    since = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(minutes=2)]
    counted = [notices.count_replies(any_connection, [endpoint_id], since=at)[endpoint_id] for at in since]
    assert counted == [3, 2, 0]
    assert not notices.wrote_before(any_connection, endpoint_id=endpoint_id, court_id=court_id)
    any_connection.execute(update(notice).where(notice.c.dedupe_key == "r:1").values(left_at=NOW))
    assert notices.wrote_before(any_connection, endpoint_id=endpoint_id, court_id=court_id)
    assert not notices.wrote_before(any_connection, endpoint_id=endpoint_id, court_id=court_id + 1)
