"""Clocks: the machine's, and the one that tests and the demo push forward."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from domain.clock import SteppedClock, SystemClock
from domain.court import Brake, Court, QuietHours
from domain.errors import ConflictError, InvalidInputError, NotFoundError, UsherError

START = datetime(2026, 6, 15, 18, tzinfo=UTC)


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert SystemClock().now() >= now


def test_a_stepped_clock_stands_until_it_is_pushed() -> None:
    clock = SteppedClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(timedelta(days=1))
    assert clock.now() == START + timedelta(days=1)


def test_a_stepped_clock_never_goes_back() -> None:
    clock = SteppedClock(START)
    with pytest.raises(ValueError, match="go back"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == START


def test_a_stepped_clock_speaks_utc_wherever_it_was_set() -> None:
    clock = SteppedClock(START.astimezone(timezone(timedelta(hours=3))))
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now() == START


def test_a_running_clock_moves_by_itself_and_by_steps() -> None:
    clock = SteppedClock(START, running=True)
    first = clock.now()
    clock.advance(timedelta(hours=1))
    assert first >= START
    assert clock.now() >= first + timedelta(hours=1)


def test_peoples_mistakes_say_where_and_why() -> None:
    mistake = InvalidInputError("courts.anc.zone", "no such time zone")
    assert str(mistake) == "courts.anc.zone: no such time zone"
    assert (mistake.field, mistake.why) == ("courts.anc.zone", "no such time zone")
    for kind in (InvalidInputError, NotFoundError, ConflictError):
        assert issubclass(kind, UsherError)


def test_a_court_leads_with_its_first_language() -> None:

    court = Court(
        key="c", name="C", short_name="C", address="A", phone="P", zone=ZoneInfo("UTC"), languages=("es", "en")
    )
    assert court.lead_language == "es"
    assert court.quiet == QuietHours()
    assert court.brake == Brake()
    assert isinstance(hash(court), int)
