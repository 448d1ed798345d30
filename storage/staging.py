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
from storage.fed_rows import CaseKey, Fed
from storage.vault import Vault

CHUNK = 5_000
CACHE_KIB = 32_768
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
    digest: int
    fed: Fed
    raw: bytes


@dataclass(frozen=True, slots=True)
class StagedCase:
    """All that the file says of one case; no rows: the file does not show it. `repeated` rows stood there twice.

    `digests` are those of its rows, each once. `same_hearings` is how many hearings it shows if its rows are just
    those of the last file; None if they are not.
    """

    key: CaseKey
    rows: Sequence[StagedRow] = ()
    repeated: int = 0
    digests: Sequence[int] = ()
    same_hearings: int | None = None

    @property
    def size(self) -> int:
        """How many rows of the file are about it."""
        return self.repeated + (len(self.digests) if self.same_hearings is not None else len(self.rows))


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

    def add(self, rows: Iterable[tuple[int, int, CalendarRow]]) -> None:
        """Put rows on the stage, each with its court's id and its digest."""
        self._put((court_id, row.folded, digest, 0, 0, self._packed(row)) for court_id, digest, row in rows)

    def add_known(self, rows: Iterable[KnownRow]) -> None:
        """Put rows on the stage that nobody may need to look at again."""
        self._put(
            (court_id, folded, digest, len(fed.rows), fed.hearings, raw) for court_id, folded, digest, fed, raw in rows
        )

    def sort(self) -> None:
        """Put all that is on the stage in order; call it once, before looking."""
        self._file.execute("CREATE INDEX ix_staged ON staged (court_id, folded)")

    def cases(self, *, marked: bool = False) -> Iterator[list[StagedCase]]:
        """Walk through the cases in their order, in chunks of about CHUNK rows; only the `marked` ones if wished.

        Cases that are as in the last file come without their rows, unless they are marked.
        """
        query = _MARKED if marked else _ALL
        chunk: list[StagedCase] = []
        size = 0
        for key, rows in groupby(self._file.execute(query), key=itemgetter(0, 1)):
            held = [row for row in rows if row[2] is not None]
            chunk.append(self._case(key, held, with_rows=marked))
            size += len(held) + 1
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def mark(self, keys: Iterable[CaseKey]) -> None:
        """Remember cases that something is to be done about."""
        self._file.executemany("INSERT OR IGNORE INTO marked VALUES (?, ?)", keys)

    def missing(self, keys: Iterable[CaseKey]) -> list[CaseKey]:
        """Return those of the keys that the file does not show."""
        return self._file.execute(_MISSING, (orjson.dumps(list(keys)).decode(),)).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _put(self, rows: Iterable[tuple[int, str, int, int, int, bytes]]) -> None:
        """Seal rows and write them; a row's number is the nonce that it is sealed with, and never used again."""
        sealed = []
        for number, (court_id, folded, digest, of, hearings, said) in enumerate(rows, start=self._count + 1):
            body = self._cipher.encrypt(_nonce(number), said, None)
            sealed.append((number, court_id, folded, digest, of, hearings, body))
        self._count += len(sealed)
        self._file.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?)", sealed)

    def _packed(self, row: CalendarRow) -> bytes:
        facts = (row.number, row.case_kind, row.confidentiality, *row.hearing)
        if row.party is None:
            return orjson.dumps(facts)
        said = self._vault.digest(orjson.dumps(tuple(row.party)).decode(), PARTY)[:16].hex()
        return orjson.dumps((*facts, _party_key(row, self._vault), said, *row.party))

    def _case(self, key: CaseKey, held: Sequence[Any], *, with_rows: bool) -> StagedCase:
        """Put a case together, each of its rows once, in an order that does not depend on the file's."""
        digests = sorted({row[3] for row in held})
        if held and not with_rows and all(row[4] == len(digests) for row in held):
            return StagedCase(key, (), len(held) - len(digests), digests, held[0][5])
        if len(held) == 1:
            return StagedCase(key, (_row(self._said(held[0])),), 0, digests)
        each = {self._said(row) for row in held}
        return StagedCase(key, [_row(said) for said in sorted(each)], len(held) - len(each), digests)

    def _said(self, row: Any) -> bytes:  # noqa: ANN401 - a row of the stage's file
        """Open what a row says; cells that were kept as they came are read first."""
        number, of, body = row[2], row[4], row[6]
        said = self._cipher.decrypt(_nonce(number), body, None)
        return self._packed(self._reread(said.decode(*_BYTES).split(BETWEEN))) if of else said


_SETUP = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    f"PRAGMA cache_size=-{CACHE_KIB}",
    "CREATE TABLE staged (number INTEGER PRIMARY KEY, court_id, folded, digest, of_rows, shown, sealed)",
    "CREATE TABLE marked (court_id, folded, PRIMARY KEY (court_id, folded)) WITHOUT ROWID",
    "BEGIN",
)
_ALL = "SELECT court_id, folded, number, digest, of_rows, shown, sealed FROM staged ORDER BY court_id, folded"
_MARKED = (
    "SELECT marked.court_id, marked.folded, number, digest, of_rows, shown, sealed FROM marked"
    " LEFT JOIN staged USING (court_id, folded) ORDER BY marked.court_id, marked.folded"
)
_MISSING = (
    "SELECT value ->> 0, value ->> 1 FROM json_each(?) AS one"
    " WHERE NOT EXISTS (SELECT 1 FROM staged WHERE court_id = one.value ->> 0 AND folded = one.value ->> 1)"
)
_STATUS = {one.value: one for one in HearingStatus}
_MODE = {one.value: one for one in Mode}
_SECRECY = {one.value: one for one in Confidentiality}
_ROLE = {one.value: one for one in Role}
_BYTES = ("utf-8", "surrogateescape")
_FACTS = 3 + len(HearingFields._fields)
"""So many places of what a row says are about the case and the hearing; what follows is about a party."""


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


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
