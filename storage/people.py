"""People and their parts in cases, as seen from an endpoint: who may be reading, and what texts come to it."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.hearing import Confidentiality
from domain.roles import Role, are_opposed
from storage.prepared import Prepared, one_of
from storage.schema import case, hearing_party, participation, person, person_endpoint


class Part(NamedTuple):
    """One part that somebody at an endpoint has in a case."""

    participation_id: int
    person_id: int
    case_id: int
    court_id: int
    role: Role
    number: str
    confidentiality: Confidentiality


class Present(NamedTuple):
    """Who is at an endpoint: their parts, oldest first, and their language, if all who have one have the same."""

    parts: list[Part]
    language: str | None


def parts_at(connection: Connection, endpoint_id: int) -> list[Part]:
    """Return every part that people at an endpoint have, oldest first: the order of "STOP 2"."""
    return present(connection, [endpoint_id])[endpoint_id].parts


def present(connection: Connection, endpoint_ids: Collection[int]) -> dict[int, Present]:
    """Return who may be reading at each endpoint."""
    parts: dict[int, list[Part]] = {endpoint_id: [] for endpoint_id in endpoint_ids}
    languages: dict[int, set[str]] = {endpoint_id: set() for endpoint_id in endpoint_ids}
    for endpoint_id, language, *part in _PRESENT.all(connection, endpoints=endpoint_ids):
        if language is not None:
            languages[endpoint_id].add(language)
        if part[0] is not None:
            parts[endpoint_id].append(Part._make(part))
    return {
        endpoint_id: Present(parts[endpoint_id], known.pop() if len(known) == 1 else None)
        for endpoint_id, known in languages.items()
    }


def at(connection: Connection, endpoint_id: int) -> list[int]:
    """Return the ids of the people at an endpoint."""
    live = (person_endpoint.c.endpoint_id == endpoint_id, person_endpoint.c.ended_at.is_(None))
    return list(connection.execute(select(person_endpoint.c.person_id).where(*live)).scalars())


def court_of(connection: Connection, person_id: int) -> int:
    """Return the court that knows a person."""
    return int(connection.execute(select(person.c.court_id).where(person.c.id == person_id)).scalar_one())


def hearings_at(connection: Connection, endpoint_id: int) -> list[int]:
    """Return the ids of the hearings of everybody at an endpoint."""
    query = (
        select(hearing_party.c.hearing_id)
        .join(participation, participation.c.id == hearing_party.c.participation_id)
        .join(person_endpoint, person_endpoint.c.person_id == participation.c.person_id)
        .where(person_endpoint.c.endpoint_id == endpoint_id, person_endpoint.c.ended_at.is_(None))
        .distinct()
    )
    return list(connection.execute(query).scalars())


def who_writes(connection: Connection, *, court_id: int, endpoint_id: int, language: str, now: datetime) -> int:
    """Return the person that stands for who wrote first from an endpoint; make it when there is none."""
    key = f"endpoint:{endpoint_id}"
    known = select(person.c.id).where(person.c.court_id == court_id, person.c.party_key == key)
    person_id = connection.execute(known).scalar()
    if person_id is not None:
        return int(person_id)
    added = insert(person).values(
        court_id=court_id, party_key=key, language=language, is_minor=False, in_custody=False, created_at=now
    )
    return int(connection.execute(added.returning(person.c.id)).scalar_one())


def take_part(connection: Connection, *, case_id: int, person_id: int, role: Role, now: datetime) -> int:
    """Give a person a part in a case, once; one that had ended is live again. Return its id."""
    same = (
        participation.c.case_id == case_id,
        participation.c.person_id == person_id,
        participation.c.role == role,
    )
    renewed = update(participation).where(*same).values(ended_at=None).returning(participation.c.id)
    known = connection.execute(renewed).scalar()
    if known is not None:
        return int(known)
    added = insert(participation).values(case_id=case_id, person_id=person_id, role=role, created_at=now)
    return int(connection.execute(added.returning(participation.c.id)).scalar_one())


def is_opposed(connection: Connection, *, endpoint_id: int, person_id: int) -> bool:
    """Return whether a person stands on the other side of a case from somebody at an endpoint."""
    live = (participation.c.person_id == person_id, participation.c.ended_at.is_(None))
    roles = [(row.case_id, row.role) for row in connection.execute(select(participation).where(*live))]
    there = parts_at(connection, endpoint_id)
    return any(
        part.case_id == case_id and part.person_id != person_id and are_opposed(part.role, role)
        for part in there
        for case_id, role in roles
    )


def record_answer(
    connection: Connection, *, hearing_id: int, participation_id: int, answer: str, revision: int, now: datetime
) -> None:
    """Write down whether a party will come, and to which revision they said so."""
    _ANSWER.run(connection, hearing=hearing_id, party=participation_id, said=answer, to=revision, now=now)


_PRESENT = Prepared(
    select(
        person_endpoint.c.endpoint_id,
        person.c.language,
        participation.c.id,
        participation.c.person_id,
        participation.c.case_id,
        case.c.court_id,
        participation.c.role,
        case.c.number,
        case.c.confidentiality,
    )
    .join_from(person_endpoint, person, person.c.id == person_endpoint.c.person_id)
    .outerjoin(participation, (participation.c.person_id == person.c.id) & participation.c.ended_at.is_(None))
    .outerjoin(case, case.c.id == participation.c.case_id)
    .where(one_of(person_endpoint.c.endpoint_id, "endpoints"), person_endpoint.c.ended_at.is_(None))
    .order_by(participation.c.id)
)
_ANSWER = Prepared(
    update(hearing_party)
    .where(hearing_party.c.hearing_id == bindparam("hearing"), hearing_party.c.participation_id == bindparam("party"))
    .values(answer=bindparam("said"), answered_at=bindparam("now"), answered_revision=bindparam("to"))
)
