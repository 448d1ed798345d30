"""A look-up gives a text to one delivery, a receipt or a late answer to another, at the same moment on PostgreSQL."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName, DeliveryState, OutgoingMessage, Receipt, Sent
from scheduler import dispatch, reconcile
from scheduler.receipts import receive_all
from storage import deliveries, locks
from storage.database import Database
from storage.schema import delivery
from storage.vault import Vault
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import WORDS, add_street, attempt, lane_id, phone

HELD = 0.5  # seconds that whoever is first keeps its transaction open


def two_unknown(connection: Connection) -> tuple[int, int]:
    """Write down two attempts of the same words to one phone, of which nobody knows what became."""
    street = add_street(connection)
    mine, others = (attempt(connection, street) for _ in range(2))
    deliveries.unknown(connection, dict.fromkeys((mine, others), "wire.timeout"), ask_at=NOW)
    return mine, others


@pytest.mark.parametrize("is_lookup_first", [True, False], ids=["the look-up first", "the other first"])
@pytest.mark.parametrize("how", ["receipt", "answer"])
def test_a_text_is_never_two_deliveries_however_they_meet(
    postgres_database: str,
    vault: Vault,
    how: str,
    is_lookup_first: bool,  # noqa: FBT001
) -> None:
    here, there = Database(postgres_database, vault), Database(postgres_database, vault)
    try:
        mine, others = here.write_now(two_unknown)
        told_by, is_now = TOLD_BY[how]
        looked_up: Callable[[Connection], object] = partial(reconcile.settle, answers=[(mine, Sent("SM1"))], now=NOW)

        def told(connection: Connection) -> None:
            told_by(connection, others)

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
        assert (states[others].state, states[others].provider_id) == (is_now, "SM1")
        assert (states[mine].state, states[mine].provider_id) == (DeliveryState.UNKNOWN, None)
    finally:
        here.close_now()
        there.close_now()


def test_a_lease_that_is_lost_while_its_answer_waits_to_be_written_down(
    postgres_database: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = Database(postgres_database, vault), Database(postgres_database, vault)
    look_after = locks.troubled

    def one_unknown(connection: Connection) -> tuple[int, int]:
        street = add_street(connection)
        mine, others = (attempt(connection, street) for _ in range(2))
        deliveries.unknown(connection, {mine: "lease.lost"}, ask_at=NOW)
        return mine, others

    def meanwhile(connection: Connection, delivery_ids: Collection[int]) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(locks, "troubled", look_after)
            there.write_now(lambda c: deliveries.unknown(c, {others: "lease.lost"}, ask_at=NOW))
            there.write_now(partial(reconcile.settle, answers=[(mine, Sent("SM1"))], now=NOW))
        monkeypatch.setattr(locks, "troubled", look_after)
        look_after(connection, delivery_ids)

    try:
        mine, others = here.write_now(one_unknown)
        monkeypatch.setattr(locks, "troubled", meanwhile)
        here.write_now(lambda connection: told_by_answer(connection, others))

        states = here.read_now(lambda c: {row.id: row.provider_id for row in c.execute(select(delivery))})
        assert states == {mine: None, others: "SM1"}
    finally:
        here.close_now()
        there.close_now()


def told_by_receipt(connection: Connection, delivery_id: int) -> None:
    """Be told by a receipt which text a delivery was."""
    said = Receipt(delivery_id=delivery_id, provider_id="SM1", state=DeliveryState.SENT)
    receive_all(connection, [said], channel=ChannelName.SMS, now=NOW)


def told_by_answer(connection: Connection, delivery_id: int) -> None:
    """Be told by the provider's answer, which a worker has had in hand for longer than its lease."""
    message = OutgoingMessage(id=delivery_id, to=phone(0), text=WORDS, attempted_at=NOW)
    dispatch.settle(connection, [(message, Sent("SM1"))], lane_id=lane_id(connection), now=NOW)


TOLD_BY: Mapping[str, tuple[Callable[[Connection, int], None], DeliveryState]] = {
    "receipt": (told_by_receipt, DeliveryState.SENT),
    "answer": (told_by_answer, DeliveryState.ACCEPTED),
}
