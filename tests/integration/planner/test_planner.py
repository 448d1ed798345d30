"""The planner: the outbox says what the facts say, after every change, in the same transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, func, select, update

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence
from domain.delivery import Address, ChannelName
from domain.errors import ConflictError, NotFoundError
from domain.hearing import Outcome
from domain.notice import NoticeKind, NoticeState
from domain.roles import Role
from handlers import hearings
from scheduler.planner import Planned, replan
from storage import consents, endpoints
from storage.database import Database
from storage.schema import notice, task
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_hearing, add_party, add_scene

WAITING = (NoticeState.PLANNED, NoticeState.HELD)


async def scene_of(db: Database, *specs: PartySpec) -> Scene:
    """Put a scene in and plan it."""

    def build(connection: Connection) -> Scene:
        scene = add_scene(connection, *specs)
        replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW)
        return scene

    return await db.write(build)


async def outbox(db: Database, *states: NoticeState) -> list[tuple[NoticeKind, datetime, int]]:
    """Return (kind, due, revision) of the notices in these states, by due instant."""
    query = select(notice.c.kind, notice.c.due_at, notice.c.revision).order_by(notice.c.due_at, notice.c.id)
    query = query.where(notice.c.state.in_(states or WAITING))
    return await db.read(lambda c: [(row.kind, row.due_at, row.revision) for row in c.execute(query)])


async def sent_already(db: Database, *, kinds: tuple[NoticeKind, ...], state: NoticeState, at: datetime) -> None:
    """Let waiting notices of some kinds have left."""
    values = {"state": state, "left_at": at}
    await db.write(lambda c: c.execute(update(notice).where(notice.c.kind.in_(kinds)).values(values)))


async def change(db: Database, act: Callable[..., object], scene: Scene, *args: object, now: datetime) -> None:
    """Let the court's staff do something to the scene's hearing."""

    def work(connection: Connection) -> None:
        act(connection, scene.hearing_id, *args, staff="clerk", courts=scene.courts, now=now)

    await db.write(work)


async def test_a_new_hearing_is_announced_and_reminded_of_at_each_offset(any_db: Database) -> None:
    await scene_of(any_db)

    kinds = [kind for kind, _, _ in await outbox(any_db)]

    assert kinds == [NoticeKind.HEARING_SET, NoticeKind.REMINDER, NoticeKind.REMINDER, NoticeKind.REMINDER]


async def test_planning_again_changes_nothing(any_db: Database) -> None:
    scene = await scene_of(any_db)
    before = await outbox(any_db)

    again = await any_db.write(partial(replan, hearing_ids=[scene.hearing_id], courts=scene.courts, now=NOW))

    assert (again.added, again.superseded) == (0, 0)
    assert await outbox(any_db) == before


async def test_a_move_supersedes_what_spoke_of_the_old_date_and_tells_only_who_was_told(any_db: Database) -> None:
    scene = await scene_of(any_db)
    later = COMING.starts_at + timedelta(days=5)
    await change(any_db, hearings.move, scene, later, now=NOW + timedelta(minutes=1))

    assert all(revision == 2 for _, _, revision in await outbox(any_db))
    assert NoticeKind.CHANGE not in {kind for kind, _, _ in await outbox(any_db)}, "nobody was told the old date"


@pytest.mark.parametrize(
    ("state", "expected"),
    [(NoticeState.DELIVERED, NoticeKind.CHANGE), (NoticeState.SENT, NoticeKind.CORRECTION)],
    ids=["the old text is on the phone", "the old text may still arrive"],
)
async def test_who_was_told_the_old_date_is_told_the_new_one(
    any_db: Database, state: NoticeState, expected: NoticeKind
) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET,), state=state, at=NOW)

    await change(any_db, hearings.move, scene, COMING.starts_at + timedelta(days=2), now=NOW + timedelta(minutes=1))

    kinds = [kind for kind, _, _ in await outbox(any_db)]
    assert kinds.count(expected) == 1
    assert NoticeKind.HEARING_SET not in kinds


async def test_a_cancelled_hearing_leaves_one_cancellation_and_nothing_else(any_db: Database) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET,), state=NoticeState.DELIVERED, at=NOW)

    await change(any_db, hearings.cancel, scene, now=NOW + timedelta(minutes=1))

    assert [kind for kind, _, _ in await outbox(any_db)] == [NoticeKind.CANCELLATION]


async def test_a_hearing_cancelled_before_anybody_was_told_says_nothing(any_db: Database) -> None:
    scene = await scene_of(any_db)

    await change(any_db, hearings.cancel, scene, now=NOW + timedelta(minutes=1))

    assert await outbox(any_db) == []
    assert len(await outbox(any_db, NoticeState.SUPERSEDED)) == 4


async def test_a_hearing_put_back_on_is_told_again_with_its_reminders(any_db: Database) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET,), state=NoticeState.DELIVERED, at=NOW)
    await change(any_db, hearings.cancel, scene, now=NOW + timedelta(minutes=1))
    await sent_already(any_db, kinds=(NoticeKind.CANCELLATION,), state=NoticeState.DELIVERED, at=NOW)

    await change(any_db, hearings.reinstate, scene, now=NOW + timedelta(minutes=5))

    kinds = [kind for kind, _, _ in await outbox(any_db)]
    assert kinds == [NoticeKind.CHANGE, *[NoticeKind.REMINDER] * 3]


async def test_the_same_facts_again_make_no_revision(any_db: Database) -> None:
    scene = await scene_of(any_db)

    await change(any_db, hearings.change_room, scene, COMING.courtroom, now=NOW + timedelta(minutes=1))

    assert {revision for _, _, revision in await outbox(any_db)} == {1}


async def test_a_miss_brings_one_recovery_text_and_a_later_word_takes_it_back(any_db: Database) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET,), state=NoticeState.DELIVERED, at=NOW)
    after = COMING.starts_at + timedelta(hours=2)

    await change(any_db, hearings.record_outcome, scene, Outcome.DID_NOT_APPEAR, now=after)
    assert [kind for kind, _, _ in await outbox(any_db)] == [NoticeKind.RECOVERY]

    await change(any_db, hearings.record_outcome, scene, Outcome.APPEARED, now=after + timedelta(hours=1))
    assert await outbox(any_db) == []


async def test_nobody_can_have_missed_a_hearing_that_has_not_begun(any_db: Database) -> None:
    scene = await scene_of(any_db)

    with pytest.raises(ConflictError, match="not begun"):
        await change(any_db, hearings.record_outcome, scene, Outcome.DID_NOT_APPEAR, now=NOW)


async def test_an_unknown_hearing_is_said_to_be_unknown(db: Database) -> None:
    scene = await scene_of(db)

    with pytest.raises(NotFoundError):
        await db.write(partial(hearings.cancel, hearing_id=999, staff="clerk", courts=scene.courts, now=NOW))


async def test_after_a_stop_a_change_sends_nothing_and_the_desk_calls(any_db: Database) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET,), state=NoticeState.DELIVERED, at=NOW)
    stop = ConsentEvent(at=NOW, action=ConsentAction.REVOKED, evidence=Evidence.TEXT)
    endpoint_id = scene.parties[0].endpoint_id
    assert endpoint_id is not None
    await any_db.write(partial(consents.add, endpoint_id=endpoint_id, event=stop))

    await change(any_db, hearings.move, scene, COMING.starts_at + timedelta(days=1), now=NOW + timedelta(minutes=1))

    assert await outbox(any_db) == []
    assert await any_db.read(lambda c: c.execute(select(task.c.kind)).scalars().all()) == ["stopped_but_changed"]


async def test_start_after_stop_brings_the_coming_reminders_back(any_db: Database) -> None:
    scene = await scene_of(any_db)
    planned = await outbox(any_db)
    endpoint_id = scene.parties[0].endpoint_id
    assert endpoint_id is not None

    def say(action: ConsentAction, connection: Connection, *, at: datetime) -> None:
        consents.add(connection, endpoint_id, ConsentEvent(at=at, action=action, evidence=Evidence.TEXT))
        replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW)

    await any_db.write(partial(say, ConsentAction.REVOKED, at=NOW))
    assert await outbox(any_db) == []
    await any_db.write(partial(say, ConsentAction.GRANTED, at=NOW + timedelta(minutes=1)))

    assert await outbox(any_db) == planned


async def test_what_has_left_never_lives_again(any_db: Database) -> None:
    scene = await scene_of(any_db)
    await sent_already(any_db, kinds=(NoticeKind.HEARING_SET, NoticeKind.REMINDER), state=NoticeState.SENT, at=NOW)

    await any_db.write(partial(replan, hearing_ids=[scene.hearing_id], courts=scene.courts, now=NOW))

    assert await outbox(any_db) == []


async def test_what_waits_follows_the_person_to_a_new_number(any_db: Database) -> None:
    scene = await scene_of(any_db)

    def give_new_number(connection: Connection) -> int:
        lane_id = connection.execute(select(notice.c.lane_id).limit(1)).scalar_one()
        way = endpoints.find_or_add(connection, Address(ChannelName.SMS, "+19075550199"), lane_id=lane_id, now=NOW)
        person_id = scene.parties[0].person_id
        endpoints.link(connection, person_id=person_id, endpoint_id=way.id, source="staff", preference=5, now=NOW)
        granted = ConsentEvent(
            at=NOW, action=ConsentAction.GRANTED, evidence=Evidence.CLERK, purpose=ConsentPurpose.HEARINGS
        )
        consents.add(connection, way.id, granted)
        replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW)
        return way.id

    new = await any_db.write(give_new_number)

    waiting = select(notice.c.endpoint_id).where(notice.c.state.in_(WAITING)).distinct()
    assert await any_db.read(lambda c: c.execute(waiting).scalars().all()) == [new]


async def test_every_party_gets_notices_of_their_own(any_db: Database) -> None:
    await scene_of(
        any_db,
        PartySpec(name="Ada", address=Address(ChannelName.SMS, "+19075550101")),
        PartySpec(name="Ben", address=Address(ChannelName.SMS, "+19075550102")),
        PartySpec(name="Cy", address=Address(ChannelName.TELEGRAM, "1001"), role=Role.WITNESS),
        PartySpec(name="Di", address=None),
    )

    query = select(notice.c.participation_id).distinct()
    assert len(await any_db.read(lambda c: c.execute(query).scalars().all())) == 3


async def test_thousands_of_hearings_are_planned_in_chunks(db: Database) -> None:
    def build(connection: Connection) -> int:
        scene = add_scene(connection)
        ids = [add_hearing(connection, scene.court_id, scene.case_id) for _ in range(1500)]
        return replan(connection, [scene.hearing_id, *ids], courts=scene.courts, now=NOW).added

    assert await db.write(build) == 4


@pytest.mark.parametrize("alone", [False, True], ids=["all", "the follower alone"])
async def test_a_follower_is_planned_nothing_where_a_party_of_the_hearing_is_told(
    any_db: Database,
    alone: bool,  # noqa: FBT001
) -> None:
    there = PartySpec().address
    scene = await scene_of(any_db, PartySpec(name="Bo", role=Role.FOLLOWER, address=there))
    follower = scene.parties[0].person_id
    assert len(await outbox(any_db)) > 1

    def name_them(connection: Connection) -> None:
        add_party(connection, scene.courts, scene.case_id, scene.hearing_id, scene.court_id, PartySpec())
        only = [follower] if alone else None
        replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW, only=only)
        assert replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW, only=only) == Planned()

    await any_db.write(name_them)

    waiting = select(notice.c.person_id).where(notice.c.state.in_(WAITING)).distinct()
    people = await any_db.read(lambda c: set(c.execute(waiting).scalars()))
    assert follower not in people
    assert bool(people) is not alone


@pytest.mark.parametrize("same", [True, False], ids=["here", "elsewhere"])
async def test_a_follower_gives_way_only_to_who_can_be_reached_there(
    any_db: Database,
    same: bool,  # noqa: FBT001
) -> None:
    there, other = PartySpec().address, Address(ChannelName.SMS, "+19075550177")
    scene = await scene_of(
        any_db,
        PartySpec(name="Bo", role=Role.FOLLOWER, address=there),
        PartySpec(address=there if same else other),
    )

    follower = scene.parties[0].person_id
    count = select(func.count()).where(notice.c.person_id == follower, notice.c.state.in_(WAITING))
    assert (await any_db.read(lambda c: c.execute(count).scalar_one()) == 0) is same
