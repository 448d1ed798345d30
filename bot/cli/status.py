"""`usher status`: how the installation stands, in one look or as JSON."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.opening import open_database
from bot.cli.spans import ago
from bot.cli.watching import keyboard, stream_words, watch
from bot.settings import Settings, read_settings
from bot.stream.standing import Standing
from bot.stream.visit import glance
from domain.clock import SystemClock
from domain.errors import InvalidInputError
from storage import status as storage_status
from storage.status import Status

NOTHING, NO_REASON = "nothing", "no reason given"


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    is_watched: Annotated[bool, typer.Option("--watch", help="Look once a second, until q or Ctrl-C.")] = False,
) -> None:
    """Show what is waiting, what is late, who is at work and what the desk has to do."""
    clock, console = SystemClock(), Console()
    if is_watched and (as_json or not console.is_terminal):
        raise InvalidInputError("--watch", "shows a picture in a terminal; for a script there is: usher status --json")
    settings = read_settings()
    with open_database(settings) as database:
        if is_watched:

            def look() -> tuple[Status, Standing | None]:
                return database.read_now(partial(storage_status.read, now=clock.now())), _stream(settings)

            with keyboard() as quits:
                watch(look, console, quits)
            return
        standing = database.read_now(partial(storage_status.read, now=clock.now()))
        notices = database.read_now(storage_status.notices_by_state)
    stream = _stream(settings)
    if as_json:
        told = {**asdict(standing), "notices": notices, "stream": None if stream is None else asdict(stream)}
        typer.echo(orjson.dumps(told).decode())
    else:
        _show(console, standing, notices, stream)


def _stream(settings: Settings) -> Standing | None:
    return None if settings.nats_url is None else asyncio.run(glance(settings.nats_url.get_secret_value()))


def _show(console: Console, standing: Status, notices: dict[str, int], stream: Standing | None) -> None:
    now = standing.at
    console.print(
        f"In flight: {standing.in_flight}. May or may not have left: {standing.unknown}. "
        f"Not answered yet: {standing.inbound_waiting}."
    )
    if stream is not None:
        console.print(f"Stream: {stream_words(stream, now)}.")
    console.print()
    _table(console, "At work", ("part", "last heard of"), _ages(standing.heartbeats, now))
    _table(console, "Notices", ("state", "how many"), sorted(notices.items()))
    _table(
        console,
        "Lanes",
        ("lane", "a second", "waiting", "due", "oldest due", "rests until", "broken"),
        (
            (
                lane.key,
                f"{lane.rate:g}",
                lane.waiting,
                lane.due,
                ago(lane.oldest_due_at, now) if lane.due else "",
                _rest(lane.paused_until, now, lane.paused_reason),
                f"{ago(lane.broken_since, now)} ({lane.broken_reason or NO_REASON})" if lane.broken_since else "",
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
            (court.key, ago(court.feed_seen_at, now), court.last_import or "", ago(court.last_import_at, now))
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
    return ((name, ago(at, now)) for name, at in sorted(instants.items()))


def _rest(until: datetime | None, now: datetime, reason: str | None) -> str:
    if until is None or until <= now:
        return ""
    return f"{until:%H:%M:%S} UTC ({reason or NO_REASON})"
