"""Attendance: the question that reminders ask ("will you come?"), put on record as they leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from domain.questions import ATTENDANCE_OPTIONS, QuestionKind
from storage.letters import LetterRow
from storage.prepared import Prepared, one_of
from storage.questions import QuestionState
from storage.schema import notice, question

OPEN = "open"


class Along(NamedTuple):
    """Another hearing that a text asked about, and the revision that it told."""

    hearing_id: int
    participation_id: int
    revision: int


def ask(connection: Connection, rows: Sequence[LetterRow], *, lane_id: int, now: datetime) -> None:
    """Put on record that these letters ask; what is open already is not asked twice."""
    if not rows:
        return
    there = set(_ASKED.all(connection, endpoints=[row.endpoint_id for row in rows]))
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


def take_back(connection: Connection, endpoint_id: int, *, asked_at: datetime) -> None:
    """Take back what the text asked that was to leave to an endpoint at this instant: nobody has read it.

    What an earlier text has asked stays open; it has an earlier instant.
    """
    _TAKE_BACK.run(connection, endpoint=endpoint_id, asked_at=asked_at)


def was_read(connection: Connection, endpoint_id: int, *, asked_at: datetime) -> None:
    """Ask after all what was taken back: the text has arrived. A later text that asks the same need not."""
    _YIELD.run(connection, endpoint=endpoint_id, asked_at=asked_at)
    _ASK_AFTER_ALL.run(connection, endpoint=endpoint_id, asked_at=asked_at)


def asked_along(connection: Connection, *, hearing_id: int, participation_id: int, revision: int) -> list[Along]:
    """Return the person's other hearings that the text which asked about this one told, by id.

    A text that tells of several hearings asks once: its question is about the first, its answer is about all.
    """
    rows = _ALONG.all(connection, hearing=hearing_id, part=participation_id, revision=revision)
    return [Along(*row) for row in rows]


_earlier = question.alias("earlier")
_AT_THAT_ENDPOINT = (
    question.c.endpoint_id == bindparam("endpoint"),
    question.c.kind == QuestionKind.ATTENDANCE,
)
_ASKED_THEN = (*_AT_THAT_ENDPOINT, question.c.asked_at == bindparam("asked_at"))
_ASKED = Prepared(
    select(question.c.endpoint_id, question.c.hearing_id, question.c.revision).where(
        one_of(question.c.endpoint_id, "endpoints"),
        question.c.kind == QuestionKind.ATTENDANCE,
        question.c.state == OPEN,
    )
)
_TAKE_BACK = Prepared(
    update(question).where(*_ASKED_THEN, question.c.state == OPEN).values(state=QuestionState.WITHDRAWN)
)
_ASK_AFTER_ALL = Prepared(
    update(question).where(*_ASKED_THEN, question.c.state == QuestionState.WITHDRAWN).values(state=OPEN)
)
_YIELD = Prepared(
    update(question)
    .where(
        *_AT_THAT_ENDPOINT,
        question.c.state == OPEN,
        exists().where(
            _earlier.c.endpoint_id == question.c.endpoint_id,
            _earlier.c.kind == question.c.kind,
            _earlier.c.asked_at == bindparam("asked_at"),
            _earlier.c.asked_at < question.c.asked_at,
            _earlier.c.hearing_id == question.c.hearing_id,
            _earlier.c.revision == question.c.revision,
        ),
    )
    .values(state=QuestionState.WITHDRAWN)
)
_lead, _other = notice.alias("lead"), notice.alias("other")
_ALONG = Prepared(
    select(_other.c.hearing_id, _other.c.participation_id, _other.c.revision)
    .distinct()
    .join_from(_lead, _other, (_other.c.delivery_id == _lead.c.delivery_id) & (_other.c.person_id == _lead.c.person_id))
    .where(
        _lead.c.hearing_id == bindparam("hearing"),
        _lead.c.participation_id == bindparam("part"),
        _lead.c.revision == bindparam("revision"),
        _lead.c.asks_attendance,
        _lead.c.delivery_id.is_not(None),
        _other.c.asks_attendance,
        _other.c.hearing_id != _lead.c.hearing_id,
    )
    .order_by(_other.c.hearing_id)
)
