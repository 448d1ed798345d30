"""Everybody of a calendar on a number of their own: agreed, in a language, and nothing planned yet."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select

from bot.simulation.cast import Cast, subscribe_everybody
from domain.consent import ConsentPurpose, Standing, standing
from domain.delivery import ChannelName
from domain.roles import Role
from storage import consents, endpoints, people, start_tokens
from storage.courts import Courts
from storage.database import Database
from storage.schema import endpoint, hearing_party, notice, participation, person, person_endpoint
from tests.fixtures.facts import NOW, PartySpec, Scene, add_case, add_hearing, add_scene

ON_PAPER = PartySpec(address=None, consent=None, language=None)


def many(languages: Iterable[str | None]) -> list[PartySpec]:
    """Parties whom the file gives no phone, in these languages."""
    return [replace(ON_PAPER, name=f"Ada {ordinal}", language=tag) for ordinal, tag in enumerate(languages)]


def put(database: Database, *specs: PartySpec) -> Scene:
    """Put a scene of these parties in."""
    return database.write_now(lambda connection: add_scene(connection, *specs))


def subscribe(database: Database, courts: Courts, role: Role = Role.DEFENDANT) -> Cast:
    """Subscribe everybody."""
    return subscribe_everybody(database, courts, role=role, now=NOW)


def addresses(database: Database) -> list[tuple[int, ChannelName, str]]:
    """Each person's way to be reached, in the order of people."""

    def work(connection: Connection) -> list[tuple[int, ChannelName, str]]:
        query = (
            select(person_endpoint.c.person_id, endpoint.c.channel, endpoint.c.address)
            .join(endpoint, endpoint.c.id == person_endpoint.c.endpoint_id)
            .order_by(person_endpoint.c.person_id)
        )
        return [
            (row.person_id, row.channel, endpoints.address_of(connection, row.address, row.channel).value)
            for row in connection.execute(query)
        ]

    return database.read_now(work)


def languages(database: Database) -> list[str | None]:
    """Each person's language, in the order of people."""
    query = select(person.c.language).order_by(person.c.id)
    return database.read_now(lambda connection: list(connection.execute(query).scalars()))


async def test_everybody_has_one_number_of_their_own_in_order(db: Database) -> None:
    scene = put(db, *many([None] * 3))

    assert subscribe(db, scene.courts) == Cast(people=3, invented=0)
    assert addresses(db) == [
        (party.person_id, ChannelName.SMS, f"+1907555010{ordinal}") for ordinal, party in enumerate(scene.parties)
    ]


async def test_a_language_of_the_file_stays_and_the_others_take_turns(db: Database) -> None:
    scene = put(db, *many(["ru", None, None, "ar", None, None, None]))

    subscribe(db, scene.courts)

    assert languages(db) == ["ru", "en", "es", "ar", "ru", "ar", "en"]


@pytest.mark.parametrize("at_once", [1, 2, 100])
async def test_numbers_and_languages_go_on_from_one_unit_of_work_to_the_next(db: Database, at_once: int) -> None:
    scene = put(db, *many([None] * 5))

    subscribe_everybody(db, scene.courts, role=Role.DEFENDANT, now=NOW, at_once=at_once)

    assert [number for _, _, number in addresses(db)] == [f"+1907555010{ordinal}" for ordinal in range(5)]
    assert languages(db) == ["en", "es", "ru", "ar", "en"]


async def test_everybody_has_agreed_to_texts_about_hearings_of_their_court(db: Database) -> None:
    scene = put(db, *many([None] * 2))

    subscribe(db, scene.courts)

    def work(connection: Connection) -> set[Standing]:
        ids = list(connection.execute(select(endpoint.c.id)).scalars())
        said = consents.of_endpoints(connection, ids)
        place = (scene.case_id, scene.court_id)
        return {
            standing(said[one], purpose=ConsentPurpose.HEARINGS, case_id=place[0], court_id=place[1]) for one in ids
        }

    assert db.read_now(work) == {Standing.GRANTED}


@pytest.mark.parametrize("role", [Role.DEFENDANT, Role.FOLLOWER])
async def test_an_invented_party_comes_to_every_hearing_of_their_case(db: Database, role: Role) -> None:
    scene = put(db, ON_PAPER)

    def more(connection: Connection) -> tuple[int, list[int]]:
        case_id = add_case(connection, scene.court_id, "3AN-26-00043CR")
        return case_id, [add_hearing(connection, scene.court_id, case_id) for _ in range(2)]

    case_id, hearing_ids = db.write_now(more)

    assert subscribe(db, scene.courts, role) == Cast(people=2, invented=1)

    def work(connection: Connection) -> tuple[list[int], list[people.Part]]:
        parties = select(hearing_party.c.hearing_id).join(
            participation, participation.c.id == hearing_party.c.participation_id
        )
        query = parties.where(participation.c.case_id == case_id).order_by(hearing_party.c.hearing_id)
        newest = connection.execute(select(endpoint.c.id).order_by(endpoint.c.id.desc())).scalars().first()
        assert newest is not None
        return list(connection.execute(query).scalars()), people.parts_at(connection, newest)

    linked, [part] = db.read_now(work)
    assert linked == hearing_ids
    assert (part.role, part.number) == (role, "3AN-26-00043CR")


async def test_who_has_a_link_on_their_paper_reads_telegram(db: Database) -> None:
    scene = put(db, *many([None] * 3))
    reader = scene.parties[1].person_id
    db.write_now(lambda connection: start_tokens.issue(connection, reader, now=NOW, token="riverton-1"))

    subscribe(db, scene.courts)

    assert [(channel, value) for _, channel, value in addresses(db)] == [
        (ChannelName.SMS, "+19075550100"),
        (ChannelName.TELEGRAM, "chat-1"),
        (ChannelName.SMS, "+19075550101"),
    ]


async def test_nothing_is_planned_yet(db: Database) -> None:
    scene = put(db, ON_PAPER)

    subscribe(db, scene.courts)

    assert db.read_now(lambda connection: connection.execute(select(notice.c.id)).all()) == []
