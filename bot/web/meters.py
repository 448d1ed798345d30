"""What can be measured from outside: every metric by name, and what a process counts while it works."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, assert_never

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from domain.delivery import Deferred, Rejected, SendOutcome, Sent, Unknown
from domain.notice import Priority
from storage.heartbeats import Done
from storage.tasks import TaskKind

OUTCOMES = ("sent", "deferred", "rejected", "unknown")
WEBHOOKS = (
    "stored",
    "handed_on",
    "repeated",
    "receipt_moved",
    "receipt_known",
    "receipt_strange",
    "not_ours",
    "refused",
    "unreadable",
    "too_large",
    "deferred",
)
"""What becomes of a provider's call, as `Hooks.counts` says it."""
OTHER = "other"
WORK = tuple(work.value for work in Done)
PROCESSES = ("web", "worker", "clock")  # of which there may be many
PLACES = ("inbound", "stream")  # where a dead letter lies: in the database, or where it came by
PRIORITIES = tuple(priority.name.lower() for priority in Priority)
TASK_KINDS = (*(kind.value for kind in TaskKind), OTHER)
RECEIPT_DELAYS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 36_000)  # seconds; carriers keep ten hours


@dataclass(frozen=True, slots=True)
class Meter:
    """One metric, as it is documented: `name` as queries write it, but for a histogram's endings."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    labels: tuple[str, ...]
    meaning: str


CATALOG = (
    Meter("usher_database_up", "gauge", (), "Whether the database answered: 1 or 0"),
    Meter("usher_notices_waiting", "gauge", ("lane",), "Notices planned or held"),
    Meter("usher_notices_due", "gauge", ("lane",), "Notices that are due now"),
    Meter("usher_notice_lag_seconds", "gauge", ("lane", "priority"), "How long the oldest due notice has been due"),
    Meter("usher_notices_in_flight", "gauge", (), "Notices that a worker holds"),
    Meter("usher_lane_tokens", "gauge", ("lane",), "What the lane may send at once"),
    Meter("usher_lane_rate", "gauge", ("lane",), "What the lane may send: segments or messages a second"),
    Meter("usher_lane_used_timestamp_seconds", "gauge", ("lane",), "When something last left by the lane"),
    Meter("usher_lane_work_seconds", "gauge", ("lane",), "How long what is due takes at the lane's rate"),
    Meter("usher_lane_expiry_seconds", "gauge", ("lane",), "In how long the first of what is due expires"),
    Meter("usher_lane_paused", "gauge", ("lane",), "Whether the lane has been told to wait: 1 or 0"),
    Meter("usher_lane_broken", "gauge", ("lane",), "Whether only canaries leave by the lane: 1 or 0"),
    Meter("usher_deliveries_total", "counter", ("lane", "outcome"), "Attempts this process made, by what came of them"),
    Meter("usher_deliveries_unknown", "gauge", (), "Attempts that may or may not have left"),
    Meter("usher_unknown_age_seconds", "gauge", (), "How long ago the oldest attempt was made that is unknown still"),
    Meter(
        "usher_receipt_delay_seconds",
        "histogram",
        (),
        "From an attempt to the first receipt that says how it ended, of those this process took",
    ),
    Meter("usher_webhooks_total", "counter", ("outcome",), "Calls of providers to this process, by what came of them"),
    Meter("usher_inbound_waiting", "gauge", (), "Messages received and not thought about yet"),
    Meter("usher_inbound_wait_seconds", "gauge", (), "How long the oldest of them has waited"),
    Meter("usher_stream_up", "gauge", (), "Whether this process has NATS and its streams: 1 or 0"),
    Meter("usher_stream_waiting", "gauge", (), "Webhooks that lie in the stream and that no worker has done with"),
    Meter("usher_stream_oldest_seconds", "gauge", (), "How long the oldest of them has lain that somebody wrote"),
    Meter("usher_dead_letters", "gauge", ("place",), "What no worker could do, as `usher dead-letters` lists it"),
    Meter("usher_tasks_open", "gauge", ("kind",), "Work for the desk"),
    Meter("usher_calendar_seen_timestamp_seconds", "gauge", ("court",), "When a court's calendar was last imported"),
    Meter("usher_calendar_stale_after_seconds", "gauge", ("court",), "From this age on a calendar is not trusted"),
    Meter("usher_last_success_timestamp_seconds", "gauge", ("work",), "When work that somebody begins was last done"),
    Meter("usher_heartbeat_timestamp_seconds", "gauge", ("part",), "When a part last did its work"),
    Meter("usher_parts", "gauge", ("part",), "Processes that are alive"),
    Meter("usher_parts_gone", "gauge", ("part",), "Processes that fell silent within the last hour, in no order"),
)


class Meters:
    """What one process counts while it works; it begins at nothing with each start, as Prometheus expects.

    `webhooks` is to be given to `Hooks` as its `counts`. All of it belongs to one event loop.
    """

    def __init__(self) -> None:
        self.webhooks: Counter[str] = Counter()
        self.outcomes: Counter[tuple[int, str]] = Counter()
        self.delays = [0] * (len(RECEIPT_DELAYS) + 1)  # how many receipts fell into each of RECEIPT_DELAYS, and above
        self.delays_sum = 0.0
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def count_batch(self, lane_id: int, outcomes: Sequence[SendOutcome]) -> None:
        """Count what came of a batch, after that was written down."""
        self.outcomes.update((lane_id, outcome_word(outcome)) for outcome in outcomes)

    def count_receipt(self, delay: timedelta) -> None:
        """Count how long people and carriers took to let us know."""
        seconds = max(delay.total_seconds(), 0.0)
        self.delays[bisect_left(RECEIPT_DELAYS, seconds)] += 1
        self.delays_sum += seconds


def outcome_word(outcome: SendOutcome) -> str:
    """Return the class of an outcome, one of OUTCOMES."""
    match outcome:
        case Sent():
            return "sent"
        case Deferred():
            return "deferred"
        case Rejected():
            return "rejected"
        case Unknown():
            return "unknown"
        case _:
            assert_never(outcome)


def lane_word(key: str, lane_id: int) -> str:
    """Return how a lane is labelled: its key, but "sms:7" where that would be a phone number or anything else."""
    channel, _, sender = key.partition(":")
    return key if sender == "default" or sender.startswith("MG") else f"{channel}:{lane_id}"
