"""Who heard from a sender that is gone: they get another one of their court's, once, and keep that."""

from collections import defaultdict
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select, update

from domain.delivery import ChannelName
from domain.errors import InvalidInputError
from storage import detours, lanes
from storage.courts import Courts
from storage.endpoints import address_of
from storage.lanes import Senders
from storage.prepared import Prepared, one_of
from storage.schema import endpoint, lane, notice, person, person_endpoint

AT_ONCE = 2_000


def rehome(connection: Connection, courts: Courts) -> int:
    """Give every endpoint of a retired lane a lane of its court's, or the installation's own; return how many.

    Their waiting notices go along. Whoever has a lane that is still there keeps it, whatever the file's order.
    """
    gone = lanes.retired(connection)
    return _rehome(connection, courts, endpoint.c.lane_id.in_(gone), limit=None) if gone else 0


def rehome_who_waits(connection: Connection, courts: Courts) -> int:
    """The same for AT_ONCE of those for whom something waits on such a lane; return how many.

    Whoever chose a lane in the moment in which it was retired could not see that: an import, or an answer.
    """
    gone = lanes.retired(connection)
    if not gone:
        return 0
    waiting = select(notice.c.endpoint_id).where(*detours.waiting_on(gone))
    return _rehome(connection, courts, endpoint.c.lane_id.in_(gone) & endpoint.c.id.in_(waiting), limit=AT_ONCE)


def _rehome(connection: Connection, courts: Courts, who: ColumnElement[bool], *, limit: int | None) -> int:
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
    lost = select(*columns, court_of.label("court_id")).where(who).order_by(endpoint.c.id).limit(limit)
    rows = connection.execute(lost).all()
    senders = lanes.choose_for_all(connection, courts) if rows else {}
    homes: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        own = senders.get((row.court_id, row.channel)) or _installation(connection, row.channel)
        homes[own.lane_for(_words(connection, row))].append(row.id)
    for lane_id, endpoint_ids in homes.items():
        _MOVED.run(connection, lane=lane_id, endpoints=endpoint_ids)
    detours.leave_retired(connection)
    return len(rows)


def _words(connection: Connection, row: Row[*tuple[Any, ...]]) -> str:
    """Return what an endpoint's lane is chosen by: the address, or its digest where it is forgotten or of no key here.

    Should it come back, it must find a lane that is still there.
    """
    if row.address:
        with suppress(InvalidInputError):
            return address_of(connection, row.address, row.channel).value
    return str(row.address_digest.hex())


def _installation(connection: Connection, channel: ChannelName) -> Senders:
    """Return the lane of people of no court: they have only written to us."""
    [(key, lane_id)] = connection.execute(
        select(lane.c.key, lane.c.id).where(lane.c.key == f"{channel}:{lanes.OWN}")
    ).all()
    return Senders({key: lane_id}, {key: 1.0})


_MOVED = Prepared(update(endpoint).where(one_of(endpoint.c.id, "endpoints")).values(lane_id=bindparam("lane")))
