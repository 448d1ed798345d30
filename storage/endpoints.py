"""Endpoints: where people can be reached; found by a keyed digest, opened only to send."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from storage.database import vault_of
from storage.schema import endpoint, person_endpoint

ADDRESS = "endpoint.address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
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
    query = select(endpoint).where(endpoint.c.channel == address.channel, endpoint.c.address_digest == digest)
    row = connection.execute(query).first()
    return None if row is None else _endpoint(row)


def get(connection: Connection, endpoint_id: int) -> Endpoint:
    """Return the endpoint of a known id."""
    return _endpoint(connection.execute(select(endpoint).where(endpoint.c.id == endpoint_id)).one())


def find_or_add(connection: Connection, address: Address, *, lane_id: int | None, now: datetime) -> Endpoint:
    """Return the endpoint at an address; make it if it is new. `lane_id` is where it will be written from."""
    known = find(connection, address)
    if known is not None and known.forgotten_at is None:
        return known
    vault = vault_of(connection)
    if known is not None:
        change(connection, known.id, address=vault.seal(address.value, ADDRESS), forgotten_at=None)
        return get(connection, known.id)
    added = connection.execute(
        insert(endpoint).values(
            channel=address.channel,
            address=vault.seal(address.value, ADDRESS),
            address_digest=vault.digest(address.value, ADDRESS),
            state=EndpointState.ACTIVE,
            carrier_stopped=False,
            foreign_held=False,
            misses=0,
            lane_id=lane_id,
            created_at=now,
        )
    )
    return get(connection, _key(added.inserted_primary_key))


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


def _endpoint(row: Row[tuple[object, ...]]) -> Endpoint:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Endpoint(
        **{
            name: fields[name]
            for name in (
                "id",
                "state",
                "channel",
                "language",
                "carrier_stopped",
                "foreign_held",
                "lane_id",
                "misses",
                "misses_since",
                "muted_until",
                "forgotten_at",
            )
        },
    )


def _key(primary_key: object) -> int:
    assert isinstance(primary_key, tuple | Row)  # noqa: S101 - a single-column key of one inserted row
    return int(primary_key[0])
