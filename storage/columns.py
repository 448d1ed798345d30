"""Column types that hold on both engines: ids of 64 bits, aware instants and enums kept by their value.

The last two go by processors of our own: a batch has thousands of these, and SQLAlchemy's way through
`process_bind_param` and `process_result_value` would be three calls for each.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

Member = TypeVar("Member", bound=Enum)
Read: TypeAlias = Callable[[Any], Any]
Write: TypeAlias = Callable[[Any], Any]

ID = BigInteger().with_variant(Integer(), "sqlite")
"""A row's own number, or another row's. INTEGER holds 64 bits on SQLite, and by that name alone is it the rowid."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, always UTC: `timestamptz` on PostgreSQL, naive UTC text on SQLite, which drops offsets."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Write:
        """Bring an aware instant to UTC, as SQLite's text or PostgreSQL's own type.

        Raises:
            ValueError: If it is naive.
        """
        return _as_text if dialect.name == "sqlite" else _as_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Read:  # noqa: ARG002 - their signature
        """Give the instant back, aware and in UTC."""
        return _from_text if dialect.name == "sqlite" else _in_utc


class EnumText(TypeDecorator[Member]):
    """An enum kept as its text value, so that a new member needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, members: type[Member]) -> None:
        super().__init__()
        self.members = members
        self._by_value = {None: None, **{member.value: member for member in members}}

    def _text_of(self, value: Member | str | None) -> str | None:
        member = self._by_value.get(value.value if isinstance(value, Enum) else value)
        if member is None and value is not None:
            raise ValueError(f"{value!r} is no {self.members.__name__}")
        return None if member is None else member.value

    def bind_processor(self, dialect: Dialect) -> Write:  # noqa: ARG002 - their signature
        """Return the member's text; a plain string must be one of them.

        Raises:
            ValueError: If it is none.
        """
        return self._text_of

    def result_processor(self, dialect: Dialect, coltype: object) -> Read:  # noqa: ARG002 - their signature
        """Return the member of a stored text."""
        return self._by_value.__getitem__


def _as_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("an instant must be aware")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    instant = _as_utc(value)
    return None if instant is None else instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored + "+00:00")


def _in_utc(stored: datetime | None) -> datetime | None:
    return None if stored is None else stored.astimezone(UTC)
