"""What the gate and the wording look at: every fact around a notice, and the people of a calendar many at a time."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from domain.consent import ConsentPurpose as To
from domain.consent import Standing, standing
from domain.delivery import DeliveryState
from domain.gate import LOOP_WINDOW, EndpointState
from domain.notice import NoticeKind, NoticeState
from domain.roles import Role
from storage import consents, courts, endpoints, letters, parties
from storage.database import vault_of
from storage.letters import DAY, LEFT_NOTHING, RECEIPT_WAIT, Seat
from storage.migrate import current, head, upgrade
from storage.parties import NewNumber, PersonFacts, PersonKey, seal_facts, seal_number
from storage.schema import delivery, hearing, notice, person
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_scene
from tests.fixtures.outbox import Street, lane_id, phone, put

FACTS = PersonFacts(
    given="Ada",
    family="Lane",
    birth_date="1990-01-02",
    language="en",
    is_minor=False,
    in_custody=False,
    unreachable_reason=None,
)


def carry(connection: Connection, notice_id: int, *, state: DeliveryState, ago: timedelta) -> None:
    row = connection.execute(select(notice).where(notice.c.id == notice_id)).one()
    values = {"notice_id": notice_id, "endpoint_id": row.endpoint_id, "lane_id": row.lane_id, "attempt": 1}
    values |= {"state": state, "text": b"", "language": "en", "segments": 1, "asked": 0, "created_at": NOW - ago}
    connection.execute(delivery.insert().values(values))


def test_letters_come_in_the_asked_order_with_the_facts_of_each(any_connection: Connection, any_street: Street) -> None:
    ids = [put(any_connection, any_street, party) for party in (2, 0, 1)]

    rows = letters.load(any_connection, [ids[1], 10**6, ids[0], ids[2]])

    assert [row.id for row in rows] == [ids[1], ids[0], ids[2]]
    [one, *_] = rows
    assert (one.kind, one.role, one.number, one.current_revision) == (
        NoticeKind.REMINDER,
        Role.DEFENDANT,
        "3AN-26-00042CR",
        1,
    )
    assert (one.starts_at, one.courtroom, one.outcome) == (COMING.starts_at, "Courtroom 204", None)
    assert (one.endpoint_state, one.person_language, one.in_custody) == (EndpointState.ACTIVE, "en", False)
    assert letters.load(any_connection, []) == []


def test_that_a_case_is_about_a_minor_is_read_for_who_only_follows_or_watches(any_connection: Connection) -> None:
    specs = [PartySpec(), PartySpec(name="Bo", role=Role.FOLLOWER, address=phone(1))]
    street = Street(add_scene(any_connection, *specs), phone(0).channel)
    nobody: dict[str, Any] = {"person_id": None, "participation_id": None}
    ids = [put(any_connection, street, 0), put(any_connection, street, 1), put(any_connection, street, 1, **nobody)]
    ids.append(put(any_connection, street, 1, kind=NoticeKind.REPLY, case_id=None, hearing_id=None, **nobody))

    def minors() -> list[bool]:
        return [bool(row.minor) for row in letters.load(any_connection, ids)]

    assert minors() == [False] * 4
    child = person.c.id == street.scene.parties[0].person_id
    any_connection.execute(update(person).where(~child).values(is_minor=True))
    assert minors() == [False] * 4, "a child who follows it makes it nobody's"
    any_connection.execute(update(person).where(child).values(is_minor=True))
    assert minors() == [False, True, True, False]


def test_texts_are_counted_within_their_windows_unless_they_surely_never_left(
    any_connection: Connection, any_street: Street
) -> None:
    notice_id, reply_id = put(any_connection, any_street, 0), put(any_connection, any_street, 0, kind=NoticeKind.REPLY)
    moment = timedelta(microseconds=1)
    for state, ago in product(DeliveryState, (LOOP_WINDOW - moment, LOOP_WINDOW, DAY - moment, DAY)):
        carry(any_connection, notice_id, state=state, ago=ago)
        carry(any_connection, reply_id, state=state, ago=ago)
    rows = letters.load(any_connection, [notice_id, put(any_connection, any_street, 1)])

    around = letters.surroundings(any_connection, rows, now=NOW)

    counted, mine = len(DeliveryState) - len(LEFT_NOTHING), rows[0].endpoint_id
    assert (around.replied_lately[mine], around.replied_today[mine]) == (counted, 3 * counted)
    assert around.today[mine] == 2 * around.replied_today[mine]
    assert around.written == {(mine, any_street.scene.court_id)}
    assert around.today.get(rows[1].endpoint_id, 0) == 0


def test_both_sides_of_a_shared_phone_and_the_age_of_the_feed_are_seen(any_connection: Connection) -> None:
    specs = [PartySpec(), PartySpec(name="Bo", role=Role.VICTIM), PartySpec(name="Cy", address=phone(7))]
    street = Street(add_scene(any_connection, *specs), phone(0).channel)
    courts.feed_seen(any_connection, street.scene.court_id, now=NOW)
    rows = letters.load(any_connection, [put(any_connection, street, 0)])

    around = letters.surroundings(any_connection, rows, now=NOW)

    where = (rows[0].endpoint_id, street.scene.case_id)
    ada, bo, _ = street.scene.parties
    assert around.seats == {where: {Seat(ada.person_id, Role.DEFENDANT), Seat(bo.person_id, Role.VICTIM)}}
    assert around.feeds == {street.scene.court_id: NOW}
    endpoints.unlink(any_connection, endpoint_id=where[0], now=NOW)
    assert letters.surroundings(any_connection, rows, now=NOW).seats == {}


@pytest.mark.parametrize("state", NoticeState)
def test_a_correction_waits_for_an_earlier_text_that_is_on_its_way(
    any_connection: Connection, any_street: Street, state: NoticeState
) -> None:
    put(any_connection, any_street, 0, state=state, left_at=NOW)
    any_connection.execute(update(hearing).values(revision=2))
    correction = put(any_connection, any_street, 0, kind=NoticeKind.CORRECTION, revision=2, told_revision=1)
    rows = letters.load(any_connection, [correction])

    around = letters.surroundings(any_connection, rows, now=NOW)

    key = (any_street.scene.hearing_id, any_street.scene.parties[0].participation_id)
    on_its_way = state in {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT}
    assert around.on_its_way == ({key: NOW + RECEIPT_WAIT} if on_its_way else {})
    assert around.told == {(any_street.scene.hearing_id, 1): COMING}


def test_people_of_a_feed_are_written_sealed_found_again_and_lose_nothing_that_is_no_longer_said(
    any_connection: Connection, any_scene: Scene
) -> None:
    ada, bo = (PersonKey(any_scene.court_id, key) for key in ("P1", "P2"))
    sealed = seal_facts(vault_of(any_connection), FACTS)
    ids = parties.add_people(any_connection, [(ada, FACTS, sealed), (bo, FACTS, sealed)], now=NOW)
    assert parties.people(any_connection, [ada, bo, PersonKey(any_scene.court_id, "P3")]) == ids
    kept = any_connection.execute(select(person).where(person.c.id == ids[ada])).one()
    assert b"Lane" not in kept.family_name

    silent = PersonFacts(
        given=None,
        family="Reed",
        birth_date=None,
        language=None,
        is_minor=True,
        in_custody=True,
        unreachable_reason="empty",
    )
    parties.change_people(any_connection, [(ids[ada], silent, seal_facts(vault_of(any_connection), silent))])

    row = any_connection.execute(select(person).where(person.c.id == ids[ada])).one()
    assert (row.language, row.is_minor, row.in_custody, row.unreachable_reason) == ("en", True, True, "empty")
    assert row.birth_date is not None
    names = parties.names_of(any_connection, ids.values())
    assert names == {ids[ada]: ("Ada", "Reed"), ids[bo]: ("Ada", "Lane")}


def test_a_feeds_numbers_links_and_consents_are_kept_and_only_its_own_end_is_undone(
    any_connection: Connection, any_scene: Scene
) -> None:
    number, who = phone(40).value, any_scene.parties[0].person_id
    numbers = {one: seal_number(vault_of(any_connection), one) for one in (number, phone(41).value)}
    new = NewNumber(number, numbers[number], lane_id(any_connection), is_held=True)
    found = parties.add_endpoints(any_connection, [new], now=NOW)[number]
    assert parties.endpoints(any_connection, numbers) == {number: found}
    assert parties.endpoints(any_connection, {}) == {}
    assert endpoints.get(any_connection, found.id).foreign_held
    pair = [(who, found.id)]
    parties.link(any_connection, pair, now=NOW)
    states = []
    for act in (None, parties.end_links, parties.relink):
        if act is parties.end_links:
            parties.end_links(any_connection, pair, now=NOW)
        elif act is parties.relink:
            parties.relink(any_connection, pair, now=NOW)
        [link] = [one for one in parties.links_of(any_connection, [who])[who] if one.endpoint_id == found.id]
        states.append((link.source, link.is_live))
    assert states == [(parties.FEED, True), (parties.REPLACED, False), (parties.FEED, True)]

    parties.add_consents(any_connection, [(found.id, any_scene.court_id)], now=NOW)
    said = consents.of_endpoints(any_connection, [found.id])[found.id]
    where = [standing(said, purpose=To.HEARINGS, case_id=1, court_id=any_scene.court_id + more) for more in (0, 1)]
    assert where == [Standing.GRANTED, Standing.PENDING]


def test_a_number_that_a_feed_brings_back_has_its_address_again(any_connection: Connection, any_scene: Scene) -> None:
    number = phone(40).value
    numbers = {number: seal_number(vault_of(any_connection), number)}
    new = NewNumber(number, numbers[number], lane_id(any_connection), is_held=False)
    found = parties.add_endpoints(any_connection, [new], now=NOW)[number]
    endpoints.change(any_connection, found.id, address=b"", forgotten_at=NOW, state=EndpointState.DEAD)

    back = parties.endpoints(any_connection, numbers)[number]

    assert (back.id, back.state) == (found.id, EndpointState.DEAD)
    assert endpoints.get(any_connection, found.id).forgotten_at is None


def test_a_database_is_at_no_revision_until_it_is_brought_to_the_newest_one(sqlite_url: str) -> None:
    fresh = sqlite_url + ".new"
    assert current(fresh) is None
    assert upgrade(fresh) == upgrade(fresh) == current(fresh) == head()
