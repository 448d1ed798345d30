"""The notices that deliveries carry, from the wire on: what is known, or not known, of how they fared."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    union,
    update,
)

from domain.notice import WAITING, NoticeState
from domain.reasons import Reason
from storage.prepared import Prepared, one_of
from storage.schema import IN_FLIGHT_SQL, delivery, notice, verdict

AnyRow = Row[*tuple[Any, ...]]

IN_FLIGHT = (NoticeState.CLAIMED, NoticeState.SENDING)
UNSETTLED = (NoticeState.SENDING, NoticeState.UNKNOWN)


def mark_sent(connection: Connection, delivery_ids: Collection[int]) -> None:
    """Record that the provider took these deliveries; a notice that a receipt has moved already stays."""
    if delivery_ids:
        _SENT.run(connection, deliveries=delivery_ids)


def mark_unknown(connection: Connection, delivery_ids: Collection[int]) -> None:
    """Record that these may have left."""
    if delivery_ids:
        _UNKNOWN.run(connection, deliveries=delivery_ids)


def unsettle(connection: Connection, delivery_ids: Collection[int]) -> None:
    """Record that it is not known after all whether these left: another delivery's text was taken for theirs."""
    if delivery_ids:
        _UNSETTLE.run(connection, deliveries=delivery_ids)


def of_delivery(connection: Connection, delivery_id: int) -> list[AnyRow]:
    """Return the notices that a delivery carries, the first one first."""
    return list(connection.execute(select(notice).where(notice.c.delivery_id == delivery_id).order_by(notice.c.id)))


def again(connection: Connection, notice_id: int, *, at: datetime, reason: str, refund: bool = False) -> None:
    """Put a notice back, to be tried at `at`. `refund`: the attempt does not count, nothing was wrong with it."""
    cost = {"attempts": notice.c.attempts - 1} if refund else {}
    states = (*IN_FLIGHT, NoticeState.UNKNOWN, NoticeState.SENT)
    _move(
        connection, notice.c.id == notice_id, states, state=NoticeState.PLANNED, due_at=at, reason=reason[:48], **cost
    )


def never_left(connection: Connection, notice_id: int, *, given_at: datetime) -> None:
    """Forget that a notice was given to the wire at `given_at`: the provider never had it.

    What an earlier attempt may have carried is not forgotten.
    """
    this_time = (notice.c.id == notice_id, notice.c.left_at == given_at)
    connection.execute(update(notice).where(*this_time).values(left_at=None))


def fail(connection: Connection, notice_id: int, *, reason: str, now: datetime) -> None:
    """End a notice that cannot be carried."""
    states = (*IN_FLIGHT, *WAITING, NoticeState.UNKNOWN, NoticeState.SENT)
    _move(connection, notice.c.id == notice_id, states, state=NoticeState.FAILED, reason=reason[:48], ended_at=now)


def arrived(connection: Connection, leads: Mapping[int, int], *, now: datetime) -> None:
    """End the notices of deliveries that are on the phone, whatever was to be tried next, or is being tried.

    They have left, then, also where we had been told that they never did. `leads` holds the first notice of each
    delivery: where that has another delivery by now, it and what went along with it are found by the record. What a
    text told before the hearing changed is not what its notice tells now: that goes on.
    """
    if not leads:
        return
    ended = {notice_id for (notice_id,) in _ARRIVED.all(connection, deliveries=leads, now=now)}
    tried_again = [delivery_id for delivery_id, lead in leads.items() if lead not in ended]
    _ARRIVED_BEFORE.run_many(connection, [{"delivery": one, "now": now} for one in sorted(tried_again)])


def let_follow(connection: Connection, delivery_ids: Collection[int], *, now: datetime) -> None:
    """Release the corrections that waited for these messages about their hearings to be settled: they come last."""
    if delivery_ids:
        _LET_FOLLOW.run(connection, deliveries=delivery_ids, now=now)


def release_lost(connection: Connection, *, now: datetime) -> tuple[list[int], list[int]]:
    """Take back what a worker left behind when its lease ran out.

    What was only claimed is planned again; what was being sent may have left. Return the ids of the notices planned
    again and of the deliveries that are unknown now.
    """
    lost = and_(text(IN_FLIGHT_SQL), notice.c.leased_until <= now)
    ended = (
        update(notice)
        .where(lost)
        .values(
            state=case((notice.c.state == NoticeState.CLAIMED, NoticeState.PLANNED), else_=NoticeState.UNKNOWN),
            leased_until=None,
        )
        .returning(notice.c.id, notice.c.state, notice.c.delivery_id)
    )
    rows = connection.execute(ended).all()
    planned = [row.id for row in rows if row.state is NoticeState.PLANNED]
    return planned, sorted({row.delivery_id for row in rows if row.state is NoticeState.UNKNOWN})


def _move(connection: Connection, where: ColumnElement[bool], states: Sequence[NoticeState], **values: object) -> None:
    connection.execute(update(notice).where(where, notice.c.state.in_(states)).values(leased_until=None, **values))


def _is_any(states: Iterable[NoticeState]) -> ColumnElement[bool]:
    return or_(*(notice.c.state == state for state in states))


_CARRIED = one_of(notice.c.delivery_id, "deliveries")
_SENT = Prepared(update(notice).where(_CARRIED, _is_any(UNSETTLED)).values(state=NoticeState.SENT, leased_until=None))
_NOT_KNOWN = update(notice).where(_CARRIED).values(state=NoticeState.UNKNOWN, leased_until=None)
_UNKNOWN = Prepared(_NOT_KNOWN.where(notice.c.state == NoticeState.SENDING))
_UNSETTLE = Prepared(_NOT_KNOWN.where(notice.c.state == NoticeState.SENT))
_END_ARRIVED = (
    update(notice)
    .where(_is_any((*UNSETTLED, *WAITING, NoticeState.SENT, NoticeState.FAILED)))
    .values(
        state=NoticeState.DELIVERED,
        leased_until=None,
        ended_at=bindparam("now"),
        left_at=func.coalesce(notice.c.left_at, bindparam("now")),
    )
)
_lead, _along = notice.alias("lead"), notice.alias("along")
_THIS = delivery.c.id == bindparam("delivery")


def _tells_what_it_told(by: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that a notice's hearing has not changed since a delivery of it was put into words.

    What that told is on record with the verdict of its instant, so no clock has to be trusted, and none looked at.
    """
    made_at = select(delivery.c.created_at).where(by).correlate(notice).scalar_subquery()
    changed = exists().where(
        verdict.c.notice_id == notice.c.id,
        verdict.c.at == made_at,
        verdict.c.decision == "send",
        verdict.c.inputs[("revision", 0)].as_integer() != notice.c.revision,
    )
    return ~changed.correlate(notice)


_ARRIVED = Prepared(
    _END_ARRIVED.where(_CARRIED, _tells_what_it_told(delivery.c.id == notice.c.delivery_id)).returning(notice.c.id)
)
_WENT_ALONG = (  # what one text tells is decided at one instant: that of its delivery
    select(_along.c.id)
    .join_from(delivery, _lead, _lead.c.id == delivery.c.notice_id)
    .join(
        _along,
        and_(*(_along.c[name] == _lead.c[name] for name in ("person_id", "bundle_key", "kind"))),
    )
    .join(verdict, and_(verdict.c.notice_id == _along.c.id, verdict.c.at == delivery.c.created_at))
    .where(_THIS, verdict.c.decision == "send")
)
_ARRIVED_BEFORE = Prepared(
    _END_ARRIVED.where(
        notice.c.id.in_(union(select(delivery.c.notice_id).where(_THIS), _WENT_ALONG)), _tells_what_it_told(_THIS)
    )
)
_waits = notice.alias("waits")
_LET_FOLLOW = Prepared(
    update(notice)
    .where(
        notice.c.id.in_(
            select(_waits.c.id)
            .join(
                notice,
                (notice.c.hearing_id == _waits.c.hearing_id)
                & notice.c.participation_id.is_not_distinct_from(_waits.c.participation_id),
            )
            .where(_CARRIED, _waits.c.state == NoticeState.HELD, _waits.c.reason == Reason.EARLIER_ON_ITS_WAY)
            .correlate(None)
        )
    )
    .values(due_at=bindparam("now"), leased_until=None)
)
