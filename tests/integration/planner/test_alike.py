"""People in one situation are planned together: the outbox is what planning each of them alone would make of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.consent import Standing
from domain.notice import NoticeKind, NoticeState
from domain.reminders import plan_notices
from scheduler.planner import replan
from storage import hearing_views, hearings
from storage.hearing_views import PlanningRow
from tests.fixtures.facts import COMING, NOW
from tests.fixtures.outbox import REMINDER, add_street, notice_rows, put
from tests.fixtures.properties import examples

LATER = COMING.starts_at + timedelta(days=3)
LEFT = {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT, NoticeState.DELIVERED}
WAITS = {NoticeState.PLANNED, NoticeState.HELD, NoticeState.CLAIMED}
SAID = st.lists(
    st.tuples(
        st.sampled_from([NoticeKind.HEARING_SET, NoticeKind.REMINDER, NoticeKind.CHANGE]),
        st.sampled_from(NoticeState),
        st.sampled_from([1, 1, 1, 2]),
        st.integers(0, 3),
        st.integers(0, 20),
    ),
    max_size=6,
)
HOURS = st.sampled_from([NOW, NOW.replace(hour=9), LATER - timedelta(days=2), LATER - timedelta(hours=3)])
QUIETLY = settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])


def key_of(kind: NoticeKind, revision: int, party: int, number: int) -> str:
    """Return what the planner might have called a notice."""
    if kind is NoticeKind.HEARING_SET:
        return f"set:1:{party}:{number}"
    return f"{kind.value}:1:{revision}:rule-{number}:{party}"


@given(said=SAID, now=HOURS)
@QUIETLY
def test_the_outbox_is_what_planning_each_alone_would_make_of_it(
    connection: Connection, said: list[tuple[NoticeKind, NoticeState, int, int, int]], now: datetime
) -> None:
    with connection.begin_nested() as step:
        street = add_street(connection, 4)
        scene = street.scene
        old = hearings.get(connection, scene.hearing_id)
        hearings.revise(connection, old, replace(old.appearance, starts_at=LATER), source="import:1", now=NOW)
        for number, (kind, state, revision, party, hours) in enumerate(said):
            plan = replace(REMINDER, kind=kind, dedupe_key=key_of(kind, revision, party, number))
            left_at = NOW - timedelta(hours=hours) if state in LEFT else None
            put(connection, street, party, plan, state=state, revision=revision, left_at=left_at)
        before = hearing_views.load(connection, [scene.hearing_id], now=now)

        planned = replan(connection, [scene.hearing_id], courts=scene.courts, now=now)
        again = replan(connection, [scene.hearing_id], courts=scene.courts, now=now)
        rows = notice_rows(connection)
        step.rollback()

    court = scene.courts[scene.court_id]
    assert len(before) == 4
    for row in before:
        mine = {one.dedupe_key: one for one in rows if one.participation_id == row.view.participation_id}
        wanted = {plan.dedupe_key: plan for plan in plan_notices(row.view, court=court, now=now)}
        waiting = {key for key, one in mine.items() if one.state in WAITS}
        assert waiting == wanted.keys(), "all that should exist, and nothing else"
        for key in wanted.keys() - row.waiting.keys():
            assert _said(mine[key]) == _said(wanted[key])
            assert (mine[key].endpoint_id, mine[key].revision) == (row.target and row.target.endpoint_id, 2)
    assert planned.added == sum(len(_fresh(row, rows)) for row in before)
    assert (again.added, again.superseded) == (0, 0), "planning again finds nothing to do"


def _said(of: Any) -> tuple[object, ...]:  # noqa: ANN401 - a plan, or its row
    names = ("kind", "purpose", "priority", "due_at", "expires_at", "bundle_key", "told_revision", "asks_attendance")
    return tuple(getattr(of, name) for name in names)


def _fresh(row: PlanningRow, rows: list[Any]) -> list[Any]:
    assert row.view.standing is Standing.GRANTED
    mine = (one for one in rows if one.participation_id == row.view.participation_id)
    return [one for one in mine if one.state in WAITS and one.dedupe_key not in row.waiting]
