"""Cases and their hearings as people ask for them; the docket as staff look at it."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from domain.hearing import Appearance, Confidentiality, HearingStatus, Mode
from domain.roles import Role
from storage import cases, courts, hearings
from storage.schema import person
from tests.fixtures.facts import CAME_IN, COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_party, add_scene

MINORS = {Role.DEFENDANT, Role.RESPONDENT, Role.PETITIONER}


@pytest.mark.parametrize("confidentiality", Confidentiality)
@pytest.mark.parametrize("role", Role)
def test_a_stranger_is_answered_only_of_a_public_case_that_is_about_nobody_under_age(
    connection: Connection, role: Role, confidentiality: Confidentiality
) -> None:
    scene = add_scene(connection, PartySpec(role=role), confidentiality=confidentiality)
    is_public = confidentiality is Confidentiality.PUBLIC
    assert cases.by_id(connection, [scene.case_id])[scene.case_id].answers_lookup is is_public

    connection.execute(update(person).values(is_minor=True))

    found = cases.by_id(connection, [scene.case_id])[scene.case_id]
    assert found.minor is (role in MINORS)
    assert found.answers_lookup is (is_public and role not in MINORS)


def test_a_minor_of_another_case_is_no_secret_of_this_one(any_connection: Connection, any_scene: Scene) -> None:
    other = add_case(any_connection, any_scene.court_id, "3AN-26-00043CR")
    there = add_hearing(any_connection, any_scene.court_id, other)
    spec = PartySpec(address=None, name="Bo")
    who = add_party(any_connection, any_scene.courts, other, there, any_scene.court_id, spec)
    any_connection.execute(update(person).where(person.c.id == who.person_id).values(is_minor=True))

    found = cases.by_id(any_connection, [any_scene.case_id, other])
    assert {key: one.minor for key, one in found.items()} == {any_scene.case_id: False, other: True}


def test_a_case_is_found_by_its_folded_number_in_the_courts_that_were_named_only(
    any_connection: Connection, any_scene: Scene
) -> None:
    court_id = any_scene.court_id
    add_case(any_connection, court_id, "3AN-26-00043CR", confidentiality=Confidentiality.SEALED)
    numbers = {one.folded: one for one in cases.by_id(any_connection, range(10_000)).values()}
    assert {one.number for one in numbers.values()} == {"3AN-26-00042CR", "3AN-26-00043CR"}
    asked = [*numbers, "NONE"]

    found = cases.by_folded(any_connection, asked, court_ids=[court_id])
    assert [(one.number, one.confidentiality) for one in found] == [
        ("3AN-26-00042CR", Confidentiality.PUBLIC),
        ("3AN-26-00043CR", Confidentiality.SEALED),
    ]
    assert cases.by_folded(any_connection, asked, court_ids=[court_id + 1]) == []
    assert cases.by_folded(any_connection, asked, court_ids=[]) == []
    assert cases.by_folded(any_connection, [], court_ids=[court_id]) == []


def test_coming_hearings_are_those_that_are_on_and_lie_ahead_in_the_order_of_time(
    any_connection: Connection, any_scene: Scene
) -> None:
    court_id, case_id = any_scene.court_id, any_scene.case_id
    at = {days: NOW + timedelta(days=days) for days in (-1, 0, 3)}
    nearer = add_hearing(any_connection, court_id, case_id, Appearance(starts_at=at[3]))
    for starts_at in (at[-1], at[0]):
        add_hearing(any_connection, court_id, case_id, Appearance(starts_at=starts_at))
    for status in set(HearingStatus) - {HearingStatus.SCHEDULED}:
        add_hearing(any_connection, court_id, case_id, Appearance(starts_at=at[3], status=status))
    empty = add_case(any_connection, court_id, "3AN-26-00044CR")

    found = cases.coming(any_connection, [case_id, empty], now=NOW)

    assert [one.id for one in found[case_id]] == [nearer, any_scene.hearing_id]
    assert found[empty] == []
    a_moment_before = cases.coming(any_connection, [case_id], now=at[0] - timedelta(microseconds=1))
    assert len(a_moment_before[case_id]) == 3


def test_a_hearing_can_be_read_as_it_stands_and_as_it_stood(any_connection: Connection, any_scene: Scene) -> None:
    later = NOW + timedelta(hours=3)
    moved = Appearance(
        starts_at=COMING.starts_at + timedelta(days=7, microseconds=1),
        courtroom="Courtroom 9",
        place="Annex",
        mode=Mode.VIDEO,
        join_url="https://video.example/1",
    )
    old = hearings.get(any_connection, any_scene.hearing_id)
    assert (old.appearance, old.revision) == (COMING, 1)
    assert hearings.revise(any_connection, old, moved, source="staff:7", now=later) == 2

    now, then = (
        cases.hearings_now(any_connection, [any_scene.hearing_id])[any_scene.hearing_id],
        cases.hearing_at(any_connection, any_scene.hearing_id, 1),
    )
    assert (now.revision, now.revised_at, now.appearance) == (2, later, moved)
    assert (then.revision, then.revised_at, then.appearance) == (1, CAME_IN, COMING)
    assert cases.hearing_at(any_connection, any_scene.hearing_id, 2) == now
    assert now.case_id == then.case_id == any_scene.case_id


def test_a_feed_is_as_fresh_as_its_last_import(any_connection: Connection, any_scene: Scene) -> None:
    def seen() -> object:
        return cases.by_id(any_connection, [any_scene.case_id])[any_scene.case_id].feed_seen_at

    assert seen() is None
    courts.feed_seen(any_connection, any_scene.court_id, now=NOW)
    assert seen() == NOW
