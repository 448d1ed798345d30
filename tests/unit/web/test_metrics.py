"""What `/metrics` says of a moment: every metric of the catalog, readable by Prometheus, and nobody in it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.stream.standing import AWAY, Standing
from bot.web.meters import (
    CATALOG,
    OTHER,
    OUTCOMES,
    PRIORITIES,
    PROCESSES,
    TASK_KINDS,
    WEBHOOKS,
    Meters,
    lane_word,
    outcome_word,
)
from bot.web.metrics import Seen, exposition
from domain.delivery import Deferred, Rejected, SendOutcome, Sent, Unknown
from storage.status import CourtStatus, LaneStatus, Status

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
NUMBER = "+19075550100"
OUR_OWN = re.compile(r"process_\w+|python_\w+|usher_\w+")
STRANGE = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


def a_lane(key: str = "sms:default", **other: object) -> LaneStatus:
    """A lane with nothing to do."""
    rest: dict[str, object] = {
        "id": 1,
        "rate": 1.0,
        "burst": 1,
        "tokens": 1.0,
        "waiting": 0,
        "due": 0,
        "oldest_due_at": None,
        "oldest_due": {},
    }
    return LaneStatus(**{**rest, "key": key, "paused_until": None, "paused_reason": None, **other})  # type: ignore[arg-type] # set by name


def a_status(**other: object) -> Status:
    """An installation with nothing to do."""
    rest: dict[str, object] = {"at": NOW, "lanes": (a_lane(),), "courts": (), "heartbeats": {}, "tasks": {}}
    rest |= {"in_flight": 0, "unknown": 0, "unknown_since": None, "inbound_waiting": 0, "inbound_since": None}
    return Status(**{**rest, **other})  # type: ignore[arg-type] # set by name


def families(status: Status | None, meters: Meters | None = None, **other: object) -> dict[str, Metric]:
    """Read an exposition as Prometheus does."""
    seen = Seen(status=status, meters=meters or Meters(), now=NOW, **other)  # type: ignore[arg-type] # set by name
    return {family.name: family for family in text_string_to_metric_families(exposition(seen).decode())}


def values(found: dict[str, Metric], name: str) -> dict[tuple[str, ...], float]:
    """The samples of one metric, by their labels' values."""
    return {tuple(sample.labels.values()): sample.value for sample in found[name].samples}


def test_every_metric_is_in_the_catalog_and_every_one_of_the_catalog_is_shown() -> None:
    shown = families(a_status(), stream=Standing())
    ours = {name for name in shown if name.startswith("usher_")}

    assert ours == {meter.name.removesuffix("_total") for meter in CATALOG}
    assert all(OUR_OWN.fullmatch(name) for name in shown)
    assert "process_start_time_seconds" in shown


@pytest.mark.parametrize("meter", CATALOG, ids=lambda meter: meter.name)
def test_a_metric_is_named_as_prometheus_names_them(meter: object) -> None:
    [found] = [one for one in CATALOG if one is meter]
    shown = families(a_status(), stale_after={"lakeside": timedelta(hours=36)}, stream=Standing())
    family = shown[found.name.removesuffix("_total")]

    assert re.fullmatch(r"usher_[a-z]+(_[a-z]+)*", found.name)
    assert found.name.endswith("_total") is (found.kind == "counter")
    assert (family.type, family.documentation) == (found.kind, found.meaning)
    assert not re.search(r"_(ms|milliseconds|minutes|hours|percent)\b", found.name), "base units only"
    assert all(set(sample.labels) - {"le"} == set(found.labels) for sample in family.samples)


def test_a_lane_shows_its_lag_by_priority_and_whether_it_rests() -> None:
    lane = a_lane(
        waiting=7,
        due=2,
        tokens=0.5,
        rate=3.0,
        oldest_due={"reply": NOW - timedelta(seconds=90)},
        used_at=NOW - timedelta(seconds=3),
        expires_at=NOW + timedelta(minutes=9),
        work_seconds=4.0,
        paused_until=NOW + timedelta(seconds=1),
    )
    awake = a_lane("telegram:default", id=2, paused_until=NOW, broken_since=NOW)
    found = families(a_status(lanes=(lane, awake)))

    lags = values(found, "usher_notice_lag_seconds")
    assert lags["sms:default", "reply"] == 90
    assert {lag for key, lag in lags.items() if key != ("sms:default", "reply")} == {0}
    assert values(found, "usher_notices_due")["sms:default",] == 2
    assert values(found, "usher_notices_waiting")["sms:default",] == 7
    assert values(found, "usher_lane_tokens")["sms:default",] == 0.5
    assert values(found, "usher_lane_rate")["sms:default",] == 3
    assert values(found, "usher_lane_used_timestamp_seconds") == {("sms:default",): NOW.timestamp() - 3}
    assert values(found, "usher_lane_expiry_seconds") == {("sms:default",): 540}
    assert values(found, "usher_lane_work_seconds") == {("sms:default",): 4, ("telegram:default",): 0}
    assert values(found, "usher_lane_broken") == {("sms:default",): 0, ("telegram:default",): 1}
    assert values(found, "usher_lane_paused") == {("sms:default",): 1, ("telegram:default",): 0}


def test_instants_are_shown_as_instants_and_waits_as_ages() -> None:
    seen_at = NOW - timedelta(hours=2)
    courts = tuple(
        CourtStatus(key=key, feed_seen_at=at, last_import=None, last_import_at=None)
        for key, at in (("lakeside", seen_at), ("riverton", None))
    )
    found = families(
        a_status(
            courts=courts,
            heartbeats={"reconcile": NOW},
            done={"backup": NOW, "dance": NOW},
            unknown=3,
            unknown_since=NOW - timedelta(minutes=31),
            inbound_waiting=2,
            inbound_since=NOW + timedelta(seconds=5),
        ),
        stale_after={"lakeside": timedelta(hours=36)},
    )

    assert values(found, "usher_calendar_seen_timestamp_seconds") == {("lakeside",): seen_at.timestamp()}
    assert values(found, "usher_calendar_stale_after_seconds") == {("lakeside",): 36 * 3600}
    assert values(found, "usher_heartbeat_timestamp_seconds") == {("reconcile",): NOW.timestamp()}
    assert values(found, "usher_last_success_timestamp_seconds") == {("backup",): NOW.timestamp()}
    assert values(found, "usher_deliveries_unknown") == {(): 3}
    assert values(found, "usher_unknown_age_seconds") == {(): 31 * 60}
    assert values(found, "usher_inbound_waiting") == {(): 2}
    assert values(found, "usher_inbound_wait_seconds") == {(): 0}, "another machine's clock may be ahead"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [(Sent("SM1"), "sent"), (Deferred("x"), "deferred"), (Rejected("x"), "rejected"), (Unknown("x"), "unknown")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_outcome_has_its_word(outcome: SendOutcome, word: str) -> None:
    assert outcome_word(outcome) == word
    assert word in OUTCOMES


def test_what_a_process_counted_is_shown_from_zero_on() -> None:
    meters = Meters()
    meters.count_batch(1, [Sent("SM1"), Sent("SM2"), Unknown("wire.timeout")])
    meters.count_batch(99, [Sent("SM3")])
    meters.webhooks.update(["stored", "stored", "refused"])
    for seconds in (-1, 0.5, 45, 40_000):
        meters.count_receipt(timedelta(seconds=seconds))
    found = families(a_status(), meters)

    attempts = values(found, "usher_deliveries")
    assert attempts == {("sms:default", word): {"sent": 2, "unknown": 1}.get(word, 0) for word in OUTCOMES}
    calls = values(found, "usher_webhooks")
    assert calls == {(word,): {"stored": 2, "refused": 1}.get(word, 0) for word in (*WEBHOOKS, OTHER)}
    delays = values(found, "usher_receipt_delay_seconds")
    assert (delays["1.0",], delays["30.0",], delays["60.0",], delays["+Inf",]) == (2, 2, 3, 4)


def test_without_the_database_the_process_still_says_so() -> None:
    found = families(None, stream=Standing(dead=2))

    assert values(found, "usher_database_up") == {(): 0}
    assert values(found, "usher_dead_letters") == {("stream",): 2}
    assert "usher_notices_due" not in found, "nothing is known, and zero would say that all is well"
    assert values(families(a_status()), "usher_database_up") == {(): 1}


def test_the_stream_shows_what_lies_in_it_and_since_when() -> None:
    found = families(None, stream=Standing(waiting=2, oldest_at=NOW - timedelta(minutes=9)))

    assert values(found, "usher_stream_up") == {(): 1}
    assert values(found, "usher_stream_waiting") == {(): 2}
    assert values(found, "usher_stream_oldest_seconds") == {(): 9 * 60}


def test_of_a_stream_that_is_away_only_that_is_said_and_of_one_that_never_was_nothing() -> None:
    away, never = families(a_status(), stream=AWAY), families(a_status())

    assert values(away, "usher_stream_up") == {(): 0}
    assert not {"usher_stream_waiting", "usher_stream_oldest_seconds"} & set(away)
    assert values(away, "usher_dead_letters") == {("inbound",): 0}, "of the stream's nobody knows"
    assert not [name for name in never if name.startswith("usher_stream")]
    assert values(never, "usher_dead_letters") == {("inbound",): 0}


def test_dead_letters_are_counted_where_they_lie() -> None:
    found = families(a_status(given_up=3), stream=Standing(dead=2))

    assert values(found, "usher_dead_letters") == {("inbound",): 3, ("stream",): 2}


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("sms:default", "sms:default"),
        ("telegram:default", "telegram:default"),
        (f"sms:MG{'0' * 32}", f"sms:MG{'0' * 32}"),
        (f"sms:{NUMBER}", "sms:7"),
        ("telegram:123456789", "telegram:7"),
    ],
)
def test_a_lane_is_labelled_without_a_number_of_anybody(key: str, word: str) -> None:
    assert lane_word(key, 7) == word


def test_many_workers_are_one_part() -> None:
    beats = {"worker:host-1:41": NOW - timedelta(minutes=1), "worker:host-2:42": NOW, "reconcile": NOW}

    shown = values(families(a_status(heartbeats=beats)), "usher_heartbeat_timestamp_seconds")

    assert shown == {("reconcile",): NOW.timestamp(), ("worker",): NOW.timestamp()}


def test_processes_are_counted_and_one_that_was_killed_is_seen_for_an_hour() -> None:
    beats = {
        "worker:host-1:41": NOW,
        "worker:host-1:42": NOW - timedelta(minutes=3),
        "worker:host-1:43": NOW - timedelta(minutes=61),
        "web:host-1:44": NOW - timedelta(minutes=2),
        "reconcile": NOW,
    }
    found = families(a_status(heartbeats=beats))

    assert values(found, "usher_parts") == {("web",): 1, ("worker",): 1, ("clock",): 0}
    assert values(found, "usher_parts_gone") == {("web",): 0, ("worker",): 1, ("clock",): 0}


def test_parts_of_another_kind_of_installation_are_not_shown() -> None:
    beats = {"worker:host-1:41": NOW, "traces": NOW, "reconcile": NOW}
    found = families(a_status(heartbeats=beats), shown=("reconcile", "housekeeping"))

    assert values(found, "usher_heartbeat_timestamp_seconds") == {("reconcile",): NOW.timestamp()}
    assert values(found, "usher_parts") == values(found, "usher_parts_gone") == {}


@given(
    kinds=st.dictionaries(STRANGE, st.integers(0, 9), max_size=4),
    words=st.dictionaries(STRANGE, st.integers(0, 9), max_size=4),
    senders=st.lists(st.sampled_from([NUMBER, "default", "Maria Example"]), unique=True),
    priorities=st.dictionaries(STRANGE, st.just(NOW), max_size=2),
)
def test_label_values_come_from_closed_sets_whatever_the_database_holds(
    kinds: dict[str, int], words: dict[str, int], senders: Iterable[str], priorities: dict[str, datetime]
) -> None:
    meters = Meters()
    meters.webhooks.update(words)
    lanes = tuple(
        a_lane(f"sms:{sender}", id=number, oldest_due=priorities) for number, sender in enumerate(senders, start=1)
    )
    closed = {
        "lane": {"sms:default"} | {f"sms:{lane.id}" for lane in lanes},
        "priority": set(PRIORITIES),
        "outcome": {*OUTCOMES, *WEBHOOKS, OTHER},
        "kind": set(TASK_KINDS),
        "place": {"inbound"},
        "work": {"backup"},
        "part": {"reconcile", *PROCESSES},
        "court": {"lakeside"},
    }
    status = a_status(lanes=lanes, tasks=kinds, heartbeats={"reconcile": NOW})
    found = families(status, meters, stale_after={"lakeside": timedelta(hours=1)})

    for name, family in found.items():
        for sample in family.samples if name.startswith("usher_") else ():
            for label, value in sample.labels.items():
                assert label == "le" or value in closed[label]
    assert sum(values(found, "usher_tasks_open").values()) == sum(kinds.values())
    assert sum(values(found, "usher_webhooks").values()) == sum(words.values())
