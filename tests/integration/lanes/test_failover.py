"""Fail-over: a notice that can no longer wait for its lane goes another way, once, and only if it never left."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, insert, select, update

from domain.delivery import ChannelName, Deferred, Unknown
from domain.notice import NoticeKind, NoticeState
from domain.roles import Role
from handlers.why import explain
from scheduler import failover
from storage import breaker, consents, endpoints, lanes
from storage.database import Database
from storage.schema import endpoint, hearing, notice, participation, person, verdict
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import NOW, PartySpec
from tests.fixtures.lanes import FIRST, Stand, court_file, open_stand, sender
from tests.fixtures.outbox import chat, later, phone, tasks

BOT, SMS = "telegram:default", "sms:default"
AFTER = timedelta(minutes=30)


async def bot_and_phone(db: Database, *, consented: bool = True, failover_table: str = "") -> Stand:
    """One person with a chat, liked better, and a phone that may have agreed; the hearing is ten days away."""
    stand = await open_stand(db, court_file(failover=failover_table), [PartySpec(address=chat(1))])
    await db.write(lambda c: add_phone(c, stand, consented=consented))
    return stand


def add_phone(connection: Connection, stand: Stand, *, consented: bool) -> None:
    """Give the person of a stand a phone as well."""
    [party] = stand.scene.parties
    assert party.endpoint_id is not None
    home = lanes.choose(connection, stand.scene.court, phone(1).channel, phone(1))
    way = endpoints.find_or_add(connection, phone(1), lane_id=home, now=NOW)
    endpoints.link(connection, person_id=party.person_id, endpoint_id=way.id, source="feed", preference=-1, now=NOW)
    for event in consents.of_endpoints(connection, [party.endpoint_id])[party.endpoint_id] if consented else ():
        consents.add(connection, way.id, event)


def read_along(connection: Connection, *, stand: Stand, role: Role) -> None:
    """Let somebody else who has a seat in the case read the phone as well."""
    values = {"court_id": stand.scene.court_id, "party_key": "z", "is_minor": False, "in_custody": False}
    added = connection.execute(insert(person).values(created_at=NOW, **values).returning(person.c.id)).scalar_one()
    seat = {"case_id": stand.scene.case_id, "person_id": added, "role": role, "created_at": NOW}
    connection.execute(insert(participation).values(seat))
    way = endpoints.find(connection, phone(1))
    assert way is not None
    endpoints.link(connection, person_id=added, endpoint_id=way.id, source="feed", preference=0, now=NOW)


async def break_lane(stand: Stand, key: str = BOT) -> None:
    """Break a lane now; its canaries come as late as they can."""
    lane = (await stand.lane(key)).id
    now = stand.clock.now()
    await stand.db.write(lambda c: breaker.trip(c, lane, code="http.unreachable", probe=timedelta(minutes=5), now=now))


async def sweep(stand: Stand) -> None:
    """Do what the metronome's beat does, then send what can go."""
    worker = stand.worker()
    await worker.reconcile()
    await worker.drain_all()


def left(stand: Stand) -> dict[str, int]:
    """How many texts left by each lane that sent any."""
    return {key: len(wire.sent) for key, wire in stand.wires.items() if wire.sent}


async def test_a_notice_waits_its_time_for_a_broken_lane_then_goes_to_the_phone_once(any_db: Database) -> None:
    stand = await bot_and_phone(any_db)
    await break_lane(stand)
    stand.wires[BOT].will(*[Deferred("http.unreachable")] * 99)
    mine = await stand.put()

    stand.clock.advance(AFTER - timedelta(minutes=6))
    await sweep(stand)
    assert left(stand) == {}, "not yet: the lane may come back"

    stand.clock.advance(timedelta(minutes=7))
    await sweep(stand)
    await sweep(stand)
    assert left(stand) == {SMS: 1}
    stand.wires[BOT].will()
    stand.clock.advance(timedelta(days=1))
    await sweep(stand)

    row = await stand.notice(mine)
    assert (row.state, row.attempts) == (NoticeState.SENT, 1)
    assert left(stand) == {SMS: 1}, "the bot being back changes nothing: it was told"


async def test_why_tells_which_way_it_went(db: Database) -> None:
    stand = await bot_and_phone(db, failover_table='after = "0m"')
    await break_lane(stand)
    await stand.put()
    await sweep(stand)

    [ruling] = await db.read(lambda c: list(c.execute(select(verdict).where(verdict.c.decision == "detour"))))
    assert ruling.reason == "lane.down"
    assert ruling.inputs["from_endpoint"] != ruling.inputs["to_endpoint"]
    assert explain("lane.down").startswith("Its sender was down")


@pytest.mark.parametrize(
    ("begins", "expires", "goes"),
    [
        (timedelta(days=10), timedelta(days=9), False),
        (timedelta(hours=23), timedelta(hours=22), True),
        (timedelta(days=10), timedelta(minutes=5), True),
    ],
    ids=["there is time", "the hearing is near", "it would expire"],
)
async def test_what_cannot_wait_goes_at_once(
    any_db: Database, *, begins: timedelta, expires: timedelta, goes: bool
) -> None:
    stand = await bot_and_phone(any_db)
    await any_db.write(lambda c: c.execute(update(hearing).values(starts_at=NOW + begins)))
    await break_lane(stand)
    await stand.put(expires_at=NOW + expires)

    await sweep(stand)

    assert left(stand) == ({SMS: 1} if goes else {})


@pytest.mark.parametrize(("rest", "goes"), [(timedelta(seconds=40), False), (timedelta(hours=2), True)])
async def test_a_short_rest_sends_nobody_round_and_a_long_one_is_like_a_broken_lane(
    db: Database, *, rest: timedelta, goes: bool
) -> None:
    stand = await bot_and_phone(db)
    lane = (await stand.lane(BOT)).id
    await db.write(lambda c: lanes.pause(c, lane, until=NOW + rest, reason="telegram.429"))
    await db.write(lambda c: c.execute(update(hearing).values(starts_at=NOW + timedelta(hours=20))))
    await stand.put(expires_at=later(hours=19))

    await sweep(stand)

    assert left(stand) == ({SMS: 1} if goes else {})


@pytest.mark.parametrize("state", [NoticeState.UNKNOWN, NoticeState.SENDING, NoticeState.SENT, NoticeState.PLANNED])
async def test_what_may_have_left_is_never_sent_round(any_db: Database, state: NoticeState) -> None:
    stand = await bot_and_phone(any_db, failover_table='after = "0m"')
    mine = await stand.put(left_at=NOW, state=state, leased_until=later(days=1))
    await break_lane(stand)
    stand.clock.advance(timedelta(minutes=1))

    await any_db.write(lambda c: failover.go_round(c, courts=stand.courts, now=stand.clock.now()))

    row = await stand.notice(mine)
    assert (row.state, row.endpoint_id) == (state, stand.scene.parties[0].endpoint_id)


async def test_the_texts_that_broke_the_lane_are_settled_not_sent_round_and_those_that_never_left_go(
    any_db: Database,
) -> None:
    stand = await bot_and_phone(any_db, failover_table='after = "1m"')
    stand.wires[BOT].will(Unknown("wire.timeout"), *[Deferred("http.unreachable")] * 30)
    unknown = await stand.put()
    waiting = await stand.put()
    for _ in range(12):
        await sweep(stand)
        stand.clock.advance(timedelta(seconds=20))

    assert (await stand.lane(BOT)).broken_since is not None or (await stand.lane(BOT)).faults
    assert (await stand.notice(unknown)).endpoint_id == stand.scene.parties[0].endpoint_id
    for _ in range(60):
        await sweep(stand)
        stand.clock.advance(timedelta(seconds=60))
    assert (await stand.notice(waiting)).state is NoticeState.SENT
    assert (await stand.notice(waiting)).endpoint_id != stand.scene.parties[0].endpoint_id


@pytest.mark.parametrize(
    "obstacle", ["never agreed", "phone is dead", "its lane is down too", "same lane", "a reply"], ids=str
)
async def test_it_stays_where_no_other_way_is_open(db: Database, obstacle: str) -> None:
    stand = await bot_and_phone(db, consented=obstacle != "never agreed", failover_table='after = "0m"')
    bot = (await stand.lane(BOT)).id
    changes = {"phone is dead": {"state": "dead"}, "same lane": {"lane_id": bot}}
    if obstacle in changes:
        on_phone = endpoint.c.channel == "sms"
        await db.write(lambda c: c.execute(update(endpoint).where(on_phone).values(changes[obstacle])))
    await break_lane(stand)
    if obstacle == "its lane is down too":
        await break_lane(stand, SMS)
    mine = await stand.put(kind=NoticeKind.REPLY if obstacle == "a reply" else NoticeKind.REMINDER)
    before = await stand.notice(mine)

    await db.write(lambda c: failover.go_round(c, courts=stand.courts, now=NOW))

    assert await stand.notice(mine) == before


async def test_a_whole_crowd_goes_round_in_pages_and_each_is_told_once(any_db: Database) -> None:
    many = failover.AT_ONCE + 5
    stand = await open_stand(any_db, court_file(failover='after = "0m"'), [PartySpec(address=chat(1))])
    await any_db.write(lambda c: add_phone(c, stand, consented=True))
    await stand.put_many([0], each=many)
    await break_lane(stand)

    await stand.worker().reconcile()

    phones = select(endpoint.c.id).where(endpoint.c.channel == "sms")
    rows = await any_db.read(lambda c: list(c.execute(select(notice.c.endpoint_id)).scalars()))
    assert set(rows) == set(await any_db.read(lambda c: c.execute(phones).scalars().all()))
    assert len(rows) == many


async def test_what_waits_on_a_sender_that_is_gone_is_found_by_the_beat(any_db: Database) -> None:
    stand = await open_stand(any_db, court_file(sender("sms", FIRST)), [PartySpec(address=phone(1))])
    default = (await stand.lane(SMS)).id
    mine = await stand.put()
    gone = (await stand.lane(f"sms:{FIRST}")).id
    await any_db.write(lambda c: c.execute(update(endpoint).values(lane_id=default)))
    await any_db.write(lambda c: lanes.ensure(c, [], now=NOW))
    assert (await stand.notice(mine)).lane_id == gone

    await sweep(stand)

    assert ((await stand.notice(mine)).state, left(stand)) == (NoticeState.SENT, {SMS: 1})


@pytest.mark.parametrize(("role", "goes"), [(Role.VICTIM, {}), (Role.ATTORNEY, {SMS: 1})])
async def test_nobody_goes_round_to_a_phone_that_the_other_side_reads(
    any_db: Database, role: Role, goes: dict[str, int]
) -> None:
    stand = await bot_and_phone(any_db)
    mine = await stand.put()
    await any_db.write(partial(read_along, stand=stand, role=role))
    await break_lane(stand)
    stand.wires[BOT].will(*[Deferred("http.unreachable")] * 99)

    stand.clock.advance(AFTER + timedelta(minutes=1))
    await sweep(stand)

    assert left(stand) == goes
    assert (await stand.notice(mine)).state is (NoticeState.SENT if goes else NoticeState.PLANNED)


async def test_nobody_goes_round_to_a_phone_abroad_that_the_desk_holds(any_db: Database) -> None:
    stand = await bot_and_phone(any_db)
    mine = await stand.put()
    await any_db.write(
        lambda c: c.execute(update(endpoint).where(endpoint.c.channel == "sms").values(foreign_held=True))
    )
    await break_lane(stand)
    stand.wires[BOT].will(*[Deferred("http.unreachable")] * 99)

    stand.clock.advance(AFTER + timedelta(minutes=1))
    await sweep(stand)

    assert (await stand.notice(mine)).state is NoticeState.PLANNED, "it waits for the bot"


async def gone_round(db: Database) -> tuple[Stand, int, int]:
    """Let a notice to a chat go round to the phone, where one of the phone's own waits; return both."""
    stand = await bot_and_phone(db)
    mine = await stand.put(kind=NoticeKind.CHANGE)
    await break_lane(stand)
    stand.clock.advance(AFTER)
    await stand.worker().reconcile()
    row = await stand.notice(mine)
    assert row.endpoint_id != stand.scene.parties[0].endpoint_id
    own = await stand.put(endpoint_id=row.endpoint_id, lane_id=row.lane_id)
    return stand, mine, own


async def test_a_stop_in_the_chat_ends_what_went_round_from_there_and_nothing_else(any_db: Database) -> None:
    stand, mine, own = await gone_round(any_db)
    courts, now = stand.courts, stand.clock.now()

    bot = ChannelName.TELEGRAM
    await any_db.write(lambda c: Phone(c, courts, number="1001", channel=bot, now=now).text("STOP"))

    ended = await stand.notice(mine)
    assert (ended.state, ended.reason) == (NoticeState.DROPPED, "stopped")
    assert (await stand.notice(own)).state is NoticeState.PLANNED
    assert await any_db.read(tasks) == ["stopped_but_changed"], "it told of a change"
    await stand.worker().drain_all()
    assert left(stand) == {SMS: 1, BOT: 1}, "its own, and the answer to STOP"
