"""The outbox as the dispatcher sees it: what is due on a lane, and every step a notice takes up to the wire."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from domain.notice import WAITING, NoticeKind, NoticeState, Priority
from storage import pairs
from storage.letters import LetterRow
from storage.prepared import Prepared, one_of
from storage.schema import IN_FLIGHT_SQL, REPLY_SQL, WAITING_SQL, delivery, endpoint, hearing, notice

AnyRow = Row[*tuple[Any, ...]]

BUNDLE_AHEAD = timedelta(minutes=30)
"""A sibling that is due so soon goes along in one text."""
IN_TURN = timedelta(minutes=10)
"""So long an answer waits for an earlier one to the same phone that is tried again, or may or may not have left."""
OPEN = (*WAITING, NoticeState.CLAIMED, NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT)
"""Not ended: a receipt may have said meanwhile that the text is on the phone."""
PAGES = 5  # of one look at a lane: endpoints with many due notices hold the others up no longer than this

_Place = tuple[datetime, int]


class _Found(NamedTuple):
    id: int
    endpoint_id: int
    due_at: datetime


def due(
    connection: Connection,
    lane_id: int,
    *,
    courts: Collection[int],
    now: datetime,
    limit: int,
    spacing: timedelta = timedelta(0),
) -> list[int]:
    """Lock up to `limit` notices to try now and return their ids: most urgent, then oldest; one an endpoint.

    What another worker has locked is passed over, and so are courts that are not in `courts`: a worker that does not
    know them yet leaves theirs to others. See `hold_still` for what must still be asked.

    An endpoint that has something in flight waits, and so does one that had a text less than `spacing` ago. Answers
    do not overtake one another: see IN_TURN. Each priority is one short range scan of its own, so the time does not
    grow with what waits.
    """
    chosen: dict[int, int] = {}
    for priority in Priority:
        after: _Place | None = None
        for _ in range(PAGES):
            rows = _page(
                connection, lane_id, priority, courts=courts, now=now, limit=limit, after=after, spacing=spacing
            )
            for row in rows:
                if len(chosen) < limit:
                    chosen.setdefault(row.endpoint_id, row.id)
            if len(rows) < limit or len(chosen) >= limit:
                break
            after = (rows[-1].due_at, rows[-1].id)
        if len(chosen) >= limit:
            break
    return list(chosen.values())


def spaced_until(connection: Connection, lane_id: int, *, now: datetime, spacing: timedelta) -> datetime | None:
    """Return when the first endpoint with something due may have its next text; None if none waits for that."""
    if not spacing:
        return None
    oldest: datetime | None = _SPACED.scalar(connection, lane=lane_id, now=now, since=now - spacing)
    return None if oldest is None else oldest + spacing


def siblings(connection: Connection, leads: Sequence[LetterRow], *, now: datetime) -> list[int]:
    """Lock the waiting notices that belong into the same text as one of `leads` and return their ids."""
    wanted = [(row.endpoint_id, row.bundle_key) for row in leads if row.bundle_key]
    if not wanted:
        return []
    found = _SIBLINGS.all(connection, pairs=wanted, leads=[row.id for row in leads], until=now + BUNDLE_AHEAD)
    return [notice_id for (notice_id,) in found]


def hold_still(
    connection: Connection, ids: Sequence[int], *, now: datetime, spacing: timedelta = timedelta(0)
) -> list[int]:
    """Keep what `due` or `siblings` has locked, its endpoints and its hearings still; return what is free to leave.

    An endpoint belongs to one worker at a time: only then can it be said that nothing is on its way there. Whoever is
    changing a hearing right now will replan: its notices are left for the next look. Nothing here ever waits. SQLite
    has a single writer: there, nothing moves anyway.
    """
    if connection.dialect.name == "sqlite" or not ids:
        return list(ids)
    endpoints = {endpoint_id for (endpoint_id,) in _HOLD_ENDPOINTS.all(connection, notices=ids)}
    hearings = {hearing_id for (hearing_id,) in _HOLD_HEARINGS.all(connection, notices=ids)} | {None}
    # By now whoever had these endpoints before us has committed, so a statement of its own sees what they did.
    query = _FREE_AND_RESTED if spacing else _FREE
    rested = {"since": now - spacing} if spacing else {}
    free = {
        notice_id
        for notice_id, endpoint_id, hearing_id in query.all(connection, notices=ids, **rested)
        if endpoint_id in endpoints and hearing_id in hearings
    }
    return [notice_id for notice_id in ids if notice_id in free]


def mark_sending(
    connection: Connection, carried: Sequence[tuple[int, int]], *, now: datetime, lease: timedelta
) -> None:
    """Record, before the wire, that these may leave: pairs of (delivery, notice)."""
    if carried:
        _SENDING.run(connection, pairs=[(row, by) for by, row in carried], now=now, leased_until=now + lease)


def hold(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Let notices wait for a reason of the gate's: rows of {"notice", "until", "reason"}."""
    if rows:
        connection.execute(_HOLD, rows)


def drop(connection: Connection, rows: Sequence[dict[str, object]], *, now: datetime) -> None:
    """End notices that must not leave, unless they have ended: rows of {"notice", "end" (a state), "reason"}."""
    if rows:
        connection.execute(_DROP, [{**row, "now": now} for row in rows])


def redirect(connection: Connection, notice_id: int, *, endpoint_id: int, lane_id: int) -> None:
    """Send a notice to another endpoint of the same person."""
    values = {"endpoint_id": endpoint_id, "lane_id": lane_id}
    connection.execute(update(notice).where(notice.c.id == notice_id).values(values))


def waiting_for(connection: Connection, endpoint_id: int) -> list[AnyRow]:
    """Return what waits for an endpoint but replies, which belong to the conversation there."""
    here = (text(WAITING_SQL), notice.c.endpoint_id == endpoint_id, notice.c.kind != NoticeKind.REPLY)
    return list(connection.execute(select(notice).where(*here).order_by(notice.c.id)))


def overdue(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Lock waiting notices whose time has passed and return their ids; what a worker has in hand is passed over."""
    query = select(notice.c.id).where(text(WAITING_SQL), notice.c.due_at <= now, notice.c.expires_at <= now)
    locked = query.order_by(notice.c.id).limit(limit).with_for_update(skip_locked=True, key_share=True)
    return list(connection.execute(locked).scalars())


def _page(
    connection: Connection,
    lane_id: int,
    priority: Priority,
    *,
    courts: Collection[int],
    now: datetime,
    limit: int,
    after: _Place | None,
    spacing: timedelta,
) -> list[_Found]:
    query = _QUERIES[after is not None, bool(spacing), priority is Priority.REPLY]
    facts: dict[str, object] = {"lane": lane_id, "priority": int(priority), "now": now, "limit": limit}
    facts["courts"] = courts
    if priority is Priority.REPLY:
        facts["in_turn_since"] = now - IN_TURN
    if after is not None:
        facts |= {"due": after[0], "id": after[1]}
    if spacing:
        facts["since"] = now - spacing
    return list(map(_Found._make, query.all(connection, **facts)))


_other = notice.alias("other")
_NOTHING_IN_FLIGHT = (
    # Not as EXISTS: PostgreSQL, whose statistics have never seen anything in flight, would make a join of it, and
    # compare whatever is due with whatever is under way. A value is looked up in the index, row by row.
    select(_other.c.id)
    .where(text("other." + IN_FLIGHT_SQL), _other.c.endpoint_id == notice.c.endpoint_id)
    .limit(1)
    .correlate(notice)
    .scalar_subquery()
    .is_(None)
)
_DUE = (
    select(notice.c.id, notice.c.endpoint_id, notice.c.due_at)
    .where(
        text("notice." + WAITING_SQL),
        notice.c.lane_id == bindparam("lane"),
        notice.c.priority == bindparam("priority"),
        notice.c.due_at <= bindparam("now"),
        one_of(notice.c.court_id, "courts"),
        _NOTHING_IN_FLIGHT,
    )
    .order_by(notice.c.due_at, notice.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True, of=notice)
)
_AFTER = or_(
    notice.c.due_at > bindparam("due"),
    and_(notice.c.due_at == bindparam("due"), notice.c.id > bindparam("id")),
)
_RESTED = ~exists().where(delivery.c.endpoint_id == notice.c.endpoint_id, delivery.c.created_at > bindparam("since"))
_earlier = notice.alias("earlier")
_ANSWERED_BEFORE = ~exists().where(
    text("notice." + REPLY_SQL),
    text("earlier." + REPLY_SQL),
    text("earlier.state IN ('planned', 'held', 'unknown')"),
    _earlier.c.endpoint_id == notice.c.endpoint_id,
    _earlier.c.created_at > bindparam("in_turn_since"),
    _earlier.c.id < notice.c.id,
)
_QUERIES = {  # by whether it goes on after a page, whether endpoints are spaced, and whether it is about answers
    (goes_on, is_spaced, is_answer): Prepared(
        _DUE.where(
            *([_AFTER] if goes_on else []),
            *([_RESTED] if is_spaced else []),
            *([_ANSWERED_BEFORE] if is_answer else []),
        )
    )
    for goes_on in (False, True)
    for is_spaced in (False, True)
    for is_answer in (False, True)
}
_SPACED = Prepared(
    select(func.min(delivery.c.created_at))
    .join(notice, notice.c.endpoint_id == delivery.c.endpoint_id)
    .where(
        text("notice." + WAITING_SQL),
        notice.c.lane_id == bindparam("lane"),
        text(f"notice.priority IN ({', '.join(str(int(priority)) for priority in Priority)})"),
        notice.c.due_at <= bindparam("now"),
        delivery.c.created_at > bindparam("since"),
    )
)
_SIBLINGS = pairs.joining(
    lambda endpoint_id, bundle_key: (
        select(notice.c.id)
        .where(
            text("notice." + WAITING_SQL),
            notice.c.endpoint_id == endpoint_id,
            notice.c.due_at <= bindparam("until"),
            notice.c.bundle_key == bundle_key,
            ~one_of(notice.c.id, "leads"),
        )
        .with_for_update(skip_locked=True, key_share=True, of=notice)
    ),
    String(),
)
_HOLD_ENDPOINTS = Prepared(
    select(endpoint.c.id)
    .where(endpoint.c.id.in_(select(notice.c.endpoint_id).where(one_of(notice.c.id, "notices"))))
    .with_for_update(skip_locked=True, key_share=True)
)
_HOLD_HEARINGS = Prepared(
    select(hearing.c.id)
    .where(hearing.c.id.in_(select(notice.c.hearing_id).where(one_of(notice.c.id, "notices"))))
    .with_for_update(read=True, skip_locked=True)
)
_OURS = select(notice.c.id, notice.c.endpoint_id, notice.c.hearing_id).where(
    one_of(notice.c.id, "notices"), _NOTHING_IN_FLIGHT
)
_FREE = Prepared(_OURS)
_FREE_AND_RESTED = Prepared(_OURS.where(_RESTED))
_SENDING = pairs.joining(
    lambda notice_id, delivery_id: (
        update(notice)
        .where(notice.c.id == notice_id)
        .values(
            delivery_id=delivery_id,
            state=NoticeState.SENDING,
            reason=None,
            attempts=notice.c.attempts + 1,
            leased_until=bindparam("leased_until"),
            left_at=func.coalesce(notice.c.left_at, bindparam("now", type_=notice.c.left_at.type)),
        )
    )
)
_HOLD = (
    update(notice)
    .where(notice.c.id == bindparam("notice"))
    .values(state=NoticeState.HELD, due_at=bindparam("until"), reason=bindparam("reason"))
)
_DROP = (
    update(notice)
    .where(notice.c.id == bindparam("notice"), or_(*(notice.c.state == state for state in OPEN)))
    .values(state=bindparam("end"), reason=bindparam("reason"), ended_at=bindparam("now"), leased_until=None)
)
