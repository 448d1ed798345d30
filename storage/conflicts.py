"""People who are expected in two courts at the same minute."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.hearing import HearingStatus
from storage.schema import hearing, hearing_party, participation, person_endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One hearing, and another one of another court, to which the same endpoint's people must come."""

    hearing_id: int
    other_hearing_id: int
    court_id: int
    case_id: int
    person_id: int


def at_same_minute(connection: Connection, hearing_ids: Collection[int], *, now: datetime) -> list[Conflict]:
    """Find what collides with these hearings. Courts know people apart: who shares an endpoint counts as one."""
    if not hearing_ids:
        return []
    other, others_party = hearing.alias("other"), hearing_party.alias("others_party")
    others_part, others_way = participation.alias("others_part"), person_endpoint.alias("others_way")
    query = (
        select(
            hearing.c.id,
            other.c.id.label("other_id"),
            hearing.c.court_id,
            hearing.c.case_id,
            participation.c.person_id,
        )
        .join(hearing_party, hearing_party.c.hearing_id == hearing.c.id)
        .join(participation, participation.c.id == hearing_party.c.participation_id)
        .join(person_endpoint, person_endpoint.c.person_id == participation.c.person_id)
        .join(others_way, others_way.c.endpoint_id == person_endpoint.c.endpoint_id)
        .join(others_part, others_part.c.person_id == others_way.c.person_id)
        .join(others_party, others_party.c.participation_id == others_part.c.id)
        .join(other, other.c.id == others_party.c.hearing_id)
        .where(
            hearing.c.id.in_(hearing_ids),
            hearing.c.starts_at > now,
            hearing.c.status == HearingStatus.SCHEDULED,
            other.c.starts_at == hearing.c.starts_at,
            other.c.status == HearingStatus.SCHEDULED,
            other.c.court_id != hearing.c.court_id,
            person_endpoint.c.ended_at.is_(None),
            others_way.c.ended_at.is_(None),
            participation.c.ended_at.is_(None),
            others_part.c.ended_at.is_(None),
        )
        .distinct()
    )
    return [
        Conflict(hearing_id=mine, other_hearing_id=theirs, court_id=court_id, case_id=case_id, person_id=person_id)
        for mine, theirs, court_id, case_id, person_id in connection.execute(query)
    ]
