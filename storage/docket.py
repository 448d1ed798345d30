"""The docket of a court: its hearings as staff look at them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.hearing import HearingStatus, Outcome
from domain.notice import WAITING
from domain.roles import Role
from storage.schema import case, hearing, hearing_party, notice, participation


@dataclass(frozen=True, slots=True, kw_only=True)
class DocketEntry:
    """One hearing. `starts_at` is aware and in UTC; `roles` are those of its parties, one for each."""

    hearing_id: int
    case_number: str
    starts_at: datetime
    courtroom: str | None
    status: HearingStatus
    outcome: Outcome | None
    roles: tuple[Role, ...]


def read(connection: Connection, *, court_id: int, limit: int = 200) -> list[DocketEntry]:
    """Return a court's hearings, soonest first."""
    query = (
        select(hearing, case.c.number)
        .join(case, case.c.id == hearing.c.case_id)
        .where(hearing.c.court_id == court_id)
        .order_by(hearing.c.starts_at, hearing.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    parties = (
        select(hearing_party.c.hearing_id, hearing_party.c.outcome, participation.c.role)
        .join(participation, participation.c.id == hearing_party.c.participation_id)
        .where(hearing_party.c.hearing_id.in_([row.id for row in rows]))
        .order_by(participation.c.id)
    )
    roles: dict[int, list[Role]] = {}
    outcomes: dict[int, Outcome] = {}
    for party in connection.execute(parties):
        roles.setdefault(party.hearing_id, []).append(party.role)
        if party.outcome is not None:
            outcomes[party.hearing_id] = party.outcome
    return [
        DocketEntry(
            hearing_id=row.id,
            case_number=row.number,
            starts_at=row.starts_at,
            courtroom=row.courtroom,
            status=row.status,
            outcome=outcomes.get(row.id),
            roles=tuple(roles.get(row.id, ())),
        )
        for row in rows
    ]


def next_due(connection: Connection) -> datetime | None:
    """Return when the next waiting notice of any court is due; None when nothing waits."""
    return connection.execute(select(func.min(notice.c.due_at)).where(notice.c.state.in_(WAITING))).scalar()
