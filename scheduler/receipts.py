"""Receipts: what a provider later says of a delivery moves it forward only, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from domain.delivery import ChannelName, Consequence, DeliveryState, Receipt
from domain.gate import EndpointState
from scheduler import consequences
from scheduler.consequences import Trouble
from storage import deliveries, endpoints, outbox

AnyRow = Row[*tuple[Any, ...]]

ON_THE_PHONE = frozenset({DeliveryState.DELIVERED, DeliveryState.READ})
NOT_ARRIVED = frozenset({DeliveryState.UNDELIVERED, DeliveryState.FAILED})
TAKEN = frozenset({DeliveryState.ACCEPTED, DeliveryState.SENT})


class Reception(StrEnum):
    """What a receipt was worth."""

    MOVED = "moved"  # it told something new
    KNOWN = "known"  # repeated, or late: nothing moved
    STRANGE = "strange"  # of no delivery of ours


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt was worth; `after` is the time since the attempt when this is the first to say how it ended."""

    reception: Reception
    after: timedelta | None = None


def apply_receipt(connection: Connection, receipt: Receipt, *, channel: ChannelName, now: datetime) -> Reception:
    """Do what `receive` does, for those who do not measure."""
    return receive(connection, receipt, channel=channel, now=now).reception


def receive(connection: Connection, receipt: Receipt, *, channel: ChannelName, now: datetime) -> Received:
    """Write down a receipt and do what follows from it; harmless in any order, any number of times.

    It may come before the answer to the request that it speaks of: the settling of that batch leaves alone what a
    receipt has moved.
    """
    row = deliveries.of_receipt(connection, receipt, channel)
    if row is None:
        return Received(Reception.STRANGE)
    if receipt.provider_id is not None and receipt.provider_id != row.provider_id:
        _put_right(connection, row.id, receipt.provider_id, now=now)
    is_new = deliveries.keep_receipt(connection, row.id, receipt, now=now)
    if not deliveries.advance(connection, row.id, receipt, now=now):
        if is_new and receipt.consequence is Consequence.OPTED_OUT:
            consequences.stop(connection, _trouble(row, receipt), now=now)  # true however late it is said
        return Received(Reception.KNOWN)
    if receipt.state in TAKEN:
        outbox.mark_sent(connection, [row.id])
    elif receipt.state in ON_THE_PHONE:
        _arrive(connection, row, now=now)
    elif receipt.state in NOT_ARRIVED and row.state not in NOT_ARRIVED:
        consequences.meet(connection, _trouble(row, receipt), now=now)
    if receipt.state.is_final:
        _let_follow(connection, row.id, now=now)
    is_first = receipt.state.is_final and not row.state.is_final
    return Received(Reception.MOVED, now - row.created_at if is_first else None)


def _put_right(connection: Connection, delivery_id: int, provider_id: str, *, now: datetime) -> None:
    """Undo what a look-up, which knows words only, has made of a text that this receipt says is `delivery_id`'s."""
    mistaken = deliveries.take_back(connection, provider_id, true_owner=delivery_id, now=now)
    outbox.unsettle(connection, mistaken)


def _arrive(connection: Connection, row: AnyRow, *, now: datetime) -> None:
    """The text is on the phone: so somebody is there, and nothing of it is to be sent again."""
    outbox.arrived(connection, row.id, now=now)
    if row.endpoint_state is EndpointState.DEAD:
        endpoints.change(connection, row.endpoint_id, state=EndpointState.ACTIVE)


def _let_follow(connection: Connection, delivery_id: int, *, now: datetime) -> None:
    """Release the correction that waited for this message to be settled, so that it comes last."""
    for carried in outbox.of_delivery(connection, delivery_id):
        if carried.hearing_id is not None:
            outbox.let_follow(
                connection, hearing_id=carried.hearing_id, participation_id=carried.participation_id, now=now
            )


def _trouble(row: AnyRow, receipt: Receipt) -> Trouble:
    return Trouble(
        delivery_id=row.id,
        lane_id=row.lane_id,
        endpoint_id=row.endpoint_id,
        code=receipt.error_code or receipt.state,
        consequence=receipt.consequence,
        may_retry=receipt.may_retry,
    )
