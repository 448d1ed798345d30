"""`usher why`: the story of every notice to one person, for staff to read or for a script."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.opening import open_database
from bot.settings import read_settings
from handlers.why import Story, tell


def why(
    person: Annotated[str, typer.Argument(help="A person's id, a party id of the feed, or a phone number.")],
    hearing: Annotated[int | None, typer.Argument(help="Only what is about this hearing (its id).")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Tell what a person was sent and when, and what was not sent and why."""
    with open_database(read_settings()) as database:
        stories = database.read_now(partial(tell, whom=person, hearing_id=hearing))
    if as_json:
        typer.echo(orjson.dumps([asdict(story) for story in stories]).decode())
    else:
        show(Console(), stories)


def show(console: Console, stories: Iterable[Story]) -> None:
    """Print stories, one table each; times are UTC."""
    told = 0
    for story in stories:
        table = Table(title=_title(story), title_justify="left", title_style="bold", box=None, pad_edge=False)
        table.add_column("when (UTC)", header_style="dim", no_wrap=True)
        table.add_column("what", header_style="dim")
        for moment in story.moments:
            code = f" [{moment.code}]" if moment.code else ""
            table.add_row(f"{moment.at:%Y-%m-%d %H:%M:%S}", Text(f"{moment.what}{code}"))
            if moment.text is not None:
                table.add_row("", Text(moment.text, style="italic"))
        console.print(table)
        console.print(Text(f"{story.kind} {story.outcome}", style="bold"), "")
        told += 1
    if not told:
        console.print("Nothing was ever planned for them.")


def _title(story: Story) -> Text:
    about = f" about {story.about}" if story.about else ""
    when = f", hearing {story.hearing_id} on {story.starts_at:%Y-%m-%d %H:%M} UTC" if story.starts_at else ""
    return Text(f"{story.kind}{about} ({story.court}, {story.channel}{when})")
