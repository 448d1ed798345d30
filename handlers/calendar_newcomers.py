"""A calendar's new hearings to which everybody is new: planned from what was just written, without reading it again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from domain.calendar_diff import appearance_of
from domain.hearing import Appearance
from domain.situation import Situation
from handlers.calendar_case import CaseWork
from handlers.calendar_hearings import HearingIds
from handlers.calendar_parties import NewPart
from scheduler.alike import Alike, AlikePlanner
from scheduler.planner import Planned, replan
from storage.courts import Courts
from storage.fed_rows import CaseKey
from storage.notices import Target


def find(
    works: Sequence[CaseWork],
    hearing_ids: HearingIds,
    case_ids: Mapping[CaseKey, int],
    linked: Sequence[tuple[int, int]],
    new: Mapping[int, NewPart],
) -> dict[int, list[Alike]]:
    """Return the new hearings, by id, of whose parties all is known, each with who gets notices about it."""
    found: dict[int, list[Alike]] = {}
    about: dict[int, tuple[int, int, Appearance]] = {}
    for work in works:
        for place, change in enumerate(work.diff.changes):
            if change.known is None and change.fed is not None:
                hearing_id = hearing_ids[work.case.key, place]
                found[hearing_id] = []
                about[hearing_id] = work.case.key[0], case_ids[work.case.key], appearance_of(change.fed)
    for hearing_id, part in linked:
        if part not in new:
            found.pop(hearing_id, None)  # the planner must look at all of its parties
        elif hearing_id in found:
            person_id, role, (endpoint_id, lane_id) = new[part]
            court_id, case_id, appearance = about[hearing_id]
            target = Target(endpoint_id, lane_id, court_id, person_id, part, case_id, hearing_id, revision=1)
            situation = Situation(role, 1, appearance.starts_at, appearance.status)
            found[hearing_id].append(Alike(target, situation))
    return found


def plan(
    connection: Connection,
    changed: Sequence[int],
    newcomers: Mapping[int, Sequence[Alike]],
    alike: AlikePlanner,
    *,
    courts: Courts,
    now: datetime,
) -> Planned:
    """Plan what a chunk of a calendar changed, with the hearings of `find` on the short way."""
    kinds = alike.plan(connection, chain.from_iterable(newcomers.values()))
    others = [hearing_id for hearing_id in changed if hearing_id not in newcomers]
    return Planned(kinds.total(), 0, kinds) + replan(connection, others, courts=courts, now=now)
