"""Detours, row by row: which notices a lane that is down is too late for, and which nobody may send another way."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from domain.court import Failover
from domain.notice import NoticeKind, NoticeState, Priority
from storage import breaker, detours, endpoints, lanes
from storage.detours import BLIP, LAST_MOMENT, Down
from storage.schema import endpoint, hearing, lane, notice, person_endpoint
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import REMINDER, Street, add_street, chat, lane_id, later, put
from tests.fixtures.properties import examples

POLICY = Failover(after=timedelta(minutes=30), near=timedelta(hours=24))
A_MOMENT = timedelta(seconds=1)
LONG_DOWN = timedelta(hours=2)


@pytest.fixture
def street(any_connection: Connection) -> Street:
    """One defendant with a phone, and a chat that nothing is wrong with; hearing in ten days."""
    street = add_street(any_connection)
    add_chat(any_connection, street)
    return street


def add_chat(connection: Connection, street: Street, number: int = 1) -> int:
    """Give the first party a chat as well; return its endpoint."""
    way = endpoints.find_or_add(connection, chat(number), lane_id=lane_id(connection, "telegram:default"), now=NOW)
    who = street.scene.parties[0]
    endpoints.link(connection, person_id=who.person_id, endpoint_id=way.id, source="chat", preference=0, now=NOW)
    return way.id


def stranded(
    connection: Connection,
    street: Street,
    *,
    lasts: timedelta = LONG_DOWN,
    opens_in: timedelta = timedelta(0),
    not_by: tuple[int, ...] = (),
    court_id: int | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[int]:
    """Return which notices of the lane for phones cannot wait, when it opens so soon after being down so long."""
    down = Down(lane_id(connection), since=NOW + opens_in - lasts, opens_at=NOW + opens_in)
    court = street.scene.court_id if court_id is None else court_id
    rows = detours.stranded(connection, down, court, POLICY, not_by=not_by, now=NOW, after=after, limit=limit)
    return [row.id for row in rows]


def test_what_is_due_on_a_lane_that_is_long_down_goes_another_way(any_connection: Connection, street: Street) -> None:
    mine = put(any_connection, street)
    who = street.scene.parties[0]

    down = Down(lane_id(any_connection), since=NOW - LONG_DOWN, opens_at=NOW)
    [row] = detours.stranded(any_connection, down, street.scene.court_id, POLICY, not_by=(), now=NOW, after=0, limit=10)

    assert (row.id, row.person_id, row.endpoint_id) == (mine, who.person_id, who.endpoint_id)
    assert (row.court_id, row.case_id) == (street.scene.court_id, street.scene.case_id)


@pytest.mark.parametrize(
    "columns",
    [
        {"due_at": later(seconds=1)},
        {"left_at": NOW},
        {"kind": NoticeKind.REPLY},
    ],
    ids=lambda columns: "-".join(str(value) for value in columns.values()),
)
def test_what_is_not_due_has_left_or_is_an_answer_stays(
    any_connection: Connection, street: Street, columns: dict[str, Any]
) -> None:
    put(any_connection, street, **columns)

    assert stranded(any_connection, street) == []


def test_of_every_priority_both_the_planned_and_the_held_go_and_nothing_else(
    any_connection: Connection, street: Street
) -> None:
    ids = {
        (state, priority): put(any_connection, street, state=state, priority=int(priority))
        for state, priority in product(NoticeState, Priority)
    }

    assert stranded(any_connection, street) == [one for (state, _), one in ids.items() if state.is_waiting]


def _no_chat(connection: Connection) -> None:
    connection.execute(update(endpoint).where(endpoint.c.channel == "telegram").values(state="dead"))


def _doubtful_chat(connection: Connection) -> None:
    connection.execute(update(endpoint).where(endpoint.c.channel == "telegram").values(state="doubtful"))


def _chat_of_another(connection: Connection) -> None:
    chats = select(endpoint.c.id).where(endpoint.c.channel == "telegram")
    connection.execute(update(person_endpoint).where(person_endpoint.c.endpoint_id.in_(chats)).values(ended_at=NOW))


@pytest.mark.parametrize("spoil", [_no_chat, _doubtful_chat, _chat_of_another], ids=lambda one: one.__name__)
def test_whose_only_other_way_does_not_work_is_not_looked_at_again_and_again(
    any_connection: Connection, street: Street, spoil: Callable[[Connection], None]
) -> None:
    put(any_connection, street)
    spoil(any_connection)

    assert stranded(any_connection, street) == []


def test_another_way_by_a_lane_that_is_down_too_is_none(any_connection: Connection, street: Street) -> None:
    mine = put(any_connection, street)
    phones, chats = lane_id(any_connection), lane_id(any_connection, "telegram:default")

    assert stranded(any_connection, street, not_by=(phones,)) == [mine]
    assert stranded(any_connection, street, not_by=(phones, chats)) == []


def test_the_endpoint_it_is_addressed_to_is_no_other_way(any_connection: Connection) -> None:
    alone = add_street(any_connection)
    put(any_connection, alone)

    assert stranded(any_connection, alone) == []


def test_a_lane_and_a_court_have_each_their_own(any_connection: Connection, street: Street) -> None:
    put(any_connection, street, lane_id=lane_id(any_connection, "telegram:default"))
    mine = put(any_connection, street)

    assert stranded(any_connection, street) == [mine]
    assert stranded(any_connection, street, court_id=street.scene.court_id + 1) == []


def test_pages_follow_one_another_without_a_gap_or_a_repeat(any_connection: Connection, street: Street) -> None:
    mine = [put(any_connection, street) for _ in range(5)]

    first = stranded(any_connection, street, limit=2)
    second = stranded(any_connection, street, limit=2, after=first[-1])
    third = stranded(any_connection, street, limit=2, after=second[-1])

    assert [*first, *second, *third] == mine
    assert stranded(any_connection, street, after=mine[-1]) == []


@pytest.mark.parametrize(
    ("lasts", "opens_in", "columns", "begins", "goes"),
    [
        (POLICY.after, timedelta(0), {}, timedelta(days=10), True),
        (POLICY.after - A_MOMENT, timedelta(0), {}, timedelta(days=10), False),
        (BLIP / 2, BLIP / 2, {"expires_at": NOW + BLIP / 2 + LAST_MOMENT}, timedelta(days=10), True),
        (BLIP / 2, BLIP / 2, {"expires_at": NOW + BLIP / 2 + LAST_MOMENT + A_MOMENT}, timedelta(days=10), False),
        (BLIP / 2, BLIP / 2, {"due_at": NOW + BLIP / 2 - POLICY.after}, timedelta(days=10), True),
        (BLIP / 2, BLIP / 2, {"due_at": NOW + BLIP / 2 - POLICY.after + A_MOMENT}, timedelta(days=10), False),
        (BLIP, BLIP, {}, BLIP + POLICY.near, True),
        (BLIP, BLIP, {}, BLIP + POLICY.near + A_MOMENT, False),
        (BLIP - A_MOMENT, BLIP, {}, timedelta(minutes=10), False),
    ],
    ids=[
        "down as long as the court waits",
        "a second less",
        "it would expire in the moment after",
        "it outlives that moment",
        "waiting so long past its time",
        "a second less past its time",
        "its hearing is near",
        "its hearing is a second further",
        "a blip sends nobody round for a hearing",
    ],
)
def test_a_notice_waits_for_its_lane_to_the_second(
    any_connection: Connection,
    street: Street,
    lasts: timedelta,
    opens_in: timedelta,
    columns: dict[str, Any],
    begins: timedelta,
    goes: bool,  # noqa: FBT001
) -> None:
    any_connection.execute(update(hearing).values(starts_at=NOW + begins))
    mine = put(any_connection, street, **columns)

    assert stranded(any_connection, street, lasts=lasts, opens_in=opens_in) == ([mine] if goes else [])


def test_what_is_about_no_hearing_is_moved_by_its_own_time_alone(any_connection: Connection, street: Street) -> None:
    any_connection.execute(update(hearing).values(starts_at=NOW + timedelta(hours=1)))
    put(any_connection, street, hearing_id=None)

    assert stranded(any_connection, street, lasts=BLIP, opens_in=BLIP) == []
    assert len(stranded(any_connection, street, lasts=POLICY.after)) == 1


MINUTES = st.integers(0, 200).map(lambda minutes: timedelta(minutes=minutes))


@given(lasts=MINUTES, longer=MINUTES, opens_in=MINUTES, past_due=MINUTES, expires=MINUTES)
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_cannot_wait_for_a_lane_cannot_wait_for_one_that_is_down_longer(
    any_connection: Connection,
    street: Street,
    lasts: timedelta,
    longer: timedelta,
    opens_in: timedelta,
    past_due: timedelta,
    expires: timedelta,
) -> None:
    savepoint = any_connection.begin_nested()
    put(any_connection, street, due_at=NOW - past_due, expires_at=NOW + expires)

    sooner = stranded(any_connection, street, lasts=lasts, opens_in=opens_in)
    assert set(sooner) <= set(stranded(any_connection, street, lasts=lasts + longer, opens_in=opens_in))
    assert set(sooner) <= set(stranded(any_connection, street, lasts=lasts + longer, opens_in=opens_in + longer))
    savepoint.rollback()


class TestDown:
    def test_a_lane_that_neither_rests_nor_is_broken_is_not_down(
        self, any_connection: Connection, street: Street
    ) -> None:
        lanes.pause(any_connection, lane_id(any_connection), until=NOW, reason="twilio.429")

        assert detours.down(any_connection, now=NOW) == [], "a rest that ends now has ended"

    def test_a_rest_lasts_from_now_to_its_end(self, any_connection: Connection, street: Street) -> None:
        sms = lane_id(any_connection)
        lanes.pause(any_connection, sms, until=later(minutes=9), reason="twilio.429")

        [one] = detours.down(any_connection, now=NOW)

        assert one == Down(sms, since=NOW, opens_at=later(minutes=9))
        assert one.lasts == timedelta(minutes=9)

    def test_a_broken_lane_is_down_since_it_broke_until_its_next_canary(
        self, any_connection: Connection, street: Street
    ) -> None:
        sms = lane_id(any_connection)
        breaker.trip(any_connection, sms, code="http.unreachable", probe=timedelta(minutes=5), now=NOW)

        assert detours.down(any_connection, now=later(minutes=2)) == [Down(sms, NOW, later(minutes=5))]
        assert detours.down(any_connection, now=later(minutes=8)) == [Down(sms, NOW, later(minutes=8))]
        assert detours.down(any_connection, now=later(minutes=8))[0].lasts == timedelta(minutes=8)


class TestTake:
    def test_only_what_still_waits_is_taken_and_says_why(self, any_connection: Connection, street: Street) -> None:
        there, chats = add_chat(any_connection, street, 2), lane_id(any_connection, "telegram:default")
        ids = [put(any_connection, street, state=state) for state in NoticeState]

        taken = [detours.take(any_connection, one, endpoint_id=there, lane_id=chats) for one in ids]

        rows = any_connection.execute(select(notice).order_by(notice.c.id)).all()
        assert taken == [state.is_waiting for state in NoticeState]
        assert [row.endpoint_id == there for row in rows] == [row.lane_id == chats for row in rows] == taken
        assert [(row.state, row.reason) for row in rows] == [
            (state, "lane.down" if state.is_waiting else None) for state in NoticeState
        ]

    def test_what_may_have_left_before_is_not_taken(self, any_connection: Connection, street: Street) -> None:
        mine = put(any_connection, street, left_at=NOW)
        there = add_chat(any_connection, street, 2)

        assert not detours.take(any_connection, mine, endpoint_id=there, lane_id=lane_id(any_connection))


class TestRetired:
    """Notices on a lane that no court names any more follow the people they are for."""

    @staticmethod
    def retire(connection: Connection, key: str) -> None:
        connection.execute(update(lane).where(lane.c.key == key).values(retired_at=NOW))

    def test_what_waits_there_follows_its_endpoint(self, any_connection: Connection, street: Street) -> None:
        sms, chats = lane_id(any_connection), lane_id(any_connection, "telegram:default")
        for state, priority in product(NoticeState, Priority):
            put(any_connection, street, lane_id=chats, state=state, priority=int(priority))
        self.retire(any_connection, "telegram:default")

        moved = detours.leave_retired(any_connection)

        homes = {(row.state, row.lane_id) for row in any_connection.execute(select(notice))}
        assert moved == 2 * len(Priority)
        assert homes == {(state, sms if state.is_waiting else chats) for state in NoticeState}

    def test_while_every_lane_is_in_use_nothing_moves(self, any_connection: Connection, street: Street) -> None:
        put(any_connection, street, lane_id=lane_id(any_connection, "telegram:default"))

        assert detours.leave_retired(any_connection) == 0

    def test_who_still_lives_on_the_lane_that_is_gone_is_not_counted_as_moved(
        self, any_connection: Connection, street: Street
    ) -> None:
        put(any_connection, street)
        self.retire(any_connection, "sms:default")

        assert detours.leave_retired(any_connection) == 0

    def test_whoever_waits_on_another_lane_stays_there(self, any_connection: Connection, street: Street) -> None:
        mine = put(any_connection, street, plan=REMINDER, due_at=later(days=2))
        self.retire(any_connection, "telegram:default")

        assert detours.leave_retired(any_connection) == 0
        home = any_connection.execute(select(notice.c.lane_id).where(notice.c.id == mine)).scalar_one()
        assert home == lane_id(any_connection)
