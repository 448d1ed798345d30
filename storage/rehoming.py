"""Who heard from a sender that is gone: they get another one of their court's, once, and keep that."""

from sqlalchemy import Connection, func, or_, select, update

from domain.delivery import ChannelName
from storage import detours, lanes
from storage.courts import Courts
from storage.endpoints import address_of
from storage.lanes import Senders
from storage.schema import endpoint, lane, person, person_endpoint


def rehome(connection: Connection, courts: Courts) -> int:
    """Give every endpoint of a retired lane a lane of its court's, or the installation's own; return how many.

    Their waiting notices go along. Whoever has a lane that is still there keeps it, whatever the file's order.
    """
    gone = list(connection.execute(select(lane.c.id).where(lane.c.retired_at.is_not(None))).scalars())
    if not gone:
        return 0
    senders = lanes.choose_for_all(connection, courts)
    court_of = (
        select(func.min(person.c.court_id))
        .join(person_endpoint, person_endpoint.c.person_id == person.c.id)
        .where(
            person_endpoint.c.endpoint_id == endpoint.c.id,
            or_(person_endpoint.c.ended_at.is_(None), endpoint.c.forgotten_at.is_not(None)),
        )
        .scalar_subquery()
    )
    columns = (endpoint.c.id, endpoint.c.channel, endpoint.c.address, endpoint.c.address_digest)
    lost = select(*columns, court_of.label("court_id"))
    rows = connection.execute(lost.where(endpoint.c.lane_id.in_(gone))).all()
    for row in rows:
        own = senders.get((row.court_id, row.channel)) or _installation(connection, row.channel)
        # A forgotten address has its digest only; should it come back, it must find a lane that is still there.
        words = address_of(connection, row.address, row.channel).value if row.address else row.address_digest.hex()
        lane_id = own.lane_for(words)
        connection.execute(update(endpoint).where(endpoint.c.id == row.id).values(lane_id=lane_id))
    detours.leave_retired(connection)
    return len(rows)


def _installation(connection: Connection, channel: ChannelName) -> Senders:
    """Return the lane of people of no court: they have only written to us."""
    [(key, lane_id)] = connection.execute(
        select(lane.c.key, lane.c.id).where(lane.c.key == f"{channel}:{lanes.OWN}")
    ).all()
    return Senders({key: lane_id}, {key: 1.0})
