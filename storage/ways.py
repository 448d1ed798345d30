"""Ways to reach a person: which other endpoint is there when one is dead."""

from collections.abc import Collection
from itertools import product, starmap

from sqlalchemy import Connection, select

from domain.consent import ConsentPurpose, Standing, standing
from domain.gate import EndpointState
from domain.roles import are_opposed
from storage import consents, letters
from storage.endpoints import Endpoint, get
from storage.schema import endpoint, participation, person_endpoint


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
    opposed = _opposed(connection, person_id, candidates, case_id)
    for candidate in candidates:
        if candidate in opposed:
            continue
        events = said.get(candidate, ())
        where = standing(events, purpose=ConsentPurpose.HEARINGS, case_id=case_id, court_id=court_id)
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
