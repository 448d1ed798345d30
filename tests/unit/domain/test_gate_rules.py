"""The gate rule by rule: each one's edge to the second, and which of two that both object is the one that speaks."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent import Standing
from domain.court import QuietHours
from domain.gate import (
    ABOUT_A_HEARING,
    CALLS_TO_COURT,
    DAILY_CAP,
    IN_FLIGHT_WAIT,
    LAST_CHANCE,
    LOOP_CAP,
    RECEIPT_LOOK,
    RECHECK,
    Drop,
    EndpointState,
    GateFacts,
    Hold,
    Send,
    decide,
)
from domain.hearing import Confidentiality, HearingStatus, Outcome
from domain.notice import NoticeKind, Priority
from domain.reasons import Reason
from domain.roles import Role

NOON = datetime(2026, 6, 15, 18, tzinfo=UTC)  # 12:00 in Boise
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def facts(**changes: object) -> GateFacts:
    """Return a reminder to a defendant that nothing is wrong with."""
    base = GateFacts(
        now=NOON,
        kind=NoticeKind.REMINDER,
        priority=Priority.REMINDER,
        due_at=NOON,
        expires_at=NOON + 2 * DAY,
        standing=Standing.GRANTED,
        endpoint=EndpointState.ACTIVE,
        quiet=QuietHours(),
        zone=ZoneInfo("America/Boise"),
        role=Role.DEFENDANT,
        confidentiality=Confidentiality.PUBLIC,
        revision=1,
        current_revision=1,
        status=HearingStatus.SCHEDULED,
        starts_at=NOON + 3 * DAY,
    )
    return replace(base, **changes)  # type: ignore[arg-type] # tests name fields of GateFacts


FAULTS: dict[Reason, dict[str, object]] = {  # in the order in which the gate asks; no two set the same field
    Reason.NOT_YET: {"not_before": NOON + DAY},
    Reason.OLD_REVISION: {"current_revision": 2},
    Reason.HEARING_OFF: {"status": HearingStatus.CANCELLED},
    Reason.SEALED: {"confidentiality": Confidentiality.SEALED},
    Reason.OPPOSED: {"opposed": True},
    Reason.CARRIER_STOPPED: {"carrier_stopped": True},
    Reason.REVOKED: {"standing": Standing.REVOKED},
    Reason.ENDPOINT_DEAD: {"endpoint": EndpointState.DEAD},
    Reason.DAILY_CAP: {"daily_sends": DAILY_CAP},
    Reason.FOREIGN: {"foreign_held": True},
    Reason.LANGUAGE: {"language_allowed": False},
    Reason.IN_CUSTODY: {"in_custody": True},
    Reason.TWO_PLACES: {"conflict_same_minute": True},
    Reason.QUIET_HOURS: {"quiet": QuietHours(start=time(11), end=time(13))},
    Reason.EARLIER_ON_ITS_WAY: {"unsettled_until": NOON + timedelta(minutes=1)},
    Reason.IN_FLIGHT: {"in_flight": True},
    Reason.FEED_STALE: {"feed_age": timedelta(days=9)},
}


@pytest.mark.parametrize("reason", FAULTS)
def test_each_fault_alone_is_seen(reason: Reason) -> None:
    assert decide(facts(**FAULTS[reason])).reason is reason


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)), ids=str)
def test_of_two_faults_the_one_that_is_asked_about_first_is_the_reason(first: Reason, second: Reason) -> None:
    assert decide(facts(**FAULTS[first], **FAULTS[second])).reason is first


@given(st.sets(st.sampled_from(list(FAULTS)), min_size=1))
def test_of_any_faults_the_first_is_the_reason_and_none_of_them_is_sent(faults: set[Reason]) -> None:
    changes: dict[str, object] = {}
    for reason in faults:
        changes |= FAULTS[reason]

    verdict = decide(facts(**changes))

    assert not isinstance(verdict, Send)
    assert verdict.reason is next(reason for reason in FAULTS if reason in faults)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"expires_at": NOON}, Drop(Reason.EXPIRED)),
        ({"expires_at": NOON + MOMENT}, Send(Reason.CLEAR)),
        ({"due_at": NOON + MOMENT}, Hold(NOON + MOMENT, Reason.NOT_YET)),
        ({"due_at": NOON - DAY, "not_before": NOON}, Send(Reason.CLEAR)),
        ({"due_at": NOON + DAY, "not_before": NOON + MOMENT}, Hold(NOON + DAY, Reason.NOT_YET)),
        ({"due_at": NOON + 3 * DAY}, Hold(NOON + 2 * DAY, Reason.NOT_YET)),
        ({"starts_at": NOON + MOMENT}, Send(Reason.CLEAR)),
        ({"starts_at": NOON}, Drop(Reason.HEARING_BEGUN)),
        ({"starts_at": None}, Send(Reason.CLEAR)),
        ({"revision": None, "current_revision": 7}, Send(Reason.CLEAR)),
        ({"daily_sends": DAILY_CAP - 1}, Send(Reason.CLEAR)),
        ({"recent_replies": LOOP_CAP}, Send(Reason.CLEAR)),
        ({"feed_age": timedelta(hours=36)}, Send(Reason.CLEAR)),
        ({"in_flight": True, "expires_at": NOON + MOMENT}, Hold(NOON + MOMENT, Reason.IN_FLIGHT)),
        ({"in_flight": True}, Hold(NOON + IN_FLIGHT_WAIT, Reason.IN_FLIGHT)),
        ({"unsettled_until": NOON + 2 * DAY}, Send(Reason.CLEAR)),
        ({"unsettled_until": NOON + 2 * DAY - MOMENT}, Hold(NOON + RECEIPT_LOOK, Reason.EARLIER_ON_ITS_WAY)),
        ({"unsettled_until": NOON + MOMENT}, Hold(NOON + MOMENT, Reason.EARLIER_ON_ITS_WAY)),
    ],
    ids=str,
)
def test_every_edge_lies_where_it_is_said_to(changes: dict[str, object], verdict: object) -> None:
    assert decide(facts(**changes)) == verdict


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (RECHECK + LAST_CHANCE + MOMENT, Hold(NOON + RECHECK, Reason.FEED_STALE)),
        (RECHECK + LAST_CHANCE, Send(Reason.STALE_BUT_LAST_CHANCE)),
    ],
    ids=["one more look is left", "the last chance"],
)
def test_a_stale_feed_is_waited_for_while_another_look_leaves_a_last_chance(
    left: timedelta, verdict: Hold | Send
) -> None:
    found = decide(facts(feed_age=timedelta(hours=36) + MOMENT, expires_at=NOON + left))

    assert (type(found), found.reason) == (type(verdict), verdict.reason)


@pytest.mark.parametrize(("end", "is_kept"), [(time(12, 59), True), (time(13), False)], ids=str)
def test_quiet_hours_are_waited_out_only_if_something_of_the_window_is_left_after_them(
    end: time,
    is_kept: bool,  # noqa: FBT001
) -> None:
    verdict = decide(facts(quiet=QuietHours(start=time(11), end=end), expires_at=NOON + timedelta(hours=1)))

    assert verdict.reason is (Reason.QUIET_HOURS if is_kept else Reason.QUIET_TOO_LONG)
    assert isinstance(verdict, Hold if is_kept else Drop)


@pytest.mark.parametrize("kind", NoticeKind)
class TestKinds:
    """What a rule says of each kind of notice: a new kind must be thought about here."""

    def test_a_hearing_that_is_off_is_only_called_off_or_corrected(self, kind: NoticeKind) -> None:
        verdict = decide(facts(kind=kind, status=HearingStatus.CONTINUED, outcome=Outcome.DID_NOT_APPEAR))

        speaks_of_it_as_on = ABOUT_A_HEARING - {NoticeKind.CANCELLATION, NoticeKind.CORRECTION}
        assert (verdict == Drop(Reason.HEARING_OFF)) is (kind in speaks_of_it_as_on)

    def test_a_hearing_that_has_begun_is_no_longer_news(self, kind: NoticeKind) -> None:
        verdict = decide(facts(kind=kind, starts_at=NOON, outcome=Outcome.DID_NOT_APPEAR))

        assert (verdict == Drop(Reason.HEARING_BEGUN)) is (kind in ABOUT_A_HEARING - {NoticeKind.CANCELLATION})

    def test_only_what_calls_people_to_court_waits_for_the_desk_where_two_courts_want_them(
        self, kind: NoticeKind
    ) -> None:
        verdict = decide(facts(kind=kind, conflict_same_minute=True, outcome=Outcome.DID_NOT_APPEAR))

        assert (verdict == Hold(NOON + RECHECK, Reason.TWO_PLACES)) is (kind in CALLS_TO_COURT)

    def test_before_a_yes_only_what_was_asked_for_or_asks_may_leave(self, kind: NoticeKind) -> None:
        status = HearingStatus.CANCELLED if kind is NoticeKind.CANCELLATION else HearingStatus.SCHEDULED
        verdict = decide(facts(kind=kind, standing=Standing.PENDING, status=status, outcome=Outcome.DID_NOT_APPEAR))

        free = {NoticeKind.REPLY, NoticeKind.INVITATION, NoticeKind.WATCH_FOUND, NoticeKind.WATCH_ENDED}
        assert isinstance(verdict, Send) is (kind in free)
        if kind not in free:
            assert verdict == Hold(NOON + RECHECK, Reason.NO_CONSENT_YET)

    def test_a_number_that_may_have_changed_hands_hears_nothing_of_a_case(self, kind: NoticeKind) -> None:
        status = HearingStatus.CANCELLED if kind is NoticeKind.CANCELLATION else HearingStatus.SCHEDULED
        doubtful = facts(kind=kind, endpoint=EndpointState.DOUBTFUL, status=status, outcome=Outcome.DID_NOT_APPEAR)

        assert isinstance(decide(doubtful), Send) is (kind in {NoticeKind.INVITATION, NoticeKind.REPLY})


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("confidentiality", [None, *Confidentiality])
def test_who_is_no_party_hears_of_public_cases_only_and_nobody_of_sealed_ones(
    role: Role | None, confidentiality: Confidentiality | None
) -> None:
    verdict = decide(facts(role=role, confidentiality=confidentiality))

    if confidentiality is Confidentiality.SEALED:
        assert verdict == Drop(Reason.SEALED)
    elif role in {None, Role.FOLLOWER} and confidentiality in {Confidentiality.RESTRICTED, Confidentiality.JUVENILE}:
        assert verdict == Drop(Reason.NOT_PUBLIC)
    else:
        assert verdict == Send(Reason.CLEAR)


@pytest.mark.parametrize("role", [None, *Role])
def test_only_who_is_brought_to_court_waits_in_custody_for_the_desk(role: Role | None) -> None:
    waits = role in {Role.DEFENDANT, Role.RESPONDENT}

    assert isinstance(decide(facts(in_custody=True, role=role)), Hold) is waits


@pytest.mark.parametrize("outcome", [None, *Outcome])
@pytest.mark.parametrize("status", HearingStatus)
def test_a_recovery_text_follows_a_miss_whatever_became_of_the_hearing(
    outcome: Outcome | None, status: HearingStatus
) -> None:
    verdict = decide(facts(kind=NoticeKind.RECOVERY, outcome=outcome, status=status, starts_at=NOON - DAY))

    assert isinstance(verdict, Send) is (outcome is Outcome.DID_NOT_APPEAR)


@pytest.mark.parametrize("priority", Priority)
def test_only_urgent_news_passes_the_daily_cap_and_may_wake_people(priority: Priority) -> None:
    urgent = priority <= Priority.URGENT
    change = facts(kind=NoticeKind.CHANGE, priority=priority)
    soon = NOON + timedelta(hours=2)
    asleep = QuietHours(start=time(11), end=time(13))

    assert isinstance(decide(replace(change, daily_sends=DAILY_CAP)), Send) is urgent
    woken = decide(replace(change, quiet=asleep, starts_at=soon))
    assert woken.reason is (Reason.OVERRIDES_QUIET if urgent else Reason.QUIET_HOURS)


@pytest.mark.parametrize(
    ("starts", "told", "wakes"),
    [
        (None, None, False),
        (timedelta(hours=2), None, True),
        (None, timedelta(hours=2), True),
        (9 * DAY, timedelta(hours=2), True),
        (timedelta(hours=2), 9 * DAY, True),
        (9 * DAY, timedelta(hours=-1), False),
        (9 * DAY, timedelta(0), False),
        (9 * DAY, 8 * DAY, False),
    ],
    ids=str,
)
def test_whichever_of_the_two_starts_comes_first_and_lies_ahead_decides_whether_news_may_wake(
    starts: timedelta | None,
    told: timedelta | None,
    wakes: bool,  # noqa: FBT001
) -> None:
    change = facts(
        kind=NoticeKind.CHANGE,
        priority=Priority.URGENT,
        quiet=QuietHours(start=time(11), end=time(13)),
        starts_at=None if starts is None else NOON + starts,
        told_starts_at=None if told is None else NOON + told,
    )

    assert decide(change).reason is (Reason.OVERRIDES_QUIET if wakes else Reason.QUIET_HOURS)


@pytest.mark.parametrize(("sends", "reason"), [(0, Reason.ASKED_FOR), (LOOP_CAP - 1, Reason.ASKED_FOR)])
def test_a_reply_below_its_caps_leaves_also_at_night(sends: int, reason: Reason) -> None:
    asked = facts(kind=NoticeKind.REPLY, priority=Priority.REPLY, recent_replies=sends, daily_replies=DAILY_CAP - 1)

    assert decide(replace(asked, quiet=QuietHours(start=time(11), end=time(13)))) == Send(reason)
