"""Ways to reach a person: which endpoint they are written to, and which other one is there when that is dead."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import product, starmap
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.consent import ConsentEvent, ConsentPurpose, Standing, is_own_no, standing
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.roles import are_opposed
from storage import consents, letters
from storage.endpoints import Endpoint, get
from storage.prepared import Prepared, one_of
from storage.schema import endpoint, participation, person_endpoint


class Way(NamedTuple):
    """An endpoint at which a person can be written to, `since` when. It is that of a chat, or of a telephone."""

    person_id: int
    id: int
    lane_id: int
    channel: ChannelName
    carrier_stopped: bool
    since: datetime


class Ways:
    """The ways to some people, and what was said at each."""

    def __init__(self, connection: Connection, person_ids: Collection[int]) -> None:
        self._of: dict[int, list[Way]] = defaultdict(list)
        for row in _WAYS.all(connection, people=person_ids):
            self._of[row[0]].append(Way._make(row))
        every = {way.id for ways in self._of.values() for way in ways}
        self._said: Mapping[int, Sequence[ConsentEvent]] = consents.of_endpoints(connection, every)
        self._handed = consents.handed_over(connection, every)

    def best(self, person_id: int, *, case_id: int, court_id: int) -> tuple[Way | None, Standing]:
        """Return the endpoint that a person is written to about a case, and where it stands; None where there is none.

        It is alive, not shut to us if another one is not, the best liked, then the newest.
        """
        ways = self._of.get(person_id, [])
        if not ways:
            return None, Standing.PENDING
        open_ways = [way for way in ways if not self._is_shut(way, case_id, court_id)] if len(ways) > 1 else ways
        way = (open_ways or ways)[-1]
        return way, self._stands(way, case_id, court_id)

    def is_heard_by(self, endpoint_id: int, person_id: int, *, case_id: int, court_id: int) -> bool:
        """Return whether a person who can be reached at an endpoint may be told about a case, there or elsewhere."""
        if all(way.id != endpoint_id for way in self._of.get(person_id, ())):
            return False
        way, where = self.best(person_id, case_id=case_id, court_id=court_id)
        return way is not None and where is Standing.GRANTED

    def _is_shut(self, way: Way, case_id: int, court_id: int) -> bool:
        """Whether texts cannot be sent there for a cause that says nothing of the person's other endpoints.

        So is what a carrier stops; and a chat that blocked us, or that wanted no texts before this person came to it.
        Who has said STOP has said it: no other endpoint of theirs takes its place.
        """
        if way.carrier_stopped:
            return True
        if way.channel is not ChannelName.TELEGRAM or self._stands(way, case_id, court_id) is not Standing.REVOKED:
            return False
        return not is_own_no(
            self._said.get(way.id, ()),
            purpose=ConsentPurpose.HEARINGS,
            case_id=case_id,
            court_id=court_id,
            since=way.since,
        )

    def _stands(self, way: Way, case_id: int, court_id: int) -> Standing:
        events = self._said.get(way.id, ())
        since = self._handed.get((way.person_id, way.id))
        return standing(events, purpose=ConsentPurpose.HEARINGS, case_id=case_id, court_id=court_id, since=since)


def another(
    connection: Connection,
    person_id: int,
    *,
    instead_of: int,
    court_id: int,
    case_id: int | None,
    not_by: Collection[int] = (),
) -> Endpoint | None:
    """Return the best other endpoint of a person that works and that agreed to texts about this case; None if none.

    One that somebody on the other side of the case reads too is none, and neither is a foreign number that the desk
    holds: the gate would let nothing through. `not_by` are lanes that lead nowhere now.
    """
    query = (
        select(endpoint.c.id)
        .join(person_endpoint, person_endpoint.c.endpoint_id == endpoint.c.id)
        .where(
            person_endpoint.c.person_id == person_id,
            person_endpoint.c.ended_at.is_(None),
            endpoint.c.id != instead_of,
            endpoint.c.state == EndpointState.ACTIVE,
            endpoint.c.carrier_stopped.is_(False),
            endpoint.c.foreign_held.is_(False),
            endpoint.c.lane_id.is_not(None),
            endpoint.c.lane_id.not_in(not_by),
        )
        .order_by(person_endpoint.c.preference.desc(), endpoint.c.id.desc())
    )
    candidates = list(connection.execute(query).scalars())
    said = consents.of_endpoints(connection, candidates)
    handed = consents.handed_over(connection, candidates)
    opposed = _opposed(connection, person_id, candidates, case_id)
    for candidate in candidates:
        if candidate in opposed:
            continue
        events = said.get(candidate, ())
        since = handed.get((person_id, candidate))
        where = standing(events, purpose=ConsentPurpose.HEARINGS, case_id=case_id, court_id=court_id, since=since)
        if where is Standing.GRANTED:
            return get(connection, candidate)
    return None


def _opposed(
    connection: Connection, person_id: int, endpoint_ids: Collection[int], case_id: int | None
) -> frozenset[int]:
    """Return those of the endpoints that somebody else reads who stands against this person in the case."""
    theirs = select(participation.c.role).where(
        participation.c.person_id == person_id, participation.c.case_id == case_id, participation.c.ended_at.is_(None)
    )
    own = list(connection.execute(theirs).scalars())
    opposed: set[int] = set()
    for (endpoint_id, where), seats in letters.seats(connection, endpoint_ids).items():
        others = {seat.role for seat in seats if seat.person_id != person_id}
        if where == case_id and any(starmap(are_opposed, product(own, others))):
            opposed.add(endpoint_id)
    return frozenset(opposed)


_WAYS = Prepared(
    select(
        person_endpoint.c.person_id,
        *(endpoint.c[name] for name in ("id", "lane_id", "channel", "carrier_stopped")),
        person_endpoint.c.created_at,
    )
    .join(endpoint, endpoint.c.id == person_endpoint.c.endpoint_id)
    .where(
        one_of(person_endpoint.c.person_id, "people"),
        person_endpoint.c.ended_at.is_(None),
        endpoint.c.state != EndpointState.DEAD,
        endpoint.c.lane_id.is_not(None),
    )
    .order_by(endpoint.c.carrier_stopped.desc(), person_endpoint.c.preference, endpoint.c.id)
)
