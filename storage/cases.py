"""Cases: found by what people type, with what decides whether they answer, and their coming hearings."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from domain.disclosure import may_answer_lookup
from domain.hearing import Appearance, Confidentiality, HearingStatus
from domain.roles import Role
from storage.hearings import APPEARANCE, appearance_of
from storage.schema import case, court, hearing, hearing_revision, participation, person

ABOUT = (Role.DEFENDANT, Role.RESPONDENT, Role.PETITIONER)
"""Whose being a minor makes a case one that no stranger may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A case; `minor`: it is about somebody who is not of age."""

    id: int
    court_id: int
    number: str
    folded: str
    confidentiality: Confidentiality
    minor: bool

    @property
    def answers_lookup(self) -> bool:
        """Whether anybody who knows its number may be told of it."""
        return may_answer_lookup(self.confidentiality, minor=self.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHearing:
    """A hearing of a case as it stands, or stood at `revision`; `revised_at` is when that revision was made."""

    id: int
    case_id: int
    revision: int
    revised_at: datetime
    appearance: Appearance


def by_folded(connection: Connection, folded: Collection[str], *, court_ids: Collection[int]) -> list[StoredCase]:
    """Return the cases with one of these folded numbers in these courts, whether or not they answer."""
    query = _CASES.where(case.c.folded.in_(set(folded)), case.c.court_id.in_(set(court_ids)))
    return [_case(row) for row in connection.execute(query.order_by(case.c.id))]


def by_id(connection: Connection, case_ids: Iterable[int]) -> dict[int, StoredCase]:
    """Return cases by id."""
    rows = connection.execute(_CASES.where(case.c.id.in_(set(case_ids))))
    return {row.id: _case(row) for row in rows}


def coming(connection: Connection, case_ids: Collection[int], *, now: datetime) -> dict[int, list[CaseHearing]]:
    """Return the hearings of these cases that are on and still to come, in order of time."""
    query = select(hearing).where(
        hearing.c.case_id.in_(set(case_ids)), hearing.c.status == HearingStatus.SCHEDULED, hearing.c.starts_at > now
    )
    found: dict[int, list[CaseHearing]] = {case_id: [] for case_id in case_ids}
    for row in connection.execute(query.order_by(hearing.c.starts_at, hearing.c.id)):
        found[row.case_id].append(_hearing(row))
    return found


def hearing_now(connection: Connection, hearing_id: int) -> CaseHearing:
    """Return a hearing as it stands."""
    return _hearing(connection.execute(select(hearing).where(hearing.c.id == hearing_id)).one())


def hearing_at(connection: Connection, hearing_id: int, revision: int) -> CaseHearing:
    """Return a hearing as it stood at a revision."""
    at = (hearing_revision.c.hearing_id == hearing_id, hearing_revision.c.revision == revision)
    made_at = hearing_revision.c.made_at.label("revised_at")
    columns = (hearing_revision.c.revision, made_at, *(hearing_revision.c[name] for name in APPEARANCE))
    query = select(hearing.c.id, hearing.c.case_id, *columns).join_from(
        hearing, hearing_revision, hearing_revision.c.hearing_id == hearing.c.id
    )
    return _hearing(connection.execute(query.where(*at)).one())


def feed_seen_at(connection: Connection, court_id: int) -> datetime | None:
    """Return when a court's calendar was last imported."""
    return connection.execute(select(court.c.feed_seen_at).where(court.c.id == court_id)).scalar()


_IS_MINOR = exists().where(
    participation.c.case_id == case.c.id,
    participation.c.person_id == person.c.id,
    participation.c.role.in_(ABOUT),
    person.c.is_minor.is_(True),
)
_CASES = select(
    case.c.id, case.c.court_id, case.c.number, case.c.folded, case.c.confidentiality, _IS_MINOR.label("minor")
)


def _case(row: Row[*tuple[Any, ...]]) -> StoredCase:
    return StoredCase(
        id=row.id,
        court_id=row.court_id,
        number=row.number,
        folded=row.folded,
        confidentiality=row.confidentiality,
        minor=bool(row.minor),
    )


def _hearing(row: Row[*tuple[Any, ...]]) -> CaseHearing:
    return CaseHearing(
        id=row.id,
        case_id=row.case_id,
        revision=row.revision,
        revised_at=row.revised_at,
        appearance=appearance_of(row),
    )
