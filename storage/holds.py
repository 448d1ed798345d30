"""Legal holds: cases of which nothing is forgotten until the hold is released."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.schema import case, court


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """A case under hold."""

    case_id: int
    court: str
    number: str
    held_at: datetime


def find(connection: Connection, *, court_id: int, folded: str) -> int | None:
    """Return the id of a court's case by its folded number."""
    where = (case.c.court_id == court_id, case.c.folded == folded)
    return connection.execute(select(case.c.id).where(*where)).scalar()


def hold(connection: Connection, case_id: int, *, now: datetime) -> bool:
    """Hold a case; return False when it was held already, since when it is counted stays."""
    free = (case.c.id == case_id, case.c.held_at.is_(None))
    return bool(connection.execute(update(case).where(*free).values(held_at=now)).rowcount)


def release(connection: Connection, case_id: int) -> bool:
    """Release a case; return False when it was not held."""
    held = (case.c.id == case_id, case.c.held_at.is_not(None))
    return bool(connection.execute(update(case).where(*held).values(held_at=None)).rowcount)


def held(connection: Connection) -> list[HeldCase]:
    """Return every held case, the longest held first."""
    query = (
        select(case.c.id.label("case_id"), court.c.key.label("court"), case.c.number, case.c.held_at)
        .join(court, court.c.id == case.c.court_id)
        .where(case.c.held_at.is_not(None))
        .order_by(case.c.held_at, case.c.id)
    )
    return [HeldCase(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name
