"""What a batch says of its lane: whether it must rest, is broken, or works again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from domain.delivery import Consequence, Deferred, Rejected, SendOutcome, Sent, Unknown
from storage import breaker, lanes

LANE_REST = timedelta(seconds=30)
"""How long a lane rests when the provider asks for it and gives no time."""
BROKEN_REST = timedelta(minutes=5)
"""How often a lane whose account is at fault is tried again."""
WIRE = "http."
"""Codes of what never reached the provider begin so; one of them is the message's own fault."""
UNWRITABLE = "http.unwritable"

log = structlog.get_logger(__name__)


def judge(connection: Connection, lane_id: int, outcomes: Sequence[SendOutcome], *, now: datetime) -> bool:
    """Pause, break or mend a lane by what came of a batch; return whether it is broken.

    Faults count where they are more than what the provider took: one slow answer among many is none of the lane's.
    Nor does what the provider took mend a lane of which it says in the same breath that it must rest.
    """
    faults = [outcome.code for outcome in outcomes if isinstance(outcome, Unknown | Deferred) and is_fault(outcome)]
    taken = sum(isinstance(outcome, Sent | Rejected) for outcome in outcomes)
    wide = max(
        (one for one in outcomes if rest_of(one) is not None), key=lambda one: rest_of(one) or LANE_REST, default=None
    )
    if isinstance(wide, Deferred):
        is_broken = wide.consequence is Consequence.LANE_BROKEN
        rest(connection, lane_id, now=now, code=wide.code, after=rest_of(wide), is_broken=is_broken)
    if len(faults) > taken:
        return breaker.fault(connection, lane_id, count=len(faults), code=faults[-1], now=now)
    if taken and wide is None and breaker.mend(connection, lane_id):
        log.info("lane.mended", lane_id=lane_id)
    return False


def got_through(connection: Connection, lane_ids: Iterable[int]) -> None:
    """Mend lanes that receipts had broken, of which a receipt says now that a text since then got through."""
    for lane_id in lane_ids:
        if breaker.got_through(connection, lane_id):
            log.info("lane.mended", lane_id=lane_id)


def is_fault(outcome: SendOutcome) -> bool:
    """Return whether it was the lane that failed, not this message: not reached, no answer, or the account refused."""
    match outcome:
        case Unknown():
            return True
        case Deferred(code, consequence=consequence):
            return consequence is Consequence.LANE_BROKEN or (code.startswith(WIRE) and code != UNWRITABLE)
        case _:
            return False


def rest_of(outcome: SendOutcome) -> timedelta | None:
    """Return how long the whole lane must rest for an outcome; None when it need not."""
    match outcome:
        case Deferred(retry_after=after, consequence=Consequence.LANE_BROKEN):
            return after or BROKEN_REST
        case Deferred(retry_after=after, lane_wide=True):
            return after or LANE_REST
        case _:
            return None


def rest(
    connection: Connection,
    lane_id: int,
    *,
    now: datetime,
    code: str,
    after: timedelta | None = None,
    is_broken: bool = False,
) -> None:
    """Pause a lane, and only this lane; a broken one is reported, for a human must mend the account.

    The `code` of what receipts tell is `breaker.by_receipt` of the provider's.
    """
    pause = after or (BROKEN_REST if is_broken else LANE_REST)
    lanes.pause(connection, lane_id, until=now + pause, reason=code)
    if is_broken:
        breaker.trip(connection, lane_id, code=code, probe=pause, now=now)
        log.error("lane.broken", lane_id=lane_id, code=code)
    else:
        log.warning("lane.paused", lane_id=lane_id, code=code, seconds=pause.total_seconds())
