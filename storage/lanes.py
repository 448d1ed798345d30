"""Lanes: sender identities with a rate; any number of workers share them through their rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from domain import lane as lane_rules
from domain.court import Court, SenderSpec
from domain.delivery import Address, ChannelName
from domain.lane import NO_TIME, Allowance, Bucket, Slot, allowance, entry
from domain.spread import share_of
from storage import breaker
from storage.courts import Courts
from storage.prepared import Prepared, one_of
from storage.schema import lane

DEFAULTS = (
    SenderSpec(channel=ChannelName.SMS, rate=1.0, burst=1),  # one segment a second: a US long code
    SenderSpec(channel=ChannelName.TELEGRAM, rate=30.0, burst=5),
)

OWN = "default"
"""How the installation's own sender is called in a lane's key."""


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


def channel_of(key: str) -> ChannelName:
    """Return the channel of a lane by its key."""
    return ChannelName(key.partition(":")[0])


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
    """Return the lanes from which a court writes by a channel: its own, or the installation's.

    One that is retired is none: whoever has read the court's file before that asks for it still.
    """
    own = {key_of(sender): sender.rate for sender in court.senders if sender.channel is channel}
    shared = {key_of(SenderSpec(channel=channel)): 1.0}
    ids: dict[str, int] = dict(_THERE.all(connection, keys=[*own, *shared]))
    rates = {key: rate for key, rate in own.items() if key in ids} or shared
    return Senders({key: ids[key] for key in rates}, rates)


def choose(connection: Connection, court: Court, channel: ChannelName, address: Address | None = None) -> int:
    """Return the lane on which a court begins to write to an address; without one, its first lane of the channel."""
    senders = senders_of(connection, court, channel)
    return senders.ids[next(iter(senders.rates))] if address is None else senders.lane_for(address.value)


def in_use(connection: Connection) -> dict[str, int]:
    """Return the ids of the lanes that are not retired, by key."""
    return dict(_IN_USE.all(connection))


def retired(connection: Connection) -> list[int]:
    """Return the ids of the lanes that nobody names any more."""
    return list(connection.execute(select(lane.c.id).where(lane.c.retired_at.is_not(None))).scalars())


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


def look(connection: Connection, lane_id: int, *, now: datetime, ahead: timedelta = NO_TIME) -> Allowance:
    """Say what a lane may spend `ahead` from now, without a lock: another worker may spend it first."""
    return allowance(_read(connection, _SEEN, lane_id), lane_id, now=now, ahead=ahead)


def take(connection: Connection, lane_id: int, *, now: datetime, ahead: timedelta = NO_TIME) -> Allowance:
    """Lock a lane until this unit of work ends and say what it may spend `ahead` from now."""
    return allowance(_read(connection, _LOCKED, lane_id), lane_id, now=now, ahead=ahead)


def is_ours(connection: Connection, lane_id: int) -> bool:
    """Lock a lane until this unit of work ends; return False, and do not wait, where another one has it."""
    return bool(_FREE.all(connection, lane=lane_id))


def spend(connection: Connection, allowed: Allowance, units: int, *, now: datetime) -> Slot:
    """Write down what is about to leave; return when. `units` may exceed the allowance by the length of one text."""
    slot = allowed.slot(units)
    values = {"tokens": allowed.tokens - units, "refilled_at": slot.at, "spent": [*allowed.spent, entry(slot)]}
    _SPENT.run(connection, lane_id=allowed.lane_id, **values)
    if allowed.is_canary:
        breaker.canary_left(connection, allowed.lane_id, now=now)
    return slot


def put_off(connection: Connection, lane_id: int, slot: Slot, *, now: datetime, ahead: timedelta = NO_TIME) -> Slot:
    """Find another slot for what came too late for its own, so that no second holds more than the lane allows."""
    found, spent = lane_rules.put_off(_read(connection, _LOCKED, lane_id), slot, now=now, ahead=ahead)
    _MOVED.run(connection, lane_id=lane_id, spent=spent)
    return found


def pause(connection: Connection, lane_id: int, *, until: datetime, reason: str) -> None:
    """Let nothing leave by a lane before `until`; a longer pause that is on stays. `reason` is a provider's code."""
    shorter = (lane.c.paused_until.is_(None)) | (lane.c.paused_until < until)
    values = {"paused_until": until, "paused_reason": reason[:64]}
    connection.execute(update(lane).where(lane.c.id == lane_id, shorter).values(values))


def ids(connection: Connection, keys: Iterable[str]) -> dict[int, str]:
    """Return the lanes of these keys, by id."""
    query = select(lane.c.id, lane.c.key).where(lane.c.key.in_(list(keys))).order_by(lane.c.id)
    return {row.id: row.key for row in connection.execute(query)}


_USED = select(lane.c.key, lane.c.id).where(lane.c.retired_at.is_(None))
_IN_USE = Prepared(_USED)
_THERE = Prepared(_USED.where(one_of(lane.c.key, "keys")))
_BUCKET = select(*(lane.c[name] for name in Bucket._fields)).where(lane.c.id == bindparam("lane"))
_SEEN = Prepared(_BUCKET)
_LOCKED = Prepared(_BUCKET.with_for_update(key_share=True))  # else every insert that names the lane would wait for us
_FREE = Prepared(
    select(lane.c.id).where(lane.c.id == bindparam("lane")).with_for_update(key_share=True, skip_locked=True)
)
_SPENT = Prepared(
    update(lane)
    .where(lane.c.id == bindparam("lane_id"))
    .values({name: bindparam(name) for name in ("tokens", "refilled_at", "spent")})
)
_MOVED = Prepared(update(lane).where(lane.c.id == bindparam("lane_id")).values(spent=bindparam("spent")))


def _read(connection: Connection, statement: Prepared, lane_id: int) -> Bucket:
    return Bucket._make(statement.all(connection, lane=lane_id)[0])
