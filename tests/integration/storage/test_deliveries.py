"""Deliveries: they only ever move forward, each text is sealed, and receipts find them and are kept once."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import Connection, select, update

from domain.delivery import ChannelName, DeliveryState, Receipt
from scheduler.receipts import receive_all
from storage import deliveries, receipts, verdicts
from storage.deliveries import Attempt
from storage.schema import delivery, receipt
from storage.verdicts import Ruling
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import AnyRow, Street, delivery_rows, lane_id, put

LATER = NOW + timedelta(minutes=5)
OPEN = {DeliveryState.SENDING, DeliveryState.UNKNOWN}
WORDS = "Слушание 9 июня. Court at 9:30."


def attempt(connection: Connection, street: Street, party: int = 0) -> int:
    [delivery_id] = deliveries.new_ids(connection, 1)
    endpoint_id = street.scene.parties[party].endpoint_id
    assert endpoint_id is not None
    one = Attempt(
        id=delivery_id,
        notice_id=put(connection, street, party),
        endpoint_id=endpoint_id,
        number=2,
        text=WORDS,
        language="ru",
        segments=3,
    )
    deliveries.add(connection, [one], lane_id=lane_id(connection), now=NOW)
    return delivery_id


def set_state(connection: Connection, delivery_id: int, state: DeliveryState) -> None:
    values = {"state": state, "ask_at": NOW, "settled_at": None, "error_code": None, "provider_id": None}
    connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(values))


def row_of(connection: Connection, delivery_id: int) -> AnyRow:
    return connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()


def said(
    state: DeliveryState, delivery_id: int | None = None, *, provider: str | None = "SM1", code: str | None = None
) -> Receipt:
    return Receipt(delivery_id=delivery_id, provider_id=provider, state=state, error_code=code)


def test_an_attempt_is_written_down_sealed_before_it_is_made(any_connection: Connection, any_street: Street) -> None:
    attempt(any_connection, any_street)

    [row] = delivery_rows(any_connection)
    assert (row.state, row.attempt, row.language, row.segments) == (DeliveryState.SENDING, 2, "ru", 3)
    assert (row.created_at, row.settled_at, row.ask_at, row.asked) == (NOW, None, None, 0)
    assert b"9:30" not in row.text


def test_a_receipt_moves_a_delivery_to_a_higher_rank_and_never_back(
    any_connection: Connection, any_street: Street
) -> None:
    delivery_id = attempt(any_connection, any_street)
    for before, after in product(DeliveryState, repeat=2):
        set_state(any_connection, delivery_id, before)

        [moved] = receipts.advance(any_connection, [(delivery_id, said(after, code="30003"))], now=LATER)

        row = row_of(any_connection, delivery_id)
        assert moved is (after.rank > before.rank), (before, after)
        assert row.state is (after if moved else before)
        expected = (LATER, None, "SM1", "30003") if moved else (None, NOW, None, None)
        assert (row.settled_at, row.ask_at, row.provider_id, row.error_code) == expected


def test_a_receipt_knows_better_than_a_look_up_which_text_is_ours_and_its_code_is_cut_to_size(
    any_connection: Connection, any_street: Street
) -> None:
    delivery_id = attempt(any_connection, any_street)
    deliveries.accepted(any_connection, {delivery_id: "SM1"}, now=NOW)
    failed = said(DeliveryState.FAILED, provider="SM2", code="c" * 99)
    receipts.advance(any_connection, [(delivery_id, failed)], now=LATER)
    assert (row_of(any_connection, delivery_id).provider_id, row_of(any_connection, delivery_id).error_code) == (
        "SM2",
        "c" * 48,
    )
    receipts.advance(any_connection, [(delivery_id, said(DeliveryState.DELIVERED, provider=None))], now=LATER)
    assert row_of(any_connection, delivery_id).provider_id == "SM2"


@pytest.mark.parametrize("state", DeliveryState)
def test_our_own_answer_settles_what_is_open_and_leaves_what_a_receipt_said(
    any_connection: Connection, any_street: Street, state: DeliveryState
) -> None:
    taken, refused, lost = (attempt(any_connection, any_street, party) for party in range(3))
    for key in (taken, refused, lost):
        set_state(any_connection, key, state)

    deliveries.accepted(any_connection, {taken: "SM7"}, now=LATER)
    was_open = deliveries.refused(any_connection, refused, code="x" * 60, now=LATER)
    deliveries.unknown(any_connection, {lost: "network.TimeoutError"}, ask_at=LATER)

    one, two, three = (row_of(any_connection, key) for key in (taken, refused, lost))
    assert (one.state, one.provider_id, one.ask_at) == (
        DeliveryState.ACCEPTED if state in OPEN else state,
        "SM7",
        None,
    )
    assert was_open is (state in OPEN)
    assert (two.state, two.error_code) == ((DeliveryState.FAILED, "x" * 48) if was_open else (state, None))
    is_lost = state is DeliveryState.SENDING
    assert three.state is (DeliveryState.UNKNOWN if is_lost else state)
    assert (three.ask_at, three.error_code) == ((LATER, "network.TimeoutError") if is_lost else (NOW, None))


def test_many_answers_at_once_go_each_to_its_own_delivery(any_connection: Connection, any_street: Street) -> None:
    ids = [attempt(any_connection, any_street, party) for party in range(3)]
    deliveries.accepted(any_connection, {key: f"SM'{key}" for key in ids[:2]}, now=NOW)
    deliveries.accepted(any_connection, {}, now=NOW)
    deliveries.unknown(any_connection, {}, ask_at=NOW)

    assert [row_of(any_connection, key).provider_id for key in ids] == [f"SM'{ids[0]}", f"SM'{ids[1]}", None]


def test_the_provider_is_asked_about_what_is_due_once_at_a_time_the_longest_due_first(
    any_connection: Connection, any_street: Street
) -> None:
    ids = [attempt(any_connection, any_street, party) for party in range(3)]
    for minutes, key in enumerate(reversed(ids)):
        deliveries.unknown(any_connection, {key: "network"}, ask_at=NOW + timedelta(minutes=minutes))
    until = NOW + timedelta(hours=1)
    assert (
        deliveries.take_unknown(
            any_connection, channels=list(ChannelName), now=NOW - timedelta(seconds=1), limit=9, until=until
        )
        == []
    )

    [first] = deliveries.take_unknown(any_connection, channels=list(ChannelName), now=LATER, limit=1, until=until)
    rest = deliveries.take_unknown(any_connection, channels=list(ChannelName), now=LATER, limit=9, until=until)

    assert first.id == ids[2]
    assert [row.id for row in rest] == ids[:2]
    assert deliveries.take_unknown(any_connection, channels=list(ChannelName), now=LATER, limit=9, until=until) == []
    assert [deliveries.still_unknown(any_connection, key) for key in ids] == [1, 1, 1]
    message = deliveries.as_message(any_connection, first)
    assert (message.id, message.text, message.attempted_at) == (ids[2], WORDS, NOW)
    assert message.to.channel is ChannelName.SMS
    deliveries.ask_again(any_connection, ids[0], at=None)
    deliveries.accepted(any_connection, {ids[1]: "SM1"}, now=NOW)
    deliveries.ask_again(any_connection, ids[1], at=NOW)
    again = deliveries.take_unknown(
        any_connection, channels=list(ChannelName), now=until, limit=9, until=until + timedelta(hours=1)
    )
    assert [row.id for row in again] == [ids[2]]
    assert [deliveries.still_unknown(any_connection, key) for key in ids] == [1, None, 2]


def test_a_receipt_finds_its_delivery_by_our_id_else_by_the_providers_and_on_its_own_channel_only(
    any_connection: Connection, any_street: Street
) -> None:
    first, second = attempt(any_connection, any_street, 0), attempt(any_connection, any_street, 1)
    deliveries.accepted(any_connection, {first: "SM1", second: "SM2"}, now=NOW)
    done = DeliveryState.DELIVERED

    def find(one: Receipt, channel: ChannelName = ChannelName.SMS) -> int | None:
        [row] = receipts.find(any_connection, [one], channel)
        return None if row is None else row.id

    assert find(said(done, first, provider="SM2")) == first
    assert find(said(done, provider="SM2")) == second
    assert find(said(done, provider="SM3")) is None
    assert find(said(done, provider=None)) is None
    assert find(said(done, 10**6)) is None
    assert find(said(done, first), ChannelName.TELEGRAM) is None


@pytest.mark.parametrize("code", [None, "30003", "a code that is longer than any that a provider has sent so far"])
def test_a_receipt_is_kept_once(any_connection: Connection, any_street: Street, code: str | None) -> None:
    delivery_id = attempt(any_connection, any_street)
    one = said(DeliveryState.UNDELIVERED, delivery_id, code=code)
    other = said(DeliveryState.UNDELIVERED, delivery_id, code="30005")

    for several in ([one, one, other], [other, one]):
        receive_all(any_connection, several, channel=ChannelName.SMS, now=NOW)

    kept = [
        (delivery_id, DeliveryState.UNDELIVERED, code and code[:48]),
        (delivery_id, DeliveryState.UNDELIVERED, "30005"),
    ]
    assert receipts.kept(any_connection, [delivery_id]) == set(kept)
    assert len(any_connection.execute(select(receipt)).all()) == 2


def test_verdicts_come_back_with_their_inputs_in_their_order(any_connection: Connection, any_street: Street) -> None:
    ids = [put(any_connection, any_street, party) for party in range(2)]
    inputs = {"today": 3, "quiet": True, "standing": "granted", "nested": {"a": [1, None]}}
    rulings = [
        Ruling(ids[0], "hold", "quiet_hours", inputs, LATER),
        Ruling(ids[1], "drop", "revoked", {}),
        Ruling(ids[0], "send", "ok", {"today": 4}),
    ]
    verdicts.add(any_connection, rulings, now=NOW)
    verdicts.add(any_connection, [], now=NOW)

    found = verdicts.of_notices(any_connection, [ids[0]])
    assert [(row.decision, row.reason, row.until, row.inputs, row.at) for row in found] == [
        ("hold", "quiet_hours", LATER, inputs, NOW),
        ("send", "ok", None, {"today": 4}, NOW),
    ]
    assert len(verdicts.of_notices(any_connection, ids)) == 3
