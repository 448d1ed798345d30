"""Newcomers: people enrolled for a hearing about which nothing was ever planned for them, many of them at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from domain.consent import Standing
from domain.hearing import Appearance, HearingStatus
from domain.hearing_view import HearingView
from domain.notice import NoticeKind, NoticePlan, Whose
from domain.reminders import CommonPlan, plan_for_newcomers, plan_notices
from domain.roles import Role
from storage import notices
from storage.courts import Courts
from storage.notices import Addressed, Target
from storage.tasks import About, TaskKind, Wanted, open_tasks


class Newcomer(NamedTuple):
    """Whom notices would go to, and the hearing as it stands. They are enrolled: nothing is left to be asked."""

    target: Target
    role: Role
    appearance: Appearance


class Welcome:
    """Plans for newcomers at one instant, and remembers what each place gets: whoever is in one place gets the same."""

    def __init__(self, courts: Courts, *, now: datetime) -> None:
        self._courts = courts
        self._now = now
        self._known: dict[_Place, CommonPlan | None] = {}

    def plan(self, connection: Connection, newcomers: Iterable[Newcomer]) -> Counter[NoticeKind]:
        """Plan all that these people get; return how many notices of each kind."""
        by_place: dict[_Place, list[Target]] = defaultdict(list)
        for target, role, at in newcomers:
            place = _Place(target.court_id, target.revision or 1, role, at.starts_at, at.status)
            by_place[place].append(target)
        common: list[CommonPlan] = []
        addressed: list[Addressed] = []
        alone: list[tuple[Target, NoticePlan]] = []
        for place, targets in by_place.items():
            plan, court = self._of(place), self._courts[place.court_id]
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

    def _of(self, place: "_Place") -> CommonPlan | None:
        if place not in self._known:
            self._known[place] = plan_for_newcomers(
                place.role,
                Appearance(starts_at=place.starts_at, status=place.status),
                revision=place.revision,
                court=self._courts[place.court_id],
                now=self._now,
            )
        return self._known[place]

    def _one_by_one(self, targets: Iterable[Target], place: "_Place") -> Iterator[tuple[Target, NoticePlan]]:
        for target in targets:
            view = HearingView(
                hearing_id=target.hearing_id or 0,
                participation_id=target.participation_id or 0,
                person_id=target.person_id or 0,
                role=place.role,
                revision=place.revision,
                appearance=Appearance(starts_at=place.starts_at, status=place.status),
                standing=Standing.GRANTED,
            )
            for plan in plan_notices(view, court=self._courts[place.court_id], now=self._now):
                yield target, plan


def call_at_once(target: Target) -> Wanted:
    """Return the desk's task where one text at short notice may not be enough."""
    about = About(
        court_id=target.court_id, case_id=target.case_id, hearing_id=target.hearing_id, person_id=target.person_id
    )
    return TaskKind.SHORT_NOTICE_CALL, about, f"{target.hearing_id}:{target.person_id}", None


class _Place(NamedTuple):
    """Where people are new."""

    court_id: int
    revision: int
    role: Role
    starts_at: datetime
    status: HearingStatus


def _whose(target: Target) -> Whose:
    return Whose(str(target.hearing_id), str(target.participation_id), str(target.person_id))
