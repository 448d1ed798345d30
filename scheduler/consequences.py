"""What follows when a text cannot be carried: another try, another way to the person, or work for the desk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias, assert_never

import structlog
from sqlalchemy import Connection, Row

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence, Standing, standing
from domain.delivery import ChannelName, Consequence
from domain.gate import ABOUT_A_HEARING, EndpointState
from domain.notice import NoticeKind, NoticeState
from domain.reasons import Reason
from scheduler import lane_health
from storage import attendance, audit, breaker, consents, detours, endpoints, notices, outbox, reminded, underway, ways
from storage.letters import LetterRow
from storage.tasks import About, TaskKind, open_task

AnyRow = Row[*tuple[Any, ...]]
NoticeRow: TypeAlias = AnyRow | LetterRow

ATTEMPTS = 8
"""After so many a text that will not leave is given up, and the desk is told."""
FIRST_BACK_OFF = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(minutes=30)
LAST_MOMENT = timedelta(minutes=1)
"""A try that would come later than this before the window closes is not worth waiting for."""
PHONE_OFF = timedelta(hours=2)
PHONE_TRIES = 3
"""A phone that is off is tried twice more, hours apart."""
OUT_THERE = frozenset({NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.SENT})
NEWS = frozenset({NoticeKind.CHANGE, NoticeKind.CANCELLATION, NoticeKind.CORRECTION})
"""What tells people that something is no longer as they were told."""
STOPPED = frozenset({Reason.REVOKED, Reason.CARRIER_STOPPED})
NOTHING_MISSED = frozenset(
    {Reason.OLD_REVISION, Reason.HEARING_OFF, Reason.HEARING_ON, Reason.NOT_MISSED, Reason.NOT_PUBLIC}
)
"""Why a notice would have been false, or somebody else's business: nobody misses it."""
DESK_MATTERS = ABOUT_A_HEARING | {NoticeKind.RECOVERY}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a delivery did not get through: the provider's code, what it says beyond this text, if waiting may help.

    `attempted_at` is when it was given to the wire.
    """

    delivery_id: int
    attempted_at: datetime
    lane_id: int
    endpoint_id: int
    code: str
    consequence: Consequence = Consequence.NONE
    may_retry: bool = False


def meet(connection: Connection, trouble: Trouble, *, now: datetime) -> None:
    """Do what follows for the notices of a delivery that did not get through, and for its endpoint and lane."""
    attendance.take_back(connection, trouble.endpoint_id, asked_at=trouble.attempted_at)
    carried = [row for row in underway.of_delivery(connection, trouble.delivery_id) if row.state in OUT_THERE]
    match trouble.consequence:
        case Consequence.OPTED_OUT:
            _meet_opt_out(connection, trouble, carried, now=now)
        case Consequence.DEAD_ADDRESS if not _has_lived_on(connection, trouble):
            if endpoints.get(connection, trouble.endpoint_id).state is not EndpointState.FROZEN:
                endpoints.change(connection, trouble.endpoint_id, state=EndpointState.DEAD)
            _go_round(connection, trouble, carried, reason=Reason.ENDPOINT_DEAD, now=now)
        case Consequence.LANE_BROKEN:
            code = breaker.by_receipt(trouble.code)  # an answer that says so is Deferred
            lane_health.rest(connection, trouble.lane_id, now=now, code=code, is_broken=True)
            for row in carried:  # the provider took it, and will have it paid: this attempt counts
                again(connection, row, now=now, after=lane_health.BROKEN_REST, code=trouble.code)
        case Consequence.NONE if not trouble.may_retry:
            _give_up(connection, carried, code=trouble.code, now=now)
        case Consequence.NONE | Consequence.DEAD_ADDRESS:
            for row in carried:
                _try_the_phone_again(connection, row, trouble, now=now)
        case _:
            assert_never(trouble.consequence)


def _meet_opt_out(connection: Connection, trouble: Trouble, carried: Sequence[AnyRow], *, now: datetime) -> None:
    if _is_lifted(connection, _opt_out(trouble), trouble.endpoint_id):
        for row in carried:
            again(connection, row, now=now, code=trouble.code)
        return
    if _is_telegram(connection, trouble):  # who blocks a bot may still want the texts they agreed to elsewhere
        _go_round(connection, trouble, carried, reason=Reason.CARRIER_STOPPED, now=now)
    else:
        for row in carried:
            underway.fail(connection, row.id, reason=Reason.CARRIER_STOPPED, now=now)
        stopped_but_changed(connection, carried, now=now)
    _stop(connection, trouble, now=now)


def stop(connection: Connection, trouble: Trouble, *, now: datetime) -> None:
    """Mirror an opt-out that the carrier knows of: no retry, nothing more, by any name.

    It was in force when the text was made: who has said START since then has lifted it.
    """
    if not _is_lifted(connection, _opt_out(trouble), trouble.endpoint_id):
        _stop(connection, trouble, now=now)


def _stop(connection: Connection, trouble: Trouble, *, now: datetime) -> None:
    endpoints.change(connection, trouble.endpoint_id, carrier_stopped=True)
    consents.add(connection, trouble.endpoint_id, _opt_out(trouble))
    if _is_telegram(connection, trouble):
        notices.drop_waiting(connection, endpoint_id=trouble.endpoint_id, reason=Reason.CARRIER_STOPPED, now=now)
    else:
        end_waiting(connection, trouble.endpoint_id, reason=Reason.CARRIER_STOPPED, now=now)
    facts = {"endpoint": trouble.endpoint_id, "code": trouble.code}
    audit.record(connection, audit.AuditAction.CONSENT_CHANGED, actor="carrier", facts=facts, now=now)


def end_waiting(connection: Connection, endpoint_id: int, *, reason: str, now: datetime) -> None:
    """End what waits for an endpoint that wants no more texts, also what has gone round a lane that is down from there.

    The desk is told who believes what is no longer true.
    """
    waiting = outbox.waiting_for(connection, endpoint_id)
    notices.drop_waiting(connection, endpoint_id=endpoint_id, reason=reason, now=now)
    round_about = detours.of(connection, endpoint_id)  # after that: until then something might still go round
    ends = [{"notice": row.id, "end": NoticeState.DROPPED, "reason": reason} for row in round_about]
    outbox.drop(connection, ends, now=now)
    stopped_but_changed(connection, [*waiting, *round_about], now=now)


def again(
    connection: Connection,
    row: NoticeRow,
    *,
    now: datetime,
    code: str,
    after: timedelta | None = None,
    refund: bool = False,
) -> None:
    """Try a notice again after a while, as long as it may still be told; `refund`: the attempt does not count.

    Without `after` the wait doubles with each attempt, up to LONGEST_BACK_OFF, and differs between notices.
    """
    if row.attempts >= ATTEMPTS and not refund:
        _give_up(connection, [row], code=code, now=now)
        return
    wait = back_off(row.attempts, seed=row.id) if after is None else after
    at = _in_time(now, wait, row.expires_at)
    if at is None:
        expire(connection, [row], now=now)
    else:
        underway.again(connection, row.id, at=at, reason=code, refund=refund)


def back_off(attempts: int, *, seed: int) -> timedelta:
    """Return the wait after so many attempts: the same for the same seed, spread by up to half between seeds."""
    doublings = min(max(attempts - 1, 0), ATTEMPTS)
    wait = min(FIRST_BACK_OFF * (1 << doublings), LONGEST_BACK_OFF)
    digest = blake2b(f"{seed}:{attempts}".encode(), digest_size=4).digest()
    return wait * (1 + int.from_bytes(digest, "big") / 2**33)


def expire(connection: Connection, rows: Sequence[NoticeRow], *, now: datetime) -> None:
    """End notices whose time has passed; where a person was told nothing of a hearing, the desk must know."""
    ends = [{"notice": row.id, "end": NoticeState.EXPIRED, "reason": Reason.EXPIRED} for row in rows]
    outbox.drop(connection, ends, now=now)
    not_reminded(connection, rows, now=now)


def tell_who_missed(connection: Connection, refused: Iterable[tuple[NoticeRow, Reason]], *, now: datetime) -> None:
    """Put on the desk's list who misses something because the gate let a notice go nowhere, each with its reason.

    Who asked for no more texts misses only what has changed since they were told; so do the parties of a sealed case.
    """
    stopped, missed = [], []
    for row, reason in refused:
        if reason in STOPPED:
            stopped.append(row)
        elif reason not in NOTHING_MISSED and (reason is not Reason.SEALED or row.kind in NEWS):
            missed.append(row)
    stopped_but_changed(connection, stopped, now=now)
    not_reminded(connection, missed, now=now)


def not_reminded(connection: Connection, rows: Iterable[NoticeRow], *, now: datetime) -> None:
    """Put on the desk's list who was told nothing of a hearing as it stands."""
    _list_untold(connection, TaskKind.NOT_REMINDED, rows, now=now)


def stopped_but_changed(connection: Connection, rows: Iterable[NoticeRow], *, now: datetime) -> None:
    """Put on the desk's list who wants no texts and believes what is no longer true: the planner's own cause."""
    news = [row for row in rows if row.kind in NEWS]
    _list_untold(connection, TaskKind.STOPPED_BUT_CHANGED, news, now=now)


def _list_untold(connection: Connection, kind: TaskKind, rows: Iterable[NoticeRow], *, now: datetime) -> None:
    mattering = [row for row in rows if row.kind in ABOUT_A_HEARING and row.person_id is not None]
    if not mattering:
        return
    told = reminded.of(connection, [row.hearing_id for row in mattering])
    for row in mattering:
        if (row.hearing_id, row.person_id, row.revision) not in told:
            cause = f"{row.hearing_id}:{row.revision}:{row.person_id}"
            open_task(connection, kind, about(row), dedupe=cause, now=now)


def about(row: NoticeRow) -> About:
    """Return what a task about a notice is about."""
    return About(court_id=row.court_id, case_id=row.case_id, hearing_id=row.hearing_id, person_id=row.person_id)


def _opt_out(trouble: Trouble) -> ConsentEvent:
    return ConsentEvent(at=trouble.attempted_at, action=ConsentAction.REVOKED, evidence=Evidence.CARRIER)


def _is_lifted(connection: Connection, opt_out: ConsentEvent, endpoint_id: int) -> bool:
    """Return whether what was said after an opt-out lets texts through again."""
    said = consents.of_endpoints(connection, [endpoint_id]).get(endpoint_id, [])
    tale = sorted((*said, opt_out), key=lambda event: event.at)
    return standing(tale, purpose=ConsentPurpose.HEARINGS, case_id=None, court_id=None) is not Standing.REVOKED


def _is_telegram(connection: Connection, trouble: Trouble) -> bool:
    return endpoints.get(connection, trouble.endpoint_id).channel is ChannelName.TELEGRAM


def _has_lived_on(connection: Connection, trouble: Trouble) -> bool:
    """Whether somebody wrote from there, or got a text, after the one of which it is said that nobody is there."""
    return endpoints.was_there(connection, trouble.endpoint_id, after=trouble.attempted_at)


def _go_round(
    connection: Connection, trouble: Trouble, carried: Sequence[AnyRow], *, reason: Reason, now: datetime
) -> None:
    """Nobody can be reached there: go on by another way that the person agreed to, and tell the desk once.

    Without another way it ends for a `reason` that lets it live again when somebody is there again.
    """
    waiting = outbox.waiting_for(connection, trouble.endpoint_id)
    stuck = [row for row in (*carried, *waiting) if not _redirect(connection, row, trouble, now=now)]
    for row in stuck:
        if row.state in OUT_THERE:
            underway.fail(connection, row.id, reason=reason, now=now)
    notices.drop_waiting(connection, endpoint_id=trouble.endpoint_id, reason=reason, now=now)
    for row in (*stuck, *carried):
        cause = f"{trouble.endpoint_id}:{row.person_id}"
        open_task(connection, TaskKind.UNREACHABLE, about(row), dedupe=cause, now=now, since=trouble.attempted_at)


def _redirect(connection: Connection, row: AnyRow, trouble: Trouble, *, now: datetime) -> bool:
    if row.person_id is None or row.kind is NoticeKind.REPLY:
        return False
    place = {"instead_of": trouble.endpoint_id, "court_id": row.court_id, "case_id": row.case_id}
    way = ways.another(connection, row.person_id, **place)
    if way is None or way.lane_id is None:
        return False
    outbox.redirect(connection, row.id, endpoint_id=way.id, lane_id=way.lane_id)
    if row.state in OUT_THERE:
        underway.again(connection, row.id, at=now, reason=trouble.code)
    return True


def _try_the_phone_again(connection: Connection, row: AnyRow, trouble: Trouble, *, now: datetime) -> None:
    at = _in_time(now, PHONE_OFF, row.expires_at)
    if row.attempts >= PHONE_TRIES or at is None or row.kind is NoticeKind.REPLY:
        _give_up(connection, [row], code=trouble.code, now=now)
    else:
        underway.again(connection, row.id, at=at, reason=trouble.code)


def _give_up(connection: Connection, rows: Iterable[NoticeRow], *, code: str, now: datetime) -> None:
    for row in rows:
        underway.fail(connection, row.id, reason=code, now=now)
        if row.kind in DESK_MATTERS:
            open_task(connection, TaskKind.FAILED, about(row), dedupe=str(row.id), now=now, since=now)


def _in_time(now: datetime, wait: timedelta, expires_at: datetime) -> datetime | None:
    """Return when to try again: after the wait, or half-way to the end where that comes first; None when too late."""
    left = expires_at - now
    if left <= LAST_MOMENT:
        return None
    return now + min(wait, left / 2)
