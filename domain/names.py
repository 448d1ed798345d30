"""People's names as feeds write them: one column or two, placeholders for nobody knows, letters damaged on the way."""

import re
from dataclasses import dataclass

UNKNOWN = frozenset({"fnu", "lnu", "unknown", "n/a", "na", "none", "null", "?", "-", "xxx"})
"""What feeds write for a name that nobody knows: first name unknown, last name unknown."""
REPLACEMENT = "�"
_BLANKS = re.compile(r"\s+")
_DAMAGE = re.compile("[ÂÃÄÅÐÑØÙ][\u0080-\u00bf\u0152-\u0192\u02c6-\u2122]|" + REPLACEMENT)


@dataclass(frozen=True, slots=True)
class Split:
    """A name in its two parts; an empty part is not known."""

    given: str
    family: str


def tidy(name: str) -> str:
    """Return a name with single blanks, empty where the feed means that nobody knows it."""
    tidied = (name if name.isalpha() else _BLANKS.sub(" ", name)).strip(" ,;")
    return "" if tidied.casefold() in UNKNOWN else tidied


def split(name: str) -> Split:
    """Take "DOE, JANE ANN" or "Jane Ann Doe" apart; one word alone is a family name."""
    if "," in name:
        family, _, given = name.partition(",")
        return Split(tidy(given), tidy(family))
    given, _, family = tidy(name).rpartition(" ")
    return Split(tidy(given), tidy(family))


def is_damaged(name: str) -> bool:
    """Return whether a name's letters were read in a wrong encoding somewhere: `JosÃ©` for José."""
    return not name.isascii() and _DAMAGE.search(name) is not None


def repaired(name: str) -> str | None:
    """Return what a damaged name most likely was, for a human to accept; None when it cannot be told."""
    try:
        mended = name.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return mended if mended != name and not is_damaged(mended) else None
