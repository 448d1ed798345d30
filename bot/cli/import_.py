"""`usher import`: a court's calendar in, with its differences shown before and what came of it after."""

import gc
from collections.abc import Mapping
from functools import partial
from typing import Annotated, BinaryIO

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.agreed_clock import agreed_once
from bot.cli.bars import bars
from bot.cli.calendar_files import opened
from bot.cli.opening import open_database
from bot.settings import Settings, read_settings
from domain.calendar_report import ImportReport, RunState
from domain.clock import Clock
from domain.court_file import read_court
from handlers.calendar import ImportOptions, import_calendar
from storage import courts, heartbeats, imports
from storage.database import Database
from storage.heartbeats import Done

QUARANTINED = 1
NOT_IN = 2
RARELY = 200_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
TITLES = {
    RunState.APPLIED: "applied",
    RunState.HELD: "HELD: nothing was changed, nobody is told",
    RunState.REFUSED: "REFUSED: nothing was changed",
    RunState.DRY_RUN: "dry run: nothing was changed",
}


def import_(
    court: Annotated[str, typer.Option(help="The court whose calendar it is.")],
    file: Annotated[str | None, typer.Argument(help='A calendar in CSV; "-" reads standard input.')] = None,
    mapping: Annotated[
        str | None, typer.Option(help="The mapping of the court's file that reads it; else the one that fits.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would change and be planned; change nothing.")] = False,
    accept_changes: Annotated[bool, typer.Option(help="Apply what the brake would hold.")] = False,
    quarantine: Annotated[bool, typer.Option(help="List the rows that the last import could not read.")] = False,
    show_rows: Annotated[bool, typer.Option(help="With --quarantine: show the rows too. They name people.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring a court's calendar in and plan its notices.

    Exits with 1 when a row went to quarantine (the others are in), with 2 when nothing was changed: wrong input, an
    empty file, or a file that the brake holds for --accept-changes.
    """
    gc.freeze()  # a calendar's rows make no cycles: looking for some would take a fifth of the time
    gc.set_threshold(RARELY)
    settings = read_settings()
    with open_database(settings) as database:
        if quarantine:
            raise typer.Exit(_list_quarantine(database, court, show_rows=show_rows, as_json=as_json))
        clock = agreed_once(database)
        options = ImportOptions(
            mapping=mapping, dry_run=dry_run, accept_changes=accept_changes, allow_fictional=_is_sandbox(settings)
        )
        with opened(file) as (stream, size):
            report = _run(database, clock, stream, size, court=court, options=options, quiet=as_json)
        if not _is_dry(report) and _exit_code(report) != NOT_IN:
            database.write_now(partial(heartbeats.note_done, work=Done.IMPORT, now=clock.now()))
    if as_json:
        typer.echo(orjson.dumps(report.facts()).decode())
    else:
        _show_end(report)
    raise typer.Exit(_exit_code(report))


def _run(
    database: Database,
    clock: Clock,
    stream: BinaryIO,
    size: int | None,
    *,
    court: str,
    options: ImportOptions,
    quiet: bool,
) -> ImportReport:
    known = database.read_now(partial(courts.load, read=read_court))
    with bars({"reading": size}) as tell:
        return import_calendar(
            database,
            stream,
            court=court,
            courts=known,
            clock=clock,
            options=options,
            progress=tell,
            show=None if quiet else _show_differences,
        )


def _show_differences(report: ImportReport) -> None:
    """Show what the file says against what is known, before anything is done."""
    lines = [f"{report.rows} rows read"]
    lines += [f"{count} {what}" for what, count in _asides(report).items() if count]
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"Calendar of {report.court} by mapping {report.mapping}: {', '.join(lines)}.")
    _table(console, "Hearings", report.hearings)
    for bad in report.bad_rows:
        console.print(f"  line {bad.line}: {_what(bad.column)}{bad.reason}", markup=False)
    if report.quarantined > len(report.bad_rows):
        console.print(f"  … and {report.quarantined - len(report.bad_rows)} more: usher import --quarantine")


def _show_end(report: ImportReport) -> None:
    """Show what came of it."""
    console = Console(highlight=False, soft_wrap=True)
    if report.state is RunState.REFUSED:
        for bad in report.bad_rows:
            console.print(f"  line {bad.line}: {_what(bad.column)}{bad.reason}", markup=False)
    _table(console, "People", report.parties)
    _table(console, "Notices that would be planned" if _is_dry(report) else "Notices planned", report.notices)
    if report.superseded:
        console.print(f"Notices superseded: {report.superseded}.")
    if report.tasks:
        console.print(f"Tasks for the desk: {report.tasks}.")
    for why in report.why:
        console.print(why, markup=False)
    console.print(f"Import {report.run_id or ''} {TITLES[report.state]}.".replace("  ", " "))
    if report.state is RunState.HELD or (_is_dry(report) and report.why):
        console.print("If this is right, import it again with --accept-changes.")


def _asides(report: ImportReport) -> dict[str, int]:
    return {
        "repeated": report.repeated,
        "left out by the mapping": report.skipped,
        "in quarantine": report.quarantined,
        "unclear": report.ambiguous,
    }


def _table(console: Console, title: str, counts: Mapping[str, int]) -> None:
    shown = {what: count for what, count in counts.items() if count}
    if not shown:
        return
    console.print(title, style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(min_width=20)
    table.add_column(justify="right")
    for what, count in shown.items():
        table.add_row(str(what).replace("_", " "), f"{count}")
    console.print(table)


def _list_quarantine(database: Database, court: str, *, show_rows: bool, as_json: bool) -> int:
    known = database.read_now(partial(courts.load, read=read_court))
    run = database.read_now(partial(imports.last, court_id=known.id_of(court)))
    if run is None:
        typer.echo(f"No calendar of {court} was imported yet.")
        return 0
    rows = database.read_now(partial(imports.quarantined, run_id=run.id))
    for one in rows:
        said = {"line": one.bad.line, "column": one.bad.column, "reason": one.bad.reason}
        if as_json:
            typer.echo(orjson.dumps(said | ({"row": one.row} if show_rows else {})).decode())
        else:
            shown = f"\n    {one.row}" if show_rows else ""
            typer.echo(f"line {one.bad.line}: {_what(one.bad.column)}{one.bad.reason}{shown}")
    if not as_json:
        typer.echo(f"Import {run.id} of {court} ({run.mapping}, {run.state}): {len(rows)} in quarantine.")
    return QUARANTINED if rows else 0


def _what(column: str) -> str:
    return f"{column} " if column else "the row "


def _is_dry(report: ImportReport) -> bool:
    return report.state is RunState.DRY_RUN


def _exit_code(report: ImportReport) -> int:
    if report.state in {RunState.HELD, RunState.REFUSED}:
        return NOT_IN
    return QUARANTINED if report.quarantined else 0


def _is_sandbox(settings: Settings) -> bool:
    """Whether texts go to a stand-in on this machine: only there may 555-01xx numbers be kept."""
    return settings.twilio_api_base_url.host in LOOPBACK
