"""Everybody of a calendar on an invented number, agreed, in a language: the people of a simulation."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from bot.simulation.numbers import invented_chats, invented_numbers
from domain.delivery import Address, ChannelName
from domain.roles import Role
from storage import calendar, endpoints, lanes, parties, simulation
from storage.courts import Courts
from storage.database import Database, vault_of
from storage.parties import NewNumber, PersonFacts, PersonKey, SealedFacts, seal_number

AT_ONCE = 5_000
"""People a unit of work: memory stays bounded however large the calendar is."""
NOBODY_KNOWN = PersonFacts(
    given=None,
    family=None,
    birth_date=None,
    language=None,
    is_minor=False,
    in_custody=False,
    unreachable_reason=None,
)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Cast:
    """How many people there are, and how many of them were invented because their case names nobody."""

    people: int
    invented: int


def subscribe_everybody(
    database: Database, courts: Courts, *, role: Role, now: datetime, at_once: int = AT_ONCE
) -> Cast:
    """Put everybody on a number or chat of their own that nobody has, agreed to texts; nothing is planned yet.

    A case that names nobody gets one party, in `role`. Who has no language in the file gets one of their court's,
    in turn. A paper with a Telegram link on it is taken up: that person reads Telegram.
    """
    lonely = database.read_now(simulation.cases_of_nobody)
    for chunk in _chunks(lonely, at_once):
        database.write_now(partial(_invent_parties, cases=chunk, role=role, now=now))
    people = database.read_now(simulation.people)
    turns = _Turns(courts)
    numbers, chats = invented_numbers(), invented_chats()
    for chunk in _chunks(people, at_once):
        languages = [(row.id, turns.next_language(row.court_id)) for row in chunk if row.language is None]
        phones = [(row, next(numbers)) for row in chunk if not row.has_token]
        readers = [(row, next(chats)) for row in chunk if row.has_token]
        step = partial(_reach, languages=languages, phones=phones, readers=readers, courts=courts, now=now)
        database.write_now(step)
    return Cast(people=len(people), invented=len(lonely))


class _Turns:
    """Hands out the languages of each court, one after the other."""

    def __init__(self, courts: Courts) -> None:
        self._courts = courts
        self._given: Counter[int] = Counter()

    def next_language(self, court_id: int) -> str:
        languages = self._courts[court_id].languages
        self._given[court_id] += 1
        return languages[(self._given[court_id] - 1) % len(languages)]


def _invent_parties(connection: Connection, *, cases: Sequence[AnyRow], role: Role, now: datetime) -> None:
    keys = [PersonKey(row.court_id, f"simulation:{row.id}") for row in cases]
    ids = parties.add_people(connection, [(key, NOBODY_KNOWN, SealedFacts(None, None, None)) for key in keys], now=now)
    parts = [(row.id, ids[key], role, b"") for row, key in zip(cases, keys, strict=True)]
    part_of = {row.id: part for row, part in zip(cases, parties.add_parts(connection, parts, now=now), strict=True)}
    found = simulation.hearings_of(connection, list(part_of))
    calendar.link_parties(connection, [(row.id, part_of[row.case_id]) for row in found], now=now)


def _reach(
    connection: Connection,
    *,
    languages: Sequence[tuple[int, str]],
    phones: Sequence[tuple[AnyRow, str]],
    readers: Sequence[tuple[AnyRow, str]],
    courts: Courts,
    now: datetime,
) -> None:
    simulation.set_languages(connection, languages)
    lane_of = lanes.choose_for_all(connection, courts)
    vault = vault_of(connection)
    fresh = [
        NewNumber(number, seal_number(vault, number), lane_of[row.court_id, ChannelName.SMS].lane_for(number), False)
        for row, number in phones
    ]
    added = parties.add_endpoints(connection, fresh, now=now)
    reached = [(row, added[number].id) for row, number in phones]
    for row, chat in readers:
        lane_id = lane_of[row.court_id, ChannelName.TELEGRAM].lane_for(chat)
        there = endpoints.find_or_add(connection, Address(ChannelName.TELEGRAM, chat), lane_id=lane_id, now=now)
        reached.append((row, there.id))
    parties.link(connection, [(row.id, endpoint_id) for row, endpoint_id in reached], now=now)
    parties.add_consents(connection, [(endpoint_id, row.court_id) for row, endpoint_id in reached], now=now)


def _chunks(rows: Sequence[AnyRow], size: int) -> Iterator[list[AnyRow]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk
