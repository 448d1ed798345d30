"""The people whom a calendar names, put together from all that its rows say of each; nothing is written here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from domain import names
from domain.calendar_row import PartyFields
from domain.calendar_words import language_tag, takes_texts
from domain.court import Court, Enrolment
from domain.phone import Phone, Unreachable, parse_phone
from domain.roles import Role
from domain.wall_clock import local_day
from storage.calendar import KnownParty
from storage.courts import Courts
from storage.parties import Link, PersonFacts, PersonKey, SealedFacts, SealedNumber, seal_facts, seal_number
from storage.staging import StagedCase
from storage.tasks import About
from storage.vault import Vault

ADULT = 18
NOT_MOBILE = "not_mobile"


@dataclass(slots=True, kw_only=True)
class Claim:
    """What a file says of one part in one case: who, in which role, and what of them, word for word."""

    case_id: int
    person: PersonKey
    role: Role
    said: Sequence[PartyFields]
    digest: bytes
    known: KnownParty | None = None


class Reading(NamedTuple):
    """What was made of what is said of somebody. `note` says how a damaged name may have been."""

    facts: PersonFacts
    sealed: SealedFacts
    phones: Sequence[Phone]
    note: str | None
    tokens: Sequence[str]


@dataclass(slots=True)
class Someone:
    """A person of the file. `phones` are those that may be used.

    `refused` are numbers that the file now gives to a part of theirs that we know, and that the other side has; `wrong`
    are endpoints that it gives them and that are known to be wrong.
    """

    key: PersonKey
    claims: list[Claim]
    facts: PersonFacts
    sealed: SealedFacts
    phones: list[Phone] = field(default_factory=list)
    note: str | None = None
    id: int = 0
    is_new: bool = True
    links: Mapping[int, Link] = field(default_factory=dict)
    tokens: Sequence[str] = ()
    refused: set[str] = field(default_factory=set)
    wrong: set[int] = field(default_factory=set)

    @property
    def about(self) -> About:
        """What a task about them is about."""
        return About(court_id=self.key.court_id, case_id=self.claims[0].case_id, person_id=self.id)

    @property
    def kept(self) -> list[int]:
        """The endpoints at which the feed's earlier word has them, where what it now says instead is of no use."""
        if self.phones or self.refused or all(claim.known is None for claim in self.claims):
            return []
        fed = [link.endpoint_id for link in self.links.values() if link.is_fed]
        return sorted(endpoint_id for endpoint_id in fed if endpoint_id not in self.wrong)


class PeopleReader:
    """Reads what rows say of people: names, languages, phones; and seals it. Each wording is read once.

    Nothing of it looks at the database, so one chunk of a calendar is read while the one before is being written.
    """

    def __init__(self, courts: Courts, vault: Vault, *, now: datetime, allow_fictional: bool) -> None:
        self._courts = courts
        self._vault = vault
        self._now = now
        self._allow_fictional = allow_fictional
        self._read: dict[tuple[int, tuple[PartyFields, ...]], Reading] = {}
        self._numbers: dict[str, SealedNumber] = {}

    def read_ahead(self, cases: Iterable[StagedCase]) -> Self:
        """Read all parties of some cases as each row states them alone: by far the most are stated once."""
        for case in cases:
            for row in case.rows:
                if row.party is not None:
                    for phone in self.read(case.key[0], (row.party.said,)).phones:
                        self.number(phone.e164)
        return self

    def read(self, court_id: int, said: tuple[PartyFields, ...]) -> Reading:
        """Make a person of all that is said of them.

        Where rows differ all usable phones count, and of the rest the first in an order that is not the file's.
        """
        known = self._read.get((court_id, said))
        if known is None:
            known = self._read[court_id, said] = self._made(said, self._courts[court_id])
        return known

    def number(self, e164: str) -> SealedNumber:
        """Return a number, sealed."""
        known = self._numbers.get(e164)
        if known is None:
            known = self._numbers[e164] = seal_number(self._vault, e164)
        return known

    def everybody(self, claims: Iterable[Claim]) -> list[Someone]:
        """Put together each person whom the claims name."""
        by_person: dict[PersonKey, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_person[claim.person].append(claim)
        return [self._someone(key, of_person) for key, of_person in by_person.items()]

    def _someone(self, key: PersonKey, claims: list[Claim]) -> Someone:
        said = tuple(claims[0].said)
        if len(claims) > 1 or len(said) > 1:
            said = tuple(sorted({one for claim in claims for one in claim.said}))
        facts, sealed, phones, note, tokens = self.read(key.court_id, said)
        return Someone(key, claims, facts, sealed, list(phones), note, tokens=tokens)

    def _made(self, said: Sequence[PartyFields], court: Court) -> Reading:
        phones, reason = _phones(said, court, allow_fictional=self._allow_fictional)
        given, family = names.tidy(said[0].given), names.tidy(said[0].family)
        damaged = names.is_damaged(given) or names.is_damaged(family)
        facts = PersonFacts(
            given=None if damaged else given or None,
            family=None if damaged else family or None,
            birth_date=said[0].birth_date or None,
            language=_language(said),
            is_minor=any(one.minor or _is_minor(one.birth_date, court, now=self._now) for one in said),
            in_custody=any(one.in_custody for one in said),
            unreachable_reason=reason,
            keep_name=damaged,
        )
        note = _suggestion(given, family) if damaged else None
        tokens = [one.token for one in said if one.token]
        return Reading(facts, seal_facts(self._vault, facts), phones, note, tokens)


def _language(said: Iterable[PartyFields]) -> str | None:
    """Return the first of their languages, in our words where we write it."""
    for one in said:
        tag = language_tag(one.language) if one.language else None
        if tag is not None:
            return tag
    return None


def _phones(said: Iterable[PartyFields], court: Court, *, allow_fictional: bool) -> tuple[list[Phone], str | None]:
    """Read every phone; return the usable ones, and why there is none."""
    if court.enrolment is Enrolment.NONE:
        return [], None
    usable: dict[str, Phone] = {}
    reasons: list[str] = []
    for one in said:
        read = _phone(one, court, allow_fictional=allow_fictional)
        if isinstance(read, Phone):
            usable[read.e164] = read
        elif read is not None:
            reasons.append(read)
    return list(usable.values()), None if usable or not reasons else min(reasons)


def _phone(said: PartyFields, court: Court, *, allow_fictional: bool) -> Phone | str | None:
    """Read a phone; return why it is of no use, or None where the person is reached by Telegram instead."""
    if not said.phone and said.token:
        return None
    if said.phone and not takes_texts(said.phone_type):
        return NOT_MOBILE
    read = parse_phone(said.phone, region=court.region, allow_fictional=allow_fictional)
    return read.reason if isinstance(read, Unreachable) else read


def _is_minor(birth_date: str, court: Court, *, now: datetime) -> bool:
    if not birth_date:
        return False
    today = local_day(now, court.zone)
    return birth_date > f"{today.year - ADULT:04}{today.isoformat()[4:]}"  # both ISO: they compare as text


def _suggestion(given: str, family: str) -> str:
    mended = " ".join(names.repaired(part) or part for part in (given, family) if part)
    return f"The feed says {given} {family}; probably {mended}."
