"""Column types that hold on both engines: aware instants and enums kept by their value.

Reading goes by `result_processor`: a batch reads thousands of these, and SQLAlchemy's way through
`process_result_value` would be three calls for each.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

Member = TypeVar("Member", bound=Enum)
Read: TypeAlias = Callable[[Any], Any]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, always UTC: `timestamptz` on PostgreSQL, naive UTC text on SQLite, which drops offsets."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring an aware instant to UTC.

        Raises:
            ValueError: If it is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        value = value if value.tzinfo is UTC else value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

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

    def process_bind_param(self, value: Member | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - their signature
        """Return the member's text; a plain string must be one of them."""
        return None if value is None else self.members(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Read:  # noqa: ARG002 - their signature
        """Return the member of a stored text."""
        return self._by_value.__getitem__


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored + "+00:00")


def _in_utc(stored: datetime | None) -> datetime | None:
    return None if stored is None else stored.astimezone(UTC)
