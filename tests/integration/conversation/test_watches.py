"""Watches: what was promised is told, either way, and nothing is given away meanwhile."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, func, select, update

from domain.consent import Standing
from domain.gate import EndpointState, GateFacts, decide
from domain.hearing import Appearance, Confidentiality, HearingStatus
from domain.notice import NoticeKind, Priority
from handlers import hearings, watches
from storage import notices
from storage.database import vault_of
from storage.schema import case, hearing, notice, watch
from tests.fixtures.conversation import Phone, play
from tests.fixtures.facts import COMING, NOW, Scene, add_case, add_hearing

WANTED = "3EX-26-00555CR"


@pytest.fixture
def watcher(stranger: Phone) -> Phone:
    """A phone that watches for WANTED."""
    play(stranger, [(WANTED, "Reply 1"), ("1", "for 16 days")])
    return stranger


def test_a_number_that_comes_into_the_calendar_is_told_once(line: Connection, scene: Scene, watcher: Phone) -> None:
    case_id = add_case(line, scene.court_id, WANTED)
    hearing_id = add_hearing(line, scene.court_id, case_id)

    assert watches.match(line, [case_id], courts=scene.courts, now=watcher.now) == 1
    assert watches.match(line, [case_id], courts=scene.courts, now=watcher.now) == 0

    [told] = line.execute(select(notice).where(notice.c.kind == NoticeKind.WATCH_FOUND)).all()
    assert (told.case_id, told.hearing_id, told.expires_at) == (case_id, hearing_id, COMING.starts_at)
    assert vault_of(line).open(told.text, notices.TEXT) == WANTED


def test_a_number_that_never_comes_is_told_when_the_days_are_over(
    line: Connection, scene: Scene, watcher: Phone
) -> None:
    assert watches.expire(line, courts=scene.courts, now=NOW + timedelta(days=15)) == 0
    assert watches.expire(line, courts=scene.courts, now=NOW + timedelta(days=17)) == 1
    assert watches.expire(line, courts=scene.courts, now=NOW + timedelta(days=17)) == 0

    [told] = line.execute(select(notice).where(notice.c.kind == NoticeKind.WATCH_ENDED)).all()
    assert vault_of(line).open(told.text, notices.TEXT) == "3EX2600555CR"
    assert watcher.waiting() == [NoticeKind.WATCH_ENDED]


def test_nobody_is_told_that_a_number_is_not_there_while_it_is(line: Connection, scene: Scene, watcher: Phone) -> None:
    soon = replace(COMING, starts_at=NOW + timedelta(days=30))
    add_hearing(line, scene.court_id, add_case(line, scene.court_id, WANTED), soon)

    assert watches.expire(line, courts=scene.courts, now=NOW + timedelta(days=17)) == 1

    assert watcher.waiting() == [NoticeKind.WATCH_FOUND]


@pytest.mark.parametrize("hidden", [Confidentiality.RESTRICTED, Confidentiality.JUVENILE, Confidentiality.SEALED])
def test_a_hidden_case_is_not_found_until_it_is_public(
    line: Connection, scene: Scene, watcher: Phone, hidden: Confidentiality
) -> None:
    case_id = add_case(line, scene.court_id, WANTED, confidentiality=hidden)
    add_hearing(line, scene.court_id, case_id)

    assert watches.match(line, [case_id], courts=scene.courts, now=watcher.now) == 0
    line.execute(update(case).where(case.c.id == case_id).values(confidentiality=Confidentiality.PUBLIC))

    assert watches.match(line, [case_id], courts=scene.courts, now=watcher.now) == 1


@pytest.mark.parametrize(
    "appearance",
    [replace(COMING, starts_at=NOW - timedelta(days=1)), replace(COMING, status=HearingStatus.CANCELLED)],
    ids=["past", "cancelled"],
)
def test_a_case_with_nothing_coming_is_not_found(
    line: Connection, scene: Scene, watcher: Phone, appearance: Appearance
) -> None:
    case_id = add_case(line, scene.court_id, WANTED)
    add_hearing(line, scene.court_id, case_id, appearance)

    assert watches.match(line, [case_id], courts=scene.courts, now=watcher.now) == 0


def test_who_agrees_after_the_number_has_come_is_told_at_once(line: Connection, scene: Scene, stranger: Phone) -> None:
    play(stranger, [(WANTED, "Reply 1")])
    stranger.wait(timedelta(hours=9))
    case_id = add_case(line, scene.court_id, WANTED)
    add_hearing(line, scene.court_id, case_id)
    assert watches.match(line, [case_id], courts=scene.courts, now=stranger.now) == 0, "nobody watches yet"

    play(stranger, [("YES", "Thursday, June 11")])

    assert stranger.taken == "found"
    assert line.execute(select(func.count()).select_from(watch)).scalar_one() == 0
    play(stranger, [("1", "We will remind you")])


@pytest.mark.parametrize("hidden", [Confidentiality.RESTRICTED, Confidentiality.JUVENILE, Confidentiality.SEALED])
def test_who_agrees_after_a_hidden_case_has_come_is_answered_as_if_it_had_not(
    line: Connection, scene: Scene, stranger: Phone, hidden: Confidentiality
) -> None:
    play(stranger, [(WANTED, "Reply 1")])
    add_hearing(line, scene.court_id, add_case(line, scene.court_id, WANTED, confidentiality=hidden))

    play(stranger, [("YES", "for 16 days")])

    assert stranger.taken == "watching"
    assert line.execute(select(watch.c.state)).scalar_one() == "open"


def test_a_number_that_came_at_the_moment_of_the_yes_is_found_by_the_next_look(
    line: Connection, scene: Scene, watcher: Phone
) -> None:
    at_once = watcher.now
    assert watches.look_again(line, courts=scene.courts, now=at_once) == 0
    hearing_id = add_hearing(line, scene.court_id, add_case(line, scene.court_id, WANTED))  # and nobody was told of it
    came_at = update(hearing).where(hearing.c.id == hearing_id)

    line.execute(came_at.values(revised_at=at_once - timedelta(hours=1)))
    assert watches.look_again(line, courts=scene.courts, now=at_once) == 0, "it was there, and is not what they meant"
    line.execute(came_at.values(revised_at=at_once - timedelta(minutes=1)))
    assert watches.look_again(line, courts=scene.courts, now=at_once + timedelta(hours=1)) == 0, "an import's work"
    assert watches.look_again(line, courts=scene.courts, now=at_once + timedelta(minutes=1)) == 1
    assert watches.look_again(line, courts=scene.courts, now=at_once + timedelta(minutes=2)) == 0

    assert watcher.waiting() == [NoticeKind.WATCH_FOUND]


@pytest.mark.parametrize("way", ["put back on", "moved ahead"])
def test_who_watches_is_told_when_staff_put_something_on_again(
    line: Connection, scene: Scene, watcher: Phone, way: str
) -> None:
    case_id = add_case(line, scene.court_id, WANTED)
    past = replace(COMING, starts_at=NOW - timedelta(days=1))
    off = replace(COMING, status=HearingStatus.CANCELLED)
    hearing_id = add_hearing(line, scene.court_id, case_id, off if way == "put back on" else past)
    back = partial(hearings.move, starts_at=COMING.starts_at) if way == "moved ahead" else hearings.reinstate

    back(line, hearing_id, staff="kim", courts=scene.courts, now=watcher.now)

    assert watcher.waiting() == [NoticeKind.WATCH_FOUND]


def test_watching_again_prolongs_the_one_watch(line: Connection, watcher: Phone) -> None:
    watcher.wait(timedelta(days=3))
    play(watcher, [(WANTED, "Reply 1"), ("yes", "for 16 days")])

    assert line.execute(select(func.count()).select_from(watch)).scalar_one() == 1
    assert line.execute(select(watch.c.expires_at)).scalar_one() > NOW + timedelta(days=18)


def test_many_cases_at_once_find_only_who_waits_for_them(line: Connection, scene: Scene, watcher: Phone) -> None:
    others = [add_case(line, scene.court_id, f"3EX-26-1{number:04d}CR") for number in range(20)]
    case_id = add_case(line, scene.court_id, WANTED)
    add_hearing(line, scene.court_id, case_id)

    assert watches.match(line, [*others, case_id], courts=scene.courts, now=watcher.now) == 1


def test_a_watch_leaves_the_consent_of_other_cases_as_it_is(line: Connection, scene: Scene, stranger: Phone) -> None:
    play(stranger, [("3EX-26-00042CR", "Reply 1"), ("1", "We will remind you"), ("STOP 1", "are stopped")])
    stranger.wait(timedelta(hours=1))

    play(stranger, [(WANTED, "Reply 1"), ("1", "We will look")])

    assert stranger.waiting() == [], "the stopped case stays stopped"


@pytest.mark.parametrize("kind", [NoticeKind.WATCH_FOUND, NoticeKind.WATCH_ENDED])
@pytest.mark.parametrize(
    ("standing", "verdict"),
    [(Standing.PENDING, "Send"), (Standing.GRANTED, "Send"), (Standing.REVOKED, "Drop")],
)
def test_what_a_watch_promised_needs_no_further_consent_but_bows_to_a_stop(
    scene: Scene, kind: NoticeKind, standing: Standing, verdict: str
) -> None:
    facts = _facts(scene, kind, standing)

    assert type(decide(facts)).__name__ == verdict


def test_what_was_found_is_not_told_once_it_is_hidden_or_off(scene: Scene) -> None:
    facts = _facts(scene, NoticeKind.WATCH_FOUND, Standing.PENDING)

    sealed = replace(facts, confidentiality=Confidentiality.RESTRICTED)
    off = replace(facts, status=HearingStatus.CANCELLED, starts_at=COMING.starts_at)
    assert [type(decide(one)).__name__ for one in (sealed, off)] == ["Drop", "Drop"]


def _facts(scene: Scene, kind: NoticeKind, standing: Standing) -> GateFacts:
    return GateFacts(
        now=NOW,
        kind=kind,
        priority=Priority.REPLY,
        due_at=NOW,
        expires_at=NOW + timedelta(days=3),
        standing=standing,
        endpoint=EndpointState.ACTIVE,
        quiet=scene.court.quiet,
        zone=scene.court.zone,
    )
