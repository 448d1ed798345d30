"""Which rows a unit of work locks before it reads what another one may be changing: always in one order.

Cases and hearings first (whoever changes one), then endpoints, then deliveries, each in the order of their ids; then
notices, the lane, and last the chain of the record. Whoever plans holds every endpoint that the people it plans for
ever had; whoever writes to us holds the endpoint they write from: so of two who change what the same person is to be
told, the second one sees what the first one did. What is wanted out of that order is never waited for: `to_follow` and
`to_reach` give up, and the unit of work runs again. SQLite has a single writer: there, nothing is locked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from domain.delivery import Address, DeliveryState, Receipt
from storage.database import InTheWayError, vault_of
from storage.endpoints import ADDRESS
from storage.fed_rows import CaseKey
from storage.prepared import Prepared, one_of
from storage.schema import case, delivery, endpoint, hearing, hearing_party, participation, person, person_endpoint

GIVEN_UP = frozenset({DeliveryState.UNKNOWN, DeliveryState.UNDELIVERED, DeliveryState.FAILED})
"""Of a delivery whose notice may wait for another one, or have ended without."""


def writers(connection: Connection, addresses: Collection[Address]) -> None:
    """Lock the endpoints that somebody has written from; those that are new need no lock."""
    if _has_one_writer(connection):
        return
    digest = vault_of(connection).digest
    known: set[int] = set()
    for channel in {address.channel for address in addresses}:
        digests = [digest(address.value, ADDRESS) for address in addresses if address.channel is channel]
        known.update(key for (key,) in _AT_ADDRESSES.all(connection, channel=channel, digests=digests))
    _ENDPOINTS.all(connection, ids=known)


def ways(connection: Connection, hearing_ids: Sequence[int]) -> None:
    """Lock every endpoint that a party of these hearings ever had."""
    if not _has_one_writer(connection):
        _WAYS.all(connection, hearings=hearing_ids)


def troubled(connection: Connection, delivery_ids: Collection[int]) -> None:
    """Lock the endpoints of deliveries that did not get through, or of which nobody knows whether they did."""
    if delivery_ids and not _has_one_writer(connection):
        _OF_DELIVERIES.all(connection, deliveries=delivery_ids)


def deliveries(connection: Connection, delivery_ids: Collection[int]) -> None:
    """Lock deliveries that are to be moved."""
    if len(delivery_ids) > 1 and not _has_one_writer(connection):
        _DELIVERIES.all(connection, ids=delivery_ids)


def spoken_of(connection: Connection, said: Sequence[Receipt], *, bad: Sequence[Receipt]) -> None:
    """Lock the deliveries that receipts speak of; before that the endpoints where more may follow from them.

    That is where a receipt is `bad`; where it has a name for a text that is news, for a look-up may be giving that text
    to another delivery to the phone; and where a delivery was given up or is unknown: its notice may wait to be tried
    again, and somebody may be planning what else to say.

    Raises:
        InTheWayError: If one has been given up only just now: its endpoint should have been locked first.
    """
    if _has_one_writer(connection):
        return
    held = {endpoint_id for (endpoint_id,) in _SPOKEN_OF_AT.all(connection, **_named_or_bad(said, bad))}
    for endpoint_id, state in _SPOKEN_OF.all(connection, **_named(said)):
        if state in GIVEN_UP and endpoint_id not in held:
            raise InTheWayError


def cases(connection: Connection, keys: Iterable[CaseKey]) -> None:
    """Lock the cases that an import is about to compare and change."""
    if _has_one_writer(connection):
        return
    numbers: dict[int, list[str]] = defaultdict(list)
    for court_id, folded in keys:
        numbers[court_id].append(folded)
    for court_id in sorted(numbers):
        _CASES.all(connection, court=court_id, numbers=numbers[court_id])


def to_follow(connection: Connection, case_id: int) -> None:
    """Keep a case and its hearings as they are, while somebody becomes a party of them.

    Raises:
        InTheWayError: If an import or the staff is changing them right now.
    """
    _keep_still(connection, _TO_FOLLOW, who=case_id)


def to_reach(connection: Connection, person_id: int) -> None:
    """Keep a person's cases and hearings as they are, while the person gets another endpoint.

    Raises:
        InTheWayError: If an import or the staff is changing them right now.
    """
    _keep_still(connection, _TO_REACH, who=person_id)


def _named_or_bad(said: Sequence[Receipt], bad: Sequence[Receipt]) -> dict[str, set[Any]]:
    told = [one for one in said if one.provider_id is not None and one.delivery_id is not None]
    return {
        **_named(said),
        "given_up": set(GIVEN_UP),
        "told_ids": {one.delivery_id for one in told},
        "told_names": {one.provider_id for one in told},
        **{f"bad_{which}": values for which, values in _named(bad).items()},
    }


def _named(said: Sequence[Receipt]) -> dict[str, set[Any]]:
    return {
        "ids": {one.delivery_id for one in said if one.delivery_id is not None},
        "names": {one.provider_id for one in said if one.delivery_id is None and one.provider_id is not None},
    }


def _keep_still(connection: Connection, rows: Iterable[tuple[Prepared, Prepared]], *, who: int) -> None:
    for still, there in () if _has_one_writer(connection) else rows:
        if len(still.all(connection, who=who)) < len(there.all(connection, who=who)):
            raise InTheWayError


def _has_one_writer(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


_SOME = select(endpoint.c.id).order_by(endpoint.c.id).with_for_update(key_share=True)
_AT_ADDRESSES = Prepared(
    select(endpoint.c.id).where(
        endpoint.c.channel == bindparam("channel"), one_of(endpoint.c.address_digest, "digests")
    )
)
_ENDPOINTS = Prepared(_SOME.where(one_of(endpoint.c.id, "ids")))
_WAYS = Prepared(
    _SOME.where(
        endpoint.c.id.in_(
            select(person_endpoint.c.endpoint_id)
            .join(participation, participation.c.person_id == person_endpoint.c.person_id)
            .join(hearing_party, hearing_party.c.participation_id == participation.c.id)
            .where(one_of(hearing_party.c.hearing_id, "hearings"))
        )
    )
)
_OF_DELIVERIES = Prepared(
    _SOME.where(endpoint.c.id.in_(select(delivery.c.endpoint_id).where(one_of(delivery.c.id, "deliveries"))))
)
_MOVED = select(delivery.c.id).order_by(delivery.c.id).with_for_update(key_share=True)
_DELIVERIES = Prepared(_MOVED.where(one_of(delivery.c.id, "ids")))
_IS_NAMED = one_of(delivery.c.id, "ids") | one_of(delivery.c.provider_id, "names")
_SPOKEN_OF = Prepared(_MOVED.with_only_columns(delivery.c.endpoint_id, delivery.c.state).where(_IS_NAMED))
_IS_NEWS = one_of(delivery.c.id, "told_ids") & (
    delivery.c.provider_id.is_(None) | ~one_of(delivery.c.provider_id, "told_names")
)
_IS_BAD = one_of(delivery.c.id, "bad_ids") | one_of(delivery.c.provider_id, "bad_names")
_IS_GIVEN_UP = _IS_NAMED & one_of(delivery.c.state, "given_up")  # in words, an index of all that is unknown would do
_SPOKEN_OF_AT = Prepared(
    _SOME.where(endpoint.c.id.in_(select(delivery.c.endpoint_id).where(_IS_NEWS | _IS_BAD | _IS_GIVEN_UP)))
)
_CASES = Prepared(
    select(case.c.id)
    .where(case.c.court_id == bindparam("court"), one_of(case.c.folded, "numbers"))
    .order_by(case.c.id)
    .with_for_update(key_share=True)
)


def _kept_still(rows: Select[tuple[int]], *, strongly: bool = False) -> tuple[Prepared, Prepared]:
    """Return a query that locks what it can of some rows at once, and one that says which there are."""
    return Prepared(rows.with_for_update(skip_locked=True, read=not strongly)), Prepared(rows)


_WHO: BindParameter[int] = bindparam("who")
_PARTS = select(participation.c.id).where(participation.c.person_id == _WHO)
_TO_FOLLOW = (
    _kept_still(select(case.c.id).where(case.c.id == _WHO)),
    _kept_still(select(hearing.c.id).where(hearing.c.case_id == _WHO)),
)
_TO_REACH = (
    _kept_still(select(person.c.id).where(person.c.id == _WHO), strongly=True),  # or an import may give them a part
    _kept_still(select(case.c.id).where(case.c.id.in_(_PARTS.with_only_columns(participation.c.case_id)))),
    _kept_still(
        select(hearing.c.id).where(
            hearing.c.id.in_(select(hearing_party.c.hearing_id).where(hearing_party.c.participation_id.in_(_PARTS)))
        )
    ),
)
