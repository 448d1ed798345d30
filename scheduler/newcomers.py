"""Newcomers: people enrolled for a hearing about which nothing was ever planned for them, many of them at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from domain.consent import Standing
from domain.court import Court
from domain.hearing import Appearance
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


def welcome(
    connection: Connection, newcomers: Iterable[Newcomer], *, courts: Courts, now: datetime
) -> Counter[NoticeKind]:
    """Plan all that these people get; return how many notices of each kind.

    Whoever has the same role in hearings that begin at the same time gets the same, so it is planned once for all.
    """
    alike: dict[_Place, list[Target]] = defaultdict(list)
    for target, role, appearance in newcomers:
        alike[_Place(target.court_id, target.revision or 1, role, appearance)].append(target)
    common: list[CommonPlan] = []
    addressed: list[Addressed] = []
    alone: list[tuple[Target, NoticePlan]] = []
    for place, targets in alike.items():
        court = courts[place.court_id]
        plan = plan_for_newcomers(place.role, place.appearance, revision=place.revision, court=court, now=now)
        if plan is None:
            alone += _one_by_one(targets, place, court, now=now)
        else:
            addressed += (Addressed(one, len(common), plan.own_turn(_whose(one), court)) for one in targets)
            common.append(plan)
    notices.add_alike(connection, addressed, common, now=now)
    notices.add(connection, alone, now=now)
    done = [(target, plan.kind) for target, plan in alone]
    done += [(one.target, plan.kind) for one in addressed for plan in common[one.common].notices]
    open_tasks(connection, (call_at_once(one) for one, kind in done if kind is NoticeKind.SHORT_NOTICE), now=now)
    return Counter(kind for _, kind in done)


def call_at_once(target: Target) -> Wanted:
    """Return the desk's task where one text at short notice may not be enough."""
    about = About(
        court_id=target.court_id, case_id=target.case_id, hearing_id=target.hearing_id, person_id=target.person_id
    )
    return TaskKind.SHORT_NOTICE_CALL, about, f"{target.hearing_id}:{target.person_id}", None


class _Place(NamedTuple):
    """Where people are new: whoever is in one place gets the same."""

    court_id: int
    revision: int
    role: Role
    appearance: Appearance


def _one_by_one(
    targets: Iterable[Target], place: _Place, court: Court, *, now: datetime
) -> Iterator[tuple[Target, NoticePlan]]:
    for target in targets:
        view = HearingView(
            hearing_id=target.hearing_id or 0,
            participation_id=target.participation_id or 0,
            person_id=target.person_id or 0,
            role=place.role,
            revision=place.revision,
            appearance=place.appearance,
            standing=Standing.GRANTED,
        )
        for plan in plan_notices(view, court=court, now=now):
            yield target, plan


def _whose(target: Target) -> Whose:
    return Whose(str(target.hearing_id), str(target.participation_id), str(target.person_id))
