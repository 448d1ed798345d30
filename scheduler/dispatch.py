"""The dispatcher's units of work: prepare a batch just before the wire, settle it just after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy import Connection

from domain.delivery import Address, Consequence, Deferred, OutgoingMessage, Rejected, SendOutcome, Sent, Unknown
from domain.gate import Drop, Hold, Send, decide
from domain.notice import NoticeState
from domain.reasons import Reason
from domain.roles import Side, side_of
from locales.errors import UnspeakableError
from scheduler import consequences, facts, lane_health
from scheduler.consequences import Trouble
from scheduler.wording import Worded, word
from storage import attendance, audit, deliveries, endpoints, lanes, letters, outbox, verdicts
from storage.courts import Courts
from storage.database import vault_of
from storage.deliveries import Attempt
from storage.lanes import Allowance
from storage.letters import LetterRow, Surroundings
from storage.tasks import TaskKind, open_task
from storage.vault import Vault
from storage.verdicts import Ruling

LEASE = timedelta(minutes=2)
"""Longer than the wire's time limit and two writes together: a batch that is being sent is never taken for lost."""
RECEIPT_GRACE = timedelta(minutes=5)
"""So long a receipt may settle what may have left before the provider is asked."""
CARRIER_KEEPS = timedelta(hours=10)  # Twilio takes no ValidityPeriod above 36,000 seconds
NO_WORDS = "unspeakable"
ENDS = {
    Reason.EXPIRED: NoticeState.EXPIRED,
    Reason.OLD_REVISION: NoticeState.SUPERSEDED,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be given to the wire now. `decided` counts the notices that were dealt with, sent or not.

    `opens_at` is when the lane may spend again, where that is what stands in the way.
    """

    messages: tuple[OutgoingMessage, ...] = ()
    decided: int = 0
    opens_at: datetime | None = None


@dataclass(slots=True)
class _Tray:
    """What one preparation will write, collected so that each table is written once."""

    held: list[dict[str, object]] = field(default_factory=list)
    dropped: list[dict[str, object]] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    parcels: list[tuple[Sequence[LetterRow], Worded]] = field(default_factory=list)
    expired: list[LetterRow] = field(default_factory=list)
    units: int = 0


def prepare(connection: Connection, *, lane_id: int, courts: Courts, now: datetime, limit: int) -> Batch:
    """Choose what is due on a lane, let the gate decide, word what may leave and record that it is about to.

    All in one unit of work, so nothing can change between the decision and its record: see ADR 0006. What is
    returned must go to the wire at once.
    """
    allowance = lanes.take(connection, lane_id, now=now)
    if not allowance.units:
        return Batch(opens_at=allowance.opens_at)
    limit = min(limit, allowance.units)
    due = outbox.due(connection, lane_id, now=now, limit=limit, spacing=allowance.per_endpoint)
    leads = letters.load(connection, outbox.lock(connection, due))
    leads = [row for row in leads if row.court_id in courts.by_id]
    if not leads:
        return Batch(opens_at=outbox.spaced_until(connection, lane_id, now=now, spacing=allowance.per_endpoint))
    along = letters.load(connection, outbox.lock(connection, outbox.siblings(connection, leads, now=now)))
    around = letters.surroundings(connection, [*leads, *along], now=now)
    tray = _Tray()
    decided = 0
    for lead in leads:
        if tray.units >= allowance.units:
            break
        decided += _decide(connection, lead, along, around, courts, tray, now=now)
    messages = _write(connection, tray, allowance, now=now)
    return Batch(messages, decided)


def settle(
    connection: Connection, outcomes: Sequence[tuple[OutgoingMessage, SendOutcome]], *, lane_id: int, now: datetime
) -> None:
    """Write down what the provider said of a batch: what was accepted in bulk, each trouble by itself."""
    _put_on_record(connection, [message for message, _ in outcomes], lane_id=lane_id, now=now)
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
    deliveries.accepted(connection, accepted, now=now)
    outbox.mark_sent(connection, accepted)
    deliveries.unknown(connection, unknown, ask_at=now + RECEIPT_GRACE)
    outbox.mark_unknown(connection, unknown)


def _decide(
    connection: Connection,
    lead: LetterRow,
    along: Sequence[LetterRow],
    around: Surroundings,
    courts: Courts,
    tray: _Tray,
    *,
    now: datetime,
) -> int:
    """Put one notice, with those that may travel with it, where it belongs; return how many were dealt with."""
    court = courts[lead.court_id]
    seen = facts.gate_facts(lead, around, court, now=now)
    verdict = decide(seen)
    inputs = facts.inputs_of(seen)
    match verdict:
        case Hold(until, reason):
            tray.held.append({"notice": lead.id, "until": until, "reason": reason})
            tray.rulings.append(Ruling(lead.id, "hold", reason, inputs, until))
            return 1
        case Drop(reason):
            end = ENDS.get(reason, NoticeState.DROPPED)
            tray.dropped.append({"notice": lead.id, "end": end, "reason": reason})
            tray.rulings.append(Ruling(lead.id, "drop", reason, inputs))
            tray.expired += [lead] if end is NoticeState.EXPIRED else []
            return 1
        case Send(reason):
            pass
        case _:
            assert_never(verdict)
    rows = [lead, *_companions(lead, along, around, courts, now=now)]
    worded = _worded(connection, rows, around, courts, tray, now=now)
    if worded is None:
        return 1
    tray.parcels.append((rows, worded))
    tray.units += worded.segments
    tray.rulings += [Ruling(row.id, "send", reason, inputs) for row in rows]
    return len(rows)


def _companions(
    lead: LetterRow, along: Sequence[LetterRow], around: Surroundings, courts: Courts, *, now: datetime
) -> list[LetterRow]:
    """Return the siblings that may leave now too, each by its own verdict; the others wait for their own turn."""
    if lead.bundle_key is None:
        return []
    key = (lead.endpoint_id, lead.bundle_key, lead.kind, lead.role)
    court = courts[lead.court_id]
    return [
        row
        for row in along
        if (row.endpoint_id, row.bundle_key, row.kind, row.role) == key
        and isinstance(decide(facts.gate_facts(row, around, court, now=now)), Send)
    ]


def _worded(
    connection: Connection,
    rows: list[LetterRow],
    around: Surroundings,
    courts: Courts,
    tray: _Tray,
    *,
    now: datetime,
) -> Worded | None:
    """Put rows into one text; where that cannot be said, nothing leaves and the desk is told."""
    lead = rows[0]
    try:
        return word(connection, rows, around, courts[lead.court_id], now=now)
    except UnspeakableError:
        log.exception("text.refused", notice_id=lead.id, kind=lead.kind)
    tray.dropped.append({"notice": lead.id, "end": NoticeState.DROPPED, "reason": NO_WORDS})
    tray.rulings.append(Ruling(lead.id, "drop", NO_WORDS, {}))
    open_task(connection, TaskKind.FAILED, consequences.about(lead), dedupe=str(lead.id), now=now)
    return None


def _write(connection: Connection, tray: _Tray, allowance: Allowance, *, now: datetime) -> tuple[OutgoingMessage, ...]:
    """Write a tray's contents down, a table at a time; return the messages of its parcels."""
    verdicts.add(connection, tray.rulings, now=now)
    outbox.hold(connection, tray.held)
    outbox.drop(connection, tray.dropped, now=now)
    if tray.expired:
        consequences.not_reminded(connection, tray.expired, now=now)
    if not tray.parcels:
        return ()
    ids = deliveries.new_ids(connection, len(tray.parcels))
    parcels = list(zip(ids, tray.parcels, strict=True))
    attempts = (_attempt(delivery_id, carried[0], worded) for delivery_id, (carried, worded) in parcels)
    deliveries.add(connection, attempts, lane_id=allowance.lane_id, now=now)
    carried_by = [(delivery_id, row.id) for delivery_id, (carried, _) in parcels for row in carried]
    outbox.mark_sending(connection, carried_by, now=now, lease=LEASE)
    lanes.spend(connection, allowance, tray.units, now=now)
    asking = [carried[0] for carried, _ in tray.parcels if carried[0].asks_attendance]
    attendance.ask(connection, asking, lane_id=allowance.lane_id, now=now)
    vault = vault_of(connection)
    return tuple(_message(vault, delivery_id, carried, worded, now=now) for delivery_id, (carried, worded) in parcels)


def _attempt(delivery_id: int, lead: LetterRow, worded: Worded) -> Attempt:
    return Attempt(
        id=delivery_id,
        notice_id=lead.id,
        endpoint_id=lead.endpoint_id,
        number=lead.attempts + 1,
        text=worded.text,
        language=worded.language,
        segments=worded.segments,
    )


def _message(
    vault: Vault, delivery_id: int, carried: Sequence[LetterRow], worded: Worded, *, now: datetime
) -> OutgoingMessage:
    lead = carried[0]
    return OutgoingMessage(
        id=delivery_id,
        to=Address(lead.channel, vault.open(lead.address, endpoints.ADDRESS)),
        text=worded.text,
        valid_for=min(min(row.expires_at for row in carried) - now, CARRIER_KEEPS),
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
    after, is_free = lane_health.rest_of(outcome), lane_health.is_fault(outcome) and is_broken
    for row in outbox.of_delivery(connection, delivery_id):
        outbox.never_left(connection, row.id, given_at=place.created_at)
        refund = after is not None or is_free
        consequences.again(
            connection, row, now=now, after=after or outcome.retry_after, code=outcome.code, refund=refund
        )


def _refuse(connection: Connection, delivery_id: int, code: str, consequence: Consequence, *, now: datetime) -> None:
    if not deliveries.refused(connection, delivery_id, code=code, now=now):
        return
    place = deliveries.place_of(connection, delivery_id)
    trouble = Trouble(
        delivery_id=delivery_id,
        lane_id=place.lane_id,
        endpoint_id=place.endpoint_id,
        code=code,
        consequence=consequence,
    )
    consequences.meet(connection, trouble, now=now)
