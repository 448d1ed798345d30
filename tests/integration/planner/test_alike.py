"""People in one situation are planned together: the outbox is what planning each of them alone makes of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from domain.consent import ConsentAction, ConsentEvent, Evidence
from domain.notice import NoticeKind, NoticeState
from scheduler import planner
from storage import consents, endpoints, hearings
from storage.schema import notice, task
from tests.fixtures.facts import COMING, NOW, Scene
from tests.fixtures.outbox import REMINDER, Street, add_street, lane_id, phone, put
from tests.fixtures.properties import examples

PARTIES = 4
LATER = COMING.starts_at + timedelta(days=3)
LEFT = {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT, NoticeState.DELIVERED, NoticeState.FAILED}
Said = tuple[str, NoticeState, int, int, int]
SAID = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "change", "short", "called-7d", "called-3d", "called-1d"]),
        st.sampled_from(NoticeState),
        st.sampled_from([1, 1, 1, 2]),
        st.integers(0, PARTIES - 1),
        st.integers(0, 20),
    ),
    max_size=8,
)
HOURS = st.sampled_from([NOW, NOW.replace(hour=9), LATER - timedelta(days=2), LATER - timedelta(hours=3)])
KINDS = {"set": NoticeKind.HEARING_SET, "change": NoticeKind.CHANGE, "short": NoticeKind.SHORT_NOTICE}
QUIETLY = settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])


def say(connection: Connection, street: Street, what: Said) -> None:
    """Put a notice into the outbox under the key that the planner would give it."""
    which, state, revision, party, hours = what
    hearing_id, part = street.scene.hearing_id, street.scene.parties[party].participation_id
    kind = KINDS.get(which, NoticeKind.REMINDER)
    key = f"set:{hearing_id}:{part}" if which == "set" else f"{which}:{hearing_id}:{revision}:{part}"
    if kind is NoticeKind.REMINDER:
        key = f"reminder:{hearing_id}:{revision}:{which}:{part}"
    left_at = NOW - timedelta(hours=hours) if state in LEFT else None
    plan = replace(REMINDER, kind=kind, dedupe_key=key)
    put(connection, street, party, plan, state=state, revision=revision, left_at=left_at)


def planned(connection: Connection, scene: Scene, now: datetime) -> tuple[object, Sequence[object], Sequence[object]]:
    """Plan the hearing anew, and undo it; return what the planner says it did, all notices and all tasks."""
    with connection.begin_nested() as step:
        done = planner.replan(connection, [scene.hearing_id], courts=scene.courts, now=now)
        columns = [column for column in notice.columns if column.name != "id"]
        rows = connection.execute(select(*columns).order_by(notice.c.dedupe_key)).all()
        desk = connection.execute(select(task.c.kind, task.c.dedupe_key).order_by(task.c.dedupe_key)).all()
        step.rollback()
    return done, rows, desk


def replace_number(connection: Connection, street: Street, party: int) -> None:
    """Let a party be reached at another number than so far."""
    who = street.scene.parties[party]
    assert who.endpoint_id is not None
    lane = lane_id(connection, street.lane_key)
    other = endpoints.find_or_add(connection, phone(PARTIES + party), lane_id=lane, now=NOW)
    endpoints.unlink(connection, endpoint_id=who.endpoint_id, now=NOW)
    endpoints.link(connection, person_id=who.person_id, endpoint_id=other.id, source="feed", preference=0, now=NOW)
    consents.add(connection, other.id, ConsentEvent(at=NOW, action=ConsentAction.GRANTED, evidence=Evidence.FEED))


@given(said=SAID, now=HOURS, elsewhere=st.sets(st.integers(0, PARTIES - 1), max_size=2))
@QUIETLY
def test_the_outbox_is_what_planning_each_alone_makes_of_it(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, said: list[Said], now: datetime, elsewhere: set[int]
) -> None:
    with connection.begin_nested() as step:
        street = add_street(connection, PARTIES)
        old = hearings.get(connection, street.scene.hearing_id)
        hearings.revise(connection, old, replace(old.appearance, starts_at=LATER), source="import:1", now=NOW)
        for what in said:
            say(connection, street, what)
        for party in elsewhere:
            replace_number(connection, street, party)

        together = planned(connection, street.scene, now)
        with monkeypatch.context() as patch:
            patch.setattr(planner, "_alike", lambda *_, **__: None)
            alone = planned(connection, street.scene, now)
        step.rollback()

    assert together == alone
