"""The outbox as the planner sees it: which notices wait, which may have left, what to add and what to supersede."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ClauseElement,
    ColumnElement,
    Connection,
    Integer,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from domain.notice import ANYBODY, WAITING, NoticeKind, NoticePlan, NoticeState, Priority
from domain.reasons import Reason
from domain.reminders import CommonPlan
from storage.bulk import as_table, insert_rows, packed, update_rows
from storage.database import vault_of
from storage.prepared import Prepared, one_of
from storage.schema import IN_FLIGHT_SQL, REPLY_SQL, WAITING_SQL, notice

TEXT = "notice.text"
NOBODY_THERE = (Reason.ENDPOINT_DEAD, Reason.CARRIER_STOPPED)
"""Why a notice fails whose text was good: who can be reached again is told after all."""
_NOBODY_HAS_IT_SQL = (  # what went along with another notice is found by its verdict: it has its delivery's instant
    "EXISTS (SELECT 1 FROM delivery"
    " WHERE delivery.id = notice.delivery_id AND delivery.state IN ('failed', 'undelivered'))"
    " AND NOT EXISTS (SELECT 1 FROM delivery"
    " WHERE delivery.notice_id = notice.id AND delivery.state NOT IN ('failed', 'undelivered'))"
    " AND NOT EXISTS (SELECT 1 FROM verdict JOIN delivery"
    " ON delivery.endpoint_id = notice.endpoint_id AND delivery.created_at = verdict.at"
    " WHERE verdict.notice_id = notice.id AND verdict.decision = 'send'"
    " AND delivery.state NOT IN ('failed', 'undelivered'))"
)
REVIVABLE_SQL = (  # literal: a statement for many rows at once takes no other conditions
    f"notice.state IN ('dropped', 'superseded') AND (notice.left_at IS NULL OR {_NOBODY_HAS_IT_SQL})"
    " OR notice.state = 'failed' AND (notice.endpoint_id <> excluded.endpoint_id"
    f" OR notice.reason IN ('{NOBODY_THERE[0]}', '{NOBODY_THERE[1]}'))"
)
REVIVED = (  # what a notice that lives again takes from its new plan; an invitation may hang on another hearing now
    *("state", "priority", "lane_id", "endpoint_id", "revision", "told_revision", "changed", "asks_attendance"),
    *("participation_id", "case_id", "hearing_id", "bundle_key", "due_at", "expires_at", "attempts"),
)
REVIVE_SQL = (
    f"(dedupe_key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in REVIVED)},"
    f" ended_at = NULL, reason = NULL WHERE {REVIVABLE_SQL}"
)
OF_PLAN = (
    *("dedupe_key", "bundle_key", "kind", "purpose", "priority", "told_revision", "changed", "asks_attendance"),
    *("due_at", "expires_at"),
)
STOPPABLE = (*WAITING, NoticeState.CLAIMED)  # nothing has left yet; a worker that has claimed it will look again
STOPPABLE_SQL = f"notice.state IN ({', '.join(repr(state.value) for state in STOPPABLE)})"


class Target(NamedTuple):
    """To whom, where and about what a notice goes: its columns of the same names."""

    endpoint_id: int
    lane_id: int
    court_id: int
    person_id: int | None = None
    participation_id: int | None = None
    case_id: int | None = None
    hearing_id: int | None = None
    revision: int | None = None


COLUMNS = (*OF_PLAN, *Target._fields, "state", "attempts", "created_at")


class Addressed(NamedTuple):
    """A target of what it gets in common with others: the place of that plan, and when its spread notice is due."""

    target: Target
    common: int
    own_turn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Words of ours in somebody's conversation; `dedupe_key` says for ever what they answer."""

    target: Target
    text: str = field(repr=False)
    dedupe_key: str
    expires_at: datetime
    kind: NoticeKind = NoticeKind.REPLY

    def plan(self, now: datetime) -> NoticePlan:
        """Return the notice that carries them: due at once, before everything else."""
        return NoticePlan(
            dedupe_key=self.dedupe_key,
            kind=self.kind,
            priority=Priority.REPLY,
            due_at=now,
            expires_at=self.expires_at,
        )


def add(connection: Connection, plans: Sequence[tuple[Target, NoticePlan]], *, now: datetime) -> None:
    """Put planned notices into the outbox; one whose key was ever used and that left stays as it is.

    One that never left, or that arrived nowhere, because a STOP or a change ended it, lives again: the facts want it
    anew. So does one that failed, when the person has another endpoint now, or when nobody could be reached at theirs:
    it works again, else nothing would be planned for it.
    """
    if not plans:
        return
    insert_rows(
        connection, notice, COLUMNS, (_values(target, plan, now) for target, plan in plans), otherwise=REVIVE_SQL
    )


def add_alike(
    connection: Connection, addressed: Sequence[Addressed], common: Sequence[CommonPlan], *, now: datetime
) -> None:
    """Put the first notices about a revision into the outbox for many people who get the same but for their ids.

    None of them can live again. It is one statement, whatever their number: a third of what `add` costs.
    """
    plans = [(number, plan is one.spread, *_of_plan(plan)) for number, one in enumerate(common) for plan in one.notices]
    if not addressed or not plans:
        return
    to = ((one.common, one.own_turn, *one.target) for one in addressed)
    _ADD_ALIKE.run(connection, whom=packed(connection, _WHOM, to), what=packed(connection, _WHAT, plans), now=now)


def add_reply(
    connection: Connection,
    target: Target,
    text: str,
    *,
    dedupe_key: str,
    now: datetime,
    expires_at: datetime,
    kind: NoticeKind = NoticeKind.REPLY,
) -> None:
    """Put an answer in the person's own conversation into the outbox: due at once, before everything else."""
    add_replies(connection, [Reply(target, text, dedupe_key, expires_at, kind)], now=now)


def add_replies(connection: Connection, replies: Iterable[Reply], *, now: datetime) -> None:
    """Put answers into the outbox, as `add_reply` does."""
    seal = vault_of(connection).seal
    rows = ((*_values(one.target, one.plan(now), now), seal(one.text, TEXT)) for one in replies)
    insert_rows(connection, notice, (*COLUMNS, "text"), rows)


def supersede(connection: Connection, ids: Iterable[int], *, reason: str, now: datetime) -> None:
    """End notices that a newer truth has overtaken; those that may have left already stay as they are."""
    rows = list(ids)
    if rows:
        _SUPERSEDE.run(connection, ids=rows, why=reason, now=now)


def move(connection: Connection, moved: Iterable[tuple[int, Mapping[str, object]]]) -> None:
    """Give waiting notices, by id, another endpoint, lane, revision or instant: the columns that are named."""
    by_columns: dict[tuple[str, ...], list[tuple[object, ...]]] = defaultdict(list)
    for notice_id, values in moved:
        by_columns[tuple(values)].append((notice_id, *values.values()))
    for columns, rows in by_columns.items():
        update_rows(connection, notice, ("id", *columns), rows, only=STOPPABLE_SQL)


def drop_waiting(connection: Connection, *, endpoint_id: int, reason: str, now: datetime) -> int:
    """End every waiting notice to an endpoint but replies (a STOP, a dead address); return how many."""
    return sum(
        drop.run(connection, endpoint=endpoint_id, why=reason, now=now) for drop in (_DROP_WAITING, _DROP_CLAIMED)
    )


def wrote_before(connection: Connection, *, endpoint_id: int, court_id: int) -> bool:
    """Return whether anything of this court may ever have left to an endpoint."""
    query = select(notice.c.id).where(
        notice.c.endpoint_id == endpoint_id, notice.c.court_id == court_id, notice.c.left_at.is_not(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def last_to_reply(connection: Connection, *, endpoint_id: int, among: Collection[int]) -> int | None:
    """Return the one of these courts that last answered an endpoint."""
    court_id: int | None = _LAST_TO_REPLY.scalar(connection, endpoint=endpoint_id, courts=among)
    return court_id


def count_replies(connection: Connection, endpoint_ids: Collection[int], *, since: datetime) -> dict[int, int]:
    """Return how many replies to each endpoint were made after `since`."""
    counted = dict.fromkeys(endpoint_ids, 0)
    counted.update(_REPLIES.all(connection, endpoints=endpoint_ids, since=since))
    return counted


_SUPERSEDE = Prepared(
    update(notice)
    .where(one_of(notice.c.id, "ids"), or_(*(notice.c.state == state for state in STOPPABLE)))
    .values(state=NoticeState.SUPERSEDED, reason=bindparam("why"), ended_at=bindparam("now"), leased_until=None)
)
_DROP = (
    update(notice)
    .where(notice.c.endpoint_id == bindparam("endpoint"), notice.c.kind != NoticeKind.REPLY)
    .values(state=NoticeState.DROPPED, reason=bindparam("why"), ended_at=bindparam("now"), leased_until=None)
)
_DROP_WAITING = Prepared(_DROP.where(sql(WAITING_SQL)))  # two statements, for each has an index that is small
_DROP_CLAIMED = Prepared(_DROP.where(sql(IN_FLIGHT_SQL), notice.c.state == NoticeState.CLAIMED))
_LAST_TO_REPLY = Prepared(
    select(notice.c.court_id)
    .where(sql(REPLY_SQL), notice.c.endpoint_id == bindparam("endpoint"), one_of(notice.c.court_id, "courts"))
    .order_by(notice.c.created_at.desc(), notice.c.id.desc())
    .limit(1)
)
_REPLIES = Prepared(
    select(notice.c.endpoint_id, func.count())
    .where(sql(REPLY_SQL), one_of(notice.c.endpoint_id, "endpoints"), notice.c.created_at > bindparam("since"))
    .group_by(notice.c.endpoint_id)
)


def _values(target: Target, plan: NoticePlan, now: datetime) -> tuple[object, ...]:
    """Return a fresh notice's values in the order of COLUMNS."""
    return (*_of_plan(plan), *target, NoticeState.PLANNED, 0, now)


def _of_plan(plan: NoticePlan) -> tuple[object, ...]:
    return (
        plan.dedupe_key,
        plan.bundle_key,
        plan.kind,
        plan.purpose,
        int(plan.priority),
        plan.told_revision,
        ",".join(sorted(plan.changed)) or None,
        plan.asks_attendance,
        plan.due_at,
        plan.expires_at,
    )


_WHOM: dict[str, TypeEngine[Any]] = {
    "common": Integer(),
    "own_turn": notice.c.due_at.type,
    **{name: notice.c[name].type for name in Target._fields},
}
_WHAT: dict[str, TypeEngine[Any]] = {
    "common": Integer(),
    "is_spread": Boolean(),
    **{name: notice.c[name].type for name in OF_PLAN},
}


def _add_alike(engine: str) -> ClauseElement:
    whom, what = as_table(engine, "whom", _WHOM), as_table(engine, "what", _WHAT)
    cells: dict[str, ColumnElement[Any]] = {
        name: table.c[name] for table in (what, whom) for name in (*OF_PLAN, *Target._fields) if name in table.c
    }
    for blank, name in zip(ANYBODY, ("hearing_id", "participation_id", "person_id"), strict=True):
        for key in ("dedupe_key", "bundle_key"):
            cells[key] = func.replace(cells[key], blank, cast(whom.c[name], String))
    cells["due_at"] = case((what.c.is_spread, whom.c.own_turn), else_=what.c.due_at)
    fixed = {"state": NoticeState.PLANNED, "attempts": 0}
    cells |= {name: literal(value, notice.c[name].type) for name, value in fixed.items()}
    cells["created_at"] = bindparam("now", type_=notice.c.created_at.type)
    rows = select(*(cells[name] for name in COLUMNS)).where(whom.c.common == what.c.common)
    make = sqlite.insert if engine == "sqlite" else postgresql.insert
    return make(notice).on_conflict_do_nothing(index_elements=["dedupe_key"]).from_select(COLUMNS, rows)


_ADD_ALIKE = Prepared({engine: _add_alike(engine) for engine in ("sqlite", "postgresql")})
