"""Which lane belongs to whom: what a file makes of the lanes there are, who writes from one, what it may spend."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from domain.court import SenderSpec
from domain.delivery import ChannelName
from domain.lane import EDGE
from storage import due_lanes, lanes
from storage.courts import Courts
from storage.lanes import DEFAULTS, Senders
from storage.schema import lane
from tests.fixtures.facts import NOW, apply_courts
from tests.fixtures.lanes import A_SECOND, FIRST, SECOND, court_file, sender
from tests.fixtures.outbox import AnyRow, Street, add_street, lane_id, later, put, set_rate

SMS, BOT = "sms:default", "telegram:default"
OURS, THEIRS = f"sms:{FIRST}", f"sms:{SECOND}"
LATER = later(days=1)


def keys(connection: Connection, *, retired: bool) -> set[str]:
    gone = lane.c.retired_at.is_not(None) if retired else lane.c.retired_at.is_(None)
    return set(connection.execute(select(lane.c.key).where(gone)).scalars())


def row_of(connection: Connection, key: str) -> AnyRow:
    return connection.execute(select(lane).where(lane.c.key == key)).one()


def two_courts(connection: Connection) -> Courts:
    """One court with a sender of its own, one without."""
    plain = court_file().replace("Example District", "Second District")
    return apply_courts(connection, {"own": court_file(sender("sms", FIRST, rate=9, burst=4)), "plain": plain})


class TestEnsure:
    def test_an_installation_without_a_court_has_a_lane_for_each_channel(self, any_connection: Connection) -> None:
        lanes.ensure(any_connection, [], now=NOW)

        rows = {row.key: row for row in any_connection.execute(select(lane))}
        assert set(rows) == {f"{channel}:default" for channel in ChannelName} == {SMS, BOT}
        for spec in DEFAULTS:
            row = rows[lanes.key_of(spec)]
            assert (row.channel, row.rate, row.burst) == (spec.channel, spec.rate, spec.burst)
            assert (row.tokens, row.refilled_at, row.spent) == (float(spec.burst), NOW, []), "full from the start"
            assert row.per_endpoint == (1.0 if spec.channel is ChannelName.TELEGRAM else 0.0)

    def test_a_sender_of_a_court_has_a_lane_at_the_files_speed(self, any_connection: Connection) -> None:
        two_courts(any_connection)

        row = row_of(any_connection, OURS)
        assert (row.channel, row.rate, row.burst, row.tokens) == (ChannelName.SMS, 9.0, 4, 4.0)

    def test_applying_again_keeps_what_a_lane_has_spent_and_how_it_is(self, any_connection: Connection) -> None:
        two_courts(any_connection)
        lived = {"tokens": 0.5, "spent": [[1, 1]], "faults": 2, "paused_until": LATER, "paused_reason": "twilio.429"}
        any_connection.execute(update(lane).where(lane.c.key == OURS).values(lived))
        before = row_of(any_connection, OURS)

        two_courts(any_connection)

        assert row_of(any_connection, OURS) == before

    def test_a_new_speed_is_taken_over_and_fills_no_bucket(self, any_connection: Connection) -> None:
        two_courts(any_connection)
        any_connection.execute(update(lane).where(lane.c.key == OURS).values(tokens=0.0))

        apply_courts(any_connection, {"own": court_file(sender("sms", FIRST, rate=50, burst=60))}, now=LATER)

        row = row_of(any_connection, OURS)
        assert (row.rate, row.burst, row.tokens, row.refilled_at) == (50.0, 60, 0.0, NOW)

    def test_a_lane_that_nobody_names_is_retired_once_and_kept(self, any_connection: Connection) -> None:
        two_courts(any_connection)
        lanes.ensure(any_connection, [], now=LATER)
        lanes.ensure(any_connection, [], now=LATER + timedelta(days=1))

        assert keys(any_connection, retired=True) == {OURS}
        assert row_of(any_connection, OURS).retired_at == LATER, "since when it is gone stays"
        assert set(lanes.in_use(any_connection)) == {SMS, BOT}

    def test_a_lane_that_is_named_again_is_in_use_again(self, any_connection: Connection) -> None:
        two_courts(any_connection)
        before = lanes.in_use(any_connection)
        lanes.ensure(any_connection, [], now=LATER)

        two_courts(any_connection)

        assert lanes.in_use(any_connection) == before
        assert keys(any_connection, retired=True) == set()


class TestWhoseItIs:
    def test_a_court_with_senders_writes_from_these_alone_by_that_channel(self, any_connection: Connection) -> None:
        known = two_courts(any_connection)
        own, plain = known.ids["own"], known.ids["plain"]

        at = {key: lanes.courts_of(key, ChannelName(key.split(":")[0]), known) for key in (OURS, SMS, BOT)}

        assert at == {OURS: (own,), SMS: (plain,), BOT: tuple(sorted((own, plain)))}

    def test_a_lane_that_no_court_writes_from_is_everybodys(self, any_connection: Connection) -> None:
        known = two_courts(any_connection)
        everybody = tuple(sorted(known.by_id))

        assert lanes.courts_of(THEIRS, ChannelName.SMS, known) == everybody
        assert lanes.courts_of(OURS, ChannelName.TELEGRAM, known) == everybody, "no court has such a bot"

    def test_the_courts_at_a_lane_are_those_of_its_key(self, any_connection: Connection) -> None:
        known = two_courts(any_connection)

        for key, number in lanes.in_use(any_connection).items():
            of_key = lanes.courts_of(key, ChannelName(key.split(":")[0]), known)
            assert lanes.courts_at(any_connection, number, known) == of_key

    def test_every_court_and_channel_has_its_senders_as_asked_one_by_one(self, any_connection: Connection) -> None:
        known = two_courts(any_connection)

        found = lanes.choose_for_all(any_connection, known)

        assert set(found) == {(court_id, channel) for court_id in known.by_id for channel in ChannelName}
        for (court_id, channel), senders in found.items():
            assert senders == lanes.senders_of(any_connection, known[court_id], channel)
        assert found[known.ids["own"], ChannelName.SMS].rates == {OURS: 9.0}
        assert set(found[known.ids["plain"], ChannelName.SMS].ids) == {SMS}

    def test_without_an_address_a_court_writes_from_the_first_sender_of_its_file(
        self, any_connection: Connection
    ) -> None:
        file = court_file(sender("sms", SECOND, rate=1), sender("sms", FIRST, rate=999))
        known = apply_courts(any_connection, {"own": file})
        court = known[known.ids["own"]]

        assert lanes.choose(any_connection, court, ChannelName.SMS) == lane_id(any_connection, THEIRS)
        assert lanes.choose(any_connection, court, ChannelName.TELEGRAM) == lane_id(any_connection, BOT)


IN_USE = {SMS: 1, BOT: 2, OURS: 3, THEIRS: 4}


@pytest.mark.parametrize(
    ("channel", "asked", "there"),
    [
        (ChannelName.SMS, [OURS], OURS),
        (ChannelName.SMS, [THEIRS, OURS], THEIRS),
        (ChannelName.SMS, ["sms:+19075550199", OURS], OURS),
        (ChannelName.SMS, ["sms:+19075550199"], SMS),
        (ChannelName.SMS, [], SMS),
        (ChannelName.SMS, [BOT], SMS),
        (ChannelName.TELEGRAM, [OURS], BOT),
        (ChannelName.TELEGRAM, [BOT], BOT),
    ],
    ids=str,
)
def test_a_message_came_to_the_first_lane_there_is_of_its_channel_else_to_the_installations_own(
    channel: ChannelName, asked: list[str], there: str
) -> None:
    assert lanes.come_to(IN_USE, channel, asked) == (IN_USE[there], there)


@given(st.dictionaries(st.sampled_from([OURS, THEIRS, SMS]), st.floats(0.1, 100), min_size=1), st.text(max_size=20))
def test_an_address_has_one_of_the_lanes_and_always_the_same(rates: dict[str, float], address: str) -> None:
    senders = Senders(IN_USE, rates)

    assert senders.lane_for(address) in {IN_USE[key] for key in rates}
    assert senders.lane_for(address) == Senders(IN_USE, dict(reversed(rates.items()))).lane_for(address)


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        (SenderSpec(channel=ChannelName.SMS), SMS),
        (SenderSpec(channel=ChannelName.SMS, sender=FIRST), OURS),
        (SenderSpec(channel=ChannelName.TELEGRAM, sender="bot"), "telegram:bot"),
    ],
)
def test_a_lane_is_called_by_its_channel_and_sender(spec: SenderSpec, key: str) -> None:
    assert lanes.key_of(spec) == key


class TestAllowance:
    """What `look` and `take` say, and what `spend` leaves."""

    @pytest.fixture
    def sms(self, any_connection: Connection) -> int:
        apply_courts(any_connection)
        set_rate(any_connection, SMS, rate=4.0, burst=4)
        return lane_id(any_connection)

    def test_a_look_says_what_taking_says_and_costs_nothing(self, any_connection: Connection, sms: int) -> None:
        seen = lanes.look(any_connection, sms, now=NOW)

        assert seen == lanes.look(any_connection, sms, now=NOW) == lanes.take(any_connection, sms, now=NOW)
        assert (seen.units, seen.opens_at, seen.channel, seen.is_canary) == (4, None, ChannelName.SMS, False)

    @pytest.mark.parametrize(("units", "tokens"), [(1, 3.0), (4, 0.0), (9, -5.0)])
    def test_what_is_spent_is_gone_and_written_with_its_instant(
        self, any_connection: Connection, sms: int, units: int, tokens: float
    ) -> None:
        lanes.spend(any_connection, lanes.take(any_connection, sms, now=NOW), units, now=NOW)

        row = row_of(any_connection, SMS)
        assert (row.tokens, row.refilled_at) == (tokens, NOW)
        assert row.spent == [[int(NOW.timestamp()) * 1_000_000, units]]
        assert row_of(any_connection, BOT).spent == [], "another lane spends nothing"

    def test_a_debt_is_paid_before_anything_else_leaves(self, any_connection: Connection, sms: int) -> None:
        lanes.spend(any_connection, lanes.take(any_connection, sms, now=NOW), 12, now=NOW)

        opens = lanes.look(any_connection, sms, now=NOW).opens_at

        assert opens is not None
        assert lanes.look(any_connection, sms, now=opens - timedelta(milliseconds=1)).units == 0
        assert lanes.look(any_connection, sms, now=opens).units == 1
        assert opens == NOW + timedelta(seconds=2.25), "eight tokens of debt and one to spend, at four a second"

    def test_what_is_a_second_and_an_edge_old_no_longer_fills_the_second(
        self, any_connection: Connection, sms: int
    ) -> None:
        lanes.spend(any_connection, lanes.take(any_connection, sms, now=NOW), 4, now=NOW)

        just_before = lanes.take(any_connection, sms, now=NOW + A_SECOND + EDGE - timedelta(microseconds=1))
        then = lanes.take(any_connection, sms, now=NOW + A_SECOND + EDGE)

        assert (just_before.units, len(just_before.spent)) == (0, 1)
        assert (then.units, then.spent) == (4, ())

    def test_however_long_it_rests_a_lane_saves_up_no_more_than_its_burst(
        self, any_connection: Connection, sms: int
    ) -> None:
        assert lanes.look(any_connection, sms, now=NOW + timedelta(days=9)).units == 4

    @pytest.mark.parametrize(("ago", "units"), [(timedelta(0), 4), (timedelta(seconds=1), 0)])
    def test_a_rest_is_over_at_its_end_and_not_before(
        self, any_connection: Connection, sms: int, ago: timedelta, units: int
    ) -> None:
        lanes.pause(any_connection, sms, until=LATER, reason="twilio.429")

        seen = lanes.look(any_connection, sms, now=LATER - ago)

        assert (seen.units, seen.opens_at) == (units, None if units else LATER)

    def test_of_a_broken_lane_one_text_may_leave_and_its_canary_is_put_off(
        self, any_connection: Connection, sms: int
    ) -> None:
        broken = {"broken_since": NOW, "probe_seconds": 5.0}
        any_connection.execute(update(lane).where(lane.c.id == sms).values(broken))

        canary = lanes.take(any_connection, sms, now=NOW)
        lanes.spend(any_connection, canary, 1, now=NOW)

        assert (canary.units, canary.is_canary) == (1, True)
        assert lanes.look(any_connection, sms, now=NOW).opens_at == NOW + timedelta(seconds=10)

    def test_a_reason_is_cut_to_what_the_column_holds(self, any_connection: Connection, sms: int) -> None:
        lanes.pause(any_connection, sms, until=LATER, reason="x" * 100)

        assert row_of(any_connection, SMS).paused_reason == "x" * 64


class TestDue:
    """The lanes that have something to send now."""

    @pytest.fixture
    def street(self, any_connection: Connection) -> Street:
        return add_street(any_connection)

    def test_a_lane_with_nothing_to_send_gets_no_ticket(self, any_connection: Connection, street: Street) -> None:
        assert due_lanes.read(any_connection, now=NOW) == []

    @pytest.mark.parametrize(
        ("columns", "is_due"),
        [
            ({}, True),
            ({"due_at": later(seconds=1)}, False),
            ({"state": "held"}, True),
            ({"state": "claimed"}, False),
            ({"state": "sent"}, False),
            ({"priority": 4}, True),
        ],
        ids=str,
    )
    def test_a_lane_is_due_while_something_waits_whose_time_has_come(
        self,
        any_connection: Connection,
        street: Street,
        columns: dict[str, object],
        is_due: bool,  # noqa: FBT001
    ) -> None:
        put(any_connection, street, **columns)  # type: ignore[arg-type] # columns of many types

        assert due_lanes.read(any_connection, now=NOW) == ([lane_id(any_connection)] if is_due else [])

    def test_a_lane_that_rests_is_due_when_its_rest_is_over(self, any_connection: Connection, street: Street) -> None:
        put(any_connection, street)
        put(any_connection, street, lane_id=lane_id(any_connection, BOT))
        lanes.pause(any_connection, lane_id(any_connection), until=later(minutes=1), reason="twilio.429")

        assert due_lanes.read(any_connection, now=NOW) == [lane_id(any_connection, BOT)]
        assert due_lanes.read(any_connection, now=later(minutes=1)) == sorted(
            [lane_id(any_connection), lane_id(any_connection, BOT)]
        )
