"""A calendar's file cut into blocks, and read record by record where a block is not passed by.

Where a block ends depends on the line before that place alone: a row that is put in or taken out changes its own
block and hardly another. Whether a record ends there, too, only csv can tell, for a line's end may stand in quotation
marks: so it is asked.
"""

import codecs
import csv
import io
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from domain.calendar_row import Cells
from domain.errors import InvalidInputError
from domain.mapping import CalendarMapping
from handlers.calendar_choice import Replayed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ONE_LINE_IN = 512
"""After so many lines a block ends, on the average."""
MOST_LINES, MOST_BYTES = 4_096, 1 << 20
"""And at the latest after so many. Of a file with a longer line the rest is read as it comes."""
AHEAD = 1 << 16
"""Bytes that are read at once."""
WHOLE = frozenset({"ascii", "utf-8", "utf-8-sig"})
OF_ONE_BYTE = ("cp125", "iso8859-")
"""How the names of encodings begin in which every byte stands for itself."""


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class Records:
    """The records of a file, each with the line it begins on. `refuse` is told of lines that csv cannot split.

    Open a block, then read its rows or pass it by. Bytes that are not in the encoding become lone surrogates.
    """

    def __init__(self, file: Readable, mapping: CalendarMapping, refuse: Callable[[int], None]) -> None:
        self._named = mapping.encoding
        self._encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
        self._delimiter = mapping.delimiter
        self._refuse = refuse
        self._bytes = io.BufferedReader(_Raw(file), AHEAD)
        self._blocks = self._cut() if _can_be_cut(self._encoding) else iter((b"",))
        self._over = b""
        self._opened: bytes | None = None
        self._waiting: deque[Iterable[str]] = deque()
        self._loaded: float = 0
        self._passed = 0
        self._csv = csv.reader(self._lines(), delimiter=self._delimiter)
        self.is_closed = True

    def open(self) -> bytes | None:
        """Return the next block: empty when it is the rest, which is not cut; None at the end of the file."""
        self._opened = next(self._blocks, None)
        self.is_closed = bool(self._opened)
        return self._opened

    @property
    def line(self) -> int:
        """The lines of the file so far."""
        return self._csv.line_num + self._passed

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Read the block, and those after it into which its last record reaches.

        Afterwards `is_closed` says whether a record ended just where the block did, and all could be read.

        Raises:
            InvalidInputError: If it is not in the encoding.
        """
        if self._opened is not None:
            self._load(self._opened)
        while self._csv.line_num < self._loaded:
            line = self.line + 1
            try:
                yield line, next(self._csv)
            except StopIteration:
                return
            except csv.Error:
                self.is_closed = False
                self._refuse(line)
            except UnicodeError:
                raise InvalidInputError(f"line {line}", f"is not {self._named} (see encoding)") from None

    def pass_by(self, lines: int) -> None:
        """Go past the block, which has so many lines."""
        self._passed += lines
        self._opened = None

    def again(self, block: bytes) -> Iterator[tuple[int, Cells]]:
        """Read a block that was passed by, each row with its line in the block, from 0."""
        reader = csv.reader(self._split(block), delimiter=self._delimiter)
        line = 0
        for cells in reader:
            yield line, cells
            line = reader.line_num

    def _lines(self) -> Iterator[str]:
        """Hand csv the lines of the blocks that were loaded; where it asks for more, a record reaches into the next."""
        while True:
            if not self._waiting:
                self.is_closed = False
                block = next(self._blocks, None)
                if block is None:
                    return
                self._load(block)
            yield from self._waiting.popleft()

    def _load(self, block: bytes) -> None:
        if block:
            lines = self._split(block)
            self._waiting.append(lines)
            self._loaded += len(lines)
        else:
            rest = io.BufferedReader(_Raw(Replayed(self._over, self._bytes)))
            self._waiting.append(io.TextIOWrapper(rest, encoding=self._encoding, errors="surrogateescape", newline=""))
            self._loaded = math.inf
        self._encoding = self._encoding.removesuffix("-sig")  # the mark is at the beginning of the file, nowhere else

    def _split(self, block: bytes) -> Sequence[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)("surrogateescape")
        return io.StringIO(decoder.decode(block, final=True), newline="").readlines()

    def _cut(self) -> Iterator[bytes]:
        lines: list[bytes] = []
        size = 0
        for line in iter(partial(self._bytes.readline, MOST_BYTES), b""):
            if len(line) == MOST_BYTES:
                self._over = b"".join((*lines, line))
                yield b""
                return
            lines.append(line)
            size += len(line)
            if not crc32(line) % ONE_LINE_IN or len(lines) >= MOST_LINES or size >= MOST_BYTES:
                yield b"".join(lines)
                lines, size = [], 0
        if lines:
            yield b"".join(lines)


def _can_be_cut(encoding: str) -> bool:
    """Whether the byte of a line's end stands for that alone, wherever reading begins."""
    return encoding in WHOLE or encoding.startswith(OF_ONE_BYTE)


class _Raw(io.RawIOBase):
    """Bytes as the standard library wants to read them; closing it leaves what they come from open."""

    def __init__(self, file: Readable) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        read = self._file.read(len(view))
        view[: len(read)] = read
        return len(read)
