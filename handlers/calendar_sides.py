"""Two hats: a number that both sides of one case state is used for neither who states it now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import Connection

from domain.roles import Role, are_opposed
from handlers.calendar_people import Claim, Someone
from storage import parties
from storage.parties import Found, PersonKey

TWO_HATS = "two_hats"
PROTECTED = frozenset({Role.VICTIM, Role.WITNESS})
Spot: TypeAlias = tuple[int, str]
"""A case's id and a number (E.164) that somebody in it states."""


def part_sides(connection: Connection, people: Iterable[Someone], known: Mapping[str, Found]) -> set[PersonKey]:
    """Take from everybody the numbers that somebody on the other side of a case has too; return who lost one.

    `known` are those of the numbers that are in the database. Which of the two rows is mistaken nobody knows, so of a
    file that states a number for both sides neither gets it. Who had it before keeps it, if the file still says so.
    """
    stated: dict[Spot, list[tuple[Someone, Claim]]] = defaultdict(list)
    for someone in people:
        for claim in someone.claims:
            for phone in someone.phones:
                stated[claim.case_id, phone.e164].append((someone, claim))
    there = _there_before(connection, stated, known)
    lost: set[PersonKey] = set()
    for (case_id, number), those in stated.items():
        others = [(other.key, claim.role) for other, claim in those]
        before = there[case_id, number]
        for someone, claim in those:
            if _is_opposed(someone.key, claim.role, others) or _is_opposed(someone.id, claim.role, before):
                _refuse(someone, claim, number)
                lost.add(someone.key)
    return lost


def _there_before(
    connection: Connection, stated: Collection[Spot], known: Mapping[str, Found]
) -> Mapping[Spot, list[tuple[object, Role]]]:
    """Return who was at each of the numbers before this file, of the same cases: (person's id, role)."""
    there: dict[Spot, list[tuple[object, Role]]] = defaultdict(list)
    number_of = {found.id: number for number, found in known.items()}
    if number_of:
        for case_id, those in parties.hats(connection, {spot[0] for spot in stated}).items():
            for endpoint_id, person_id, role in those:
                if endpoint_id in number_of:
                    there[case_id, number_of[endpoint_id]].append((person_id, role))
    return there


def _is_opposed(who: object, role: Role, those: Iterable[tuple[object, Role]]) -> bool:
    return any(other != who and _may_not_share(role, others_role) for other, others_role in those)


def _may_not_share(one: Role, other: Role) -> bool:
    """Whether two roles may not have one number: opposing sides, and victims or witnesses with any counsel."""
    counsel = Role.ATTORNEY in (one, other) and not PROTECTED.isdisjoint((one, other))
    return are_opposed(one, other) or counsel


def _refuse(someone: Someone, claim: Claim, number: str) -> None:
    if claim.known is not None:
        someone.refused.add(number)
    someone.phones = [phone for phone in someone.phones if phone.e164 != number]
    if not someone.phones:
        someone.facts = someone.facts._replace(unreachable_reason=TWO_HATS)
