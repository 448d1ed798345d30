"""The planner: which notices should exist now? It keeps, adds and supersedes, in the transaction of the change."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from domain.consent import Standing
from domain.hearing import changes_between
from domain.notice import NoticeKind, NoticePlan
from domain.reminders import plan_notices
from storage import hearing_views, notices
from storage.courts import Courts
from storage.hearing_views import PlanningRow
from storage.notices import Target
from storage.tasks import About, TaskKind, open_task

CHUNK = 2500  # hearings a query: bounds memory


@dataclass(frozen=True, slots=True)
class Planned:
    """What one planning did to the outbox. `kinds` counts what was added."""

    added: int = 0
    superseded: int = 0
    kinds: Counter[NoticeKind] = field(default_factory=Counter)

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(self.added + other.added, self.superseded + other.superseded, self.kinds + other.kinds)


def replan(connection: Connection, hearing_ids: Iterable[int], *, courts: Courts, now: datetime) -> Planned:
    """Make the outbox say what the facts say for every party of these hearings.

    Call it in the unit of work that changed the facts: hearings, parties, endpoints or consent. It is idempotent.
    """
    total = Planned()
    remaining = iter(dict.fromkeys(hearing_ids))
    while chunk := list(islice(remaining, CHUNK)):
        rows = hearing_views.load(connection, chunk, now=now)
        total += _replan_rows(connection, rows, courts=courts, now=now)
    return total


def _replan_rows(connection: Connection, rows: Sequence[PlanningRow], *, courts: Courts, now: datetime) -> Planned:
    first: list[tuple[Target, NoticePlan]] = []
    fresh: list[tuple[Target, NoticePlan]] = []
    overtaken: list[int] = []
    for row in rows:
        plans = plan_notices(row.view, court=courts[row.court_id], now=now) if row.target is not None else []
        if row.target is not None and row.is_first:
            first += [(row.target, plan) for plan in plans]
        elif row.target is not None:
            fresh += [(row.target, plan) for plan in plans if plan.dedupe_key not in row.waiting]
            _refresh(connection, row, row.target, plans)
        if row.waiting:
            wanted = {plan.dedupe_key for plan in plans}
            overtaken += [waiting.id for key, waiting in row.waiting.items() if key not in wanted]
        _tell_the_desk(connection, row, plans, now=now)
    notices.supersede(connection, overtaken, reason="planner", now=now)
    notices.add_first(connection, first, now=now)
    notices.add(connection, fresh, now=now)
    kinds = Counter(plan.kind for _, plan in (*first, *fresh))
    return Planned(len(first) + len(fresh), len(overtaken), kinds)


def _refresh(connection: Connection, row: PlanningRow, target: Target, plans: Sequence[NoticePlan]) -> None:
    """Bring notices that stay up to date: the revision they speak of, the endpoint they go to, and their window."""
    for plan in plans:
        waiting = row.waiting.get(plan.dedupe_key)
        if waiting is None:
            continue
        values: dict[str, object] = {}
        if waiting.revision != target.revision:
            values["revision"] = target.revision
        if waiting.endpoint_id != target.endpoint_id:
            values |= {"endpoint_id": target.endpoint_id, "lane_id": target.lane_id}
        if waiting.is_untouched and (waiting.due_at, waiting.expires_at) != (plan.due_at, plan.expires_at):
            values |= {"due_at": plan.due_at, "expires_at": plan.expires_at}
        if values:
            notices.move(connection, [waiting.id], values)


def _tell_the_desk(connection: Connection, row: PlanningRow, plans: Sequence[NoticePlan], *, now: datetime) -> None:
    """Open a task where a text is not enough, or may not be sent."""
    view = row.view
    is_short = any(plan.kind is NoticeKind.SHORT_NOTICE for plan in plans)
    is_stopped = row.target is not None and view.standing is Standing.REVOKED and view.told is not None
    if not is_short and not is_stopped:
        return
    about = About(court_id=row.court_id, case_id=row.case_id, hearing_id=view.hearing_id, person_id=view.person_id)
    if is_short:
        open_task(
            connection, TaskKind.SHORT_NOTICE_CALL, about, dedupe=_cause(view.hearing_id, view.person_id), now=now
        )
    if (
        is_stopped
        and view.told is not None
        and view.appearance.starts_at > now
        and changes_between(view.told.appearance, view.appearance)
    ):
        cause = _cause(view.hearing_id, view.revision, view.person_id)
        open_task(connection, TaskKind.STOPPED_BUT_CHANGED, about, dedupe=cause, now=now)


def _cause(*ids: int) -> str:
    return ":".join(map(str, ids))
