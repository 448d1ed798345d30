"""The question ledger: what we asked an endpoint, how it may answer, about what and at which revision."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from domain.hearing import HearingStatus
from domain.notice import NoticeKind
from domain.questions import OpenQuestion, QuestionKind
from storage.schema import hearing, notice, question

REMEMBERED = timedelta(days=3)
"""So long after it closed a question still explains an answer that comes too late."""


class QuestionState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question to put on record; it is asked by whatever text goes with it."""

    endpoint_id: int
    court_id: int
    kind: QuestionKind
    options: tuple[str, ...]
    expires_at: datetime
    lane_id: int | None = None
    person_id: int | None = None
    participation_id: int | None = None
    case_id: int | None = None
    hearing_id: int | None = None
    revision: int | None = None
    subject: str | None = None
    kept: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question on record: as the rules of the ledger see it, and what it is about."""

    question: OpenQuestion
    court_id: int
    person_id: int | None
    participation_id: int | None
    case_id: int | None
    subject: str | None


def ask(connection: Connection, asking: Asking, *, now: datetime) -> int:
    """Put a question on record; return its id."""
    row = asdict(asking) | {"options": list(asking.options), "state": QuestionState.OPEN, "asked_at": now}
    added = connection.execute(insert(question).values(row).returning(question.c.id))
    return int(added.scalar_one())


def open_of(connection: Connection, endpoint_id: int, *, now: datetime) -> list[Asked]:
    """Return what an endpoint has not answered, oldest first, with what lately became too late to answer.

    A question about a hearing is superseded once the hearing has another revision or is not on.
    """
    query = (
        select(question, hearing.c.revision.label("current"), hearing.c.status)
        .outerjoin(hearing, hearing.c.id == question.c.hearing_id)
        .where(
            question.c.endpoint_id == endpoint_id,
            question.c.state == QuestionState.OPEN,
            question.c.expires_at > now - REMEMBERED,
        )
        .order_by(question.c.id)
    )
    return [_asked(row) for row in connection.execute(query)]


def unasked_invitations(
    connection: Connection, endpoint_id: int, *, since: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return court, lane, person and `left_at` of invitations that left since and whose question is on no record."""
    asked = exists().where(
        question.c.endpoint_id == endpoint_id,
        question.c.kind == QuestionKind.OPT_IN,
        question.c.court_id == notice.c.court_id,
        question.c.asked_at >= notice.c.left_at,
    )
    query = select(notice.c.court_id, notice.c.lane_id, notice.c.person_id, notice.c.left_at).where(
        notice.c.endpoint_id == endpoint_id,
        notice.c.kind == NoticeKind.INVITATION,
        notice.c.left_at > since,
        ~asked,
    )
    return connection.execute(query.order_by(notice.c.id)).all()


def asked_about(
    connection: Connection, endpoint_ids: Iterable[int], kind: QuestionKind
) -> set[tuple[int, int | None, int | None]]:
    """Return (endpoint, hearing, revision) of what these endpoints were asked and that was not taken back."""
    query = select(question.c.endpoint_id, question.c.hearing_id, question.c.revision).where(
        question.c.endpoint_id.in_(set(endpoint_ids)),
        question.c.kind == kind,
        question.c.state != QuestionState.WITHDRAWN,
    )
    return {(row.endpoint_id, row.hearing_id, row.revision) for row in connection.execute(query)}


def answer(connection: Connection, question_id: int, option: str, *, now: datetime) -> bool:
    """Record the answer to a question; return False when it has one already."""
    is_open = (question.c.id == question_id, question.c.state == QuestionState.OPEN)
    values = {"state": QuestionState.ANSWERED, "answer": option, "answered_at": now}
    return connection.execute(update(question).where(*is_open).values(values)).rowcount == 1


def withdraw(connection: Connection, endpoint_id: int, kinds: Iterable[QuestionKind]) -> None:
    """Take back what is still open of these kinds."""
    still = (question.c.endpoint_id == endpoint_id, question.c.state == QuestionState.OPEN)
    connection.execute(
        update(question).where(*still, question.c.kind.in_(list(kinds))).values(state=QuestionState.WITHDRAWN)
    )


def withdraw_one(connection: Connection, question_id: int) -> None:
    """Take back one question, if it is still open."""
    still = (question.c.id == question_id, question.c.state == QuestionState.OPEN)
    connection.execute(update(question).where(*still).values(state=QuestionState.WITHDRAWN))


def withdraw_about(connection: Connection, endpoint_id: int, *, case_id: int) -> None:
    """Take back what is still open about one case or its hearings."""
    still = (question.c.endpoint_id == endpoint_id, question.c.state == QuestionState.OPEN)
    of_case = select(hearing.c.id).where(hearing.c.case_id == case_id)
    about = (question.c.case_id == case_id) | question.c.hearing_id.in_(of_case)
    connection.execute(update(question).where(*still, about).values(state=QuestionState.WITHDRAWN))


def asked_since(connection: Connection, endpoint_id: int, kind: QuestionKind, *, since: datetime) -> bool:
    """Return whether an endpoint was asked this after `since`, answered or not."""
    query = select(question.c.id).where(
        question.c.endpoint_id == endpoint_id, question.c.kind == kind, question.c.asked_at > since
    )
    return connection.execute(query.limit(1)).first() is not None


def answered_since(connection: Connection, endpoint_id: int, *, since: datetime) -> bool:
    """Return whether an endpoint has answered anything after `since`."""
    query = select(question.c.id).where(
        question.c.endpoint_id == endpoint_id,
        question.c.state == QuestionState.ANSWERED,
        question.c.answered_at > since,
    )
    return connection.execute(query.limit(1)).first() is not None


def _asked(row: Row[*tuple[Any, ...]]) -> Asked:
    about_hearing = row.hearing_id is not None and row.revision is not None
    superseded = about_hearing and (row.current != row.revision or row.status is not HearingStatus.SCHEDULED)
    return Asked(
        question=OpenQuestion(
            id=row.id,
            kind=row.kind,
            options=tuple(row.options),
            asked_at=row.asked_at,
            expires_at=row.expires_at,
            lane=row.lane_id,
            hearing_id=row.hearing_id,
            revision=row.revision,
            superseded=superseded,
            kept=row.kept,
        ),
        court_id=row.court_id,
        person_id=row.person_id,
        participation_id=row.participation_id,
        case_id=row.case_id,
        subject=row.subject,
    )
