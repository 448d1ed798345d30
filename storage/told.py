"""What an answer in conversation has told somebody of a hearing, so that the planner does not say it again."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from domain.notice import NoticeKind, NoticeState, Priority, Purpose
from storage.notices import Target
from storage.schema import notice

REASON = "told_in_reply"


def in_reply(connection: Connection, target: Target, *, now: datetime) -> None:
    """Write down that a person read of a hearing, at this revision, in an answer that they have replied to.

    It takes the place of the notice that the hearing is set: the same key, and delivered.
    """
    key = f"set:{target.hearing_id}:{target.participation_id}"
    if connection.execute(select(notice.c.id).where(notice.c.dedupe_key == key)).first() is not None:
        return
    connection.execute(
        insert(notice).values(
            **target._asdict(),
            dedupe_key=key,
            kind=NoticeKind.HEARING_SET,
            purpose=Purpose.SET,
            state=NoticeState.DELIVERED,
            reason=REASON,
            priority=int(Priority.REPLY),
            asks_attendance=False,
            due_at=now,
            expires_at=now,
            attempts=0,
            created_at=now,
            left_at=now,
            ended_at=now,
        )
    )
