"""What staff may do to one hearing: move it, change its room, cancel it, bring it back, record who came."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.hearing import Appearance, HearingStatus, Outcome
from handlers import watches
from scheduler.planner import replan
from storage import hearings
from storage.audit import AuditAction, record
from storage.courts import Courts


def change(
    connection: Connection, hearing_id: int, new: Appearance, *, staff: str, courts: Courts, now: datetime
) -> int:
    """Put a hearing's new facts in place and plan what people must be told; return its revision.

    The same facts again change nothing. Who watches for the number is told once something is coming of it.

    Raises:
        NotFoundError: If there is no such hearing.
    """
    old = hearings.get(connection, hearing_id)
    if old.appearance == new:
        return old.revision
    revision = hearings.revise(connection, old, new, source=f"staff:{staff}", now=now)
    facts = {"hearing": hearing_id, "revision": revision}
    record(connection, AuditAction.HEARING_CHANGED, actor=f"staff:{staff}", facts=facts, now=now)
    replan(connection, [hearing_id], courts=courts, now=now)
    watches.match(connection, [old.case_id], courts=courts, now=now)
    return revision


def move(
    connection: Connection, hearing_id: int, starts_at: datetime, *, staff: str, courts: Courts, now: datetime
) -> int:
    """Set a hearing's start (aware, UTC); it keeps everything else."""
    old = hearings.get(connection, hearing_id).appearance
    return change(connection, hearing_id, replace(old, starts_at=starts_at), staff=staff, courts=courts, now=now)


def change_room(
    connection: Connection, hearing_id: int, courtroom: str, *, staff: str, courts: Courts, now: datetime
) -> int:
    """Set a hearing's courtroom."""
    old = hearings.get(connection, hearing_id).appearance
    return change(connection, hearing_id, replace(old, courtroom=courtroom), staff=staff, courts=courts, now=now)


def cancel(connection: Connection, hearing_id: int, *, staff: str, courts: Courts, now: datetime) -> int:
    """Call a hearing off."""
    return _set_status(connection, hearing_id, HearingStatus.CANCELLED, staff=staff, courts=courts, now=now)


def reinstate(connection: Connection, hearing_id: int, *, staff: str, courts: Courts, now: datetime) -> int:
    """Put a hearing that was called off back on."""
    return _set_status(connection, hearing_id, HearingStatus.SCHEDULED, staff=staff, courts=courts, now=now)


def record_outcome(
    connection: Connection, hearing_id: int, outcome: Outcome, *, staff: str, courts: Courts, now: datetime
) -> None:
    """Write down whether the parties came. A later word overrules an earlier one.

    Raises:
        ConflictError: If the hearing has not begun: nobody can have missed it.
    """
    old = hearings.get(connection, hearing_id)
    if old.appearance.starts_at > now:
        raise ConflictError(f"hearing {hearing_id} has not begun yet")
    held = replace(old.appearance, status=HearingStatus.HELD)
    if old.appearance != held:
        hearings.revise(connection, old, held, source=f"staff:{staff}", now=now)
    hearings.record_outcome(connection, hearing_id, outcome, now=now)
    facts = {"hearing": hearing_id, "outcome": outcome}
    record(connection, AuditAction.OUTCOME_RECORDED, actor=f"staff:{staff}", facts=facts, now=now)
    replan(connection, [hearing_id], courts=courts, now=now)


def _set_status(
    connection: Connection, hearing_id: int, status: HearingStatus, *, staff: str, courts: Courts, now: datetime
) -> int:
    old = hearings.get(connection, hearing_id).appearance
    return change(connection, hearing_id, replace(old, status=status), staff=staff, courts=courts, now=now)
