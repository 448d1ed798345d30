"""Endpoints: where people can be reached; found by a keyed digest, opened only to send."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, insert, or_, select, update

from domain.delivery import Address, ChannelName, DeliveryState
from domain.gate import EndpointState
from storage.database import vault_of
from storage.prepared import Prepared, one_of, unless_there
from storage.schema import delivery, endpoint, person_endpoint

ADDRESS = "endpoint.address"


class Endpoint(NamedTuple):
    """One way to reach people, without its address."""

    id: int
    channel: ChannelName
    language: str | None
    state: EndpointState
    carrier_stopped: bool
    foreign_held: bool
    lane_id: int | None
    misses: int
    misses_since: datetime | None
    muted_until: datetime | None
    forgotten_at: datetime | None = None  # its address was removed; only its digest is known


def find(connection: Connection, address: Address) -> Endpoint | None:
    """Return the endpoint at an address, if we know it."""
    digest = vault_of(connection).digest(address.value, ADDRESS)
    row = _FIND.first(connection, channel=address.channel, digest=digest)
    return None if row is None else Endpoint._make(row)


def get(connection: Connection, endpoint_id: int) -> Endpoint:
    """Return the endpoint of a known id."""
    return by_id(connection, [endpoint_id])[endpoint_id]


def by_id(connection: Connection, endpoint_ids: Collection[int]) -> dict[int, Endpoint]:
    """Return endpoints by id."""
    return {row[0]: Endpoint._make(row) for row in _BY_ID.all(connection, ids=endpoint_ids)}


def find_or_add(connection: Connection, address: Address, *, lane_id: int | None, now: datetime) -> Endpoint:
    """Return the endpoint at an address; make it if it is new. `lane_id` is where it will be written from."""
    return find_or_add_all(connection, [(address, lane_id)], now=now)[0]


def find_or_add_all(
    connection: Connection, wanted: Sequence[tuple[Address, int | None]], *, now: datetime
) -> list[Endpoint]:
    """Return the endpoint at each address, in order; make those that are new, each to be written from its lane.

    None of them is forgotten before this unit of work ends; one that is being forgotten just now is known anew.
    """
    digest = vault_of(connection).digest
    asked = [{"channel": address.channel, "digest": digest(address.value, ADDRESS)} for address, _ in wanted]
    found = [Endpoint._make(rows[0]) if rows else None for rows in _KEEP.each(connection, asked)]
    return [
        known if known is not None and known.forgotten_at is None else _add(connection, known, address, lane_id, now)
        for known, (address, lane_id) in zip(found, wanted, strict=True)
    ]


def heard(connection: Connection, endpoint_ids: Collection[int], *, now: datetime) -> None:
    """Note that endpoints have just written."""
    if endpoint_ids:
        _HEARD.run(connection, ids=endpoint_ids, now=now)


def was_there(connection: Connection, endpoint_id: int, *, after: datetime) -> bool:
    """Return whether somebody has written from an endpoint after an instant, or got a text that left after it."""
    return _WAS_THERE.first(connection, endpoint=endpoint_id, after=after) is not None


def change(connection: Connection, endpoint_id: int, **values: object) -> None:
    """Set columns of an endpoint: `language`, `state`, `carrier_stopped`, `misses`, `muted_until` and so on."""
    connection.execute(update(endpoint).where(endpoint.c.id == endpoint_id).values(**values))


def link(
    connection: Connection, *, person_id: int, endpoint_id: int, source: str, preference: int, now: datetime
) -> None:
    """Say that a person can be reached at an endpoint; a link that had ended is live again."""
    where = (person_endpoint.c.person_id == person_id, person_endpoint.c.endpoint_id == endpoint_id)
    values = {"source": source, "preference": preference, "ended_at": None}
    if not connection.execute(update(person_endpoint).where(*where).values(values)).rowcount:
        connection.execute(
            insert(person_endpoint).values(person_id=person_id, endpoint_id=endpoint_id, created_at=now, **values)
        )


def unlink(connection: Connection, *, endpoint_id: int, now: datetime) -> None:
    """Say that an endpoint belongs to none of the people it was linked to (a wrong number)."""
    live = (person_endpoint.c.endpoint_id == endpoint_id, person_endpoint.c.ended_at.is_(None))
    connection.execute(update(person_endpoint).where(*live).values(ended_at=now))


def address_of(connection: Connection, sealed: bytes, channel: ChannelName) -> Address:
    """Open a sealed address, to send to it."""
    return Address(channel, vault_of(connection).open(sealed, ADDRESS))


_FOUND = select(*(endpoint.c[name] for name in Endpoint._fields))
_FIND = Prepared(
    _FOUND.where(endpoint.c.channel == bindparam("channel"), endpoint.c.address_digest == bindparam("digest"))
)
_KEEP = Prepared(
    _FOUND.where(
        endpoint.c.channel == bindparam("channel"), endpoint.c.address_digest == bindparam("digest")
    ).with_for_update(read=True, key_share=True)  # as a row does that refers to it; in nobody's way but the purge's
)
_BY_ID = Prepared(_FOUND.where(one_of(endpoint.c.id, "ids")))
_ADD = unless_there(
    endpoint,
    {name: bindparam(name) for name in ("channel", "address", "address_digest", "lane_id", "created_at")}
    | {"state": EndpointState.ACTIVE, "carrier_stopped": False, "foreign_held": False, "misses": 0},
    unique=("channel", "address_digest"),
    returning=[endpoint.c[name] for name in Endpoint._fields],
)
_GOT_A_TEXT = exists().where(
    delivery.c.endpoint_id == endpoint.c.id,
    delivery.c.created_at > bindparam("after"),
    or_(delivery.c.state == DeliveryState.DELIVERED, delivery.c.state == DeliveryState.READ),
)
_WAS_THERE = Prepared(
    select(endpoint.c.id).where(
        endpoint.c.id == bindparam("endpoint"), or_(endpoint.c.last_inbound_at > bindparam("after"), _GOT_A_TEXT)
    )
)
_HEARD = Prepared(update(endpoint).where(one_of(endpoint.c.id, "ids")).values(last_inbound_at=bindparam("now")))


def _add(
    connection: Connection, forgotten: Endpoint | None, address: Address, lane_id: int | None, now: datetime
) -> Endpoint:
    """Make an endpoint, or one that was forgotten known again.

    Another process may meet the same address at the same moment: then its row, which this waited for, is the one.
    """
    vault = vault_of(connection)
    sealed = vault.seal(address.value, ADDRESS)
    if forgotten is not None:
        change(connection, forgotten.id, address=sealed, forgotten_at=None)
        return get(connection, forgotten.id)
    digest = vault.digest(address.value, ADDRESS)
    place = {"channel": address.channel, "address_digest": digest}
    row = _ADD.first(connection, **place, address=sealed, lane_id=lane_id, created_at=now)
    row = row or _KEEP.first(connection, channel=address.channel, digest=digest)
    assert row is not None  # noqa: S101 - what stood in the insert's way is there
    return Endpoint._make(row)
