"""Who writes in the moment in which their number is forgotten, on PostgreSQL: what they say is kept with the number."""

from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, text

from bot.arrivals import readers, twilio_arrival
from domain.consent import ConsentPurpose, Standing, standing
from domain.gate import EndpointState
from handlers.inbox import handle_next
from handlers.incoming import World
from storage import consents, endpoints, inbox, retention
from storage.database import Database
from storage.retention_rules import Scope
from storage.vault import Vault
from tests.fixtures.conversation import sms_form
from tests.fixtures.keeping import live_through
from tests.fixtures.outbox import later, phone
from tests.fixtures.sending import Desk, open_desk

LONG_AFTER = later(days=3000)
OVER = later(days=2000)
PATIENCE = 10.0  # seconds
[ADDRESSES] = [drawer for drawer in retention.DRAWERS if drawer.name == "addresses"]


@pytest.fixture
async def desk(postgres_database: str, vault: Vault) -> AsyncIterator[Desk]:
    """A street of one whose case was over years ago."""
    async with Database(postgres_database, vault) as db:
        desk = await open_desk(db)
        await live_through(desk)
        yield desk


def forget(connection: Connection, desk: Desk) -> int:
    """Forget every address that nobody needs any more; return how many."""
    scope = Scope({desk.street.scene.court_id: OVER})
    return retention.forget(connection, ADDRESSES, scope, [1], now=LONG_AFTER)


def write_stop(connection: Connection, desk: Desk) -> list[str]:
    """Let the street's phone say STOP; return what it was taken for."""
    inbox.store(connection, twilio_arrival(urlencode(sms_form("STOP", sender=phone(0).value))), now=LONG_AFTER)
    world = World(courts=desk.street.scene.courts)
    return list(handle_next(connection, most=9, world=world, readers=readers(), now=LONG_AFTER).values())


def where_it_stands(connection: Connection) -> Standing | None:
    """Return where a phone stands that a feed names again; None when nobody knows it."""
    found = endpoints.find(connection, phone(0))
    if found is None or found.forgotten_at is not None:
        return None
    said = consents.of_endpoints(connection, [found.id])[found.id]
    return standing(said, purpose=ConsentPurpose.HEARINGS, case_id=None, court_id=None)


def until_it_waits(desk: Desk) -> None:
    """Wait until somebody waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    began = monotonic()
    while not desk.db.read_now(lambda connection: connection.execute(waiting).scalar_one()):
        assert monotonic() - began < PATIENCE, "nobody waits"
        sleep(0.02)


@pytest.mark.parametrize("is_kept", [False, True], ids=["digest gone", "digest kept"])
async def test_a_stop_said_while_its_number_is_forgotten_is_known_when_the_number_comes_back(
    desk: Desk,
    is_kept: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    if is_kept:  # something is known to be wrong with it: its digest outlives its address
        desk.db.write_now(lambda connection: endpoints.change(connection, 1, state=EndpointState.DOUBTFUL))
    said: list[Future[list[str]]] = []

    with ThreadPoolExecutor() as pool:

        def forget_meanwhile(connection: Connection) -> int:
            forgotten = forget(connection, desk)
            said.append(pool.submit(desk.db.write_now, lambda other: write_stop(other, desk)))
            until_it_waits(desk)
            return forgotten

        assert desk.db.write_now(forget_meanwhile) == 1
        assert said[0].result(timeout=PATIENCE) == ["stopped"]

    assert desk.db.read_now(where_it_stands) is Standing.REVOKED


async def test_a_number_that_just_writes_is_not_forgotten_meanwhile(desk: Desk) -> None:
    def stop_meanwhile(connection: Connection) -> int:
        assert write_stop(connection, desk) == ["stopped"]
        return desk.db.write_now(lambda other: forget(other, desk))

    assert desk.db.write_now(stop_meanwhile) == 0

    assert desk.db.read_now(where_it_stands) is Standing.REVOKED
    assert desk.db.write_now(lambda connection: forget(connection, desk)) == 0
