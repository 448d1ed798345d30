"""A database that was put back from a backup: how old it is, and what it believes to be still to do."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update

from domain.roles import Role
from storage.schema import IN_FLIGHT_SQL, WAITING_SQL, audit_event, heartbeat, notice, participation

WEB = "web:"
"""So the heartbeats of webs are called, which may stay up while a database is put back."""


def last_sign_of_life(connection: Connection) -> datetime | None:
    """Return when this database last heard of anything; None: never.

    A web that was left up beats in it already since it is back: that says nothing of then.
    """
    beaten = select(func.max(heartbeat.c.at)).where(~heartbeat.c.name.startswith(WEB))
    instants = [connection.execute(query).scalar() for query in (beaten, select(func.max(audit_event.c.at)))]
    return max((at for at in instants if at is not None), default=None)


def end_leases(connection: Connection, *, now: datetime) -> None:
    """Say that whoever had notices in flight is gone: no process of the backup's time lives."""
    connection.execute(update(notice).where(text(IN_FLIGHT_SQL)).values(leased_until=now))


def due_to(
    connection: Connection, roles: Collection[Role], *, now: datetime, limit: int
) -> list[Row[*tuple[Any, ...]]]:
    """Return waiting notices that are due to people with one of these roles in the case."""
    query = (
        select(notice)
        .join(participation, participation.c.id == notice.c.participation_id)
        .where(text(f"notice.{WAITING_SQL}"), notice.c.due_at <= now, participation.c.role.in_(roles))
    )
    return list(connection.execute(query.order_by(notice.c.id).limit(limit)))


def count_due(connection: Connection, *, now: datetime) -> int:
    """Return how many notices are due."""
    query = select(func.count()).select_from(notice).where(text(WAITING_SQL), notice.c.due_at <= now)
    return int(connection.execute(query).scalar_one())
