"""Reconciling: what a worker lost, and what may or may not have left, is settled without ever guessing."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import Connection, Row

from domain.delivery import ChannelName, FindOutcome, NotFound, OutgoingMessage, Sent, Unavailable
from domain.errors import InvalidInputError
from domain.roles import Role, Side, side_of
from scheduler import consequences
from scheduler.dispatch import RECEIPT_GRACE, UNOPENED_REST
from storage import attendance, deliveries, letters, locks, underway
from storage.tasks import TaskKind, open_task

AnyRow = Row[*tuple[Any, ...]]

AT_ONCE = 200
ASKING = timedelta(minutes=2)
"""So long nobody else asks about what is being asked about."""
ASK_AGAIN = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
ASK_AT_MOST = 6
LOST = "lease.lost"
NOT_THERE = "provider.not_found"
PROTECTED = frozenset(role for role in Role if side_of(role) is Side.HARMED)
"""To whom nothing is sent a second time without a human: somebody else may be reading over their shoulder."""

log = structlog.get_logger(__name__)


def find_lost(connection: Connection, *, now: datetime) -> int:
    """Take back what workers left behind; return how many notices and deliveries that were.

    Only what was claimed goes back to the queue. What was being sent becomes unknown: its receipt may settle it.
    """
    planned, maybe_left = underway.release_lost(connection, now=now)
    deliveries.unknown(connection, dict.fromkeys(maybe_left, LOST), ask_at=now + RECEIPT_GRACE)
    if planned or maybe_left:
        log.warning("leases.lost", planned=len(planned), unknown=len(maybe_left))
    return len(planned) + len(maybe_left)


def questions(
    connection: Connection, *, channels: Collection[ChannelName], now: datetime, limit: int = AT_ONCE
) -> list[tuple[str, OutgoingMessage]]:
    """Return, with its lane's key, each message of these channels that the provider should be asked about now."""
    rows = deliveries.take_unknown(connection, channels=channels, now=now, limit=limit, until=now + ASKING)
    asked = []
    for row in rows:
        try:
            asked.append((row.lane_key, deliveries.as_message(connection, row)))
        except InvalidInputError:  # of a key that is not here, or of one value: the others are asked about
            log.exception("delivery.unopened", delivery_id=row.id)
            deliveries.ask_again(connection, row.id, at=now + UNOPENED_REST)
    return asked


def settle(connection: Connection, answers: list[tuple[int, FindOutcome]], *, now: datetime) -> None:
    """Write down what the provider knew of unknown deliveries; a receipt that came meanwhile has the last word.

    A text that may as well be another attempt's, of the same words to the same phone, is taken for nobody's: it is
    asked about again, and then the others are known. A receipt that is just giving it to one of them is waited for.
    """
    locks.troubled(connection, [delivery_id for delivery_id, answer in answers if isinstance(answer, Sent)])
    for delivery_id, answer in answers:
        match answer:
            case Sent(provider_id) if deliveries.may_be_anothers(connection, delivery_id, provider_id):
                deliveries.ask_again(connection, delivery_id, at=now)
            case Sent(provider_id):
                deliveries.accepted(connection, {delivery_id: provider_id}, now=now)
                underway.mark_sent(connection, [delivery_id])
            case NotFound():
                if deliveries.refused(connection, delivery_id, code=NOT_THERE, now=now):
                    place = deliveries.place_of(connection, delivery_id)
                    attendance.take_back(connection, place.endpoint_id, asked_at=place.created_at)
                    _tell_all_the_same(connection, delivery_id, code=NOT_THERE, now=now, never_left_at=place.created_at)
            case Unavailable(code, is_lasting):
                _ask_again(connection, delivery_id, code, is_lasting=is_lasting, now=now)
            case _:
                assert_never(answer)


def _ask_again(connection: Connection, delivery_id: int, code: str, *, is_lasting: bool, now: datetime) -> None:
    asked = deliveries.still_unknown(connection, delivery_id)
    if asked is None:
        return
    if is_lasting or asked >= ASK_AT_MOST:
        deliveries.ask_again(connection, delivery_id, at=None)
        _tell_all_the_same(connection, delivery_id, code=code, now=now)
    else:
        wait = min(ASK_AGAIN * (1 << max(asked - 1, 0)), LONGEST_WAIT)
        deliveries.ask_again(connection, delivery_id, at=now + wait)


def _tell_all_the_same(
    connection: Connection, delivery_id: int, *, code: str, now: datetime, never_left_at: datetime | None = None
) -> None:
    """Send again what may have left: twice is better than never (ADR 0002). Protected people get a human instead.

    `never_left_at` is when it was given to a provider that says it never had it.
    """
    notice_ids = [
        row.id for row in underway.of_delivery(connection, delivery_id) if row.state in consequences.OUT_THERE
    ]
    for row in letters.load(connection, notice_ids):
        if row.role in PROTECTED or now >= row.expires_at:
            open_task(connection, TaskKind.UNSETTLED, consequences.about(row), dedupe=str(row.id), now=now)
            continue
        if never_left_at is not None:
            underway.never_left(connection, row.id, given_at=never_left_at)
        consequences.again(connection, row, now=now, code=code, after=timedelta(0))
