"""`usher simulate`: a calendar on a fast clock, and who would be sent what when."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.cli.bars import bars
from bot.cli.calendar_files import opened
from bot.cli.migrate import checked_court_files
from bot.logging import configure_logging
from bot.settings import read_settings
from bot.simulation.play import Script
from bot.simulation.play import simulate as play
from bot.simulation.record import DIMENSIONS, Simulation, Sum, kind_of, sentence, why
from domain.errors import InvalidInputError, NotFoundError
from domain.roles import Role
from storage.simulation import SentText

DAY = re.compile(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
COLUMNS = ("when", "case", "who", "language", "by", "kind", "seg.", "text")
PAPER = 160
"""Columns of output where it goes to a file."""
ROOMY = 140
"""In fewer columns the words stand below the rest, not beside it."""


def simulate(
    file: Annotated[str, typer.Argument(help='A calendar in CSV; "-" reads standard input.')],
    court: Annotated[str, typer.Option(help="The court whose calendar it is.")],
    since: Annotated[str, typer.Option("--from", help="The first day, as in 2026-06-01, on the court's calendar.")],
    until: Annotated[str, typer.Option(help="The last day; it is played to its end.")],
    mapping: Annotated[
        str | None, typer.Option(help="The mapping of the court's file that reads it; else the one that fits.")
    ] = None,
    role: Annotated[
        Role, typer.Option(help="The part of the people invented for cases that name nobody.")
    ] = Role.DEFENDANT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play a calendar on a fast clock: who would be sent what, and when. Nothing leaves this machine.

    Everybody in it has agreed to texts and has an invented number; no name and no number of the file is shown. It
    needs the court files, but neither the database nor an account.
    """
    script = _script(court, since, until, mapping, role)
    settings = read_settings()
    definitions = checked_court_files(settings)
    if court not in definitions:
        known = ", ".join(sorted(definitions))
        raise NotFoundError(f"there is no court {court!r} in {settings.courts_dir} (known: {known})")
    configure_logging("console", level="WARNING")
    with opened(file) as (stream, size), bars({"reading": size}) as tell:
        outcome = play(stream, script, definitions=definitions, progress=tell)
    if as_json:
        typer.echo(orjson.dumps(outcome.facts()).decode())
    else:
        _show(outcome)


def show_texts(console: Console, outcome: Simulation) -> None:
    """Print every text in order of time, the words folded beside the rest, or below it where there is no room."""
    rows = (_row(outcome, one) for one in outcome.texts)
    if console.width >= ROOMY:
        _table(console, "Sent", COLUMNS, rows)
        return
    for *rest, words in rows:
        console.print("  ".join(rest).replace("\n", " "), style="bold")
        console.print(Padding(Text(words), (0, 0, 1, 4)))


def _script(court: str, since: str, until: str, mapping: str | None, role: Role) -> Script:
    first, last = _day("--from", since), _day("--until", until)
    if last < first:
        raise InvalidInputError("--until", "lies before --from")
    return Script(court=court, since=first, until=last, mapping=mapping, role=role)


def _day(option: str, said: str) -> date:
    try:
        if DAY.fullmatch(said):
            return date.fromisoformat(said)
    except ValueError:  # 2017-02-30
        pass
    raise InvalidInputError(option, "must be a day such as 2026-06-01")


def _show(outcome: Simulation) -> None:
    console = Console(highlight=False, markup=False, emoji=False)  # courts write what they like
    if not console.is_terminal:
        console.width = max(console.width, PAPER)
    console.print(_imported(outcome), soft_wrap=True)
    console.print(_people(outcome), soft_wrap=True)
    show_texts(console, outcome)
    total = outcome.total
    console.print(f"{total.texts} texts, {total.segments} segments.", style="bold")
    for dimension in DIMENSIONS:
        _table(console, f"By {dimension}", (dimension, "texts", "segments"), _sums(outcome.sums(dimension)))
    left_out = ((one.kind, str(one.count), one.state, why(one)) for one in outcome.not_sent)
    _table(console, "Not sent", ("kind", "notices", "state", "why"), left_out)
    waited = ((reason, str(count), sentence(reason)) for reason, count in outcome.held.items())
    _table(console, "Held back for a while", ("reason", "notices", "why"), waited)
    _table(console, "Open at the desk", ("task", "how many"), _counts(outcome.tasks))


def _imported(outcome: Simulation) -> str:
    report = outcome.imported
    parts = [f"{report.rows} rows", *(f"{count} hearings {what}" for what, count in report.hearings.items() if count)]
    parts += [f"{report.quarantined} rows in quarantine"] if report.quarantined else []
    return f"Calendar of {report.court} by mapping {report.mapping}: {', '.join(parts)}."


def _people(outcome: Simulation) -> str:
    cast = outcome.cast
    said = f"{cast.people} people on invented numbers"
    said += f", {cast.invented} of them invented for cases that name nobody" if cast.invented else ""
    missed = f"{outcome.told_nothing} are told nothing" if outcome.told_nothing else "all are told"
    return f"{said}. {outcome.since} to {outcome.until}: {outcome.expected} times somebody is expected; {missed}."


def _row(outcome: Simulation, one: SentText) -> tuple[str, ...]:
    local = one.at.astimezone(outcome.zones[one.court])
    who = f"{one.role or 'somebody'} {one.to}"
    where = "\n".join(one.cases)
    return (
        f"{local:%a %Y-%m-%d %H:%M}",
        where if one.court == outcome.court else f"{one.court}\n{where}",
        who,
        one.language,
        one.channel.value,
        kind_of(one),
        str(one.segments),
        one.text,
    )


def _sums(sums: Mapping[str, Sum]) -> Iterator[tuple[str, ...]]:
    return ((word, str(of.texts), str(of.segments)) for word, of in sums.items())


def _counts(counts: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    return ((str(what).replace("_", " "), str(count)) for what, count in sorted(counts.items()))


def _table(console: Console, title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        narrow = column != "text"
        table.add_column(column, header_style="dim", no_wrap=narrow, overflow="fold")
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        console.print(table)
        console.print()
