"""What long commands share: a bar a step on the terminal, and who gave the command."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

Tell: TypeAlias = Callable[[str, int, int], None]
"""(step, how far, of how much)."""
LONGEST_ACTOR = 64


@contextmanager
def bars() -> Iterator[Tell]:
    """Show on stderr how far each step is; nothing where stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = shown.add_task(step)
            shown.update(steps[step], completed=done, total=total)

        yield tell


def operator() -> str:
    """Return how the record names whoever runs this command: by their account on this machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        account = str(os.getuid())
    return f"cli:{account}"[:LONGEST_ACTOR]
