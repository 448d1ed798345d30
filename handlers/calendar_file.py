"""A calendar's file, read row by row onto the stage; what cannot be read is set aside with its place and reason."""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from domain.calendar_report import BadRow
from domain.calendar_row import CalendarRow, Cells, RowReader
from domain.errors import InvalidInputError
from domain.mapping import CalendarMapping
from handlers.calendar_choice import Replayed
from storage.courts import Courts
from storage.fed_rows import CaseKey, Digester, Fed
from storage.imports import Quarantined
from storage.staging import CHUNK, KnownRow, Stage, packed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KEPT_IN_QUARANTINE = 10_000
"""Rows; a file with more unreadable ones is read with the wrong mapping, and the first tell why."""
Tick: TypeAlias = Callable[[int], None]
"""Called with the bytes read so far."""


Known: TypeAlias = Callable[[Collection[CaseKey]], Mapping[CaseKey, Fed]]
"""Says of cases which rows of theirs stood in the last file."""


@dataclass(slots=True)
class Reading:
    """What a file held. `spans` has the first and the last start of each court (UTC), by its id."""

    rows: int = 0
    skipped: int = 0
    bad: int = 0
    digest: str = ""
    quarantine: list[Quarantined] = field(default_factory=list)
    spans: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)


class CalendarFile:
    """A calendar's file, of which the header has been read. `manner` stands for how its rows are read.

    Raises:
        InvalidInputError: If the header lacks a column of the mapping.
    """

    def __init__(self, file: Replayed, mapping: CalendarMapping, *, courts: Courts, court: str) -> None:
        self._mapping = mapping
        self._courts = courts
        self._reading = Reading()
        self._watched = _Watched(file)
        self._rows = _split(self._watched, mapping, self._reading)
        header = None
        if mapping.header:
            header = next((cells for _, cells in self._rows if any(cell.strip() for cell in cells)), ())
        by_key = {key: courts[court_id] for key, court_id in courts.ids.items()}
        self._reader = RowReader(mapping, header, courts=by_key, default=court) if header != () else None
        self.manner = repr((court, mapping, header, sorted((key, str(one.zone)) for key, one in by_key.items())))

    def reread(self, cells: Cells) -> CalendarRow:
        """Read a row that was readable in the last file."""
        row = None if self._reader is None else self._reader.read(cells, line=0)
        assert isinstance(row, CalendarRow)  # noqa: S101 - nothing of how rows are read has changed since
        return row

    def put_on(self, stage: Stage, *, digest_of: Digester, known: Known, tick: Tick) -> Reading:
        """Put every readable row on the stage; those that `known` says stood in the last file are not read anew.

        Raises:
            InvalidInputError: If a date's order is not known.
        """
        while self._reader is not None and (chunk := list(islice(self._rows, CHUNK))):
            self._put(self._reader, chunk, stage, digest_of, known)
            tick(self._watched.count)
        self._reading.digest = self._watched.digest()
        return self._reading

    def _put(
        self, reader: RowReader, chunk: Sequence[tuple[int, Cells]], stage: Stage, digest_of: Digester, known: Known
    ) -> None:
        lines = [(line, cells) for line, cells in chunk if not self._is_left_out(reader, cells)]
        places = [reader.place(cells) for _, cells in lines]
        keys = [None if place is None else (self._courts.ids[place.court], place.folded) for place in places]
        fed = known({key for key in keys if key is not None})
        read: list[tuple[int, int, CalendarRow]] = []
        same: list[KnownRow] = []
        for (line, cells), place, key in zip(lines, places, keys, strict=True):
            raw = packed(cells)
            digest = digest_of(raw)
            before = None if key is None else fed.get(key)
            if place is not None and key is not None and before is not None and digest in before.rows:
                same.append(KnownRow(*key, digest, before, raw))
                self._span(key[0], place.starts_at)
            elif (row := self._read(reader, cells, line)) is not None:
                read.append((self._courts.ids[row.court], digest, row))
                self._span(self._courts.ids[row.court], row.hearing.starts_at)
        stage.add(read)
        stage.add_known(same)
        self._reading.rows += len(read) + len(same)

    def _is_left_out(self, reader: RowReader, cells: Cells) -> bool:
        is_skipped = reader.is_skipped(cells)
        self._reading.skipped += is_skipped and any(cells)
        return is_skipped

    def _read(self, reader: RowReader, cells: Cells, line: int) -> CalendarRow | None:
        row = reader.read(cells, line=line)
        if isinstance(row, CalendarRow):
            return row
        _set_aside(self._reading, BadRow(line, row.column, row.reason), cells, self._mapping)
        return None

    def _span(self, court_id: int, starts_at: datetime) -> None:
        spans = self._reading.spans
        first, last = spans.get(court_id, (starts_at, starts_at))
        if not first <= starts_at <= last or court_id not in spans:
            spans[court_id] = (min(first, starts_at), max(last, starts_at))


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
