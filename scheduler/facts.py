"""What the gate is shown of one notice: its own facts, those around it, and the ids and codes that are kept of them."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from domain.consent import ConsentPurpose, Standing, standing
from domain.court import Court
from domain.gate import GateFacts
from domain.notice import OWED, NoticeKind, Priority
from domain.roles import opponents_of
from storage.letters import LetterRow, Seat, Surroundings


def gate_facts(row: LetterRow, around: Surroundings, court: Court, *, now: datetime) -> GateFacts:
    """Gather what the gate looks at. `in_flight` is left out: what is due of such an endpoint is not even chosen."""
    told = around.told.get((row.hearing_id, row.told_revision))
    feed_seen_at = around.feeds.get(row.court_id)
    return GateFacts(
        now=now,
        kind=row.kind,
        priority=Priority(row.priority),
        due_at=min(row.due_at, now),  # a sibling may go a little early
        expires_at=row.expires_at,
        standing=_standing(row, around),
        endpoint=row.endpoint_state,
        quiet=court.quiet,
        zone=court.zone,
        purpose=row.purpose,
        role=row.role,
        confidentiality=row.confidentiality,
        minor=bool(row.minor),
        revision=row.revision,
        current_revision=row.current_revision,
        status=row.status,
        outcome=row.outcome,
        starts_at=row.starts_at,
        told_starts_at=None if told is None else told.starts_at,
        carrier_stopped=row.carrier_stopped,
        opposed=_is_opposed(row, around.seats.get((row.endpoint_id, row.case_id), ())),
        in_custody=bool(row.in_custody),
        recent_replies=around.replied_lately.get(row.endpoint_id, 0),
        daily_replies=around.replied_today.get(row.endpoint_id, 0),
        daily_sends=around.today.get(row.endpoint_id, 0),
        feed_age=None if feed_seen_at is None else now - feed_seen_at,
        stale_after=court.stale_after,
        is_owed=row.kind is NoticeKind.REPLY and row.dedupe_key.endswith(OWED),
        foreign_held=row.foreign_held,
        unsettled_until=_wait_for_earlier(row, around),
        conflict_same_minute=(row.hearing_id, row.person_id) in around.clashes,
    )


def inputs_of(facts: GateFacts) -> dict[str, object]:
    """Return what of the facts is kept with a verdict: what differs from the ordinary; codes and numbers only."""
    kept: dict[str, object] = {"standing": facts.standing, "endpoint": facts.endpoint}
    if facts.revision is not None:
        kept["revision"] = [facts.revision, facts.current_revision]
    if facts.role is not None:
        kept["role"] = facts.role
    if facts.status is not None and not facts.status.is_on:
        kept["status"] = facts.status
    if facts.confidentiality is not None:
        kept["confidentiality"] = facts.confidentiality
    if facts.minor:
        kept["minor"] = True
    if facts.feed_age is not None and facts.feed_age > facts.stale_after:
        kept["feed_age"] = int(facts.feed_age.total_seconds())
    if any(values := _extraordinary(facts)):
        kept |= {name: value for name, value in zip(_EXTRAORDINARY, values, strict=True) if value}
    return kept


_EXTRAORDINARY = (
    *("recent_replies", "daily_replies", "daily_sends", "carrier_stopped", "opposed", "in_custody", "foreign_held"),
    "conflict_same_minute",
)
_extraordinary = attrgetter(*_EXTRAORDINARY)


def _standing(row: LetterRow, around: Surroundings) -> Standing:
    if row.kind is NoticeKind.REPLY:
        return Standing.PENDING  # the gate does not ask: an answer goes to who has just written
    said = around.said.get(row.endpoint_id, ())
    since = around.handed.get((row.person_id, row.endpoint_id))
    return standing(said, purpose=ConsentPurpose.HEARINGS, case_id=row.case_id, court_id=row.court_id, since=since)


def _is_opposed(row: LetterRow, seats: Iterable[Seat]) -> bool:
    """Whether somebody else who reads this endpoint stands on the other side of the case."""
    if row.role is None:
        return False
    opponents = opponents_of(row.role)
    return any(seat.role in opponents and seat.person_id != row.person_id for seat in seats)


def _wait_for_earlier(row: LetterRow, around: Surroundings) -> datetime | None:
    if row.kind is not NoticeKind.CORRECTION:
        return None
    return around.on_its_way.get((row.hearing_id, row.participation_id))
