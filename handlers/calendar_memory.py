"""What is remembered of a feed's last file, block by block, and what will be of this one."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from operator import itemgetter

from storage import fed_blocks, fed_rows
from storage.database import Database
from storage.fed_blocks import LEFT_OUT, TO_BE_READ, FedBlock
from storage.fed_rows import DIGEST_BYTES
from storage.staging import Shown, ShownPart, Stage

MOST_IN_PARTS = 200
"""Rows; a case with more of them, in several blocks, is looked at every time."""
AT_ONCE = 10
"""Blocks that are written in one unit of work."""


@dataclass(slots=True)
class Part:
    """A block of this file: `fed` is what is remembered of it, if it stood in the last one.

    Otherwise it is noted what will be: which rows are none of ours, and what its rows span. `line` is how many lines
    of the file come before it. Number 0 is all that is never remembered.
    """

    number: int
    digest: bytes = b""
    fed: FedBlock | None = None
    line: int = 0
    lines: int = 0
    rows: int = 0
    skipped: int = 0
    left_out: "array[int]" = field(default_factory=partial(array, "H"))
    spans: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)

    def leave_out(self, place: int, *, is_said: bool) -> None:
        """Note a row that the mapping leaves out, or in which nothing is said."""
        if self.number:
            self.left_out.append(place)
            self.skipped += is_said

    def ends(self, *, rows: int, line: int, is_closed: bool) -> None:
        """Note how many rows it had, and on which line it ended; it is kept only if a record ended with it."""
        self.lines = line - self.line
        self.rows = rows if is_closed else 0


class FileMemory:
    """What is remembered of a feed's last file, while the next one is read."""

    def __init__(self, database: Database, feed: str, manner: str) -> None:
        self._database = database
        self._feed = feed
        self._digest_of = fed_blocks.digester(database.vault, manner)
        self._there = database.read_now(partial(fed_blocks.digests_of, feed=feed))
        self._here: set[bytes] = set()
        self.rest = Part(0)
        self.parts = [self.rest]

    def part(self, block: bytes) -> Part:
        """Return what is known of a block; one that cannot be known, or stands in this file twice, is none."""
        digest = self._digest_of(block)
        if not block or digest in self._here:
            return self.rest
        self._here.add(digest)
        fed = None
        if digest in self._there:
            fed = self._database.read_now(partial(fed_blocks.find, feed=self._feed, digest=digest))
        part = Part(len(self.parts), digest, fed)
        if fed is not None:
            part.spans.update(fed.spans)
        self.parts.append(part)
        return part

    def pass_by(self, stage: Stage, part: Part, block: bytes) -> Collection[int]:
        """Put a block on the stage whose cases remember its rows; return the places of the rows that none remembers."""
        pieces = _pieces(part)
        remembered = self._database.read_now(partial(fed_rows.of_ids, case_ids=list(pieces)))
        shown: list[Shown] = []
        parts: list[ShownPart] = []
        for case_id, piece in pieces.items():
            whole, hearings = remembered.get(case_id, (b"", 0))
            if whole == piece:
                shown.append((case_id, part.number, len(piece) // DIGEST_BYTES, hearings))
            elif _is_part(piece, whole):
                rows = len(piece) // DIGEST_BYTES
                parts.append(ShownPart(case_id, part.number, rows, hearings, piece, whole))
        stage.pass_by(part.number, block, shown, parts)
        if len(shown) == len(pieces):
            return ()
        return self.places(part, pieces.keys() - {case_id for case_id, *_ in (*shown, *parts)})

    def places(self, part: Part, case_ids: Collection[int]) -> Collection[int]:
        """Return where in a block the rows of some cases stand."""
        if not case_ids:
            return ()
        return {place for place, (case_id, _) in enumerate(_rows(part)) if case_id in case_ids}

    def keep(self, stage: Stage) -> None:
        """Remember this file instead of the last one, once it has been applied: in short units of work.

        Whatever is cut off or done twice does no harm: each block is true by itself.
        """
        fresh = (
            self._block(self.parts[number], [row[1:] for row in rows])
            for number, rows in groupby(stage.in_blocks(), key=itemgetter(0))
            if self.parts[number].rows
        )
        while blocks := list(islice(fresh, AT_ONCE)):
            self._database.write_now(partial(fed_blocks.keep, feed=self._feed, blocks=blocks))
        if not self._there <= self._here:
            self._database.write_now(partial(fed_blocks.drop_others, feed=self._feed, digests=self._here))

    def _block(self, part: Part, rows: Sequence[tuple[int, int, str, bytes]]) -> FedBlock:
        """Put together what is remembered of a block."""
        keys = {(court_id, folded) for _, court_id, folded, _ in rows}
        cases = self._database.read_now(partial(fed_rows.of_cases, keys=keys))
        said = [(TO_BE_READ, b"")] * part.rows
        for place in part.left_out:
            said[place] = (LEFT_OUT, b"")
        for place, court_id, folded, digest in rows:
            known = cases.get((court_id, folded))
            said[place] = (TO_BE_READ if known is None else known.case_id, digest)
        return FedBlock(part.digest, part.lines, part.skipped, fed_blocks.packed(said), part.spans)


def _rows(part: Part) -> Iterator[tuple[int, bytes]]:
    assert part.fed is not None  # noqa: S101 - only such parts are passed by
    return part.fed.each_row()


def _pieces(part: Part) -> dict[int, bytes]:
    """Return the digests of each case's rows as the case would remember them."""
    pieces: dict[int, bytes] = {}
    several: set[int] = set()
    for case_id, digest in _rows(part):
        if case_id in pieces:
            several.add(case_id)
            pieces[case_id] += digest
        else:
            pieces[case_id] = digest
    pieces.pop(LEFT_OUT, None)
    return pieces | {one: b"".join(sorted(fed_rows.each(pieces[one]))) for one in several if one in pieces}


def _is_part(piece: bytes, whole: bytes) -> bool:
    """Whether these are some of the digests that a case remembers, each once; of a case with very many they are not."""
    digests = fed_rows.each(piece)
    of_all = fed_rows.each(whole) if len(whole) <= MOST_IN_PARTS * DIGEST_BYTES else []
    return len(set(digests)) == len(digests) and set(digests).issubset(of_all)
