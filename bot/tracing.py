"""OpenTelemetry traces, from import to receipt, drawn afterwards from the rows: sending pays nothing for them.

Needs the extra `otel`. Every instant of a message's way is in the database already, so a beat reads what has happened
since the last one and makes spans of it, with ids that follow from the rows': the attempt of one process and the
receipt that another one took meet in one trace, and spans that are drawn twice are the same span.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from sqlalchemy import Connection, Row

from bot.web.meters import lane_word
from domain.clock import Clock
from domain.delivery import DeliveryState
from storage import traces
from storage.database import Database
from storage.traces import Mark
from storage.vault import Vault

DRAW_EVERY = timedelta(seconds=15)
SETTLED_AFTER = timedelta(minutes=2)
"""An attempt is drawn when its batch is surely over, and rows of transactions that ended later are there."""
AT_ONCE = 500
QUEUE = 8192  # spans that wait for the exporter; what comes on top is lost, and only that
SECONDS = 5  # for one export
PURPOSE = "trace"
IMPORT = "import:"
BAD = frozenset({DeliveryState.UNKNOWN, DeliveryState.UNDELIVERED, DeliveryState.FAILED})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

AnyRow = Row[*tuple[Any, ...]]
Attributes = Mapping[str, str | int | float]


class Traces:
    """Draws what has happened since it was made.

    Args:
        db: Where it is written; the vault's key makes the ids this installation's own.
        clock: What time it is.
        exporter: Where spans go.
        at_once: How many rows of a kind are read together.
    """

    def __init__(self, db: Database, clock: Clock, exporter: SpanExporter, *, at_once: int = AT_ONCE) -> None:
        self._db = db
        self._clock = clock
        self._at_once = at_once
        self._given = _Given()
        self._provider = TracerProvider(
            id_generator=self._given, resource=Resource({"service.name": "usher"}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE))
        self._pen = _Pen(self._provider.get_tracer("usher"), self._given, db.vault)
        self._mark: Mark | None = None

    async def draw(self) -> int:
        """Draw what has happened since the last time; return how many spans that made."""
        if self._mark is None:
            self._mark = await self._db.read(traces.newest)
        until, total = self._clock.now() - SETTLED_AFTER, 0
        while True:
            found = await self._db.read(partial(_read, mark=self._mark, until=until, limit=self._at_once))
            total += await asyncio.to_thread(self._draw, found)
            self._mark = found.mark
            if max(len(found.runs), len(found.attempts), len(found.receipts)) < self._at_once:
                return total

    def close(self) -> None:
        """Hand over what is drawn, and stop; takes up to SECONDS when nobody takes it."""
        self._provider.shutdown()

    def _draw(self, found: "_Found") -> int:
        for run in found.runs:
            self._pen.draw_run(run)
        drawn = sum(self._pen.draw_attempt(attempt) for attempt in found.attempts)
        for receipt in found.receipts:
            self._pen.draw_receipt(receipt)
        return len(found.runs) + drawn + len(found.receipts)


def collector(endpoint: str) -> SpanExporter:
    """Return an exporter to an OpenTelemetry collector, by OTLP over HTTP."""
    return OTLPSpanExporter(endpoint=endpoint, timeout=SECONDS)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look found, and how far it saw."""

    runs: Sequence[AnyRow]
    attempts: Sequence[AnyRow]
    receipts: Sequence[AnyRow]
    mark: Mark


class _Given(IdGenerator):
    """Gives the ids it was told to give."""

    trace_id = 1
    span_id = 1

    def generate_trace_id(self) -> int:
        """Return the trace's."""
        return self.trace_id

    def generate_span_id(self) -> int:
        """Return the span's."""
        return self.span_id


class _Pen:
    """Makes spans of rows."""

    def __init__(self, tracer: Tracer, given: _Given, vault: Vault) -> None:
        self._tracer = tracer
        self._given = given
        self._vault = vault

    def draw_run(self, row: AnyRow) -> None:
        """Draw an import."""
        about = {
            "usher.import_run": row.id,
            "usher.court_id": row.court_id,
            "usher.rows": row.rows,
            "usher.state": row.state,
        }
        self._draw(f"run:{row.id}", None, "import", (row.started_at, row.finished_at), about)

    def draw_attempt(self, row: AnyRow) -> int:
        """Draw an attempt, and with the first one the notice it is of; return how many spans that made."""
        trace = f"notice:{row.notice_id}"
        end = row.settled_at or row.created_at
        if row.attempt == 1:
            source = row.source or ""
            links = [self._context(source.replace(IMPORT, "run:", 1))] if source.startswith(IMPORT) else []
            notice = {"usher.notice_id": row.notice_id, "usher.kind": row.kind.value, "usher.court_id": row.court_id}
            self._draw(trace, None, "notice", (row.planned_at, end), notice, links=links)
        about = {
            "usher.delivery_id": row.id,
            "usher.lane": lane_word(row.lane_key, row.lane_id),
            "usher.attempt": row.attempt,
            "usher.segments": row.segments,
            "usher.late_seconds": max((row.created_at - row.due_at).total_seconds(), 0.0),
        }
        name = f"delivery:{row.id}"
        self._draw(name, trace, "attempt", (row.created_at, end), about, state=row.state, code=row.error_code)
        return 2 if row.attempt == 1 else 1

    def draw_receipt(self, row: AnyRow) -> None:
        """Draw the time from an attempt to what the carrier said of it."""
        about = {"usher.delivery_id": row.delivery_id}
        name, trace = f"receipt:{row.id}", f"notice:{row.notice_id}"
        self._draw(name, trace, "receipt", (row.created_at, row.at), about, state=row.state, code=row.error_code)

    def _draw(
        self,
        name: str,
        parent: str | None,
        title: str,
        between: tuple[datetime, datetime],
        about: Attributes,
        *,
        links: Sequence[SpanContext] = (),
        state: DeliveryState | None = None,
        code: str | None = None,
    ) -> None:
        self._given.trace_id = self._context(parent or name).trace_id
        self._given.span_id = self._context(name).span_id
        within = None if parent is None else set_span_in_context(NonRecordingSpan(self._context(parent)))
        start, end = between
        span = self._tracer.start_span(
            title,
            context=within,
            attributes={**about, **_said(state, code)},
            links=[Link(context) for context in links],
            start_time=_nanoseconds(start),
        )
        if state in BAD:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end_time=_nanoseconds(max(start, end)))

    def _context(self, name: str) -> SpanContext:
        """Where a row's span is: always the same for the same row of the same installation."""
        digest = self._vault.digest(name, PURPOSE)
        trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
        return SpanContext(trace_id or 1, span_id or 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _read(connection: Connection, *, mark: Mark, until: datetime, limit: int) -> _Found:
    runs = traces.runs(connection, after=mark.run, until=until, limit=limit)
    attempts = traces.attempts(connection, after=mark.delivery, until=until, limit=limit)
    receipts = traces.receipts(connection, after=mark.receipt, until=until, limit=limit)
    seen = Mark(
        run=max((row.id for row in runs), default=mark.run),
        delivery=max((row.id for row in attempts), default=mark.delivery),
        receipt=max((row.id for row in receipts), default=mark.receipt),
    )
    return _Found(runs, attempts, receipts, seen)


def _said(state: DeliveryState | None, code: str | None) -> dict[str, str]:
    return dict(_pairs(state, code))


def _pairs(state: DeliveryState | None, code: str | None) -> Iterator[tuple[str, str]]:
    if state is not None:
        yield "usher.state", state.value
    if code is not None:
        yield "usher.code", code


def _nanoseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000
