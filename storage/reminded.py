"""Who was told what: the one question behind "not reminded"."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from domain.notice import MAY_HAVE_LEFT
from storage.schema import notice


def of(connection: Connection, hearing_ids: Iterable[int]) -> set[tuple[int, int, int]]:
    """Return (hearing, person, revision) of everybody to whom anything about these hearings may have left."""
    query = select(notice.c.hearing_id, notice.c.person_id, notice.c.revision).where(
        notice.c.hearing_id.in_(set(hearing_ids)), notice.c.state.in_(MAY_HAVE_LEFT)
    )
    return {(row.hearing_id, row.person_id, row.revision) for row in connection.execute(query)}
