"""What is due, page by page and turn by turn: nobody is passed over, no answer overtakes, phones have their rest."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from domain.delivery import DeliveryState
from domain.notice import NoticeKind, NoticeState, Priority
from storage import outbox, underway
from storage.outbox import IN_TURN, PAGES
from storage.schema import delivery, notice
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import AnyRow, Street, add_street, court_ids, lane_id, later, put
from tests.fixtures.properties import examples

MOMENT = timedelta(microseconds=1)
SPACING = timedelta(seconds=1)
CROWD = 3


def row_of(connection: Connection, notice_id: int) -> AnyRow:
    return connection.execute(select(notice).where(notice.c.id == notice_id)).one()


def due(connection: Connection, *, limit: int = 9, spacing: timedelta = timedelta(0)) -> list[int]:
    return outbox.due(
        connection, lane_id(connection), courts=court_ids(connection), now=NOW, limit=limit, spacing=spacing
    )


def attempted(connection: Connection, notice_id: int, *, at: datetime) -> None:
    """Put on record that a text was given to the wire for a notice."""
    row = row_of(connection, notice_id)
    place = {"notice_id": row.id, "endpoint_id": row.endpoint_id, "lane_id": row.lane_id, "attempt": 1, "asked": 0}
    said = {"state": DeliveryState.SENT, "text": b"", "language": "en", "segments": 1, "created_at": at}
    connection.execute(insert(delivery).values(place | said))


class TestPages:
    """One endpoint with many due notices fills the first pages; the others behind it are found all the same."""

    @pytest.mark.parametrize("apart", [timedelta(0), timedelta(seconds=1)], ids=["all due at once", "one by one"])
    def test_who_stands_behind_a_flood_is_found_on_a_later_page(
        self, any_connection: Connection, apart: timedelta
    ) -> None:
        street = add_street(any_connection, 2)
        flood = [put(any_connection, street, 0, due_at=NOW - timedelta(hours=1) + apart * place) for place in range(4)]
        other = put(any_connection, street, 1, due_at=NOW - timedelta(hours=1) + apart * 4)

        assert due(any_connection, limit=2) == [flood[0], other]

    def test_a_flood_is_read_past_for_so_many_pages_and_no_further(self, any_connection: Connection) -> None:
        street = add_street(any_connection, 2)
        flood = [put(any_connection, street, 0) for _ in range(PAGES * 2)]
        other = put(any_connection, street, 1)
        assert due(any_connection, limit=2) == flood[:1]

        any_connection.execute(update(notice).where(notice.c.id == flood[-1]).values(state=NoticeState.SENT))

        assert due(any_connection, limit=2) == [flood[0], other], "what has left makes room"

    def test_a_less_urgent_notice_waits_for_no_flood_of_urgent_ones(self, any_connection: Connection) -> None:
        street = add_street(any_connection, 2)
        flood = [put(any_connection, street, 0, priority=int(Priority.URGENT)) for _ in range(PAGES * 2)]
        other = put(any_connection, street, 1, priority=int(Priority.OTHER))

        assert due(any_connection, limit=2) == [flood[0], other]

    @given(
        waits=st.lists(st.tuples(st.integers(0, CROWD - 1), st.integers(0, 2)), min_size=1, max_size=9),
        limit=st.integers(2, CROWD),
    )
    @settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_looking_again_and_again_everybody_is_served_oldest_first_and_once(
        self, connection: Connection, street: Street, waits: list[tuple[int, int]], limit: int
    ) -> None:
        with connection.begin_nested() as step:
            ids = [put(connection, street, who, due_at=NOW - timedelta(minutes=ago)) for who, ago in waits]
            served: list[int] = []
            while found := due(connection, limit=limit):
                assert len(found) <= limit
                assert len({row_of(connection, one).endpoint_id for one in found}) == len(found)
                served += found
                done = update(notice).where(notice.c.id.in_(found)).values(state=NoticeState.SENT)
                connection.execute(done)
            rows = {one: row_of(connection, one) for one in ids}
            step.rollback()

        assert sorted(served) == sorted(ids)
        for endpoint_id in {row.endpoint_id for row in rows.values()}:
            theirs = [one for one in served if rows[one].endpoint_id == endpoint_id]
            assert theirs == sorted(theirs, key=lambda one: (rows[one].due_at, one))


class TestAnswersInTurn:
    @pytest.mark.parametrize(
        ("earlier", "goes"),
        [
            ({}, False),
            ({"state": NoticeState.HELD}, False),
            ({"state": NoticeState.UNKNOWN}, False),
            ({"state": NoticeState.SENT}, True),
            ({"state": NoticeState.FAILED}, True),
            ({"state": NoticeState.DROPPED}, True),
            ({"created_at": NOW - IN_TURN + MOMENT}, False),
            ({"created_at": NOW - IN_TURN}, True),
            ({"kind": NoticeKind.REMINDER}, True),
        ],
        ids=str,
    )
    def test_an_answer_waits_for_an_earlier_one_that_is_still_to_leave_or_may_have_left(
        self,
        any_connection: Connection,
        earlier: dict[str, Any],
        goes: bool,  # noqa: FBT001
    ) -> None:
        street = add_street(any_connection)
        usual: dict[str, Any] = {"kind": NoticeKind.REPLY, "priority": int(Priority.REPLY), "due_at": later(minutes=5)}
        put(any_connection, street, **usual | earlier)
        mine = put(any_connection, street, kind=NoticeKind.REPLY, priority=int(Priority.REPLY))

        assert due(any_connection) == ([mine] if goes else [])

    def test_answers_to_two_phones_do_not_wait_for_one_another(self, any_connection: Connection) -> None:
        street = add_street(any_connection, 2)
        answer: dict[str, Any] = {"kind": NoticeKind.REPLY, "priority": int(Priority.REPLY)}
        put(any_connection, street, 0, due_at=later(minutes=5), **answer)
        mine = put(any_connection, street, 1, **answer)

        assert due(any_connection) == [mine]

    def test_a_reminder_waits_for_no_answer(self, any_connection: Connection) -> None:
        street = add_street(any_connection)
        put(any_connection, street, kind=NoticeKind.REPLY, priority=0, state=NoticeState.UNKNOWN)
        mine = put(any_connection, street)

        assert due(any_connection) == [mine]


class TestRest:
    @pytest.mark.parametrize(
        ("ago", "goes"), [(SPACING - MOMENT, False), (SPACING, True), (timedelta(0), False)], ids=str
    )
    def test_a_phone_rests_for_the_whole_of_its_time_after_an_attempt(
        self,
        any_connection: Connection,
        ago: timedelta,
        goes: bool,  # noqa: FBT001
    ) -> None:
        street = add_street(any_connection, 2)
        mine, other = put(any_connection, street, 0), put(any_connection, street, 1)
        attempted(any_connection, put(any_connection, street, 0, state=NoticeState.SENT), at=NOW - ago)

        assert due(any_connection, spacing=SPACING) == ([mine, other] if goes else [other])
        assert due(any_connection) == [mine, other], "where no rest is asked for, none is kept"
        free = outbox.hold_still(any_connection, [other, mine], now=NOW, spacing=SPACING)
        assert other in free

    def test_the_first_to_have_rested_says_when_the_lane_goes_on(self, any_connection: Connection) -> None:
        street = add_street(any_connection, 3)
        spaced = outbox.spaced_until
        lane = lane_id(any_connection)
        assert spaced(any_connection, lane, now=NOW, spacing=SPACING) is None
        for party, ago in enumerate([0.2, 0.9, 0.95]):
            attempted(
                any_connection,
                put(any_connection, street, party, state=NoticeState.SENT),
                at=NOW - timedelta(seconds=ago),
            )
        assert spaced(any_connection, lane, now=NOW, spacing=SPACING) is None, "nobody of them waits"
        put(any_connection, street, 0)
        put(any_connection, street, 1)
        put(any_connection, street, 2, due_at=later(seconds=1))

        assert spaced(any_connection, lane, now=NOW, spacing=SPACING) == NOW + timedelta(seconds=0.1)
        assert spaced(any_connection, lane + 1, now=NOW, spacing=SPACING) is None
        assert spaced(any_connection, lane, now=NOW, spacing=timedelta(0)) is None


class TestOnePhoneAtATime:
    def test_nothing_is_tried_for_a_phone_that_something_is_on_its_way_to(self, any_connection: Connection) -> None:
        street = add_street(any_connection, len(NoticeState))
        for party, state in enumerate(NoticeState):
            put(any_connection, street, party, state=state, due_at=later(days=1))
        ids = {state: put(any_connection, street, party) for party, state in enumerate(NoticeState)}

        free = [one for state, one in ids.items() if state not in {NoticeState.CLAIMED, NoticeState.SENDING}]

        assert due(any_connection, limit=99) == free
        if any_connection.dialect.name == "postgresql":
            assert outbox.hold_still(any_connection, list(ids.values()), now=NOW) == free

    def test_what_is_about_no_hearing_is_held_still_as_well(self, any_connection: Connection) -> None:
        street = add_street(any_connection, 2)
        ids = [put(any_connection, street, 0, hearing_id=None), put(any_connection, street, 1)]

        assert outbox.hold_still(any_connection, ids, now=NOW) == ids


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_what_is_overdue_is_found_oldest_first_up_to_a_limit(any_connection: Connection, limit: int) -> None:
    street = add_street(any_connection)
    ids = [put(any_connection, street, expires_at=NOW) for _ in range(3)]
    put(any_connection, street, expires_at=NOW, due_at=later(seconds=1))

    assert outbox.overdue(any_connection, now=NOW, limit=limit) == ids[:limit]


def test_a_notice_goes_to_its_new_endpoint_and_lane_and_no_other_follows(any_connection: Connection) -> None:
    street = add_street(any_connection, 2)
    mine, stays = put(any_connection, street, 0), put(any_connection, street, 0)
    there, lane = street.scene.parties[1].endpoint_id, lane_id(any_connection, "telegram:default")
    assert there is not None

    outbox.redirect(any_connection, mine, endpoint_id=there, lane_id=lane)

    moved, stayed = row_of(any_connection, mine), row_of(any_connection, stays)
    assert (moved.endpoint_id, moved.lane_id) == (there, lane)
    assert (stayed.endpoint_id, stayed.lane_id) == (street.scene.parties[0].endpoint_id, lane_id(any_connection))


def test_a_text_that_proves_to_be_anothers_leaves_its_notice_unknown_only_if_it_counted_as_sent(
    any_connection: Connection,
) -> None:
    street = add_street(any_connection)
    ids = {state: put(any_connection, street, state=state, delivery_id=77) for state in NoticeState}
    other = put(any_connection, street, state=NoticeState.SENT, delivery_id=78)

    underway.unsettle(any_connection, [77])
    underway.unsettle(any_connection, [])

    became = {state: row_of(any_connection, one).state for state, one in ids.items()}
    assert became == {state: state for state in NoticeState} | {NoticeState.SENT: NoticeState.UNKNOWN}
    assert row_of(any_connection, other).state is NoticeState.SENT
    assert NoticeState.SENT.may_become(NoticeState.UNKNOWN)
