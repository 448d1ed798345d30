"""Attendance: the question that reminders ask ("will you come?"), put on record as they leave."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from domain.questions import ATTENDANCE_OPTIONS, QuestionKind
from storage.bulk import among
from storage.letters import LetterRow
from storage.schema import question

OPEN = "open"


def ask(connection: Connection, rows: Sequence[LetterRow], *, lane_id: int, now: datetime) -> None:
    """Put on record that these letters ask; what is open already is not asked twice."""
    if not rows:
        return
    is_open = (
        among(connection, question.c.endpoint_id, [row.endpoint_id for row in rows]),
        question.c.kind == QuestionKind.ATTENDANCE,
        question.c.state == OPEN,
    )
    known = select(question.c.endpoint_id, question.c.hearing_id, question.c.revision).where(*is_open)
    there = {tuple(row) for row in connection.execute(known)}
    fresh = [
        {
            "endpoint_id": row.endpoint_id,
            "court_id": row.court_id,
            "person_id": row.person_id,
            "participation_id": row.participation_id,
            "case_id": row.case_id,
            "hearing_id": row.hearing_id,
            "revision": row.revision,
            "lane_id": lane_id,
            "kind": QuestionKind.ATTENDANCE,
            "options": list(ATTENDANCE_OPTIONS),
            "state": OPEN,
            "asked_at": now,
            "expires_at": row.starts_at,
        }
        for row in rows
        if (row.endpoint_id, row.hearing_id, row.revision) not in there
    ]
    if fresh:
        connection.execute(insert(question), fresh)
