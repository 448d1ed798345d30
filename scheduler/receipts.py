"""Receipts: what a provider later says of a delivery moves it forward only, and what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Connection

from domain.court_file import read_court
from domain.delivery import ChannelName, Consequence, DeliveryState, Receipt
from domain.gate import EndpointState
from scheduler import consequences, lane_health
from scheduler.consequences import Trouble
from scheduler.planner import replan
from storage import attendance, courts, endpoints, locks, people, receipts, underway
from storage.receipts import Spoken

ON_THE_PHONE = frozenset({DeliveryState.DELIVERED, DeliveryState.READ})
NOT_ARRIVED = frozenset({DeliveryState.UNDELIVERED, DeliveryState.FAILED})
TAKEN = frozenset({DeliveryState.ACCEPTED, DeliveryState.SENT})
Said: TypeAlias = tuple[Receipt, Spoken]


class Reception(StrEnum):
    """What a receipt was worth."""

    MOVED = "moved"  # it told something new
    KNOWN = "known"  # repeated, or late: nothing moved
    STRANGE = "strange"  # of no delivery of ours


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt was worth; `after` is the time since the attempt when this is the first to say how it ended."""

    reception: Reception
    after: timedelta | None = None


def apply_receipt(connection: Connection, receipt: Receipt, *, channel: ChannelName, now: datetime) -> Reception:
    """Do what `receive` does, for those who do not measure."""
    return receive(connection, receipt, channel=channel, now=now).reception


def receive(connection: Connection, receipt: Receipt, *, channel: ChannelName, now: datetime) -> Received:
    """Write down one receipt, as `receive_all` does."""
    return receive_all(connection, [receipt], channel=channel, now=now)[0]


def receive_all(
    connection: Connection, said: Sequence[Receipt], *, channel: ChannelName, now: datetime
) -> list[Received]:
    """Write down receipts, one after the other, and do what follows from them; harmless any number of times.

    They may come in any order, and before the answer to the request that they speak of: the settling of that batch
    leaves alone what a receipt has moved. What needs nothing but to be written down is written together.
    """
    locks.spoken_of(connection, said, bad=[one for one in said if not _is_good_news(one)])
    return [received for several in _runs(said) for received in _receive(connection, several, channel=channel, now=now)]


def _runs(said: Sequence[Receipt]) -> Iterator[list[Receipt]]:
    """Cut receipts so that each which may mean trouble is by itself: what follows from it may concern the others."""
    run: list[Receipt] = []
    for receipt in said:
        if _is_good_news(receipt):
            run.append(receipt)
            continue
        if run:
            yield run
            run = []
        yield [receipt]
    if run:
        yield run


def _is_good_news(receipt: Receipt) -> bool:
    return receipt.state in TAKEN | ON_THE_PHONE and receipt.consequence is Consequence.NONE


def _receive(connection: Connection, said: Sequence[Receipt], *, channel: ChannelName, now: datetime) -> list[Received]:
    found = receipts.find(connection, said, channel)
    ours: list[Said] = [(receipt, row) for receipt, row in zip(said, found, strict=True) if row is not None]
    if not ours:
        return [Received(Reception.STRANGE)] * len(said)
    if len(ours) > 1 and any(_names_another_text(row, receipt) for receipt, row in ours):
        return [received for one in said for received in _receive(connection, [one], channel=channel, now=now)]
    _put_right(connection, ours, now=now)
    are_new = _keep(connection, ours, now=now)
    have_moved = receipts.advance(connection, ((row.id, receipt) for receipt, row in ours), now=now)
    moved = [one for one, has_moved in zip(ours, have_moved, strict=True) if has_moved]
    _follow_up(connection, moved, now=now)
    for (receipt, row), is_new, has_moved in zip(ours, are_new, have_moved, strict=True):
        if is_new and not has_moved and receipt.consequence is Consequence.OPTED_OUT:
            consequences.stop(connection, _trouble(row, receipt), now=now)  # true however late it is said
    worth = iter(_worth(ours, have_moved, now=now))
    return [Received(Reception.STRANGE) if row is None else next(worth) for row in found]


def _put_right(connection: Connection, ours: Sequence[Said], *, now: datetime) -> None:
    """Undo what a look-up, which knows words only, has made of texts that are now said to be another delivery's."""
    named = (
        (row.id, receipt.provider_id)
        for receipt, row in ours
        if receipt.provider_id is not None and _names_another_text(row, receipt)
    )
    underway.unsettle(connection, receipts.take_back(connection, named, now=now))


def _names_another_text(row: Spoken, receipt: Receipt) -> bool:
    """Whether a receipt calls a delivery's text by a name that is news: another delivery may have been given it."""
    return receipt.provider_id not in {None, row.provider_id}


def _keep(connection: Connection, ours: Sequence[Said], *, now: datetime) -> list[bool]:
    """Keep what was said, once; return of each receipt whether it is new."""
    known = receipts.kept(connection, {row.id for _, row in ours})
    fresh: dict[receipts.Kept, None] = {}
    are_new = []
    for receipt, row in ours:
        one = (row.id, receipt.state, receipts.short(receipt.error_code))
        are_new.append(one not in known and one not in fresh)
        if are_new[-1]:
            fresh[one] = None
    receipts.keep(connection, fresh, now=now)
    return are_new


def _follow_up(connection: Connection, moved: Sequence[Said], *, now: datetime) -> None:
    """Do what follows for notices, endpoints and corrections that wait."""
    underway.mark_sent(connection, {row.id for receipt, row in moved if receipt.state in TAKEN})
    for receipt, row in moved:
        if receipt.state in NOT_ARRIVED and row.state not in NOT_ARRIVED:
            consequences.meet(connection, _trouble(row, receipt), now=now)
    lane_health.got_through(connection, {row.lane_id for receipt, row in moved if _proves_its_lane(receipt, row)})
    on_the_phone = [row for receipt, row in moved if receipt.state in ON_THE_PHONE]
    underway.arrived(connection, {row.id: row.notice_id for row in on_the_phone}, now=now)
    for row in on_the_phone:
        if row.state in NOT_ARRIVED:
            attendance.was_read(connection, row.endpoint_id, asked_at=row.created_at)
    for endpoint_id in {row.endpoint_id for row in on_the_phone if row.endpoint_state is EndpointState.DEAD}:
        _is_alive(connection, endpoint_id, now=now)
    underway.let_follow(connection, {row.id for receipt, row in moved if receipt.state.is_final}, now=now)


def _is_alive(connection: Connection, endpoint_id: int, *, now: datetime) -> None:
    """See that somebody is there after all: what was to be said to them is planned again."""
    endpoints.change(connection, endpoint_id, state=EndpointState.ACTIVE)
    applied = courts.load(connection, read_court)
    here = people.at(connection, endpoint_id)
    replan(connection, people.hearings_at(connection, endpoint_id), courts=applied, now=now, only=here)


def _proves_its_lane(receipt: Receipt, row: Spoken) -> bool:
    """Whether a text got through, at least to the phone's own carrier, that left since its lane was known as broken."""
    is_through = receipt.state is DeliveryState.SENT or receipt.state in ON_THE_PHONE
    return is_through and row.lane_broken_since is not None and row.created_at > row.lane_broken_since


def _worth(ours: Sequence[Said], have_moved: Sequence[bool], *, now: datetime) -> Iterator[Received]:
    ended = {row.id for _, row in ours if row.state.is_final}
    for (receipt, row), has_moved in zip(ours, have_moved, strict=True):
        is_first = has_moved and receipt.state.is_final and row.id not in ended
        if is_first:
            ended.add(row.id)
        yield Received(Reception.MOVED if has_moved else Reception.KNOWN, now - row.created_at if is_first else None)


def _trouble(row: Spoken, receipt: Receipt) -> Trouble:
    return Trouble(
        delivery_id=row.id,
        attempted_at=row.created_at,
        lane_id=row.lane_id,
        endpoint_id=row.endpoint_id,
        code=receipt.error_code or receipt.state,
        consequence=receipt.consequence,
        may_retry=receipt.may_retry,
    )
