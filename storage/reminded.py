"""Who was told what: the one question behind "not reminded"."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from domain.notice import MAY_HAVE_LEFT
from storage.schema import notice, person_endpoint


def of(connection: Connection, hearing_ids: Iterable[int]) -> set[tuple[int, int, int]]:
    """Return (hearing, person, revision) of everybody to whom anything about these hearings may have left.

    What went to a number that is not theirs any more, or never was, has told them nothing.
    """
    there = (person_endpoint.c.person_id == notice.c.person_id) & (
        person_endpoint.c.endpoint_id == notice.c.endpoint_id
    )
    query = (
        select(notice.c.hearing_id, notice.c.person_id, notice.c.revision)
        .outerjoin(person_endpoint, there)
        .where(
            notice.c.hearing_id.in_(set(hearing_ids)),
            notice.c.state.in_(MAY_HAVE_LEFT),
            person_endpoint.c.ended_at.is_(None),
        )
    )
    return {(row.hearing_id, row.person_id, row.revision) for row in connection.execute(query)}
