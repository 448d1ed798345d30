"""Stretches of a feed's last file, known again by a digest of their bytes: which rows of which cases stand in them.

What is kept follows from a stretch's bytes and from how the feed is read, and from nothing that happens to cases later:
it is never wrong, only one day not asked for any more. Whether a row still says nothing new is asked of its case, each
time (`fed_rows`). No word of the file is kept.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from struct import Struct
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, delete, select

from storage import fed_rows
from storage.fed_rows import DIGEST_BYTES, Digester
from storage.prepared import Prepared, one_of, unless_there
from storage.schema import fed_block
from storage.vault import Vault

Spans: TypeAlias = Mapping[int, tuple[datetime, datetime]]
"""The first and the last start of each court (UTC), by its id."""
BLOCK_DIGEST_BYTES = 16
ROW = Struct(f"<q{DIGEST_BYTES}s")
"""A row of a block: its case's id and its digest."""
TO_BE_READ, LEFT_OUT = 0, -1
"""What stands for a case where a row must always be read, and where it is none of ours or nothing stands in it."""


@dataclass(frozen=True, slots=True)
class FedBlock:
    """A stretch of a file. `rows` has a ROW for each row; `skipped` counts those that the mapping leaves out."""

    digest: bytes
    lines: int
    skipped: int
    rows: bytes
    spans: Spans

    def each_row(self) -> Iterator[tuple[int, bytes]]:
        """Return the case's id and the digest of each row."""
        return ROW.iter_unpack(self.rows)


def digester(vault: Vault, manner: str) -> Digester:
    """Return what makes digests of blocks: others when rows are read in another manner, or with another key."""
    return fed_rows.digester(vault, manner, kept_in="fed_block.digest", size=BLOCK_DIGEST_BYTES)


def packed(rows: Iterable[tuple[int, bytes]]) -> bytes:
    """Return rows, each as its case's id and its digest, as a block keeps them."""
    return b"".join(ROW.pack(*row) for row in rows)


def digests_of(connection: Connection, feed: str) -> set[bytes]:
    """Return the digests of a feed's blocks."""
    return {digest for _, digest in _OF_FEED.all(connection, feed=feed)}


def find(connection: Connection, feed: str, digest: bytes) -> FedBlock | None:
    """Return a block of a feed, if it is still there."""
    row = _FIND.first(connection, feed=feed, digest=digest)
    if row is None:
        return None
    lines, skipped, rows, spans = row
    return FedBlock(digest, lines, skipped, rows, {int(court): _read(span) for court, span in spans.items()})


def keep(connection: Connection, feed: str, blocks: Iterable[FedBlock]) -> None:
    """Keep blocks of a feed, in the order of their digests; one that is there already stays as it is."""
    for one in sorted(blocks, key=attrgetter("digest")):
        spans = {str(court): [at.isoformat() for at in span] for court, span in one.spans.items()}
        said = {"digest": one.digest, "lines": one.lines, "skipped": one.skipped, "rows": one.rows, "spans": spans}
        _KEEP.all(connection, feed=feed, **said)


def drop_others(connection: Connection, feed: str, digests: Collection[bytes]) -> None:
    """Let go of a feed's blocks, but for those with these digests."""
    old = [block_id for block_id, digest in _OF_FEED.all(connection, feed=feed) if digest not in digests]
    _DROP.run(connection, ids=old)


def _read(span: Sequence[str]) -> tuple[datetime, datetime]:
    first, last = map(datetime.fromisoformat, span)
    return first, last


_IN_FEED = fed_block.c.feed == bindparam("feed")
_OF_FEED = Prepared(select(fed_block.c.id, fed_block.c.digest).where(_IN_FEED))
_FIND = Prepared(
    select(*(fed_block.c[name] for name in ("lines", "skipped", "rows", "spans"))).where(
        _IN_FEED, fed_block.c.digest == bindparam("digest")
    )
)
_KEEP = unless_there(
    fed_block,
    {name: bindparam(name) for name in ("feed", "digest", "lines", "skipped", "rows", "spans")},
    unique=("feed", "digest"),
    returning=(fed_block.c.id,),
)
_DROP = Prepared(delete(fed_block).where(one_of(fed_block.c.id, "ids")))
