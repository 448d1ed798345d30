"""The dispatcher's units of work: prepare a batch just before the wire, settle it just after."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import assert_never

import structlog
from sqlalchemy import Connection

from domain.court import Court
from domain.delivery import Consequence, Deferred, OutgoingMessage, Rejected, SendOutcome, Sent, Unknown
from domain.errors import InvalidInputError
from domain.gate import Drop, Hold, Send, Verdict, decide
from domain.lane import NO_TIME, Slot
from domain.notice import NoticeKind, NoticeState
from domain.reasons import Reason
from domain.record import record
from domain.roles import Side, side_of
from locales.errors import UnspeakableError
from scheduler import consequences, facts, lane_health
from scheduler.consequences import Trouble
from scheduler.wording import Worded, word_together
from storage import attendance, audit, deliveries, lanes, letters, locks, outbox, receipts, underway, verdicts
from storage.courts import Courts
from storage.database import InTheWayError, vault_of
from storage.deliveries import Attempt
from storage.letters import LetterRow, Surroundings
from storage.tasks import TaskKind, open_task
from storage.verdicts import Ruling

LEASE = timedelta(minutes=2)
"""Longer than the wire's time limit and two writes together: a batch that is being sent is never taken for lost."""
RECEIPT_GRACE = timedelta(minutes=5)
"""So long a receipt may settle what may have left before the provider is asked."""
CARRIER_KEEPS = timedelta(hours=10)  # Twilio takes no ValidityPeriod above 36,000 seconds
TWICE_AS_LONG = 200  # texts in a batch: it takes the longer, the more there are
CROWDED = timedelta(milliseconds=100)
"""How soon a worker looks again where all that is due was held by others."""
TAKEN = timedelta(milliseconds=50)
"""How soon a worker looks again at a lane with little room that another one has in hand."""
FEW = 50  # texts: a batch of so many costs as much as to choose it
NO_WORDS = "unspeakable"
UNOPENED = "unopened"
UNOPENED_REST = timedelta(minutes=15)
MOST_SET = 4  # hearings that one text tells to be set: a longer list is cut up by carriers, and not read
ENDS = {
    Reason.EXPIRED: NoticeState.EXPIRED,
    Reason.OLD_REVISION: NoticeState.SUPERSEDED,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be given to the wire now. `decided` counts the notices that were dealt with, sent or not.

    `slot` is when they leave. `opens_at` is when to look at the lane again, where it may not spend for now.
    """

    messages: tuple[OutgoingMessage, ...] = ()
    decided: int = 0
    slot: Slot | None = None
    opens_at: datetime | None = None


@record(frozen=True, slots=True)
class _Parcel:
    """One text and the notices that travel in it, with the verdict of each."""

    rows: Sequence[LetterRow]
    worded: Worded
    rulings: Sequence[Ruling]


@dataclass(slots=True)
class _Tray:
    """What one preparation will write, collected so that each table is written once, and only when the lane is ours."""

    held: list[dict[str, object]] = field(default_factory=list)
    dropped: list[dict[str, object]] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    parcels: list[_Parcel] = field(default_factory=list)
    refused: list[tuple[LetterRow, Reason]] = field(default_factory=list)
    stuck: list[LetterRow] = field(default_factory=list)


def prepare(
    connection: Connection,
    *,
    lane_id: int,
    courts: Courts,
    now: datetime,
    limit: int,
    ahead: timedelta = NO_TIME,
) -> Batch:
    """Choose what is due on a lane, let the gate decide, word what may leave and record that it is about to.

    All in one unit of work, so nothing can change between the decision and its record: see ADR 0006. The lane is
    locked last, so that workers choose, ask and word side by side: see ADR 0015. One that has room for a few texts only
    is locked first: side by side they would all ask for the same room. What is returned must go to the wire at its
    slot, `ahead` from now and more for a large batch, or at once where that is free.
    """
    seen = lanes.look(connection, lane_id, now=now, ahead=ahead)
    if not seen.units:
        return Batch(opens_at=seen.opens_at)
    if seen.units < FEW and not lanes.is_ours(connection, lane_id):
        return Batch(opens_at=now + TAKEN)
    spacing = seen.per_endpoint + ahead if seen.per_endpoint else seen.per_endpoint
    limit = min(limit, seen.units)
    due = outbox.due(connection, lane_id, courts=courts.by_id, now=now, limit=limit, spacing=spacing)
    ours = outbox.hold_still(connection, due, now=now, spacing=spacing)
    if due and not ours:
        return Batch(opens_at=now + CROWDED)
    leads = letters.load(connection, ours)
    if not leads:
        return Batch(opens_at=outbox.spaced_until(connection, lane_id, now=now, spacing=spacing))
    beside = outbox.hold_still(connection, outbox.siblings(connection, leads, now=now), now=now)
    along = letters.load(connection, beside)
    around = letters.surroundings(connection, [*leads, *along], now=now)
    tray = _filled(connection, leads, along, around, courts, units=seen.units, now=now)
    return _write(connection, tray, lane_id=lane_id, now=now, ahead=ahead * (1 + limit / TWICE_AS_LONG))


def settle(
    connection: Connection, outcomes: Sequence[tuple[OutgoingMessage, SendOutcome]], *, lane_id: int, now: datetime
) -> None:
    """Write down what the provider said of a batch: what was accepted in bulk, each trouble by itself.

    Raises:
        InTheWayError: If a lease of the batch has been taken for lost only just now: settled again, it is seen.
    """
    troubled = [message.id for message, outcome in outcomes if isinstance(outcome, Deferred | Rejected)]
    sent = [message.id for message, outcome in outcomes if isinstance(outcome, Sent)]
    late = deliveries.given_up(connection, sent)
    locks.troubled(connection, [*troubled, *late])
    locks.deliveries(connection, [message.id for message, _ in outcomes])
    if set(deliveries.given_up(connection, sent)).difference(late):  # just now: endpoints come first
        raise InTheWayError
    is_broken = lane_health.judge(connection, lane_id, [outcome for _, outcome in outcomes], now=now)
    accepted: dict[int, str] = {}
    unknown: dict[int, str] = {}
    for message, outcome in outcomes:
        match outcome:
            case Sent(provider_id):
                accepted[message.id] = provider_id
            case Unknown(code):
                unknown[message.id] = code
            case Deferred():
                _defer(connection, message.id, outcome, is_broken=is_broken, now=now)
            case Rejected(code, consequence):
                _refuse(connection, message.id, code, consequence, now=now)
            case _:
                assert_never(outcome)
    # Of those whose lease was over when their answer came, a look-up may have taken the text for another attempt's.
    named = [(delivery_id, accepted[delivery_id]) for delivery_id in late]
    underway.unsettle(connection, receipts.take_back(connection, named, now=now))
    deliveries.accepted(connection, accepted, now=now)
    underway.mark_sent(connection, accepted)
    deliveries.unknown(connection, unknown, ask_at=now + RECEIPT_GRACE)
    underway.mark_unknown(connection, unknown)
    # Last: from its record on, a batch keeps every other worker from ending theirs.
    _put_on_record(connection, [message for message, _ in outcomes], lane_id=lane_id, now=now)


def _filled(
    connection: Connection,
    leads: Sequence[LetterRow],
    along: Sequence[LetterRow],
    around: Surroundings,
    courts: Courts,
    *,
    units: int,
    now: datetime,
) -> _Tray:
    """Put each notice, with those that may travel with it, where it belongs, until `units` are used up."""
    tray, used = _Tray(), 0
    bundles: dict[tuple[object, ...], list[LetterRow]] = defaultdict(list)
    for row in along:
        bundles[_bundle(row)].append(row)
    for lead in leads:
        if used >= units:
            break
        beside = bundles[_bundle(lead)] if bundles and lead.bundle_key is not None else ()
        parcel = _decide(connection, lead, beside, around, courts[lead.court_id], tray, now=now)
        if parcel is not None:
            tray.parcels.append(parcel)
            used += parcel.worded.segments
    return tray


def _bundle(row: LetterRow) -> tuple[object, ...]:
    return row.endpoint_id, row.bundle_key, row.kind, row.role


def _decide(
    connection: Connection,
    lead: LetterRow,
    beside: Iterable[LetterRow],
    around: Surroundings,
    court: Court,
    tray: _Tray,
    *,
    now: datetime,
) -> _Parcel | None:
    """Ask the gate about one notice: return it in words if it may leave now, else put it into the tray.

    Those `beside` it go along by verdicts of their own; the others wait for their turn.
    """
    verdict, inputs = _asked(lead, around, court, now=now)
    match verdict:
        case Hold(until, reason):
            tray.held.append({"notice": lead.id, "until": until, "reason": reason})
            tray.rulings.append(Ruling(lead.id, "hold", reason, inputs, until))
            return None
        case Drop(reason):
            end = ENDS.get(reason, NoticeState.DROPPED)
            tray.dropped.append({"notice": lead.id, "end": end, "reason": reason})
            tray.rulings.append(Ruling(lead.id, "drop", reason, inputs))
            tray.refused.append((lead, reason))
            return None
        case Send():
            pass
        case _:
            assert_never(verdict)
    free = (row for row in beside if isinstance(_asked(row, around, court, now=now)[0], Send))
    wanted = [lead, *islice(free, MOST_SET - 1 if lead.kind is NoticeKind.HEARING_SET else None)]
    try:
        rows, worded = word_together(connection, wanted, around, court, now=now)
    except InvalidInputError:  # of a key that is not here, or of one value: it may be mended, and the lane goes on
        log.exception("notice.unopened", notice_id=lead.id)
        tray.held.append({"notice": lead.id, "until": now + UNOPENED_REST, "reason": UNOPENED})
        tray.rulings.append(Ruling(lead.id, "hold", UNOPENED, {}, now + UNOPENED_REST))
        tray.stuck.append(lead)
        return None
    except UnspeakableError:
        log.exception("text.refused", notice_id=lead.id, kind=lead.kind)
        tray.dropped.append({"notice": lead.id, "end": NoticeState.DROPPED, "reason": NO_WORDS})
        tray.rulings.append(Ruling(lead.id, "drop", NO_WORDS, {}))
        tray.stuck.append(lead)
        return None
    said = ((row.id, (verdict, inputs) if row is lead else _asked(row, around, court, now=now)) for row in rows)
    return _Parcel(rows, worded, [Ruling(row_id, "send", one.reason, seen) for row_id, (one, seen) in said])


def _asked(row: LetterRow, around: Surroundings, court: Court, *, now: datetime) -> tuple[Verdict, dict[str, object]]:
    """Ask the gate; return its verdict, and what is kept of that on which it looked."""
    seen = facts.gate_facts(row, around, court, now=now)
    return decide(seen), facts.inputs_of(seen)


def _write(connection: Connection, tray: _Tray, *, lane_id: int, now: datetime, ahead: timedelta) -> Batch:
    """Lock the lane and write down, a table at a time, what it has room for; return the messages that are to leave.

    Another worker may have spent since it was looked at. What does not fit is as if it had not been looked at.
    """
    allowance = lanes.take(connection, lane_id, now=now, ahead=ahead) if tray.parcels else None
    parcels = _fitting(tray.parcels, allowance.units) if allowance else []
    verdicts.add(connection, [*tray.rulings, *(one for parcel in parcels for one in parcel.rulings)], now=now)
    outbox.hold(connection, tray.held)
    outbox.drop(connection, tray.dropped, now=now)
    consequences.tell_who_missed(connection, tray.refused, now=now)
    for lead in tray.stuck:  # nothing leaves, and the desk is told once
        open_task(connection, TaskKind.FAILED, consequences.about(lead), dedupe=str(lead.id), now=now)
    messages: tuple[OutgoingMessage, ...] = ()
    slot = None
    if allowance and parcels:
        slot = lanes.spend(connection, allowance, sum(parcel.worded.segments for parcel in parcels), now=now)
        messages = _hand_over(connection, parcels, lane_id=lane_id, now=now)
    decided = len(tray.held) + len(tray.dropped) + sum(len(parcel.rows) for parcel in parcels)
    opens_at = None if decided or allowance is None else allowance.opens_at
    return Batch(messages, decided, slot, opens_at)


def _fitting(parcels: Sequence[_Parcel], units: int) -> Sequence[_Parcel]:
    """Return the first parcels, as long as a unit is left: the last one may run into debt, see ADR 0010."""
    used = accumulate((parcel.worded.segments for parcel in parcels), initial=0)
    return [parcel for parcel, before in zip(parcels, used, strict=False) if before < units]


def _hand_over(
    connection: Connection, parcels: Sequence[_Parcel], *, lane_id: int, now: datetime
) -> tuple[OutgoingMessage, ...]:
    """Record the attempts that are about to be made; return their messages."""
    ids = deliveries.new_ids(connection, len(parcels))
    numbered = list(zip(ids, parcels, strict=True))
    attempts = (_attempt(delivery_id, parcel) for delivery_id, parcel in numbered)
    deliveries.add(connection, attempts, lane_id=lane_id, now=now)
    carried_by = [(delivery_id, row.id) for delivery_id, parcel in numbered for row in parcel.rows]
    outbox.mark_sending(connection, carried_by, now=now, lease=LEASE)
    asking = (next((row for row in parcel.rows if row.asks_attendance), None) for parcel in parcels)
    attendance.ask(connection, list(filter(None, asking)), lane_id=lane_id, now=now)
    return tuple(_message(delivery_id, parcel, now=now) for delivery_id, parcel in numbered)


def _attempt(delivery_id: int, parcel: _Parcel) -> Attempt:
    lead, worded = parcel.rows[0], parcel.worded
    return Attempt(
        id=delivery_id,
        notice_id=lead.id,
        endpoint_id=lead.endpoint_id,
        number=lead.attempts + 1,
        text=worded.text,
        language=worded.language,
        segments=worded.segments,
    )


def _message(delivery_id: int, parcel: _Parcel, *, now: datetime) -> OutgoingMessage:
    lead = parcel.rows[0]
    return OutgoingMessage(
        id=delivery_id,
        to=parcel.worded.to,
        text=parcel.worded.text,
        valid_for=min(min(row.expires_at for row in parcel.rows) - now, CARRIER_KEEPS),
        protect=lead.role is not None and side_of(lead.role) is Side.HARMED,
        attempted_at=now,
    )


def _put_on_record(connection: Connection, messages: Iterable[OutgoingMessage], *, lane_id: int, now: datetime) -> None:
    """Enter a batch into the chain, each text by a keyed digest: what was sent can be proven after it is erased."""
    vault = vault_of(connection)
    texts = {str(message.id): vault.digest(message.text, deliveries.TEXT).hex()[:32] for message in messages}
    record = {"lane": lane_id, "texts": texts}
    audit.record(connection, audit.AuditAction.BATCH_SENT, actor="dispatcher", facts=record, now=now)


def _defer(connection: Connection, delivery_id: int, outcome: Deferred, *, is_broken: bool, now: datetime) -> None:
    """Put back what did not leave. Where the lane is at fault, or must rest, the attempt costs the notice nothing."""
    if not deliveries.refused(connection, delivery_id, code=outcome.code, now=now):
        return
    place = deliveries.place_of(connection, delivery_id)
    attendance.take_back(connection, place.endpoint_id, asked_at=place.created_at)
    after, is_free = lane_health.rest_of(outcome), lane_health.is_fault(outcome) and is_broken
    still = (row for row in underway.of_delivery(connection, delivery_id) if row.state in consequences.OUT_THERE)
    for row in still:  # an earlier attempt may have arrived meanwhile
        underway.never_left(connection, row.id, given_at=place.created_at)
        refund = after is not None or is_free
        consequences.again(
            connection, row, now=now, after=after or outcome.retry_after, code=outcome.code, refund=refund
        )


def _refuse(connection: Connection, delivery_id: int, code: str, consequence: Consequence, *, now: datetime) -> None:
    if not deliveries.refused(connection, delivery_id, code=code, now=now):
        return
    place = deliveries.place_of(connection, delivery_id)
    for row in underway.of_delivery(connection, delivery_id):
        underway.never_left(connection, row.id, given_at=place.created_at)
    trouble = Trouble(
        delivery_id=delivery_id,
        attempted_at=place.created_at,
        lane_id=place.lane_id,
        endpoint_id=place.endpoint_id,
        code=code,
        consequence=consequence,
    )
    consequences.meet(connection, trouble, now=now)
