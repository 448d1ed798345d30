"""A court with many invented people in four languages, each with one reminder that is due now."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Table, func, insert, select, update

from bot.court_files import example_court
from domain.case_number import fold
from domain.consent import ConsentAction, ConsentPurpose, Evidence
from domain.court_file import read_court
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.notice import NoticeKind, NoticeState, Priority, Purpose
from domain.roles import Role
from storage import courts, lanes
from storage.courts import Courts
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.schema import (
    case,
    consent_event,
    endpoint,
    hearing,
    hearing_party,
    hearing_revision,
    lane,
    metadata,
    notice,
    participation,
    person,
    person_endpoint,
)

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # ten in the morning in Anchorage
ACCOUNT, SENDER, BOT_TOKEN = "AC" + "0" * 32, "MG" + "0" * 32, "42:INVENTED"
PUBLIC_URL = "https://usher.example"
LANGUAGES = ("en", "es", "ar", "ru")
Rows = dict[str, list[dict[str, object]]]


def build(
    connection: Connection,
    people: int,
    *,
    now: datetime = NOW,
    channel: ChannelName = ChannelName.SMS,
    due_in: timedelta = timedelta(0),
) -> Courts:
    """Fill an empty database; return its courts. The channel's default lane has no limit."""
    courts.apply(connection, {"example": example_court()}, now=now)
    known = courts.load(connection, read_court)
    lanes.ensure(connection, known.by_id.values(), now=now)
    fast = {"rate": 1e6, "burst": 1_000_000, "tokens": 1e6}
    connection.execute(update(lane).where(lane.c.key == f"{channel}:default").values(fast))
    [lane_id] = lanes.ids(connection, [f"{channel}:default"])
    courts.feed_seen(connection, known.ids["example"], now=now)
    rows: Rows = {}
    for number in range(1, people + 1):
        for name, row in _person(connection, number, known.ids["example"], lane_id, now, channel, due_in):
            rows.setdefault(name, []).append(row)
    for table in metadata.sorted_tables:
        if table.name in rows:
            connection.execute(insert(table), rows[table.name])
            _let_ids_follow(connection, table, people)
    return known


def _let_ids_follow(connection: Connection, table: Table, newest: int) -> None:
    """Tell PostgreSQL that ids were given by hand; SQLite looks by itself."""
    if connection.dialect.name == "postgresql" and "id" in table.c:
        sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
        connection.execute(select(func.setval(sequence, func.greatest(newest, func.nextval(sequence)))))


def address_of(number: int) -> str:
    """Return the invented phone of a person; longer than any real one."""
    return f"+1907555{number % 10**7:07d}"


def case_of(number: int) -> str:
    """Return the number of a person's case."""
    return f"3EX-26-{number:05d}CR"


def _person(
    connection: Connection,
    number: int,
    court_id: int,
    lane_id: int,
    now: datetime,
    channel: ChannelName,
    due_in: timedelta,
) -> Iterator[tuple[str, dict[str, object]]]:
    vault = vault_of(connection)
    address = address_of(number) if channel is ChannelName.SMS else str(number)
    starts_at = now + timedelta(days=1, minutes=number % 240)
    appearance = {"starts_at": starts_at, "status": HearingStatus.SCHEDULED, "mode": Mode.IN_PERSON}
    appearance |= {"courtroom": f"Courtroom {number % 40}"}
    case_number = case_of(number)
    made = {"id": number, "created_at": now}
    yield (
        case.name,
        made
        | {
            "court_id": court_id,
            "number": case_number,
            "folded": fold(case_number),
            "confidentiality": Confidentiality.PUBLIC,
        },
    )
    yield (
        person.name,
        made
        | {"court_id": court_id, "party_key": f"p{number}", "language": LANGUAGES[number % 4]}
        | {"is_minor": False, "in_custody": False},
    )
    yield participation.name, made | {"case_id": number, "person_id": number, "role": Role.DEFENDANT}
    yield (
        endpoint.name,
        made
        | {"channel": channel, "address": vault.seal(address, ADDRESS), "state": EndpointState.ACTIVE}
        | {"address_digest": vault.digest(address, ADDRESS), "carrier_stopped": False, "foreign_held": False}
        | {"lane_id": lane_id, "misses": 0},
    )
    link = {"person_id": number, "endpoint_id": number, "preference": 0, "source": "feed", "created_at": now}
    yield person_endpoint.name, link
    yield (
        consent_event.name,
        {"endpoint_id": number, "court_id": court_id, "purpose": ConsentPurpose.HEARINGS}
        | {"action": ConsentAction.GRANTED, "evidence": Evidence.FEED, "at": now},
    )
    yield (
        hearing.name,
        made | appearance | {"case_id": number, "court_id": court_id, "revision": 1, "revised_at": now},
    )
    yield hearing_revision.name, appearance | {"hearing_id": number, "revision": 1, "made_at": now, "source": "bench"}
    yield hearing_party.name, {"hearing_id": number, "participation_id": number, "since": now}
    reminder = {"lane_id": lane_id, "court_id": court_id, "due_at": now + due_in, "expires_at": starts_at}
    yield notice.name, made | _reminder_of(number) | reminder


def _reminder_of(number: int) -> dict[str, object]:
    """Return what a person's one reminder says whom and what it is for."""
    about: dict[str, object] = {
        "endpoint_id": number,
        "person_id": number,
        "participation_id": number,
        "case_id": number,
    }
    return (
        about
        | {"dedupe_key": f"reminder:{number}:1:day:{number}", "kind": NoticeKind.REMINDER}
        | {"purpose": Purpose.LOGISTICS, "state": NoticeState.PLANNED, "priority": int(Priority.REMINDER)}
        | {"hearing_id": number, "revision": 1, "asks_attendance": False, "attempts": 0}
        | {"bundle_key": f"example:{number}:logistics"}
    )
