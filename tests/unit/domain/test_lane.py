"""A lane as its provider sees it: whatever happens between a decision and the wire, no second holds too much."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.delivery import ChannelName
from domain.lane import AHEAD, EDGE, NO_TIME, Allowance, Bucket, Slot, allowance, entry, put_off
from tests.fixtures.lanes import busiest_second
from tests.fixtures.properties import examples

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
FULL = 4


def a_bucket(**other: object) -> Bucket:
    """Return a lane of four a second that has its burst of four."""
    ours = {"rate": 4.0, "burst": FULL, "tokens": 4.0, "refilled_at": NOW, "spent": (), "per_endpoint": 0.0}
    rests = {"channel": ChannelName.SMS, "paused_until": None, "broken_since": None}
    return Bucket(**{**rests, **ours, **other})  # type: ignore[arg-type]  # columns of many types


def after(bucket: Bucket, allowed: Allowance, units: int) -> tuple[Bucket, Slot]:
    """Return the lane after so many units were spent, and when they leave."""
    slot = allowed.slot(units)
    spent = (*allowed.spent, entry(slot))
    return bucket._replace(tokens=allowed.tokens - units, refilled_at=slot.at, spent=spent), slot


def after_all(bucket: Bucket, *, now: datetime = NOW, ahead: timedelta = AHEAD) -> tuple[Bucket, Slot]:
    """Return the lane after all that it has was spent."""
    allowed = allowance(bucket, 1, now=now, ahead=ahead)
    return after(bucket, allowed, allowed.units)


def test_a_lane_that_has_rested_lets_out_at_once() -> None:
    _, slot = after_all(a_bucket())

    assert slot == Slot(NOW + AHEAD, FULL, is_free=True)


def test_a_full_lane_lets_out_at_an_instant_and_not_before() -> None:
    lane, first = after_all(a_bucket())
    opens_at = allowance(lane, 1, now=NOW, ahead=AHEAD).opens_at

    assert opens_at == NOW + SECOND + EDGE, "it is looked at so early that what leaves can be made ready"
    _, second = after_all(lane, now=opens_at)
    assert second == Slot(first.at + SECOND + EDGE, FULL, is_free=False)


def test_what_leaves_at_once_reckons_with_what_left_a_little_more_than_a_second_before() -> None:
    lane, _ = after(a_bucket(), allowance(a_bucket(), 1, now=NOW, ahead=AHEAD), 3)

    allowed = allowance(lane, 1, now=NOW + SECOND + EDGE, ahead=AHEAD)

    assert (allowed.units, allowed.free) == (FULL, 1)
    assert (allowed.slot(1).is_free, allowed.slot(2).is_free) == (True, False)


@pytest.mark.parametrize(("until", "free"), [(NO_TIME, FULL), (MILLISECOND, 0), (AHEAD, 0)])
def test_at_the_end_of_a_rest_nothing_leaves_early(until: timedelta, free: int) -> None:
    allowed = allowance(a_bucket(paused_until=NOW + until), 1, now=NOW, ahead=AHEAD)

    assert (allowed.units, allowed.free) == (FULL, free)
    assert allowed.instant >= NOW + until


def test_a_rest_is_looked_at_just_before_its_end() -> None:
    until = NOW + timedelta(minutes=1)

    allowed = allowance(a_bucket(paused_until=until), 1, now=NOW, ahead=AHEAD)

    assert (allowed.units, allowed.opens_at) == (0, until - AHEAD)


@pytest.mark.parametrize(
    ("rate", "burst", "wanted"), [(30.0, 5, 3), (30.0, 2, 2), (1.0, 1, 1), (8.0, 8, 1), (100.0, 100, 10)]
)
def test_a_lane_out_of_tokens_gathers_some_before_it_is_looked_at(rate: float, burst: int, wanted: int) -> None:
    lane = a_bucket(rate=rate, burst=burst, tokens=0.0)

    opens_at = allowance(lane, 1, now=NOW).opens_at

    assert opens_at is not None
    assert abs(opens_at - NOW - wanted / rate * SECOND) < MILLISECOND
    assert allowance(lane, 1, now=opens_at).units == wanted


class TestPuttingOff:
    """What came too late for its slot gets another one."""

    def test_it_leaves_as_soon_as_there_is_room_beside_what_others_have_booked(self) -> None:
        lane, first = after_all(a_bucket())
        later = first.at + SECOND + EDGE
        lane, _ = after_all(lane, now=later - AHEAD)

        slot, spent = put_off(lane, first, now=first.at + SECOND)

        assert slot == Slot(later + SECOND + EDGE, FULL, is_free=False)
        assert [units for _, units in spent] == [FULL, FULL]

    def test_its_own_old_place_does_not_stand_in_its_way(self) -> None:
        lane, first = after_all(a_bucket())

        slot, spent = put_off(lane, first, now=first.at + 300 * MILLISECOND)

        assert slot.at == first.at + 300 * MILLISECOND
        assert spent == (entry(slot),)

    def test_a_text_longer_than_the_rate_waits_for_an_empty_second_and_not_for_ever(self) -> None:
        allowed = allowance(a_bucket(), 1, now=NOW, ahead=AHEAD)
        lane, first = after(a_bucket(), allowed, FULL + 5)
        other = entry(Slot(first.at + 500 * MILLISECOND, 1, is_free=False))

        slot, _ = put_off(lane._replace(spent=(*lane.spent, other)), first, now=first.at + 600 * MILLISECOND)

        assert slot.at == first.at + 500 * MILLISECOND + SECOND + EDGE

    def test_it_is_found_a_place_also_when_its_own_is_long_forgotten(self) -> None:
        lane, first = after_all(a_bucket())

        slot, spent = put_off(lane._replace(spent=()), first, now=NOW + timedelta(minutes=5))

        assert slot.at == NOW + timedelta(minutes=5)
        assert spent == (entry(slot),)


@dataclass
class Wire:
    """Workers that share a lane: each look is followed by work of its own length, and so is a second try (`again`)."""

    bucket: Bucket
    again: timedelta
    came: list[tuple[datetime, int]] = field(default_factory=list)

    def run(self, looks: Iterable[tuple[timedelta, timedelta]]) -> None:
        """Let everything happen in the order of time: each look after a pause, and the work that follows it."""
        events: list[tuple[datetime, int, timedelta, Slot | None]] = []
        now, turn = NOW, 0
        for turn, (pause, work) in enumerate(looks):
            now += pause
            heappush(events, (now, turn, work, None))
        while events:
            now, _, work, slot = heappop(events)
            turn += 1
            if slot is not None and now <= slot.at + EDGE / 2:
                self.came.append((now, slot.units))
            elif (found := self._decided(now) if slot is None else self._put_off(slot, now)) is not None:
                ready = now + (work if slot is None else self.again)
                heappush(events, (ready if found.is_free else max(ready, found.at), turn, work, found))

    def _decided(self, now: datetime) -> Slot | None:
        allowed = allowance(self.bucket, 1, now=now, ahead=AHEAD)
        if not allowed.units:
            return None
        self.bucket, slot = after(self.bucket, allowed, allowed.units)
        return slot

    def _put_off(self, slot: Slot, now: datetime) -> Slot:
        found, spent = put_off(self.bucket, slot, now=now, ahead=AHEAD / 4)
        self.bucket = self.bucket._replace(spent=spent)
        return found


MICROSECONDS = st.integers(0, 400_000).map(lambda count: timedelta(microseconds=count))


@given(
    rate=st.sampled_from([0.5, 1.0, 2.5, 10.0, 30.0, 100.0]),
    burst=st.integers(1, 40),
    again=st.integers(0, 25).map(lambda count: count * MILLISECOND),
    looks=st.lists(st.tuples(MICROSECONDS, MICROSECONDS), min_size=20, max_size=120),
)
@settings(max_examples=examples(150))
def test_however_long_the_way_to_the_wire_no_second_holds_more(
    rate: float, burst: int, again: timedelta, looks: list[tuple[timedelta, timedelta]]
) -> None:
    wire = Wire(a_bucket(rate=rate, burst=burst, tokens=float(burst)), again)

    wire.run(looks)

    assert wire.came
    assert busiest_second(wire.came) <= max(burst, -(-rate // 1))
