"""One person before one hearing, as the planner looks at them: where they stand, what they were told."""

from datetime import datetime

from domain.consent import Standing
from domain.hearing import Appearance, Outcome
from domain.record import record
from domain.roles import Role


@record(frozen=True, slots=True, kw_only=True)
class Told:
    """What this person was last told of the hearing, as far as it went to where they are reached.

    `revision` is the highest of which anything may have left, `appearance` the hearing as it said. `is_settled` is
    False while that message may still be on its way at the carrier. `since` is when the first message about this
    hearing left.
    """

    revision: int
    appearance: Appearance
    is_settled: bool
    since: datetime


@record(frozen=True, slots=True, kw_only=True)
class HearingView:
    """One participation in one hearing at its current revision. All instants are aware and in UTC.

    `told` is None while nothing may have left. `reminded` pairs each reminder rule's key that may have left with the
    start it spoke of. `waiting` are the dedupe keys of this person's notices about this hearing that are in the
    outbox and have not left. `missed_at` is when staff recorded the miss. `lost_at` are the endpoints, in order, to
    which something of the hearing may have left and that are not this person's any more: they are told it anew.
    Who has yet to say yes is asked at `endpoint_id`; `invited` are the key and the endpoint of each invitation to them
    that may have left, or was given up.
    """

    hearing_id: int
    participation_id: int
    person_id: int
    role: Role
    revision: int
    appearance: Appearance
    standing: Standing
    outcome: Outcome | None = None
    told: Told | None = None
    reminded: tuple[tuple[str, datetime], ...] = ()
    waiting: frozenset[str] = frozenset()
    missed_at: datetime | None = None
    lost_at: tuple[int, ...] = ()
    endpoint_id: int | None = None
    invited: tuple[tuple[str, int], ...] = ()
