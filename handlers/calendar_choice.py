"""Which mapping reads a file, when nobody said: the native one if its header is, else the only one that fits."""

import csv
import io
from collections.abc import Mapping
from typing import BinaryIO

from domain.court import Court
from domain.errors import InvalidInputError, NotFoundError
from domain.mapping import NATIVE_MAPPING, NATIVE_NEEDS, CalendarMapping, read_mapping

HEAD = 65_536
"""Bytes within which a header ends."""


class Replayed:
    """A file of which the beginning has been read already, to be read from its beginning."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head = head
        self._file = file

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._file.read(size)


def choose_mapping(court: Court, name: str | None, file: BinaryIO) -> tuple[CalendarMapping, Replayed]:
    """Return the mapping to read a file with, and the file to be read from its beginning.

    Raises:
        NotFoundError: If the court has no mapping of that name.
        InvalidInputError: If a mapping of the court's file is wrong, or none or several fit the file.
    """
    head = file.read(HEAD)
    return _named(court, name) if name is not None else _fitting(court, head), Replayed(head, file)


def _named(court: Court, name: str) -> CalendarMapping:
    if name in court.mappings:
        return read_mapping(name, court.mappings[name], source=f"{court.key}.toml")
    if name == NATIVE_MAPPING.name:
        return NATIVE_MAPPING
    known = ", ".join(sorted(court.mappings)) or "none"
    raise NotFoundError(f"court {court.key!r} has no mapping {name!r} (known: {known})")


def _fitting(court: Court, head: bytes) -> CalendarMapping:
    if not head.strip() or not court.mappings or _header(head, NATIVE_MAPPING) >= set(NATIVE_NEEDS):
        return NATIVE_MAPPING
    mappings = [read_mapping(name, raw, source=f"{court.key}.toml") for name, raw in sorted(court.mappings.items())]
    fitting = [one for one in mappings if one.header and _names(one) <= _header(head, one)]
    if not fitting:
        fitting = [one for one in mappings if not one.header]
    if len(fitting) == 1:
        return fitting[0]
    how = "several mappings fit" if fitting else "no mapping fits"
    raise InvalidInputError("--mapping", f"{how} this file; give one of {', '.join(one.name for one in mappings)}")


def _header(head: bytes, mapping: CalendarMapping) -> set[str]:
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    first = head.decode(encoding, "replace").partition("\n")[0].rstrip("\r")
    cells = next(csv.reader(io.StringIO(first), delimiter=mapping.delimiter), [])
    return {cell.strip().casefold() for cell in cells}


def _names(mapping: CalendarMapping) -> set[str]:
    refs: Mapping[object, object] = dict.fromkeys((*mapping.columns.values(), *mapping.id_columns, *mapping.skip))
    return {ref.casefold() for ref in refs if isinstance(ref, str)}
