"""What a lane may spend, and when: a bucket of tokens over time, and no second that holds more than the rate.

Everything is reckoned by the lane's own time. It runs ahead of the clock, for a text is decided about before it leaves.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.delivery import ChannelName

LAG = timedelta(seconds=0.25)
"""A worker that wakes up so much late loses none of the lane's rate."""
TOGETHER = timedelta(seconds=0.05)
"""A fast lane hands over what it may send in so long at once: a unit of work for each text would cost more."""
GATHERED = timedelta(seconds=0.1)
"""A lane that is out of tokens is looked at again when it has those of so long, or a burst, or at least one."""
AHEAD = timedelta(milliseconds=100)
"""What a full lane lets out is decided about so long before it leaves: the work in between fits in."""
EDGE = timedelta(milliseconds=10)
"""A second is reckoned so much longer: what leaves later than its instant by no more than this overfills none."""
SKEW = timedelta(seconds=5)
"""The clocks of two machines may differ by this; a lane whose last text is further ahead was written by a clock
that has been set back since."""
NO_TIME = timedelta(0)

Spent = tuple[tuple[int, int], ...]
"""What left, or is about to: (microseconds since 1970, units), oldest first."""

_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1) // _MICROSECOND
_WINDOW = _SECOND + EDGE // _MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bucket(NamedTuple):
    """A lane as it is kept: `rate` and `tokens` in its units a second, `per_endpoint` in seconds."""

    channel: ChannelName
    rate: float
    burst: int
    tokens: float
    refilled_at: datetime
    spent: Sequence[Sequence[int]]
    per_endpoint: float
    paused_until: datetime | None
    broken_since: datetime | None


@dataclass(frozen=True, slots=True)
class Slot:
    """The instant at which so many units leave by a lane. What `is_free` may leave before it: there is room."""

    at: datetime
    units: int
    is_free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a lane may spend, in its units: SMS segments, Telegram messages.

    `instant` is when that leaves, by the lane's own time, which never goes back; `free` of the units may leave before
    it. `opens_at` is when to look again, None while `units` is above zero. `per_endpoint` is the time between two texts
    to one endpoint. With `is_canary` one text may leave, to see whether a broken lane works again. `tokens` and `spent`
    are as they would be before anything of this is spent.
    """

    lane_id: int
    channel: ChannelName
    units: int
    free: int
    opens_at: datetime | None
    tokens: float
    spent: Spent
    instant: datetime
    per_endpoint: timedelta = NO_TIME
    is_canary: bool = False

    def slot(self, units: int) -> Slot:
        """Return when so many of the units leave."""
        return Slot(self.instant, units, is_free=units <= self.free)


def allowance(bucket: Bucket, lane_id: int, *, now: datetime, ahead: timedelta = NO_TIME) -> Allowance:
    """Say what may leave `ahead` from now.

    Two rules hold together. A bucket of `burst` tokens, refilled by `rate`, keeps the rate over time. And no sliding
    second sees more than the rate (or one burst): a bucket alone would let a burst and a second's refill go out
    together. One text longer than what is left may still go; its debt is waited out: docs/explanation/lanes.md.
    """
    leaving, elapsed, spent = _time_of_lane(bucket, now + ahead)
    instant = _microseconds(leaving)
    spent = tuple(one for one in spent if one[0] > instant - ahead // _MICROSECOND - _WINDOW)
    tokens = min(_burst(bucket) + bucket.rate * LAG.total_seconds(), bucket.tokens + elapsed * bucket.rate)
    room = _full(bucket) - _units(_last_second(spent, instant))
    units, opens_at = max(min(math.floor(tokens + 1e-6), room), 0), None
    rests_until = bucket.paused_until or now
    if rests_until > leaving:
        units, opens_at = 0, rests_until - ahead
    elif not units:
        wait = max(_until_tokens(tokens, bucket), _until_room(spent, 1 - room, instant))
        opens_at = leaving + wait - ahead
    elif bucket.broken_since is not None:
        units = 1
    return Allowance(
        lane_id=lane_id,
        channel=bucket.channel,
        units=units,
        free=_full(bucket) - _units(spent) if rests_until <= now else 0,
        opens_at=opens_at,
        tokens=tokens,
        spent=spent,
        instant=leaving,
        per_endpoint=timedelta(seconds=bucket.per_endpoint),
        is_canary=bucket.broken_since is not None,
    )


def put_off(bucket: Bucket, slot: Slot, *, now: datetime, ahead: timedelta = NO_TIME) -> tuple[Slot, Spent]:
    """Find another slot for what came too late for its own; return it, and what is spent with it.

    The tokens are spent already. What others have booked meanwhile stays where it is.
    """
    leaving, _, spent = _time_of_lane(bucket, now + ahead)
    instant, own = _microseconds(leaving), entry(slot)
    others = _last_second(spent, instant)
    if own in others:
        others.remove(own)
    missing = min(slot.units, _full(bucket)) - _full(bucket) + _units(others)
    found = Slot(leaving + _until_room(others, missing, instant), slot.units, is_free=False)
    return found, tuple(sorted([*others, entry(found)]))


def entry(slot: Slot) -> tuple[int, int]:
    """Return a slot as it stands in what is spent."""
    return _microseconds(slot.at), slot.units


def _burst(bucket: Bucket) -> int:
    return max(bucket.burst, math.floor(bucket.rate * TOGETHER.total_seconds()), 1)


def _full(bucket: Bucket) -> int:
    return max(_burst(bucket), math.ceil(bucket.rate))


def _last_second(spent: Iterable[tuple[int, int]], instant: int) -> list[tuple[int, int]]:
    return [one for one in spent if one[0] > instant - _WINDOW]


def _units(spent: Iterable[tuple[int, int]]) -> int:
    return sum(units for _, units in spent)


def _time_of_lane(bucket: Bucket, leaving: datetime) -> tuple[datetime, float, Spent]:
    """Return the lane's own time, the seconds since it last spent, and what it spent in that time.

    A worker whose clock is behind another's must not win back the difference as tokens each time they take turns: so
    the lane's time never goes back. A clock that was set back by more is believed, and what it had written is moved.
    """
    behind = bucket.refilled_at - leaving
    if behind <= NO_TIME:
        return leaving, -behind.total_seconds(), tuple((at, units) for at, units in bucket.spent)
    if behind <= SKEW:
        return bucket.refilled_at, 0.0, tuple((at, units) for at, units in bucket.spent)
    shift = behind // _MICROSECOND
    return leaving, 0.0, tuple((at - shift, units) for at, units in bucket.spent)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _until_tokens(tokens: float, bucket: Bucket) -> timedelta:
    wanted = max(1, min(bucket.burst, math.floor(bucket.rate * GATHERED.total_seconds())))
    return math.ceil((wanted - tokens) / bucket.rate * _SECOND) * _MICROSECOND if tokens < 1 else NO_TIME


def _until_room(spent: Iterable[tuple[int, int]], needed: int, instant: int) -> timedelta:
    """Return how long it takes until `needed` units of the last second are older than that."""
    for at, units in _last_second(spent, instant) if needed > 0 else ():
        needed -= units
        if needed <= 0:
            return (at + _WINDOW - instant) * _MICROSECOND
    return NO_TIME
