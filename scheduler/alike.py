"""People who get the same: their notices are planned once for each situation that they are in, and kept together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from domain.notice import NoticeKind, NoticePlan, Whose
from domain.reminders import CommonPlan, long_before, plan_for_all_in, plan_notices
from domain.situation import Situation
from storage import notices
from storage.courts import Courts
from storage.notices import Addressed, Target
from storage.tasks import About, TaskKind, Wanted, open_tasks

_Place: TypeAlias = tuple[int, Situation]
"""A court's id, and where people stand there."""


class Alike(NamedTuple):
    """Whom notices would go to, and where they stand: nothing else decides what they get."""

    target: Target
    situation: Situation


class AlikePlanner:
    """Plans at one instant for people who get the same, and remembers what each situation comes to."""

    def __init__(self, courts: Courts, *, now: datetime) -> None:
        self._courts = courts
        self._now = now
        self._known: dict[_Place, CommonPlan | None] = {}

    def plan(self, connection: Connection, people: Iterable[Alike]) -> Counter[NoticeKind]:
        """Plan all that these people get; return how many notices of each kind."""
        by_place: dict[_Place, list[Target]] = defaultdict(list)
        for target, situation in people:
            by_place[target.court_id, situation].append(target)
        common: list[CommonPlan] = []
        addressed: list[Addressed] = []
        alone: list[tuple[Target, NoticePlan]] = []
        for place, targets in by_place.items():
            court_id, _ = place
            plan, court = self._of(place), self._courts[court_id]
            if plan is None:
                alone += self._one_by_one(targets, place)
            elif plan.spread is None:
                addressed += [Addressed(one, len(common)) for one in targets]
                common.append(plan)
            else:
                addressed += [Addressed(one, len(common), plan.own_turn(_whose(one), court)) for one in targets]
                common.append(plan)
        notices.add_alike(connection, addressed, common, now=self._now)
        notices.add(connection, alone, now=self._now)
        done = [(target, plan.kind) for target, plan in alone]
        done += [(one.target, plan.kind) for one in addressed for plan in common[one.common].notices]
        calls = (call_at_once(one) for one, kind in done if kind is NoticeKind.SHORT_NOTICE)
        open_tasks(connection, calls, now=self._now)
        return Counter(kind for _, kind in done)

    def _of(self, place: _Place) -> CommonPlan | None:
        if place not in self._known:
            court_id, situation = place
            self._known[place] = plan_for_all_in(situation, court=self._courts[court_id], now=self._now)
        return self._known[place]

    def _one_by_one(self, targets: Iterable[Target], place: _Place) -> Iterator[tuple[Target, NoticePlan]]:
        court_id, situation = place
        for target in targets:
            ids = target.hearing_id or 0, target.participation_id or 0, target.person_id or 0
            view = situation.view(ids, long_ago=long_before(self._now))
            for plan in plan_notices(view, court=self._courts[court_id], now=self._now):
                yield target, plan


def call_at_once(target: Target) -> Wanted:
    """Return the desk's task where one text at short notice may not be enough."""
    about = About(
        court_id=target.court_id, case_id=target.case_id, hearing_id=target.hearing_id, person_id=target.person_id
    )
    return TaskKind.SHORT_NOTICE_CALL, about, f"{target.hearing_id}:{target.person_id}", None


def _whose(target: Target) -> Whose:
    return Whose(str(target.hearing_id), str(target.participation_id), str(target.person_id))
