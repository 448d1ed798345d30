"""What a feed's file last said of each case, as digests of its rows: rows that say it again need no second look.

A case remembers them only where the file left nothing open: importing the same rows again would change nothing,
today or later. Whatever else changes one of its hearings makes it forget them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, select, update

from storage.prepared import Prepared, one_of
from storage.schema import case
from storage.vault import Vault

CaseKey: TypeAlias = tuple[int, str]
"""A court's id and a folded case number."""


Remembered: TypeAlias = tuple[bytes | None, int | None]
"""What a case keeps: its rows' digests, packed, and how many hearings they show."""
DIGEST_BYTES = 8
NOT_FED: Remembered = (None, None)
Digester: TypeAlias = Callable[[bytes], bytes]


class Fed(NamedTuple):
    """A case, and what it remembers: its rows' digests, packed, and how many hearings they show; or nothing."""

    case_id: int
    rows: bytes | None
    hearings: int | None


def digester(vault: Vault, manner: str, *, kept_in: str = "case.fed_rows", size: int = DIGEST_BYTES) -> Digester:
    """Return what makes digests of rows: others when rows are read in another manner, or with another key.

    They have `size` bytes, and differ by the column that they are `kept_in`.
    """
    empty = blake2b(digest_size=size, key=vault.digest(manner, kept_in))

    def digest_of(said: bytes) -> bytes:
        digest = empty.copy()
        digest.update(said)
        return digest.digest()

    return digest_of


def of_cases(connection: Connection, keys: Iterable[CaseKey]) -> dict[CaseKey, Fed]:
    """Return those of the cases that there are, with what they remember."""
    by_court: dict[int, list[str]] = defaultdict(list)
    for court_id, folded in keys:
        by_court[court_id].append(folded)
    found: dict[CaseKey, Fed] = {}
    for court_id, numbers in by_court.items():
        for folded, *fed in _OF_CASES.all(connection, court=court_id, numbers=numbers):
            found[court_id, folded] = Fed(*fed)
    return found


def of_ids(connection: Connection, case_ids: Collection[int]) -> dict[int, tuple[bytes, int]]:
    """Return what those of the cases remember, by their ids, that remember anything."""
    return {case_id: (rows, hearings) for case_id, rows, hearings in _OF_IDS.all(connection, ids=case_ids)}


def as_kept(digests: Sequence[bytes], hearings: int) -> Remembered:
    """Return rows as a case keeps them: their digests, one behind the other."""
    return b"".join(digests), hearings


def each(rows: bytes) -> list[bytes]:
    """Return digests one by one that stand one behind the other."""
    return [rows[place : place + DIGEST_BYTES] for place in range(0, len(rows), DIGEST_BYTES)]


def has(rows: bytes, digest: bytes) -> bool:
    """Whether a digest is one of those that a case keeps."""
    if len(rows) == DIGEST_BYTES:
        return rows == digest
    return digest in each(rows)


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
_OF_CASES = Prepared(
    select(case.c.folded, case.c.id, case.c.fed_rows, case.c.fed_hearings).where(
        case.c.court_id == bindparam("court"), one_of(case.c.folded, "numbers")
    )
)
_OF_IDS = Prepared(
    select(case.c.id, case.c.fed_rows, case.c.fed_hearings).where(
        one_of(case.c.id, "ids"), case.c.fed_rows.is_not(None)
    )
)
