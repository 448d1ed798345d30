"""A file cut into blocks: its records are those that csv reads of the whole, and a change is a change of one place."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar_row import Cells
from domain.errors import InvalidInputError
from domain.mapping import NATIVE_MAPPING, CalendarMapping
from handlers import calendar_blocks
from handlers.calendar_blocks import Records
from tests.fixtures.calendars.blocks import cut_every

PIECES = [b"a", b"bc", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b"\xff", b"\xc3\xa9", b"\0", b"\xef\xbb\xbf"]
FILES = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)
LINES = [b"%d,case %d\r\n" % (number, number * 7919) for number in range(400)]


def nobody(line: int) -> None:
    raise AssertionError(line)


def opened(content: bytes, *, encoding: str = "utf-8", refused: list[int] | None = None) -> Records:
    mapping: CalendarMapping = replace(NATIVE_MAPPING, encoding=encoding)
    return Records(io.BytesIO(content), mapping, nobody if refused is None else refused.append)


def blocks(content: bytes, *, encoding: str = "utf-8") -> Iterator[bytes]:
    """Yield the blocks of a file of which every line is a record."""
    records = opened(content, encoding=encoding)
    while (block := records.open()) is not None:
        yield block
        records.pass_by(block.count(b"\n"))


def read(records: Records) -> list[tuple[int, Cells]]:
    found: list[tuple[int, Cells]] = []
    while records.open() is not None:
        found += records.rows()
    return found


def by_csv(content: bytes, encoding: str) -> list[tuple[int, Cells]]:
    """Return what csv makes of the whole of a file."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text)
    found: list[tuple[int, Cells]] = []
    line = 1
    for cells in reader:
        found.append((line, cells))
        line = reader.line_num + 1
    return found


@given(content=FILES, every=st.sampled_from([1, 2, 3]), encoding=st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
def test_whatever_the_file_its_records_and_their_lines_are_those_of_the_whole(
    content: bytes, every: int, encoding: str
) -> None:
    content = content[: len(content) // 2 * 2]
    with cut_every(every):
        assert read(opened(content, encoding=encoding)) == by_csv(
            content, "utf-8-sig" if encoding == "utf-8" else encoding
        )


@given(content=FILES, every=st.sampled_from([1, 2, 3]))
def test_a_block_that_is_closed_can_be_passed_by_and_what_follows_is_read_as_if_it_had_not(
    content: bytes, every: int
) -> None:
    with cut_every(every):
        whole = by_csv(content, "utf-8-sig")
        closed: dict[int, int] = {}
        records, place = opened(content), 0
        while records.open() is not None:
            before = records.line
            list(records.rows())
            if records.is_closed and place:
                closed[place] = records.line - before
            place += 1

        for passed, lines in closed.items():
            again, place, found = opened(content), 0, []
            while (block := again.open()) is not None:
                if place == passed:
                    before = again.line
                    found += [(before + line + 1, cells) for line, cells in again.again(block)]
                    again.pass_by(lines)
                else:
                    found += again.rows()
                place += 1
            assert found == whole


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "iso8859-15", "ascii"])
def test_blocks_are_the_whole_file(encoding: str) -> None:
    with cut_every(16):
        found = list(blocks(b"".join(LINES), encoding=encoding))

    assert b"".join(found) == b"".join(LINES)
    assert len(found) > 8
    assert max(block.count(b"\n") for block in found) <= 48


def test_a_line_more_changes_its_block_and_leaves_the_others() -> None:
    with cut_every(16):
        before = list(blocks(b"".join(LINES)))
        after = list(blocks(b"".join((*LINES[:200], b"one more\r\n", *LINES[200:]))))

    assert 1 <= len(set(after) - set(before)) <= 3
    assert len(set(before) & set(after)) >= len(before) - 3


def test_a_block_is_bounded_by_its_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_blocks, "MOST_BYTES", 200)

    assert max(map(len, blocks(b"".join(LINES)))) < 200 + max(map(len, LINES))


@pytest.mark.parametrize("end", [b"\r", b"\n"])
def test_from_a_very_long_line_on_nothing_is_cut_any_more(monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    monkeypatch.setattr(calendar_blocks, "MOST_BYTES", 200)
    content = b"".join(LINES[:20]) + b"x" * 500 + end + end.join(b"%d,a" % number for number in range(90))
    records = opened(content)

    found = read(records)

    assert found == by_csv(content, "utf-8-sig")
    assert not records.is_closed


def test_what_cannot_be_cut_is_one_block_that_is_never_closed() -> None:
    records = opened("a,b\r\nc,d\r\n".encode("utf-16"), encoding="utf-16")

    assert records.open() == b""
    assert [cells for _, cells in records.rows()] == [["a", "b"], ["c", "d"]]
    assert not records.is_closed
    assert records.open() is None


def test_bytes_that_are_no_text_are_named_by_their_line() -> None:
    records = opened("a,b\r\n".encode("utf-16-le") + b"\x00\xd8", encoding="utf-16-le")

    with pytest.raises(InvalidInputError, match="is not utf-16-le"):
        read(records)


@pytest.mark.parametrize(
    ("content", "is_closed"),
    [
        (b"a,b\n", True),
        (b"a,b", True),
        (b'a,"b\n', False),
        (b'a,"b\nc"\n', True),
        (b'a,"b\nc"', True),
    ],
)
def test_a_block_is_closed_where_a_record_ends_with_it(content: bytes, *, is_closed: bool) -> None:
    records = opened(content)
    records.open()
    list(records.rows())

    assert records.is_closed is is_closed


def test_what_csv_cannot_split_is_refused_and_its_block_is_not_closed() -> None:
    refused: list[int] = []
    wide = b"x" * (csv.field_size_limit() + 1)
    records = opened(b"a,b\n" + wide + b"\nc,d\n", refused=refused)
    records.open()

    assert [cells for _, cells in records.rows()] == [["a", "b"], ["c", "d"]]
    assert refused == [2]
    assert not records.is_closed
