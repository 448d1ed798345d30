"""Endpoints: found by their digest, forgotten and found again, linked, unlinked, and moved off lost senders."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, text, update

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from domain.roles import Role
from storage import consents, endpoints, lanes, people, rehoming, ways
from storage.database import Database
from storage.schema import endpoint, lane, person, person_endpoint
from storage.vault import Vault
from tests.fixtures.facts import NOW, PartySpec, Scene, add_scene
from tests.fixtures.outbox import chat, phone

ADA = phone(50)


def forget(connection: Connection, endpoint_id: int) -> None:
    """Empty an address as the court's retention does; somebody who said no keeps the digest."""
    endpoints.change(connection, endpoint_id, address=b"", forgotten_at=NOW)


def endpoint_of(scene: Scene, party: int = 0) -> int:
    found = scene.parties[party].endpoint_id
    assert found is not None
    return found


def test_an_address_has_one_endpoint_and_is_never_kept_in_plain_words(any_connection: Connection) -> None:
    assert endpoints.find(any_connection, ADA) is None
    first = endpoints.find_or_add(any_connection, ADA, lane_id=None, now=NOW)
    again = endpoints.find_or_add(any_connection, ADA, lane_id=None, now=NOW + timedelta(days=1))

    assert first == again == endpoints.find(any_connection, ADA) == endpoints.get(any_connection, first.id)
    assert (first.state, first.misses, first.carrier_stopped) == (EndpointState.ACTIVE, 0, False)
    row = any_connection.execute(select(endpoint)).one()
    assert ADA.value.encode() not in row.address
    assert endpoints.address_of(any_connection, row.address, ChannelName.SMS) == ADA


def test_one_value_on_two_channels_is_two_endpoints(any_connection: Connection) -> None:
    one, other = (Address(channel, "1907") for channel in ChannelName)

    ids = [endpoints.find_or_add(any_connection, address, lane_id=None, now=NOW).id for address in (one, other)]
    assert len(set(ids)) == 2


def test_a_forgotten_address_that_writes_again_is_known_again_with_what_it_refused(any_connection: Connection) -> None:
    known = endpoints.find_or_add(any_connection, ADA, lane_id=None, now=NOW)
    endpoints.change(any_connection, known.id, carrier_stopped=True, language="es")
    forget(any_connection, known.id)
    gone = endpoints.find(any_connection, ADA)
    assert gone is not None
    assert gone.forgotten_at == NOW

    back = endpoints.find_or_add(any_connection, ADA, lane_id=None, now=NOW)

    assert (back.id, back.carrier_stopped, back.language, back.forgotten_at) == (known.id, True, "es", None)
    row = any_connection.execute(select(endpoint)).one()
    assert endpoints.address_of(any_connection, row.address, ChannelName.SMS) == ADA


def test_several_addresses_are_found_or_made_at_once_in_their_order(any_connection: Connection) -> None:
    known = endpoints.find_or_add(any_connection, phone(51), lane_id=None, now=NOW)
    gone = endpoints.find_or_add(any_connection, phone(52), lane_id=None, now=NOW)
    forget(any_connection, gone.id)
    wanted = [(phone(53), None), (phone(52), None), (phone(51), None), (phone(53), None)]

    found = endpoints.find_or_add_all(any_connection, wanted, now=NOW)

    fresh = endpoints.find(any_connection, phone(53))
    assert fresh is not None
    assert [one.id for one in found] == [fresh.id, gone.id, known.id, fresh.id]
    assert endpoints.get(any_connection, gone.id).forgotten_at is None


async def test_two_processes_that_first_meet_an_address_at_once_know_one_endpoint(
    postgres_database: str, vault: Vault
) -> None:
    """The second looks while the first one's row cannot be seen yet, and its insert waits for that row."""
    met = threading.Event()

    def meet_first(connection: Connection) -> int:
        found = endpoints.find_or_add(connection, ADA, lane_id=None, now=NOW)
        met.set()
        until = time.monotonic() + 20
        while not connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            assert time.monotonic() < until, "nobody waits for this row"
        return found.id

    def meet_second(connection: Connection) -> int:
        assert met.wait(20)
        return endpoints.find_or_add(connection, ADA, lane_id=None, now=NOW).id

    async with Database(postgres_database, vault) as one, Database(postgres_database, vault) as two:
        first, second = await asyncio.gather(one.write(meet_first), two.write(meet_second))

    assert first == second


def test_a_link_is_one_row_however_often_it_is_made_and_lives_again(any_connection: Connection) -> None:
    scene = add_scene(any_connection)
    [party], way = scene.parties, endpoint_of(scene)
    assert people.at(any_connection, way) == [party.person_id]
    endpoints.unlink(any_connection, endpoint_id=way, now=NOW)
    assert people.at(any_connection, way) == []
    ended = any_connection.execute(select(person_endpoint.c.ended_at)).scalar_one()
    assert ended == NOW

    later = NOW + timedelta(days=1)
    endpoints.link(any_connection, person_id=party.person_id, endpoint_id=way, source="text", preference=3, now=later)

    row = any_connection.execute(select(person_endpoint)).one()
    assert (row.source, row.preference, row.ended_at, row.created_at) == ("text", 3, None, NOW)


def test_a_wrong_number_is_nobodys_and_other_numbers_stay(any_connection: Connection) -> None:
    scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo"), PartySpec(name="Cy", address=phone(2)))
    shared, other = endpoint_of(scene), endpoint_of(scene, 2)

    endpoints.unlink(any_connection, endpoint_id=shared, now=NOW)

    assert people.at(any_connection, shared) == []
    assert len(people.at(any_connection, other)) == 1


def test_a_sender_that_is_gone_leaves_nobody_behind_not_even_whom_we_have_forgotten(any_connection: Connection) -> None:
    scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo", address=phone(1)))
    values = {"channel": ChannelName.SMS, "rate": 1.0, "burst": 1, "tokens": 1.0, "refilled_at": NOW, "spent": []}
    gone = any_connection.execute(
        insert(lane).values(key="sms:MG-old", retired_at=NOW, **values).returning(lane.c.id)
    ).scalar_one()
    any_connection.execute(update(endpoint).values(lane_id=gone))
    forget(any_connection, endpoint_of(scene))

    assert rehoming.rehome(any_connection, scene.courts) == 2

    home = lanes.choose(any_connection, scene.court, ChannelName.SMS)
    assert set(any_connection.execute(select(endpoint.c.lane_id)).scalars()) == {home}
    assert rehoming.rehome(any_connection, scene.courts) == 0


class TestAnotherWay:
    """Which other endpoint a person is written to."""

    def add(
        self, connection: Connection, scene: Scene, address: Address, *, preference: int = 0, agreed: bool = True
    ) -> int:
        lane_id = lanes.choose(connection, scene.court, address.channel, address)
        way = endpoints.find_or_add(connection, address, lane_id=lane_id, now=NOW)
        person_id = scene.parties[0].person_id
        endpoints.link(
            connection, person_id=person_id, endpoint_id=way.id, source="text", preference=preference, now=NOW
        )
        if agreed:
            said = ConsentEvent(
                at=NOW, action=ConsentAction.GRANTED, evidence=Evidence.TEXT, purpose=ConsentPurpose.HEARINGS
            )
            consents.add(connection, way.id, said)
        return way.id

    def find(self, connection: Connection, scene: Scene, *, not_by: tuple[int, ...] = ()) -> int | None:
        way = ways.another(
            connection,
            scene.parties[0].person_id,
            instead_of=endpoint_of(scene),
            court_id=scene.court_id,
            case_id=scene.case_id,
            not_by=not_by,
        )
        return None if way is None else way.id

    def test_the_best_liked_is_taken_and_of_equals_the_newest(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection)
        assert self.find(any_connection, scene) is None, "the only one is no other one"
        plain = self.add(any_connection, scene, phone(1))
        assert self.find(any_connection, scene) == plain
        newer = self.add(any_connection, scene, phone(2))
        assert self.find(any_connection, scene) == newer
        liked = self.add(any_connection, scene, chat(3), preference=5)
        assert self.find(any_connection, scene) == liked
        self.add(any_connection, scene, chat(4), preference=9, agreed=False)
        assert self.find(any_connection, scene) == liked, "nobody agreed there"
        of_telegram = any_connection.execute(select(endpoint.c.lane_id).where(endpoint.c.id == liked)).scalar_one()
        assert of_telegram is not None
        assert self.find(any_connection, scene, not_by=(of_telegram,)) == newer

    @pytest.mark.parametrize(
        "fault",
        [
            {"carrier_stopped": True},
            {"lane_id": None},
            *({"state": s} for s in EndpointState if s is not EndpointState.ACTIVE),
        ],
        ids=str,
    )
    def test_one_that_leads_nowhere_is_passed_over(self, connection: Connection, fault: dict[str, object]) -> None:
        scene = add_scene(connection)
        way = self.add(connection, scene, phone(1))
        endpoints.change(connection, way, **fault)

        assert self.find(connection, scene) is None

    @pytest.mark.parametrize("narrow", [True, False], ids=["this case", "everything"])
    def test_one_that_was_stopped_is_passed_over(self, connection: Connection, narrow: bool) -> None:  # noqa: FBT001
        scene = add_scene(connection)
        way = self.add(connection, scene, phone(1))
        case_id = scene.case_id if narrow else None
        said = ConsentEvent(at=NOW, action=ConsentAction.REVOKED, evidence=Evidence.TEXT, case_id=case_id)
        consents.add(connection, way, said)

        assert self.find(connection, scene) is None

    def test_one_that_the_other_side_reads_is_passed_over_and_who_is_on_both_sides_is_not_their_own(
        self, any_connection: Connection
    ) -> None:
        scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo", role=Role.VICTIM, address=phone(5)))
        ada, bo = scene.parties
        way = self.add(any_connection, scene, phone(1))
        people.take_part(any_connection, case_id=scene.case_id, person_id=ada.person_id, role=Role.PETITIONER, now=NOW)
        assert self.find(any_connection, scene) == way

        endpoints.link(any_connection, person_id=bo.person_id, endpoint_id=way, source="feed", preference=0, now=NOW)
        assert self.find(any_connection, scene) is None

    def test_one_whose_link_has_ended_is_passed_over(self, connection: Connection) -> None:
        scene = add_scene(connection)
        way = self.add(connection, scene, phone(1))
        endpoints.unlink(connection, endpoint_id=way, now=NOW)

        assert self.find(connection, scene) is None


def test_events_of_consent_come_back_whole_in_the_order_in_which_they_were_said_not_read(
    any_connection: Connection,
) -> None:
    scene = add_scene(any_connection, PartySpec(consent=None), PartySpec(name="Bo", address=phone(1), consent=None))
    one, other = endpoint_of(scene), endpoint_of(scene, 1)
    said = [
        ConsentEvent(
            at=NOW - timedelta(seconds=number // 2, microseconds=number // 2),
            action=action,
            evidence=evidence,
            purpose=purpose,
            court_id=scene.court_id if number % 2 else None,
            case_id=scene.case_id if number % 3 else None,
        )
        for number, (action, evidence, purpose) in enumerate(
            (action, evidence, purpose)
            for action in ConsentAction
            for evidence in Evidence
            for purpose in (None, *ConsentPurpose)
        )
    ]
    for event in said:
        consents.add(any_connection, one, event, actor="desk:1")

    assert consents.of_endpoints(any_connection, [one, other]) == {one: sorted(said, key=lambda event: event.at)}
    assert consents.of_endpoints(any_connection, []) == {}


class TestPeople:
    """Who may be reading at an endpoint."""

    @pytest.mark.parametrize(
        ("languages", "expected"),
        [(("en", "en"), "en"), (("en", "es"), None), (("es", None), "es"), ((None, None), None)],
    )
    def test_a_language_is_known_when_all_who_have_one_have_the_same(
        self, connection: Connection, languages: tuple[str | None, ...], expected: str | None
    ) -> None:
        specs = [PartySpec(name=str(number), language=one) for number, one in enumerate(languages)]
        scene = add_scene(connection, *specs)

        assert people.present(connection, [endpoint_of(scene)])[endpoint_of(scene)].language == expected

    @pytest.mark.parametrize("theirs", Role)
    @pytest.mark.parametrize("there", Role)
    def test_the_two_sides_of_a_case_are_opposed_at_one_endpoint(
        self, connection: Connection, there: Role, theirs: Role
    ) -> None:
        accused, harmed = {Role.DEFENDANT, Role.RESPONDENT}, {Role.VICTIM, Role.WITNESS, Role.PETITIONER}
        scene = add_scene(connection, PartySpec(role=there), PartySpec(role=theirs, name="Bo", address=phone(1)))

        found = people.is_opposed(connection, endpoint_id=endpoint_of(scene), person_id=scene.parties[1].person_id)
        assert found == ({there, theirs} & accused != set() and {there, theirs} & harmed != set())

    def test_parts_are_listed_oldest_first_until_they_end(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection, PartySpec(), PartySpec(name="Bo", role=Role.WITNESS))
        way = endpoint_of(scene)

        parts = people.parts_at(any_connection, way)
        assert [(part.role, part.number) for part in parts] == [
            (Role.DEFENDANT, "3AN-26-00042CR"),
            (Role.WITNESS, "3AN-26-00042CR"),
        ]
        assert people.hearings_at(any_connection, way) == [scene.hearing_id], "once, though two of them come"
        person_id = parts[0].person_id
        again = people.take_part(
            any_connection, case_id=scene.case_id, person_id=person_id, role=Role.DEFENDANT, now=NOW
        )
        assert again == parts[0].participation_id
        follows = people.take_part(
            any_connection, case_id=scene.case_id, person_id=person_id, role=Role.FOLLOWER, now=NOW
        )
        assert [part.participation_id for part in people.parts_at(any_connection, way)][-1] == follows

    def test_who_wrote_first_is_one_person_for_each_court_and_endpoint(self, any_connection: Connection) -> None:
        scene = add_scene(any_connection)
        way = endpoint_of(scene)

        ids = [
            people.who_writes(any_connection, court_id=scene.court_id, endpoint_id=way, language=language, now=NOW)
            for language in ("es", "ru")
        ]

        assert ids[0] == ids[1] != scene.parties[0].person_id
        assert people.court_of(any_connection, ids[0]) == scene.court_id
        assert any_connection.execute(select(person.c.language).where(person.c.id == ids[0])).scalar_one() == "es"
