"""Cases: found by what people type, with what decides whether they answer, and their coming hearings."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, or_, select

from domain.disclosure import may_answer_lookup
from domain.hearing import Appearance, Confidentiality, HearingStatus
from domain.roles import Role
from storage.driver import Row
from storage.hearings import APPEARANCE, appearance_in
from storage.prepared import Prepared, one_of
from storage.schema import case, court, hearing, hearing_revision, participation, person

ABOUT = (Role.DEFENDANT, Role.RESPONDENT, Role.PETITIONER)
"""Whose being a minor makes a case one that no stranger may ask for."""


_part, _who = participation.alias(), person.alias()
IS_MINOR = exists().where(
    _part.c.case_id == case.c.id,
    _part.c.person_id == _who.c.id,
    or_(*(_part.c.role == role for role in ABOUT)),
    _who.c.is_minor.is_(True),
)
"""Of a row of the table of cases: whether it is about somebody who is not of age."""


class StoredCase(NamedTuple):
    """A case; `minor`: it is about somebody who is not of age. `feed_seen_at`: when its calendar was last imported."""

    id: int
    court_id: int
    number: str
    folded: str
    confidentiality: Confidentiality
    minor: bool
    feed_seen_at: datetime | None

    @property
    def answers_lookup(self) -> bool:
        """Whether anybody who knows its number may be told of it."""
        return may_answer_lookup(self.confidentiality, minor=self.minor)


class CaseHearing(NamedTuple):
    """A hearing of a case as it stands, or stood at `revision`; `revised_at` is when that revision was made."""

    id: int
    case_id: int
    revision: int
    revised_at: datetime
    appearance: Appearance


def by_folded(connection: Connection, folded: Collection[str], *, court_ids: Collection[int]) -> list[StoredCase]:
    """Return the cases with one of these folded numbers in these courts, whether or not they answer."""
    return [_case(row) for row in _BY_FOLDED.all(connection, numbers=folded, courts=court_ids)]


def by_id(connection: Connection, case_ids: Collection[int]) -> dict[int, StoredCase]:
    """Return cases by id."""
    return {row[0]: _case(row) for row in _BY_ID.all(connection, ids=case_ids)}


def coming(connection: Connection, case_ids: Collection[int], *, now: datetime) -> dict[int, list[CaseHearing]]:
    """Return the hearings of these cases that are on and still to come, in order of time."""
    found: dict[int, list[CaseHearing]] = {case_id: [] for case_id in case_ids}
    for row in _COMING.all(connection, cases=case_ids, now=now):
        one = _hearing(row)
        found[one.case_id].append(one)
    return found


def hearings_now(connection: Connection, hearing_ids: Collection[int]) -> dict[int, CaseHearing]:
    """Return hearings by id, as they stand."""
    return {row[0]: _hearing(row) for row in _NOW.all(connection, ids=hearing_ids)}


def hearing_at(connection: Connection, hearing_id: int, revision: int) -> CaseHearing:
    """Return a hearing as it stood at a revision."""
    row = _AT.first(connection, id=hearing_id, revision=revision)
    assert row is not None  # noqa: S101 - a revision that was asked about is never removed
    return _hearing(row)


_CASES = select(
    case.c.id,
    case.c.court_id,
    case.c.number,
    case.c.folded,
    case.c.confidentiality,
    IS_MINOR.label("minor"),
    court.c.feed_seen_at,
).join(court, court.c.id == case.c.court_id)
_BY_FOLDED = Prepared(
    _CASES.where(one_of(case.c.folded, "numbers"), one_of(case.c.court_id, "courts")).order_by(case.c.id)
)
_BY_ID = Prepared(_CASES.where(one_of(case.c.id, "ids")))
_HEARINGS = select(
    hearing.c.id, hearing.c.case_id, hearing.c.revision, hearing.c.revised_at, *(hearing.c[name] for name in APPEARANCE)
)
_NOW = Prepared(_HEARINGS.where(one_of(hearing.c.id, "ids")))
_COMING = Prepared(
    _HEARINGS.where(
        one_of(hearing.c.case_id, "cases"),
        hearing.c.status == HearingStatus.SCHEDULED,
        hearing.c.starts_at > bindparam("now"),
    ).order_by(hearing.c.starts_at, hearing.c.id)
)
_AT = Prepared(
    select(
        hearing.c.id,
        hearing.c.case_id,
        hearing_revision.c.revision,
        hearing_revision.c.made_at,
        *(hearing_revision.c[name] for name in APPEARANCE),
    )
    .join_from(hearing, hearing_revision, hearing_revision.c.hearing_id == hearing.c.id)
    .where(hearing_revision.c.hearing_id == bindparam("id"), hearing_revision.c.revision == bindparam("revision"))
)


def _case(row: Row) -> StoredCase:
    case_id, court_id, number, folded, confidentiality, minor, feed_seen_at = row
    return StoredCase(case_id, court_id, number, folded, confidentiality, bool(minor), feed_seen_at)


def _hearing(row: Row) -> CaseHearing:
    hearing_id, case_id, revision, revised_at, *appearance = row
    return CaseHearing(hearing_id, case_id, revision, revised_at, appearance_in(appearance))
