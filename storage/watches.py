"""Watches: case numbers that somebody waits for, until they come into the calendar or the days are over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.prepared import Prepared, one_of
from storage.schema import watch


class WatchState(StrEnum):
    """Where a watch stands."""

    OPEN = "open"
    FOUND = "found"
    ENDED = "ended"
    CLOSED = "closed"  # they want no more texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One endpoint's watch for one number, in any court that writes from its lane; `court_id` is who it asked."""

    id: int
    endpoint_id: int
    court_id: int
    folded: str = field(repr=False)


def keep(
    connection: Connection,
    *,
    endpoint_id: int,
    court_id: int,
    folded: str,
    expires_at: datetime,
    now: datetime,
) -> int:
    """Begin a watch, or prolong the one there is; return its id."""
    same = (watch.c.endpoint_id == endpoint_id, watch.c.folded == folded, watch.c.state == WatchState.OPEN)
    prolonged = update(watch).where(*same).values(expires_at=expires_at, court_id=court_id)
    known = connection.execute(prolonged.returning(watch.c.id)).scalar()
    if known is not None:
        return int(known)
    added = insert(watch).values(
        endpoint_id=endpoint_id,
        court_id=court_id,
        folded=folded,
        number=folded,
        state=WatchState.OPEN,
        created_at=now,
        expires_at=expires_at,
    )
    return int(connection.execute(added.returning(watch.c.id)).scalar_one())


def open_for(connection: Connection, folded: Iterable[str]) -> list[Watch]:
    """Return the open watches for any of these numbers."""
    found = _OPEN_FOR.all(connection, numbers=set(folded))
    return [Watch(id=one, endpoint_id=at, court_id=asked, folded=number) for one, at, asked, number in found]


def young(connection: Connection, *, since: datetime, limit: int) -> list[Watch]:
    """Return the youngest open watches of those that began after `since`."""
    query = select(watch).where(watch.c.state == WatchState.OPEN, watch.c.created_at > since)
    return [_watch(row) for row in connection.execute(query.order_by(watch.c.id.desc()).limit(limit))]


def over(connection: Connection, *, now: datetime, limit: int) -> list[Watch]:
    """Return open watches whose days are over."""
    query = select(watch).where(watch.c.state == WatchState.OPEN, watch.c.expires_at <= now)
    return [_watch(row) for row in connection.execute(query.order_by(watch.c.id).limit(limit))]


def move(connection: Connection, watch_ids: Iterable[int], state: WatchState) -> None:
    """Bring watches that are open to their end."""
    still = (watch.c.id.in_(list(watch_ids)), watch.c.state == WatchState.OPEN)
    connection.execute(update(watch).where(*still).values(state=state))


def close_all(connection: Connection, endpoint_id: int) -> None:
    """End an endpoint's watches without a word: it wants no more texts."""
    still = (watch.c.endpoint_id == endpoint_id, watch.c.state == WatchState.OPEN)
    connection.execute(update(watch).where(*still).values(state=WatchState.CLOSED))


def _watch(row: Row[*tuple[Any, ...]]) -> Watch:
    return Watch(id=row.id, endpoint_id=row.endpoint_id, court_id=row.court_id, folded=row.folded)


_OPEN_FOR = Prepared(
    select(*(watch.c[name] for name in ("id", "endpoint_id", "court_id", "folded")))
    .where(watch.c.state == WatchState.OPEN, one_of(watch.c.folded, "numbers"))
    .order_by(watch.c.id)
)
