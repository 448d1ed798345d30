"""The people of a calendar, many at a time: who they are, how a feed says they are reached, their parts in cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Update, bindparam, exists, or_, select, update
from sqlalchemy import case as when

from domain.consent import ConsentAction, ConsentPurpose, Evidence
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.roles import Role
from storage.bulk import insert_rows, take_ids
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.prepared import Prepared, one_of
from storage.schema import consent_event, endpoint, participation, person, person_endpoint
from storage.vault import Vault

GIVEN_NAME = "person.given_name"
FAMILY_NAME = "person.family_name"
BIRTH_DATE = "person.birth_date"
FEED = "feed"
REPLACED = "feed:replaced"
"""The source of a link that the feed itself ended by stating another number."""
LET_GO = "feed:let_go"
"""The same where that other number was refused, for it is of the other side: this one still counts as theirs there."""
MAY_COME_BACK = frozenset({REPLACED, LET_GO})
"""Only the feed's own word may come back by the feed."""


class PersonKey(NamedTuple):
    """Who somebody is to a court: its own party id, or a digest that stands for one."""

    court_id: int
    key: str


class PersonFacts(NamedTuple):
    """What is kept of a person. A name of None is not known, or not fit to be shown."""

    given: str | None
    family: str | None
    birth_date: str | None
    language: str | None
    is_minor: bool
    in_custody: bool
    unreachable_reason: str | None
    keep_name: bool = False


class SealedFacts(NamedTuple):
    """What of a person is personal, sealed; None where it is not known."""

    given: bytes | None
    family: bytes | None
    birth_date: bytes | None


class SealedNumber(NamedTuple):
    """A number (E.164) sealed, and the digest by which it is found."""

    digest: bytes
    address: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """That somebody can, or could, be reached at an endpoint."""

    endpoint_id: int
    source: str
    is_live: bool

    @property
    def is_fed(self) -> bool:
        """Whether it is live because the feed says so."""
        return self.is_live and self.source == FEED


class Found(NamedTuple):
    """An endpoint as a feed's number meets it."""

    id: int
    state: EndpointState


def seal_facts(vault: Vault, facts: PersonFacts) -> SealedFacts:
    """Seal what of a person is personal."""
    given, family, birth_date = facts.given, facts.family, facts.birth_date
    return SealedFacts(
        vault.seal(given, GIVEN_NAME) if given else None,
        vault.seal(family, FAMILY_NAME) if family else None,
        vault.seal(birth_date, BIRTH_DATE) if birth_date else None,
    )


def seal_number(vault: Vault, number: str) -> SealedNumber:
    """Seal a number."""
    return SealedNumber(vault.digest(number, ADDRESS), vault.seal(number, ADDRESS))


def people(connection: Connection, keys: Collection[PersonKey]) -> dict[PersonKey, int]:
    """Return the ids of those who are known."""
    by_court: dict[int, list[str]] = defaultdict(list)
    for court_id, key in keys:
        by_court[court_id].append(key)
    found: dict[PersonKey, int] = {}
    for court_id, of_court in by_court.items():
        known = _PEOPLE.all(connection, court=court_id, keys=of_court)
        found |= {PersonKey(court_id, key): person_id for person_id, key in known}
    return found


def names_of(connection: Connection, person_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the given and family names of people, empty where they have none."""
    vault = vault_of(connection)
    query = select(person.c.id, person.c.given_name, person.c.family_name).where(person.c.id.in_(person_ids))
    return {
        row.id: (
            vault.open(row.given_name, GIVEN_NAME) if row.given_name else "",
            vault.open(row.family_name, FAMILY_NAME) if row.family_name else "",
        )
        for row in connection.execute(query)
    }


def links_of(connection: Connection, person_ids: Collection[int]) -> dict[int, list[Link]]:
    """Return every link of these people, ended ones too."""
    found: dict[int, list[Link]] = defaultdict(list)
    if person_ids:
        for person_id, endpoint_id, source, ended_at in _LINKS.all(connection, people=person_ids):
            found[person_id].append(Link(endpoint_id, source, ended_at is None))
    return found


def endpoints(connection: Connection, numbers: Mapping[str, SealedNumber]) -> dict[str, Found]:
    """Return those of the numbers (E.164) that are known; one that was forgotten has its address again."""
    if not numbers:
        return {}
    rows = _ENDPOINT.each(connection, ({"digest": sealed.digest} for sealed in numbers.values()))
    known = {number: row for number, found in zip(numbers, rows, strict=True) for row in found}
    back = (number for number, (_, _, forgotten_at) in known.items() if forgotten_at)
    _BACK.run_many(connection, ({"row": known[number][0], "sealed": numbers[number].address} for number in back))
    return {number: Found(endpoint_id, state) for number, (endpoint_id, state, _) in known.items()}


def hats(connection: Connection, case_ids: Collection[int]) -> dict[int, list[tuple[int, int, Role]]]:
    """Return for each case who of its live parties is, or was let go, at which endpoint: (endpoint, person, role)."""
    found: dict[int, list[tuple[int, int, Role]]] = defaultdict(list)
    if case_ids:
        for case_id, endpoint_id, person_id, role in _HATS.all(connection, cases=case_ids):
            found[case_id].append((endpoint_id, person_id, role))
    return found


def rename(connection: Connection, keys: Iterable[tuple[int, str]]) -> None:
    """Give people another party key: the feed has no ids, and now states another phone for the same name."""
    for person_id, key in keys:
        connection.execute(update(person).where(person.c.id == person_id).values(party_key=key))


def add_people(
    connection: Connection, fresh: Sequence[tuple[PersonKey, PersonFacts, SealedFacts]], *, now: datetime
) -> dict[PersonKey, int]:
    """Write new people; return their ids."""
    ids = take_ids(connection, person, len(fresh))
    columns = ("id", "court_id", "party_key", "given_name", "family_name", "birth_date", "language", "is_minor")
    rows = (
        (
            new_id,
            *key,
            *sealed,
            facts.language,
            facts.is_minor,
            facts.in_custody,
            facts.unreachable_reason,
            now,
        )
        for new_id, (key, facts, sealed) in zip(ids, fresh, strict=True)
    )
    insert_rows(connection, person, (*columns, "in_custody", "unreachable_reason", "created_at"), rows)
    return {key: new_id for new_id, (key, _, _) in zip(ids, fresh, strict=True)}


def change_people(connection: Connection, changes: Sequence[tuple[int, PersonFacts, SealedFacts]]) -> None:
    """Write what the feed now says of people; what it no longer says (a name, a language) stays."""
    for person_id, facts, sealed in changes:
        said = {"birth_date": sealed.birth_date, "language": facts.language}
        if not facts.keep_name:
            said |= {"given_name": sealed.given, "family_name": sealed.family}
        values = {name: value for name, value in said.items() if value is not None}
        connection.execute(
            update(person)
            .where(person.c.id == person_id)
            .values(
                is_minor=facts.is_minor,
                in_custody=facts.in_custody,
                unreachable_reason=facts.unreachable_reason,
                **values,
            )
        )


class NewNumber(NamedTuple):
    """A number (E.164) to be written: sealed, its lane, and whether the desk must release it first."""

    number: str
    sealed: SealedNumber
    lane_id: int
    is_held: bool


def add_endpoints(connection: Connection, fresh: Sequence[NewNumber], *, now: datetime) -> dict[str, Found]:
    """Write new numbers; return their endpoints."""
    ids = take_ids(connection, endpoint, len(fresh))
    columns = ("id", "channel", "address_digest", "address", "state", "carrier_stopped", "foreign_held", "lane_id")
    rows = (
        (
            new_id,
            ChannelName.SMS,
            *one.sealed,
            EndpointState.ACTIVE,
            False,
            one.is_held,
            one.lane_id,
            0,
            now,
        )
        for new_id, one in zip(ids, fresh, strict=True)
    )
    insert_rows(connection, endpoint, (*columns, "misses", "created_at"), rows)
    return {one.number: Found(new_id, EndpointState.ACTIVE) for new_id, one in zip(ids, fresh, strict=True)}


def link(connection: Connection, links: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Write that people (first) can be reached at endpoints (second), by the feed."""
    columns = ("person_id", "endpoint_id", "preference", "source", "created_at")
    insert_rows(connection, person_endpoint, columns, ((*pair, 0, FEED, now) for pair in links))


def relink(connection: Connection, links: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Bring back links that the feed itself had ended; one that was somebody else's meanwhile begins anew."""
    mine, other = person_endpoint.c, person_endpoint.alias("other")
    between = exists().where(
        other.c.endpoint_id == mine.endpoint_id,
        other.c.person_id != mine.person_id,
        other.c.created_at >= mine.ended_at,
    )
    since = when((between, now), else_=mine.created_at)
    for one in links:
        connection.execute(_the_link(one).values(source=FEED, ended_at=None, created_at=since))


def end_links(
    connection: Connection, links: Iterable[tuple[int, int]], *, now: datetime, source: str = REPLACED
) -> None:
    """End links of the feed's, because it states another number now; `source` says which of MAY_COME_BACK they are."""
    for one in links:
        connection.execute(_the_link(one).values(source=source, ended_at=now))


def add_consents(connection: Connection, granted: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Write that a court (second) enrolled endpoints (first) for its hearings."""
    columns = ("endpoint_id", "court_id", "purpose", "action", "evidence", "at")
    what = (ConsentPurpose.HEARINGS, ConsentAction.GRANTED, Evidence.FEED, now)
    insert_rows(connection, consent_event, columns, ((*pair, *what) for pair in granted))


def add_parts(connection: Connection, parts: Sequence[tuple[int, int, Role, bytes]], *, now: datetime) -> list[int]:
    """Write new parts in cases, each as (case, person, role, digest of what the feed says); return their ids."""
    ids = take_ids(connection, participation, len(parts))
    columns = ("id", "case_id", "person_id", "role", "feed_digest", "created_at")
    insert_rows(
        connection, participation, columns, ((new_id, *part, now) for new_id, part in zip(ids, parts, strict=True))
    )
    return list(ids)


def remember_said(connection: Connection, digests: Sequence[tuple[int, bytes]]) -> None:
    """Keep the digests of what the feed now says of known parts."""
    if digests:
        connection.execute(
            update(participation)
            .where(participation.c.id == bindparam("part"))
            .values(feed_digest=bindparam("digest")),
            [{"part": part, "digest": digest} for part, digest in digests],
        )


def _the_link(one: tuple[int, int]) -> Update:
    return update(person_endpoint).where(person_endpoint.c.person_id == one[0], person_endpoint.c.endpoint_id == one[1])


_PEOPLE = Prepared(
    select(person.c.id, person.c.party_key).where(
        person.c.court_id == bindparam("court"), one_of(person.c.party_key, "keys")
    )
)
_ENDPOINT = Prepared(
    select(endpoint.c.id, endpoint.c.state, endpoint.c.forgotten_at)
    .where(endpoint.c.channel == ChannelName.SMS, endpoint.c.address_digest == bindparam("digest"))
    .with_for_update(read=True, key_share=True)  # so that nobody forgets the number meanwhile
)
_BACK = Prepared(
    update(endpoint).where(endpoint.c.id == bindparam("row")).values(address=bindparam("sealed"), forgotten_at=None)
)
_LINKS = Prepared(
    select(*(person_endpoint.c[name] for name in ("person_id", "endpoint_id", "source", "ended_at"))).where(
        one_of(person_endpoint.c.person_id, "people")
    )
)
_HATS = Prepared(
    select(participation.c.case_id, person_endpoint.c.endpoint_id, participation.c.person_id, participation.c.role)
    .join(person_endpoint, person_endpoint.c.person_id == participation.c.person_id)
    .where(
        one_of(participation.c.case_id, "cases"),
        participation.c.ended_at.is_(None),
        or_(person_endpoint.c.ended_at.is_(None), person_endpoint.c.source == LET_GO),
    )
)
