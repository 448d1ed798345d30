"""A court's calendar in: read, stage, compare, brake, apply, report."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import partial
from itertools import chain
from typing import BinaryIO, TypeAlias

from sqlalchemy import Connection

from domain.calendar_diff import Feed
from domain.calendar_report import Finding, ImportReport, RunState
from domain.clock import Clock
from domain.mapping import CalendarMapping
from domain.wall_clock import local_day
from handlers.calendar_apply import Applied, Run, apply_chunk
from handlers.calendar_brake import Tally, why_held
from handlers.calendar_case import work_of
from handlers.calendar_choice import choose_mapping
from handlers.calendar_file import CalendarFile, Reading
from handlers.calendar_memory import FileMemory
from handlers.calendar_people import PeopleReader
from scheduler.alike import AlikePlanner
from storage import calendar, fed_rows, imports, lanes
from storage.audit import AuditAction, record
from storage.courts import Courts, feed_seen
from storage.database import Database
from storage.fed_rows import CaseKey
from storage.staging import Stage, StagedCase

Progress: TypeAlias = Callable[[str, int], None]
"""(step, how far): "reading" counts bytes of the file, "comparing" and "applying" its rows."""
SHOWN = 20
"""Bad rows that a report names; the quarantine has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How an import is run.

    `mapping` names a mapping of the court's file, or "native"; None is the one that fits the file's header.
    `allow_fictional` lets 555-01xx numbers in (demo, sandbox, simulation, tests).
    """

    mapping: str | None = None
    dry_run: bool = False
    accept_changes: bool = False
    allow_fictional: bool = False


def import_calendar(
    database: Database,
    file: BinaryIO,
    *,
    court: str,
    courts: Courts,
    clock: Clock,
    options: ImportOptions = ImportOptions(),
    progress: Progress | None = None,
    show: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Bring a court's calendar into the database and plan its notices; return what happened.

    It runs in the caller's thread, in many short units of work: from a running loop call it with
    `asyncio.to_thread`. Cut off in the middle it does no harm: importing the same file again finishes it. `show` is
    handed the differences before anything is applied. A file with no row in it, or none that can be read, is REFUSED;
    what the brake stops is HELD; either way nothing is changed but the list of runs. What people get is planned as of
    the import's beginning; a hearing's revision is dated by when it is written.

    Raises:
        InvalidInputError: If the mapping or the file's header is wrong, or a date could be read in two ways.
        NotFoundError: If there is no such court or mapping.
    """
    mapping, whole = choose_mapping(courts[courts.id_of(court)], options.mapping, file)
    work = _Import(database, court, courts, mapping, clock, clock.now(), options, progress or _quietly)
    opened = CalendarFile(whole, mapping, courts=courts, court=court)
    with Stage(database.vault, opened.reread) as stage:
        memory = FileMemory(database, work.feed, opened.manner)
        reading = opened.put_on(
            stage,
            digest_of=fed_rows.digester(database.vault, opened.manner),
            known=lambda keys: database.read_now(partial(fed_rows.of_cases, keys=keys)),
            memory=memory,
            tick=partial(work.progress, "reading"),
        )
        if not reading.rows:
            return work.refuse(reading)
        tally = work.compare(stage, reading)
        report = work.report(reading, tally)
        if show is not None:
            show(report)
        if report.why and not options.accept_changes and not options.dry_run:
            return work.hold(report, reading)
        report = work.apply(stage, report, reading)
        if report.state is RunState.APPLIED:
            memory.keep(stage)
        return report


@dataclass(slots=True)
class _Import:
    """One import, with what every step of it needs at hand."""

    database: Database
    court: str
    courts: Courts
    mapping: CalendarMapping
    clock: Clock
    now: datetime
    options: ImportOptions
    progress: Progress

    @property
    def feed(self) -> str:
        """The feed's name in the database: hearings remember which one shows them."""
        return f"{self.court}/{self.mapping.name}"

    @property
    def court_id(self) -> int:
        return self.courts.id_of(self.court)

    def compare(self, stage: Stage, reading: Reading) -> Tally:
        """Look at every case of the file, and at every coming hearing that it no longer shows; mark what to do."""
        tally = Tally()
        feeds = self._feeds(reading)
        same = stage.sort()
        tally.count_same(same)
        done = same.rows
        for chunk in stage.cases():
            self._compare(stage, chunk, feeds, tally)
            done += sum(len(case.rows) + case.repeated for case in chunk)
            self.progress("comparing", done)
        for court_id in feeds:
            after: calendar.Coming | None = calendar.Coming(self.now)
            while after is not None:
                step = partial(calendar.coming_cases, feed=self.feed, court_id=court_id, after=after)
                ids, after = self.database.read_now(step)
                if looked_at := stage.not_passed_by(ids):
                    keys = self.database.read_now(partial(calendar.keys_of, case_ids=looked_at))
                    self._compare(stage, [StagedCase(key) for key in stage.missing(keys)], feeds, tally)
        return tally

    def report(self, reading: Reading, tally: Tally) -> ImportReport:
        """Say what applying would do, and what stops it."""
        coming = self.database.read_now(partial(calendar.coming_counts, feed=self.feed, now=self.now))
        last = self.database.read_now(partial(imports.last_size, court_id=self.court_id, mapping=self.mapping.name))
        brake = self.courts[self.court_id].brake
        why = why_held(tally, coming=coming, rows=reading.rows, last_rows=last, brake=brake, courts=self.courts)
        return replace(
            self._blank(reading, RunState.DRY_RUN),
            repeated=tally.repeated,
            ambiguous=tally.unclear,
            coming=sum(coming.values()),
            hearings={finding.value: tally.findings[finding] for finding in Finding if tally.findings[finding]},
            why=tuple(why),
        )

    def refuse(self, reading: Reading) -> ImportReport:
        """Leave everything as it is: there is nothing to import. Yesterday's calendar ages on."""
        why = "There is no row in this file; yesterday's calendar stays."
        if reading.bad:
            why = f"None of the {reading.bad} rows could be read: is this the right mapping? Nothing was changed."
        report = replace(self._blank(reading, RunState.REFUSED), why=(why,))
        return report if self.options.dry_run else self._keep(report, reading)

    def hold(self, report: ImportReport, reading: Reading) -> ImportReport:
        """Change nothing until a human has said that it is right."""
        return self._keep(replace(report, state=RunState.HELD), reading)

    def apply(self, stage: Stage, report: ImportReport, reading: Reading) -> ImportReport:
        """Apply what was marked, a unit of work at a time; in a dry run each is undone and only counted."""
        dry = self.options.dry_run
        run_id = 0 if dry else self.database.write_now(partial(self._begin, report=report, reading=reading))
        run = Run(
            feed=self.feed,
            source=f"import:{run_id}",
            feeds=self._feeds(reading),
            courts=self.courts,
            lanes=self.database.read_now(partial(lanes.choose_for_all, courts=self.courts)),
            alike=AlikePlanner(self.courts, now=self.now),
            clock=self.clock,
            now=self.now,
        )
        applied = self._write(stage, run, dry=dry)
        report = replace(
            report,
            state=RunState.DRY_RUN if dry else RunState.APPLIED,
            run_id=run_id or None,
            parties=dict(applied.parties),
            notices={kind.value: count for kind, count in sorted(applied.planned.kinds.items())},
            superseded=applied.planned.superseded,
            tasks=applied.tasks,
        )
        if not dry:
            self.database.write_now(partial(self._finish, report=report, seen=list(run.feeds)))
        return report

    def _write(self, stage: Stage, run: Run, *, dry: bool) -> Applied:
        """Write what was marked, a unit of work a chunk; while one is written, the next is read from the stage."""
        applied, done = Applied(), 0
        hand = ThreadPoolExecutor(1, thread_name_prefix="usher-import")
        under_way: deque[tuple[int, Future[Applied]]] = deque()
        try:
            for cases in chain(stage.cases(marked=True), ((),)):
                if cases:
                    rows = sum(len(case.rows) for case in cases)
                    under_way.append((rows, hand.submit(self._apply, cases, self._read(cases), run, dry=dry)))
                while len(under_way) > bool(cases):
                    rows, written = under_way.popleft()
                    applied += written.result()
                    done += rows
                    self.progress("applying", done)
        finally:
            hand.shutdown(cancel_futures=True)
        return applied

    def _read(self, cases: Sequence[StagedCase]) -> PeopleReader:
        fictional = self.options.allow_fictional
        reader = PeopleReader(self.courts, self.database.vault, now=self.now, allow_fictional=fictional)
        return reader.read_ahead(cases)

    def _apply(self, cases: Sequence[StagedCase], reader: PeopleReader, run: Run, *, dry: bool) -> Applied:
        step = partial(apply_chunk, cases=cases, reader=reader, run=run)
        return _undone(self.database, step) if dry else self.database.write_now(step)

    def _compare(self, stage: Stage, chunk: Sequence[StagedCase], feeds: dict[int, Feed], tally: Tally) -> None:
        known = self.database.read_now(partial(calendar.load, keys=[case.key for case in chunk]))
        needed: list[CaseKey] = []
        for case in chunk:
            work = work_of(case, known.get(case.key), feeds=feeds, now=self.now)
            tally.count(work)
            if work.is_needed():
                needed.append(case.key)
        stage.mark(needed)

    def _feeds(self, reading: Reading) -> dict[int, Feed]:
        """Return how the file covers each court: the whole days, on its clock, from its first hearing to its last."""
        feeds: dict[int, Feed] = {}
        for court_id, (first, last) in reading.spans.items():
            zone = self.courts[court_id].zone
            since = datetime.combine(local_day(first, zone), time.min, zone).astimezone(UTC)
            until = datetime.combine(local_day(last, zone), time.max, zone).astimezone(UTC)
            feeds[court_id] = Feed(key=self.feed, complete=self.mapping.complete, since=since, until=until)
        return feeds

    def _begin(self, connection: Connection, *, report: ImportReport, reading: Reading) -> int:
        return self._add(connection, report, reading, state=imports.APPLYING)

    def _keep(self, report: ImportReport, reading: Reading) -> ImportReport:
        """Write a run that was refused or held, and its quarantine."""

        def write(connection: Connection) -> int:
            run_id = self._add(connection, report, reading, state=report.state)
            if report.state is RunState.HELD:
                facts = {"run": run_id, "court": self.court_id, "digest": reading.digest, "rows": reading.rows}
                record(connection, AuditAction.IMPORT_HELD, actor="import", facts=facts, now=self.now)
            return run_id

        return replace(report, run_id=self.database.write_now(write))

    def _add(self, connection: Connection, report: ImportReport, reading: Reading, *, state: str) -> int:
        run = imports.NewRun(
            court_id=self.court_id,
            mapping=self.mapping.name,
            digest=reading.digest,
            rows=reading.rows,
            started_at=self.now,
        )
        run_id = imports.add(connection, run, state=state, counts=report.counts())
        imports.quarantine(connection, run_id, reading.quarantine)
        return run_id

    def _finish(self, connection: Connection, *, report: ImportReport, seen: Sequence[int]) -> None:
        assert report.run_id is not None  # noqa: S101 - it was begun
        imports.finish(connection, report.run_id, counts=report.counts(), now=self.now)
        for court_id in {self.court_id, *seen}:
            feed_seen(connection, court_id, now=self.now)
        facts = {"run": report.run_id, "court": self.court_id, **report.counts()}
        record(connection, AuditAction.IMPORT_APPLIED, actor="import", facts=facts, now=self.now)

    def _blank(self, reading: Reading, state: RunState) -> ImportReport:
        return ImportReport(
            court=self.court,
            mapping=self.mapping.name,
            state=state,
            rows=reading.rows,
            skipped=reading.skipped,
            quarantined=reading.bad,
            bad_rows=tuple(one.bad for one in reading.quarantine[:SHOWN]),
        )


class _UndoneError(Exception):
    """Carries the result of a unit of work out of it, so that its transaction is rolled back."""

    def __init__(self, applied: Applied) -> None:
        super().__init__()
        self.applied = applied


def _undone(database: Database, step: Callable[[Connection], Applied]) -> Applied:
    """Run a unit of work and undo it; return what it would have done."""

    def tell(connection: Connection) -> None:
        raise _UndoneError(step(connection))

    try:
        database.write_now(tell)
    except _UndoneError as undone:
        return undone.applied
    raise AssertionError("unreachable")


def _quietly(_step: str, _done: int) -> None:
    """Tell nobody how far it is."""
