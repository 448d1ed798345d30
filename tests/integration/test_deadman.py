"""The dead man's signal is heard while all is well and never otherwise, and nothing is said in it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection

from bot.bootstrap import assembled
from bot.channels.connection import MaybeSentError, NotSentError
from bot.channels.http import HttpWire, Wire
from bot.deadman import LATE_AFTER, LYING_AFTER, STUCK_AFTER, Deadman, doubts, is_behind
from bot.settings import Settings
from bot.stream.standing import AWAY, Standing
from domain.clock import SteppedClock
from domain.notice import Priority
from storage import heartbeats
from storage.database import Database
from storage.heartbeats import SILENT_AFTER
from storage.key_file import new_key_file
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import add_street, put
from tests.unit.channels.scripted_wire import ScriptedWire, answer
from tests.unit.web.test_metrics import a_lane, a_status

PARTS = ("reconcile", "housekeeping")
SECRET = "k3y-of-the-check"


def beat(connection: Connection, *, now: datetime = NOW) -> None:
    """Let both parts beat."""
    for part in PARTS:
        heartbeats.beat(connection, part, now=now)


def deadman(db: Database, wire: Wire, url: str = "http://127.0.0.1:9/") -> Deadman:
    """A signal on a clock that stands still."""
    return Deadman(db=db, clock=SteppedClock(NOW), wire=wire, url=url, parts=PARTS)


@pytest.mark.parametrize(
    ("late", "wrong"),
    [
        ({}, []),
        ({"reply": LATE_AFTER}, []),
        ({"reply": LATE_AFTER + timedelta(seconds=1)}, ["lag"]),
        ({"urgent": timedelta(hours=1), "reminder": timedelta(hours=1)}, ["lag"]),
        ({"reminder": timedelta(hours=1)}, []),
        ({"broadcast": timedelta(hours=9), "other": timedelta(hours=9)}, []),
    ],
    ids=["nothing is due", "just in time", "a reply", "more", "a long queue", "a broadcast may queue"],
)
def test_what_is_urgent_must_not_be_late(late: dict[str, timedelta], wrong: list[str]) -> None:
    lane = a_lane(oldest_due={priority: NOW - age for priority, age in late.items()}, used_at=NOW)

    assert doubts(a_status(lanes=(lane, a_lane("telegram:default", id=2))), ()) == wrong


@pytest.mark.parametrize(
    ("lane", "is_wrong"),
    [
        ({}, False),
        ({"used_at": NOW - STUCK_AFTER}, False),
        ({"used_at": NOW - STUCK_AFTER - timedelta(seconds=1)}, True),
        ({"broken_since": NOW}, True),
        ({"work_seconds": 6000.0, "expires_at": NOW + timedelta(minutes=100)}, False),
        ({"work_seconds": 6000.0, "expires_at": NOW + timedelta(minutes=99)}, True),
        ({"oldest_due": {"reminder": NOW - LATE_AFTER}, "used_at": NOW - timedelta(days=1)}, False),
        ({"oldest_due": {}, "used_at": NOW - timedelta(days=1), "broken_since": NOW}, False),
        ({"oldest_due": {"broadcast": NOW - timedelta(hours=9)}, "used_at": NOW - timedelta(days=1)}, False),
    ],
    ids=[
        *("it moves", "it moved lately", "it is stuck", "it is broken", "done in time", "not done in time"),
        *("nothing is late", "nothing is due", "a broadcast"),
    ],
)
def test_reminders_may_queue_while_their_lane_moves_and_will_be_done_in_time(
    lane: dict[str, object],
    is_wrong: bool,  # noqa: FBT001 - a case
) -> None:
    busy: dict[str, object] = {"oldest_due": {"reminder": NOW - timedelta(minutes=50)}, "used_at": NOW}

    found = a_lane(**{**busy, **lane})  # type: ignore[arg-type] # set by name

    assert is_behind(found, NOW) is is_wrong


@pytest.mark.parametrize(
    ("beats", "wrong"),
    [
        ({"reconcile": NOW, "housekeeping": NOW - SILENT_AFTER}, []),
        ({"reconcile": NOW, "housekeeping": NOW - SILENT_AFTER - timedelta(seconds=1)}, ["housekeeping"]),
        ({"reconcile": NOW, "worker": NOW}, ["housekeeping"]),
        ({"reconcile": NOW, "housekeeping:a:1": NOW - timedelta(hours=1), "housekeeping:b:2": NOW}, []),
        ({}, ["reconcile", "housekeeping"]),
    ],
    ids=["both", "one is silent", "one never beat", "one of two is enough", "nobody beats"],
)
def test_every_part_must_beat(beats: dict[str, datetime], wrong: list[str]) -> None:
    assert doubts(a_status(heartbeats=beats), PARTS) == wrong


@pytest.mark.parametrize(
    ("stream", "wrong"),
    [
        (None, []),
        (Standing(waiting=9), []),
        (Standing(waiting=1, oldest_at=NOW - LYING_AFTER), []),
        (Standing(waiting=1, oldest_at=NOW - LYING_AFTER - timedelta(seconds=1)), ["stream.oldest"]),
        (AWAY, ["stream"]),
    ],
    ids=["no stream", "receipts", "a moment", "nobody reads", "away"],
)
def test_the_stream_must_be_there_and_be_read(stream: Standing | None, wrong: list[str]) -> None:
    assert doubts(a_status(), (), stream) == wrong


async def test_nothing_is_heard_while_the_stream_is_away_and_again_when_it_is_back(any_db: Database) -> None:
    wire = ScriptedWire(answer(200, "OK"))
    seen = [AWAY, Standing()]

    async def stream() -> Standing:
        return seen.pop(0)

    signal = Deadman(
        db=any_db, clock=SteppedClock(NOW), wire=wire, url="http://127.0.0.1:9/", parts=PARTS, stream=stream
    )
    await any_db.write(beat)
    await signal.beat()
    assert wire.asked == []

    await signal.beat()
    assert len(wire.asked) == 1


async def test_the_signal_is_one_bare_request(any_db: Database) -> None:
    heard: list[tuple[str, str, bytes, str | None]] = []

    async def listen(request: web.Request) -> web.Response:
        agent = request.headers.get("User-Agent")
        heard.append((request.method, request.path_qs, await request.read(), agent))
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listen)
    wire = HttpWire(proxies={})
    await any_db.write(beat)
    async with TestServer(app) as server:
        await deadman(any_db, wire, str(server.make_url(f"/{SECRET}?from=court"))).beat()
        await wire.aclose()

    assert heard == [("GET", f"/{SECRET}?from=court", b"", "usher")]


async def test_nothing_is_heard_while_something_is_late_and_again_when_it_left(db: Database) -> None:
    wire = ScriptedWire(answer(200, "OK"))
    signal = deadman(db, wire)

    def fall_behind(connection: Connection) -> None:
        put(connection, add_street(connection), due_at=NOW - timedelta(minutes=6), priority=Priority.URGENT)
        beat(connection)

    await db.write(fall_behind)
    with structlog.testing.capture_logs() as logs:
        await signal.beat()
    assert wire.asked == []
    assert [(entry["event"], entry["wrong"]) for entry in logs] == [("deadman.withheld", ["lag"])]

    await db.write(lambda c: c.exec_driver_sql("UPDATE notice SET state = 'sent'"))
    await signal.beat()
    assert len(wire.asked) == 1


async def test_nothing_is_heard_without_the_database(tmp_path: Path, vault: Vault) -> None:
    wire = ScriptedWire(answer(200, "OK"))
    async with Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", vault) as unmigrated:
        await deadman(unmigrated, wire).beat()

    assert wire.asked == []


@pytest.mark.parametrize(
    ("script", "times", "events"),
    [
        ([answer(200, "OK")], 1, []),
        ([MaybeSentError("http.closed"), answer(200, "OK")], 2, ["deadman.unheard"]),
        ([NotSentError("http.connect")], 2, ["deadman.unheard"] * 2),
        ([answer(404, "no such check")], 1, ["deadman.refused"]),
        ([answer(301, "")], 1, ["deadman.refused"]),
    ],
    ids=["heard", "a stale connection", "nobody there", "no such check", "moved"],
)
async def test_what_is_not_heard_is_reported_without_the_address(
    db: Database, script: list[object], times: int, events: list[str]
) -> None:
    wire = ScriptedWire(*script)  # type: ignore[arg-type] # answers and errors
    signal = deadman(db, wire, f"https://hc.example/{SECRET}")
    await db.write(beat)

    with structlog.testing.capture_logs() as logs:
        await signal.beat()

    assert len(wire.asked) == times
    assert [entry["event"] for entry in logs] == events
    assert SECRET not in str(logs) + repr(signal)


async def test_a_running_installation_gives_the_signal_only_where_it_is_asked_to(
    sqlite_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "usher.key"
    new_key_file(key)
    values: dict[str, object] = {"database_url": sqlite_url, "secret_key_file": key, "http_port": 1}
    beats = []
    for more in ({}, {"deadman_url": f"https://hc.example/{SECRET}"}):
        settings = Settings(_env_file=None, **values, **more).model_copy(update={"http_port": 0})  # type: ignore[arg-type] # as text
        async with assembled(settings, SteppedClock(NOW)) as usher, usher.web:
            beats.append({job.id for job in usher.metronome._scheduler.get_jobs()})

    assert beats == [set(PARTS), {*PARTS, "deadman"}]
