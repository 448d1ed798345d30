"""`/metrics`: one Status of the database and one process's counts, in Prometheus' format; nobody's name or number."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.stream.standing import Standing
from bot.web.meters import (
    CATALOG,
    OTHER,
    OUTCOMES,
    PLACES,
    PRIORITIES,
    PROCESSES,
    RECEIPT_DELAYS,
    TASK_KINDS,
    WEBHOOKS,
    WORK,
    Meters,
    lane_word,
)
from storage import heartbeats
from storage.status import LaneStatus, Status

CONTENT_TYPE = CONTENT_TYPE_LATEST
BY_NAME = {meter.name: meter for meter in CATALOG}
Values = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is to be shown: `status` is None while nobody knows, `stream` where there is none, `shown` for all."""

    status: Status | None
    meters: Meters
    now: datetime
    stale_after: Mapping[str, timedelta] = field(default_factory=dict)
    stream: Standing | None = None
    shown: Collection[str] | None = None


def exposition(seen: Seen) -> bytes:
    """Write it down as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(seen))
    return generate_latest(registry) + generate_latest(seen.meters.registry)


class _Snapshot:
    """One moment, as Prometheus metrics."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """Yield every metric but the process's own."""
        seen, found = self._seen, self._seen.status
        yield _gauge("usher_database_up", float(found is not None))
        if seen.stream is not None:
            yield _gauge("usher_stream_up", float(seen.stream.is_up))
        if seen.stream is not None and seen.stream.is_up:
            yield _gauge("usher_stream_waiting", seen.stream.waiting)
            yield _gauge("usher_stream_oldest_seconds", _age(seen.stream.oldest_at, seen.now))
        yield _gauges("usher_dead_letters", _dead_letters(seen))
        yield _counter("usher_webhooks_total", _webhooks(seen.meters.webhooks))
        yield _receipt_delays(seen.meters)
        stale = (((court,), length.total_seconds()) for court, length in seen.stale_after.items())
        yield _gauges("usher_calendar_stale_after_seconds", stale)
        if found is not None:
            yield from _of_status(found)
            yield from _of_parts(found, seen.shown)
            yield from _of_lanes(found, seen.meters)


def _dead_letters(seen: Seen) -> Values:
    """What is known of each place: nothing of one that is away, and nothing of a stream that never was."""
    inbound, stream = PLACES
    if seen.status is not None:
        yield (inbound,), seen.status.given_up
    if seen.stream is not None and seen.stream.is_up:
        yield (stream,), seen.stream.dead


def _of_status(found: Status) -> Iterator[Metric]:
    now = found.at
    yield _gauge("usher_notices_in_flight", found.in_flight)
    yield _gauge("usher_deliveries_unknown", found.unknown)
    yield _gauge("usher_unknown_age_seconds", _age(found.unknown_since, now))
    yield _gauge("usher_inbound_waiting", found.inbound_waiting)
    yield _gauge("usher_inbound_wait_seconds", _age(found.inbound_since, now))
    open_tasks: Counter[str] = Counter()
    for kind, total in found.tasks.items():
        open_tasks[kind if kind in TASK_KINDS else OTHER] += total
    yield _gauges("usher_tasks_open", (((kind,), open_tasks[kind]) for kind in TASK_KINDS))
    calendars = (((court.key,), court.feed_seen_at.timestamp()) for court in found.courts if court.feed_seen_at)
    yield _gauges("usher_calendar_seen_timestamp_seconds", calendars)
    done = (((work,), found.done[work].timestamp()) for work in WORK if work in found.done)
    yield _gauges("usher_last_success_timestamp_seconds", done)


def _of_lanes(found: Status, meters: Meters) -> Iterator[Metric]:
    now = found.at
    lanes = {lane_word(lane.key, lane.id): lane for lane in found.lanes}
    yield _gauges("usher_notices_waiting", (((word,), lane.waiting) for word, lane in lanes.items()))
    yield _gauges("usher_notices_due", (((word,), lane.due) for word, lane in lanes.items()))
    lags = (
        ((word, priority), _age(lane.oldest_due.get(priority), now))
        for word, lane in lanes.items()
        for priority in PRIORITIES
    )
    yield _gauges("usher_notice_lag_seconds", lags)
    yield _gauges("usher_lane_tokens", (((word,), lane.tokens) for word, lane in lanes.items()))
    yield _gauges("usher_lane_rate", (((word,), lane.rate) for word, lane in lanes.items()))
    used = (((word,), lane.used_at.timestamp()) for word, lane in lanes.items() if lane.used_at is not None)
    yield _gauges("usher_lane_used_timestamp_seconds", used)
    yield _gauges("usher_lane_work_seconds", (((word,), lane.work_seconds) for word, lane in lanes.items()))
    ends = (
        ((word,), (at - now).total_seconds()) for word, lane in lanes.items() if (at := lane.expires_at) is not None
    )
    yield _gauges("usher_lane_expiry_seconds", ends)
    yield _gauges("usher_lane_paused", (((word,), float(_rests(lane, now))) for word, lane in lanes.items()))
    broken = (((word,), float(lane.broken_since is not None)) for word, lane in lanes.items())
    yield _gauges("usher_lane_broken", broken)
    attempts = (
        ((word, outcome), meters.outcomes[lane.id, outcome]) for word, lane in lanes.items() for outcome in OUTCOMES
    )
    yield _counter("usher_deliveries_total", attempts)


def _webhooks(counts: Mapping[str, int]) -> Values:
    other = sum(total for word, total in counts.items() if word not in WEBHOOKS)
    return [*(((word,), counts.get(word, 0)) for word in WEBHOOKS), ((OTHER,), other)]


def _receipt_delays(meters: Meters) -> Metric:
    name = "usher_receipt_delay_seconds"
    bounds = [*(f"{bound:.1f}" for bound in RECEIPT_DELAYS), "+Inf"]
    buckets = list(zip(bounds, accumulate(meters.delays), strict=True))
    return HistogramMetricFamily(name, BY_NAME[name].meaning, buckets=buckets, sum_value=meters.delays_sum)


def _of_parts(found: Status, shown: Collection[str] | None) -> Iterator[Metric]:
    """Of each part the newest beat, of each kind of process how many there are; which one is nobody's label."""
    heard = heartbeats.newest(found.heartbeats)
    beats = (((part,), at.timestamp()) for part, at in sorted(heard.items()) if shown is None or part in shown)
    yield _gauges("usher_heartbeat_timestamp_seconds", beats)
    there = heartbeats.processes(found.heartbeats, now=found.at)
    counted = {kind: there.get(kind, (0, 0)) for kind in PROCESSES if shown is None or kind in shown}
    yield _gauges("usher_parts", (((kind,), alive) for kind, (alive, _) in counted.items()))
    yield _gauges("usher_parts_gone", (((kind,), gone) for kind, (_, gone) in counted.items()))


def _rests(lane: LaneStatus, now: datetime) -> bool:
    return lane.paused_until is not None and lane.paused_until > now


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def _gauge(name: str, value: float) -> Metric:
    return GaugeMetricFamily(name, BY_NAME[name].meaning, value=value)


def _gauges(name: str, values: Values) -> Metric:
    family = GaugeMetricFamily(name, BY_NAME[name].meaning, labels=BY_NAME[name].labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _counter(name: str, values: Values) -> Metric:
    family = CounterMetricFamily(name, BY_NAME[name].meaning, labels=BY_NAME[name].labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family
