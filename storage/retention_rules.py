"""Which rows a court need not keep any longer: one condition for each thing that is forgotten, held cases left out.

Every condition reads a row's age against the cutoff of the court that it belongs to. What concerns several courts
(a phone that two of them write to) is kept as long as the one that keeps it longest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, literal, or_, select, text
from sqlalchemy import case as when

from domain.consent import ConsentAction
from domain.delivery import DeliveryState
from domain.gate import EndpointState
from domain.notice import NoticeState
from storage.columns import UtcDateTime
from storage.inbox import InboxState
from storage.schema import (
    IN_FLIGHT_SQL,
    WAITING_SQL,
    case,
    consent_event,
    delivery,
    endpoint,
    hearing,
    import_row,
    import_run,
    inbound,
    notice,
    participation,
    person,
    person_endpoint,
    receipt,
    task,
    verdict,
    watch,
)

Condition = ColumnElement[bool]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The cutoff of a court that is not looked at: nothing is older."""
NOT_DONE = (NoticeState.PLANNED, NoticeState.HELD, NoticeState.CLAIMED, NoticeState.SENDING)


@dataclass(frozen=True, slots=True)
class Scope:
    """The cutoff of each court that is looked at, by its id; `is_whole`: these are all courts there are."""

    cutoffs: Mapping[int, datetime]
    is_whole: bool = True

    def of(self, court_id: ColumnElement[int]) -> ColumnElement[datetime]:
        """Return the cutoff of the court of a row."""
        cutoffs = {known: literal(at, UtcDateTime) for known, at in self.cutoffs.items()}
        return when(cutoffs, value=court_id, else_=literal(NEVER, UtcDateTime))

    @property
    def longest(self) -> ColumnElement[datetime]:
        """The cutoff of the court that keeps longest: for what belongs to none, or to several."""
        return literal(min(self.cutoffs.values(), default=NEVER), UtcDateTime)


def inbound_is_over(scope: Scope) -> Condition:
    """What people wrote, once it was handled or given up."""
    of_a_court = _people_at(inbound.c.endpoint_id)
    kept_by_one = of_a_court.where(inbound.c.received_at > scope.of(person.c.court_id)).exists()
    return and_(
        inbound.c.redacted_at.is_(None),
        inbound.c.state != InboxState.RECEIVED,
        ~kept_by_one,
        or_(of_a_court.exists(), and_(literal(scope.is_whole), inbound.c.received_at <= scope.longest)),
        ~_endpoint_is_held(inbound.c.endpoint_id),
    )


def text_is_over(scope: Scope) -> Condition:
    """The words of a delivery, when it and every hearing that it speaks of are past."""
    cutoff = scope.of(notice.c.court_id)
    kept = or_(delivery.c.created_at > cutoff, hearing.c.starts_at > cutoff, _case_is_held(notice.c.case_id))
    carried = select(notice.c.id).outerjoin(hearing, hearing.c.id == notice.c.hearing_id).where(_carried())
    return and_(
        delivery.c.redacted_at.is_(None),
        delivery.c.state != DeliveryState.SENDING,
        delivery.c.ask_at.is_(None),
        ~carried.where(kept).correlate(delivery).exists(),
        ~_endpoint_is_held(delivery.c.endpoint_id),
    )


def reply_is_over(scope: Scope) -> Condition:
    """The outbox's copy of an answer: what left is in its delivery, what did not leave is not wanted any more."""
    return and_(
        notice.c.text.is_not(None),
        notice.c.state.not_in(NOT_DONE),
        notice.c.expires_at <= scope.of(notice.c.court_id),
        ~_case_is_held(notice.c.case_id),
        ~_endpoint_is_held(notice.c.endpoint_id),
    )


def quarantine_is_over(scope: Scope) -> Condition:
    """A row that an import could not read."""
    ended_at = func.coalesce(import_run.c.finished_at, import_run.c.started_at)
    run = select(import_run.c.id).where(
        import_run.c.id == import_row.c.import_run_id, ended_at <= scope.of(import_run.c.court_id)
    )
    return and_(func.length(import_row.c.row) > 0, run.exists())


def note_is_over(scope: Scope) -> Condition:
    """The note of a closed task."""
    return and_(
        task.c.note.is_not(None),
        task.c.closed_at <= scope.of(task.c.court_id),
        ~_case_is_held(task.c.case_id),
        ~_person_is_held(task.c.person_id),
    )


def verdict_is_over(scope: Scope) -> Condition:
    """What the gate looked at."""
    of_it = select(notice.c.id).where(notice.c.id == verdict.c.notice_id)
    kept = or_(verdict.c.at > scope.of(notice.c.court_id), _case_is_held(notice.c.case_id))
    return and_(cast(verdict.c.inputs, Text) != "{}", ~of_it.where(kept).exists())


def receipt_is_over(scope: Scope) -> Condition:
    """One word of the provider's about a delivery; the delivery keeps the last one."""
    carried = select(delivery.c.id).join(notice, _carried()).where(delivery.c.id == receipt.c.delivery_id)
    kept = or_(receipt.c.at > scope.of(notice.c.court_id), _case_is_held(notice.c.case_id))
    return ~carried.where(kept).correlate(receipt).exists()


def person_is_over(scope: Scope) -> Condition:
    """Somebody's name and birth date, when nothing of theirs is open or lately was."""
    named = or_(person.c.given_name.is_not(None), person.c.family_name.is_not(None), person.c.birth_date.is_not(None))
    return and_(named, ~_is_about(scope))


def endpoint_is_over(scope: Scope) -> Condition:
    """An address that nobody with an open or late case is at, and that nothing came from or went to lately."""
    known = _people_at(endpoint.c.id)
    here = endpoint.c.id
    floor = scope.longest
    return and_(
        endpoint.c.forgotten_at.is_(None),
        endpoint.c.created_at <= floor,
        or_(endpoint.c.last_inbound_at.is_(None), endpoint.c.last_inbound_at <= floor),
        or_(literal(scope.is_whole), known.exists()),
        ~known.where(_is_about(scope)).exists(),
        ~exists().where(delivery.c.endpoint_id == here, delivery.c.created_at > floor),
        ~exists().where(text(f"notice.{WAITING_SQL}"), notice.c.endpoint_id == here),
        ~exists().where(text(f"notice.{IN_FLIGHT_SQL}"), notice.c.endpoint_id == here),
        ~exists().where(watch.c.endpoint_id == here, watch.c.state == "open"),
        ~exists().where(consent_event.c.endpoint_id == here, consent_event.c.at > floor),
    )


def said_no() -> Condition:
    """An endpoint whose digest must stay: it stopped texts, or something is known to be wrong with it."""
    refused = (consent_event.c.endpoint_id == endpoint.c.id, consent_event.c.action == ConsentAction.REVOKED)
    return or_(
        endpoint.c.state != EndpointState.ACTIVE,
        endpoint.c.carrier_stopped.is_(True),
        endpoint.c.foreign_held.is_(True),
        exists().where(*refused),
    )


def _is_about(scope: Scope) -> Condition:
    """Whether anything of a person is open, held, or was going on after their court's cutoff."""
    cutoff = scope.of(person.c.court_id)
    parts = (
        select(participation.c.id)
        .join(case, case.c.id == participation.c.case_id)
        .outerjoin(hearing, hearing.c.case_id == participation.c.case_id)
        .where(participation.c.person_id == person.c.id)
    )
    late = or_(
        case.c.held_at.is_not(None),
        participation.c.created_at > cutoff,
        participation.c.ended_at > cutoff,
        hearing.c.starts_at > cutoff,
    )
    return or_(
        person.c.created_at > cutoff,
        parts.where(late).correlate(person).exists(),
        exists().where(notice.c.person_id == person.c.id, notice.c.created_at > cutoff),
        exists().where(text("task.state = 'open'"), task.c.person_id == person.c.id),
    )


def _carried() -> Condition:
    """The notices of a delivery: the one it was made for, and those that shared its text."""
    return or_(notice.c.id == delivery.c.notice_id, notice.c.delivery_id == delivery.c.id)


def _people_at(endpoint_id: ColumnElement[int]) -> Select[tuple[int]]:
    """Everybody who is or was at an endpoint."""
    return (
        select(person.c.id)
        .join(person_endpoint, person_endpoint.c.person_id == person.c.id)
        .where(person_endpoint.c.endpoint_id == endpoint_id)
    )


def _case_is_held(case_id: ColumnElement[int]) -> Condition:
    return exists().where(case.c.id == case_id, case.c.held_at.is_not(None))


def _person_is_held(person_id: ColumnElement[int]) -> Condition:
    held = (participation.c.person_id == person_id, participation.c.case_id == case.c.id, case.c.held_at.is_not(None))
    return exists().where(*held)


def _endpoint_is_held(endpoint_id: ColumnElement[int]) -> Condition:
    """Whether somebody of a held case is or was at an endpoint: then every word from and to it is kept."""
    return _people_at(endpoint_id).where(_person_is_held(person.c.id)).exists()
