"""What follows when a text did not get through, case by case: for its notices, its endpoint, its lane and the desk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from domain.delivery import ChannelName, Consequence, Deferred, DeliveryState, Rejected, SendOutcome, Sent, Unknown
from domain.gate import ABOUT_A_HEARING, EndpointState
from domain.notice import NoticeKind, NoticeState
from domain.reasons import Reason
from scheduler import consequences, lane_health
from scheduler.consequences import ATTEMPTS, DESK_MATTERS, LAST_MOMENT, OUT_THERE, PHONE_OFF, PHONE_TRIES, Trouble
from scheduler.lane_health import BROKEN_REST, LANE_REST
from storage import audit, consents, deliveries, endpoints, lanes, underway
from storage.breaker import FAULTS
from storage.database import Database
from storage.deliveries import Attempt
from storage.schema import audit_event, delivery, endpoint, lane, notice, task
from storage.tasks import close_task, count_open
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import AnyRow, Street, add_street, lane_id, later, phone, put, tasks
from tests.fixtures.sending import open_desk

CODE = "twilio.30003"
DELIVERY = 77


@pytest.fixture
def street(any_connection: Connection) -> Street:
    """One defendant with a phone."""
    return add_street(any_connection)


def row_of(connection: Connection, notice_id: int) -> AnyRow:
    return connection.execute(select(notice).where(notice.c.id == notice_id)).one()


def carried(connection: Connection, street: Street, **columns: Any) -> int:  # noqa: ANN401 - columns of many types
    """Put in a notice that a delivery has taken along, sent unless `columns` say otherwise."""
    usual: dict[str, Any] = {"state": NoticeState.SENT, "delivery_id": DELIVERY, "left_at": NOW, "attempts": 1}
    return put(connection, street, **usual | columns)


def meet(
    connection: Connection,
    street: Street,
    consequence: Consequence,
    *,
    may_retry: bool = False,
    attempted_at: datetime = NOW,
) -> None:
    endpoint_id = street.scene.parties[0].endpoint_id
    assert endpoint_id is not None
    trouble = Trouble(
        delivery_id=DELIVERY,
        attempted_at=attempted_at,
        lane_id=lane_id(connection, street.lane_key),
        endpoint_id=endpoint_id,
        code=CODE,
        consequence=consequence,
        may_retry=may_retry,
    )
    consequences.meet(connection, trouble, now=NOW)


def another_phone(connection: Connection, street: Street) -> int:
    """Give the defendant a second phone that has agreed; return its endpoint."""
    way = endpoints.find_or_add(connection, phone(50), lane_id=lane_id(connection), now=NOW)
    who = street.scene.parties[0]
    endpoints.link(connection, person_id=who.person_id, endpoint_id=way.id, source="feed", preference=0, now=NOW)
    assert who.endpoint_id is not None
    for said in consents.of_endpoints(connection, [who.endpoint_id])[who.endpoint_id]:
        consents.add(connection, way.id, said)
    return way.id


def test_a_refusal_ends_what_was_out_there_and_touches_nothing_else(any_connection: Connection, street: Street) -> None:
    ids = {state: carried(any_connection, street, state=state) for state in NoticeState}
    other = carried(any_connection, street, delivery_id=DELIVERY + 1)

    meet(any_connection, street, Consequence.NONE)

    for state, one in ids.items():
        row, is_out_there = row_of(any_connection, one), state in OUT_THERE
        assert row.state is (NoticeState.FAILED if is_out_there else state)
        assert (row.reason, row.ended_at) == ((CODE, NOW) if is_out_there else (None, None))
    assert tasks(any_connection) == ["failed"] * len(OUT_THERE)
    assert row_of(any_connection, other).state is NoticeState.SENT


def test_the_desk_hears_of_what_failed_when_it_was_about_a_hearing(any_connection: Connection, street: Street) -> None:
    ids = {kind: carried(any_connection, street, kind=kind) for kind in NoticeKind}

    meet(any_connection, street, Consequence.NONE)
    meet(any_connection, street, Consequence.NONE)

    opened = any_connection.execute(select(task)).all()
    expected = {f"failed:{one}" for kind, one in ids.items() if kind in DESK_MATTERS}
    assert {one.dedupe_key for one in opened} == expected
    assert len(opened) == len(expected), "once, however often"
    place = (street.scene.hearing_id, street.scene.parties[0].person_id, street.scene.case_id)
    assert {(one.hearing_id, one.person_id, one.case_id) for one in opened} == {place}
    assert {row_of(any_connection, one).state for one in ids.values()} == {NoticeState.FAILED}


@pytest.mark.parametrize(
    ("columns", "tried_at"),
    [
        ({"attempts": 1}, NOW + PHONE_OFF),
        ({"attempts": PHONE_TRIES - 1}, NOW + PHONE_OFF),
        ({"attempts": PHONE_TRIES}, None),
        ({"expires_at": NOW + 2 * PHONE_OFF}, NOW + PHONE_OFF),
        ({"expires_at": NOW + PHONE_OFF}, NOW + PHONE_OFF / 2),
        ({"expires_at": NOW + LAST_MOMENT}, None),
        ({"kind": NoticeKind.REPLY}, None),
    ],
    ids=["first", "last try", "no more tries", "just in time", "half-way to its end", "too late", "a reply"],
)
def test_a_phone_that_is_off_is_tried_again_within_the_window_and_not_for_ever(
    any_connection: Connection, street: Street, columns: dict[str, Any], tried_at: object
) -> None:
    mine = carried(any_connection, street, **columns)

    meet(any_connection, street, Consequence.NONE, may_retry=True)

    row = row_of(any_connection, mine)
    assert row.state is (NoticeState.FAILED if tried_at is None else NoticeState.PLANNED)
    assert tried_at is None or row.due_at == tried_at
    assert (row.reason, row.attempts) == (CODE, columns.get("attempts", 1)), "the attempt has counted"


class TestNobodyIsThere:
    def test_an_address_that_is_dead_says_so_and_is_named_to_the_desk_once(
        self, any_connection: Connection, street: Street
    ) -> None:
        mine = [carried(any_connection, street), carried(any_connection, street)]
        waits = put(any_connection, street, due_at=later(hours=3))

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        ends = {(row.state, row.reason) for row in (row_of(any_connection, one) for one in mine)}
        assert ends == {(NoticeState.FAILED, Reason.ENDPOINT_DEAD)}
        row = row_of(any_connection, waits)
        assert (row.state, row.reason, row.ended_at) == (NoticeState.DROPPED, Reason.ENDPOINT_DEAD, NOW)
        assert any_connection.execute(select(endpoint.c.state)).scalar_one() is EndpointState.DEAD
        assert tasks(any_connection) == ["unreachable"]

    def test_an_address_that_is_frozen_stays_so_for_whoever_writes_from_there_next(
        self, any_connection: Connection, street: Street
    ) -> None:
        any_connection.execute(update(endpoint).values(state=EndpointState.FROZEN))
        mine = carried(any_connection, street)

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        assert any_connection.execute(select(endpoint.c.state)).scalar_one() is EndpointState.FROZEN
        assert row_of(any_connection, mine).state is NoticeState.FAILED
        assert tasks(any_connection) == ["unreachable"]

    @pytest.mark.parametrize("sign", ["a later text arrived", "they wrote"])
    @pytest.mark.parametrize("later_by", [timedelta(minutes=-1), timedelta(0), timedelta(minutes=1)], ids=str)
    def test_what_is_said_late_of_an_earlier_text_does_not_kill_an_address_that_has_lived_on(
        self, any_connection: Connection, street: Street, sign: str, later_by: timedelta
    ) -> None:
        mine, waits = carried(any_connection, street), put(any_connection, street, due_at=later(hours=3))
        here, at = row_of(any_connection, mine).endpoint_id, NOW + later_by
        if sign == "they wrote":
            endpoints.heard(any_connection, [here], now=at)
        else:
            other = carried(any_connection, street, delivery_id=DELIVERY + 1, state=NoticeState.DELIVERED)
            one = Attempt(id=1, notice_id=other, endpoint_id=here, number=1, text="", language="en", segments=1)
            deliveries.add(any_connection, [one], lane_id=lane_id(any_connection), now=at)
            any_connection.execute(update(delivery).values(state=DeliveryState.DELIVERED))

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        lives = at > NOW
        state = any_connection.execute(select(endpoint.c.state)).scalar_one()
        assert state is (EndpointState.ACTIVE if lives else EndpointState.DEAD)
        row = row_of(any_connection, mine)
        assert row.state is (NoticeState.PLANNED if lives else NoticeState.FAILED)
        assert not lives or row.due_at == NOW + PHONE_OFF, (
            "it did not arrive, and is tried like with a phone that was off"
        )
        assert row_of(any_connection, waits).state is (NoticeState.PLANNED if lives else NoticeState.DROPPED)
        assert tasks(any_connection) == ([] if lives else ["unreachable"])

    def test_who_cannot_be_reached_again_after_the_desk_had_seen_to_it_is_on_its_list_again(
        self, any_connection: Connection, street: Street
    ) -> None:
        def dies(attempted_at: datetime) -> None:
            carried(any_connection, street)
            meet(any_connection, street, Consequence.DEAD_ADDRESS, attempted_at=attempted_at)

        dies(NOW)
        [done] = any_connection.execute(select(task.c.id)).scalars()
        close_task(any_connection, done, now=later(hours=1))

        dies(later(minutes=59))
        assert count_open(any_connection) == {}, "one more text of those that they know of"
        dies(later(hours=2))
        dies(later(hours=3))
        assert count_open(any_connection) == {"unreachable": 1}

    def test_what_was_out_there_goes_to_the_other_phone_at_once_and_what_waits_at_its_time(
        self, any_connection: Connection, street: Street
    ) -> None:
        there = another_phone(any_connection, street)
        mine = carried(any_connection, street)
        waits = put(any_connection, street, due_at=later(hours=3), state=NoticeState.HELD)

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        rows = [row_of(any_connection, one) for one in (mine, waits)]
        assert [(row.endpoint_id, row.state, row.due_at) for row in rows] == [
            (there, NoticeState.PLANNED, NOW),
            (there, NoticeState.HELD, later(hours=3)),
        ]
        assert rows[0].left_at == NOW, "it may have been read all the same"
        assert tasks(any_connection) == ["unreachable"]

    def test_a_reply_is_for_who_has_written_and_goes_nowhere_else(
        self, any_connection: Connection, street: Street
    ) -> None:
        another_phone(any_connection, street)
        mine = carried(any_connection, street, kind=NoticeKind.REPLY)

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        row = row_of(any_connection, mine)
        assert (row.state, row.endpoint_id) == (NoticeState.FAILED, street.scene.parties[0].endpoint_id)

    def test_what_is_for_no_known_person_has_no_other_way(self, any_connection: Connection, street: Street) -> None:
        another_phone(any_connection, street)
        mine = carried(any_connection, street, person_id=None, participation_id=None)

        meet(any_connection, street, Consequence.DEAD_ADDRESS)

        assert row_of(any_connection, mine).state is NoticeState.FAILED


class TestStopped:
    @pytest.mark.parametrize("channel", ChannelName)
    def test_an_opt_out_is_mirrored_and_put_on_record(self, any_connection: Connection, channel: ChannelName) -> None:
        street = add_street(any_connection, 2, channel=channel)
        waits = put(any_connection, street, due_at=later(hours=3))
        others = put(any_connection, street, 1)
        carried(any_connection, street)

        meet(any_connection, street, Consequence.OPTED_OUT)

        who = street.scene.parties[0].endpoint_id
        assert who is not None
        assert endpoints.get(any_connection, who).carrier_stopped
        assert row_of(any_connection, others).state is NoticeState.PLANNED
        ended = row_of(any_connection, waits)
        assert (ended.state, ended.reason) == (NoticeState.DROPPED, Reason.CARRIER_STOPPED)
        [event] = any_connection.execute(select(audit_event)).all()
        assert (event.action, event.actor) == (audit.AuditAction.CONSENT_CHANGED, "carrier")
        assert CODE in event.facts
        assert audit.walk(any_connection).broken_at is None

    def test_who_stops_sms_is_not_written_to_by_another_phone_instead(
        self, any_connection: Connection, street: Street
    ) -> None:
        there = another_phone(any_connection, street)
        mine = carried(any_connection, street)

        meet(any_connection, street, Consequence.OPTED_OUT)

        assert row_of(any_connection, mine).state is NoticeState.FAILED
        sent_there = select(notice.c.id).where(notice.c.endpoint_id == there)
        assert any_connection.execute(sent_there).first() is None


class TestAgain:
    @pytest.mark.parametrize(
        ("attempts", "refund", "ends"),
        [(ATTEMPTS - 1, False, False), (ATTEMPTS, False, True), (ATTEMPTS, True, False), (99, True, False)],
        ids=str,
    )
    def test_a_text_that_will_not_leave_is_given_up_after_its_attempts_unless_it_was_not_its_fault(
        self,
        any_connection: Connection,
        street: Street,
        attempts: int,
        refund: bool,  # noqa: FBT001
        ends: bool,  # noqa: FBT001
    ) -> None:
        mine = carried(any_connection, street, attempts=attempts)

        consequences.again(any_connection, row_of(any_connection, mine), now=NOW, code=CODE, refund=refund)

        row = row_of(any_connection, mine)
        assert row.state is (NoticeState.FAILED if ends else NoticeState.PLANNED)
        assert row.attempts == attempts - (1 if refund else 0)
        assert tasks(any_connection) == (["failed"] if ends else [])

    @pytest.mark.parametrize(
        ("after", "left", "wait"),
        [
            (timedelta(minutes=5), timedelta(days=1), timedelta(minutes=5)),
            (timedelta(minutes=5), timedelta(minutes=6), timedelta(minutes=3)),
            (timedelta(0), timedelta(minutes=6), timedelta(0)),
            (timedelta(0), LAST_MOMENT + timedelta(seconds=1), timedelta(0)),
            (timedelta(0), LAST_MOMENT, None),
        ],
        ids=str,
    )
    def test_the_next_try_comes_within_the_window_or_the_notice_expires(
        self,
        any_connection: Connection,
        street: Street,
        after: timedelta,
        left: timedelta,
        wait: timedelta | None,
    ) -> None:
        mine = carried(any_connection, street, expires_at=NOW + left)

        consequences.again(any_connection, row_of(any_connection, mine), now=NOW, code=CODE, after=after)

        row = row_of(any_connection, mine)
        assert row.state is (NoticeState.EXPIRED if wait is None else NoticeState.PLANNED)
        assert wait is None or row.due_at == NOW + wait
        assert tasks(any_connection) == (["not_reminded"] if wait is None else [])


class TestNotReminded:
    def test_the_desk_lists_once_who_was_told_nothing_of_a_hearing(
        self, any_connection: Connection, street: Street
    ) -> None:
        rows = {kind: row_of(any_connection, put(any_connection, street, kind=kind)) for kind in NoticeKind}
        others = [row for kind, row in rows.items() if kind not in ABOUT_A_HEARING]

        consequences.expire(any_connection, others, now=NOW)
        assert tasks(any_connection) == []
        for kind in ABOUT_A_HEARING:
            consequences.expire(any_connection, [rows[kind]], now=NOW)
            assert tasks(any_connection) == ["not_reminded"], kind

        assert {row_of(any_connection, row.id).state for row in rows.values()} == {NoticeState.EXPIRED}

    @pytest.mark.parametrize(
        ("columns", "is_listed"),
        [
            ({}, False),
            ({"revision": 2}, True),
            ({"hearing_id": None}, True),
            ({"person_id": None}, True),
            ({"state": NoticeState.FAILED}, True),
            ({"state": NoticeState.UNKNOWN}, False),
        ],
        ids=["told", "told of another revision", "told of nothing", "somebody else", "it failed", "it may have left"],
    )
    def test_who_was_told_of_the_hearing_as_it_stands_is_not_listed(
        self,
        any_connection: Connection,
        street: Street,
        columns: dict[str, Any],
        is_listed: bool,  # noqa: FBT001
    ) -> None:
        carried(any_connection, street, **columns)
        mine = row_of(any_connection, put(any_connection, street))

        consequences.not_reminded(any_connection, [mine], now=NOW)

        assert tasks(any_connection) == (["not_reminded"] if is_listed else [])


SLOW, REFUSED = Unknown("wire.timeout"), Rejected("twilio.21211")
UNREACHED, CROWDED = Deferred("http.unreachable"), Deferred("twilio.429", lane_wide=True)
ACCOUNT = Deferred("twilio.20003", consequence=Consequence.LANE_BROKEN)
TAKEN = Sent("SM1")


class TestLaneHealth:
    @pytest.mark.parametrize(
        ("outcomes", "faults", "is_broken"),
        [
            ([TAKEN], 0, False),
            ([SLOW], 1, False),
            ([SLOW, TAKEN], 0, False),
            ([SLOW, SLOW, TAKEN], 2, False),
            ([SLOW, REFUSED], 0, False),
            ([SLOW] * FAULTS, FAULTS, True),
            ([UNREACHED] * FAULTS, FAULTS, True),
            ([Deferred("http.unwritable")] * FAULTS, 0, False),
            ([Deferred("telegram.429")] * FAULTS, 0, False),
            ([CROWDED], 0, False),
            ([ACCOUNT], 1, True),
            ([], 0, False),
        ],
        ids=[
            *("taken", "one slow", "one slow of two", "two slow of three", "slow beside refused", "all slow"),
            *("not reached", "unwritable", "one chat too fast", "the lane too fast", "the account", "an empty batch"),
        ],
    )
    def test_a_lane_is_judged_by_what_failed_beyond_what_was_taken(
        self,
        any_connection: Connection,
        street: Street,
        outcomes: Sequence[SendOutcome],
        faults: int,
        is_broken: bool,  # noqa: FBT001
    ) -> None:
        here = lane_id(any_connection)

        said = lane_health.judge(any_connection, here, outcomes, now=NOW)

        row = any_connection.execute(select(lane).where(lane.c.id == here)).one()
        assert (said, row.faults, row.broken_since is not None) == (is_broken, faults, is_broken)

    @pytest.mark.parametrize(
        ("outcomes", "rest"),
        [
            ([CROWDED], LANE_REST),
            ([replace(CROWDED, retry_after=timedelta(seconds=7))], timedelta(seconds=7)),
            ([CROWDED, replace(CROWDED, retry_after=timedelta(minutes=9))], timedelta(minutes=9)),
            ([replace(CROWDED, retry_after=timedelta(seconds=7)), CROWDED], LANE_REST),
            ([Deferred("telegram.429", retry_after=timedelta(minutes=9))], None),
            ([ACCOUNT], BROKEN_REST),
            ([replace(ACCOUNT, retry_after=timedelta(minutes=1))], timedelta(minutes=1)),
            ([TAKEN, SLOW], None),
        ],
        ids=["no time given", "a time", "the longer", "the longer again", "one chat", "account", "its time", "none"],
    )
    def test_a_lane_rests_as_long_as_the_longest_that_was_asked_of_all_of_it(
        self,
        any_connection: Connection,
        street: Street,
        outcomes: Sequence[SendOutcome],
        rest: timedelta | None,
    ) -> None:
        here = lane_id(any_connection)

        lane_health.judge(any_connection, here, outcomes, now=NOW)

        paused = dict(any_connection.execute(select(lane.c.id, lane.c.paused_until)).all())
        assert paused.pop(here) == (None if rest is None else NOW + rest)
        assert set(paused.values()) == {None}, "no other lane is slowed"

    @pytest.mark.parametrize("is_broken", [False, True])
    @pytest.mark.parametrize(
        ("rests", "for_so_long"),
        [(replace(CROWDED, retry_after=timedelta(minutes=9)), timedelta(minutes=9)), (ACCOUNT, BROKEN_REST)],
        ids=["slow down", "account"],
    )
    def test_what_is_taken_beside_a_text_that_rests_the_lane_does_not_mend_it(
        self,
        any_connection: Connection,
        street: Street,
        rests: SendOutcome,
        for_so_long: timedelta,
        is_broken: bool,  # noqa: FBT001
    ) -> None:
        here = lane_id(any_connection)
        if is_broken:
            lane_health.judge(any_connection, here, [SLOW] * FAULTS, now=NOW - timedelta(minutes=1))

        lane_health.judge(any_connection, here, [rests, TAKEN, TAKEN], now=NOW)

        moment = timedelta(seconds=1)
        assert lanes.look(any_connection, here, now=NOW + for_so_long - moment).units == 0
        assert lanes.look(any_connection, here, now=NOW + for_so_long).units > 0
        row = any_connection.execute(select(lane).where(lane.c.id == here)).one()
        assert (row.broken_since is not None) is (is_broken or rests is ACCOUNT)

    def test_a_text_that_is_taken_mends_the_lane(self, any_connection: Connection, street: Street) -> None:
        here = lane_id(any_connection)
        lane_health.judge(any_connection, here, [SLOW] * FAULTS, now=NOW)

        assert not lane_health.judge(any_connection, here, [REFUSED], now=NOW), "an answer is an answer"

        assert lanes.look(any_connection, here, now=NOW).units > 1


async def test_what_was_taken_and_refused_for_the_accounts_sake_waits_and_has_had_its_attempt(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await any_db.write(lambda c: carried(c, desk.street, attempts=3))

    await any_db.write(lambda c: meet(c, desk.street, Consequence.LANE_BROKEN))

    [row] = await any_db.read(lambda c: underway.of_delivery(c, DELIVERY))
    assert (row.state, row.due_at, row.attempts) == (NoticeState.PLANNED, NOW + BROKEN_REST, 3)
