"""Receipts: what was said of deliveries, kept once each, and how far it brings them; many at a time."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, func, select, update

from domain.delivery import ChannelName, DeliveryState, Receipt
from domain.gate import EndpointState
from storage.bulk import insert_rows
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.prepared import Prepared, one_of
from storage.schema import delivery, endpoint, lane, receipt

LONGEST_CODE = 48
Kept: TypeAlias = tuple[int, DeliveryState, str | None]  # of which delivery, what, and why


class Spoken(NamedTuple):
    """A delivery that a receipt speaks of."""

    id: int
    provider_id: str | None
    endpoint_id: int
    lane_id: int
    state: DeliveryState
    created_at: datetime
    notice_id: int
    endpoint_state: EndpointState
    lane_broken_since: datetime | None
    address_digest: bytes


def find(connection: Connection, said: Sequence[Receipt], channel: ChannelName) -> list[Spoken | None]:
    """Return the delivery of each receipt: by our id, else by the provider's; None if it is none of ours.

    One that went to another address is none of ours either: it was made after a backup that this database is. How a
    provider writes an address matters only where it calls the text by a name that we do not know.
    """
    ids = {one.delivery_id for one in said if one.delivery_id is not None}
    others = {one.provider_id for one in said if one.delivery_id is None and one.provider_id is not None}
    by_id = {row[0]: Spoken(*row) for row in _BY_ID.all(connection, ids=ids, channel=channel)} if ids else {}
    rows = _BY_PROVIDER.all(connection, ids=others, channel=channel) if others else []
    by_provider = {row[1]: Spoken(*row) for row in rows}
    digest = vault_of(connection).digest
    found = (
        by_id.get(one.delivery_id) if one.delivery_id is not None else by_provider.get(one.provider_id) for one in said
    )
    return [row if row is None or _is_of(row, one, digest) else None for one, row in zip(said, found, strict=True)]


def _is_of(row: Spoken, said: Receipt, digest: Callable[[str, str], bytes]) -> bool:
    is_known = row.provider_id is not None and row.provider_id == said.provider_id
    return is_known or said.to is None or digest(said.to, ADDRESS) == row.address_digest


def advance(connection: Connection, said: Iterable[tuple[int, Receipt]], *, now: datetime) -> list[bool]:
    """Move deliveries forward, each to its receipt's state; False for one that is there or further already."""
    rows = (
        {
            "key": delivery_id,
            "lower": [state for state in DeliveryState if state.rank < one.state.rank],
            "to": one.state,
            "provider": one.provider_id,
            "code": short(one.error_code),
            "now": now,
        }
        for delivery_id, one in said
    )
    return [bool(moved) for moved in _ADVANCE.each(connection, rows)]


def take_back(connection: Connection, said: Iterable[tuple[int, str]], *, now: datetime) -> list[int]:
    """Make unknown again what a look-up took for a text that is another delivery's; return those deliveries.

    They are asked about at once: then this text is known to be none of theirs.

    Args:
        connection: Of the unit of work.
        said: Each delivery, and the provider's id of its text.
        now: The instant.
    """
    rows = [{"owner": delivery_id, "provider": provider_id, "now": now} for delivery_id, provider_id in said]
    return [mistaken for found in _TAKE_BACK.each(connection, rows) for (mistaken,) in found] if rows else []


def kept(connection: Connection, delivery_ids: Collection[int]) -> set[Kept]:
    """Return what is kept of what was said of these deliveries."""
    return {(key, state, code) for key, state, code in _KEPT.all(connection, ids=delivery_ids)}


def keep(connection: Connection, fresh: Iterable[Kept], *, now: datetime) -> None:
    """Keep what was not said before."""
    rows = ((*one, now) for one in fresh)
    insert_rows(connection, receipt, ("delivery_id", "state", "error_code", "at"), rows)


def short(code: str | None) -> str | None:
    """Return a provider's code as it is kept."""
    return code and code[:LONGEST_CODE]


_SPOKEN = (
    select(
        delivery.c.id,
        delivery.c.provider_id,
        delivery.c.endpoint_id,
        delivery.c.lane_id,
        delivery.c.state,
        delivery.c.created_at,
        delivery.c.notice_id,
        endpoint.c.state.label("endpoint_state"),
        lane.c.broken_since,
        endpoint.c.address_digest,
    )
    .join(endpoint, endpoint.c.id == delivery.c.endpoint_id)
    .join(lane, lane.c.id == delivery.c.lane_id)
    .where(lane.c.channel == bindparam("channel"))
)
_BY_ID = Prepared(_SPOKEN.where(one_of(delivery.c.id, "ids")))
_BY_PROVIDER = Prepared(_SPOKEN.where(one_of(delivery.c.provider_id, "ids")).order_by(delivery.c.id.desc()))
_ADVANCE = Prepared(
    update(delivery)
    .where(delivery.c.id == bindparam("key"), one_of(delivery.c.state, "lower"))
    .values(
        state=bindparam("to"),
        settled_at=bindparam("now"),
        ask_at=None,
        provider_id=func.coalesce(bindparam("provider"), delivery.c.provider_id),
        error_code=func.coalesce(bindparam("code"), delivery.c.error_code),
    )
    .returning(delivery.c.id)
)
_TAKE_BACK = Prepared(
    update(delivery)
    .where(
        delivery.c.provider_id == bindparam("provider"),
        delivery.c.id != bindparam("owner"),
        delivery.c.state == DeliveryState.ACCEPTED,
    )
    .values(state=DeliveryState.UNKNOWN, provider_id=None, settled_at=None, ask_at=bindparam("now"))
    .returning(delivery.c.id)
)
_KEPT = Prepared(
    select(receipt.c.delivery_id, receipt.c.state, receipt.c.error_code).where(one_of(receipt.c.delivery_id, "ids"))
)
