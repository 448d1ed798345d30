"""Many phrases looked for in one text, without trying each of them at each of its letters."""

import re
from collections.abc import Callable, Iterable

_AT_A_WORD = ("\\b", "^")


def any_phrase(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether one of these regular expressions is found in a text.

    Those that begin with a word's boundary begin with a letter: they are tried where words begin, at no digit and at no
    letter within a word. A number, or a name that no phrase begins with, is passed by in a step.
    """
    given = list(patterns)
    at_words = [pattern for pattern in given if pattern.startswith(_AT_A_WORD)]
    others = [pattern for pattern in given if not pattern.startswith(_AT_A_WORD)]
    find_at_words = _search(at_words, before=r"\b(?=[^\W\d_])")
    find_others = _search(others)
    return lambda text: find_at_words(text) is not None or find_others(text) is not None


def _search(patterns: list[str], *, before: str = "") -> Callable[[str], "re.Match[str] | None"]:
    """Return the search for any of these; for none of none."""
    return re.compile(f"{before}(?:{'|'.join(f'(?:{one})' for one in patterns)})" if patterns else r"(?!)").search
