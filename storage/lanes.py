"""Lanes: sender identities with a rate; any number of workers share them through their rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from domain.court import Court, SenderSpec
from domain.delivery import ChannelName
from storage.courts import Courts
from storage.schema import lane

DEFAULTS = (
    SenderSpec(channel=ChannelName.SMS, rate=1.0, burst=1),  # one segment a second: a US long code
    SenderSpec(channel=ChannelName.TELEGRAM, rate=30.0, burst=30),
)

LAG = timedelta(seconds=0.25)
"""A worker that wakes up so much late loses none of the lane's rate."""
SECOND = 1_000_000  # microseconds, as instants are kept: one second later is one second later
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a lane may spend now, in its units: SMS segments, Telegram messages.

    `opens_at` is when it may spend again, None while `units` is above zero. The rest is what `spend` writes back.
    """

    lane_id: int
    channel: ChannelName
    units: int
    opens_at: datetime | None
    tokens: float
    spent: tuple[tuple[int, int], ...]


def key_of(sender: SenderSpec) -> str:
    """Return the key of a sender's lane: "sms:MG…", or "sms:default" for the installation's own sender."""
    return f"{sender.channel}:{sender.sender or 'default'}"


def ensure(connection: Connection, courts: Iterable[Court], *, now: datetime) -> None:
    """Make a lane for every sender of every court, and the installation's own; bring rates up to date."""
    wanted = {key_of(sender): sender for sender in DEFAULTS}
    wanted |= {key_of(sender): sender for court in courts for sender in court.senders}
    known = set(connection.execute(select(lane.c.key)).scalars())
    for key, sender in wanted.items():
        speed = {"rate": sender.rate, "burst": sender.burst}
        if key in known:
            connection.execute(update(lane).where(lane.c.key == key).values(speed))
        else:
            fresh = {"key": key, "channel": sender.channel, "tokens": float(sender.burst), "refilled_at": now}
            connection.execute(insert(lane).values(**fresh, **speed))


def choose(connection: Connection, court: Court, channel: ChannelName) -> int:
    """Return the lane on which a court begins to write to people by a channel: its own, or the installation's."""
    own = [sender for sender in court.senders if sender.channel is channel]
    key = key_of(own[0]) if own else key_of(SenderSpec(channel=channel))
    return int(connection.execute(select(lane.c.id).where(lane.c.key == key)).scalar_one())


def come_to(connection: Connection, channel: ChannelName, keys: Sequence[str]) -> tuple[int, str]:
    """Return the id and key of the lane that a message came to: the first of `keys` there is, or the installation's."""
    wanted = (*keys, key_of(SenderSpec(channel=channel)))
    rows = connection.execute(select(lane.c.key, lane.c.id).where(lane.c.key.in_(wanted), lane.c.channel == channel))
    ids = {row.key: int(row.id) for row in rows}
    key = next(key for key in wanted if key in ids)
    return ids[key], key


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


def choose_for_all(connection: Connection, courts: Courts) -> dict[tuple[int, ChannelName], int]:
    """Return the first lane of every (court id, channel)."""
    return {
        (court_id, channel): choose(connection, court, channel)
        for court_id, court in courts.by_id.items()
        for channel in ChannelName
    }


def take(connection: Connection, lane_id: int, *, now: datetime) -> Allowance:
    """Lock a lane for this unit of work and say what it may spend.

    Two rules hold together. A bucket of `burst` tokens, refilled by `rate`, keeps the rate over time. And no sliding
    second sees more than the rate (or one burst): a bucket alone would let a burst and a second's refill go out
    together. One text longer than what is left may still go; its debt is waited out.
    """
    # Without "key share" every insert that names the lane would wait for us.
    row = connection.execute(select(lane).where(lane.c.id == lane_id).with_for_update(key_share=True)).one()
    instant = _microseconds(now)
    elapsed = max((now - row.refilled_at).total_seconds(), 0.0)
    burst = max(row.burst, 1)
    tokens = min(burst + row.rate * LAG.total_seconds(), row.tokens + elapsed * row.rate)
    spent = tuple((at, units) for at, units in row.spent if at > instant - SECOND)
    room = max(burst, math.ceil(row.rate)) - sum(units for _, units in spent)
    units, opens_at = max(min(math.floor(tokens + 1e-6), burst, room), 0), None
    if row.paused_until is not None and row.paused_until > now:
        units, opens_at = 0, row.paused_until
    elif not units:
        refilled = math.ceil((1 - tokens) / row.rate * SECOND) if tokens < 1 else 0
        opens_at = now + timedelta(microseconds=max(refilled, _until_room(spent, 1 - room, instant)))
    return Allowance(lane_id=lane_id, channel=row.channel, units=units, opens_at=opens_at, tokens=tokens, spent=spent)


def spend(connection: Connection, allowance: Allowance, units: int, *, now: datetime) -> None:
    """Write down what left, or is about to. `units` may exceed the allowance by the length of one text."""
    spent = [*allowance.spent, (_microseconds(now), units)]
    values = {"tokens": allowance.tokens - units, "refilled_at": now, "spent": spent}
    connection.execute(update(lane).where(lane.c.id == allowance.lane_id).values(values))


def pause(connection: Connection, lane_id: int, *, until: datetime, reason: str) -> None:
    """Let nothing leave by a lane before `until`; a longer pause that is on stays. `reason` is a provider's code."""
    shorter = (lane.c.paused_until.is_(None)) | (lane.c.paused_until < until)
    values = {"paused_until": until, "paused_reason": reason[:64]}
    connection.execute(update(lane).where(lane.c.id == lane_id, shorter).values(values))


def ids(connection: Connection, keys: Iterable[str]) -> dict[int, str]:
    """Return the lanes of these keys, by id."""
    query = select(lane.c.id, lane.c.key).where(lane.c.key.in_(list(keys))).order_by(lane.c.id)
    return {row.id: row.key for row in connection.execute(query)}


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def _until_room(spent: Iterable[tuple[int, int]], needed: int, instant: int) -> int:
    """Return how many microseconds pass until `needed` units of the last second are a second old."""
    for at, units in spent if needed > 0 else ():
        needed -= units
        if needed <= 0:
            return at + SECOND - instant
    return 0
