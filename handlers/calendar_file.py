"""A calendar's file, read row by row onto the stage; what cannot be read is set aside with its place and reason."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from domain.calendar_report import BadRow
from domain.calendar_row import CalendarRow, RowError, RowReader
from domain.errors import InvalidInputError
from domain.mapping import CalendarMapping
from handlers.calendar_choice import Replayed
from storage.courts import Courts
from storage.imports import Quarantined
from storage.staging import CHUNK, Stage

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KEPT_IN_QUARANTINE = 10_000
"""Rows; a file with more unreadable ones is read with the wrong mapping, and the first tell why."""
Tick: TypeAlias = Callable[[int], None]
"""Called with the bytes read so far."""


@dataclass(slots=True)
class Reading:
    """What a file held. `spans` has the first and the last start of each court (UTC), by its id."""

    rows: int = 0
    skipped: int = 0
    bad: int = 0
    digest: str = ""
    quarantine: list[Quarantined] = field(default_factory=list)
    spans: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)


def stage_file(
    file: Replayed, stage: Stage, mapping: CalendarMapping, *, courts: Courts, court: str, tick: Tick
) -> Reading:
    """Put every readable row of a file on the stage.

    Raises:
        InvalidInputError: If the header lacks a column of the mapping, or a date's order is not known.
    """
    reading = Reading()
    watched = _Watched(file)
    rows = _split(watched, mapping, reading)
    header = next((row for row in rows if any(cell.strip() for cell in row[1])), None) if mapping.header else None
    if mapping.header and header is None:
        reading.digest = watched.digest()
        return reading
    by_key = {key: courts[court_id] for key, court_id in courts.ids.items()}
    reader = RowReader(mapping, None if header is None else header[1], courts=by_key, default=court)
    chunk: list[tuple[int, CalendarRow]] = []
    for line, cells in rows:
        row = _read(reader, cells, line, reading, mapping)
        if row is not None:
            chunk.append((courts.ids[row.court], row))
        if len(chunk) >= CHUNK:
            _put(stage, chunk, reading)
            tick(watched.count)
            chunk = []
    _put(stage, chunk, reading)
    reading.digest = watched.digest()
    return reading


def _read(
    reader: RowReader, cells: Sequence[str], line: int, reading: Reading, mapping: CalendarMapping
) -> CalendarRow | None:
    if reader.is_skipped(cells):
        reading.skipped += any(cells)
        return None
    row = reader.read(cells, line=line)
    if isinstance(row, RowError):
        _set_aside(reading, BadRow(line, row.column, row.reason), cells, mapping)
        return None
    return row


def _put(stage: Stage, chunk: Sequence[tuple[int, CalendarRow]], reading: Reading) -> None:
    stage.add(chunk)
    reading.rows += len(chunk)
    for court_id, row in chunk:
        starts_at = row.hearing.starts_at
        first, last = reading.spans.get(court_id, (starts_at, starts_at))
        if not first <= starts_at <= last or court_id not in reading.spans:
            reading.spans[court_id] = (min(first, starts_at), max(last, starts_at))


def _split(watched: "_Watched", mapping: CalendarMapping, reading: Reading) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row's cells with the line it begins on. Bytes that are not in the encoding become lone surrogates."""
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    text = io.TextIOWrapper(io.BufferedReader(watched), encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=mapping.delimiter)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            why = "cannot be split into columns; is a quotation mark open here?"
            _set_aside(reading, BadRow(line, "", why), (), mapping)
        except UnicodeError:
            raise InvalidInputError(f"line {line}", f"is not {mapping.encoding} (see encoding)") from None


def _set_aside(reading: Reading, bad: BadRow, cells: Sequence[str], mapping: CalendarMapping) -> None:
    reading.bad += 1
    if len(reading.quarantine) < KEPT_IN_QUARANTINE:
        line = io.StringIO()
        csv.writer(line, delimiter=mapping.delimiter, lineterminator="").writerow(cells)
        as_it_came = line.getvalue().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        reading.quarantine.append(Quarantined(bad, as_it_came))


class _Watched(io.RawIOBase):
    """A file whose bytes are counted and digested while they pass; closing it leaves the file open."""

    def __init__(self, file: Replayed) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        read = self._file.read(len(view))
        view[: len(read)] = read
        self._hash.update(read)
        self.count += len(read)
        return len(read)

    def digest(self) -> str:
        return self._hash.hexdigest()
