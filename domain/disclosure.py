"""Who may be told what: the facts of a hearing that each role may see, at each proof of identity. The only list."""

from enum import IntEnum, StrEnum

from domain.hearing import Appearance, Confidentiality
from domain.letter import HearingFacts
from domain.roles import Role


class Proof(IntEnum):
    """How sure we are of who reads."""

    NONE = 0  # anybody who knows a case number
    POSSESSION = 1  # they hold an endpoint that the court links to this person
    CONFIRMED = 2  # and they have given a PIN or another secret


class Fact(StrEnum):
    """One thing that can be told of a hearing."""

    EXISTS = "exists"
    CASE_NUMBER = "case_number"
    WHEN = "when"
    WHERE = "where"
    HOW = "how"  # in person, by video or by telephone
    JOIN_URL = "join_url"  # whoever has it can come in


PUBLIC_FACTS = frozenset({Fact.EXISTS, Fact.CASE_NUMBER, Fact.WHEN, Fact.WHERE, Fact.HOW})
EVERYTHING = frozenset(Fact)
NOTHING: frozenset[Fact] = frozenset()
DISCREET = frozenset({Role.VICTIM, Role.WITNESS})
"""Roles whose texts say no word of the case's matter or of the other side."""


def may_answer_lookup(confidentiality: Confidentiality, *, minor: bool) -> bool:
    """Return whether a case answers to its number; every other answers word for word like an unknown one."""
    return confidentiality is Confidentiality.PUBLIC and not minor


def visible_facts(
    role: Role | None, confidentiality: Confidentiality, *, proof: Proof, minor: bool = False
) -> frozenset[Fact]:
    """Return what a reader may be told of a hearing.

    `role` is None for somebody who only knows the number; a FOLLOWER is one of those who asked for reminders.
    Nobody hears of a sealed case by text. Without a proof of identity a role counts for nothing. The link into a
    hearing goes to those who take part in it.
    """
    if confidentiality is Confidentiality.SEALED:
        return NOTHING
    if role in (None, Role.FOLLOWER) or proof is Proof.NONE:
        return PUBLIC_FACTS if may_answer_lookup(confidentiality, minor=minor) else NOTHING
    return EVERYTHING


def letter_hearing(
    appearance: Appearance,
    case_number: str,
    *,
    role: Role | None,
    confidentiality: Confidentiality,
    proof: Proof,
    minor: bool = False,
) -> HearingFacts | None:
    """Return the hearing as this reader may be told it, or None when not even that it exists."""
    facts = visible_facts(role, confidentiality, proof=proof, minor=minor)
    if Fact.EXISTS not in facts:
        return None
    return HearingFacts(
        case_number=case_number,
        starts_at=appearance.starts_at,
        courtroom=appearance.courtroom,
        place=appearance.place,
        mode=appearance.mode,
        join_url=appearance.join_url if Fact.JOIN_URL in facts else None,
    )


def is_discreet(role: Role) -> bool:
    """Return whether texts to this role must not betray what the case is about."""
    return role in DISCREET
