"""What the desk does with its list: it looks, and says what it has done with."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import NotFoundError
from storage import audit, tasks
from storage.audit import AuditAction


def close(connection: Connection, ids: Sequence[int], *, actor: str, now: datetime) -> None:
    """Take work off the list, all of it or nothing, and put that on record.

    Raises:
        NotFoundError: If one of `ids` is not on the list.
    """
    wanted = sorted(set(ids))
    missing = set(wanted) - tasks.which_are_open(connection, wanted)
    if missing:
        raise NotFoundError(f"there is no open task {', '.join(map(str, sorted(missing)))}; see: usher tasks")
    for one in wanted:
        tasks.close_task(connection, one, now=now)
    audit.record(connection, AuditAction.TASKS_CLOSED, actor=actor, facts={"tasks": wanted}, now=now)
