"""The planner: which notices should exist now? It keeps, adds and supersedes, in the transaction of the change."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from domain.consent import Standing
from domain.hearing import changes_between
from domain.notice import NoticeKind, NoticePlan
from domain.reminders import long_before, plan_notices
from domain.situation import situation_of
from scheduler.alike import Alike, AlikePlanner, call_at_once
from scheduler.consequences import NEWS
from storage import hearing_views, hearings, locks, notices
from storage.courts import Courts
from storage.hearing_views import PlanningRow
from storage.notices import Target
from storage.tasks import About, TaskKind, Wanted, open_tasks

CHUNK = 1000  # hearings a query: bounds memory


@dataclass(frozen=True, slots=True)
class Planned:
    """What one planning did to the outbox. `kinds` counts what was added.

    `unasked` are people whose invitation hung on a hearing that wants none any more; another of theirs may.
    """

    added: int = 0
    superseded: int = 0
    kinds: Counter[NoticeKind] = field(default_factory=Counter)
    unasked: frozenset[int] = frozenset()

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            self.added + other.added,
            self.superseded + other.superseded,
            self.kinds + other.kinds,
            self.unasked | other.unasked,
        )


def replan(
    connection: Connection,
    hearing_ids: Iterable[int],
    *,
    courts: Courts,
    now: datetime,
    only: Collection[int] | None = None,
) -> Planned:
    """Make the outbox say what the facts say for the parties of these hearings.

    Call it in the unit of work that changed the facts: hearings, parties, endpoints or consent. It is idempotent.
    `only` are the people whom a change concerns that somebody made from an endpoint which is locked; else it concerns
    everybody, and their endpoints are locked here, before it is read what was said there (`storage.locks`).
    """
    wanted = list(dict.fromkeys(hearing_ids))
    if only is None and wanted:
        locks.ways(connection, wanted)
    total = _replan(connection, wanted, courts=courts, now=now, only=only)
    if total.unasked:
        others = hearings.coming_of(connection, total.unasked, now=now)
        total += _replan(connection, others, courts=courts, now=now, only=total.unasked)
    return total


def _replan(
    connection: Connection, wanted: Iterable[int], *, courts: Courts, now: datetime, only: Collection[int] | None
) -> Planned:
    total = Planned()
    remaining = iter(wanted)
    while chunk := list(islice(remaining, CHUNK)):
        rows = hearing_views.load(connection, chunk, now=now, only=only)
        total += _replan_rows(connection, rows, courts=courts, now=now)
    return total


def _replan_rows(connection: Connection, rows: Sequence[PlanningRow], *, courts: Courts, now: datetime) -> Planned:
    alike = [_alike(row, now=now) for row in rows]
    kinds = AlikePlanner(courts, now=now).plan(connection, filter(None, alike))
    fresh: dict[str, tuple[Target, NoticePlan]] = {}  # by key: an invitation is wanted for each hearing, and made once
    overtaken: list[int] = []
    moved: list[tuple[int, Mapping[str, object]]] = []
    calls: list[Wanted] = []
    unasked: set[int] = set()
    for row, one in zip(rows, alike, strict=True):
        if one is not None:  # what waits for them is of an older revision: nothing of it stays
            overtaken += [waiting.id for waiting in row.waiting.values()]
            continue
        plans = _plans(row, courts=courts, now=now)
        if row.target is not None:
            for plan in plans:
                if plan.dedupe_key not in row.waiting:
                    fresh.setdefault(plan.dedupe_key, (row.target, plan))
            moved += _refreshed(row, row.target, plans)
            calls += _for_the_desk(row, row.target, plans, now=now)
        wanted = {plan.dedupe_key for plan in plans}
        over = [waiting.id for key, waiting in row.waiting.items() if key not in wanted]
        overtaken += over
        if over and row.view.standing is Standing.PENDING:
            unasked.add(row.view.person_id)
    notices.move(connection, moved)
    notices.supersede(connection, overtaken, reason="planner", now=now)
    notices.add(connection, list(fresh.values()), now=now)
    open_tasks(connection, calls, now=now)
    kinds += Counter(plan.kind for _, plan in fresh.values())
    return Planned(kinds.total(), len(overtaken), kinds, frozenset(unasked))


def _plans(row: PlanningRow, *, courts: Courts, now: datetime) -> list[NoticePlan]:
    if row.target is None:
        return []
    plans = plan_notices(row.view, court=courts[row.court_id], now=now)
    return [plan for plan in plans if plan.kind in NEWS] if row.only_news else plans


def _alike(row: PlanningRow, *, now: datetime) -> Alike | None:
    """Return who gets what all get who stand where they do: they are enrolled, and nothing that is there may stay."""
    view = row.view
    if (
        row.target is None
        or row.only_news
        or not row.is_fresh
        or view.standing is not Standing.GRANTED
        or view.outcome is not None
    ):
        return None
    return Alike(row.target, situation_of(view, long_ago=long_before(now)))


def _refreshed(
    row: PlanningRow, target: Target, plans: Sequence[NoticePlan]
) -> Iterator[tuple[int, Mapping[str, object]]]:
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
            yield waiting.id, values


def _for_the_desk(row: PlanningRow, target: Target, plans: Sequence[NoticePlan], *, now: datetime) -> Iterator[Wanted]:
    """Say where a text is not enough, or may not be sent."""
    view = row.view
    if any(plan.kind is NoticeKind.SHORT_NOTICE for plan in plans):
        yield call_at_once(target)
    if view.standing is Standing.GRANTED or view.told is None or view.appearance.starts_at <= now:
        return
    if changes_between(view.told.appearance, view.appearance):
        about = About(court_id=row.court_id, case_id=row.case_id, hearing_id=view.hearing_id, person_id=view.person_id)
        cause = f"{view.hearing_id}:{view.revision}:{view.person_id}"
        yield TaskKind.STOPPED_BUT_CHANGED, about, cause, None
