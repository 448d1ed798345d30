"""Deliveries: each attempt to carry a text, exactly as sent, and how far it is known to have come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, String, bindparam, case, or_, select, text, update

from domain.delivery import ChannelName, DeliveryState, OutgoingMessage
from domain.record import record
from storage import bulk, pairs
from storage.database import vault_of
from storage.endpoints import address_of
from storage.prepared import Prepared, one_of
from storage.schema import delivery, endpoint, lane

AnyRow = Row[*tuple[Any, ...]]

TEXT = "delivery.text"
TOLD_APART = timedelta(days=1)
NOBODYS = timedelta(hours=6)
"""So far back one text to an endpoint is told from another of the same words by the provider's id."""
OPEN = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


@record(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt that is about to be made. `segments` is what it costs its lane."""

    id: int
    notice_id: int
    endpoint_id: int
    number: int
    text: str
    language: str
    segments: int


def new_ids(connection: Connection, count: int) -> Sequence[int]:
    """Reserve ids for deliveries of this unit of work: the id is in the receipt's URL before the row is written."""
    return bulk.take_ids(connection, delivery, count)


def add(connection: Connection, attempts: Iterable[Attempt], *, lane_id: int, now: datetime) -> None:
    """Write attempts down before they are made; each text is sealed here."""
    seal = vault_of(connection).seal
    sealed = (
        (
            one.id,
            one.notice_id,
            one.endpoint_id,
            lane_id,
            one.number,
            DeliveryState.SENDING,
            seal(one.text, TEXT),
            one.language,
            one.segments,
            now,
            0,
        )
        for one in attempts
    )
    bulk.insert_rows(connection, delivery, _COLUMNS, sealed)


def accepted(connection: Connection, provider_ids: Mapping[int, str], *, now: datetime) -> None:
    """Bind deliveries to the provider's ids; where a receipt came first, its state stays."""
    if provider_ids:
        _ACCEPTED.run(connection, pairs=list(provider_ids.items()), now=now)


def given_up(connection: Connection, delivery_ids: Collection[int]) -> list[int]:
    """Return which of these count as unknown, or as never left, by now: their lease was over."""
    return [delivery_id for (delivery_id,) in _GIVEN_UP.all(connection, ids=delivery_ids)] if delivery_ids else []


def refused(connection: Connection, delivery_id: int, *, code: str, now: datetime) -> bool:
    """Record that an attempt did not leave; return False when a receipt already knows better."""
    values = {"state": DeliveryState.FAILED, "error_code": code[:48], "settled_at": now, "ask_at": None}
    still = (delivery.c.id == delivery_id, delivery.c.state.in_(OPEN))
    return bool(connection.execute(update(delivery).where(*still).values(values)).rowcount)


def unknown(connection: Connection, codes: dict[int, str], *, ask_at: datetime) -> None:
    """Record that it is not known whether these left; at `ask_at` the provider is asked."""
    rows = [{"delivery": key, "code": code[:48], "at": ask_at} for key, code in codes.items()]
    if rows:
        connection.execute(_UNKNOWN, rows)


def ask_again(connection: Connection, delivery_id: int, *, at: datetime | None) -> None:
    """Ask the provider about an unknown delivery at `at`; None: never again."""
    still = (delivery.c.id == delivery_id, delivery.c.state == DeliveryState.UNKNOWN)
    connection.execute(update(delivery).where(*still).values(ask_at=at))


def still_unknown(connection: Connection, delivery_id: int) -> int | None:
    """Return how often the provider was asked about a delivery that is unknown still; None when it is settled."""
    still = (delivery.c.id == delivery_id, delivery.c.state == DeliveryState.UNKNOWN)
    return connection.execute(select(delivery.c.asked).where(*still)).scalar()


def take_unknown(
    connection: Connection, *, channels: Collection[ChannelName], now: datetime, limit: int, until: datetime
) -> list[AnyRow]:
    """Return the unknown deliveries that the provider should be asked about now; nobody else asks before `until`.

    Those of `channels`, and what nobody who has its channel has asked about for NOBODYS.
    """
    ours = delivery.c.lane_id.in_(select(lane.c.id).where(lane.c.channel.in_(channels)))
    due = (
        select(delivery.c.id)
        .where(text("state = 'unknown'"), delivery.c.ask_at <= now, or_(ours, delivery.c.ask_at <= now - NOBODYS))
        .order_by(delivery.c.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = list(connection.execute(due).scalars())
    if not taken:
        return []
    later = {"ask_at": until, "asked": delivery.c.asked + 1}
    connection.execute(update(delivery).where(delivery.c.id.in_(taken)).values(later))
    return list(connection.execute(_CARRIED.where(delivery.c.id.in_(taken)).order_by(delivery.c.id)))


def as_message(connection: Connection, row: AnyRow) -> OutgoingMessage:
    """Return the message of a row of `take_unknown`, as it was given to the wire, to be looked for at the provider."""
    words = vault_of(connection).open(row.text, TEXT)
    to = address_of(connection, row.address, row.channel)
    others = select(delivery.c.provider_id).where(
        delivery.c.endpoint_id == row.endpoint_id,
        delivery.c.id != row.id,
        delivery.c.created_at > row.created_at - TOLD_APART,
        delivery.c.provider_id.is_not(None),
    )
    known = frozenset(connection.execute(others).scalars())
    return OutgoingMessage(id=row.id, to=to, text=words, attempted_at=row.created_at, not_these=known)


def may_be_anothers(connection: Connection, delivery_id: int, provider_id: str) -> bool:
    """Return whether a text at the provider belongs to another delivery to that phone, or may: one is being sent."""
    mine = select(delivery.c.endpoint_id).where(delivery.c.id == delivery_id).scalar_subquery()
    others = select(delivery.c.id).where(
        delivery.c.endpoint_id == mine,
        delivery.c.id != delivery_id,
        or_(delivery.c.provider_id == provider_id, delivery.c.state == DeliveryState.SENDING),
    )
    return connection.execute(others.limit(1)).first() is not None


def place_of(connection: Connection, delivery_id: int) -> AnyRow:
    """Return the endpoint_id, the lane_id and the created_at of a delivery."""
    columns = (delivery.c.endpoint_id, delivery.c.lane_id, delivery.c.created_at)
    return connection.execute(select(*columns).where(delivery.c.id == delivery_id)).one()


_CARRIED = (
    select(
        delivery,
        endpoint.c.address,
        endpoint.c.channel,
        endpoint.c.state.label("endpoint_state"),
        lane.c.key.label("lane_key"),
    )
    .join(endpoint, endpoint.c.id == delivery.c.endpoint_id)
    .join(lane, lane.c.id == delivery.c.lane_id)
)
_COLUMNS = (
    "id",
    "notice_id",
    "endpoint_id",
    "lane_id",
    "attempt",
    "state",
    "text",
    "language",
    "segments",
    "created_at",
    "asked",
)
_ACCEPTED = pairs.joining(
    lambda delivery_id, provider_id: (
        update(delivery)
        .where(delivery.c.id == delivery_id)
        .values(
            provider_id=provider_id,
            state=case(
                (or_(*(delivery.c.state == state for state in OPEN)), DeliveryState.ACCEPTED), else_=delivery.c.state
            ),
            settled_at=bindparam("now"),
            ask_at=None,
        )
    ),
    String(),
)
_GIVEN_UP = Prepared(
    select(delivery.c.id).where(
        one_of(delivery.c.id, "ids"),
        or_(delivery.c.state == DeliveryState.UNKNOWN, delivery.c.state == DeliveryState.FAILED),
    )
)
_UNKNOWN = (
    update(delivery)
    .where(delivery.c.id == bindparam("delivery"), delivery.c.state == DeliveryState.SENDING)
    .values(state=DeliveryState.UNKNOWN, error_code=bindparam("code"), ask_at=bindparam("at"))
)
