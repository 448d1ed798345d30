"""Consent folded from what was said: the later word wins, a stop stays a stop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent import (
    TOO_CLOSE,
    ConsentAction,
    ConsentEvent,
    ConsentPurpose,
    Evidence,
    Standing,
    is_own_no,
    standing,
)

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
COURT, OTHER_COURT = 1, 2
CASE, OTHER_CASE = 10, 11


def said(
    action: ConsentAction,
    *,
    evidence: Evidence = Evidence.TEXT,
    purpose: ConsentPurpose | None = None,
    court: int | None = None,
    case: int | None = None,
) -> ConsentEvent:
    return ConsentEvent(at=START, action=action, evidence=evidence, purpose=purpose, court_id=court, case_id=case)


STOP = said(ConsentAction.REVOKED)
WHOLE_START = said(ConsentAction.GRANTED)
STOP_CASE = said(ConsentAction.REVOKED, court=COURT, case=CASE)
STOP_OTHER = said(ConsentAction.REVOKED, court=COURT, case=OTHER_CASE)
YES_CASE = said(ConsentAction.GRANTED, court=COURT, case=CASE)
ENROLLED = said(ConsentAction.GRANTED, evidence=Evidence.FEED, court=COURT)
ENROLLED_WHOLE = said(ConsentAction.GRANTED, evidence=Evidence.FEED)
ASKED = said(ConsentAction.ASKED, court=COURT)
CARRIER_STOP = said(ConsentAction.REVOKED, evidence=Evidence.CARRIER)
NO_BROADCASTS = said(ConsentAction.REVOKED, purpose=ConsentPurpose.BROADCASTS)
STOP_COURT = said(ConsentAction.REVOKED, court=COURT)
START_COURT = said(ConsentAction.GRANTED, court=COURT)
NO_HEARINGS = said(ConsentAction.REVOKED, purpose=ConsentPurpose.HEARINGS)
YES_HEARINGS = said(ConsentAction.GRANTED, purpose=ConsentPurpose.HEARINGS)
STOP_ANY_COURTS_CASE = said(ConsentAction.REVOKED, case=CASE)
YES_ANY_COURTS_CASE = said(ConsentAction.GRANTED, case=CASE)
ELSEWHERE = said(ConsentAction.GRANTED, court=OTHER_COURT)


def fold(
    *events: ConsentEvent,
    purpose: ConsentPurpose = ConsentPurpose.HEARINGS,
    apart: timedelta = timedelta(minutes=1),
) -> Standing:
    """Fold events that were said one after the other, so far apart."""
    tale = [replace(event, at=START + place * apart) for place, event in enumerate(events)]
    return standing(tale, purpose=purpose, case_id=CASE, court_id=COURT)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), Standing.PENDING),
        ((ASKED,), Standing.PENDING),
        ((ENROLLED,), Standing.GRANTED),
        ((ASKED, YES_CASE), Standing.GRANTED),
        ((ELSEWHERE,), Standing.PENDING),
        ((ENROLLED, STOP), Standing.REVOKED),
        ((STOP,), Standing.REVOKED),
        ((ENROLLED, STOP, WHOLE_START), Standing.GRANTED),
        ((ENROLLED, STOP, YES_CASE), Standing.REVOKED),
        ((ENROLLED, STOP, ENROLLED), Standing.REVOKED),
        ((ENROLLED, STOP, ENROLLED_WHOLE), Standing.REVOKED),
        ((ENROLLED, CARRIER_STOP, WHOLE_START), Standing.GRANTED),
        ((ENROLLED, STOP_CASE), Standing.REVOKED),
        ((ENROLLED, STOP_OTHER), Standing.GRANTED),
        ((ENROLLED, STOP_CASE, YES_CASE), Standing.GRANTED),
        ((ENROLLED, STOP_CASE, ENROLLED), Standing.REVOKED),
        ((ENROLLED, STOP_CASE, WHOLE_START), Standing.GRANTED),
        ((ENROLLED, STOP_CASE, STOP, WHOLE_START), Standing.REVOKED),
        ((ENROLLED, STOP_CASE, STOP, WHOLE_START, WHOLE_START), Standing.GRANTED),
        ((ENROLLED, STOP_CASE, STOP, WHOLE_START, YES_CASE), Standing.GRANTED),
        ((ENROLLED, NO_BROADCASTS), Standing.GRANTED),
        ((WHOLE_START, STOP, WHOLE_START, STOP), Standing.REVOKED),
        ((ENROLLED, STOP_COURT, YES_CASE), Standing.GRANTED),
        ((ENROLLED, NO_HEARINGS, YES_CASE), Standing.GRANTED),
        ((ENROLLED, STOP_ANY_COURTS_CASE, YES_CASE), Standing.GRANTED),
        ((ENROLLED, STOP, START_COURT), Standing.REVOKED),
        ((ENROLLED, STOP, YES_HEARINGS), Standing.REVOKED),
        ((ENROLLED, STOP, YES_ANY_COURTS_CASE), Standing.REVOKED),
    ],
)
def test_a_tale_of_consent_has_one_end(events: tuple[ConsentEvent, ...], expected: Standing) -> None:
    assert fold(*events) is expected


@pytest.mark.parametrize(
    ("no", "yes"), [(STOP, WHOLE_START), (CARRIER_STOP, WHOLE_START), (STOP_CASE, YES_CASE), (STOP_CASE, WHOLE_START)]
)
def test_of_a_no_and_a_yes_in_one_second_the_no_stands(no: ConsentEvent, yes: ConsentEvent) -> None:
    """Which of them was meant to be the last nobody can know: carriers deliver what has waited in any order."""
    assert fold(no, yes, apart=TOO_CLOSE - timedelta(microseconds=1)) is Standing.REVOKED
    assert fold(no, yes, apart=TOO_CLOSE) is Standing.GRANTED
    assert fold(yes, no, apart=timedelta(0)) is Standing.REVOKED


def test_a_no_to_broadcasts_is_a_no_to_broadcasts_only() -> None:
    assert fold(ENROLLED, NO_BROADCASTS, purpose=ConsentPurpose.BROADCASTS) is Standing.REVOKED


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((YES_HEARINGS,), Standing.PENDING),
        ((WHOLE_START,), Standing.PENDING),
        ((ENROLLED,), Standing.GRANTED),
        ((STOP,), Standing.REVOKED),
        ((STOP, WHOLE_START), Standing.PENDING),
        ((STOP, WHOLE_START, ENROLLED), Standing.GRANTED),
        ((STOP_CASE,), Standing.REVOKED),
    ],
    ids=["a yes", "start", "the feed", "stop", "stop, start", "stop, start, the feed", "a case"],
)
def test_what_a_former_holder_said_grants_nothing_and_stops_what_it_stopped(
    events: tuple[ConsentEvent, ...], expected: Standing
) -> None:
    tale = [replace(event, at=START + number * timedelta(minutes=1)) for number, event in enumerate(events)]
    came = START + timedelta(hours=1)

    def stands(*said: ConsentEvent) -> Standing:
        return standing(said, purpose=ConsentPurpose.HEARINGS, case_id=CASE, court_id=COURT, since=came)

    assert stands(*tale) is expected
    own = replace(YES_HEARINGS, at=came + timedelta(minutes=1))
    assert stands(*tale, own) is (Standing.REVOKED if STOP in events[-1:] else Standing.GRANTED)


def test_a_case_that_is_not_asked_about_says_nothing_of_the_court() -> None:
    assert standing([YES_CASE], purpose=ConsentPurpose.HEARINGS, case_id=None, court_id=COURT) is Standing.PENDING


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((START_COURT, STOP), True),
        ((START_COURT, STOP_CASE), True),
        ((START_COURT, STOP_OTHER), False),
        ((START_COURT, CARRIER_STOP), False),
        ((START_COURT, STOP, CARRIER_STOP), True),
        ((START_COURT, STOP, CARRIER_STOP, WHOLE_START), False),
        ((START_COURT, STOP_CASE, CARRIER_STOP, WHOLE_START), True),
        ((STOP, START_COURT), False),
        ((STOP, START_COURT, STOP), True),
        ((STOP, YES_CASE), True),
        ((STOP, ELSEWHERE), True),
        ((STOP,), True),
        ((ENROLLED,), False),
    ],
)
def test_a_no_is_a_persons_own_unless_the_provider_says_it_or_they_came_after_it(
    events: tuple[ConsentEvent, ...],
    expected: bool,  # noqa: FBT001
) -> None:
    tale = [replace(event, at=START + place * timedelta(minutes=1)) for place, event in enumerate(events)]
    late = tale[-1].at + timedelta(minutes=1)

    def own(since: datetime) -> bool:
        return is_own_no(tale, purpose=ConsentPurpose.HEARINGS, case_id=CASE, court_id=COURT, since=since)

    assert own(late) is expected, "however late we learnt that they came"
    if events[0] is STOP and events[-1] is START_COURT:
        assert own(START), "who was there when it was said has said it"


EVENTS = st.lists(
    st.builds(
        ConsentEvent,
        at=st.just(START + timedelta(hours=1)),
        action=st.sampled_from(ConsentAction),
        evidence=st.sampled_from(Evidence),
        purpose=st.none() | st.sampled_from(ConsentPurpose),
        court_id=st.sampled_from([None, COURT, OTHER_COURT]),
        case_id=st.sampled_from([None, CASE, OTHER_CASE]),
    ),
    max_size=8,
)


@given(EVENTS)
def test_after_stop_nothing_but_a_whole_start_lets_texts_through(events: list[ConsentEvent]) -> None:
    narrower = [event for event in events if not event.is_whole or event.action is not ConsentAction.GRANTED]
    assert fold(*events, STOP, *narrower) is Standing.REVOKED


@given(EVENTS)
def test_two_starts_always_open_the_endpoint(events: list[ConsentEvent]) -> None:
    assert fold(*events, WHOLE_START, WHOLE_START) is Standing.GRANTED


@given(EVENTS)
def test_an_enrolment_by_the_feed_never_lifts_a_stop(events: list[ConsentEvent]) -> None:
    before = fold(*events)
    after = fold(*events, ENROLLED, ENROLLED_WHOLE)
    assert after is (Standing.REVOKED if before is Standing.REVOKED else Standing.GRANTED)
