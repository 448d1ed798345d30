"""Lanes: sender identities with a rate; any number of workers share them through their rows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from domain.court import Court, SenderSpec
from domain.delivery import Address, ChannelName
from domain.spread import share_of
from storage import breaker
from storage.courts import Courts
from storage.prepared import Prepared
from storage.schema import lane

DEFAULTS = (
    SenderSpec(channel=ChannelName.SMS, rate=1.0, burst=1),  # one segment a second: a US long code
    SenderSpec(channel=ChannelName.TELEGRAM, rate=30.0, burst=5),
)

OWN = "default"
"""How the installation's own sender is called in a lane's key."""
LAG = timedelta(seconds=0.25)
"""A worker that wakes up so much late loses none of the lane's rate."""
TOGETHER = timedelta(seconds=0.05)
"""A fast lane hands over what it may send in so long at once: a unit of work for each text would cost more."""
EDGE = timedelta(milliseconds=10)
"""A lane whose second is full opens so much later: what is uneven between a decision and the wire fits in."""
SKEW = timedelta(seconds=5)
"""The clocks of two machines may differ by this; a lane whose last text is further ahead was written by a clock
that has been set back since."""
SECOND = 1_000_000  # microseconds, as instants are kept: one second later is one second later
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a lane may spend now, in its units: SMS segments, Telegram messages.

    `opens_at` is when it may spend again, None while `units` is above zero. `per_endpoint` is the time between two
    texts to one endpoint. With `is_canary` one text may leave, to see whether a broken lane works again. The rest is
    what `spend` writes back; `instant` is the lane's own time: it never goes back.
    """

    lane_id: int
    channel: ChannelName
    units: int
    opens_at: datetime | None
    tokens: float
    spent: tuple[tuple[int, int], ...]
    instant: datetime
    per_endpoint: timedelta = timedelta(0)
    is_canary: bool = False


@dataclass(frozen=True, slots=True)
class Senders:
    """The lanes of one court and channel: their ids and rates by key."""

    ids: Mapping[str, int]
    rates: Mapping[str, float]

    def lane_for(self, address: str) -> int:
        """Return the lane from which a new address is written to: spread by rate, always the same one."""
        return self.ids[share_of(self.rates, address)]


def key_of(sender: SenderSpec) -> str:
    """Return the key of a sender's lane: "sms:MG…", or "sms:default" for the installation's own sender."""
    return f"{sender.channel}:{sender.sender or OWN}"


def ensure(connection: Connection, courts: Iterable[Court], *, now: datetime) -> None:
    """Make a lane for every sender of every court, and the installation's own; bring rates up to date.

    A lane that nobody names any more is retired: see `storage.rehoming`.
    """
    wanted = {key_of(sender): sender for sender in DEFAULTS}
    wanted |= {key_of(sender): sender for court in courts for sender in court.senders}
    known = set(connection.execute(select(lane.c.key)).scalars())
    for key, sender in wanted.items():
        speed = {"rate": sender.rate, "burst": sender.burst, "per_endpoint": sender.endpoint_pace}
        if key in known:
            connection.execute(update(lane).where(lane.c.key == key).values(retired_at=None, **speed))
        else:
            fresh = {"key": key, "channel": sender.channel, "tokens": float(sender.burst), "refilled_at": now}
            connection.execute(insert(lane).values(**fresh, **speed))
    gone = (lane.c.key.not_in(wanted), lane.c.retired_at.is_(None))
    connection.execute(update(lane).where(*gone).values(retired_at=now))


def senders_of(connection: Connection, court: Court, channel: ChannelName) -> Senders:
    """Return the lanes from which a court writes by a channel: its own, or the installation's."""
    own = {key_of(sender): sender.rate for sender in court.senders if sender.channel is channel}
    rates = own or {key_of(SenderSpec(channel=channel)): 1.0}
    rows = connection.execute(select(lane.c.key, lane.c.id).where(lane.c.key.in_(rates)))
    return Senders({row.key: int(row.id) for row in rows}, rates)


def choose(connection: Connection, court: Court, channel: ChannelName, address: Address | None = None) -> int:
    """Return the lane on which a court begins to write to an address; without one, its first lane of the channel."""
    senders = senders_of(connection, court, channel)
    return senders.ids[next(iter(senders.rates))] if address is None else senders.lane_for(address.value)


def in_use(connection: Connection) -> dict[str, int]:
    """Return the ids of the lanes that are not retired, by key."""
    return dict(_IN_USE.all(connection))


def come_to(known: Mapping[str, int], channel: ChannelName, keys: Sequence[str]) -> tuple[int, str]:
    """Return the id and key of the lane that a message came to: the first of `keys` there is, or the installation's.

    `known` is what `in_use` returns.
    """
    own = key_of(SenderSpec(channel=channel))
    key = next((key for key in keys if key in known and key.startswith(f"{channel}:")), own)
    return known[key], key


def courts_of(key: str, channel: ChannelName, courts: Courts) -> tuple[int, ...]:
    """Return the ids of the courts that write from a lane; all courts when none does."""

    def own(court: Court) -> set[str]:
        keys = {key_of(sender) for sender in court.senders if sender.channel is channel}
        return keys or {key_of(SenderSpec(channel=channel))}

    users = tuple(sorted(court_id for court_id, court in courts.by_id.items() if key in own(court)))
    return users or tuple(sorted(courts.by_id))


def courts_at(connection: Connection, lane_id: int, courts: Courts) -> tuple[int, ...]:
    """Return the ids of the courts that write from a lane of a known id."""
    row = connection.execute(select(lane.c.key, lane.c.channel).where(lane.c.id == lane_id)).one()
    return courts_of(row.key, row.channel, courts)


def choose_for_all(connection: Connection, courts: Courts) -> dict[tuple[int, ChannelName], Senders]:
    """Return the lanes of every (court id, channel)."""
    return {
        (court_id, channel): senders_of(connection, court, channel)
        for court_id, court in courts.by_id.items()
        for channel in ChannelName
    }


def take(connection: Connection, lane_id: int, *, now: datetime) -> Allowance:
    """Lock a lane for this unit of work and say what it may spend.

    Two rules hold together. A bucket of `burst` tokens, refilled by `rate`, keeps the rate over time. And no sliding
    second sees more than the rate (or one burst): a bucket alone would let a burst and a second's refill go out
    together. One text longer than what is left may still go; its debt is waited out: docs/explanation/lanes.md.
    """
    # Without "key share" every insert that names the lane would wait for us.
    row = connection.execute(select(lane).where(lane.c.id == lane_id).with_for_update(key_share=True)).one()
    now, elapsed, spent = _time_of_lane(row.refilled_at, row.spent, now)
    instant = _microseconds(now)
    burst = max(row.burst, math.floor(row.rate * TOGETHER.total_seconds()), 1)
    tokens = min(burst + row.rate * LAG.total_seconds(), row.tokens + elapsed * row.rate)
    spent = tuple((at, units) for at, units in spent if at > instant - SECOND)
    room = max(burst, math.ceil(row.rate)) - sum(units for _, units in spent)
    units, opens_at = max(min(math.floor(tokens + 1e-6), room), 0), None
    is_canary = row.broken_since is not None
    if row.paused_until is not None and row.paused_until > now:
        units, opens_at = 0, row.paused_until
    elif not units:
        opens_at = now + max(_until_token(tokens, row.rate), _until_room(spent, 1 - room, instant))
    elif is_canary:
        units = 1
    return Allowance(
        lane_id=lane_id,
        channel=row.channel,
        units=units,
        opens_at=opens_at,
        tokens=tokens,
        spent=spent,
        instant=now,
        per_endpoint=timedelta(seconds=row.per_endpoint),
        is_canary=is_canary,
    )


def spend(connection: Connection, allowance: Allowance, units: int, *, now: datetime) -> None:
    """Write down what left, or is about to. `units` may exceed the allowance by the length of one text."""
    spent = [*allowance.spent, (_microseconds(allowance.instant), units)]
    values = {"tokens": allowance.tokens - units, "refilled_at": allowance.instant, "spent": spent}
    connection.execute(update(lane).where(lane.c.id == allowance.lane_id).values(values))
    if allowance.is_canary:
        breaker.canary_left(connection, allowance.lane_id, now=now)


def pause(connection: Connection, lane_id: int, *, until: datetime, reason: str) -> None:
    """Let nothing leave by a lane before `until`; a longer pause that is on stays. `reason` is a provider's code."""
    shorter = (lane.c.paused_until.is_(None)) | (lane.c.paused_until < until)
    values = {"paused_until": until, "paused_reason": reason[:64]}
    connection.execute(update(lane).where(lane.c.id == lane_id, shorter).values(values))


def ids(connection: Connection, keys: Iterable[str]) -> dict[int, str]:
    """Return the lanes of these keys, by id."""
    query = select(lane.c.id, lane.c.key).where(lane.c.key.in_(list(keys))).order_by(lane.c.id)
    return {row.id: row.key for row in connection.execute(query)}


_IN_USE = Prepared(select(lane.c.key, lane.c.id).where(lane.c.retired_at.is_(None)))


def _time_of_lane(
    last: datetime, spent: Iterable[Sequence[int]], now: datetime
) -> tuple[datetime, float, tuple[tuple[int, int], ...]]:
    """Return the lane's own time, the seconds since it last spent, and what it spent in that time.

    A worker whose clock is behind another's must not win back the difference as tokens each time they take turns: so
    the lane's time never goes back. A clock that was set back by more is believed, and what it had written is moved.
    """
    ahead = last - now
    if ahead <= timedelta(0):
        return now, -ahead.total_seconds(), tuple((at, units) for at, units in spent)
    if ahead <= SKEW:
        return last, 0.0, tuple((at, units) for at, units in spent)
    shift = ahead // timedelta(microseconds=1)
    return now, 0.0, tuple((at - shift, units) for at, units in spent)


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def _until_token(tokens: float, rate: float) -> timedelta:
    return timedelta(microseconds=math.ceil((1 - tokens) / rate * SECOND)) if tokens < 1 else timedelta(0)


def _until_room(spent: Iterable[tuple[int, int]], needed: int, instant: int) -> timedelta:
    """Return how long it takes until `needed` units of the last second are a second old, and a little more."""
    for at, units in spent if needed > 0 else ():
        needed -= units
        if needed <= 0:
            return timedelta(microseconds=at + SECOND - instant) + EDGE
    return timedelta(0)
