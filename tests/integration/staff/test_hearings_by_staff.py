"""What a clerk does to one hearing: what it becomes, who is told, what is on record, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Row, select, update

from domain.errors import ConflictError, NotFoundError
from domain.hearing import HearingStatus, Mode, Outcome
from domain.notice import NoticeState
from domain.roles import Role
from handlers import hearings
from scheduler.planner import replan
from storage import audit
from storage.schema import audit_event, hearing, hearing_party, hearing_revision, notice
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_scene

LATER = COMING.starts_at + timedelta(days=4)
SOON = NOW + timedelta(minutes=5)
AFTER = COMING.starts_at + timedelta(hours=3)
ROLES = (Role.DEFENDANT, Role.VICTIM, Role.WITNESS)
Act = Callable[..., object]

ACTS: dict[str, tuple[Act, tuple[object, ...]]] = {
    "moved": (hearings.move, (LATER,)),
    "another room": (hearings.change_room, ("Courtroom 7",)),
    "called off": (hearings.cancel, ()),
    "by video": (hearings.change, (replace(COMING, mode=Mode.VIDEO),)),
}


@pytest.fixture
def scene(connection: Connection) -> Scene:
    """A hearing in ten days, planned, whose three parties were told of it."""
    specs = [PartySpec(role=role, name=role.value) for role in ROLES]
    specs = [
        replace(spec, address=replace(spec.address, value=f"+1907555010{place}"))
        for place, spec in enumerate(specs)
        if spec.address is not None
    ]
    made = add_scene(connection, *specs)
    replan(connection, [made.hearing_id], courts=made.courts, now=NOW)
    told = (notice.c.kind == "hearing_set", notice.c.state == NoticeState.PLANNED)
    connection.execute(update(notice).where(*told).values(state=NoticeState.DELIVERED, left_at=NOW))
    return made


def do(
    connection: Connection, scene: Scene, act: Act, *what: object, now: datetime = SOON, staff: str = "kim"
) -> object:
    """Let a clerk do something to the scene's hearing."""
    return act(connection, scene.hearing_id, *what, staff=staff, courts=scene.courts, now=now)


def row_of(connection: Connection) -> Row[*tuple[Any, ...]]:
    """The hearing's row."""
    return connection.execute(select(hearing)).one()


def waiting(connection: Connection, *kinds: str) -> list[tuple[str, int]]:
    """The notices of some kinds that wait: (kind, revision), in order of their people."""
    query = select(notice.c.kind, notice.c.revision).where(notice.c.state == NoticeState.PLANNED)
    query = query.where(notice.c.kind.in_(kinds)) if kinds else query
    return [
        (row.kind.value, row.revision) for row in connection.execute(query.order_by(notice.c.person_id, notice.c.id))
    ]


def recorded(connection: Connection, action: str) -> list[tuple[str, dict[str, object]]]:
    """Who did what of a kind, and its facts, oldest first."""
    query = select(audit_event).where(audit_event.c.action == action).order_by(audit_event.c.id)
    return [(row.actor, orjson.loads(row.facts)) for row in connection.execute(query)]


@pytest.mark.parametrize("what", ACTS)
def test_each_act_is_one_revision_by_that_clerk_and_everybody_is_told_once(
    connection: Connection, scene: Scene, what: str
) -> None:
    act, more = ACTS[what]

    assert do(connection, scene, act, *more) == 2

    row = row_of(connection)
    assert (row.revision, row.revised_at, row.staff_changed_at) == (2, SOON, SOON)
    sources = connection.execute(select(hearing_revision.c.source).order_by(hearing_revision.c.revision)).scalars()
    assert list(sources) == ["test", "staff:kim"]
    told = [kind for kind, _ in waiting(connection, "change", "cancellation")]
    assert told == ["cancellation" if what == "called off" else "change"] * len(ROLES)
    assert recorded(connection, "hearing.changed") == [("staff:kim", {"hearing": scene.hearing_id, "revision": 2})]


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (hearings.move, (COMING.starts_at,)),
        (hearings.change_room, (COMING.courtroom,)),
        (hearings.reinstate, ()),
        (hearings.change, (COMING,)),
    ],
    ids=["to the same minute", "to the same room", "it was on", "the same facts"],
)
def test_what_it_was_before_is_no_change_and_nobody_s_news(
    connection: Connection, scene: Scene, act: Act, more: tuple[object, ...]
) -> None:
    before = waiting(connection)

    assert do(connection, scene, act, *more) == 1

    assert row_of(connection).staff_changed_at is None
    assert waiting(connection) == before
    assert recorded(connection, "hearing.changed") == []


def test_doing_the_same_again_is_one_revision(connection: Connection, scene: Scene) -> None:
    assert [do(connection, scene, hearings.cancel) for _ in range(3)] == [2, 2, 2]

    assert len(recorded(connection, "hearing.changed")) == 1
    assert len(waiting(connection, "cancellation")) == len(ROLES)


@pytest.mark.parametrize("what", ACTS)
def test_an_act_leaves_everything_else_as_it_was(connection: Connection, scene: Scene, what: str) -> None:
    act, more = ACTS[what]
    changed = {"moved": "starts_at", "another room": "courtroom", "called off": "status", "by video": "mode"}[what]
    before = row_of(connection)._asdict()

    do(connection, scene, act, *more)

    after = row_of(connection)._asdict()
    different = {name for name in after if after[name] != before[name]}
    assert different - {"revision", "revised_at", "staff_changed_at", "fed"} == {changed}


def test_what_is_called_off_has_no_reminder_left_and_back_on_has_them_again(
    connection: Connection, scene: Scene
) -> None:
    reminders = waiting(connection, "reminder")
    assert len(reminders) > len(ROLES)

    do(connection, scene, hearings.cancel)
    assert waiting(connection, "reminder") == []
    do(connection, scene, hearings.reinstate)

    assert row_of(connection).status is HearingStatus.SCHEDULED
    assert waiting(connection, "reminder") == [(kind, 3) for kind, _ in reminders]


def test_what_was_called_off_and_put_back_before_anybody_was_told_is_nobody_s_news(
    connection: Connection, scene: Scene
) -> None:
    do(connection, scene, hearings.cancel)
    do(connection, scene, hearings.reinstate)

    assert waiting(connection, "cancellation", "change", "correction") == []


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda one: one.value)
def test_nobody_can_have_missed_what_has_not_begun(connection: Connection, scene: Scene, outcome: Outcome) -> None:
    with pytest.raises(ConflictError, match=f"hearing {scene.hearing_id} has not begun yet"):
        do(connection, scene, hearings.record_outcome, outcome, now=COMING.starts_at - timedelta(seconds=1))

    assert connection.execute(select(hearing_party.c.outcome)).scalars().all() == [None] * len(ROLES)
    assert recorded(connection, "outcome.recorded") == []


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda one: one.value)
def test_who_came_is_written_down_for_every_party_from_the_minute_it_begins(
    connection: Connection, scene: Scene, outcome: Outcome
) -> None:
    do(connection, scene, hearings.record_outcome, outcome, now=COMING.starts_at)

    assert set(connection.execute(select(hearing_party.c.outcome)).scalars()) == {outcome}
    assert row_of(connection).status is HearingStatus.HELD
    facts = {"hearing": scene.hearing_id, "outcome": outcome.value}
    assert recorded(connection, "outcome.recorded") == [("staff:kim", facts)]


def test_only_the_accused_hears_of_a_miss_and_no_longer_once_it_was_none(connection: Connection, scene: Scene) -> None:
    do(connection, scene, hearings.record_outcome, Outcome.DID_NOT_APPEAR, now=AFTER)
    recovery = select(notice.c.person_id).where(notice.c.kind == "recovery", notice.c.state == NoticeState.PLANNED)
    assert list(connection.execute(recovery).scalars()) == [scene.parties[0].person_id]

    do(connection, scene, hearings.record_outcome, Outcome.APPEARED, now=AFTER + timedelta(hours=1), staff="lee")

    assert list(connection.execute(recovery).scalars()) == []
    assert [actor for actor, _ in recorded(connection, "outcome.recorded")] == ["staff:kim", "staff:lee"]


@pytest.mark.parametrize("what", [*ACTS, "outcome"])
def test_a_hearing_that_is_not_there_is_refused_and_nothing_is_written(
    connection: Connection, scene: Scene, what: str
) -> None:
    act, more = ACTS.get(what, (hearings.record_outcome, (Outcome.APPEARED,)))

    with pytest.raises(NotFoundError, match="there is no hearing 77"):
        act(connection, 77, *more, staff="kim", courts=scene.courts, now=AFTER)

    assert audit.count(connection) == 0
    assert row_of(connection).revision == 1
