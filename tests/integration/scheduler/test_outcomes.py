"""What a provider answers: each of its four words has its own way on, and none of them loses a notice."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from domain.consent import ConsentAction, Evidence
from domain.delivery import ChannelName, Consequence, Deferred, DeliveryState, Rejected, SendOutcome, Sent, Unknown
from domain.gate import EndpointState
from domain.notice import NoticeState
from scheduler.consequences import ATTEMPTS, LONGEST_BACK_OFF
from storage import consents, endpoints, lanes
from storage.database import Database
from storage.schema import endpoint, lane
from tests.fixtures.facts import NOW
from tests.fixtures.outbox import delivery_rows, notice_rows, one_notice, phone, put, put_all, tasks
from tests.fixtures.sending import Desk, open_desk


async def sent_with(desk: Desk, *outcomes: SendOutcome, expires_at: datetime = NOW + timedelta(days=3)) -> None:
    """Put one notice in and let the channel answer as scripted."""
    desk.sms.will(*outcomes)
    await desk.db.write(lambda c: put(c, desk.street, expires_at=expires_at))
    await desk.drain()


async def test_a_deferred_notice_is_tried_again_when_the_provider_said_and_sent_once(desk: Desk) -> None:
    await sent_with(desk, Deferred("twilio.30001", retry_after=timedelta(seconds=30)))

    assert await desk.drain() == 0, "not before the provider said"
    desk.clock.advance(timedelta(seconds=30))
    assert await desk.drain() == 1

    row = await desk.db.read(one_notice)
    first, second = await desk.db.read(delivery_rows)
    assert (row.state, row.attempts, row.delivery_id) == (NoticeState.SENT, 2, second.id)
    assert (first.state, first.error_code, first.attempt) == (DeliveryState.FAILED, "twilio.30001", 1)
    assert len(desk.sms.sent) == 1


async def test_what_never_left_does_not_count_as_told(desk: Desk) -> None:
    await sent_with(desk, Deferred("http.unreachable"))

    row = await desk.db.read(one_notice)
    assert (row.state, row.left_at, row.reason) == (NoticeState.PLANNED, None, "http.unreachable")


@pytest.mark.parametrize("consequence", [Consequence.NONE, Consequence.LANE_BROKEN])
async def test_a_lane_that_must_rest_pauses_alone_and_costs_no_attempt(desk: Desk, consequence: Consequence) -> None:
    rest = timedelta(seconds=90)
    await sent_with(desk, Deferred("twilio.429", retry_after=rest, lane_wide=True, consequence=consequence))

    row = await desk.db.read(one_notice)
    lane_rows = {one.key: one.paused_until for one in await desk.db.read(lambda c: list(c.execute(select(lane)).all()))}
    assert (row.state, row.attempts) == (NoticeState.PLANNED, 0)
    assert lane_rows == {"sms:default": NOW + rest, "telegram:default": None}
    desk.clock.advance(rest - timedelta(seconds=1))
    assert await desk.drain() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert await desk.drain() == 1


async def test_a_notice_that_will_not_leave_is_given_up_after_its_attempts_and_the_desk_is_told(
    sqlite_desk: Desk,
) -> None:
    desk = sqlite_desk
    desk.sms.will(*[Deferred("twilio.14107")] * (ATTEMPTS + 5))
    await desk.db.write(lambda c: put(c, desk.street))

    for _ in range(ATTEMPTS):
        assert await desk.drain() == 1
        desk.clock.advance(LONGEST_BACK_OFF * 2)

    assert await desk.drain() == 0
    assert (await desk.db.read(one_notice)).state is NoticeState.FAILED
    assert await desk.db.read(tasks) == ["failed"]


async def test_back_off_never_reaches_past_the_end_and_what_is_too_late_expires(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    ends = NOW + timedelta(minutes=10)
    await sent_with(desk, Deferred("x", retry_after=timedelta(hours=2)), Deferred("x"), expires_at=ends)
    row = await desk.db.read(one_notice)
    assert row.due_at == NOW + timedelta(minutes=5), "half-way, rather than never"

    desk.clock.advance(timedelta(minutes=9, seconds=30))
    await desk.drain()

    assert (await desk.db.read(one_notice)).state is NoticeState.EXPIRED
    assert await desk.db.read(tasks) == ["not_reminded"]


async def test_a_rejected_notice_fails_with_its_code_and_is_never_tried_again(desk: Desk) -> None:
    await sent_with(desk, Rejected("twilio.21617"))

    row = await desk.db.read(one_notice)
    assert (row.state, row.reason, row.left_at) == (NoticeState.FAILED, "twilio.21617", None)
    assert await desk.db.read(tasks) == ["failed"]
    desk.clock.advance(timedelta(hours=5))
    assert await desk.drain() == 0


async def test_an_opt_out_at_the_carrier_is_mirrored_and_nothing_more_leaves(desk: Desk) -> None:
    await desk.db.write(lambda c: put(c, desk.street, due_at=NOW + timedelta(hours=1)))
    await sent_with(desk, Rejected("twilio.21610", Consequence.OPTED_OUT))

    refused, waiting = sorted(await desk.db.read(notice_rows), key=lambda row: -row.id)
    where = desk.street.scene.parties[0].endpoint_id
    assert where is not None
    way = await desk.db.read(lambda c: endpoints.get(c, where))
    said = (await desk.db.read(lambda c: consents.of_endpoints(c, [where])))[where][-1]
    assert (refused.state, waiting.state) == (NoticeState.FAILED, NoticeState.DROPPED)
    assert waiting.reason == "carrier_stopped"
    assert way.carrier_stopped
    assert (said.action, said.evidence, said.is_whole) == (ConsentAction.REVOKED, Evidence.CARRIER, True)


async def also_by_sms(desk: Desk, *, consented: bool) -> int:
    """Give the first person of a Telegram street a phone as well."""

    def link(connection: Connection) -> int:
        [sms] = lanes.ids(connection, ["sms:default"])
        scene = desk.street.scene
        way = endpoints.find_or_add(connection, phone(7), lane_id=sms, now=NOW)
        endpoints.link(
            connection, person_id=scene.parties[0].person_id, endpoint_id=way.id, source="feed", preference=0, now=NOW
        )
        old = scene.parties[0].endpoint_id
        assert old is not None
        if consented:
            for event in consents.of_endpoints(connection, [old])[old]:
                consents.add(connection, way.id, event)
        return way.id

    return await desk.db.write(link)


@pytest.mark.parametrize("consequence", [Consequence.DEAD_ADDRESS, Consequence.OPTED_OUT])
async def test_a_blocked_bot_falls_back_to_the_phone_that_agreed_and_the_desk_hears_once(
    any_db: Database, consequence: Consequence
) -> None:
    desk = await open_desk(any_db, channel=ChannelName.TELEGRAM)
    by_phone = await also_by_sms(desk, consented=True)
    desk.telegram.will(Rejected("telegram.blocked", consequence))
    await desk.db.write(lambda c: [put(c, desk.street), put(c, desk.street, due_at=NOW + timedelta(hours=2))])

    await desk.dispatcher.drain_all()

    assert len(desk.sms.sent) == 1, "the refused one went by SMS at once"
    assert desk.sms.sent[0].to == phone(7)
    states = {row.state: row.endpoint_id for row in await desk.db.read(notice_rows)}
    assert states == {NoticeState.SENT: by_phone, NoticeState.PLANNED: by_phone}
    where = select(endpoint).where(endpoint.c.channel == ChannelName.TELEGRAM)
    over = await desk.db.read(lambda c: c.execute(where).one())
    assert (over.state is EndpointState.DEAD) is not over.carrier_stopped
    assert await desk.db.read(tasks) == ["unreachable"]


@pytest.mark.parametrize("has_phone", [False, True], ids=["no other way", "a phone that never agreed"])
async def test_without_another_way_that_agreed_a_dead_address_is_work_for_the_desk(
    any_db: Database, *, has_phone: bool
) -> None:
    desk = await open_desk(any_db, channel=ChannelName.TELEGRAM)
    if has_phone:
        await also_by_sms(desk, consented=False)
    desk.telegram.will(Rejected("telegram.blocked", Consequence.DEAD_ADDRESS))
    await desk.db.write(lambda c: [put(c, desk.street), put(c, desk.street, due_at=NOW + timedelta(hours=2))])

    await desk.dispatcher.drain_all()

    assert desk.sms.sent == []
    ends = [(row.state, row.reason) for row in await desk.db.read(notice_rows)]
    assert ends == [(NoticeState.FAILED, "endpoint_dead"), (NoticeState.DROPPED, "endpoint_dead")]
    assert await desk.db.read(tasks) == ["unreachable"]


async def test_an_unknown_outcome_is_neither_repeated_nor_forgotten(desk: Desk) -> None:
    await sent_with(desk, Unknown("http.timeout"))

    row, [sent] = await desk.db.read(one_notice), await desk.db.read(delivery_rows)
    assert (row.state, sent.state, sent.error_code) == (NoticeState.UNKNOWN, DeliveryState.UNKNOWN, "http.timeout")
    assert sent.ask_at == NOW + timedelta(minutes=5)
    desk.clock.advance(timedelta(hours=1))
    assert await desk.drain() == 0


class Raising:
    """A channel with a bug."""

    async def send(self, message: object) -> SendOutcome:
        raise LookupError

    find = send


async def test_a_channel_that_raises_leaves_its_notice_unknown_and_the_lane_going(db: Database) -> None:
    desk = await open_desk(db, wire=Raising())  # type: ignore[arg-type]  # what a bug does keeps no contract
    await desk.db.write(lambda c: put(c, desk.street))

    await desk.drain()

    assert (await desk.db.read(one_notice)).state is NoticeState.UNKNOWN


async def test_every_outcome_of_one_batch_is_settled_by_itself(any_db: Database) -> None:
    desk = await open_desk(any_db, 4)
    desk.sms.will(Sent("one"), Deferred("two"), Rejected("three"), Unknown("four"))
    await desk.db.write(lambda c: put_all(c, desk.street))

    assert await desk.drain() == 4

    assert sorted(row.state for row in await desk.db.read(notice_rows)) == ["failed", "planned", "sent", "unknown"]
