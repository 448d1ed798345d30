"""The stage: a file's rows put in the order of their cases before anything is compared, in a private SQLite file.

It belongs to one import, lives in the system's temporary folder without a name, and is gone with it, crash or not.
Nothing is locked while a million rows are read, memory stays bounded, and both engines see the same. Rows are sealed
with a key that nothing but this import ever has.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Self, TypeAlias

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.calendar_row import CalendarRow, HearingFields, PartyFields
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.roles import Role
from storage.fed_rows import CaseKey, each
from storage.vault import Vault

CHUNK = 5_000
CACHE_KIB = 16_384
NONCE = 12  # bytes
BLOCKS = 1 << 80
"""Above all numbers of rows: what blocks are sealed with."""
PARTY = "import.party"
WITHOUT_ID = "feed:"
"""How the keys of people begin to whom the feed gives no id of its own."""
BETWEEN = "\0"
"""Stands between cells that are kept as they came: no readable row has it."""
Reread: TypeAlias = Callable[[Sequence[str]], CalendarRow]


class StagedParty(NamedTuple):
    """What a row says of a party: who (a key that is the same in every import), in which role, and a digest of all."""

    key: str
    role: Role
    digest: bytes
    said: PartyFields


class StagedRow(NamedTuple):
    """One row of the file, without where it stood."""

    number: str
    case_kind: str | None
    confidentiality: Confidentiality | None
    hearing: HearingFields
    party: StagedParty | None


class KnownRow(NamedTuple):
    """A row that stood in the last file too: where it belongs, what was remembered there, and its packed cells."""

    court_id: int
    folded: str
    digest: bytes
    of_rows: int
    shown: int
    raw: bytes
    at: "At | None" = None


class ReadRow(NamedTuple):
    """A row that was read: its court's id, its digest, what it says."""

    court_id: int
    digest: bytes
    row: CalendarRow
    at: "At | None" = None


class At(NamedTuple):
    """Whose a row is, where that case is known already, and where it stands: a block of the file and a place in it.

    Block 0 is all that will not be known again.
    """

    case_id: int | None
    block: int
    place: int


Shown: TypeAlias = tuple[int, int, int, int]
"""A case of which a block shows just the rows that it remembers: its id, the block, how many rows and hearings."""


class ShownPart(NamedTuple):
    """A case of which a block shows some of the rows that it remembers: their digests, and those of all."""

    case_id: int
    block: int
    rows: int
    hearings: int
    part: bytes
    whole: bytes


class Same(NamedTuple):
    """The cases whose rows are just those of the last file, together: rows, those that stood there twice, hearings."""

    rows: int
    repeated: int
    hearings: int


@dataclass(frozen=True, slots=True)
class StagedCase:
    """All that the file says of one case; no rows: the file does not show it. `repeated` rows stood there twice.

    `digests` are those of its rows, each once.
    """

    key: CaseKey
    rows: Sequence[StagedRow] = ()
    repeated: int = 0
    digests: Sequence[bytes] = ()


def packed(cells: Sequence[str]) -> bytes:
    """Return the cells of a row as one piece; what was not in the file's encoding keeps its bytes."""
    return BETWEEN.join(cells).encode(*_BYTES)


class Stage:
    """One import's rows. Use it in a `with`, from one thread; `reread` reads cells that were kept as they came."""

    def __init__(self, vault: Vault, reread: Reread) -> None:
        self._vault = vault
        self._reread = reread
        self._cipher = AESGCM(os.urandom(32))
        self._count = 0
        self._file = sqlite3.connect("", isolation_level=None)
        for statement in _SETUP:
            self._file.execute(statement)

    def add(self, rows: Iterable[ReadRow]) -> None:
        """Put rows on the stage."""
        self._put((court_id, row.folded, digest, 0, 0, self._packed(row), at) for court_id, digest, row, at in rows)

    def add_known(self, rows: Iterable[KnownRow]) -> None:
        """Put rows on the stage that nobody may need to look at again."""
        self._put(rows)

    def pass_by(self, block: int, said: bytes, shown: Sequence[Shown], parts: Iterable[ShownPart]) -> None:
        """Keep a block that nobody may need to look at, sealed as one piece, and note which cases it shows."""
        sealed = self._cipher.encrypt((BLOCKS + block).to_bytes(NONCE, "big"), said, None)
        self._file.execute("INSERT INTO passed VALUES (?, ?)", (block, sealed))
        noted = self._file.executemany("INSERT OR IGNORE INTO shown VALUES (?, ?, ?, ?)", shown)
        if noted.rowcount < len(shown):
            self._file.executemany(_SHOWN_TWICE, shown)
        self._file.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", parts)

    def doubtful(self) -> Iterator[tuple[int, set[int]]]:
        """Return blocks that were passed by, and the cases in them (ids) whose rows must be looked at all the same.

        Those are the cases that have other rows in the file, too: such that were looked at, or in another block, unless
        these together are all that the case remembers, each once. Call it when all is on the stage; such cases then
        count as not shown until their rows are.
        """
        self._file.execute(_TORN)
        parts = groupby(self._file.execute(_PARTS), key=itemgetter(0))
        of_parts = ((case_id, *_together([part[1:] for part in of_case])) for case_id, of_case in parts)
        self._file.executemany("INSERT INTO together VALUES (?, ?, ?)", of_parts)
        for statement in _DOUBT:
            self._file.execute(statement)
        for block, cases in groupby(self._file.execute("SELECT block, case_id FROM doubtful"), key=itemgetter(0)):
            yield block, {case_id for _, case_id in cases}

    def passed(self, block: int) -> bytes:
        """Open a block that was passed by."""
        [sealed] = self._file.execute("SELECT sealed FROM passed WHERE block = ?", (block,)).fetchone()
        return self._cipher.decrypt((BLOCKS + block).to_bytes(NONCE, "big"), sealed, None)

    def shown(self) -> Same:
        """Return the cases of blocks that were passed by, together."""
        return Same(*self._file.execute(_SHOWN).fetchone())

    def in_blocks(self) -> Iterator[tuple[int, int, int, str, bytes]]:
        """Walk through the rows that were looked at, as they stand in the file's blocks.

        Each is the block's number, its place there, its case's key, and its digest.
        """
        return self._file.execute(_IN_BLOCKS)

    def sort(self) -> Same:
        """Put all that is on the stage in order, and the cases aside that are as in the last file; return those.

        Call it once, before looking.
        """
        for statement in _SORT:
            self._file.execute(statement)
        same = zip(self._file.execute(_SAME).fetchone(), self.shown(), strict=True)
        return Same(*map(sum, same))

    def cases(self, *, marked: bool = False) -> Iterator[list[StagedCase]]:
        """Walk through the other cases in their order, in chunks of about CHUNK rows; or through the `marked` ones."""
        query = _WALK.format("marked" if marked else "other")
        chunk: list[StagedCase] = []
        size = 0
        for key, rows in groupby(self._file.execute(query), key=itemgetter(0, 1)):
            held = [row for row in rows if row[2] is not None]
            chunk.append(self._case(key, held))
            size += len(held) + 1
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def mark(self, keys: Iterable[CaseKey]) -> None:
        """Remember cases that something is to be done about."""
        self._file.executemany("INSERT OR IGNORE INTO marked VALUES (?, ?)", keys)

    def not_passed_by(self, case_ids: str) -> list[int]:
        """Return those of some cases' ids, a list in JSON, that no block shows which was passed by."""
        return [case_id for (case_id,) in self._file.execute(_NOT_PASSED_BY, (case_ids,))]

    def missing(self, keys: Iterable[CaseKey]) -> list[CaseKey]:
        """Return those of some cases that none of the rows shows which were looked at."""
        return self._file.execute(_MISSING, (orjson.dumps(list(keys)).decode(),)).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _put(self, rows: Iterable[tuple[int, str, bytes, int, int, bytes, At | None]]) -> None:
        """Seal rows and write them; a row's number is the nonce that it is sealed with, and never used again."""
        encrypt = self._cipher.encrypt
        sealed = [
            (number, *place, *(at or _NOWHERE), encrypt(number.to_bytes(NONCE, "big"), said, None))
            for number, (*place, said, at) in enumerate(rows, start=self._count + 1)
        ]
        self._count += len(sealed)
        self._file.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", sealed)

    def _packed(self, row: CalendarRow) -> bytes:
        facts = (row.number, row.case_kind, row.confidentiality, *row.hearing)
        if row.party is None:
            return orjson.dumps(facts)
        said = self._vault.digest(orjson.dumps(tuple(row.party)).decode(), PARTY)[:16].hex()
        return orjson.dumps((*facts, _party_key(row, self._vault), said, *row.party))

    def _case(self, key: CaseKey, held: Sequence[Any]) -> StagedCase:
        """Put a case together, each of its rows once, in an order that does not depend on the file's."""
        if len(held) == 1:
            return StagedCase(key, (_row(self._said(held[0])),), 0, (held[0][3],))
        each = {self._said(row) for row in held}
        digests = sorted({row[3] for row in held})
        return StagedCase(key, [_row(said) for said in sorted(each)], len(held) - len(each), digests)

    def _said(self, row: Any) -> bytes:  # noqa: ANN401 - a row of the stage's file
        """Open what a row says; cells that were kept as they came are read first."""
        number, of_rows, body = row[2], row[4], row[5]
        said = self._cipher.decrypt(number.to_bytes(NONCE, "big"), body, None)
        return self._packed(self._reread(said.decode(*_BYTES).split(BETWEEN))) if of_rows else said


_STAGED = """
    CREATE TABLE staged
    (number INTEGER PRIMARY KEY, court_id, folded, digest, of_rows, shown, case_id, block, place, sealed)
"""
_SETUP = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    f"PRAGMA cache_size=-{CACHE_KIB}",
    _STAGED,
    "CREATE TABLE passed (block INTEGER PRIMARY KEY, sealed)",
    "CREATE TABLE shown (case_id INTEGER PRIMARY KEY, block, in_all, hearings)",
    "CREATE TABLE part (case_id, block, in_all, hearings, part, whole)",
    "CREATE TABLE together (case_id INTEGER PRIMARY KEY, in_all, hearings)",
    "CREATE TABLE torn (case_id INTEGER PRIMARY KEY)",
    "CREATE TABLE marked (court_id, folded, PRIMARY KEY (court_id, folded)) WITHOUT ROWID",
    "BEGIN",
)
_WHOLE = """
    CREATE TABLE whole AS
    SELECT court_id, folded, count(*) AS in_all, count(DISTINCT digest) AS differing, min(of_rows) AS of_rows,
        max(of_rows) > min(of_rows) AS is_mixed, max(shown) AS shown
    FROM staged GROUP BY court_id, folded
"""
_SORT = (
    "CREATE INDEX ix_staged ON staged (court_id, folded)",
    _WHOLE,
    "CREATE TABLE other AS SELECT court_id, folded FROM whole WHERE of_rows <> differing OR is_mixed",
)
_SAME = (
    "SELECT coalesce(sum(in_all), 0), coalesce(sum(in_all - differing), 0), coalesce(sum(shown), 0)"
    " FROM whole WHERE of_rows = differing AND NOT is_mixed"
)
_WALK = (
    "SELECT one.court_id, one.folded, number, digest, of_rows, sealed FROM {0} AS one"
    " LEFT JOIN staged USING (court_id, folded) ORDER BY one.court_id, one.folded"
)
_MISSING = (
    "SELECT value ->> 0, value ->> 1 FROM json_each(?) AS one"
    " WHERE NOT EXISTS (SELECT 1 FROM staged WHERE court_id = one.value ->> 0 AND folded = one.value ->> 1)"
)
_NOT_PASSED_BY = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT case_id FROM shown)"
_SHOWN_TWICE = """
    INSERT INTO part SELECT ?1, ?2, ?3, ?4, NULL, NULL
    WHERE NOT EXISTS (SELECT 1 FROM shown WHERE case_id = ?1 AND block = ?2)
"""
_PARTS = "SELECT case_id, in_all, hearings, part, whole FROM part ORDER BY case_id"
_TORN = """
    INSERT INTO torn SELECT DISTINCT case_id FROM staged WHERE case_id IN (SELECT case_id FROM shown)
    UNION SELECT case_id FROM staged WHERE case_id IN (SELECT case_id FROM part)
"""
_ALSO_TORN = """
    INSERT OR IGNORE INTO torn SELECT case_id FROM together
    WHERE in_all = 0 OR case_id IN (SELECT case_id FROM shown)
"""
_DOUBTFUL = """
    CREATE TABLE doubtful AS SELECT block, case_id FROM shown WHERE case_id IN torn
    UNION SELECT block, case_id FROM part WHERE case_id IN torn ORDER BY block, case_id
"""
_DOUBT = (
    _ALSO_TORN,
    _DOUBTFUL,
    "DELETE FROM shown WHERE case_id IN torn",
    "INSERT INTO shown SELECT case_id, 0, in_all, hearings FROM together WHERE case_id NOT IN torn",
)
_SHOWN = "SELECT coalesce(sum(in_all), 0), 0, coalesce(sum(hearings), 0) FROM shown"
_IN_BLOCKS = "SELECT block, place, court_id, folded, digest FROM staged WHERE block > 0 ORDER BY block, place"
_STATUS = {one.value: one for one in HearingStatus}
_MODE = {one.value: one for one in Mode}
_SECRECY = {one.value: one for one in Confidentiality}
_ROLE = {one.value: one for one in Role}
_BYTES = ("utf-8", "surrogateescape")
_NOWHERE = At(None, 0, 0)
_FACTS = 3 + len(HearingFields._fields)
"""So many places of what a row says are about the case and the hearing; what follows is about a party."""


def _together(pieces: Sequence[tuple[int, int, bytes | None, bytes]]) -> tuple[int, int]:
    """Return how many rows and hearings several blocks show of a case; none, if these are not all it remembers."""
    parts = [part for _, _, part, _ in pieces if part is not None]
    digests = sorted(digest for part in parts for digest in each(part))
    rows, hearings, _, whole = zip(*pieces, strict=True)
    is_all = len(parts) == len(pieces) and set(whole) == {b"".join(digests)}
    return (sum(rows), hearings[0]) if is_all else (0, 0)


def _row(said: bytes) -> StagedRow:
    cells = orjson.loads(said)
    number, kind, secrecy, starts_at, status, room, place, mode, url, external_id, hearing_kind, judge = cells[:_FACTS]
    hearing = HearingFields(
        datetime.fromisoformat(starts_at),
        _STATUS[status],
        room,
        place,
        _MODE[mode],
        url,
        external_id,
        hearing_kind,
        judge,
    )
    party = None
    if len(cells) > _FACTS:
        key, digest, party_id, role, *rest = cells[_FACTS:]
        fields = PartyFields(party_id, _ROLE[role], *rest)
        party = StagedParty(key, fields.role, bytes.fromhex(digest), fields)
    return StagedRow(number, kind, _SECRECY[secrecy] if secrecy else None, hearing, party)


def _party_key(row: CalendarRow, vault: Vault) -> str:
    """Return the feed's own party id; else a digest of the case, the role, the name and the phone's digits."""
    party = row.party
    assert party is not None  # noqa: S101 - its only caller has looked
    if party.party_id and ":" not in party.party_id:
        return party.party_id
    digits = "".join(filter(str.isdigit, party.phone))[-10:]
    parts = (party.party_id, row.court, row.folded, party.role, party.given.casefold(), party.family.casefold(), digits)
    return WITHOUT_ID + vault.digest("\x1f".join(parts), PARTY).hex()[:40]
