"""`usher status --watch`: lanes, lag, workers and what is open, once a second, until q or Ctrl-C."""

import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.spans import ago, span
from bot.stream.standing import Standing
from storage.heartbeats import SILENT_AFTER
from storage.status import LaneStatus, Status

LOOK_EVERY = timedelta(seconds=1)
LATE, VERY_LATE = timedelta(minutes=1), timedelta(minutes=5)
UNANSWERED = timedelta(minutes=2)
MANY_LANES = 12  # of more, those with nothing to do are only counted
BAR = 5  # characters
LONGEST_KEY = 20  # of a lane's; a service's thirty-two digits are told apart by their last

Look = Callable[[], tuple[Status, Standing | None]]
"""Returns how things stand, and the stream, None where there is none."""
Quits = Callable[[timedelta], bool]
"""Waits so long for somebody to end it; True when somebody did."""


def watch(look: Look, console: Console, quits: Quits) -> None:
    """Show what `look` sees again and again; a database that is away is waited for."""
    try:
        with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            live.update(_seen(look), refresh=True)
            while not quits(LOOK_EVERY):
                live.update(_seen(look), refresh=True)
    except KeyboardInterrupt:  # whatever it was doing: looking, drawing or waiting
        return


@contextmanager
def keyboard(stdin: TextIO = sys.stdin) -> Iterator[Quits]:
    """Read single keys while inside: q ends, and so does Ctrl-C. Without a terminal to read from, only that does.

    That also where whoever started us had interrupts ignored, as a shell does in the background; and where Python
    forgets one, for it came while something was tidied up: so that it came is noted, too.
    """
    pressed: list[int] = []

    def interrupt(number: int, _: object) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    otherwise = signal.signal(signal.SIGINT, interrupt)
    try:
        with _single_keys(stdin) as quits:
            yield lambda pause: bool(pressed) or quits(pause)
    finally:
        signal.signal(signal.SIGINT, otherwise)


def picture(found: Status, stream: Standing | None = None) -> RenderableType:
    """Draw one look, for 80 columns and more."""
    now = found.at
    heading = Table.grid(expand=True)
    heading.add_column()
    heading.add_column(justify="right", style="dim")
    heading.add_row(Text.assemble(("Usher", "bold"), f"  {now:%H:%M:%S} UTC"), "q ends")
    parts = [heading, Text(), _counts(found), *_stream(stream, now), Text(), _lanes(found, now)]
    parts += [Text(), _line("At work", [_part(name, at, now) for name, at in sorted(found.heartbeats.items())])]
    parts += [Text(), _line("Desk", [Text(f"{kind} {total}") for kind, total in sorted(found.tasks.items())])]
    calendars = [Text(f"{court.key} {ago(court.feed_seen_at, now)}") for court in found.courts]
    return Group(*parts, Text(), _line("Calendars", calendars))


def stream_words(stream: Standing, now: datetime) -> str:
    """Say how the stream stands."""
    if not stream.is_up:
        return "NATS does not answer"
    since = f", the oldest for {span(now - stream.oldest_at)}" if stream.oldest_at else ""
    return f"{stream.waiting:,} waiting{since}"


def _stream(stream: Standing | None, now: datetime) -> list[RenderableType]:
    """Draw the stream's line, red when what somebody wrote lies in it; none where there is no stream."""
    if stream is None:
        return []
    is_wrong = not stream.is_up or (stream.oldest_at is not None and now - stream.oldest_at > UNANSWERED)
    return [_line("Stream", [Text(stream_words(stream, now), style="bold red" if is_wrong else "")])]


def _seen(look: Look) -> RenderableType:
    try:
        return picture(*look())
    except SQLAlchemyError as error:
        return Text(f"The database does not answer ({type(error).__name__}). Looking again; q ends.", style="bold red")


@contextmanager
def _single_keys(stdin: TextIO) -> Iterator[Quits]:
    if not stdin.isatty():
        yield lambda pause: bool(select.select([], [], [], pause.total_seconds())[0])
        return
    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin)
    try:
        yield lambda pause: _is_q_pressed(stdin, pause)
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def _is_q_pressed(stdin: TextIO, pause: timedelta) -> bool:
    ready, _, _ = select.select([stdin], [], [], pause.total_seconds())
    return bool(ready) and stdin.read(1) in {"q", "Q", ""}


def _counts(found: Status) -> RenderableType:
    now = found.at
    unknown, waiting = found.unknown_since, found.inbound_since
    is_slow = waiting is not None and now - waiting > UNANSWERED
    return _line(
        "Open",
        [
            Text(f"in flight {found.in_flight:,}"),
            Text(f"unknown {found.unknown:,}{_since(unknown, now)}", style="yellow" if found.unknown else ""),
            Text(f"unanswered {found.inbound_waiting:,}{_since(waiting, now)}", style="bold red" if is_slow else ""),
            Text(f"desk {sum(found.tasks.values()):,}"),
        ],
    )


def _lanes(found: Status, now: datetime) -> RenderableType:
    lanes = [lane for lane in found.lanes if lane.waiting or not lane.is_retired]
    shown = [lane for lane in lanes if lane.waiting or lane.broken_since or _rests(lane, now)]
    if len(lanes) <= MANY_LANES:
        shown = lanes
    idle = len(lanes) - len(shown)
    table = Table(box=None, pad_edge=False, expand=True, header_style="dim")
    table.add_column("lane", no_wrap=True, ratio=1, overflow="ellipsis")
    for title in ("a second", "tokens", "due", "waiting", "lag"):
        table.add_column(title, justify="left" if title == "tokens" else "right", no_wrap=True)
    for lane in shown:
        table.add_row(
            _name(lane, now), f"{lane.rate:g}", _tokens(lane), f"{lane.due:,}", f"{lane.waiting:,}", _lag(lane, now)
        )
    if idle:
        table.add_row(Text(f"{idle} more with nothing to do", style="dim"))
    return table


def _name(lane: LaneStatus, now: datetime) -> Text:
    name = Text(lane.key if len(lane.key) <= LONGEST_KEY else f"{lane.key[:6]}…{lane.key[-4:]}")
    if lane.broken_since is not None:
        name.append(f" broken {span(now - lane.broken_since)} {lane.broken_reason or ''}".rstrip(), style="bold red")
    elif _rests(lane, now):
        assert lane.paused_until is not None  # noqa: S101 - it rests
        name.append(f" rests {span(lane.paused_until - now)} {lane.paused_reason or ''}".rstrip(), style="bold yellow")
    return name


def _tokens(lane: LaneStatus) -> Text:
    """Draw how full the bucket is, beside what is in it; below zero it is in debt for a long text."""
    full = min(max(lane.tokens / max(lane.burst, 1), 0.0), 1.0)
    filled = round(full * BAR)
    return (
        Text("━" * filled, style="green")
        .append("━" * (BAR - filled), style="bright_black")
        .append(f" {lane.tokens:.0f}", style="")
    )


def _lag(lane: LaneStatus, now: datetime) -> Text:
    if lane.oldest_due_at is None:
        return Text("-", style="dim")
    lag = now - lane.oldest_due_at
    return Text(span(lag), style="bold red" if lag > VERY_LATE else "yellow" if lag > LATE else "")


def _part(name: str, at: datetime, now: datetime) -> Text:
    return Text(f"{name} {ago(at, now)}", style="bold red" if now - at > SILENT_AFTER else "")


def _line(title: str, words: list[Text]) -> RenderableType:
    """Draw a line of words under one title; it folds between words where the terminal is narrow."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="dim", width=9)
    table.add_column(ratio=1)
    joined = Text("   ").join(Text(str(word).replace(" ", "\xa0"), style=word.style) for word in words)
    table.add_row(title, joined or Text("nothing", style="dim"))
    return table


def _since(at: datetime | None, now: datetime) -> str:
    return "" if at is None else f" for {span(now - at)}"


def _rests(lane: LaneStatus, now: datetime) -> bool:
    return lane.paused_until is not None and lane.paused_until > now
