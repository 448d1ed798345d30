"""Whether the process lives, and whether it can do its work: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.clock import Clock
from storage import status
from storage.database import Database
from storage.status import Status

STALE_AFTER = timedelta(minutes=2)  # a part that beats every few seconds and was silent for so long is not well


@dataclass(frozen=True, slots=True)
class Health:
    """Answers those who watch over the process. `parts` are the heartbeats that must be fresh."""

    db: Database
    clock: Clock
    parts: tuple[str, ...] = ()

    def routes(self) -> list[Route]:
        """Return the three routes."""
        return [
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def alive(self, _: Request) -> Response:
        """Say that the process answers; nothing else is asked."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """Say whether the database answers and every part beats; 503 names what does not."""
        now = self.clock.now()
        try:
            found = await self.db.read(lambda connection: status.read(connection, now=now))
        except SQLAlchemyError:
            return JSONResponse({"ready": False, "wrong": ["database"]}, status_code=503)
        silent = [part for part in self.parts if now - found.heartbeats.get(part, now - 2 * STALE_AFTER) > STALE_AFTER]
        return JSONResponse({"ready": not silent, "wrong": silent}, status_code=503 if silent else 200)

    async def metrics(self, _: Request) -> Response:
        """Show how things stand in Prometheus' format: sums, ages and rates, never a person, a case or a number."""
        now = self.clock.now()
        found = await self.db.read(lambda connection: status.read(connection, now=now))
        registry = CollectorRegistry()
        registry.register(_Snapshot(found))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Snapshot:
    """One Status as Prometheus metrics."""

    def __init__(self, found: Status) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        found = self._found
        yield from _of_lanes(found)
        yield from _of_courts(found)
        yield _number("usher_notices_in_flight", "Notices that a worker holds", found.in_flight)
        yield _number("usher_deliveries_unknown", "Deliveries whose fate nobody knows yet", found.unknown)
        yield _number("usher_inbound_waiting", "Messages received and not thought about yet", found.inbound_waiting)
        yield _by("kind", "usher_tasks_open", "Work for the desk", found.tasks)
        beats = {part: (found.at - at).total_seconds() for part, at in found.heartbeats.items()}
        yield _by("part", "usher_heartbeat_age_seconds", "Time since a part last did its work", beats)


def _of_lanes(found: Status) -> Iterator[Metric]:
    now, lanes = found.at, found.lanes
    waits = {lane.key: (now - lane.oldest_due_at).total_seconds() if lane.oldest_due_at else 0.0 for lane in lanes}
    paused = {lane.key: float(bool(lane.paused_until and lane.paused_until > now)) for lane in lanes}
    waiting = {lane.key: lane.waiting for lane in lanes}
    yield _by("lane", "usher_notices_waiting", "Notices planned or held", waiting)
    yield _by("lane", "usher_notices_due", "Notices that are due now", {lane.key: lane.due for lane in lanes})
    yield _by("lane", "usher_notice_lag_seconds", "Age of the oldest due notice", waits)
    yield _by("lane", "usher_lane_tokens", "What the lane may send at once", {lane.key: lane.tokens for lane in lanes})
    yield _by("lane", "usher_lane_paused", "Whether the lane has been told to wait", paused)


def _of_courts(found: Status) -> Iterator[Metric]:
    seen = {court.key: court.feed_seen_at for court in found.courts}
    ages = {key: (found.at - at).total_seconds() for key, at in seen.items() if at}
    yield _by("court", "usher_calendar_age_seconds", "Time since a court's calendar was imported", ages)


def _number(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _by(label: str, name: str, meaning: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
