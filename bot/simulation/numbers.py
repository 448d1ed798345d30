"""Telephone numbers that nobody has: for people who are sent nothing, however large their calendar."""

from collections.abc import Iterator
from itertools import count

HOME = 907
HUNDRED = range(100)
NO_PLACE = frozenset({456, 710})
"""Area codes of no place that the rule of two equal digits leaves in: for carriers, for the government."""


def invented_numbers() -> Iterator[str]:
    """Go through numbers in E.164 that reach nobody, always in the same order, each once, without end.

    First 555-0100 to 555-0199 of Alaska, then of every other North American area code that stands for a place: those
    hundred are kept for fiction. After these sixty thousand, numbers under +999, a country code that is not given
    to anybody.
    """
    for code in (HOME, *(code for code in range(200, 1000) if code != HOME and _is_of_a_place(code))):
        for last in HUNDRED:
            yield f"+1{code}55501{last:02}"
    for ordinal in count(1):
        yield f"+999{ordinal:010}"


def invented_chats() -> Iterator[str]:
    """Go through Telegram chats that are none: their ids are numbers, these are not."""
    return (f"chat-{ordinal}" for ordinal in count(1))


def _is_of_a_place(code: int) -> bool:
    """Whether an area code may stand for a place: N9X is kept for longer codes, two equal digits are for services."""
    middle, last = code // 10 % 10, code % 10
    return middle not in (9, last) and code // 10 not in (52, 88) and code not in NO_PLACE
