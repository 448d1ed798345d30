"""Frozen dataclasses that are made by the thousand a second: quick to make, and frozen to whoever reads the code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, **how: bool) -> Callable[[type], type]:
        """Make a class a dataclass whose fields are set plainly.

        `dataclass(frozen=True)` sets each field through a call, which makes an object cost three times as much; a text
        on its way makes fifteen. Nothing assigns to a field all the same: the type checker forbids it everywhere.
        """
        assert frozen  # noqa: S101 - else a dataclass is what is wanted
        return dataclass(unsafe_hash=True, **how)


__all__ = ["record"]
