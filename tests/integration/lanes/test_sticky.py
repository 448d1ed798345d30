"""Several senders: people are spread over them by their rates, and everybody keeps theirs for life."""

from collections import Counter

import pytest
from sqlalchemy import Connection, select, update

from domain.delivery import Address, ChannelName
from storage import endpoints, lanes, rehoming
from storage.database import Database
from storage.schema import endpoint, lane
from tests.fixtures.facts import NOW, PartySpec, apply_courts
from tests.fixtures.lanes import A_SECOND, FIRST, SECOND, THIRD, Stand, apply_file, court_file, open_stand, sender
from tests.fixtures.outbox import chat, phone

CROWD = 120
PEOPLE = [PartySpec(address=phone(number), name=f"Ada {number}") for number in range(CROWD)]
BOTH = (sender("sms", FIRST, rate=30, burst=30), sender("sms", SECOND, rate=10, burst=10))


async def test_new_people_are_spread_over_the_senders_by_their_rates(db: Database) -> None:
    stand = await open_stand(db, court_file(*BOTH), PEOPLE)

    found = Counter(await stand.homes())

    assert set(found) == {f"sms:{FIRST}", f"sms:{SECOND}"}
    assert 0.65 * CROWD < found[f"sms:{FIRST}"] < 0.85 * CROWD, "three quarters of the rate, so of the people"


async def test_other_channels_and_courts_without_senders_keep_the_installations_own(db: Database) -> None:
    people = [*PEOPLE[:5], PartySpec(address=chat(1), name="Bo")]

    assert (await (await open_stand(db, court_file(*BOTH), people)).homes())[-1] == "telegram:default"


@pytest.mark.parametrize(
    "changed",
    [
        court_file(*reversed(BOTH)),
        court_file(sender("sms", FIRST, rate=1, burst=1), sender("sms", SECOND, rate=900)),
        court_file(*BOTH, sender("sms", THIRD, rate=900)),
    ],
    ids=["reordered", "other rates", "one more"],
)
async def test_no_change_of_the_file_moves_anybody_whose_sender_is_still_there(any_db: Database, changed: str) -> None:
    stand = await open_stand(any_db, court_file(*BOTH), PEOPLE[:40])
    before = await stand.homes()

    await apply_file(stand, changed)
    moved = await any_db.write(lambda c: rehoming.rehome(c, stand.courts))
    await any_db.write(lambda c: find_all_again(c, stand))

    assert (moved, await stand.homes()) == (0, before)


def find_all_again(connection: Connection, stand: Stand) -> None:
    """See everybody's number once more, as an import does."""
    for spec in PEOPLE[: len(stand.scene.parties)]:
        assert spec.address is not None
        home = lanes.choose(connection, stand.scene.court, ChannelName.SMS, spec.address)
        endpoints.find_or_add(connection, spec.address, lane_id=home, now=NOW)


async def test_the_order_of_the_file_decides_nothing_for_new_people_either(db: Database) -> None:
    def where(connection: Connection, file: str) -> list[int]:
        court = next(iter(apply_courts(connection, {"example": file}).by_id.values()))
        return [lanes.choose(connection, court, ChannelName.SMS, phone(number)) for number in range(CROWD)]

    one = await db.write(lambda c: where(c, court_file(*BOTH)))
    other = await db.write(lambda c: where(c, court_file(*reversed(BOTH))))

    assert one == other


async def test_people_of_a_sender_that_is_gone_get_another_with_all_that_waits_and_the_rest_stay(
    any_db: Database,
) -> None:
    stand = await open_stand(any_db, court_file(*BOTH, sender("sms", THIRD, rate=20)), PEOPLE[:40])
    before = await stand.homes()
    waiting = await stand.put_many(range(40))

    await apply_file(stand, court_file(*BOTH))
    moved = await any_db.write(lambda c: rehoming.rehome(c, stand.courts))
    after = await stand.homes()
    for _ in range(20):
        await stand.worker().drain_all()
        stand.clock.advance(A_SECOND)

    assert moved == before.count(f"sms:{THIRD}") > 0
    assert [new for old, new in zip(before, after, strict=True) if not old.endswith(THIRD)] == [
        old for old in before if not old.endswith(THIRD)
    ]
    assert f"sms:{THIRD}" not in after
    assert len(set(after)) == 2
    assert {(await stand.notice(one)).state for one in waiting} == {"sent"}
    assert not stand.wires[f"sms:{THIRD}"].sent
    assert (await stand.lane(f"sms:{THIRD}")).retired_at == NOW


async def test_a_sender_that_comes_back_takes_new_people_and_none_of_those_that_went(db: Database) -> None:
    stand = await open_stand(db, court_file(*BOTH), PEOPLE[:40])
    await apply_file(stand, court_file(BOTH[0]))
    await db.write(lambda c: rehoming.rehome(c, stand.courts))

    await apply_file(stand, court_file(*BOTH))
    await db.write(lambda c: rehoming.rehome(c, stand.courts))

    assert set(await stand.homes()) == {f"sms:{FIRST}"}
    assert (await stand.lane(f"sms:{SECOND}")).retired_at is None


async def test_who_only_wrote_to_a_sender_that_is_gone_is_answered_by_the_installations_own(db: Database) -> None:
    stand = await open_stand(db, court_file(*BOTH), PEOPLE[:1])
    stranger = Address(ChannelName.SMS, "+19075550177")

    def write_in(connection: Connection) -> int:
        there, _ = lanes.come_to(lanes.in_use(connection), ChannelName.SMS, [f"sms:{SECOND}"])
        return endpoints.find_or_add(connection, stranger, lane_id=there, now=NOW).id

    met = await db.write(write_in)
    await apply_file(stand, court_file(BOTH[0]))
    await db.write(lambda c: rehoming.rehome(c, stand.courts))

    home = select(lane.c.key).join(endpoint, endpoint.c.lane_id == lane.c.id).where(endpoint.c.id == met)
    assert await db.read(lambda c: c.execute(home).scalar_one()) == "sms:default"
    assert (
        await db.read(lambda c: lanes.come_to(lanes.in_use(c), ChannelName.SMS, [f"sms:{SECOND}"])[1]) == "sms:default"
    )


async def test_who_waits_for_a_sender_that_is_gone_gets_another_a_few_at_a_time_by_whatever_file_a_worker_has(
    any_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = await open_stand(any_db, court_file(*BOTH), PEOPLE[:40])
    stale, before = stand.courts, await stand.homes()
    waiting = await stand.put_many(range(20))
    await apply_file(stand, court_file(BOTH[0]))
    monkeypatch.setattr(rehoming, "AT_ONCE", 3)

    moved = [await any_db.write(lambda c: rehoming.rehome_who_waits(c, stale)) for _ in range(8)]

    who_waits = before[:20].count(f"sms:{SECOND}")
    assert moved[0] == 3
    assert sum(moved) == who_waits
    assert moved[-1] == 0
    assert set((await stand.homes())[:20]) == {f"sms:{FIRST}"}
    home = (await stand.lane(f"sms:{FIRST}")).id
    assert {(await stand.notice(one)).lane_id for one in waiting} == {home}


async def test_who_cannot_be_opened_gets_another_sender_like_anybody(any_db: Database) -> None:
    stand = await open_stand(any_db, court_file(*BOTH), PEOPLE[:2])
    await stand.put_many(range(2))
    await any_db.write(lambda c: c.execute(update(endpoint).values(address=b"of another key")))
    await apply_file(stand, court_file())

    await any_db.write(lambda c: rehoming.rehome_who_waits(c, stand.courts))

    assert set(await stand.homes()) == {"sms:default"}
