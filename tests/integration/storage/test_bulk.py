"""Many rows through the driver: kept exactly as rows written one by one."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Connection, String, delete, insert, select, type_coerce
from sqlalchemy.exc import IntegrityError

from domain.consent import ConsentAction, ConsentPurpose, Evidence
from domain.delivery import ChannelName
from domain.gate import EndpointState
from storage.bulk import Types, as_table, insert_rows, packed, take_ids
from storage.database import Database
from storage.schema import audit_event, consent_event, court, endpoint, heartbeat, person

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
COLUMNS = ("id", "channel", "address", "address_digest", "state", "misses", "created_at")


def some(connection: Connection, count: int) -> list[int]:
    """Write endpoints in bulk; return their ids."""
    ids = list(take_ids(connection, endpoint, count))
    rows = ((one, ChannelName.SMS, b"sealed", b"digest%d" % one, EndpointState.ACTIVE, 0, NOW) for one in ids)
    flags = ("carrier_stopped", "foreign_held")
    insert_rows(connection, endpoint, (*COLUMNS, *flags), ((*row, False, False) for row in rows))
    return ids


async def test_a_row_written_in_bulk_is_stored_as_one_written_alone(any_db: Database) -> None:
    def write(connection: Connection) -> set[tuple[object, ...]]:
        [first] = some(connection, 1)
        alone = connection.execute(select(endpoint).where(endpoint.c.id == first)).one()._asdict()
        alone |= {"id": first + 1, "address_digest": b"other"}
        connection.execute(insert(endpoint).values(alone))
        raw = [type_coerce(endpoint.c[name], String) for name in ("channel", "state", "created_at")]
        return {tuple(map(str, row)) for row in connection.execute(select(*raw))}

    assert len(await any_db.write(write)) == 1, "equal to the last byte: instants are compared as they are stored"


async def test_ids_taken_are_nobodys_and_what_follows_gets_others(any_db: Database) -> None:
    def write(connection: Connection) -> tuple[list[int], int]:
        first, second = some(connection, 3), some(connection, 2)
        row: dict[str, object] = {
            "channel": ChannelName.SMS,
            "address": b"x",
            "address_digest": b"y",
            "state": EndpointState.ACTIVE,
        }
        row |= {"misses": 0, "carrier_stopped": False, "foreign_held": False, "created_at": NOW}
        alone = connection.execute(insert(endpoint).values(row).returning(endpoint.c.id)).scalar_one()
        return first + second, alone

    taken, alone = await any_db.write(write)

    assert len({*taken, alone}) == 6


async def test_no_rows_and_no_ids_are_nothing(any_db: Database) -> None:
    def write(connection: Connection) -> int:
        insert_rows(connection, heartbeat, ("name", "at"), ())
        return len(take_ids(connection, endpoint, 0))

    assert await any_db.write(write) == 0


async def test_a_row_that_is_there_already_is_dealt_with_as_said(any_db: Database) -> None:
    def write(connection: Connection) -> list[datetime]:
        insert_rows(connection, heartbeat, ("name", "at"), [("clock", NOW)])
        later = NOW.replace(hour=10)
        insert_rows(connection, heartbeat, ("name", "at"), [("clock", later)], otherwise="(name) DO NOTHING")
        first = list(connection.execute(select(heartbeat.c.at)).scalars())
        insert_rows(
            connection, heartbeat, ("name", "at"), [("clock", later)], otherwise="(name) DO UPDATE SET at = excluded.at"
        )
        return first + list(connection.execute(select(heartbeat.c.at)).scalars())

    assert await any_db.write(write) == [NOW, NOW.replace(hour=10)]


async def test_enums_and_absent_values_come_back_as_they_were(any_db: Database) -> None:
    def write(connection: Connection) -> tuple[object, ...]:
        [first] = some(connection, 1)
        what = (ConsentPurpose.HEARINGS, ConsentAction.GRANTED, Evidence.FEED, None, NOW)
        columns = ("endpoint_id", "purpose", "action", "evidence", "actor", "at")
        insert_rows(connection, consent_event, columns, [(first, *what)])
        names = ("purpose", "action", "evidence", "actor", "at")
        return tuple(connection.execute(select(*(consent_event.c[name] for name in names))).one())

    assert await any_db.write(write) == (
        ConsentPurpose.HEARINGS,
        ConsentAction.GRANTED,
        Evidence.FEED,
        None,
        NOW,
    )


async def test_bytes_of_any_length_come_back_as_they_were_and_none_as_none(any_db: Database) -> None:
    sealed = [b"\x00\xff", None, b"", b"x" * 3000, None, bytes(range(256))]

    def write(connection: Connection) -> list[tuple[bytes | None, bytes | None]]:
        connection.execute(insert(court).values(key="north", definition="", applied_at=NOW))
        columns = ("court_id", "party_key", "given_name", "family_name", "is_minor", "in_custody", "created_at")
        rows = [(1, f"p{place}", one, sealed[-1 - place], False, False, NOW) for place, one in enumerate(sealed)]
        insert_rows(connection, person, columns, rows)
        names = select(person.c.given_name, person.c.family_name).order_by(person.c.party_key)
        return [(row.given_name, row.family_name) for row in connection.execute(names)]

    assert await any_db.write(write) == list(zip(sealed, reversed(sealed), strict=True))


async def test_rows_that_say_the_same_are_as_many_as_they_were(any_db: Database) -> None:
    def write(connection: Connection) -> int:
        [only] = some(connection, 1)
        what = (only, ConsentPurpose.HEARINGS, ConsentAction.GRANTED, Evidence.FEED, NOW)
        insert_rows(connection, consent_event, ("endpoint_id", "purpose", "action", "evidence", "at"), [what] * 3)
        return len(connection.execute(select(consent_event)).all())

    assert await any_db.write(write) == 3


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_of_any_script_come_back_as_they_were(any_db: Database, texts: list[str]) -> None:
    def write(connection: Connection) -> list[str]:
        connection.execute(delete(audit_event))
        columns = ("at", "actor", "action", "facts", "previous", "digest")
        insert_rows(connection, audit_event, columns, ((NOW, "0012", "x", text, b"", b"1") for text in texts))
        return list(connection.execute(select(audit_event.c.facts).order_by(audit_event.c.id)).scalars())

    assert any_db.write_now(write) == texts


async def test_a_broken_rule_of_the_database_is_said_without_the_values(any_db: Database) -> None:
    with pytest.raises(IntegrityError) as raised:
        await any_db.write(
            lambda connection: insert_rows(connection, court, ("key", "applied_at"), [("secret", NOW), ("word", NOW)])
        )

    assert "secret" not in str(raised.value)
    assert raised.value.params is None


async def test_rows_can_be_joined_as_a_table(any_db: Database) -> None:
    kinds: Types = {
        "which": endpoint.c.id.type,
        "at": endpoint.c.created_at.type,
        "said": String(),
        "counts": Boolean(),
    }

    def joined(connection: Connection) -> list[tuple[object, ...]]:
        first, second = some(connection, 2)
        later = NOW.replace(hour=11, microsecond=7)
        given = [(second, later, "0012", True), (first, None, None, False), (10**9, NOW, "nobody", True)]
        table = as_table(connection.dialect.name, "given", kinds)
        query = select(endpoint.c.id, table.c.at, table.c.said, table.c.counts).where(endpoint.c.id == table.c.which)
        assert connection.execute(query, {"given": packed(connection, kinds, ())}).all() == []
        found = connection.execute(query, {"given": packed(connection, kinds, given)})
        return sorted((row.id - first, row.at, row.said, row.counts) for row in found)

    assert await any_db.write(joined) == [
        (0, None, None, False),
        (1, NOW.replace(hour=11, microsecond=7), "0012", True),
    ]
