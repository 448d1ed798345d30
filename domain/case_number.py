"""Case and ticket numbers as people type them: folded to one form, and found inside a sentence."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

DEFAULT_PATTERN = r"(?=(?:[A-Z]*[0-9]){3})[A-Z0-9]{5,20}"
"""What a number looks like when a court does not say: at least five letters and digits, three digits among them."""
MOST_PIECES = 8
"""One number may be split by spaces into so many pieces."""
LONGEST_TEXT = 2000
LONGEST_LETTERS = 3
"""A group of letters beside the digits ("CR 2026 000101") is hardly longer."""
FEWEST_DIGITS = 6
"""Groups of digits alone are one number only from so many digits on: "5 2026" is a day."""

_CYRILLIC = "АВЕЅІЈКМНОРСТУХЗҮԌԚԜ"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # noqa: RUF001 -- letters that look Latin are the point
_LATIN = "ABESIJKMHOPCTYX3YGQWABEZHIKMNOPTYX"
"""What each of them looks like: people type a number on the keyboard that their phone shows."""
_LOOK_ALIKES = str.maketrans(_CYRILLIC + _GREEK, _LATIN)
_NOT_IN_NUMBERS = re.compile(r"[^A-Z0-9]+")
_BETWEEN_PIECES = re.compile(r"[\s,;:!?()\[\]\"“”«»'<>=*#№]+")
_DASH = "-"
_DASHES = frozenset("-\u2013\u2014/")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = re.compile(
    r"\b(?:\d{1,2}[/. -]\d{1,2}[/. -](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?)(?![\w-])",
    re.IGNORECASE,
)
_PHONES = re.compile(r"(?<!\w)(?:\+\d[\d().\- ]{7,}\d|(?:1[ .-])?\(?\d{3}\)?[ .-]*\d{3}[ .-]\d{4})(?![\w-])")
_WORDS = frozenset(
    re.findall(
        "[A-Z]+",
        "A AN AND ARE AT BY CAN DO FOR GET HAS HEY HI HOW I IF IN IS IT ITS ME MY NO NOT OF OK ON OR OUR PLS PLZ SIR "
        "THE TO U WAS WE YES YOU AM PM DE EL EN ES LA MI MON TUE WED THU FRI SAT SUN",
    )
)
"""Short words that stand beside a number and are no part of it."""


def fold(text: str) -> str:
    """Return the one form of a number: Latin capitals and ASCII digits only; folding twice changes nothing.

    Full-width and Arabic digits become ASCII, look-alike Cyrillic and Greek letters become Latin, and all that is
    neither letter nor digit goes: spaces, dashes, dots, slashes, emoji. Other letters go as well: no court has them.
    """
    if text.isascii():
        return _NOT_IN_NUMBERS.sub("", text.upper())
    capitals = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)
    return _NOT_IN_NUMBERS.sub("", "".join(map(_ascii_digit, capitals)))


def candidates(sentence: str, patterns: Sequence[str]) -> list[str]:
    """Find the well-formed numbers in a sentence, folded, the likeliest first.

    `patterns` are regular expressions that a folded number must match in full; a number that spaces split is put
    together again, and one that lies inside a longer match is not told apart. Without patterns DEFAULT_PATTERN
    holds: dates and telephone numbers are left out, and a number may be offered both with and without the letters
    beside it.
    """
    text = sentence[:LONGEST_TEXT]
    pieces = _pieces(text)
    without = _PHONES.sub(" | ", _DATES.sub(" | ", text))
    masked = pieces if without == text else _pieces(without)
    if not patterns:
        return _by_shape(masked)
    is_well_formed = _well_formed(tuple(patterns))
    alone = [number for number in (fold(text), *pieces) if is_well_formed(number)]
    if len(masked) == 1 and alone:
        return [alone[0]]  # it is all of the text
    joined = _by_pattern([piece for piece in masked if piece != _DASH], is_well_formed)
    inside = {number for number in alone for other in joined if number != other and number in other}
    return [number for number in dict.fromkeys(joined + alone) if number not in inside]


def _by_pattern(pieces: Sequence[str], is_well_formed: Callable[[str], bool]) -> list[str]:
    spans = [
        (start, end)
        for start in range(len(pieces))
        for end in range(start + 1, min(start + MOST_PIECES, len(pieces)) + 1)
        if all(pieces[start:end]) and is_well_formed("".join(pieces[start:end])) and _is_whole(pieces, start, end)
    ]
    spans.sort(key=lambda span: (span[0] - span[1], span[0]))
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if not any(begin < end and start < stop for begin, stop in kept):
            kept.append((start, end))
    return ["".join(pieces[start:end]) for start, end in sorted(kept)]


def _is_whole(pieces: Sequence[str], start: int, end: int) -> bool:
    """Whether several groups of digits are all of their row: part of "907 555 0134" is no number."""
    if end - start == 1 or not "".join(pieces[start:end]).isdigit():
        return True
    beside = (*pieces[max(start - 1, 0) : start], *pieces[end : end + 1])
    return not any(piece.isdigit() for piece in beside)


def _by_shape(pieces: Sequence[str]) -> list[str]:
    """Take each run of groups with digits: with the letters beside it, alone, then group by group."""
    is_well_formed = _well_formed((DEFAULT_PATTERN,))
    found: list[str] = []
    for start, end in _runs(pieces):
        before = pieces[start - 1] if start and _is_a_prefix(pieces[start - 1]) else ""
        after = pieces[end] if end < len(pieces) and _is_a_prefix(pieces[end]) else ""
        run = "".join(pieces[start:end])
        digits = sum(character.isdigit() for character in run)
        together = [before + run + after, before + run, run + after, run]
        if end - start > 1 and run.isdigit() and digits < FEWEST_DIGITS:
            together = [number for number in together if number != run]
        found += [*together, *pieces[start:end]]
    return [number for number in dict.fromkeys(found) if is_well_formed(number)]


def _runs(pieces: Sequence[str]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, piece in enumerate(pieces):
        if not any(character.isdigit() for character in piece):
            continue
        if runs and runs[-1][1] == place and place - runs[-1][0] < MOST_PIECES:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _pieces(text: str) -> list[str]:
    """Return the folded groups between spaces and punctuation; words of another script are empty and keep apart.

    A dash that stands by itself is kept as one: "CR - 2026 - 000101" is one number, if a court's pattern says so.
    """
    return [_piece(written) for written in _BETWEEN_PIECES.split(text)]


def _piece(written: str) -> str:
    if written in _DASHES:
        return _DASH
    return "" if _is_foreign_word(written) else fold(written)


def _is_foreign_word(piece: str) -> bool:
    return not piece.isascii() and any(letter.isalpha() and not fold(letter) for letter in piece)


def _is_a_prefix(piece: str) -> bool:
    return 0 < len(piece) <= LONGEST_LETTERS and piece.isalpha() and piece not in _WORDS


@lru_cache(maxsize=256)
def _well_formed(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    all_fits = [re.compile(pattern).fullmatch for pattern in patterns]

    def is_well_formed(number: str) -> bool:
        for fits in all_fits:  # noqa: SIM110 - `any` would cost three times as much, and a text has many pieces
            if fits(number):
                return True
        return False

    return is_well_formed


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
