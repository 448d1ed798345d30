"""Consent: append-only events, and the ones that say how an endpoint stands now."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from domain.consent import ConsentEvent
from storage.prepared import Prepared, one_of
from storage.schema import consent_event


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
