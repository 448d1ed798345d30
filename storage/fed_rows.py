"""What a feed's file last said of each case, as digests of its rows: rows that say it again need no second look.

A case remembers them only where the file left nothing open: importing the same rows again would change nothing,
today or later. Whatever else changes one of its hearings makes it forget them.
"""

import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, select, update

from storage.bulk import among
from storage.prepared import Prepared
from storage.schema import case
from storage.vault import Vault

CaseKey: TypeAlias = tuple[int, str]
"""A court's id and a folded case number."""


Remembered: TypeAlias = tuple[bytes | None, int | None]
"""What a case keeps: its rows' digests, packed, and how many hearings they show."""
DIGEST_BYTES = 8
NOT_FED: Remembered = (None, None)
Digester: TypeAlias = Callable[[bytes], int]


class Fed(NamedTuple):
    """The digests of a case's rows, and how many hearings these show."""

    rows: frozenset[int]
    hearings: int


def digester(vault: Vault, manner: str) -> Digester:
    """Return what makes digests of rows: others when rows are read in another manner, or with another key."""
    empty = blake2b(digest_size=DIGEST_BYTES, key=vault.digest(manner, "case.fed_rows"))

    def digest_of(row: bytes) -> int:
        digest = empty.copy()
        digest.update(row)
        return int.from_bytes(digest.digest(), "big", signed=True)

    return digest_of


def of_cases(connection: Connection, keys: Iterable[CaseKey]) -> dict[CaseKey, Fed]:
    """Return what is remembered of those of the cases of which anything is."""
    by_court: dict[int, list[str]] = defaultdict(list)
    for court_id, folded in keys:
        by_court[court_id].append(folded)
    found: dict[CaseKey, Fed] = {}
    for court_id, numbers in by_court.items():
        query = select(case.c.folded, case.c.fed_rows, case.c.fed_hearings).where(
            case.c.court_id == court_id, among(connection, case.c.folded, numbers), case.c.fed_rows.is_not(None)
        )
        for folded, rows, hearings in connection.execute(query):
            found[court_id, folded] = Fed(frozenset(struct.unpack(f">{len(rows) // DIGEST_BYTES}q", rows)), hearings)
    return found


def as_kept(digests: Sequence[int], hearings: int) -> Remembered:
    """Return rows as a case keeps them."""
    return struct.pack(f">{len(digests)}q", *digests), hearings


def remember(connection: Connection, cases: Iterable[tuple[int, Remembered]]) -> None:
    """Let cases, by their id, remember other rows than before."""
    _REMEMBER.run_many(
        connection, ({"which": one, "rows": rows, "hearings": hearings} for one, (rows, hearings) in cases)
    )


def forget(connection: Connection, case_id: int) -> None:
    """Have every row of a case looked at again."""
    remember(connection, [(case_id, NOT_FED)])


_REMEMBER = Prepared(
    update(case)
    .where(case.c.id == bindparam("which"))
    .values(fed_rows=bindparam("rows"), fed_hearings=bindparam("hearings"))
)
