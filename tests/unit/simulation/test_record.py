"""The record of a simulation: its sums add up, it speaks by the court's clock, it says why."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import orjson
import pytest

from bot.simulation.cast import Cast
from bot.simulation.record import DIMENSIONS, Simulation, Sum, kind_of, sentence, why
from domain.calendar_report import BadRow, ImportReport, RunState
from domain.delivery import ChannelName
from domain.notice import NoticeKind, NoticeState, Purpose
from domain.reasons import SENTENCES, Reason
from domain.roles import Role
from storage.simulation import NotSent, SentText

TEXT = SentText(
    at=datetime(2026, 6, 2, 18, 0, tzinfo=UTC),
    court="riverton",
    cases=("3RV-26-00042CR",),
    role=Role.DEFENDANT,
    to="+19075550100",
    channel=ChannelName.SMS,
    language="en",
    kind=NoticeKind.REMINDER,
    purpose=Purpose.PLAN,
    segments=2,
    text="You have court.",
)
TEXTS = (
    TEXT,
    replace(TEXT, language="es", segments=3),
    replace(TEXT, language="es", kind=NoticeKind.HEARING_SET, purpose=Purpose.SET),
    replace(TEXT, channel=ChannelName.TELEGRAM, to="chat-1", language="ar", segments=1),
)
OUTCOME = Simulation(
    court="riverton",
    since=date(2026, 6, 1),
    until=date(2026, 6, 30),
    zones={"riverton": ZoneInfo("America/Anchorage"), "lakeside": ZoneInfo("America/Denver")},
    imported=ImportReport(
        court="riverton",
        mapping="native",
        state=RunState.APPLIED,
        rows=4,
        quarantined=1,
        bad_rows=(BadRow(3, "starts_at", "is empty"),),
    ),
    cast=Cast(people=4, invented=1),
    texts=TEXTS,
    not_sent=(NotSent(kind=NoticeKind.REMINDER, state=NoticeState.DROPPED, reason="sealed", count=2),),
    held={"quiet_hours": 3},
    tasks={"short_notice_call": 1},
    expected=5,
    told_nothing=1,
)


def test_the_total_is_every_text_and_segment() -> None:
    assert OUTCOME.total == Sum(texts=4, segments=8)


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("language", {"es": Sum(2, 5), "ar": Sum(1, 1), "en": Sum(1, 2)}),
        ("kind", {"reminder: plan": Sum(3, 6), "hearing_set": Sum(1, 2)}),
        ("channel", {"sms": Sum(3, 7), "telegram": Sum(1, 1)}),
        ("segments", {"2": Sum(2, 4), "1": Sum(1, 1), "3": Sum(1, 3)}),
    ],
)
def test_the_sums_of_a_dimension_are_in_order_of_size(dimension: str, expected: dict[str, Sum]) -> None:
    assert list(OUTCOME.sums(dimension).items()) == list(expected.items())


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_sums_of_every_dimension_add_up_to_the_total(dimension: str) -> None:
    sums = OUTCOME.sums(dimension).values()

    assert Sum(sum(of.texts for of in sums), sum(of.segments for of in sums)) == OUTCOME.total


def test_the_facts_are_one_json_object_by_the_courts_clock() -> None:
    said = json.loads(orjson.dumps(OUTCOME.facts()))

    assert (said["from"], said["until"], said["court"]) == ("2026-06-01", "2026-06-30", "riverton")
    assert said["texts"][0] == {
        "at": "2026-06-02T10:00:00-08:00",
        "court": "riverton",
        "cases": ["3RV-26-00042CR"],
        "role": "defendant",
        "to": "+19075550100",
        "language": "en",
        "channel": "sms",
        "kind": "reminder",
        "purpose": "plan",
        "segments": 2,
        "text": "You have court.",
    }
    assert said["totals"]["all"] == {"texts": 4, "segments": 8}
    assert said["totals"]["by_channel"]["telegram"] == {"texts": 1, "segments": 1}
    assert said["not_sent"] == [
        {"kind": "reminder", "state": "dropped", "reason": "sealed", "count": 2, "why": "The case is sealed."}
    ]
    assert said["held_for_a_while"] == {"quiet_hours": 3}
    assert said["tasks"] == {"short_notice_call": 1}
    assert said["people"] == {"all": 4, "invented": 1}
    assert said["hearings"] == {"people_expected": 5, "told_nothing": 1}
    assert said["import"]["bad_rows"] == [{"line": 3, "column": "starts_at", "reason": "is empty"}]


def test_a_text_of_another_court_is_told_by_that_courts_clock() -> None:
    outcome = replace(OUTCOME, texts=(replace(TEXT, court="lakeside"),))

    assert json.loads(orjson.dumps(outcome.facts()))["texts"][0]["at"] == "2026-06-02T12:00:00-06:00"


@pytest.mark.parametrize(
    ("kind", "purpose", "expected"),
    [
        (NoticeKind.REMINDER, Purpose.CONSEQUENCE, "reminder: consequence"),
        (NoticeKind.HEARING_SET, Purpose.SET, "hearing_set"),
        (NoticeKind.SHORT_NOTICE, None, "short_notice"),
    ],
)
def test_a_reminder_says_what_it_is_for(kind: NoticeKind, purpose: Purpose | None, expected: str) -> None:
    assert kind_of(replace(TEXT, kind=kind, purpose=purpose)) == expected


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (NoticeState.PLANNED, None, "It is due after the last day."),
        (NoticeState.SUPERSEDED, "planner", "A newer notice speaks instead."),
        (NoticeState.DROPPED, "in_custody", SENTENCES[Reason.IN_CUSTODY]),
        (NoticeState.HELD, "foreign", SENTENCES[Reason.FOREIGN]),
        (NoticeState.EXPIRED, "expired", SENTENCES[Reason.EXPIRED]),
        (NoticeState.DROPPED, "unspeakable", "unspeakable"),
    ],
)
def test_what_was_not_sent_says_why(state: NoticeState, reason: str | None, expected: str) -> None:
    assert why(NotSent(kind=NoticeKind.REMINDER, state=state, reason=reason, count=1)) == expected


def test_no_reason_is_no_sentence() -> None:
    assert sentence(None) == ""
