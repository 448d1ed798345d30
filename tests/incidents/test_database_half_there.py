"""Once, a database that only read, hung, or threw a stopped process out was taken for a fault of people's messages."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from bot.arrivals import readers, twilio_arrival
from bot.stream.court_stream import CourtStream
from bot.stream.readiness import LOOK_SECONDS, Readiness
from domain.clock import SteppedClock
from handlers.inbox import InboxWorker
from handlers.incoming import World
from storage import heartbeats, inbox
from storage.bulk import insert_rows
from storage.database import Database
from storage.schema import heartbeat, inbound
from storage.vault import Vault
from tests.fixtures.facts import NOW, apply_courts
from tests.fixtures.gate import Gate

FORM = "MessageSid=SM1&From=%2B19075550101&To=%2B19075550190&Body=HELP&NumMedia=0"


@pytest.fixture
async def postgres(postgres_database: str, vault: Vault) -> AsyncIterator[Database]:
    """PostgreSQL, open."""
    async with Database(postgres_database, vault) as database:
        yield database


def read_only(connection: Connection) -> None:
    """Write where only reading is allowed, as on a standby."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    connection.execute(insert(heartbeat).values(name="late", at=NOW))


def stopped_in_the_middle(connection: Connection) -> None:
    """Be stopped for longer than the server lets a transaction idle."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 100")
    connection.execute(insert(heartbeat).values(name="late", at=NOW))
    time.sleep(0.4)


def read_only_in_bulk(connection: Connection) -> None:
    """The same with many rows at once, straight through the driver."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    insert_rows(connection, heartbeat, ("name", "at"), [("late", NOW)])


def full_in_bulk(connection: Connection) -> None:
    """Meet a full disk in the middle of many rows: what PostgreSQL calls 53100."""
    fail = "CREATE FUNCTION pg_temp.fail() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'"
    connection.exec_driver_sql(f"{fail}; END $$ LANGUAGE plpgsql")
    connection.exec_driver_sql("CREATE TRIGGER fail BEFORE INSERT ON heartbeat EXECUTE FUNCTION pg_temp.fail()")
    insert_rows(connection, heartbeat, ("name", "at"), [("late", NOW)])


@pytest.mark.parametrize("work", [read_only, stopped_in_the_middle, read_only_in_bulk, full_in_bulk])
async def test_a_database_that_takes_nothing_just_now_is_away(
    postgres: Database, work: Callable[[Connection], None]
) -> None:
    with pytest.raises(OperationalError):
        await postgres.write(work)
    await postgres.write(lambda connection: heartbeats.beat(connection, "well", now=NOW))
    assert set(await postgres.read(heartbeats.read)) == {"well"}


async def test_a_text_that_comes_while_a_standby_takes_over_costs_it_no_try(postgres: Database) -> None:
    courts = await postgres.write(apply_courts)
    arrival = twilio_arrival(FORM)
    await postgres.write(lambda connection: inbox.store(connection, arrival, now=NOW))
    worker = InboxWorker(postgres, World(courts=courts), readers(), clock=SteppedClock(NOW))
    forbid = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    await postgres.write(lambda connection: connection.exec_driver_sql(forbid))

    with pytest.raises(OperationalError):
        await worker.work_off()
    await postgres.write(lambda connection: connection.exec_driver_sql(forbid.replace("ONLY", "WRITE")))

    assert await worker.work_off() == 1
    tries = await postgres.read(lambda connection: connection.execute(inbound.select()).one().attempts)
    assert tries == 0


async def test_a_stopped_process_holds_no_lane_for_longer_than_half_a_minute(postgres: Database) -> None:
    shown = "SHOW idle_in_transaction_session_timeout"
    assert await postgres.write(lambda connection: connection.exec_driver_sql(shown).scalar_one()) == "30s"


async def test_a_server_whose_machine_is_gone_is_noticed_within_a_lease(postgres_database: str, vault: Vault) -> None:
    parts = urlsplit(postgres_database)
    [folder] = parse_qs(parts.query)["host"]
    gate = Gate(0, [Path(folder) / ".s.PGSQL.5432"])
    await gate.open()

    def limits(connection: Connection) -> tuple[int, int, int, int]:
        cable = socket.socket(fileno=connection.connection.driver_connection.fileno())  # type: ignore[union-attr] # psycopg
        try:
            tcp = (socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            waits, idle, between, count = (cable.getsockopt(socket.IPPROTO_TCP, one) for one in tcp)
        finally:
            cable.detach()
        return waits, idle, between, count

    here = f"{parts.scheme}://{parts.netloc.partition('@')[0]}@127.0.0.1:{gate.at}{parts.path}"
    async with Database(here, vault) as usual, Database(f"{here}?tcp_user_timeout=7000", vault) as own:
        assert await usual.read(limits) == (20_000, 10, 5, 3)
        assert await own.read(limits) == (7_000, 10, 5, 3)
    await gate.shut()


async def test_a_web_whose_database_hangs_says_so_in_time(db: Database) -> None:
    class Hanging(Database):
        async def read(self, work: object) -> None:  # type: ignore[override] # never returns
            await asyncio.Event().wait()

    hanging = Hanging("sqlite:///nothing", db.vault)
    ready = Readiness(hanging, SteppedClock(NOW), CourtStream("nats://127.0.0.1:9", replicas=1))
    async with asyncio.timeout(2 * LOOK_SECONDS):
        answer = await ready.ready(None)  # type: ignore[arg-type] # it looks at no request
    assert answer.status_code == 503
    await hanging.close()
