"""Instants and enums come back as they were put there, on either engine, and what is no instant is refused."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, String, func, insert, select, type_coerce
from sqlalchemy.exc import StatementError

from domain.delivery import ChannelName
from domain.gate import EndpointState
from storage.schema import endpoint, heartbeat
from tests.fixtures.properties import examples

ANCHORAGE = ZoneInfo("America/Anchorage")
NEW_YORK = ZoneInfo("America/New_York")
ONE: dict[str, object] = {
    "channel": ChannelName.SMS,
    "address": b"x",
    "state": EndpointState.ACTIVE,
    "created_at": datetime(2026, 6, 1, tzinfo=UTC),
    "misses": 0,
}
zones = st.sampled_from(
    [UTC, ANCHORAGE, NEW_YORK, ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-11, minutes=30))]
)


def keep(connection: Connection, at: datetime, name: str = "x") -> datetime:
    connection.execute(insert(heartbeat).values(name=name, at=at))
    back: datetime = connection.execute(select(heartbeat.c.at).where(heartbeat.c.name == name)).scalar_one()
    return back


def add(connection: Connection, values: dict[str, object]) -> int:
    row = ONE | {"address_digest": repr(values).encode()} | values
    return int(connection.execute(insert(endpoint).values(row).returning(endpoint.c.id)).scalar_one())


@given(since=st.timedeltas(timedelta(days=1), timedelta(days=84_000)), zone=zones)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_aware_instant_comes_back_as_itself_in_utc_to_the_microsecond(
    any_connection: Connection, since: timedelta, zone: tzinfo
) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + since
    with any_connection.begin_nested() as step:
        back = keep(any_connection, at.astimezone(zone))
        step.rollback()

    assert back == at
    assert back.tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 1, 1, 30, tzinfo=ANCHORAGE), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 1, 30, tzinfo=ANCHORAGE, fold=1), datetime(2026, 11, 1, 10, 30, tzinfo=UTC)),
        (datetime(2026, 3, 8, 3, 0, tzinfo=ANCHORAGE), datetime(2026, 3, 8, 11, 0, tzinfo=UTC)),
        (
            datetime(2026, 3, 8, 1, 59, 59, 999999, tzinfo=ANCHORAGE),
            datetime(2026, 3, 8, 10, 59, 59, 999999, tzinfo=UTC),
        ),
        (datetime(2026, 12, 31, 23, 0, tzinfo=ANCHORAGE), datetime(2027, 1, 1, 8, 0, tzinfo=UTC)),
    ],
    ids=["the hour before clocks go back", "that hour again", "clocks gone forward", "just before", "another year"],
)
def test_the_hours_around_a_clock_change_are_told_apart(
    any_connection: Connection, at: datetime, expected: datetime
) -> None:
    assert keep(any_connection, at) == expected


@pytest.mark.parametrize("at", [datetime(2026, 6, 1, 9, 30), datetime.min], ids=["naive", "naive and early"])  # noqa: DTZ001, DTZ901
def test_an_instant_without_a_zone_is_refused_wherever_it_is_said(any_connection: Connection, at: datetime) -> None:
    with pytest.raises(StatementError, match="must be aware"):
        any_connection.execute(insert(heartbeat).values(name="x", at=at))
    with pytest.raises(StatementError, match="must be aware"):
        any_connection.execute(select(heartbeat).where(heartbeat.c.at < at))


def test_instants_are_ordered_and_compared_as_instants_whatever_zone_they_were_said_in(
    any_connection: Connection,
) -> None:
    base = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    said = {
        "fourth": base + timedelta(seconds=1),
        "second": (base + timedelta(microseconds=1)).astimezone(NEW_YORK),
        "first": base.astimezone(ANCHORAGE),
        "third": base + timedelta(milliseconds=500),
    }
    for name, at in said.items():
        any_connection.execute(insert(heartbeat).values(name=name, at=at))

    ordered = any_connection.execute(select(heartbeat.c.name).order_by(heartbeat.c.at)).scalars()
    assert list(ordered) == ["first", "second", "third", "fourth"]
    equal = select(heartbeat.c.name).where(heartbeat.c.at == base.astimezone(ZoneInfo("Asia/Tokyo")))
    assert list(any_connection.execute(equal).scalars()) == ["first"]
    newest = any_connection.execute(select(func.max(heartbeat.c.at))).scalar_one()
    assert newest == base + timedelta(seconds=1)
    assert newest.tzinfo is UTC
    least = any_connection.execute(select(func.min(heartbeat.c.at).filter(heartbeat.c.at > base))).scalar_one()
    assert least == base + timedelta(microseconds=1)


def test_an_absent_instant_stays_absent_also_in_an_aggregate(any_connection: Connection) -> None:
    key = add(any_connection, {"muted_until": None})

    assert any_connection.execute(select(endpoint.c.muted_until).where(endpoint.c.id == key)).scalar_one() is None
    assert any_connection.execute(select(func.max(endpoint.c.muted_until))).scalar_one() is None


@pytest.mark.parametrize("state", EndpointState)
def test_an_enum_is_kept_by_its_value_and_comes_back_as_its_member(
    any_connection: Connection, state: EndpointState
) -> None:
    key = add(any_connection, {"state": state})
    row = endpoint.c.id == key

    assert any_connection.execute(select(endpoint.c.state).where(row)).scalar_one() is state
    raw = type_coerce(endpoint.c.state, String)
    assert any_connection.execute(select(raw).where(row)).scalar_one() == state.value
    assert any_connection.execute(select(endpoint.c.id).where(endpoint.c.state == state)).scalar_one() == key
    others = [other for other in EndpointState if other is not state]
    assert not any_connection.execute(select(endpoint.c.id).where(endpoint.c.state.in_(others))).all()


@pytest.mark.parametrize("value", ["no such state", "ACTIVE", ""])
def test_a_word_that_is_no_member_is_refused_before_it_is_stored(any_connection: Connection, value: str) -> None:
    with pytest.raises(StatementError, match="is no EndpointState"):
        add(any_connection, {"state": value})
    assert not any_connection.execute(select(endpoint.c.id)).all()
