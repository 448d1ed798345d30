"""A calendar's file, read row by row onto the stage; what cannot be read is set aside with its place and reason."""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeAlias

from domain.calendar_report import BadRow
from domain.calendar_row import CalendarRow, Cells, RowReader
from domain.mapping import CalendarMapping
from handlers.calendar_blocks import Records
from handlers.calendar_choice import Replayed
from handlers.calendar_memory import FileMemory, Part
from storage import fed_rows
from storage.courts import Courts
from storage.fed_blocks import Spans
from storage.fed_rows import DIGEST_BYTES, CaseKey, Digester, Fed
from storage.imports import Quarantined
from storage.staging import CHUNK, At, KnownRow, ReadRow, Stage, packed

KEPT_IN_QUARANTINE = 10_000
"""Rows; a file with more unreadable ones is read with the wrong mapping, and the first tell why."""
Tick: TypeAlias = Callable[[int], None]
"""Called with the bytes read so far."""


Known: TypeAlias = Callable[[Collection[CaseKey]], Mapping[CaseKey, Fed]]
"""Says of cases which rows of theirs stood in the last file."""
_PlacedRow: TypeAlias = tuple[int, Cells, Part, int]
"""A row: the line it begins on, its cells, the part of the file it stands in, and its place there."""


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
        self._records = Records(self._watched, mapping, self._refuse)
        self._first: Iterator[tuple[int, Cells]] = iter(())
        header = self._header()
        by_key = {key: courts[court_id] for key, court_id in courts.ids.items()}
        self._reader = RowReader(mapping, header, courts=by_key, default=court) if header != () else None
        self.manner = repr((court, mapping, header, sorted((key, str(one.zone)) for key, one in by_key.items())))

    def reread(self, cells: Cells) -> CalendarRow:
        """Read a row that was readable in the last file."""
        row = None if self._reader is None else self._reader.read(cells, line=0)
        assert isinstance(row, CalendarRow)  # noqa: S101 - nothing of how rows are read has changed since
        return row

    def put_on(self, stage: Stage, *, digest_of: Digester, known: Known, memory: FileMemory, tick: Tick) -> Reading:
        """Put every readable row on the stage; those that `known` says stood in the last file are not read anew.

        Of blocks that stood there too, and are in the `memory`, only those rows are that may have something to say.

        Raises:
            InvalidInputError: If a date's order is not known.
        """
        if self._reader is not None:
            put = partial(self._put, self._reader, stage, digest_of, known)
            rows = self._rows(stage, memory, tick)
            while chunk := list(islice(rows, CHUNK)):
                put(chunk)
                tick(self._watched.count)
            rows = self._doubtful(stage, memory)
            while chunk := list(islice(rows, CHUNK)):
                put(chunk)
        for part in memory.parts:
            self._widen(part.spans)
        self._reading.rows += stage.shown().rows
        self._reading.digest = self._watched.digest()
        return self._reading

    def _header(self) -> Cells | None:
        """Read the header, if there is to be one; what follows it in its block is left for later."""
        while self._records.open() is not None:
            self._first = self._records.rows()
            if not self._mapping.header:
                return None
            for _, cells in self._first:
                if any(cell.strip() for cell in cells):
                    return cells
        return () if self._mapping.header else None

    def _rows(self, stage: Stage, memory: FileMemory, tick: Tick) -> Iterator[_PlacedRow]:
        """Yield the rows to be looked at, each with its part of the file and its place there."""
        rest = memory.rest
        for line, cells in self._first:
            yield line, cells, rest, 0
        while (block := self._records.open()) is not None:
            part = memory.part(block)
            part.line = self._records.line
            if part.fed is not None:
                self._records.pass_by(part.fed.lines)
                self._reading.skipped += part.fed.skipped
                yield from self._again(block, part, memory.pass_by(stage, part, block), rest)
                tick(self._watched.count)
                continue
            rows = 0
            for rows, (line, cells) in enumerate(self._records.rows(), start=1):
                yield line, cells, part, rows - 1
            part.ends(rows=rows, line=self._records.line, is_closed=self._records.is_closed)

    def _again(self, block: bytes, part: Part, places: Collection[int], rest: Part) -> Iterator[_PlacedRow]:
        """Yield some rows of a block that was passed by."""
        if places:
            for place, (line, cells) in enumerate(self._records.again(block)):
                if place in places:
                    yield part.line + line + 1, cells, rest, 0

    def _doubtful(self, stage: Stage, memory: FileMemory) -> Iterator[_PlacedRow]:
        """Yield the rows of blocks that were passed by whose cases have others elsewhere."""
        for number, case_ids in stage.doubtful():
            part = memory.parts[number]
            yield from self._again(stage.passed(number), part, memory.places(part, case_ids), memory.rest)

    def _put(
        self, reader: RowReader, stage: Stage, digest_of: Digester, known: Known, chunk: Sequence[_PlacedRow]
    ) -> None:
        rows = [row for row in chunk if not self._is_left_out(reader, row)]
        places = [reader.place(row[1]) for row in rows]
        ids = self._courts.ids
        keys = [place and (ids[place.court], place.folded) for place in places]
        fed = known({key for key in keys if key is not None})
        read: list[ReadRow] = []
        same: list[KnownRow] = []
        for (line, cells, part, number), place, key in zip(rows, places, keys, strict=True):
            raw = packed(cells)
            digest = digest_of(raw)
            before = fed.get(key) if key else None
            at = At(before and before.case_id, part.number, number)
            if place and key and before and before.rows and fed_rows.has(before.rows, digest):
                of_rows = len(before.rows) // DIGEST_BYTES
                same.append(KnownRow(*key, digest, of_rows, before.hearings or 0, raw, at))
                _span(part.spans, key[0], place.starts_at)
            elif (row := self._read(reader, cells, line)) is not None:
                read.append(ReadRow(ids[row.court], digest, row, at))
                _span(part.spans, ids[row.court], row.hearing.starts_at)
        stage.add(read)
        stage.add_known(same)
        self._reading.rows += len(read) + len(same)

    def _is_left_out(self, reader: RowReader, row: _PlacedRow) -> bool:
        _, cells, part, place = row
        is_skipped = reader.is_skipped(cells)
        if is_skipped:
            is_said = any(cells)
            self._reading.skipped += is_said
            part.leave_out(place, is_said=is_said)
        return is_skipped

    def _read(self, reader: RowReader, cells: Cells, line: int) -> CalendarRow | None:
        row = reader.read(cells, line=line)
        if isinstance(row, CalendarRow):
            return row
        _set_aside(self._reading, BadRow(line, row.column, row.reason), cells, self._mapping)
        return None

    def _refuse(self, line: int) -> None:
        bad = BadRow(line, "", "cannot be split into columns; is a quotation mark open here?")
        _set_aside(self._reading, bad, (), self._mapping)

    def _widen(self, spans: Spans) -> None:
        for court_id, span in spans.items():
            for starts_at in span:
                _span(self._reading.spans, court_id, starts_at)


def _span(spans: dict[int, tuple[datetime, datetime]], court_id: int, starts_at: datetime) -> None:
    span = spans.get(court_id)
    if span is None:
        spans[court_id] = (starts_at, starts_at)
    elif not span[0] <= starts_at <= span[1]:
        spans[court_id] = (min(span[0], starts_at), max(span[1], starts_at))


def _set_aside(reading: Reading, bad: BadRow, cells: Sequence[str], mapping: CalendarMapping) -> None:
    reading.bad += 1
    if len(reading.quarantine) < KEPT_IN_QUARANTINE:
        line = io.StringIO()
        csv.writer(line, delimiter=mapping.delimiter, lineterminator="").writerow(cells)
        as_it_came = line.getvalue().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        reading.quarantine.append(Quarantined(bad, as_it_came))


class _Watched:
    """A file whose bytes are counted and digested while they pass."""

    def __init__(self, file: Replayed) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.count = 0

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        read = self._file.read(size)
        self._hash.update(read)
        self.count += len(read)
        return read

    def digest(self) -> str:
        return self._hash.hexdigest()
