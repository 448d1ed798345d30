"""A TOML table that is read key by key, and names the place of whatever is wrong in it."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import TypeVar

from domain.errors import InvalidInputError

DURATION = re.compile(r"([0-9]{1,4})(m|h|d)")
WALL_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

EnumT = TypeVar("EnumT", bound=StrEnum)


class Table:
    """One table of the file, which knows its place and reads its keys by type."""

    def __init__(self, entries: Mapping[str, object], source: str, name: str) -> None:
        self.entries = dict(entries)
        self._source = source
        self._name = name

    def has(self, key: str) -> bool:
        """Return whether the key is there."""
        return key in self.entries

    def wrong(self, key: str, why: str) -> InvalidInputError:
        """Make the error that says what is wrong with a key, and where."""
        place = f"[{self._name}] {key}" if self._name else key
        return InvalidInputError(f"{self._source}: {place}", why)

    def refuse_the_rest(self, known: frozenset[str]) -> None:
        """Raise for the first key that is not in `known`: a misspelt key is one that silently does nothing."""
        for key in self.entries:
            if key not in known:
                raise self.wrong(key, f"is not a key of this table; it knows {', '.join(sorted(known))}")

    def table(self, key: str) -> "Table":
        """Return the inner table, empty where it is absent."""
        found = self.entries.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, f"must be a table, [{self._inner(key)}]")
        return Table(found, self._source, self._inner(key))

    def tables(self, key: str) -> list["Table"] | None:
        """Return the tables of an array, None where it is absent."""
        found = self.entries.get(key)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self.wrong(key, f"must be written as [[{key}]]")
        return [Table(one, self._source, f"[{key} {place}]") for place, one in enumerate(found, start=1)]

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a text without surrounding blanks; without a `default` it must be there and not be blank."""
        found = self.entries.get(key, default)
        if found is None:
            raise self.wrong(key, "must be set")
        if not isinstance(found, str) or (default is None and not found.strip()):
            raise self.wrong(key, 'must be text in "quotes"')
        return found.strip()

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self.entries.get(key, list(default))
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.wrong(key, 'must be a list of texts, ["like", "this"]')
        return tuple(found)

    def matching(self, key: str, pattern: re.Pattern[str], wanted: str, *, default: str | None = None) -> str:
        """Return a text that fits the whole `pattern`; `wanted` ends the sentence "must be …"."""
        found = self.text(key, default=default)
        if not pattern.fullmatch(found):
            raise self.wrong(key, f"must be {wanted}")
        return found

    def member(self, key: str, enum: type[EnumT], default: EnumT | None = None) -> EnumT:
        """Return one of the words of an enum."""
        found = self.text(key, default=default)
        if found not in set(enum):
            raise self.wrong(key, f"must be one of {', '.join(enum)}")
        return enum(found)

    def truth(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        found = self.entries.get(key, default)
        if not isinstance(found, bool):
            raise self.wrong(key, "must be true or false")
        return found

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`."""
        found = self.entries.get(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise self.wrong(key, f"must be a whole number from {least} to {most}")
        return found

    def number(self, key: str, default: float, *, most: float) -> float:
        """Return a number above 0 and at most `most`."""
        found = self.entries.get(key, default)
        if not isinstance(found, int | float) or isinstance(found, bool) or not 0 < found <= most:
            raise self.wrong(key, f"must be a number above 0, at most {most:g}")
        return float(found)

    def share(self, key: str, default: float) -> float:
        """Return a share: above 0, at most 1."""
        return self.number(key, default, most=1.0)

    def duration(self, key: str, default: timedelta) -> timedelta:
        """Return a length of time, written "20m", "36h" or "2d"."""
        found = self.entries.get(key)
        if found is None:
            return default
        read = DURATION.fullmatch(found) if isinstance(found, str) else None
        if not read:
            raise self.wrong(key, 'must be a length of time such as "20m", "36h" or "2d"')
        return int(read[1]) * UNITS[read[2]]

    def wall_time(self, key: str, default: time) -> time:
        """Return a time of day, written "20:00"."""
        found = self.entries.get(key, default)
        if isinstance(found, str) and WALL_TIME.fullmatch(found):
            return time.fromisoformat(found)
        if not isinstance(found, time):
            raise self.wrong(key, 'must be a time of day such as "20:00"')
        return found

    def _inner(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
