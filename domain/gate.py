"""The gate: the one function that decides, just before sending, whether a notice leaves, waits or is dropped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias, assert_never
from zoneinfo import ZoneInfo

from domain.consent import Standing
from domain.court import QuietHours
from domain.disclosure import may_answer_lookup
from domain.hearing import Confidentiality, HearingStatus, Outcome
from domain.notice import NoticeKind, Priority, Purpose
from domain.quiet_hours import cannot_wait, is_quiet, quiet_until
from domain.reasons import SENTENCES, Reason
from domain.record import record
from domain.roles import Role


class EndpointState(StrEnum):
    """What is known of a way to reach somebody."""

    ACTIVE = "active"
    DOUBTFUL = "doubtful"  # it may have changed hands: nothing of a case until confirmed
    DEAD = "dead"  # nobody can be reached there
    FROZEN = "frozen"  # lost or stolen, or a clerk's order


RECHECK = timedelta(hours=1)
"""How soon the gate looks again at what waits for somebody."""
LAST_CHANCE = timedelta(hours=2)
"""So long before a notice expires it is no longer held for a fresher feed."""
IN_FLIGHT_WAIT = timedelta(seconds=5)
RECEIPT_LOOK = timedelta(seconds=30)
"""How soon what waits for an earlier message's receipt is looked at again. As a rule the receipt itself releases it;
one that is written down in the very moment in which another process decides to wait releases nothing."""
LOOP_WINDOW = timedelta(minutes=5)
LOOP_CAP = 5
"""Replies to one endpoint within LOOP_WINDOW; two machines that answer each other stop here."""
DAILY_CAP = 30
"""Texts to one endpoint within a day."""

CALLS_TO_COURT = frozenset({NoticeKind.HEARING_SET, NoticeKind.REMINDER, NoticeKind.SHORT_NOTICE})
ABOUT_A_HEARING = CALLS_TO_COURT | {
    NoticeKind.CHANGE,
    NoticeKind.CANCELLATION,
    NoticeKind.CORRECTION,
    NoticeKind.WATCH_FOUND,
}
NEUTRAL = frozenset({NoticeKind.INVITATION, NoticeKind.REPLY})
PROMISED = frozenset({NoticeKind.WATCH_FOUND, NoticeKind.WATCH_ENDED})
"""What somebody has asked us to tell them, and that only: no further consent is needed for it, but a STOP ends it."""
BROUGHT_TO_COURT = frozenset({Role.DEFENDANT, Role.RESPONDENT})


@record(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """All that the gate looks at, as it is now. Instants are aware and in UTC.

    `starts_at` is the hearing's start now, `told_starts_at` the start that a change supersedes. `minor`: the case is
    about somebody who is not of age; it need be known only for who has no part in it. `opposed`: the endpoint also
    belongs to somebody else, on the other side of this case. `recent_replies` counts the replies that left to the
    endpoint in the last LOOP_WINDOW, `daily_replies` those of the last 24 hours, `daily_sends` all texts of these.
    `is_owed`: it is the answer to STOP or HELP. `feed_age` is the time since the court's last import, None for a court
    without a feed. `unsettled_until`: a message of an earlier revision about this hearing may
    still be on its way to this person; wait for its receipt until then. `language_allowed` is False when no text
    of this kind may leave in any language that this person can be given. `foreign_held`: a number abroad that the
    desk has not released. `conflict_same_minute`: this person is expected in two courts at once.
    """

    now: datetime
    kind: NoticeKind
    priority: Priority
    due_at: datetime
    expires_at: datetime
    standing: Standing
    endpoint: EndpointState
    quiet: QuietHours
    zone: ZoneInfo
    purpose: Purpose | None = None
    role: Role | None = None
    confidentiality: Confidentiality | None = None
    minor: bool = False
    revision: int | None = None
    current_revision: int | None = None
    status: HearingStatus | None = None
    outcome: Outcome | None = None
    starts_at: datetime | None = None
    told_starts_at: datetime | None = None
    not_before: datetime | None = None
    carrier_stopped: bool = False
    opposed: bool = False
    in_custody: bool = False
    recent_replies: int = 0
    daily_replies: int = 0
    daily_sends: int = 0
    feed_age: timedelta | None = None
    stale_after: timedelta = timedelta(hours=36)
    is_owed: bool = False
    foreign_held: bool = False
    language_allowed: bool = True
    unsettled_until: datetime | None = None
    conflict_same_minute: bool = False
    in_flight: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Let it leave now. `note` is a sentence for staff when something was weighed."""

    reason: Reason
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: look again at `until` (aware, UTC, after now)."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """Never."""

    reason: Reason


Verdict: TypeAlias = Send | Hold | Drop


def decide(facts: GateFacts) -> Verdict:
    """Decide about one notice, to one endpoint, at one instant: the first rule of RULES that objects wins.

    Total: it never raises. A Hold is never shorter than a moment and never reaches past `expires_at`, where the
    answer becomes Drop.
    """
    for rule in RULES:
        verdict = rule(facts)
        if verdict is not None:
            return verdict
    if facts.kind is NoticeKind.REPLY:
        return Send(Reason.ASKED_FOR)
    if facts.priority <= Priority.URGENT and is_quiet(facts.now, facts.quiet, facts.zone):
        return Send(Reason.OVERRIDES_QUIET, SENTENCES[Reason.OVERRIDES_QUIET])
    if _is_stale(facts):
        return Send(Reason.STALE_BUT_LAST_CHANCE, SENTENCES[Reason.STALE_BUT_LAST_CHANCE])
    return Send(Reason.CLEAR)


def _window(facts: GateFacts) -> Verdict | None:
    if facts.now >= facts.expires_at:
        return Drop(Reason.EXPIRED)
    opens = max(facts.due_at, facts.not_before or facts.due_at)
    return Hold(min(opens, facts.expires_at), Reason.NOT_YET) if facts.now < opens else None


def _revision(facts: GateFacts) -> Verdict | None:
    if facts.revision is not None and facts.revision != facts.current_revision:
        return Drop(Reason.OLD_REVISION)
    return None


def _hearing(facts: GateFacts) -> Verdict | None:
    """A notice says what is true of the hearing now, or nothing."""
    kind, status = facts.kind, facts.status
    if kind is NoticeKind.RECOVERY:
        return None if facts.outcome is Outcome.DID_NOT_APPEAR else Drop(Reason.NOT_MISSED)
    if status is None or kind not in ABOUT_A_HEARING:
        return None
    if kind is NoticeKind.CANCELLATION:
        return Drop(Reason.HEARING_ON) if status.is_on else None
    if not status.is_on:
        return None if kind is NoticeKind.CORRECTION else Drop(Reason.HEARING_OFF)
    if facts.starts_at is not None and facts.starts_at <= facts.now:
        return Drop(Reason.HEARING_BEGUN)
    return None


def _confidentiality(facts: GateFacts) -> Verdict | None:
    """A sealed case is told to nobody; who only follows or watches one is told what a look-up would tell."""
    if facts.confidentiality is None:
        return None
    if facts.confidentiality is Confidentiality.SEALED:
        return Drop(Reason.SEALED)
    is_stranger = facts.role in (None, Role.FOLLOWER)
    if is_stranger and not may_answer_lookup(facts.confidentiality, minor=facts.minor):
        return Drop(Reason.NOT_PUBLIC)
    return None


def _two_hats(facts: GateFacts) -> Verdict | None:
    return Drop(Reason.OPPOSED) if facts.opposed else None


def _consent(facts: GateFacts) -> Verdict | None:
    """A reply answers somebody who has just written; all else needs their consent, an invitation asks for it."""
    if facts.carrier_stopped:
        return Drop(Reason.CARRIER_STOPPED)
    if facts.kind is NoticeKind.REPLY:
        return None
    if facts.standing is Standing.REVOKED:
        return Drop(Reason.REVOKED)
    if facts.standing is Standing.PENDING and facts.kind not in PROMISED | {NoticeKind.INVITATION}:
        return _ask_again(facts, Reason.NO_CONSENT_YET)
    return None


def _endpoint(facts: GateFacts) -> Verdict | None:
    match facts.endpoint:
        case EndpointState.DEAD:
            return Drop(Reason.ENDPOINT_DEAD)
        case EndpointState.FROZEN:
            return Drop(Reason.ENDPOINT_FROZEN)
        case EndpointState.DOUBTFUL if facts.kind not in NEUTRAL:
            return _ask_again(facts, Reason.ENDPOINT_DOUBTFUL)
        case EndpointState.DOUBTFUL | EndpointState.ACTIVE:
            return None
        case _:
            assert_never(facts.endpoint)


def _caps(facts: GateFacts) -> Verdict | None:
    """Replies fall silent against a machine; ordinary texts wait out a flood; urgent news of the court passes."""
    if facts.kind is NoticeKind.REPLY:
        over = facts.recent_replies >= LOOP_CAP or facts.daily_replies >= DAILY_CAP
        return Drop(Reason.LOOP) if over and not facts.is_owed else None
    if facts.daily_sends >= DAILY_CAP and facts.priority > Priority.URGENT:
        return _ask_again(facts, Reason.DAILY_CAP)
    return None


def _desk(facts: GateFacts) -> Verdict | None:
    """What waits for a human: each of these ends by somebody's decision, or with the notice's window."""
    if facts.kind is NoticeKind.REPLY:
        return None
    if facts.foreign_held:
        return _ask_again(facts, Reason.FOREIGN)
    if not facts.language_allowed:
        return _ask_again(facts, Reason.LANGUAGE)
    if facts.in_custody and facts.role in BROUGHT_TO_COURT:
        return _ask_again(facts, Reason.IN_CUSTODY)
    if facts.conflict_same_minute and facts.kind in CALLS_TO_COURT:
        return _ask_again(facts, Reason.TWO_PLACES)
    return None


def _quiet(facts: GateFacts) -> Verdict | None:
    if facts.kind is NoticeKind.REPLY:
        return None
    end = quiet_until(facts.now, facts.quiet, facts.zone)
    if end is None or _overrides_quiet(facts):
        return None
    return Hold(end, Reason.QUIET_HOURS) if end < facts.expires_at else Drop(Reason.QUIET_TOO_LONG)


def _order(facts: GateFacts) -> Verdict | None:
    """The newest truth is the last on the phone, and one endpoint gets one text at a time."""
    if facts.unsettled_until is not None and facts.now < facts.unsettled_until < facts.expires_at:
        return Hold(min(facts.unsettled_until, facts.now + RECEIPT_LOOK), Reason.EARLIER_ON_ITS_WAY)
    if facts.in_flight:
        return Hold(min(facts.now + IN_FLIGHT_WAIT, facts.expires_at), Reason.IN_FLIGHT)
    return None


def _staleness(facts: GateFacts) -> Verdict | None:
    """Wait for fresh facts while there is time; at the last chance the last known date is better than silence."""
    if _is_stale(facts) and facts.now + RECHECK + LAST_CHANCE < facts.expires_at:
        return Hold(facts.now + RECHECK, Reason.FEED_STALE)
    return None


def _is_stale(facts: GateFacts) -> bool:
    return facts.feed_age is not None and facts.feed_age > facts.stale_after and facts.kind in CALLS_TO_COURT


def _overrides_quiet(facts: GateFacts) -> bool:
    """Urgent news may wake people only if they would otherwise set out on what is no longer true, or be late."""
    if facts.priority > Priority.URGENT:
        return False
    starts = (facts.starts_at, facts.told_starts_at)
    needed_by = min((start for start in starts if start is not None and start > facts.now), default=None)
    return needed_by is not None and cannot_wait(facts.now, facts.quiet, facts.zone, needed_by=needed_by)


def _ask_again(facts: GateFacts, reason: Reason) -> Hold:
    return Hold(min(facts.now + RECHECK, facts.expires_at), reason)


RULES: tuple[Callable[[GateFacts], Verdict | None], ...] = (
    _window,
    _revision,
    _hearing,
    _confidentiality,
    _two_hats,
    _consent,
    _endpoint,
    _caps,
    _desk,
    _quiet,
    _order,
    _staleness,
)
"""Asked in this order; what would be wrong for ever comes before what is wrong for now."""
