"""One chunk of a calendar, applied in one unit of work: cases, hearings, people, the desk's tasks, the notices."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from domain.calendar_diff import Feed, HearingChange
from domain.calendar_report import Finding
from domain.clock import Clock
from handlers import calendar_hearings, calendar_newcomers, watches
from handlers.calendar_case import CaseWork, work_of
from handlers.calendar_parties import enrol
from handlers.calendar_people import Claim, PeopleReader
from handlers.calendar_reach import Lanes
from scheduler.alike import AlikePlanner
from scheduler.planner import Planned
from storage import calendar, conflicts, locks, questions
from storage import watches as stored_watches
from storage.calendar import KnownParty
from storage.courts import Courts
from storage.fed_rows import CaseKey
from storage.parties import PersonKey
from storage.staging import WITHOUT_ID, StagedCase
from storage.tasks import About, TaskKind, Wanted, open_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every chunk of one import is applied with.

    `feeds` says how the feed covers each court, by its id. `now` is when the import began: for that instant it plans.
    The `clock` says when a chunk is written.
    """

    feed: str
    source: str
    feeds: Mapping[int, Feed]
    courts: Courts
    lanes: Lanes
    alike: AlikePlanner
    clock: Clock
    now: datetime


@dataclass(slots=True)
class Applied:
    """What applying did."""

    planned: Planned = field(default_factory=Planned)
    parties: Counter[str] = field(default_factory=Counter)
    tasks: int = 0

    def __add__(self, other: "Applied") -> "Applied":
        return Applied(self.planned + other.planned, self.parties + other.parties, self.tasks + other.tasks)


def apply_chunk(connection: Connection, cases: Sequence[StagedCase], reader: PeopleReader, *, run: Run) -> Applied:
    """Bring some cases of a calendar into the database, compared as it stands now, and plan what people are told.

    Applied again it changes nothing: a run that was cut off is finished by importing the file again.
    """
    locks.cases(connection, [case.key for case in cases])
    known = calendar.load(connection, [case.key for case in cases])
    works = [work_of(case, known.get(case.key), feeds=run.feeds, now=run.now) for case in cases]
    works = [work for work in works if work.is_needed()]
    case_ids = calendar_hearings.write_cases(connection, works, now=run.now)
    hearing_ids = calendar_hearings.write_hearings(
        connection, works, case_ids, feed=run.feed, source=run.source, now=run.clock.now()
    )
    claims = [claim for work in works for claim in _claims(work, case_ids[work.case.key])]
    enrolled = enrol(
        connection,
        claims,
        reader=reader,
        spare=_spare(works, case_ids),
        courts=run.courts,
        lanes=run.lanes,
        now=run.now,
    )
    key_of = {case_id: key for key, case_id in case_ids.items()}
    parts = {
        (key_of[claim.case_id], claim.person.key, claim.role): part
        for claim, part in zip(claims, enrolled.parts, strict=True)
    }
    linked = calendar_hearings.link_parties(connection, works, hearing_ids, parts, now=run.now)
    revised = calendar_hearings.revised_ids(works, hearing_ids)
    changed = list(dict.fromkeys((*revised, *(hearing_id for hearing_id, _ in linked), *sorted(enrolled.touched))))
    tasks = open_tasks(
        connection, (*_remarks(works, case_ids, run), *_conflicts(connection, changed, run)), now=run.now
    )
    newcomers = calendar_newcomers.find(works, hearing_ids, case_ids, linked, enrolled.new)
    planned = calendar_newcomers.plan(connection, changed, newcomers, run.alike, courts=run.courts, now=run.now)
    questions.withdraw_from_former(connection, enrolled.touched)  # planning has locked where they were asked
    _tell_watchers(connection, works, case_ids, run=run)
    return Applied(planned, enrolled.counts, enrolled.tasks + tasks)


def _claims(work: CaseWork, case_id: int) -> Iterator[Claim]:
    """Put together what the file says of each party that is new or not as it was."""
    for (key, role), part in work.parts.items():
        before = None if work.known is None else work.known.parties.get((key, role))
        if before is None or before.digest != part.digest:
            yield Claim(
                case_id=case_id,
                person=PersonKey(work.case.key[0], key),
                role=role,
                said=sorted(one.said for one in part.rows.values()),
                digest=part.digest,
                known=before,
            )


def _spare(works: Sequence[CaseWork], case_ids: Mapping[CaseKey, int]) -> dict[int, list[KnownParty]]:
    """Return the parties without an id of the feed's own whom their case's rows no longer name."""
    spare: dict[int, list[KnownParty]] = {}
    for work in works:
        if work.known is not None and work.parts:
            left = [
                one
                for who, one in work.known.parties.items()
                if who not in work.parts and who[0].startswith(WITHOUT_ID) and one.is_live
            ]
            if left:
                spare[case_ids[work.case.key]] = left
    return spare


def _remarks(works: Sequence[CaseWork], case_ids: Mapping[CaseKey, int], run: Run) -> Iterator[Wanted]:
    """Say which hearings a human must look at: the feed is unclear, or disagrees with what staff did."""
    for work in works:
        court_id, case_id = work.case.key[0], case_ids[work.case.key]
        for identity in work.diff.unclear:
            note = "The feed states this hearing in several ways, or one of several may have moved. Please check."
            about = About(court_id=court_id, case_id=case_id)
            yield TaskKind.AMBIGUOUS_HEARING, about, f"{case_id}:{_short(identity)}", note
        for change in work.diff.changes:
            if change.finding is Finding.KEPT and change.known is not None:
                about = About(court_id=court_id, case_id=case_id, hearing_id=change.known.id)
                cause = f"{change.known.id}:{change.known.revision}:{_short(change.fed)}"
                yield TaskKind.STAFF_CHANGE_MET, about, cause, _disagreement(change, run, court_id)


def _disagreement(change: HearingChange, run: Run, court_id: int) -> str:
    assert change.fed is not None  # noqa: S101 - what staff changed is kept only against something
    at = change.fed.starts_at.astimezone(run.courts[court_id].zone)
    return f"The feed says {at:%Y-%m-%d %H:%M}, {change.fed.status}, {change.fed.courtroom or 'no room'}."


def _conflicts(connection: Connection, changed: Sequence[int], run: Run) -> Iterator[Wanted]:
    """Find who is expected in two courts at the same minute."""
    if len(run.courts.by_id) > 1:
        for one in conflicts.at_same_minute(connection, changed, now=run.now):
            about = About(
                court_id=one.court_id, case_id=one.case_id, hearing_id=one.hearing_id, person_id=one.person_id
            )
            first, second = sorted((one.hearing_id, one.other_hearing_id))
            yield TaskKind.CONFLICT, about, f"{first}:{second}", "Expected in two courts at the same minute."


def _tell_watchers(
    connection: Connection, works: Sequence[CaseWork], case_ids: Mapping[CaseKey, int], *, run: Run
) -> None:
    """Let those know who watch for a number that has come, has a hearing again, or may be told now."""
    fresh = [work.case.key for work in works if work.is_changed or any(one.is_news for one in work.diff.changes)]
    if stored_watches.open_for(connection, [folded for _, folded in fresh]):
        watches.match(connection, [case_ids[key] for key in fresh], courts=run.courts, now=run.now)


def _short(thing: object) -> str:
    return hashlib.sha256(repr(thing).encode()).hexdigest()[:12]
