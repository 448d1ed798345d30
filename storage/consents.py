"""Consent: append-only events, and the ones that say how an endpoint stands now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select

from domain.consent import ConsentEvent
from storage.parties import FEED
from storage.prepared import Prepared, one_of
from storage.schema import consent_event, person_endpoint


def add(connection: Connection, endpoint_id: int, event: ConsentEvent, *, actor: str | None = None) -> None:
    """Write down what was said about an endpoint; `actor` is the clerk who heard it."""
    connection.execute(
        insert(consent_event).values(
            endpoint_id=endpoint_id,
            court_id=event.court_id,
            case_id=event.case_id,
            purpose=event.purpose,
            action=event.action,
            evidence=event.evidence,
            actor=actor,
            at=event.at,
        )
    )


def of_endpoints(connection: Connection, endpoint_ids: Iterable[int]) -> dict[int, list[ConsentEvent]]:
    """Return every event of each endpoint, in the order in which they were said, however late they were heard."""
    found: dict[int, list[ConsentEvent]] = defaultdict(list)
    rows = _SAID.all(connection, endpoints=set(endpoint_ids))
    for endpoint_id, purpose, action, at, evidence, court_id, case_id in rows:
        found[endpoint_id].append(
            ConsentEvent(purpose=purpose, action=action, at=at, evidence=evidence, court_id=court_id, case_id=case_id)
        )
    return found


def handed_over(connection: Connection, endpoint_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """Return, by (person, endpoint), when it came to them from another, who had left it by then in the calendar.

    A yes of before that is the other's. Who shared a phone with whoever said it is not among them, nor who came to it
    by their own word: that was their yes.
    """
    found = _HANDED_OVER.all(connection, endpoints=endpoint_ids)
    return {(person_id, endpoint_id): came for person_id, endpoint_id, came in found}


_SAID = Prepared(
    select(
        *(
            consent_event.c[name]
            for name in ("endpoint_id", "purpose", "action", "at", "evidence", "court_id", "case_id")
        )
    )
    .where(one_of(consent_event.c.endpoint_id, "endpoints"))
    .order_by(consent_event.c.at, consent_event.c.id)
)
_FORMER = person_endpoint.alias("former")
_HANDED_OVER = Prepared(
    select(
        person_endpoint.c.person_id,
        person_endpoint.c.endpoint_id,
        person_endpoint.c.created_at,
    ).where(
        one_of(person_endpoint.c.endpoint_id, "endpoints"),
        person_endpoint.c.ended_at.is_(None),
        person_endpoint.c.source == FEED,
        exists().where(
            _FORMER.c.endpoint_id == person_endpoint.c.endpoint_id,
            _FORMER.c.person_id != person_endpoint.c.person_id,
            _FORMER.c.ended_at <= person_endpoint.c.created_at,
        ),
    )
)
