"""Traces from import to receipt: drawn from rows alone, each message one trace, nobody in it, nothing drawn twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import Connection, insert

from bot.bootstrap import assembled
from bot.settings import Settings
from bot.tracing import SETTLED_AFTER, Traces, collector
from domain.clock import SteppedClock
from domain.delivery import ChannelName, Deferred, DeliveryState, Receipt, Sent, Unknown
from scheduler.receipts import receive
from storage.database import Database
from storage.key_file import new_key_file
from storage.schema import hearing_revision, import_run
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import put, put_all
from tests.fixtures.sending import Desk, open_desk

AFTERWARDS = SETTLED_AFTER + timedelta(seconds=1)


class Drawn:
    """Traces of a desk, and what came out of them."""

    def __init__(self, desk: Desk, **limits: int) -> None:
        self.desk = desk
        self.exporter = InMemorySpanExporter()
        self.traces = Traces(desk.db, desk.clock, self.exporter, **limits)

    async def spans(self) -> Sequence[ReadableSpan]:
        """Let everything settle, draw, and return what was drawn now."""
        self.desk.clock.advance(AFTERWARDS)
        await self.traces.draw()
        self.traces._provider.force_flush()
        drawn = self.exporter.get_finished_spans()
        self.exporter.clear()
        return drawn


@asynccontextmanager
async def drawing(db: Database, count: int = 1, **limits: int) -> AsyncIterator[Drawn]:
    """Begin to draw, with a street of `count` people."""
    drawn = Drawn(await open_desk(db, count), **limits)
    assert await drawn.traces.draw() == 0, "what was before is not drawn"
    yield drawn
    drawn.traces.close()


async def hear(desk: Desk, state: DeliveryState, *, provider_id: str = "mem-1") -> None:
    """Take a receipt."""
    receipt = Receipt(None, provider_id, state)
    await desk.db.write(partial(receive, receipt=receipt, channel=ChannelName.SMS, now=desk.clock.now()))


def bring_in(connection: Connection, desk: Desk) -> None:
    """Write down that the street's hearing came with run 1."""
    scene = desk.street.scene
    run = {"id": 1, "court_id": scene.court_id, "mapping": "native", "file_digest": "d", "rows": 7, "state": "applied"}
    times = {"started_at": NOW - timedelta(minutes=5), "finished_at": NOW - timedelta(minutes=4), "counts": {}}
    connection.execute(insert(import_run).values(**run, **times))
    connection.execute(hearing_revision.delete().where(hearing_revision.c.hearing_id == scene.hearing_id))
    said = {"starts_at": NOW, "status": "scheduled", "mode": "in_person", "made_at": NOW, "source": "import:1"}
    connection.execute(insert(hearing_revision).values(hearing_id=scene.hearing_id, revision=1, **said))


def by_name(spans: Sequence[ReadableSpan]) -> dict[str, ReadableSpan]:
    """Each span by what it is called."""
    assert len({span.name for span in spans}) == len(spans)
    return {span.name: span for span in spans}


def trace_of(span: ReadableSpan) -> int:
    """The trace that a span is in."""
    assert span.context is not None
    return int(span.context.trace_id)


def began_and_ended(span: ReadableSpan) -> tuple[timedelta, timedelta]:
    """When a span began and how long it took, from NOW."""
    assert span.start_time is not None
    assert span.end_time is not None
    since = timedelta(microseconds=span.start_time / 1000) - (NOW - datetime.fromtimestamp(0, NOW.tzinfo))
    return since, timedelta(microseconds=(span.end_time - span.start_time) / 1000)


async def test_a_message_is_one_trace_from_its_import_to_its_receipt(any_db: Database) -> None:
    async with drawing(any_db) as drawn:
        desk = drawn.desk
        await any_db.write(partial(bring_in, desk=desk))
        await any_db.write(lambda c: put(c, desk.street, due_at=NOW - timedelta(seconds=3)))
        await desk.drain()
        desk.clock.advance(timedelta(seconds=8))
        await hear(desk, DeliveryState.DELIVERED)
        spans = by_name(await drawn.spans())

    assert set(spans) == {"import", "notice", "attempt", "receipt"}
    notice, attempt, receipt, run = (spans[name] for name in ("notice", "attempt", "receipt", "import"))
    assert trace_of(notice) == trace_of(attempt) == trace_of(receipt)
    assert attempt.parent is not None
    assert attempt.parent == receipt.parent
    assert (notice.parent, run.parent) == (None, None)
    assert notice.context is not None
    assert attempt.parent.span_id == notice.context.span_id
    assert [link.context.trace_id for link in notice.links] == [trace_of(run)]
    assert began_and_ended(run) == (timedelta(minutes=-5), timedelta(minutes=1))
    assert began_and_ended(receipt) == (timedelta(0), timedelta(seconds=8))
    assert attempt.attributes is not None
    assert (attempt.attributes["usher.lane"], attempt.attributes["usher.late_seconds"]) == ("sms:default", 3)
    assert receipt.attributes is not None
    assert receipt.attributes["usher.state"] == "delivered"


async def test_nothing_is_drawn_twice_and_what_two_processes_draw_is_the_same_span(db: Database) -> None:
    async with drawing(db) as drawn, drawing_beside(drawn) as other:
        await db.write(lambda c: put(c, drawn.desk.street))
        await drawn.desk.drain()

        first, same = await drawn.spans(), await other.spans()
        again = await drawn.spans()
        await hear(drawn.desk, DeliveryState.DELIVERED)
        late = await drawn.spans()

    assert [span.context for span in first] == [span.context for span in same]
    assert again == ()
    assert [span.name for span in late] == ["receipt"]
    assert trace_of(late[0]) == trace_of(first[0]), "hours later it still finds its trace"


@asynccontextmanager
async def drawing_beside(drawn: Drawn) -> AsyncIterator[Drawn]:
    """One more process that draws."""
    other = Drawn(drawn.desk)
    await other.traces.draw()
    yield other
    other.traces.close()


async def test_a_second_attempt_is_in_the_trace_of_the_first(db: Database) -> None:
    async with drawing(db) as drawn:
        desk = drawn.desk
        desk.sms.will(Deferred("twilio.20429"), Sent("SM2"))
        await db.write(lambda c: put(c, desk.street))
        await desk.drain()
        first = await drawn.spans()
        desk.clock.advance(timedelta(hours=1))
        await desk.drain()
        second = await drawn.spans()

    assert [span.name for span in first] == ["notice", "attempt"]
    assert {trace_of(span) for span in (*first, *second)} == {trace_of(first[0])}
    assert "attempt" in {span.name for span in second}


async def test_what_is_unknown_or_failed_is_marked_as_an_error(db: Database) -> None:
    async with drawing(db) as drawn:
        drawn.desk.sms.will(Unknown("wire.timeout"))
        await db.write(lambda c: put(c, drawn.desk.street))
        await drawn.desk.drain()
        attempt = by_name(await drawn.spans())["attempt"]

    assert attempt.status.status_code is StatusCode.ERROR
    assert attempt.attributes is not None
    assert (attempt.attributes["usher.state"], attempt.attributes["usher.code"]) == ("unknown", "wire.timeout")


async def test_an_attempt_is_not_drawn_before_its_batch_is_over(db: Database) -> None:
    async with drawing(db) as drawn:
        await db.write(lambda c: put(c, drawn.desk.street))
        await drawn.desk.drain()

        assert await drawn.traces.draw() == 0
        assert len(await drawn.spans()) == 2


async def test_a_backlog_is_drawn_whole_and_nobody_is_in_it(db: Database) -> None:
    async with drawing(db, 40, at_once=7) as drawn:
        await db.write(lambda c: put_all(c, drawn.desk.street))
        while await drawn.desk.drain():
            pass
        spans = await drawn.spans()

    assert len(spans) == 80
    assert len({trace_of(span) for span in spans}) == 40
    said = str([(span.name, dict(span.attributes or {})) for span in spans])
    assert "555" not in said
    assert "Ada" not in said
    allowed = {"notice_id", "kind", "court_id", "delivery_id", "lane", "attempt", "segments", "late_seconds", "state"}
    assert {key for span in spans for key in span.attributes or {}} == {f"usher.{name}" for name in allowed}


async def test_a_collector_gets_them_over_http(db: Database) -> None:
    got: list[str] = []

    async def take(request: web.Request) -> web.Response:
        asked = ExportTraceServiceRequest.FromString(await request.read())
        got.extend(span.name for one in asked.resource_spans for scope in one.scope_spans for span in scope.spans)
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    async with TestServer(app) as server:
        desk = await open_desk(db)
        traces = Traces(db, desk.clock, collector(str(server.make_url("/v1/traces"))))
        await traces.draw()
        await db.write(lambda c: put(c, desk.street))
        await desk.drain()
        desk.clock.advance(AFTERWARDS)
        await traces.draw()
        await asyncio.to_thread(traces.close)

    assert got == ["notice", "attempt"]


async def test_an_installation_draws_only_where_a_collector_is_set(sqlite_url: str, tmp_path: Path) -> None:
    key = tmp_path / "usher.key"
    new_key_file(key)
    beats = []
    for more in ({}, {"otlp_endpoint": "http://127.0.0.1:9/v1/traces"}):
        values: dict[str, object] = {"database_url": sqlite_url, "secret_key_file": key, **more}
        settings = Settings(_env_file=None, **values).model_copy(update={"http_port": 0})  # type: ignore[arg-type] # as text
        async with assembled(settings, SteppedClock(NOW)) as usher, usher.web:
            beats.append("traces" in {job.id for job in usher.metronome._scheduler.get_jobs()})

    assert beats == [False, True]
