"""What the planner looks at: each party of a hearing, where it stands, what it was told and what waits for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from domain.consent import Standing
from domain.delivery import ChannelName
from domain.gate import BROUGHT_TO_COURT
from domain.hearing import Appearance, Outcome
from domain.hearing_view import HearingView, Told
from domain.notice import NoticeKind, NoticeState
from domain.record import record
from domain.roles import Role
from storage.hearings import APPEARANCE, appearance_in, at_revisions
from storage.notices import Target
from storage.prepared import Prepared, one_of
from storage.schema import endpoint, hearing, hearing_party, notice, participation, person, person_endpoint
from storage.ways import Way, Ways

PLANNED_KINDS = (  # what the planner makes; replies and watches are not its own
    NoticeKind.HEARING_SET,
    NoticeKind.REMINDER,
    NoticeKind.SHORT_NOTICE,
    NoticeKind.CHANGE,
    NoticeKind.CANCELLATION,
    NoticeKind.CORRECTION,
    NoticeKind.RECOVERY,
    NoticeKind.INVITATION,
)
CARRIER_KEEPS = timedelta(hours=10)  # Twilio's default validity: a text without a receipt may arrive until then
RULE_PART = 3  # of reminder:<hearing>:<revision>:<rule>:<participation>


@record(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice in the outbox that has not left. `is_untouched`: no gate, no attempt has moved its instant yet."""

    id: int
    endpoint_id: int
    revision: int
    due_at: datetime
    expires_at: datetime
    is_untouched: bool


@record(frozen=True, slots=True, kw_only=True)
class PlanningRow:
    """One party of one hearing with its waiting notices by dedupe key. `target` is None for who cannot be reached.

    `is_fresh`: no notice that could be wanted now was ever made for them, whatever became of it. `only_news`: somebody
    at their endpoint is to be told as a party, but knows nothing yet; they follow, and know what is no longer true.
    """

    view: HearingView
    court_id: int
    case_id: int
    target: Target | None
    waiting: dict[str, Waiting]
    is_fresh: bool = False
    only_news: bool = False


class _Party(NamedTuple):
    """Who is to come, and the hearing as it stands."""

    hearing_id: int
    participation_id: int
    outcome: Outcome | None
    outcome_at: datetime | None
    person_id: int
    role: Role
    case_id: int
    court_id: int
    revision: int
    in_custody: bool | None
    appearance: Appearance


OF_PARTY = len(_Party._fields) - 1  # so many columns come before those of the appearance


class _Notice(NamedTuple):
    """A notice of the planner's."""

    id: int
    hearing_id: int
    participation_id: int
    kind: NoticeKind
    state: NoticeState
    revision: int
    dedupe_key: str
    endpoint_id: int
    left_at: datetime  # None as long as it has not left: who asks then has asked the state first
    due_at: datetime
    expires_at: datetime
    attempts: int
    channel: ChannelName
    is_lost: bool  # it went to an endpoint that is not this person's any more


OF_NOTICE = len(_Notice._fields) - 2  # so many columns are the notice's own


@dataclass(slots=True)
class _Tale:
    """The notices of one (hearing, participation). An invitation is one of those that wait, and tells nothing."""

    left: list[_Notice] = field(default_factory=list)
    lost: list[_Notice] = field(default_factory=list)
    """What left to a number that was replaced or wrong: nobody can say that this person has read it."""
    waiting: list[_Notice] = field(default_factory=list)
    newest: int = 0
    """The highest revision that any of them spoke of, also those that were dropped."""
    was_set: bool = False
    """Whether one of them says that the hearing is set: it is the same one at every revision."""


_NOTHING = _Tale()


def load(
    connection: Connection, hearing_ids: Sequence[int], *, now: datetime, only: Collection[int] | None = None
) -> list[PlanningRow]:
    """Read the parties of these hearings as they stand at `now`, in the order of hearings and parties.

    With `only`, those parties who are one of these people.
    """
    parties = _parties(connection, hearing_ids, only=only)
    if only is not None and any(party.role is Role.FOLLOWER for party in parties):
        return [row for row in load(connection, hearing_ids, now=now) if row.view.person_id in only]
    ways = Ways(connection, {row.person_id for row in parties})
    tales = _tales(connection, hearing_ids, only=only)
    spoken = _revisions(connection, tales)
    places = [ways.best(party.person_id, case_id=party.case_id, court_id=party.court_id) for party in parties]
    asked = {way.person_id for way, where in places if way is not None and where is Standing.PENDING}
    invited = _invited(connection, asked)
    rows = []
    for party, (way, where) in zip(parties, places, strict=True):
        tale = tales.get((party.hearing_id, party.participation_id), _NOTHING)
        view = _view(party, where, tale, spoken, now=now)
        if where is Standing.PENDING and way is not None:
            view = replace(view, endpoint_id=way.id, invited=tuple(invited.get(party.person_id, ())))
        rows.append(_planning_row(party, way, tale, view))
    held = {party.person_id for party in parties if party.in_custody and party.role in BROUGHT_TO_COURT}
    return _told_once(rows, ways, held=held)


def _parties(connection: Connection, hearing_ids: Sequence[int], *, only: Collection[int] | None) -> list[_Party]:
    if only is None:
        found = _PARTIES.all(connection, hearings=hearing_ids)
    else:
        found = _PARTIES_ONLY.all(connection, hearings=hearing_ids, people=only)
    return [_Party._make((*row[:OF_PARTY], appearance_in(row[OF_PARTY:]))) for row in found]


def _told_once(rows: list[PlanningRow], ways: Ways, *, held: Collection[int]) -> list[PlanningRow]:
    """Let nobody be told as a follower, too, where a party of the same hearing is told: who followed was named since.

    What the follower was told, and the party was not, is still taken back. Who is `held` is told nothing.
    """
    if all(row.view.role is not Role.FOLLOWER for row in rows):
        return rows
    named: dict[int, list[PlanningRow]] = defaultdict(list)
    for row in rows:
        if row.view.role is not Role.FOLLOWER and row.view.person_id not in held:
            named[row.view.hearing_id].append(row)
    return [_but_as_party(row, named[row.view.hearing_id], ways) for row in rows]


def _but_as_party(row: PlanningRow, named: Sequence[PlanningRow], ways: Ways) -> PlanningRow:
    if row.view.role is not Role.FOLLOWER or row.target is None:
        return row
    here, about = row.target.endpoint_id, {"case_id": row.case_id, "court_id": row.court_id}
    same = [one for one in named if ways.is_heard_by(here, one.view.person_id, **about)]
    if not same:
        return row
    if any(one.view.told is not None for one in same):
        return replace(row, target=None)
    return replace(row, only_news=True)


def _invited(connection: Connection, person_ids: Collection[int]) -> dict[int, list[tuple[str, int]]]:
    """Return the key and the endpoint of each invitation of these people that may have left, or never will."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for person_id, key, endpoint_id, state in _INVITED.all(connection, people=person_ids) if person_ids else ():
        if state.may_have_left or state is NoticeState.EXPIRED:
            found[person_id].append((key, endpoint_id))
    return found


def _tales(
    connection: Connection, hearing_ids: Sequence[int], *, only: Collection[int] | None
) -> dict[tuple[int, int], _Tale]:
    if only is None:
        found = _TOLD.all(connection, hearings=hearing_ids)
    else:
        found = _TOLD_ONLY.all(connection, hearings=hearing_ids, people=only)
    tales: dict[tuple[int, int], _Tale] = defaultdict(_Tale)
    for row in map(_Notice._make, found):
        tale = tales[row.hearing_id, row.participation_id]
        if row.state.is_waiting or row.state is NoticeState.CLAIMED:
            tale.waiting.append(row)
        if row.kind is NoticeKind.INVITATION:
            continue  # it hangs on a hearing, but says no word of it
        tale.newest = max(tale.newest, row.revision or 0)
        tale.was_set |= row.kind is NoticeKind.HEARING_SET
        if row.state.may_have_left:
            (tale.lost if row.is_lost else tale.left).append(row)
    return tales


def _revisions(connection: Connection, tales: dict[tuple[int, int], _Tale]) -> dict[tuple[int, int], Appearance]:
    """Return what each revision that was spoken of said."""
    left = (row for tale in tales.values() for row in (*tale.left, *tale.lost))
    wanted = {(row.hearing_id, row.revision) for row in left if row.revision}
    return at_revisions(connection, wanted)


def _view(
    party: _Party, where: Standing, tale: _Tale, spoken: dict[tuple[int, int], Appearance], *, now: datetime
) -> HearingView:
    return HearingView(
        hearing_id=party.hearing_id,
        participation_id=party.participation_id,
        person_id=party.person_id,
        role=party.role,
        revision=party.revision,
        appearance=party.appearance,
        standing=where,
        outcome=party.outcome,
        told=_told(_counted(tale, party, where), spoken, now=now),
        reminded=tuple(_reminded(tale, spoken)),
        waiting=frozenset(row.dedupe_key for row in tale.waiting),
        lost_at=tuple(sorted({row.endpoint_id for row in tale.lost})),
        missed_at=party.outcome_at if party.outcome is Outcome.DID_NOT_APPEAR else None,
    )


def _counted(tale: _Tale, party: _Party, where: Standing) -> list[_Notice]:
    """Return what counts as told: what is lost only where the worst is that they know of it.

    Who cannot be told any more, and whose hearing is off, may have read the old day on a phone that they had.
    """
    may_know = where is not Standing.GRANTED or not party.appearance.status.is_on
    return tale.left or (tale.lost if may_know else [])


def _told(counted: Sequence[_Notice], spoken: dict[tuple[int, int], Appearance], *, now: datetime) -> Told | None:
    about = [row for row in counted if (row.hearing_id, row.revision) in spoken]
    if not about:
        return None
    last = max(about, key=lambda row: row.revision)
    return Told(
        revision=last.revision,
        appearance=spoken[last.hearing_id, last.revision],
        is_settled=not any(_may_still_arrive(row, now=now) for row in about),
        since=min(row.left_at for row in about),
    )


def _may_still_arrive(row: _Notice, *, now: datetime) -> bool:
    """Whether the carrier may yet put this message on the phone; Telegram has no receipts, accepted is there."""
    if row.state in {NoticeState.SENDING, NoticeState.UNKNOWN}:
        return True
    is_text = row.channel is ChannelName.SMS and row.state is NoticeState.SENT
    return bool(is_text and row.left_at > now - CARRIER_KEEPS)


def _reminded(tale: _Tale, spoken: dict[tuple[int, int], Appearance]) -> Iterable[tuple[str, datetime]]:
    for row in tale.left:
        if row.kind is NoticeKind.REMINDER and (row.hearing_id, row.revision) in spoken:
            rule = row.dedupe_key.split(":")[RULE_PART]
            yield rule, spoken[row.hearing_id, row.revision].starts_at


def _planning_row(party: _Party, way: Way | None, tale: _Tale, view: HearingView) -> PlanningRow:
    target = None
    if way is not None:
        target = Target(
            endpoint_id=way.id,
            lane_id=way.lane_id,
            court_id=party.court_id,
            person_id=party.person_id,
            participation_id=party.participation_id,
            case_id=party.case_id,
            hearing_id=party.hearing_id,
            revision=party.revision,
        )
    return PlanningRow(
        view=view,
        court_id=party.court_id,
        case_id=party.case_id,
        target=target,
        waiting={row.dedupe_key: _waiting(row) for row in tale.waiting},
        is_fresh=not tale.lost and tale.newest < view.revision and (view.told is not None or not tale.was_set),
    )


def _waiting(row: _Notice) -> Waiting:
    return Waiting(
        id=row.id,
        endpoint_id=row.endpoint_id,
        revision=row.revision,
        due_at=row.due_at,
        expires_at=row.expires_at,
        is_untouched=row.state is NoticeState.PLANNED and not row.attempts,
    )


_OF_HEARINGS = (
    select(
        *(hearing_party.c[name] for name in ("hearing_id", "participation_id", "outcome", "outcome_at")),
        participation.c.person_id,
        participation.c.role,
        *(hearing.c[name] for name in ("case_id", "court_id", "revision")),
        person.c.in_custody,
        *(hearing.c[name] for name in APPEARANCE),
    )
    .join(hearing, hearing.c.id == hearing_party.c.hearing_id)
    .join(participation, participation.c.id == hearing_party.c.participation_id)
    .join(person, person.c.id == participation.c.person_id)
    .where(participation.c.ended_at.is_(None), one_of(hearing.c.id, "hearings"))
    .order_by(hearing.c.id, participation.c.id)
)
_PARTIES = Prepared(_OF_HEARINGS)
_PARTIES_ONLY = Prepared(_OF_HEARINGS.where(one_of(participation.c.person_id, "people")))
_OF_PLANNER = (
    select(
        *(notice.c[name] for name in _Notice._fields[:OF_NOTICE]),
        endpoint.c.channel,
        person_endpoint.c.ended_at.is_not(None),
    )
    .join(endpoint, endpoint.c.id == notice.c.endpoint_id)
    .outerjoin(
        person_endpoint,
        (person_endpoint.c.person_id == notice.c.person_id) & (person_endpoint.c.endpoint_id == notice.c.endpoint_id),
    )
    .where(one_of(notice.c.hearing_id, "hearings"), or_(*(notice.c.kind == kind for kind in PLANNED_KINDS)))
    .order_by(notice.c.id)
)
_TOLD = Prepared(_OF_PLANNER)
_TOLD_ONLY = Prepared(_OF_PLANNER.where(one_of(notice.c.person_id, "people")))
_INVITED = Prepared(
    select(notice.c.person_id, notice.c.dedupe_key, notice.c.endpoint_id, notice.c.state)
    .where(one_of(notice.c.person_id, "people"), notice.c.kind == NoticeKind.INVITATION)
    .order_by(notice.c.id)
)
