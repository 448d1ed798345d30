"""Keeping and forgetting, as the people who run a court ask for it: purge, hold, and coming back from a backup."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection

from domain.case_number import fold
from domain.errors import NotFoundError
from domain.notice import NoticeState
from domain.retention import Kept
from scheduler import consequences, housekeeping, reconcile
from storage import audit, holds, outbox, restored, retention
from storage.audit import AuditAction
from storage.courts import Courts
from storage.database import Database
from storage.retention import Drawer
from storage.retention_rules import Scope
from storage.tasks import TaskKind, open_task

WINDOW = 20_000
"""So many ids are looked at in one read."""
AT_ONCE = 500
"""So many rows are emptied in one unit of work: others write between two of them."""
RESTORED = "restored"
"""Why a notice ended that the lost database may have sent."""
Tell: TypeAlias = Callable[[str, int, int], None]
"""(what, how far, of how much)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows of one kind were forgotten, or would be."""

    what: str
    kept: Kept
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a backup believed to be under way, and what became of it.

    `as_of` (aware, UTC) is the last that it knew of. `looked_up`: may have left, the provider will be asked.
    `expired`: their time had passed. `for_the_desk`: due to victims and witnesses, who may have had them already.
    `due`: leave when Usher runs, from the facts of then.
    """

    as_of: datetime | None
    looked_up: int
    expired: int
    for_the_desk: int
    due: int


def purge(
    database: Database, courts: Courts, *, court: str | None, dry_run: bool, actor: str, now: datetime, tell: Tell
) -> list[Forgotten]:
    """Forget what courts need not keep any longer, a few rows at a time; return how much of each kind.

    May be cut off anywhere and run again. What belongs to several courts goes when all of them let it go.

    Raises:
        NotFoundError: If there is no such court.
    """
    chosen = None if court is None else courts.id_of(court)
    done = []
    for drawer in retention.DRAWERS:
        scope = _scope(courts, drawer.kept, chosen, now=now)
        rows = 0
        for ids in _over(database, drawer, scope, tell):
            forget = partial(_forget, drawer=drawer, scope=scope, ids=ids, actor=actor, now=now)
            rows += len(ids) if dry_run else database.write_now(forget)
        done.append(Forgotten(what=drawer.name, kept=drawer.kept, rows=rows))
    return done


def hold(
    connection: Connection, courts: Courts, *, court: str, number: str, release: bool, actor: str, now: datetime
) -> bool:
    """Put a case under legal hold, or release it; return False when it was so already.

    Raises:
        NotFoundError: If there is no such court or case.
    """
    case_id = holds.find(connection, court_id=courts.id_of(court), folded=fold(number))
    if case_id is None:
        raise NotFoundError(f"{court} has no case of this number")
    changed = holds.release(connection, case_id) if release else holds.hold(connection, case_id, now=now)
    if changed:
        facts = {"case": case_id, "held": not release}
        audit.record(connection, AuditAction.HOLD_CHANGED, actor=actor, facts=facts, now=now)
    return changed


def come_back(connection: Connection, *, actor: str, now: datetime) -> Restored:
    """Bring a restored database to the present: it does not know what was sent since.

    What was being sent is looked up at the provider. What has lost its time expires. What victims and witnesses may
    have had already is left to the desk; others are told within the window, for twice is better than never (ADR 0002).
    """
    as_of = restored.last_sign_of_life(connection)
    restored.end_leases(connection, now=now)
    looked_up = reconcile.find_lost(connection, now=now)
    expired = 0
    while ended := housekeeping.expire(connection, now=now):
        expired += ended
    for_the_desk = _leave_to_the_desk(connection, now=now)
    due = restored.count_due(connection, now=now)
    facts = {"as_of": None if as_of is None else as_of.isoformat(), "looked_up": looked_up, "expired": expired}
    audit.record(connection, AuditAction.DATABASE_RESTORED, actor=actor, facts=facts, now=now)
    return Restored(as_of=as_of, looked_up=looked_up, expired=expired, for_the_desk=for_the_desk, due=due)


def _scope(courts: Courts, kept: Kept, chosen: int | None, *, now: datetime) -> Scope:
    cutoffs = {court_id: court.retention.cutoff(kept, now=now) for court_id, court in courts.by_id.items()}
    return Scope(cutoffs) if chosen is None else Scope({chosen: cutoffs[chosen]}, is_whole=False)


def _over(database: Database, drawer: Drawer, scope: Scope, tell: Tell) -> Iterator[list[int]]:
    """Walk through a drawer; yield the ids of what may be forgotten, a few at a time."""
    reach = database.read_now(partial(retention.reach, drawer=drawer))
    for first in range(reach.start, reach.stop, WINDOW):
        tell(drawer.name, first - reach.start, len(reach))
        window = range(first, min(first + WINDOW, reach.stop))
        found = database.read_now(partial(retention.over, drawer=drawer, scope=scope, ids=window))
        yield from (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))
    tell(drawer.name, len(reach), len(reach))


def _forget(
    connection: Connection, *, drawer: Drawer, scope: Scope, ids: Sequence[int], actor: str, now: datetime
) -> int:
    rows = retention.forget(connection, drawer, scope, ids, now=now)
    if rows:
        facts = {"what": drawer.name, "rows": rows, "from": ids[0], "to": ids[-1]}
        audit.record(connection, AuditAction.ROWS_FORGOTTEN, actor=actor, facts=facts, now=now)
    return rows


def _leave_to_the_desk(connection: Connection, *, now: datetime) -> int:
    left = 0
    while rows := restored.due_to(connection, reconcile.PROTECTED, now=now, limit=AT_ONCE):
        ends = [{"notice": row.id, "end": NoticeState.EXPIRED, "reason": RESTORED} for row in rows]
        outbox.drop(connection, ends, now=now)
        for row in rows:
            open_task(connection, TaskKind.UNSETTLED, consequences.about(row), dedupe=str(row.id), now=now)
        left += len(rows)
    return left
