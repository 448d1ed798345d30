"""The walk through a feed's coming hearings: each is met once, whatever their starts, and no other."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from domain.hearing import HearingStatus
from storage import calendar, fed_rows
from storage.calendar import Coming
from storage.schema import hearing
from tests.fixtures.facts import COMING, NOW, add_case, add_hearing, apply_courts


def walked(connection: Connection, court_id: int) -> list[list[int]]:
    """Return the ids of cases that each step of the walk meets."""
    steps: list[list[int]] = []
    after: Coming | None = Coming(NOW)
    while after is not None:
        ids, after = calendar.coming_cases(connection, feed="example/native", court_id=court_id, after=after)
        steps.append(json.loads(ids))
    return steps


@pytest.mark.parametrize("days", [(1, 2, 3, 4, 5), (5, 4, 3, 2, 1), (1, 1, 1, 1, 1), (2, 1, 2, 1, 2)])
def test_each_coming_hearing_is_met_once_whatever_the_order_of_their_starts(
    any_connection: Connection, monkeypatch: pytest.MonkeyPatch, days: tuple[int, ...]
) -> None:
    monkeypatch.setattr(calendar, "CHUNK", 2)
    here = apply_courts(any_connection).ids["example"]
    cases = [add_case(any_connection, here, f"3AN-26-0000{place}CR") for place in range(len(days))]
    for case_id, day in zip(cases, days, strict=True):
        add_hearing(any_connection, here, case_id, replace(COMING, starts_at=NOW + timedelta(days=day)))
    any_connection.execute(update(hearing).values(feed="example/native"))

    steps = walked(any_connection, here)

    assert [len(step) for step in steps] == [2, 2, 1, 0]
    assert [one for step in steps for one in step] == [
        case_id for _, case_id in sorted(zip(days, cases, strict=True))
    ], "those that begin first come first, of one minute those that came in first"
    assert walked(any_connection, here + 1) == [[]]


def test_what_is_past_or_off_or_of_another_feed_is_not_met(any_connection: Connection) -> None:
    here = apply_courts(any_connection).ids["example"]
    case_id = add_case(any_connection, here, "3AN-26-00001CR")
    for at, status in (
        (NOW, HearingStatus.SCHEDULED),
        (NOW + timedelta(days=1), HearingStatus.CANCELLED),
        (NOW + timedelta(days=1), HearingStatus.SCHEDULED),
    ):
        add_hearing(any_connection, here, case_id, replace(COMING, starts_at=at, status=status))
    any_connection.execute(update(hearing).values(feed="example/native"))
    add_hearing(any_connection, here, case_id)

    assert walked(any_connection, here) == [[case_id], []]


def test_ids_are_found_by_key_and_keys_by_id(any_connection: Connection) -> None:
    here = apply_courts(any_connection).ids["example"]
    first, second = (add_case(any_connection, here, f"3AN-26-0000{digit}CR") for digit in "12")

    assert sorted(calendar.keys_of(any_connection, [first, second, first, second + 1])) == [
        (here, "3AN2600001CR"),
        (here, "3AN2600002CR"),
    ]
    assert calendar.keys_of(any_connection, []) == []
    keys = [(here, "3AN2600002CR"), (here + 1, "3AN2600001CR"), (here, "3AN2600009CR")]
    assert {key: fed.case_id for key, fed in fed_rows.of_cases(any_connection, keys).items()} == {keys[0]: second}
    assert fed_rows.of_cases(any_connection, []) == {}


def test_a_step_costs_the_same_however_far_the_walk_has_come(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "CHUNK", 10)
    here = apply_courts(connection).ids["example"]
    for number in range(200):
        case_id = add_case(connection, here, f"3AN-26-{number:05}CR")
        add_hearing(connection, here, case_id, replace(COMING, starts_at=NOW + timedelta(minutes=number + 1)))
    connection.execute(update(hearing).values(feed="example/native"))
    raw = connection.connection.driver_connection
    assert raw is not None
    done: list[int] = [0]

    def count() -> None:
        done[-1] += 1

    raw.set_progress_handler(count, 1)  # after each step of SQLite's machine
    after: Coming | None = Coming(NOW)
    while after is not None:
        _, after = calendar.coming_cases(connection, feed="example/native", court_id=here, after=after)
        done.append(0)
    raw.set_progress_handler(None, 1)

    full = done[:20]
    assert min(full) > 0
    assert max(full) < 1.2 * min(full)
