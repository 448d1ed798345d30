"""What long commands share: a bar a step on the terminal, and who gave the command."""

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

LONGEST_ACTOR = 64


class Tell(Protocol):
    """Told how far each step is."""

    def __call__(self, step: str, done: int, total: int | None = None, /) -> None:
        """Say how far a step is, and of how much, where that was not said before."""


@contextmanager
def bars(totals: Mapping[str, int | None] | None = None) -> Iterator[Tell]:
    """Show on stderr how far each step is; nothing where stderr is not a terminal.

    Args:
        totals: Of how much a step is, for those that do not say it themselves.
    """
    known = totals or {}
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int | None = None, /) -> None:
            if step not in steps:
                steps[step] = shown.add_task(step, total=None)
            shown.update(steps[step], completed=done, total=known.get(step) if total is None else total)

        yield tell


def operator() -> str:
    """Return how the record names whoever runs this command: by their account on this machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        account = str(os.getuid())
    return f"cli:{account}"[:LONGEST_ACTOR]
