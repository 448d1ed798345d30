"""Calendars that commands are given: a file, or standard input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.errors import InvalidInputError


@contextmanager
def opened(file: str | None) -> Iterator[tuple[BinaryIO, int | None]]:
    """Open a calendar, "-" being standard input; give it with its size in bytes, None for standard input.

    Raises:
        InvalidInputError: If there is none, or it cannot be read.
    """
    if file is None:
        raise InvalidInputError("FILE", "must be given: a calendar in CSV, or - for standard input")
    if file == "-":
        yield sys.stdin.buffer, None
        return
    path = Path(file)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InvalidInputError(file, f"cannot be read: {error.strerror}") from None
    with stream:
        yield stream, path.stat().st_size
