"""The question ledger: what we asked an endpoint, how it may answer, about what and at which revision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, bindparam, exists, func, insert, select, text, update

from domain.hearing import HearingStatus
from domain.questions import OpenQuestion, QuestionKind
from storage.driver import Row
from storage.prepared import Prepared, one_of
from storage.schema import INVITATION_SQL, hearing, notice, person_endpoint, question

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


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that has left, and that any reply may answer."""

    court_id: int
    lane_id: int
    person_id: int | None
    left_at: datetime


def ask(connection: Connection, asking: Asking, *, now: datetime) -> int:
    """Put a question on record; return its id."""
    return ask_all(connection, [(asking, now)])[0]


def ask_all(connection: Connection, asked: Iterable[tuple[Asking, datetime]]) -> list[int]:
    """Put questions on record, each with the instant at which it is asked; return their ids."""
    rows = (
        {name: getattr(asking, name) for name in _ASKED_FOR} | {"options": list(asking.options), "asked_at": at}
        for asking, at in asked
    )
    return [added[0][0] for added in _ASK.each(connection, rows)]


def open_of(connection: Connection, endpoint_ids: Collection[int], *, now: datetime) -> dict[int, list[Asked]]:
    """Return what each endpoint has not answered, oldest first, with what lately became too late to answer.

    A question about a hearing is superseded once the hearing has another revision or is not on.
    """
    found: dict[int, list[Asked]] = {endpoint_id: [] for endpoint_id in endpoint_ids}
    for row in _OPEN.all(connection, endpoints=endpoint_ids, since=now - REMEMBERED):
        found[row[0]].append(_asked(row[1:]))
    return found


def unasked_invitations(
    connection: Connection, endpoint_ids: Collection[int], *, since: datetime
) -> dict[int, list[Invitation]]:
    """Return the invitations to each endpoint that left since and whose question is on no record, oldest first."""
    found: dict[int, list[Invitation]] = {endpoint_id: [] for endpoint_id in endpoint_ids}
    for endpoint_id, *invitation in _UNASKED.all(connection, endpoints=endpoint_ids, since=since):
        found[endpoint_id].append(Invitation(*invitation))
    return found


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
    return _ANSWER.run(connection, key=question_id, option=option, now=now) == 1


def withdraw(connection: Connection, endpoint_id: int, kinds: Collection[QuestionKind]) -> None:
    """Take back what is still open of these kinds."""
    withdraw_all(connection, [endpoint_id], kinds)


def withdraw_all(connection: Connection, endpoint_ids: Collection[int], kinds: Collection[QuestionKind]) -> None:
    """Take back what is still open of these kinds at any of these endpoints."""
    _WITHDRAW.run(connection, endpoints=endpoint_ids, kinds=kinds)


def withdraw_one(connection: Connection, question_id: int) -> None:
    """Take back one question, if it is still open."""
    _WITHDRAW_ONE.run(connection, key=question_id)


def withdraw_about(connection: Connection, endpoint_id: int, *, case_id: int) -> None:
    """Take back what is still open about one case or its hearings."""
    still = (question.c.endpoint_id == endpoint_id, question.c.state == QuestionState.OPEN)
    of_case = select(hearing.c.id).where(hearing.c.case_id == case_id)
    about = (question.c.case_id == case_id) | question.c.hearing_id.in_(of_case)
    connection.execute(update(question).where(*still, about).values(state=QuestionState.WITHDRAWN))


def withdraw_from_former(connection: Connection, hearing_ids: Collection[int]) -> None:
    """Take back what is still open about these hearings where whom it was asked cannot be reached any more."""
    if hearing_ids:
        _WITHDRAW_FROM_FORMER.run(connection, hearings=hearing_ids)


def asked_since(connection: Connection, endpoint_id: int, kind: QuestionKind, *, since: datetime) -> bool:
    """Return whether an endpoint was asked this after `since`, answered or not."""
    query = select(question.c.id).where(
        question.c.endpoint_id == endpoint_id, question.c.kind == kind, question.c.asked_at > since
    )
    return connection.execute(query.limit(1)).first() is not None


def last_answered(connection: Connection, endpoint_ids: Collection[int]) -> dict[int, datetime | None]:
    """Return when each endpoint last answered anything."""
    found: dict[int, datetime | None] = dict.fromkeys(endpoint_ids)
    found.update(_LAST_ANSWERED.all(connection, endpoints=endpoint_ids))
    return found


_OF_THESE = one_of(question.c.endpoint_id, "endpoints")
_IS_OPEN = question.c.state == QuestionState.OPEN
_ASKED_FOR = tuple(one.name for one in fields(Asking))
_ABOUT = ("court_id", "person_id", "participation_id", "case_id", "subject")
_ASK = Prepared(
    insert(question)
    .values({name: bindparam(name) for name in (*_ASKED_FOR, "asked_at")} | {"state": QuestionState.OPEN})
    .returning(question.c.id)
)
_OPEN = Prepared(
    select(
        question.c.endpoint_id,
        question.c.id,
        question.c.kind,
        question.c.options,
        question.c.asked_at,
        question.c.expires_at,
        question.c.lane_id,
        question.c.hearing_id,
        question.c.revision,
        question.c.kept,
        hearing.c.revision.label("current"),
        hearing.c.status,
        *(question.c[name] for name in _ABOUT),
    )
    .outerjoin(hearing, hearing.c.id == question.c.hearing_id)
    .where(_OF_THESE, _IS_OPEN, question.c.expires_at > bindparam("since"))
    .order_by(question.c.id)
)
_UNASKED = Prepared(
    select(notice.c.endpoint_id, notice.c.court_id, notice.c.lane_id, notice.c.person_id, notice.c.left_at)
    .where(
        one_of(notice.c.endpoint_id, "endpoints"),
        text(INVITATION_SQL),
        notice.c.left_at > bindparam("since"),
        ~exists().where(
            question.c.endpoint_id == notice.c.endpoint_id,
            question.c.kind == QuestionKind.OPT_IN,
            question.c.court_id == notice.c.court_id,
            question.c.asked_at >= notice.c.left_at,
        ),
    )
    .order_by(notice.c.id)
)
_ANSWER = Prepared(
    update(question)
    .where(question.c.id == bindparam("key"), _IS_OPEN)
    .values(state=QuestionState.ANSWERED, answer=bindparam("option"), answered_at=bindparam("now"))
)
_TAKE_BACK = update(question).where(_IS_OPEN).values(state=QuestionState.WITHDRAWN)
_WITHDRAW = Prepared(_TAKE_BACK.where(_OF_THESE, one_of(question.c.kind, "kinds")))
_WITHDRAW_ONE = Prepared(_TAKE_BACK.where(question.c.id == bindparam("key")))
_WITHDRAW_FROM_FORMER = Prepared(
    _TAKE_BACK.where(
        one_of(question.c.hearing_id, "hearings"),
        exists().where(
            person_endpoint.c.person_id == question.c.person_id,
            person_endpoint.c.endpoint_id == question.c.endpoint_id,
            person_endpoint.c.ended_at.is_not(None),
        ),
    )
)
_LAST_ANSWERED = Prepared(
    select(question.c.endpoint_id, func.max(question.c.answered_at))
    .where(_OF_THESE, question.c.state == QuestionState.ANSWERED)
    .group_by(question.c.endpoint_id)
)


def _asked(row: Row) -> Asked:
    key, kind, options, asked_at, expires_at, lane_id, hearing_id, revision, kept, current, status, *about = row
    is_about_hearing = hearing_id is not None and revision is not None
    return Asked(
        question=OpenQuestion(
            id=key,
            kind=kind,
            options=tuple(options),
            asked_at=asked_at,
            expires_at=expires_at,
            lane=lane_id,
            hearing_id=hearing_id,
            revision=revision,
            superseded=is_about_hearing and (current != revision or status is not HearingStatus.SCHEDULED),
            kept=kept,
        ),
        **dict(zip(_ABOUT, about, strict=True)),
    )
