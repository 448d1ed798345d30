"""Those who watch over the process ask over HTTP, on each engine, whether it lives, is ready, and how it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection
from starlette.applications import Starlette

from bot.stream.standing import Standing
from bot.web.health import Health
from bot.web.meters import CATALOG, Meters
from bot.web.server import WebServer
from domain.clock import SteppedClock
from domain.delivery import Address, ChannelName, DeliveryState, Receipt, Sent, Unknown
from domain.notice import Priority
from scheduler.dispatcher import Dispatcher
from scheduler.receipts import Reception, receive
from storage import heartbeats, inbox
from storage.database import Database
from storage.inbox import Arrival
from storage.tasks import About, TaskKind, open_task
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import Street, put, set_rate
from tests.fixtures.sending import open_desk

PARTS = ("reconcile", "housekeeping")


@asynccontextmanager
async def asked(health: Health) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve `health` on loopback, and ask it."""
    server = WebServer(Starlette(routes=health.routes()), host="127.0.0.1", port=0)
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield session


async def scrape(session: aiohttp.ClientSession) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and its labels' values."""
    async with session.get("/metrics") as response:
        assert (response.status, response.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
        text = await response.text()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def something_of_everything(connection: Connection, street: Street) -> None:
    """A backlog, a pause's end, a message that waits, work for the desk, a pulse."""
    put(connection, street, due_at=NOW - timedelta(minutes=6))
    put(connection, street, due_at=NOW - timedelta(minutes=2), priority=Priority.REPLY)
    put(connection, street, due_at=NOW + timedelta(days=1))
    sender = Address(ChannelName.SMS, "+19075550199")
    arrival = Arrival(source="twilio", provider_key="SM1", sender=sender, kind="message", payload="Body=hello")
    inbox.store(connection, arrival, now=NOW - timedelta(minutes=3))
    about = About(court_id=street.scene.court_id)
    open_task(connection, TaskKind.UNSETTLED, about, dedupe="1", now=NOW)
    heartbeats.beat(connection, "reconcile", now=NOW)


async def test_metrics_tell_how_things_stand(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await any_db.write(partial(something_of_everything, street=desk.street))
    meters = Meters()
    meters.count_batch(desk.lane, [Sent("SM1")])

    async def stream() -> Standing:
        return Standing(waiting=1, oldest_at=NOW - timedelta(seconds=30))

    health = Health(any_db, desk.clock, PARTS, meters, stream)

    async with asked(health) as session:
        found = await scrape(session)

    lane = "sms:default"
    assert found["usher_notices_waiting", lane] == 3
    assert found["usher_notices_due", lane] == 2
    assert found["usher_notice_lag_seconds", lane, "reminder"] == 360
    assert found["usher_notice_lag_seconds", lane, "reply"] == 120
    assert found["usher_notice_lag_seconds", lane, "broadcast"] == 0
    assert found["usher_inbound_wait_seconds",] == 180
    assert found["usher_calendar_stale_after_seconds", "example"] == timedelta(hours=36).total_seconds()
    assert found["usher_tasks_open", "unsettled"] == 1
    assert found["usher_heartbeat_timestamp_seconds", "reconcile"] == NOW.timestamp()
    assert found["usher_deliveries_total", lane, "sent"] == 1
    assert found["usher_database_up",] == 1
    assert found["usher_stream_oldest_seconds",] == 30
    assert {meter.name for meter in CATALOG if not meter.labels and meter.kind == "gauge"} <= {key[0] for key in found}


async def test_no_phone_number_is_in_what_is_shown(db: Database, clock: SteppedClock) -> None:
    desk = await open_desk(db)
    rename = {"key": "sms:+19075550100"}
    await db.write(lambda c: c.exec_driver_sql("UPDATE lane SET key = :key WHERE key = 'sms:default'", rename))

    async with asked(Health(db, clock)) as session, session.get("/metrics") as response:
        text = await response.text()

    assert f'lane="sms:{desk.lane}"' in text
    assert "5550100" not in text


async def test_a_lanes_tokens_are_those_of_this_moment(db: Database) -> None:
    desk = await open_desk(db)

    def spend(connection: Connection) -> None:
        set_rate(connection, "sms:default", rate=2.0, burst=10)
        connection.exec_driver_sql("UPDATE lane SET tokens = 1")

    await db.write(spend)
    async with asked(Health(db, desk.clock)) as session:
        found = []
        for step in (0, 3, 60):
            desk.clock.advance(timedelta(seconds=step))
            found.append((await scrape(session))["usher_lane_tokens", "sms:default"])

    assert found == [1, 7, 10]


async def test_ready_names_the_part_that_is_silent(any_db: Database, clock: SteppedClock) -> None:
    async with asked(Health(any_db, clock, PARTS)) as session:

        async def ready() -> tuple[int, object]:
            async with session.get("/readyz") as response:
                return response.status, (await response.json())["wrong"]

        assert await ready() == (503, ["reconcile", "housekeeping"])
        for part in PARTS:
            await any_db.write(partial(heartbeats.beat, name=part, now=clock.now()))
        assert await ready() == (200, [])
        clock.advance(timedelta(minutes=3))
        await any_db.write(partial(heartbeats.beat, name="reconcile", now=clock.now()))
        assert await ready() == (503, ["housekeeping"])


async def test_without_its_database_the_process_lives_is_not_ready_and_says_so(
    tmp_path: Path, vault: Vault, clock: SteppedClock
) -> None:
    unmigrated = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", vault)
    async with unmigrated, asked(Health(unmigrated, clock, PARTS)) as session:
        async with session.get("/healthz") as alive, session.get("/readyz") as ready:
            assert (alive.status, ready.status) == (200, 503)
            assert (await ready.json())["wrong"] == ["database"]
        found = await scrape(session)

    assert found["usher_database_up",] == 0
    assert ("usher_notices_in_flight",) not in found


async def test_a_dispatcher_tells_what_came_of_each_batch(db: Database) -> None:
    desk = await open_desk(db, 3)
    desk.sms.will(Sent("SM1"), Unknown("wire.timeout"))
    told: list[tuple[int, list[str]]] = []
    dispatcher = Dispatcher(
        db,
        {"sms:default": desk.sms},
        lambda: desk.street.scene.courts,
        desk.clock,
        on_settled=lambda lane, outcomes: told.append((lane, [type(one).__name__ for one in outcomes])),
    )
    await db.write(lambda c: [put(c, desk.street, party) for party in range(3)])

    await dispatcher.drain(desk.lane)
    await dispatcher.drain(desk.lane)

    assert told == [(desk.lane, ["Sent", "Unknown", "Sent"])], "and nothing of a batch of none"


async def test_only_the_first_receipt_that_ends_a_delivery_tells_its_delay(any_db: Database) -> None:
    desk = await open_desk(any_db)
    await any_db.write(lambda c: put(c, desk.street))
    await desk.drain()
    told = []
    for seconds, state in enumerate(
        (DeliveryState.SENT, DeliveryState.UNDELIVERED, DeliveryState.DELIVERED, DeliveryState.DELIVERED), start=1
    ):
        receipt, now = Receipt(None, "mem-1", state), NOW + timedelta(seconds=seconds)
        received = await any_db.write(partial(receive, receipt=receipt, channel=ChannelName.SMS, now=now))
        told.append((received.reception, received.after))

    assert told == [
        (Reception.MOVED, None),
        (Reception.MOVED, timedelta(seconds=2)),
        (Reception.MOVED, None),
        (Reception.KNOWN, None),
    ]
