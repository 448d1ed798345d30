"""What the page is told: times as the court reads them, and only what JSON can carry."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.control import CourtAction, HearingCard
from bot.sandbox.page.views import MOST_BUBBLES, clock_view, hearing_view, phone_view
from bot.sandbox.phones import Bubble, BubbleState, Button, Direction, Phone
from domain.delivery import ChannelName

ANCHORAGE = ZoneInfo("America/Anchorage")


def a_bubble(at: datetime, text: str = "hello", *, provider_id: str | None = "SM1") -> Bubble:
    return Bubble(
        at=at, direction=Direction.RECEIVED, text=text, state=BubbleState.DELIVERED, provider_id=provider_id, segments=1
    )


@pytest.mark.parametrize(
    ("hour", "minute", "time"),
    [
        (0, 0, "12:00 AM"),
        (0, 59, "12:59 AM"),
        (1, 5, "1:05 AM"),
        (11, 59, "11:59 AM"),
        (12, 0, "12:00 PM"),
        (13, 7, "1:07 PM"),
        (23, 59, "11:59 PM"),
    ],
)
def test_a_clock_counts_twelve_hours_twice(hour: int, minute: int, time: str) -> None:
    assert clock_view(datetime(2026, 6, 1, hour, minute, tzinfo=ANCHORAGE))["time"] == time


@pytest.mark.parametrize(
    ("instant", "time", "zone"),
    [
        (datetime(2026, 3, 8, 10, 59, tzinfo=UTC), "1:59 AM", "AKST"),
        (datetime(2026, 3, 8, 11, 0, tzinfo=UTC), "3:00 AM", "AKDT"),
        (datetime(2026, 11, 1, 9, 30, tzinfo=UTC), "1:30 AM", "AKDT"),
        (datetime(2026, 11, 1, 10, 30, tzinfo=UTC), "1:30 AM", "AKST"),
    ],
)
def test_the_zone_says_on_which_side_of_a_clock_change_it_is(instant: datetime, time: str, zone: str) -> None:
    shown = clock_view(instant.astimezone(ANCHORAGE))
    assert (shown["time"], shown["zone"]) == (time, zone)


def test_a_bubble_before_midnight_of_the_court_belongs_to_that_day() -> None:
    phone = Phone(number="+19075550101")
    phone.show(a_bubble(datetime(2026, 6, 2, 7, 59, tzinfo=UTC)))
    [shown] = _bubbles(phone_view(phone, ANCHORAGE))
    assert (shown["day"], shown["time"]) == ("Monday, June 1, 2026", "11:59 PM")
    [shown] = _bubbles(phone_view(phone, UTC))
    assert (shown["day"], shown["time"]) == ("Tuesday, June 2, 2026", "7:59 AM")


def test_what_the_carrier_says_itself_has_a_key_too() -> None:
    phone = Phone(number="+19075550101")
    for n in range(3):
        phone.show(a_bubble(datetime(2026, 6, 1, tzinfo=UTC), provider_id=None if n else "SM1"))
    assert [shown["key"] for shown in _bubbles(phone_view(phone, UTC))] == ["SM1", "own-1", "own-2"]


@given(st.integers(min_value=0, max_value=2 * MOST_BUBBLES))
def test_the_last_bubbles_are_shown_and_keep_their_keys(count: int) -> None:
    phone = Phone(number="+19075550101")
    for n in range(count):
        phone.show(a_bubble(datetime(2026, 6, 1, tzinfo=UTC), str(n), provider_id=None))
    shown = _bubbles(phone_view(phone, UTC))
    assert [each["text"] for each in shown] == [str(n) for n in range(max(0, count - MOST_BUBBLES), count)]
    assert [each["key"] for each in shown] == [f"own-{each['text']}" for each in shown]


@pytest.mark.parametrize(("language", "tag"), [("es", "es"), ("pt_BR", "pt-BR"), ("zh_Hans", "zh-Hans")])
def test_a_language_is_told_as_a_browser_knows_it(language: str, tag: str) -> None:
    assert phone_view(Phone(number="1", language=language), UTC)["language"] == tag


@pytest.mark.parametrize(
    ("is_on", "has_blocked", "shown"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_a_phone_that_is_off_and_a_bot_that_is_blocked_look_alike(
    *, is_on: bool, has_blocked: bool, shown: bool
) -> None:
    phone = Phone(number="1", is_on=is_on, has_blocked=has_blocked)
    assert phone_view(phone, UTC)["on"] is shown


def test_buttons_are_told_in_their_rows() -> None:
    phone = Phone(number="7000000103", channel=ChannelName.TELEGRAM)
    phone.show(a_bubble(datetime(2026, 6, 1, tzinfo=UTC)))
    phone.rewrite("SM1", "?", ((Button("Yes", "y"), Button("No", "n")), (Button("Call me", ""),)))
    [shown] = _bubbles(phone_view(phone, UTC))
    assert shown["buttons"] == [
        [{"label": "Yes", "action": "y"}, {"label": "No", "action": "n"}],
        [{"label": "Call me", "action": ""}],
    ]
    assert shown["edited"] is True


@given(st.sets(st.sampled_from(CourtAction)), st.datetimes(timezones=st.just(ANCHORAGE)))
def test_actions_come_in_one_order_and_everything_is_json(actions: set[CourtAction], at: datetime) -> None:
    card = HearingCard(
        id=1,
        case_number="3AN-26-00101CR",
        starts_at=at,
        courtroom="Courtroom 302",
        status="scheduled",
        actions=frozenset(actions),
    )
    shown = hearing_view(card)
    assert shown["actions"] == [action for action in CourtAction if action in actions]
    assert orjson.loads(orjson.dumps(shown))["case"] == "3AN-26-00101CR"


def test_a_clock_says_its_instant_for_machines() -> None:
    now = datetime(2026, 6, 1, 18, 0, 59, tzinfo=UTC).astimezone(ANCHORAGE)
    assert clock_view(now)["iso"] == "2026-06-01T10:00-08:00"
    assert clock_view(now + timedelta(minutes=1))["iso"] == "2026-06-01T10:01-08:00"


def _bubbles(view: dict[str, object]) -> list[dict[str, object]]:
    bubbles = view["bubbles"]
    assert isinstance(bubbles, list)
    return bubbles
