"""Everything that is on record about the notices to a person: what `usher why` tells."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from domain.delivery import Address
from storage import deliveries, endpoints, verdicts
from storage.database import vault_of
from storage.schema import case, court, delivery, endpoint, hearing, notice, person, person_endpoint, receipt

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Trail:
    """One notice (with its case's number, hearing's start, court's key and channel) and all that happened to it.

    `texts` are the words of its deliveries, in their order; None where they were removed since.
    """

    notice: AnyRow
    verdicts: Sequence[AnyRow]
    deliveries: Sequence[AnyRow]
    texts: Sequence[str | None]
    receipts: Sequence[AnyRow]


def people_by_id(connection: Connection, person_id: int) -> list[int]:
    """Return the person of an id, if there is one."""
    return list(connection.execute(select(person.c.id).where(person.c.id == person_id)).scalars())


def people_by_key(connection: Connection, party_key: str) -> list[int]:
    """Return everybody who bears a party id of a feed, in any court."""
    query = select(person.c.id).where(person.c.party_key == party_key).order_by(person.c.id)
    return list(connection.execute(query).scalars())


def people_at(connection: Connection, address: Address) -> tuple[list[int], list[int]]:
    """Return the people who are or were reached at an address, and the endpoint there."""
    found = endpoints.find(connection, address)
    if found is None:
        return [], []
    links = select(person_endpoint.c.person_id).where(person_endpoint.c.endpoint_id == found.id)
    return list(connection.execute(links.order_by(person_endpoint.c.person_id)).scalars()), [found.id]


def trails(
    connection: Connection,
    *,
    person_ids: Sequence[int],
    endpoint_ids: Sequence[int] = (),
    hearing_id: int | None = None,
) -> list[Trail]:
    """Return every notice to these people, or to these endpoints, oldest first; of one hearing, or of all."""
    whose = or_(notice.c.person_id.in_(person_ids), notice.c.endpoint_id.in_(endpoint_ids))
    query = _NOTICES.where(whose)
    if hearing_id is not None:
        query = query.where(notice.c.hearing_id == hearing_id)
    rows = connection.execute(query).all()
    ruled = _by(verdicts.of_notices(connection, [row.id for row in rows]), "notice_id")
    made, receipts = _deliveries(connection, rows)
    unseal = vault_of(connection).open
    return [
        Trail(
            notice=row,
            verdicts=ruled[row.id],
            deliveries=made[row.id],
            texts=[unseal(one.text, deliveries.TEXT) if one.text else None for one in made[row.id]],
            receipts=[said for one in made[row.id] for said in receipts[one.id]],
        )
        for row in rows
    ]


def _deliveries(
    connection: Connection, rows: Sequence[AnyRow]
) -> tuple[dict[int, list[AnyRow]], dict[int, list[AnyRow]]]:
    """Return deliveries by notice, the shared ones of a bundle with each of its notices, and receipts by delivery."""
    own = delivery.c.notice_id.in_([row.id for row in rows])
    shared = delivery.c.id.in_([row.delivery_id for row in rows if row.delivery_id is not None])
    found = connection.execute(select(delivery).where(or_(own, shared)).order_by(delivery.c.id)).all()
    made = _by(found, "notice_id")
    by_id = {one.id: one for one in found}
    for row in rows:
        carried_by = by_id.get(row.delivery_id)
        if carried_by is not None and carried_by not in made[row.id]:
            made[row.id].append(carried_by)
    said = select(receipt).where(receipt.c.delivery_id.in_(list(by_id))).order_by(receipt.c.id)
    return made, _by(connection.execute(said).all(), "delivery_id")


def _by(rows: Sequence[AnyRow], name: str) -> dict[int, list[AnyRow]]:
    grouped: dict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, name)].append(row)
    return grouped


_NOTICES = (
    select(notice, case.c.number, hearing.c.starts_at, court.c.key.label("court_key"), endpoint.c.channel)
    .join(court, court.c.id == notice.c.court_id)
    .join(endpoint, endpoint.c.id == notice.c.endpoint_id)
    .outerjoin(case, case.c.id == notice.c.case_id)
    .outerjoin(hearing, hearing.c.id == notice.c.hearing_id)
    .order_by(notice.c.created_at, notice.c.id)
)
