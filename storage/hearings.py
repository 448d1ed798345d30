"""Hearings and their revisions: every change of what matters to people adds one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.errors import NotFoundError
from domain.hearing import Appearance, Outcome
from storage import fed_rows
from storage.prepared import Prepared, one_of
from storage.schema import hearing, hearing_party, hearing_revision, participation

APPEARANCE = ("starts_at", "status", "courtroom", "place", "mode", "join_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHearing:
    """A hearing as it stands."""

    id: int
    case_id: int
    court_id: int
    revision: int
    appearance: Appearance


def get(connection: Connection, hearing_id: int) -> StoredHearing:
    """Return a hearing, locked against other changes until this unit of work ends.

    Raises:
        NotFoundError: If there is none with this id.
    """
    row = connection.execute(select(hearing).where(hearing.c.id == hearing_id).with_for_update(key_share=True)).first()
    if row is None:
        raise NotFoundError(f"there is no hearing {hearing_id}")
    return StoredHearing(
        id=row.id, case_id=row.case_id, court_id=row.court_id, revision=row.revision, appearance=appearance_of(row)
    )


def revise(connection: Connection, old: StoredHearing, new: Appearance, *, source: str, now: datetime) -> int:
    """Give a hearing its next revision; return its number. `source` is "import:<run>" or "staff:<who>"."""
    revision = old.revision + 1
    values = {name: getattr(new, name) for name in APPEARANCE}
    by_staff = {"staff_changed_at": now} if source.startswith("staff") else {}
    fed_rows.forget(connection, old.case_id)
    connection.execute(
        update(hearing).where(hearing.c.id == old.id).values(revision=revision, revised_at=now, **by_staff, **values)
    )
    connection.execute(
        insert(hearing_revision).values(hearing_id=old.id, revision=revision, made_at=now, source=source, **values)
    )
    return revision


def record_outcome(connection: Connection, hearing_id: int, outcome: Outcome, *, now: datetime) -> int:
    """Write down what came of a hearing for every party of it; return how many.

    Whom a miss concerns is the planner's to say: only the accused side gets a recovery text.
    """
    party = hearing_party.c.hearing_id == hearing_id
    return connection.execute(update(hearing_party).where(party).values(outcome=outcome, outcome_at=now)).rowcount


def attach(connection: Connection, *, participation_id: int, case_id: int, now: datetime) -> list[int]:
    """Make someone a party of every coming hearing of a case; return those hearings' ids."""
    coming = select(hearing.c.id).where(hearing.c.case_id == case_id, hearing.c.starts_at > now)
    there = select(hearing_party.c.hearing_id).where(hearing_party.c.participation_id == participation_id)
    hearing_ids = list(connection.execute(coming).scalars())
    known = set(connection.execute(there).scalars())
    fresh = [
        {"hearing_id": hearing_id, "participation_id": participation_id, "since": now}
        for hearing_id in hearing_ids
        if hearing_id not in known
    ]
    if fresh:
        connection.execute(insert(hearing_party), fresh)
    return hearing_ids


def of_person(connection: Connection, person_id: int) -> list[int]:
    """Return the ids of every hearing that a person is a party of."""
    query = (
        select(hearing_party.c.hearing_id)
        .join(participation, participation.c.id == hearing_party.c.participation_id)
        .where(participation.c.person_id == person_id)
    )
    return list(connection.execute(query).scalars())


def coming_of(connection: Connection, person_ids: Collection[int], *, now: datetime) -> list[int]:
    """Return the ids of every hearing still to come that one of these people is a party of."""
    return [hearing_id for (hearing_id,) in _COMING_OF.all(connection, people=person_ids, now=now)]


def at_revisions(connection: Connection, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], Appearance]:
    """Return what hearings said at revisions: pairs of a hearing's id and a revision."""
    rows = _REVISIONS.all(connection, hearings={hearing_id for hearing_id, _ in wanted}) if wanted else []
    return {(one, number): appearance_in(said) for one, number, *said in rows if (one, number) in wanted}


def appearance_of(row: Row[tuple[object, ...]]) -> Appearance:
    """Read an Appearance from a row that has its columns."""
    return appearance_in([getattr(row, name) for name in APPEARANCE])


def appearance_in(said: Sequence[Any]) -> Appearance:
    """Read an Appearance from the values of its columns, in their order."""
    return Appearance(**dict(zip(APPEARANCE, said, strict=True)))


_COMING_OF = Prepared(
    select(hearing.c.id)
    .join(hearing_party, hearing_party.c.hearing_id == hearing.c.id)
    .join(participation, participation.c.id == hearing_party.c.participation_id)
    .where(one_of(participation.c.person_id, "people"), hearing.c.starts_at > bindparam("now"))
    .distinct()
    .order_by(hearing.c.id)
)
_REVISIONS = Prepared(
    select(*(hearing_revision.c[name] for name in ("hearing_id", "revision", *APPEARANCE))).where(
        one_of(hearing_revision.c.hearing_id, "hearings")
    )
)
