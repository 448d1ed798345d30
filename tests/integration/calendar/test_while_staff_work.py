"""A calendar that comes in while numbers are forgotten and senders retired, on PostgreSQL: nobody falls between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, and_, select, text, update

from domain.notice import NoticeState
from handlers import keeping
from scheduler import failover
from storage import parties, rehoming, retention, schema
from storage.database import Database
from storage.retention_rules import Scope
from storage.vault import Vault
from tests.fixtures.beside import while_open
from tests.fixtures.calendars.rows import Calendars, install, row
from tests.fixtures.facts import EXAMPLE, NOW, apply_courts

ADDRESSES = next(drawer for drawer in retention.DRAWERS if drawer.name == "addresses")
LONG_AGO = NOW - timedelta(days=3650)
SENDER = """
[[sender]]
channel = "sms"
sender = "MG{0}"
rate = 1.0
burst = 1
"""


@pytest.fixture
def db(postgres_database: str, vault: Vault) -> Iterator[Database]:
    opened = Database(postgres_database, vault)
    yield opened
    opened.close_now()


def test_a_number_that_is_forgotten_just_when_a_calendar_names_it_is_there_afterwards(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendars = Calendars(db, db.write_now(install))
    calendars.bring([row(starts_at="2016-06-20T09:30", case_number="3EX-16-00001CR")], now=LONG_AGO)
    ended = update(schema.notice).values(state=NoticeState.EXPIRED, ended_at=LONG_AGO)
    db.write_now(lambda connection: connection.execute(ended))
    look_up = parties.endpoints
    forgotten: list[Any] = []

    def meanwhile(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as it is called
        found = look_up(*args, **named)
        if not forgotten:
            forgotten.extend(
                keeping.purge(
                    db, calendars.courts, court=None, dry_run=False, actor="kim", now=NOW, tell=lambda *_: None
                )
            )
        return found

    with monkeypatch.context() as patched:
        patched.setattr(parties, "endpoints", meanwhile)
        calendars.bring([row(party_id="P2", given_name="Bea")], accept_changes=True)

    waiting = select(schema.endpoint.c.address).join(schema.notice).where(schema.notice.c.state == NoticeState.PLANNED)
    assert forgotten
    addresses = db.read_now(lambda connection: list(connection.execute(waiting).scalars()))
    assert addresses
    assert all(addresses)


def test_a_number_is_kept_that_was_named_while_the_purge_was_looking(db: Database) -> None:
    calendars = Calendars(db, db.write_now(install))
    calendars.bring([row(starts_at="2016-06-20T09:30", case_number="3EX-16-00001CR")], now=LONG_AGO)
    ended = update(schema.notice).values(state=NoticeState.EXPIRED, ended_at=LONG_AGO)
    db.write_now(lambda connection: connection.execute(ended))
    slowly = replace(ADDRESSES, is_over=lambda scope: and_(ADDRESSES.is_over(scope), text("pg_sleep(1) IS NOT NULL")))
    scope = Scope(dict.fromkeys(calendars.courts.by_id, NOW))
    [kept] = calendars.column(schema.endpoint, "id")

    def name_it(connection: Connection) -> None:
        connection.execute(select(schema.endpoint.c.id).with_for_update(read=True, key_share=True))
        parties.add_consents(connection, [(kept, 1)], now=NOW)

    def look() -> int:
        return db.write_now(lambda connection: retention.forget(connection, slowly, scope, [kept], now=NOW))

    assert while_open(db, name_it, look, within=0.5) == 0
    assert all(calendars.column(schema.endpoint, "address"))


def test_people_of_a_calendar_that_came_in_while_their_sender_was_retired_get_another_one(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (EXAMPLE + SENDER.format(letter * 32) for letter in "ab")
    calendars = Calendars(db, db.write_now(lambda connection: apply_courts(connection, {"example": old})))
    later: list[Any] = []
    look_up = parties.endpoints

    def migrate(connection: Connection) -> None:
        later.append(apply_courts(connection, {"example": new}, now=NOW))
        rehoming.rehome(connection, later[-1])

    def meanwhile(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as it is called
        if not later:
            db.write_now(migrate)
        return look_up(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(parties, "endpoints", meanwhile)
        calendars.bring([row()])

    db.write_now(lambda connection: failover.go_round(connection, courts=later[-1], now=NOW))

    on_lanes = select(schema.lane.c.key, schema.lane.c.retired_at).join(schema.notice)
    found = db.read_now(lambda connection: {tuple(one) for one in connection.execute(on_lanes)})
    assert found == {(f"sms:MG{'b' * 32}", None)}
