"""The gate: every reason has a case, and nothing that must not leave ever does."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.consent import Standing
from domain.court import QuietHours
from domain.disclosure import may_answer_lookup
from domain.gate import (
    DAILY_CAP,
    LOOP_CAP,
    RECEIPT_LOOK,
    RULES,
    Drop,
    EndpointState,
    GateFacts,
    Hold,
    Send,
    Verdict,
    decide,
)
from domain.hearing import Confidentiality, HearingStatus, Outcome
from domain.notice import NoticeKind, Priority, Purpose
from domain.quiet_hours import is_quiet
from domain.reasons import SENTENCES, Reason
from domain.roles import Role
from tests.fixtures.properties import examples

BOISE = ZoneInfo("America/Boise")
NOON = datetime(2026, 6, 15, 18, tzinfo=UTC)  # 12:00 in Boise
NIGHT = datetime(2026, 6, 16, 5, tzinfo=UTC)  # 23:00 in Boise
MORNING = datetime(2026, 6, 16, 14, tzinfo=UTC)  # 08:00 in Boise, quiet hours end
HOUR = timedelta(hours=1)


def facts(**changes: object) -> GateFacts:
    base = GateFacts(
        now=NOON,
        kind=NoticeKind.REMINDER,
        priority=Priority.REMINDER,
        purpose=Purpose.PLAN,
        due_at=NOON - HOUR,
        expires_at=NOON + timedelta(days=2),
        standing=Standing.GRANTED,
        endpoint=EndpointState.ACTIVE,
        quiet=QuietHours(),
        zone=BOISE,
        role=Role.DEFENDANT,
        confidentiality=Confidentiality.PUBLIC,
        revision=2,
        current_revision=2,
        status=HearingStatus.SCHEDULED,
        starts_at=NOON + timedelta(days=3),
    )
    return replace(base, **changes)  # type: ignore[arg-type] # tests name fields of GateFacts


def reply(**changes: object) -> GateFacts:
    return facts(**{"kind": NoticeKind.REPLY, "priority": Priority.REPLY, "purpose": None} | changes)


def at_night(**changes: object) -> GateFacts:
    """Return an urgent change found at night; quiet hours end at MORNING."""
    base = {
        "now": NIGHT,
        "due_at": NIGHT,
        "kind": NoticeKind.CHANGE,
        "priority": Priority.URGENT,
        "starts_at": MORNING + HOUR,
        "expires_at": MORNING + HOUR,
    }
    return facts(**base | changes)


def test_nothing_against_it_means_send() -> None:
    assert decide(facts()) == Send(Reason.CLEAR)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"now": NOON + timedelta(days=2)}, Reason.EXPIRED),
        ({"starts_at": NOON - HOUR}, Reason.HEARING_BEGUN),
        ({"starts_at": NOON}, Reason.HEARING_BEGUN),
        ({"current_revision": 3}, Reason.OLD_REVISION),
        ({"current_revision": None}, Reason.OLD_REVISION),
        ({"status": HearingStatus.CANCELLED}, Reason.HEARING_OFF),
        ({"status": HearingStatus.CONTINUED, "kind": NoticeKind.CHANGE}, Reason.HEARING_OFF),
        ({"kind": NoticeKind.CANCELLATION}, Reason.HEARING_ON),
        ({"kind": NoticeKind.RECOVERY, "outcome": Outcome.APPEARED}, Reason.NOT_MISSED),
        ({"kind": NoticeKind.RECOVERY}, Reason.NOT_MISSED),
        ({"confidentiality": Confidentiality.SEALED}, Reason.SEALED),
        ({"confidentiality": Confidentiality.RESTRICTED, "role": Role.FOLLOWER}, Reason.NOT_PUBLIC),
        ({"confidentiality": Confidentiality.JUVENILE, "role": Role.FOLLOWER}, Reason.NOT_PUBLIC),
        ({"minor": True, "role": Role.FOLLOWER}, Reason.NOT_PUBLIC),
        ({"opposed": True}, Reason.OPPOSED),
        ({"carrier_stopped": True}, Reason.CARRIER_STOPPED),
        ({"standing": Standing.REVOKED}, Reason.REVOKED),
        ({"endpoint": EndpointState.DEAD}, Reason.ENDPOINT_DEAD),
        ({"endpoint": EndpointState.FROZEN}, Reason.ENDPOINT_FROZEN),
    ],
)
def test_what_is_wrong_for_ever_is_dropped(changes: dict[str, object], reason: Reason) -> None:
    assert decide(facts(**changes)) == Drop(reason)


@pytest.mark.parametrize(
    ("changes", "until", "reason"),
    [
        ({"due_at": NOON + HOUR}, NOON + HOUR, Reason.NOT_YET),
        ({"not_before": NOON + 2 * HOUR}, NOON + 2 * HOUR, Reason.NOT_YET),
        ({"standing": Standing.PENDING}, NOON + HOUR, Reason.NO_CONSENT_YET),
        ({"endpoint": EndpointState.DOUBTFUL}, NOON + HOUR, Reason.ENDPOINT_DOUBTFUL),
        ({"daily_sends": DAILY_CAP}, NOON + HOUR, Reason.DAILY_CAP),
        ({"foreign_held": True}, NOON + HOUR, Reason.FOREIGN),
        ({"language_allowed": False}, NOON + HOUR, Reason.LANGUAGE),
        ({"in_custody": True}, NOON + HOUR, Reason.IN_CUSTODY),
        ({"conflict_same_minute": True}, NOON + HOUR, Reason.TWO_PLACES),
        ({"unsettled_until": NOON + HOUR / 4}, NOON + RECEIPT_LOOK, Reason.EARLIER_ON_ITS_WAY),
        ({"unsettled_until": NOON + RECEIPT_LOOK / 2}, NOON + RECEIPT_LOOK / 2, Reason.EARLIER_ON_ITS_WAY),
        ({"in_flight": True}, NOON + timedelta(seconds=5), Reason.IN_FLIGHT),
        ({"feed_age": timedelta(hours=37)}, NOON + HOUR, Reason.FEED_STALE),
        ({"now": NIGHT}, MORNING, Reason.QUIET_HOURS),
        ({"foreign_held": True, "expires_at": NOON + HOUR / 2}, NOON + HOUR / 2, Reason.FOREIGN),
    ],
)
def test_what_is_wrong_for_now_waits(changes: dict[str, object], until: datetime, reason: Reason) -> None:
    assert decide(facts(**changes)) == Hold(until, reason)


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(Reason)
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in SENTENCES.values())


def test_quiet_hours_that_outlast_the_window_end_the_notice() -> None:
    assert decide(facts(now=NIGHT, expires_at=MORNING)) == Drop(Reason.QUIET_TOO_LONG)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, Reason.OVERRIDES_QUIET),
        ({"priority": Priority.REMINDER}, Reason.QUIET_HOURS),
        ({"starts_at": MORNING + timedelta(days=1), "expires_at": MORNING + timedelta(days=1)}, Reason.QUIET_HOURS),
        (
            {
                "starts_at": MORNING + timedelta(days=9),
                "told_starts_at": MORNING + HOUR,
                "expires_at": MORNING + timedelta(days=9),
            },
            Reason.OVERRIDES_QUIET,
        ),
        ({"kind": NoticeKind.SHORT_NOTICE}, Reason.OVERRIDES_QUIET),
        ({"kind": NoticeKind.CANCELLATION, "status": HearingStatus.CANCELLED}, Reason.OVERRIDES_QUIET),
    ],
)
def test_urgent_news_breaks_quiet_hours_only_if_morning_is_too_late(changes: dict[str, object], reason: Reason) -> None:
    verdict = decide(at_night(**changes))
    assert verdict.reason is reason
    if isinstance(verdict, Send):
        assert verdict.note == SENTENCES[reason]


def test_a_stale_feed_holds_until_the_last_chance_and_then_the_text_leaves_with_a_note() -> None:
    stale = facts(feed_age=timedelta(hours=40), expires_at=NOON + timedelta(hours=10))
    assert decide(stale) == Hold(NOON + HOUR, Reason.FEED_STALE)
    last = decide(replace(stale, expires_at=NOON + 2 * HOUR))
    assert isinstance(last, Send)
    assert last.reason is Reason.STALE_BUT_LAST_CHANCE
    assert decide(replace(stale, feed_age=timedelta(hours=36))) == Send(Reason.CLEAR)
    assert decide(replace(stale, kind=NoticeKind.CHANGE)) == Send(Reason.CLEAR), "a change is fresh news by itself"
    assert decide(replace(stale, feed_age=None)) == Send(Reason.CLEAR)


@pytest.mark.parametrize(
    "changes",
    [
        {"standing": Standing.REVOKED},
        {"standing": Standing.PENDING},
        {"now": NIGHT},
        {"in_custody": True},
        {"feed_age": timedelta(days=9)},
        {"endpoint": EndpointState.DOUBTFUL},
        {"foreign_held": True},
        {"conflict_same_minute": True},
        {"status": HearingStatus.CANCELLED},
    ],
)
def test_who_has_just_written_gets_an_answer(changes: dict[str, object]) -> None:
    assert decide(reply(**changes)) == Send(Reason.ASKED_FOR)


@pytest.mark.parametrize("changes", [{"recent_replies": LOOP_CAP}, {"daily_replies": DAILY_CAP}])
def test_two_machines_that_answer_each_other_fall_silent_but_for_stop_and_help(changes: dict[str, object]) -> None:
    assert decide(reply(**changes)) == Drop(Reason.LOOP)
    assert decide(reply(**changes, is_owed=True)) == Send(Reason.ASKED_FOR)


def test_texts_that_are_no_replies_never_silence_an_answer() -> None:
    assert decide(reply(daily_sends=2 * DAILY_CAP)) == Send(Reason.ASKED_FOR)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"carrier_stopped": True}, Reason.CARRIER_STOPPED),
        ({"endpoint": EndpointState.FROZEN}, Reason.ENDPOINT_FROZEN),
        ({"opposed": True}, Reason.OPPOSED),
        ({"confidentiality": Confidentiality.SEALED}, Reason.SEALED),
    ],
)
def test_even_a_reply_does_not_leave_where_it_could_harm(changes: dict[str, object], reason: Reason) -> None:
    assert decide(reply(**changes)) == Drop(reason)


def test_the_daily_cap_never_stops_urgent_news() -> None:
    assert decide(facts(priority=Priority.URGENT, kind=NoticeKind.CHANGE, daily_sends=DAILY_CAP)) == Send(Reason.CLEAR)


def test_an_invitation_may_ask_who_has_not_agreed_and_whose_number_is_doubtful() -> None:
    invitation = facts(kind=NoticeKind.INVITATION, standing=Standing.PENDING, endpoint=EndpointState.DOUBTFUL)
    assert decide(invitation) == Send(Reason.CLEAR)


@pytest.mark.parametrize("kind", [NoticeKind.WATCH_FOUND, NoticeKind.WATCH_ENDED])
def test_what_was_promised_on_request_needs_no_further_consent_but_a_stop_ends_it(kind: NoticeKind) -> None:
    promised = facts(kind=kind, standing=Standing.PENDING, role=None, revision=None)
    assert decide(promised) == Send(Reason.CLEAR)
    assert decide(replace(promised, standing=Standing.REVOKED)) == Drop(Reason.REVOKED)
    for confidentiality in (Confidentiality.RESTRICTED, Confidentiality.JUVENILE):
        assert decide(replace(promised, confidentiality=confidentiality)) == Drop(Reason.NOT_PUBLIC)
    assert decide(replace(promised, minor=True)) == Drop(Reason.NOT_PUBLIC)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FOLLOWER])
def test_who_has_a_part_in_the_case_of_a_minor_is_told_of_it(role: Role) -> None:
    assert decide(facts(minor=True, role=role)) == Send(Reason.CLEAR)


@pytest.mark.parametrize("role", [Role.VICTIM, Role.WITNESS, Role.FOLLOWER, Role.ATTORNEY])
def test_custody_is_about_who_is_brought_to_court(role: Role) -> None:
    assert decide(facts(in_custody=True, role=role)) == Send(Reason.CLEAR)


def test_a_correction_may_say_on_or_off() -> None:
    for status in (HearingStatus.SCHEDULED, HearingStatus.CANCELLED):
        assert decide(facts(kind=NoticeKind.CORRECTION, status=status)) == Send(Reason.CLEAR)


def test_a_receipt_that_does_not_come_is_not_waited_for_past_the_window() -> None:
    assert decide(facts(unsettled_until=NOON + timedelta(days=3))) == Send(Reason.CLEAR)
    assert decide(facts(unsettled_until=NOON)) == Send(Reason.CLEAR)


def test_what_is_wrong_for_ever_is_said_before_what_is_wrong_for_now() -> None:
    assert decide(facts(standing=Standing.REVOKED, now=NIGHT, in_flight=True)) == Drop(Reason.REVOKED)
    assert [rule.__name__ for rule in RULES][:5] == [
        "_window",
        "_revision",
        "_hearing",
        "_confidentiality",
        "_two_hats",
    ]


INSTANTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
MAYBE = st.none() | INSTANTS
FACTS = st.builds(
    GateFacts,
    now=INSTANTS,
    kind=st.sampled_from(NoticeKind),
    priority=st.sampled_from(Priority),
    purpose=st.none() | st.sampled_from(Purpose),
    due_at=INSTANTS,
    expires_at=INSTANTS,
    standing=st.sampled_from(Standing),
    endpoint=st.sampled_from(EndpointState),
    quiet=st.sampled_from(
        [QuietHours(), QuietHours(start=time(12), end=time(13)), QuietHours(start=time(0), end=time(0))]
    ),
    zone=st.sampled_from([BOISE, ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata")]),
    role=st.none() | st.sampled_from(Role),
    confidentiality=st.none() | st.sampled_from(Confidentiality),
    minor=st.booleans(),
    revision=st.none() | st.integers(1, 2),
    current_revision=st.none() | st.integers(1, 2),
    status=st.none() | st.sampled_from(HearingStatus),
    outcome=st.none() | st.sampled_from(Outcome),
    starts_at=MAYBE,
    told_starts_at=MAYBE,
    not_before=MAYBE,
    carrier_stopped=st.booleans(),
    opposed=st.booleans(),
    in_custody=st.booleans(),
    recent_replies=st.integers(0, 10),
    daily_replies=st.integers(0, 60),
    daily_sends=st.integers(0, 60),
    is_owed=st.booleans(),
    feed_age=st.none() | st.timedeltas(timedelta(0), timedelta(days=5)),
    foreign_held=st.booleans(),
    language_allowed=st.booleans(),
    unsettled_until=MAYBE,
    conflict_same_minute=st.booleans(),
    in_flight=st.booleans(),
)
LIKELY = st.builds(
    replace,
    st.builds(facts),
    now=INSTANTS,
    due_at=st.just(datetime(2026, 2, 1, tzinfo=UTC)),
    kind=st.sampled_from(NoticeKind),
    priority=st.sampled_from(Priority),
    starts_at=MAYBE,
    told_starts_at=MAYBE,
    standing=st.sampled_from(Standing),
    current_revision=st.integers(1, 2),
    opposed=st.booleans(),
)
"""Facts with at most a few things wrong, so that many of them are sent."""


@given(FACTS | LIKELY)
@settings(max_examples=examples(100))
def test_the_gate_always_answers_and_its_answer_keeps_every_promise(of: GateFacts) -> None:
    verdict: Verdict = decide(of)
    assert decide(of) == verdict
    match verdict:
        case Hold(until, _):
            assert of.now < until <= of.expires_at
        case Send(reason, _):
            assert of.due_at <= of.now < of.expires_at
            assert not of.opposed
            assert not of.carrier_stopped
            assert of.revision is None or of.revision == of.current_revision
            assert of.confidentiality is not Confidentiality.SEALED
            if of.confidentiality is not None and of.role in {None, Role.FOLLOWER}:
                assert may_answer_lookup(of.confidentiality, minor=of.minor)
            assert of.endpoint in {EndpointState.ACTIVE, EndpointState.DOUBTFUL}
            if of.kind is not NoticeKind.REPLY:
                assert of.standing is not Standing.REVOKED
                assert not is_quiet(of.now, of.quiet, of.zone) or reason is Reason.OVERRIDES_QUIET
        case Drop(reason):
            assert reason in SENTENCES


@given(LIKELY, st.sampled_from([Standing.REVOKED]))
def test_nothing_but_a_reply_leaves_after_a_stop(of: GateFacts, standing: Standing) -> None:
    verdict = decide(replace(of, standing=standing))
    assert of.kind is NoticeKind.REPLY or not isinstance(verdict, Send)


@given(LIKELY)
def test_nothing_that_is_not_urgent_leaves_in_quiet_hours(of: GateFacts) -> None:
    ordinary = replace(of, priority=Priority.REMINDER, now=NIGHT, expires_at=NIGHT + timedelta(days=1))
    assert of.kind is NoticeKind.REPLY or not isinstance(decide(ordinary), Send)
