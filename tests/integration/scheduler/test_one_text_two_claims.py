"""A look-up and a receipt give one text to two deliveries at the same moment, in two processes on PostgreSQL."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName, DeliveryState, Receipt, Sent
from scheduler import reconcile
from scheduler.receipts import receive_all
from storage import deliveries
from storage.database import Database
from storage.schema import delivery
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import add_street, attempt

HELD = 0.5  # seconds that whoever is first keeps its transaction open


def two_unknown(connection: Connection) -> tuple[int, int]:
    """Write down two attempts of the same words to one phone, of which nobody knows what became."""
    street = add_street(connection)
    mine, others = (attempt(connection, street) for _ in range(2))
    deliveries.unknown(connection, dict.fromkeys((mine, others), "wire.timeout"), ask_at=NOW)
    return mine, others


@pytest.mark.parametrize("is_lookup_first", [True, False], ids=["the look-up first", "the receipt first"])
def test_a_text_is_never_two_deliveries_however_they_meet(
    postgres_database: str,
    vault: Vault,
    is_lookup_first: bool,  # noqa: FBT001
) -> None:
    here, there = Database(postgres_database, vault), Database(postgres_database, vault)
    try:
        mine, others = here.write_now(two_unknown)
        receipt = Receipt(delivery_id=others, provider_id="SM1", state=DeliveryState.SENT)
        looked_up: Callable[[Connection], object] = partial(reconcile.settle, answers=[(mine, Sent("SM1"))], now=NOW)
        told: Callable[[Connection], object] = partial(receive_all, said=[receipt], channel=ChannelName.SMS, now=NOW)
        first, second = (looked_up, told) if is_lookup_first else (told, looked_up)
        has_written = threading.Event()

        def slowly(connection: Connection) -> None:
            first(connection)
            has_written.set()
            time.sleep(HELD)

        slow = threading.Thread(target=here.write_now, args=(slowly,))
        slow.start()
        assert has_written.wait(10)
        there.write_now(second)
        slow.join(10)

        states = here.read_now(lambda c: {row.id: row for row in c.execute(select(delivery))})
        assert (states[others].state, states[others].provider_id) == (DeliveryState.SENT, "SM1")
        assert (states[mine].state, states[mine].provider_id) == (DeliveryState.UNKNOWN, None)
    finally:
        here.close_now()
        there.close_now()
