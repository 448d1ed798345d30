"""`usher status`: how the installation stands, in one look or as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.opening import open_database
from bot.settings import read_settings
from domain.clock import SystemClock
from storage import status as storage_status
from storage.status import Status

NEVER = "never"
NOTHING = "nothing"


def status(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show what is waiting, what is late, who is at work and what the desk has to do."""
    now = SystemClock().now()
    with open_database(read_settings()) as database:
        standing = database.read_now(partial(storage_status.read, now=now))
        notices = database.read_now(storage_status.notices_by_state)
    if as_json:
        typer.echo(orjson.dumps({**asdict(standing), "notices": notices}).decode())
    else:
        _show(standing, notices)


def _show(standing: Status, notices: dict[str, int]) -> None:
    console, now = Console(), standing.at
    console.print(
        f"In flight: {standing.in_flight}. May or may not have left: {standing.unknown}. "
        f"Not answered yet: {standing.inbound_waiting}.\n"
    )
    _table(console, "At work", ("part", "last heard of"), _ages(standing.heartbeats, now))
    _table(console, "Notices", ("state", "how many"), sorted(notices.items()))
    _table(
        console,
        "Lanes",
        ("lane", "a second", "waiting", "due", "oldest due", "rests until"),
        (
            (
                lane.key,
                f"{lane.rate:g}",
                lane.waiting,
                lane.due,
                _ago(lane.oldest_due_at, now) if lane.due else "",
                _rest(lane.paused_until, now, lane.paused_reason),
            )
            for lane in standing.lanes
        ),
    )
    _table(console, "Desk", ("kind", "open"), sorted(standing.tasks.items()))
    _table(
        console,
        "Courts",
        ("court", "calendar seen", "last import", "when"),
        (
            (court.key, _ago(court.feed_seen_at, now), court.last_import or "", _ago(court.last_import_at, now))
            for court in standing.courts
        ),
    )


def _table(console: Console, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, header_style="dim")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    if not table.row_count:
        table.add_row(NOTHING)
    console.print(table, "")


def _ages(instants: Mapping[str, datetime], now: datetime) -> Iterable[tuple[str, str]]:
    return ((name, _ago(at, now)) for name, at in sorted(instants.items()))


def _ago(at: datetime | None, now: datetime) -> str:
    return NEVER if at is None else f"{_span(now - at)} ago"


def _rest(until: datetime | None, now: datetime, reason: str | None) -> str:
    if until is None or until <= now:
        return ""
    return f"{until:%H:%M:%S} UTC ({reason or 'no reason given'})"


def _span(length: timedelta) -> str:
    """Write a length of time as people glance at it: 45 s, 12 min, 3 h, 2 d."""
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
