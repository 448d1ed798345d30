"""Blocks of a feed's last file: kept once, found by their digest, let go of with the file."""

import pytest
from sqlalchemy import Connection

from storage import fed_blocks
from storage.fed_blocks import BLOCK_DIGEST_BYTES, LEFT_OUT, TO_BE_READ, FedBlock
from storage.vault import Vault
from tests.fixtures.facts import NOW

ROWS = [(7, b"12345678"), (TO_BE_READ, bytes(8)), (LEFT_OUT, bytes(8)), (1 << 40, b"abcdefgh")]


def block(digest: bytes = b"d" * 16, lines: int = 5) -> FedBlock:
    return FedBlock(digest, lines, 1, fed_blocks.packed(ROWS), {3: (NOW, NOW.replace(year=2027))})


def test_a_block_is_found_as_it_was_kept_by_its_feed_and_digest(any_connection: Connection) -> None:
    fed_blocks.keep(any_connection, "example/native", [block()])

    found = fed_blocks.find(any_connection, "example/native", b"d" * 16)

    assert found == block()
    assert found is not None
    assert list(found.each_row()) == ROWS
    assert fed_blocks.find(any_connection, "example/native", b"e" * 16) is None
    assert fed_blocks.find(any_connection, "example/nightly", b"d" * 16) is None


def test_a_block_that_is_there_stays_as_it_is(any_connection: Connection) -> None:
    for lines in (5, 6):
        fed_blocks.keep(any_connection, "example/native", [block(lines=lines)])

    assert fed_blocks.find(any_connection, "example/native", b"d" * 16) == block(lines=5)


def test_other_blocks_of_the_feed_are_let_go_of_and_those_of_others_stay(any_connection: Connection) -> None:
    digests = {letter * 16 for letter in (b"a", b"b", b"c")}
    for feed in ("example/native", "example/nightly"):
        fed_blocks.keep(any_connection, feed, [block(digest) for digest in digests])

    fed_blocks.drop_others(any_connection, "example/native", {b"b" * 16, b"x" * 16})

    assert fed_blocks.digests_of(any_connection, "example/native") == {b"b" * 16}
    assert fed_blocks.digests_of(any_connection, "example/nightly") == digests


@pytest.mark.parametrize(
    ("index_key", "manner"), [(b"j" * 32, "native"), (b"i" * 32, "native 2")], ids=["another key", "another manner"]
)
def test_a_block_that_is_read_in_another_manner_or_with_another_key_has_another_digest(
    index_key: bytes, manner: str, vault: Vault
) -> None:
    here = fed_blocks.digester(vault, "native")
    there = fed_blocks.digester(Vault({1: b"k" * 32}, current=1, index_key=index_key), manner)

    assert len(here(b"a block")) == BLOCK_DIGEST_BYTES
    assert here(b"a block") == fed_blocks.digester(vault, "native")(b"a block")
    assert here(b"a block") != there(b"a block")
    assert here(b"a block") != here(b"another")
