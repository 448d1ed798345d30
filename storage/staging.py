"""The stage: a file's rows put in the order of their cases before anything is compared, in a private SQLite file.

It belongs to one import, lives in the system's temporary folder without a name, and is gone with it, crash or not.
Nothing is locked while a million rows are read, memory stays bounded, and both engines see the same. What rows say
of people is sealed; the rest of them are the public calendar's.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Self, TypeAlias

import orjson

from domain.calendar_row import CalendarRow, HearingFields, PartyFields
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.roles import Role
from storage.vault import Vault

CHUNK = 5_000
CACHE_KIB = 32_768
PARTY = "import.party"
WITHOUT_ID = "feed:"
"""How the keys of people begin to whom the feed gives no id of its own."""
CaseKey: TypeAlias = tuple[int, str]
"""A court's id and a folded case number."""


class StagedParty(NamedTuple):
    """What a row says of a party: who (a key that is the same in every import), in which role, a digest, and all."""

    key: str
    role: Role
    digest: bytes
    sealed: bytes


class StagedRow(NamedTuple):
    """One row of the file, without where it stood."""

    number: str
    case_kind: str | None
    confidentiality: Confidentiality | None
    hearing: HearingFields
    party: StagedParty | None


@dataclass(frozen=True, slots=True)
class StagedCase:
    """All that the file says of one case; no rows: the file does not show it. `repeated` rows stood there twice."""

    key: CaseKey
    rows: Sequence[StagedRow] = ()
    repeated: int = 0


class Stage:
    """One import's rows. Use it in a `with`, from one thread."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._file = sqlite3.connect("", isolation_level=None)
        for statement in _SETUP:
            self._file.execute(statement)

    def add(self, rows: Iterable[tuple[int, CalendarRow]]) -> None:
        """Put rows on the stage, each with its court's id."""
        ready = [self._ready(court_id, row) for court_id, row in rows]
        self._file.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?)", ready)

    def sort(self) -> None:
        """Put all that is on the stage in order; call it once, before looking."""
        self._file.execute("CREATE INDEX ix_staged ON staged (court_id, folded)")

    def cases(self, *, marked: bool = False) -> Iterator[list[StagedCase]]:
        """Walk through the cases in their order, in chunks of about CHUNK rows; only the `marked` ones if wished."""
        query = _MARKED if marked else _ALL
        chunk: list[StagedCase] = []
        size = 0
        for key, rows in groupby(self._file.execute(query), key=itemgetter(0, 1)):
            case = _case(key, [row for row in rows if row[2] is not None])
            chunk.append(case)
            size += len(case.rows) + 1
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
        there = "SELECT 1 FROM staged WHERE court_id = ? AND folded = ? LIMIT 1"
        return [key for key in keys if self._file.execute(there, key).fetchone() is None]

    def open(self, party: StagedParty) -> PartyFields:
        """Read what a row says of a party."""
        said = orjson.loads(self._vault.open(party.sealed, PARTY))
        said[1] = Role(said[1])
        return PartyFields(*said)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _ready(self, court_id: int, row: CalendarRow) -> tuple[Any, ...]:
        facts = orjson.dumps((row.number, row.case_kind, row.confidentiality, *row.hearing))
        if row.party is None:
            return court_id, row.folded, facts, None, None, b"", None
        said = orjson.dumps(tuple(row.party)).decode()
        digest = self._vault.digest(said, PARTY)[:16]
        key = _party_key(row, self._vault)
        return court_id, row.folded, facts, key, row.party.role.value, digest, self._vault.seal(said, PARTY)


_SETUP = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    f"PRAGMA cache_size=-{CACHE_KIB}",
    "CREATE TABLE staged (court_id INT, folded TEXT, facts BLOB, party TEXT, role TEXT, digest BLOB, sealed BLOB)",
    "CREATE TABLE marked (court_id INT, folded TEXT, PRIMARY KEY (court_id, folded)) WITHOUT ROWID",
    "BEGIN",
)
_ALL = "SELECT * FROM staged ORDER BY court_id, folded"
_MARKED = (
    "SELECT marked.court_id, marked.folded, facts, party, role, digest, sealed FROM marked"
    " LEFT JOIN staged USING (court_id, folded) ORDER BY marked.court_id, marked.folded"
)
_STATUS = {one.value: one for one in HearingStatus}
_MODE = {one.value: one for one in Mode}
_SECRECY = {one.value: one for one in Confidentiality}
_ROLE = {one.value: one for one in Role}


def _case(key: CaseKey, rows: Sequence[Any]) -> StagedCase:
    """Read a case's rows, each once, in an order that does not depend on the file's."""
    if len(rows) == 1:
        return StagedCase(key, (_row(rows[0]),))
    each = {(cells[2], cells[5]): cells for cells in rows}
    return StagedCase(key, [_row(each[said]) for said in sorted(each)], len(rows) - len(each))


def _row(cells: Sequence[Any]) -> StagedRow:
    number, kind, secrecy, starts_at, status, room, place, mode, url, external_id, hearing_kind, judge = orjson.loads(
        cells[2]
    )
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
    party = None if cells[3] is None else StagedParty(cells[3], _ROLE[cells[4]], cells[5], cells[6])
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
