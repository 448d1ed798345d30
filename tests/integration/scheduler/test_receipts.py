"""Receipts in every order, repeated, early and late: a delivery only moves forward, and what follows happens once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from domain.consent import ConsentAction
from domain.delivery import ChannelName, Consequence, DeliveryState, Receipt, Sent
from domain.gate import EndpointState
from domain.notice import NoticeKind, NoticeState
from scheduler import dispatch
from scheduler.receipts import Reception, apply_receipt
from storage import consents, endpoints
from storage.database import Database
from storage.schema import delivery, endpoint, hearing, notice, receipt
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import Street, add_street, delivery_rows, lane_id, notice_rows, one_notice, phone, put, tasks
from tests.fixtures.properties import examples
from tests.fixtures.sending import Desk

S = DeliveryState
JOURNEYS = st.sampled_from(
    [
        (S.ACCEPTED, S.SENT, S.DELIVERED),
        (S.ACCEPTED, S.SENT, S.UNDELIVERED),
        (S.SENT, S.UNDELIVERED, S.DELIVERED),
        (S.SENT, S.FAILED),
        (S.SENT, S.DELIVERED, S.READ),
    ]
)
ENDS = {S.ACCEPTED: "sent", S.SENT: "sent", S.UNDELIVERED: "failed", S.FAILED: "failed"}


async def one_sent(desk: Desk) -> int:
    """Send one notice; return its delivery."""
    await desk.db.write(lambda c: put(c, desk.street))
    await desk.drain()
    [sent] = await desk.db.read(delivery_rows)
    return int(sent.id)


async def receive(desk: Desk, *receipts: Receipt, channel: ChannelName = ChannelName.SMS) -> list[Reception]:
    """Apply receipts, each in a unit of work of its own."""
    now = desk.clock.now()
    return [await desk.db.write(partial(apply_receipt, receipt=one, channel=channel, now=now)) for one in receipts]


async def test_a_receipt_moves_its_delivery_forward_and_ends_its_notice(desk: Desk) -> None:
    ours = await one_sent(desk)

    assert await receive(desk, Receipt(ours, "mem-1", S.SENT), Receipt(ours, "mem-1", S.DELIVERED)) == ["moved"] * 2

    row, [sent] = await desk.db.read(one_notice), await desk.db.read(delivery_rows)
    assert (row.state, row.ended_at, sent.state) == (NoticeState.DELIVERED, NOW, S.DELIVERED)


async def test_repeated_late_and_strange_receipts_are_harmless(desk: Desk) -> None:
    ours = await one_sent(desk)
    strange = [Receipt(ours + 99, None, S.FAILED), Receipt(None, "SM-nobody", S.FAILED), Receipt(None, None, S.SENT)]

    worth = await receive(
        desk, Receipt(ours, None, S.DELIVERED), Receipt(ours, None, S.DELIVERED), Receipt(ours, None, S.SENT), *strange
    )

    assert worth == ["moved", "known", "known", "strange", "strange", "strange"]
    assert (await desk.db.read(one_notice)).state is NoticeState.DELIVERED
    kept = await desk.db.read(lambda c: list(c.execute(select(receipt.c.state)).scalars()))
    assert kept == [S.DELIVERED, S.SENT], "each thing said is kept once"


async def test_a_receipt_of_another_channel_is_none_of_ours(desk: Desk) -> None:
    ours = await one_sent(desk)

    assert await receive(desk, Receipt(ours, None, S.FAILED), channel=ChannelName.TELEGRAM) == ["strange"]


async def test_without_our_id_the_providers_finds_the_delivery(desk: Desk) -> None:
    await one_sent(desk)

    assert await receive(desk, Receipt(None, "mem-1", S.DELIVERED)) == ["moved"]


async def test_a_receipt_that_comes_before_the_answer_survives_it(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street))
    work = partial(dispatch.prepare, lane_id=desk.lane, courts=desk.street.scene.courts, now=NOW, limit=10)
    [message] = (await desk.db.write(work)).messages
    await receive(desk, Receipt(message.id, None, S.DELIVERED))

    answered = [(message, Sent("SM-late"))]
    await desk.db.write(partial(dispatch.settle, outcomes=answered, lane_id=desk.lane, now=NOW))

    row, [sent] = await desk.db.read(one_notice), await desk.db.read(delivery_rows)
    assert (row.state, sent.state, sent.provider_id) == (NoticeState.DELIVERED, S.DELIVERED, "SM-late")


async def test_a_phone_that_was_off_is_tried_again_hours_later_and_at_most_twice(desk: Desk) -> None:
    await one_sent(desk)
    for attempt in range(1, 4):
        [*_, last] = await desk.db.read(delivery_rows)
        await receive(desk, Receipt(last.id, None, S.UNDELIVERED, "twilio.30003", may_retry=True))
        assert await desk.drain() == 0
        desk.clock.advance(timedelta(hours=2))
        assert await desk.drain() == (1 if attempt < 3 else 0)

    assert len(desk.sms.sent) == 3
    assert (await desk.db.read(one_notice)).state is NoticeState.FAILED
    assert await desk.db.read(tasks) == ["failed"]


async def test_a_late_delivered_stops_the_second_try(desk: Desk) -> None:
    ours = await one_sent(desk)
    await receive(desk, Receipt(ours, None, S.UNDELIVERED, "twilio.30003", may_retry=True))
    await receive(desk, Receipt(ours, None, S.DELIVERED))

    desk.clock.advance(timedelta(hours=3))
    assert await desk.drain() == 0
    assert (await desk.db.read(one_notice)).state is NoticeState.DELIVERED


async def test_a_dead_address_that_turns_out_alive_is_alive(desk: Desk) -> None:
    ours = await one_sent(desk)
    await receive(desk, Receipt(ours, None, S.UNDELIVERED, "twilio.30005", Consequence.DEAD_ADDRESS))
    states = lambda c: c.execute(select(endpoint.c.state)).scalar_one()  # noqa: E731 - read twice
    assert await desk.db.read(states) is EndpointState.DEAD

    await receive(desk, Receipt(ours, None, S.DELIVERED))

    assert await desk.db.read(states) is EndpointState.ACTIVE


async def test_an_opt_out_counts_however_late_it_is_said(desk: Desk) -> None:
    ours = await one_sent(desk)
    opted_out = Receipt(ours, None, S.FAILED, "twilio.21610", Consequence.OPTED_OUT)

    await receive(desk, Receipt(ours, None, S.DELIVERED), opted_out, opted_out)

    stopped = select(endpoint.c.carrier_stopped)
    assert await desk.db.read(lambda c: c.execute(stopped).scalar_one())
    assert (await desk.db.read(one_notice)).state is NoticeState.DELIVERED


async def says(desk: Desk, *words: str) -> None:
    """Let the first of the street write, a minute after the other."""

    def write(connection: Connection, text: str) -> list[str]:
        courts = desk.street.scene.courts
        return Phone(connection, courts, number=phone(0).value, now=desk.clock.now()).text(text)

    for text in words:
        desk.clock.advance(timedelta(minutes=1))
        await desk.db.write(partial(write, text=text))


async def test_an_opt_out_that_a_text_met_before_start_does_not_undo_it_and_the_text_goes_again(desk: Desk) -> None:
    ours = await one_sent(desk)
    opted_out = Receipt(ours, None, S.FAILED, "twilio.21610", Consequence.OPTED_OUT)
    await says(desk, "STOP", "START")

    await receive(desk, opted_out, opted_out)

    way = await desk.db.read(lambda c: endpoints.get(c, 1))
    [event, *_] = reversed((await desk.db.read(lambda c: consents.of_endpoints(c, [1])))[1])
    assert not way.carrier_stopped
    assert event.action is ConsentAction.GRANTED
    desk.clock.advance(timedelta(minutes=5))
    await desk.dispatcher.drain_all()
    texts = (await desk.db.read(notice_rows))[0]
    assert (texts.state, texts.attempts) == (NoticeState.SENT, 2)


async def test_an_opt_out_that_a_text_met_before_start_is_not_taken_up_from_a_late_receipt(desk: Desk) -> None:
    ours = await one_sent(desk)
    opted_out = Receipt(ours, None, S.FAILED, "twilio.21610", Consequence.OPTED_OUT)
    await receive(desk, Receipt(ours, None, S.DELIVERED))
    await says(desk, "STOP", "START")

    await receive(desk, opted_out)

    assert not (await desk.db.read(lambda c: endpoints.get(c, 1))).carrier_stopped


async def test_an_opt_out_that_a_text_met_after_start_counts(desk: Desk) -> None:
    await says(desk, "STOP", "START")
    desk.clock.advance(timedelta(minutes=1))
    await desk.db.write(lambda c: put(c, desk.street, due_at=desk.clock.now()))
    await desk.dispatcher.drain_all()
    ours = await desk.db.read(lambda c: c.execute(select(func.max(delivery.c.id))).scalar_one())

    await receive(desk, Receipt(ours, None, S.FAILED, "twilio.21610", Consequence.OPTED_OUT))

    assert (await desk.db.read(lambda c: endpoints.get(c, 1))).carrier_stopped


async def test_a_correction_waits_for_the_message_it_corrects_and_comes_last(desk: Desk) -> None:
    ours = await one_sent(desk)

    def change(connection: Connection) -> None:
        connection.execute(update(hearing).values(revision=2, starts_at=NOW + timedelta(days=5)))
        put(connection, desk.street, kind=NoticeKind.CORRECTION, revision=2, told_revision=1, changed="moved_earlier")

    await desk.db.write(change)
    assert await desk.drain() == 1
    _, correction = await desk.db.read(notice_rows)
    assert (correction.state, correction.reason) == (NoticeState.HELD, "earlier_on_its_way")
    assert await desk.drain() == 0

    await receive(desk, Receipt(ours, None, S.DELIVERED))
    assert await desk.drain() == 1

    assert len(desk.sms.sent) == 2
    _, correction = await desk.db.read(notice_rows)
    assert correction.state is NoticeState.SENT


async def test_a_correction_does_not_wait_for_ever(desk: Desk) -> None:
    await one_sent(desk)

    def change(connection: Connection) -> None:
        connection.execute(update(hearing).values(revision=2, starts_at=NOW + timedelta(days=5)))
        put(connection, desk.street, kind=NoticeKind.CORRECTION, revision=2, told_revision=1, changed="moved_earlier")

    await desk.db.write(change)
    await desk.drain()
    desk.clock.advance(timedelta(minutes=15))

    assert await desk.drain() == 1
    assert len(desk.sms.sent) == 2


_numbers = count(1)
_streets: dict[int, Street] = {}


async def _the_street(db: Database) -> Street:
    """The street of this database, made once: the examples of a property share it."""
    if id(db) not in _streets:
        _streets[id(db)] = await db.write(add_street)
    return _streets[id(db)]


def shuffled(journey: Sequence[DeliveryState], choose: st.DataObject) -> list[DeliveryState]:
    """Return a journey's receipts with some of them repeated, in any order."""
    copies = choose.draw(st.lists(st.sampled_from(journey), max_size=3))
    return list(choose.draw(st.permutations([*journey, *copies])))


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(journey=JOURNEYS, choose=st.data(), settled_after=st.integers(0, 4))
async def test_the_order_of_receipts_and_of_our_own_answer_changes_nothing_in_the_end(
    db: Database, journey: tuple[DeliveryState, ...], choose: st.DataObject, settled_after: int
) -> None:
    order = shuffled(journey, choose)
    street = await _the_street(db)

    def play(connection: Connection) -> tuple[DeliveryState, NoticeState, list[int]]:
        number = put(connection, street, dedupe_key=f"journey:{next(_numbers)}")
        lane = lane_id(connection)
        batch = dispatch.prepare(connection, lane_id=lane, courts=street.scene.courts, now=NOW, limit=1)
        [message] = batch.messages
        seen = []
        for place, state in enumerate(order):
            if place == min(settled_after, len(order)):
                dispatch.settle(connection, [(message, Sent("SM1"))], lane_id=lane, now=NOW)
            apply_receipt(connection, Receipt(message.id, None, state), channel=ChannelName.SMS, now=NOW)
            now_at = connection.execute(select(delivery.c.state).where(delivery.c.id == message.id)).scalar_one()
            seen.append(int(now_at.rank))
        if settled_after >= len(order):
            dispatch.settle(connection, [(message, Sent("SM1"))], lane_id=lane, now=NOW)
        last = connection.execute(select(delivery.c.state).where(delivery.c.id == message.id)).scalar_one()
        end = connection.execute(select(notice.c.state).where(notice.c.id == number)).scalar_one()
        connection.execute(delivery.update().values(created_at=NOW - timedelta(days=9)))
        return last, end, seen

    last, end, seen = db.write_now(play)

    assert last is max(journey, key=lambda state: state.rank)
    assert end == ENDS.get(last, "delivered")
    assert seen == sorted(seen), "never backwards"


async def test_a_receipt_of_a_text_to_somebody_else_is_none_of_ours_whatever_its_number(desk: Desk) -> None:
    ours = await one_sent(desk)
    [there, here] = (
        Receipt(ours, f"SM{to}", S.UNDELIVERED, consequence=Consequence.DEAD_ADDRESS, to=phone(to).value)
        for to in (1, 0)
    )

    assert await receive(desk, there) == [Reception.STRANGE]
    [sent] = await desk.db.read(delivery_rows)
    assert (sent.state, sent.provider_id) == (S.ACCEPTED, "mem-1")
    assert await receive(desk, here) == [Reception.MOVED]


async def test_a_provider_that_writes_the_number_in_another_way_is_understood_by_the_texts_name(desk: Desk) -> None:
    ours = await one_sent(desk)

    assert await receive(desk, Receipt(ours, "mem-1", S.DELIVERED, to="9075550100")) == [Reception.MOVED]
