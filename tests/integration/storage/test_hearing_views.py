"""What the planner looks at, against a slow and obvious look at every row."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, update

from domain.consent import ConsentAction, ConsentEvent, Evidence, Standing
from domain.gate import EndpointState
from domain.hearing import HearingStatus, Outcome
from domain.notice import NoticeKind, NoticeState
from storage import consents, endpoints, hearing_views, hearings, lanes, reminded, told
from storage.hearing_views import CARRIER_KEEPS, PLANNED_KINDS, PlanningRow
from storage.notices import Target
from storage.schema import consent_event, hearing_party, notice, participation
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_hearing, add_scene
from tests.fixtures.outbox import REMINDER, Street, chat, lane_id, phone, put
from tests.fixtures.properties import examples

LEFT = {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT, NoticeState.DELIVERED}
WAITS = {NoticeState.PLANNED, NoticeState.HELD, NoticeState.CLAIMED}
QUIETLY = settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
one_notice = st.tuples(
    st.sampled_from(NoticeKind), st.sampled_from(NoticeState), st.integers(1, 3), st.integers(0, 1), st.integers(0, 20)
)


def load(connection: Connection, scene: Scene, *, now: datetime = NOW) -> list[PlanningRow]:
    return hearing_views.load(connection, [scene.hearing_id], now=now)


def revise(connection: Connection, scene: Scene, times: int) -> None:
    for number in range(times):
        old = hearings.get(connection, scene.hearing_id)
        new = replace(old.appearance, starts_at=COMING.starts_at + timedelta(days=number + 1))
        hearings.revise(connection, old, new, source="import:1", now=NOW)


@given(said=st.lists(one_notice, max_size=8))
@QUIETLY
def test_what_somebody_was_told_and_what_waits_agrees_with_a_look_at_every_notice(
    connection: Connection, street: Street, said: list[tuple[NoticeKind, NoticeState, int, int, int]]
) -> None:
    with connection.begin_nested() as step:
        revise(connection, street.scene, 2)
        for number, (kind, state, revision, party, hours) in enumerate(said):
            plan = replace(REMINDER, kind=kind, dedupe_key=f"reminder:1:{revision}:rule-{number}:{party}")
            left_at = NOW - timedelta(hours=hours) if state in LEFT else None
            put(connection, street, party, plan, state=state, revision=revision, left_at=left_at)
        everything = [row for row in connection.execute(select(notice)) if row.kind in PLANNED_KINDS]
        found = load(connection, street.scene)
        step.rollback()

    assert len(found) == 3
    for row in found:
        mine = [one for one in everything if one.participation_id == row.view.participation_id]
        assert row.view.waiting == {one.dedupe_key for one in mine if one.state in WAITS} == set(row.waiting)
        mine = [one for one in mine if one.kind is not NoticeKind.INVITATION]  # it says nothing of a hearing
        left = [one for one in mine if one.state in LEFT]
        older = all(one.revision < row.view.revision for one in mine)
        was_set = any(one.kind is NoticeKind.HEARING_SET for one in mine)
        assert row.is_fresh == (older and (bool(left) or not was_set))
        starts = {revision: COMING.starts_at + timedelta(days=revision - 1) for revision in (1, 2, 3)}
        touches = [one for one in left if one.kind is NoticeKind.REMINDER]
        expected = [(one.dedupe_key.split(":")[3], starts[one.revision]) for one in touches]
        assert list(row.view.reminded) == expected
        if not left:
            assert row.view.told is None
            continue
        assert row.view.told is not None
        newest = max(one.revision for one in left)
        assert (row.view.told.revision, row.view.told.appearance.starts_at) == (newest, starts[newest])
        assert row.view.told.since == min(one.left_at for one in left)
        open_ones = [one for one in left if one.state in {NoticeState.SENDING, NoticeState.UNKNOWN}]
        lately = [one for one in left if one.state is NoticeState.SENT and one.left_at > NOW - CARRIER_KEEPS]
        assert row.view.told.is_settled == (not open_ones and not lately)


def test_every_live_party_of_the_asked_hearings_is_there_in_order(any_connection: Connection) -> None:
    scene = add_scene(
        any_connection, PartySpec(), PartySpec(name="Bo", address=phone(1)), PartySpec(name="Cy", address=None)
    )
    other = add_hearing(any_connection, scene.court_id, scene.case_id)
    ada, bo, cy = scene.parties
    hearings.attach(any_connection, participation_id=ada.participation_id, case_id=scene.case_id, now=NOW)
    over = participation.c.id == bo.participation_id
    any_connection.execute(update(participation).where(over).values(ended_at=NOW))

    found = hearing_views.load(any_connection, [other, scene.hearing_id], now=NOW)

    assert [(row.view.hearing_id, row.view.participation_id) for row in found] == [
        (scene.hearing_id, ada.participation_id),
        (scene.hearing_id, cy.participation_id),
        (other, ada.participation_id),
    ]
    assert [row.target is None for row in found] == [False, True, False]
    assert [row.view.standing for row in found] == [Standing.GRANTED, Standing.PENDING, Standing.GRANTED]
    assert hearing_views.load(any_connection, [], now=NOW) == []


def test_a_view_says_how_the_hearing_stands_and_since_when(any_connection: Connection, any_scene: Scene) -> None:
    revise(any_connection, any_scene, 1)
    any_connection.execute(update(hearing_party).values(outcome=Outcome.DID_NOT_APPEAR, outcome_at=NOW))

    [row] = load(any_connection, any_scene)

    view = row.view
    assert view.revision == 2
    assert view.appearance == replace(COMING, starts_at=COMING.starts_at + timedelta(days=1))
    assert (view.outcome, view.missed_at, view.told) == (Outcome.DID_NOT_APPEAR, NOW, None)
    assert view.appearance.status is HearingStatus.SCHEDULED
    assert row.target is not None
    assert (row.target.revision, row.target.hearing_id) == (2, any_scene.hearing_id)


@pytest.mark.parametrize(
    ("first", "second", "is_second"),
    [
        ({}, {}, True),
        ({}, {"state": EndpointState.DEAD}, False),
        ({}, {"lane_id": None}, False),
        ({}, {"carrier_stopped": True}, False),
        ({"carrier_stopped": True}, {"carrier_stopped": True}, True),
        ({"state": EndpointState.DEAD}, {"carrier_stopped": True}, True),
        ({"preference": 1}, {}, False),
        ({"preference": 1, "carrier_stopped": True}, {}, True),
        ({}, {"ended": True}, False),
    ],
    ids=[
        "the newest",
        "dead",
        "no lane",
        "stopped",
        "both stopped",
        "better than dead",
        "liked",
        "liked, stopped",
        "ended",
    ],
)
def test_the_endpoint_is_one_that_works_then_the_best_liked_then_the_newest(
    any_connection: Connection,
    any_scene: Scene,
    first: dict[str, Any],
    second: dict[str, Any],
    is_second: bool,  # noqa: FBT001
) -> None:
    [party] = any_scene.parties
    assert party.endpoint_id is not None
    lane = lanes.choose(any_connection, any_scene.court, chat(1).channel)
    newer = endpoints.find_or_add(any_connection, chat(1), lane_id=lane, now=NOW)
    for endpoint_id, given_values in ((party.endpoint_id, first), (newer.id, second)):
        values = dict(given_values)
        endpoints.link(
            any_connection,
            person_id=party.person_id,
            endpoint_id=endpoint_id,
            source="text",
            preference=values.pop("preference", 0),
            now=NOW,
        )
        if values.pop("ended", False):
            endpoints.unlink(any_connection, endpoint_id=endpoint_id, now=NOW)
        if values:
            endpoints.change(any_connection, endpoint_id, **values)

    [row] = load(any_connection, any_scene)

    assert row.target is not None
    assert row.target.endpoint_id == (newer.id if is_second else party.endpoint_id)


@pytest.mark.parametrize(
    ("evidence", "minutes", "stays"),
    [(Evidence.CARRIER, 2, False), (Evidence.TEXT, 2, True), (Evidence.TEXT, -2, False)],
    ids=["blocked", "their own stop", "a stop before they came"],
)
def test_a_chat_that_wants_no_texts_gives_way_to_a_phone_unless_its_owner_said_so(
    any_connection: Connection,
    any_scene: Scene,
    evidence: Evidence,
    minutes: int,
    stays: bool,  # noqa: FBT001
) -> None:
    [party] = any_scene.parties
    lane = lanes.choose(any_connection, any_scene.court, chat(1).channel)
    newer = endpoints.find_or_add(any_connection, chat(1), lane_id=lane, now=NOW)
    who = party.person_id
    endpoints.link(any_connection, person_id=who, endpoint_id=newer.id, source="telegram", preference=10, now=NOW)
    no_at = NOW + timedelta(minutes=minutes)
    for at, action, court_id, whose in (
        (NOW, ConsentAction.GRANTED, any_scene.court_id, Evidence.TEXT),
        (no_at, ConsentAction.REVOKED, None, evidence),
    ):
        said = ConsentEvent(at=at, action=action, evidence=whose, court_id=court_id)
        consents.add(any_connection, newer.id, said)

    [row] = load(any_connection, any_scene)

    assert row.target is not None
    assert row.target.endpoint_id == (newer.id if stays else party.endpoint_id)
    assert row.view.standing is (Standing.REVOKED if stays else Standing.GRANTED)


def test_a_stop_of_the_case_is_seen_and_one_of_another_case_is_not(connection: Connection, scene: Scene) -> None:
    endpoint_id = scene.parties[0].endpoint_id
    assert endpoint_id is not None
    other = add_scene(connection, PartySpec(address=phone(9), name="Bo"), number="3AN-26-00099CR")
    for case_id, expected in ((other.case_id, Standing.GRANTED), (scene.case_id, Standing.REVOKED)):
        stop = ConsentEvent(at=NOW, action=ConsentAction.REVOKED, evidence=Evidence.TEXT, case_id=case_id)
        consents.add(connection, endpoint_id, stop)
        [row] = load(connection, scene)
        assert row.view.standing is expected


def test_a_text_may_arrive_for_ten_hours_and_a_telegram_message_is_there(
    any_connection: Connection, any_street: Street
) -> None:
    put(any_connection, any_street, 0, state=NoticeState.SENT, left_at=NOW)
    settled = []
    for later in (timedelta(0), CARRIER_KEEPS - timedelta(microseconds=1), CARRIER_KEEPS):
        [row] = [one for one in load(any_connection, any_street.scene, now=NOW + later) if one.view.told]
        assert row.view.told is not None
        settled.append(row.view.told.is_settled)
    assert settled == [False, False, True]


@pytest.mark.parametrize("stopped", [False, True])
def test_what_left_to_an_ended_link_is_told_to_nobody_but_counts_once_they_have_stopped(
    any_connection: Connection,
    any_street: Street,
    stopped: bool,  # noqa: FBT001
) -> None:
    who = any_street.scene.parties[0]
    assert who.endpoint_id is not None
    put(any_connection, any_street, 0, state=NoticeState.DELIVERED, left_at=NOW)
    other = endpoints.find_or_add(any_connection, phone(50), lane_id=lane_id(any_connection), now=NOW)
    endpoints.link(any_connection, person_id=who.person_id, endpoint_id=other.id, source="feed", preference=0, now=NOW)
    action = ConsentAction.REVOKED if stopped else ConsentAction.GRANTED
    consents.add(any_connection, other.id, ConsentEvent(at=NOW, action=action, evidence=Evidence.TEXT))
    [before, *_] = load(any_connection, any_street.scene)
    assert (before.view.told is not None, before.view.lost_at) == (True, ())

    endpoints.unlink(any_connection, endpoint_id=who.endpoint_id, now=NOW)

    [after, *_] = load(any_connection, any_street.scene)
    assert (after.view.told is not None) == stopped
    assert (after.view.lost_at, after.view.reminded, after.is_fresh) == ((who.endpoint_id,), (), False)


@pytest.mark.parametrize("state", NoticeState)
def test_who_has_yet_to_say_yes_is_shown_with_the_invitations_that_left_or_never_will(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    who = any_street.scene.parties[0]
    plan = replace(REMINDER, kind=NoticeKind.INVITATION, dedupe_key="invitation:1")
    put(any_connection, any_street, 0, plan, state=state)
    for pending in (False, True):
        if pending:
            any_connection.execute(delete(consent_event))
        [row, *_] = load(any_connection, any_street.scene)
        is_spent = pending and state in {*LEFT, NoticeState.EXPIRED}
        assert row.view.invited == ((("invitation:1", who.endpoint_id),) if is_spent else ())
        assert row.view.endpoint_id == (who.endpoint_id if pending else None)
        assert row.view.told is None


@pytest.mark.parametrize("state", sorted(WAITS))
def test_a_waiting_notice_is_untouched_until_a_gate_or_an_attempt_has_moved_it(
    connection: Connection, street: Street, state: NoticeState
) -> None:
    for party, attempts in ((0, 0), (1, 1)):
        put(connection, street, party, state=state, attempts=attempts)

    untouched = [one.is_untouched for row in load(connection, street.scene) for one in row.waiting.values()]
    assert untouched == [state is NoticeState.PLANNED, False]


@pytest.mark.parametrize("state", NoticeState)
def test_only_to_whom_something_may_have_left_is_counted_as_reminded(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    scene = any_street.scene
    put(any_connection, any_street, 0, state=state)

    expected = {(scene.hearing_id, scene.parties[0].person_id, 1)} if state in LEFT else set()
    assert reminded.of(any_connection, [scene.hearing_id]) == expected
    assert reminded.of(any_connection, [scene.hearing_id + 1]) == reminded.of(any_connection, []) == set()


def test_who_read_of_a_hearing_in_a_reply_counts_as_told_once(any_connection: Connection, any_street: Street) -> None:
    scene, who = any_street.scene, any_street.scene.parties[0]
    assert who.endpoint_id is not None
    target = Target(
        endpoint_id=who.endpoint_id,
        lane_id=lane_id(any_connection),
        court_id=scene.court_id,
        person_id=who.person_id,
        participation_id=who.participation_id,
        case_id=scene.case_id,
        hearing_id=scene.hearing_id,
        revision=1,
    )
    told.in_reply(any_connection, target, now=NOW)
    told.in_reply(any_connection, target, now=NOW + timedelta(days=1))

    first, *others = load(any_connection, scene)
    assert first.view.told is not None
    assert (first.view.told.revision, first.view.told.since, first.view.told.is_settled) == (1, NOW, True)
    assert [one.view.told for one in others] == [None, None]
    assert reminded.of(any_connection, [scene.hearing_id]) == {(scene.hearing_id, who.person_id, 1)}
