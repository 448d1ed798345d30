"""Which lanes have something to send now: the clock's tickets are for these."""

from datetime import datetime

from sqlalchemy import Connection, exists, or_, select, text

from domain.notice import Priority
from storage.schema import WAITING_SQL, lane, notice


def read(connection: Connection, *, now: datetime) -> list[int]:
    """Return the ids of lanes that do not rest and have a due notice; one short look into the index for each."""
    due = exists().where(
        text("notice." + WAITING_SQL),
        notice.c.lane_id == lane.c.id,
        notice.c.priority.in_([int(priority) for priority in Priority]),
        notice.c.due_at <= now,
    )
    awake = or_(lane.c.paused_until.is_(None), lane.c.paused_until <= now)
    return list(connection.execute(select(lane.c.id).where(awake, due).order_by(lane.c.id)).scalars())
