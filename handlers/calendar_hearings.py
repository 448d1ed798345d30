"""A calendar's cases and hearings, written: new, revised, refreshed, gone; and who comes to which."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from domain.calendar_diff import HearingChange
from domain.calendar_report import Finding
from domain.calendar_row import HearingFields
from domain.roles import Role
from handlers.calendar_case import CaseWork
from storage import calendar, fed_rows
from storage.fed_rows import CaseKey

HearingIds: TypeAlias = Mapping[tuple[CaseKey, int], int]
"""Each hearing's id, by its case and its place among the case's changes."""


def write_cases(connection: Connection, works: Sequence[CaseWork], *, now: datetime) -> dict[CaseKey, int]:
    """Write new cases, and what changed of others; return the ids of all."""
    fresh = [work for work in works if work.known is None]
    added = calendar.add_cases(
        connection,
        [
            (work.case.key, min(row.number for row in work.case.rows), work.kind, work.confidentiality, work.fed)
            for work in fresh
        ],
        now=now,
    )
    changed = [(work.known.id, work.kind, work.confidentiality) for work in works if work.known and work.is_changed]
    calendar.change_cases(connection, changed)
    others = [(work.known.id, work.fed) for work in works if work.known is not None and work.known.fed != work.fed]
    fed_rows.remember(connection, others)
    ids = {work.case.key: new_id for work, new_id in zip(fresh, added, strict=True)}
    return ids | {work.case.key: work.known.id for work in works if work.known is not None}


def write_hearings(
    connection: Connection,
    works: Sequence[CaseWork],
    case_ids: Mapping[CaseKey, int],
    *,
    feed: str,
    source: str,
    now: datetime,
) -> HearingIds:
    """Write what became of every hearing; return their ids."""
    ids = {(key, place): change.known.id for key, place, change in _every(works) if change.known is not None}
    ids |= _add(connection, works, case_ids, feed=feed, source=source, now=now)
    news = [change for _, _, change in _every(works) if change.is_news]
    both = [(change.known, change.fed) for change in news if change.known is not None and change.fed is not None]
    revised = [(known, fed) for known, fed in both if matters(known.fields) != matters(fed)]
    calendar.revise(connection, revised, feed=feed, source=source, now=now)
    calendar.refresh(connection, [pair for pair in both if matters(pair[0].fields) == matters(pair[1])], feed=feed)
    gone = [change.known.id for change in news if change.known is not None and change.finding is Finding.GONE]
    calendar.mark_gone(connection, gone, now=now)
    return ids


def revised_ids(works: Sequence[CaseWork], ids: HearingIds) -> Iterator[int]:
    """Return the hearings whose notices must be planned anew.

    Of a case that is more or less open than before those are all: what could not be told while it was sealed is told
    now, if it is still of use.
    """
    for work in works:
        if work.known is not None and work.known.confidentiality is not work.confidentiality:
            yield from (one.id for one in work.known.hearings)
    for key, place, change in _every(works):
        is_revised = change.known is None or (
            change.is_news and change.fed is not None and matters(change.known.fields) != matters(change.fed)
        )
        if is_revised:
            yield ids[key, place]


def link_parties(
    connection: Connection,
    works: Sequence[CaseWork],
    ids: HearingIds,
    parts: Mapping[tuple[CaseKey, str, Role], int],
    *,
    now: datetime,
) -> list[tuple[int, int]]:
    """Make people parties of the hearings that the file names them for; return the new pairs: hearing and part.

    Who follows a case by its number comes to every new hearing of it, whatever the feed says of people. A part that
    staff ended stays ended.
    """
    links = {
        (hearing_id, part): None
        for work in works
        for hearing_id, part in (*_stated(work, ids, parts), *_following(work, ids))
        if work.known is None or (hearing_id, part) not in work.known.links
    }
    calendar.link_parties(connection, links, now=now)
    return list(links)


def matters(fields: HearingFields) -> tuple[object, ...]:
    """Return what of a hearing matters to people: a difference in it is a revision."""
    return fields[: len(calendar.APPEARANCE)]


def _stated(
    work: CaseWork, ids: HearingIds, parts: Mapping[tuple[CaseKey, str, Role], int]
) -> Iterator[tuple[int, int]]:
    for who, part in work.parts.items():
        before = None if work.known is None else work.known.parties.get(who)
        if before is not None and not before.is_live:
            continue
        part_id = parts[work.case.key, *who] if before is None else before.participation_id
        for identity in part.shown:
            yield ids[work.case.key, work.diff.shown[identity]], part_id


def _following(work: CaseWork, ids: HearingIds) -> Iterator[tuple[int, int]]:
    if work.known is None:
        return
    followers = [one for one in work.known.parties.values() if one.role is Role.FOLLOWER and one.is_live]
    for place, change in enumerate(work.diff.changes):
        if change.known is None:
            for follower in followers:
                yield ids[work.case.key, place], follower.participation_id


def _add(
    connection: Connection,
    works: Sequence[CaseWork],
    case_ids: Mapping[CaseKey, int],
    *,
    feed: str,
    source: str,
    now: datetime,
) -> dict[tuple[CaseKey, int], int]:
    fresh = [
        (key, place, change.fed)
        for key, place, change in _every(works)
        if change.known is None and change.fed is not None
    ]
    new = [(case_ids[key], key[0], fields) for key, _, fields in fresh]
    added = calendar.add_hearings(connection, new, feed=feed, source=source, now=now)
    return {(key, place): new_id for (key, place, _), new_id in zip(fresh, added, strict=True)}


def _every(works: Sequence[CaseWork]) -> Iterator[tuple[CaseKey, int, HearingChange]]:
    for work in works:
        for place, change in enumerate(work.diff.changes):
            yield work.case.key, place, change
