"""The desk's list: work for a human, opened once for one cause."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Connection, String, bindparam, cast, func, insert, select, text, update

from storage.database import vault_of
from storage.prepared import Prepared, unless_there
from storage.schema import case, court, task

NOTE = "task.note"


class TaskKind(StrEnum):
    """Why a human is needed."""

    CANNOT_COME = "cannot_come"
    QUESTION = "question"
    UNREACHABLE = "unreachable"
    NOT_REMINDED = "not_reminded"
    SHORT_NOTICE_CALL = "short_notice_call"
    STOPPED_BUT_CHANGED = "stopped_but_changed"
    TWO_HATS = "two_hats"
    CONFLICT = "conflict"
    WRONG_NUMBER = "wrong_number"
    LOOP = "loop"
    GUESSING = "guessing"
    FOREIGN_NUMBER = "foreign_number"
    UNSETTLED = "unsettled"
    FAILED = "failed"
    STAFF_CHANGE_MET = "staff_change_met"
    AMBIGUOUS_HEARING = "ambiguous_hearing"
    CALL_CHANGED = "call_changed"
    MISSING_TRANSLATION = "missing_translation"
    DAMAGED_NAME = "damaged_name"
    FREE_TEXT = "free_text"
    OVERTAKEN = "overtaken"  # read late, and the opposite was said since


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a task is about."""

    court_id: int
    case_id: int | None = None
    hearing_id: int | None = None
    person_id: int | None = None


Wanted: TypeAlias = tuple[TaskKind, About, str, str | None]
"""Work for the desk: its kind, what it is about, what names its cause, and a note for a human."""


def open_task(
    connection: Connection,
    kind: TaskKind,
    about: About,
    *,
    dedupe: str,
    now: datetime,
    note: str | None = None,
    since: datetime | None = None,
) -> bool:
    """Put work on the desk's list, unless it is (or was) there for the same cause; return whether it is new.

    `note` is what a human should know; it is sealed. `dedupe` names the cause, for instance "<hearing>:<person>". Where
    the cause is one that comes again, `since` is when it came this time: work that was done by then is another's.
    """
    if since is not None:
        _MAKE_ROOM.run(connection, dedupe_key=f"{kind}:{dedupe}", since=since)
    sealed = None if note is None else vault_of(connection).seal(note, NOTE)
    cause = {"dedupe_key": f"{kind}:{dedupe}", "kind": kind, "opened_at": now}
    return _OPEN.first(connection, **cause, **asdict(about), note=sealed) is not None


def open_tasks(connection: Connection, wanted: Iterable[Wanted], *, now: datetime) -> int:
    """Put much work on the desk's list at once; return how many are new."""
    by_key = {f"{kind}:{dedupe}": (kind, about, note) for kind, about, dedupe, note in wanted}
    if not by_key:
        return 0
    there = set(connection.execute(select(task.c.dedupe_key).where(task.c.dedupe_key.in_(by_key))).scalars())
    seal = vault_of(connection).seal
    fresh = [
        {
            "dedupe_key": key,
            "kind": kind,
            **asdict(about),
            "note": None if note is None else seal(note, NOTE),
            "state": "open",
            "opened_at": now,
        }
        for key, (kind, about, note) in by_key.items()
        if key not in there
    ]
    if fresh:
        connection.execute(insert(task), fresh)
    return len(fresh)


def close_task(connection: Connection, task_id: int, *, now: datetime) -> None:
    """Take work off the list."""
    connection.execute(update(task).where(task.c.id == task_id).values(state="done", closed_at=now))


def end_cause(connection: Connection, kind: TaskKind, *, dedupe: str, now: datetime) -> bool:
    """Take the work of one cause off the list, so that the same cause can put it there anew; return whether it was."""
    key = f"{kind}:{dedupe}"
    found = connection.execute(select(task.c.id, task.c.state).where(task.c.dedupe_key == key)).first()
    if found is None:
        return False
    connection.execute(update(task).where(task.c.id == found.id).values(dedupe_key=f"{key}#{found.id}"))
    if found.state == "open":
        close_task(connection, found.id, now=now)
    return bool(found.state == "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """One piece of work on the list, without its note: `case` is the court's number, `hearing` an id of ours."""

    id: int
    kind: str
    court: str
    case: str | None
    hearing: int | None
    opened_at: datetime


def open_ones(connection: Connection, *, limit: int) -> list[OpenTask]:
    """Return what is on the list, oldest first."""
    query = (
        select(task, court.c.key.label("court"), case.c.number)
        .join(court, court.c.id == task.c.court_id)
        .outerjoin(case, case.c.id == task.c.case_id)
        .where(text("task.state = 'open'"))
        .order_by(task.c.opened_at, task.c.id)
        .limit(limit)
    )
    return [
        OpenTask(
            id=row.id, kind=row.kind, court=row.court, case=row.number, hearing=row.hearing_id, opened_at=row.opened_at
        )
        for row in connection.execute(query)
    ]


def which_are_open(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Return those of `ids` that are on the list."""
    query = select(task.c.id).where(task.c.id.in_(list(ids)), task.c.state == "open")
    return set(connection.execute(query).scalars())


def count_open(connection: Connection) -> dict[str, int]:
    """Return how many open tasks there are of each kind."""
    query = select(task.c.kind, func.count().label("open")).where(task.c.state == "open").group_by(task.c.kind)
    return {row.kind: row.open for row in connection.execute(query)}


_MAKE_ROOM = Prepared(
    update(task)
    .where(task.c.dedupe_key == bindparam("dedupe_key"), task.c.state == "done", task.c.closed_at <= bindparam("since"))
    .values(dedupe_key=task.c.dedupe_key + ":" + cast(task.c.id, String))
)
_ABOUT = ("court_id", "case_id", "hearing_id", "person_id")
_OPEN = unless_there(
    task,
    {name: bindparam(name) for name in ("dedupe_key", "kind", *_ABOUT, "note", "opened_at")} | {"state": "open"},
    unique=["dedupe_key"],
    returning=[task.c.id],
)
