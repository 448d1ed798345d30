"""The gate: the one function that decides, just before sending, whether a notice leaves, waits or is dropped."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.consent import Standing
from domain.court import QuietHours
from domain.hearing import Confidentiality, HearingStatus, Outcome
from domain.notice import NoticeKind, Priority, Purpose
from domain.roles import Role


class EndpointState(StrEnum):
    """What is known of a way to reach somebody."""

    ACTIVE = "active"
    DOUBTFUL = "doubtful"  # it may have changed hands: nothing of a case until confirmed
    DEAD = "dead"  # nobody can be reached there
    FROZEN = "frozen"  # lost or stolen, or a clerk's order


class Reason(StrEnum):
    """Why the gate decided as it did."""

    CLEAR = "clear"
    OVERRIDES_QUIET = "overrides_quiet"
    ASKED_FOR = "asked_for"
    STALE_BUT_LAST_CHANCE = "stale_but_last_chance"
    EXPIRED = "expired"
    HEARING_BEGUN = "hearing_begun"
    OLD_REVISION = "old_revision"
    HEARING_OFF = "hearing_off"
    HEARING_ON = "hearing_on"
    NOT_MISSED = "not_missed"
    SEALED = "sealed"
    NOT_PUBLIC = "not_public"
    OPPOSED = "opposed"
    CARRIER_STOPPED = "carrier_stopped"
    REVOKED = "revoked"
    NO_CONSENT_YET = "no_consent_yet"
    ENDPOINT_DEAD = "endpoint_dead"
    ENDPOINT_FROZEN = "endpoint_frozen"
    ENDPOINT_DOUBTFUL = "endpoint_doubtful"
    LOOP = "loop"
    DAILY_CAP = "daily_cap"
    FOREIGN = "foreign"
    LANGUAGE = "language"
    IN_CUSTODY = "in_custody"
    TWO_PLACES = "two_places"
    NOT_YET = "not_yet"
    QUIET_HOURS = "quiet_hours"
    QUIET_TOO_LONG = "quiet_too_long"
    EARLIER_ON_ITS_WAY = "earlier_on_its_way"
    IN_FLIGHT = "in_flight"
    FEED_STALE = "feed_stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """All that the gate looks at, as it is now. Instants are aware and in UTC.

    `starts_at` is the hearing's start now, `told_starts_at` the start that a change supersedes. `opposed`: the
    endpoint also belongs to the other side of this case. `recent_sends` counts what left to the endpoint in the
    last LOOP_WINDOW, `daily_sends` in the last 24 hours. `feed_age` is the time since the court's last import,
    None for a court without a feed. `unsettled_until`: a message of an earlier revision about this hearing may
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
    recent_sends: int = 0
    daily_sends: int = 0
    feed_age: timedelta | None = None
    stale_after: timedelta = timedelta(hours=36)
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
    """Decide about one notice, to one endpoint, at one instant."""
    raise NotImplementedError(facts)
