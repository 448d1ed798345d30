"""Watches: numbers that people wait for, told when they come into the calendar, or that they did not."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.notice import NoticeKind
from storage import cases, endpoints, lanes, notices, watches
from storage.cases import CaseHearing
from storage.courts import Courts
from storage.notices import Target
from storage.watches import Watch, WatchState

BATCH = 500
END_LASTS = timedelta(days=3)
SAME_MOMENT = timedelta(minutes=30)
"""Longer than a unit of work takes, and a process that looks every minute may stand still."""
CASES_A_QUERY = 1000


def match(connection: Connection, case_ids: Iterable[int], *, courts: Courts, now: datetime) -> int:
    """Tell everybody who watches for one of these cases and may know of it; return how many.

    Call it after the calendar changed, in the same unit of work. A case that is not public, or has nothing coming,
    stays as if it were not there.
    """
    told = 0
    remaining = list(dict.fromkeys(case_ids))
    for start in range(0, len(remaining), CASES_A_QUERY):
        told += _match(connection, remaining[start : start + CASES_A_QUERY], courts=courts, now=now)
    return told


def look_again(connection: Connection, *, courts: Courts, now: datetime) -> int:
    """Look once more for the numbers that somebody has just begun to watch for; return how many were there.

    An import that brought the number at the same moment saw no watch yet, and whoever answered YES saw no hearing.
    One that has stood there for longer they were asked about, and did not mean it.
    """
    since = now - SAME_MOMENT
    young = watches.young(connection, since=since, limit=BATCH)
    if not young:
        return 0
    there = cases.by_folded(connection, {watch.folded for watch in young}, court_ids=courts.by_id)
    coming = cases.coming(connection, [case.id for case in there], now=now)
    news = [case_id for case_id, of_case in coming.items() if any(one.revised_at > since for one in of_case)]
    return match(connection, news, courts=courts, now=now)


def expire(connection: Connection, *, courts: Courts, now: datetime) -> int:
    """End the watches whose time is over and say so to who kept them; return how many.

    The calendar is looked at once more first: nobody is told that a number is not there while it is.
    """
    over = watches.over(connection, now=now, limit=BATCH)
    if not over:
        return 0
    there = cases.by_folded(connection, [watch.folded for watch in over], court_ids=courts.by_id)
    match(connection, [case.id for case in there], courts=courts, now=now)
    checked = {watch.id for watch in over}
    in_vain = [watch for watch in watches.over(connection, now=now, limit=BATCH) if watch.id in checked]
    for watch in in_vain:
        _put(connection, watch, NoticeKind.WATCH_ENDED, watch.folded, now=now)
    watches.move(connection, [watch.id for watch in in_vain], WatchState.ENDED)
    return len(over)


def _match(connection: Connection, case_ids: list[int], *, courts: Courts, now: datetime) -> int:
    coming = cases.coming(connection, case_ids, now=now)
    public = [case for case in cases.by_id(connection, case_ids).values() if case.answers_lookup and coming[case.id]]
    found: list[int] = []
    for watch in watches.open_for(connection, [case.folded for case in public]):
        near = lanes.courts_at(connection, _lane_of(connection, watch), courts)
        case = next((case for case in public if case.folded == watch.folded and case.court_id in near), None)
        if case is not None:
            first = coming[case.id][0]
            _put(connection, watch, NoticeKind.WATCH_FOUND, case.number, about=first, court_id=case.court_id, now=now)
            found.append(watch.id)
    watches.move(connection, found, WatchState.FOUND)
    return len(found)


def _put(
    connection: Connection,
    watch: Watch,
    kind: NoticeKind,
    number: str,
    *,
    now: datetime,
    court_id: int | None = None,
    about: CaseHearing | None = None,
) -> None:
    """Put the end of a watch into the outbox; its words are made when it leaves, from `number` and the hearing then."""
    target = Target(
        endpoint_id=watch.endpoint_id,
        lane_id=_lane_of(connection, watch),
        court_id=court_id or watch.court_id,
        case_id=None if about is None else about.case_id,
        hearing_id=None if about is None else about.id,
    )
    expires_at = now + END_LASTS if about is None else about.appearance.starts_at
    key = f"{kind}:{watch.id}"
    notices.add_reply(connection, target, number, dedupe_key=key, now=now, expires_at=expires_at, kind=kind)


def _lane_of(connection: Connection, watch: Watch) -> int:
    """Return the lane the watcher is written to from: an endpoint that has written to us always has one."""
    lane_id = endpoints.get(connection, watch.endpoint_id).lane_id
    assert lane_id is not None  # noqa: S101 - set when it first wrote
    return lane_id
