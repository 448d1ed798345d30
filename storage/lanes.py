"""Lanes: sender identities with a rate; any number of workers share them through their rows."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from domain.court import Court, SenderSpec
from domain.delivery import ChannelName
from storage.courts import Courts
from storage.schema import lane

DEFAULTS = (
    SenderSpec(channel=ChannelName.SMS, rate=1.0, burst=1),  # one segment a second: a US long code
    SenderSpec(channel=ChannelName.TELEGRAM, rate=30.0, burst=30),
)


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


def choose_for_all(connection: Connection, courts: Courts) -> dict[tuple[int, ChannelName], int]:
    """Return the first lane of every (court id, channel)."""
    return {
        (court_id, channel): choose(connection, court, channel)
        for court_id, court in courts.by_id.items()
        for channel in ChannelName
    }
