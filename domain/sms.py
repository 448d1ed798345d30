"""How long a text is as an SMS: its alphabet, its units and the segments that a carrier bills."""

import re
from enum import StrEnum

from domain.record import record

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""3GPP TS 23.038, default alphabet: one septet each."""
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
"""The same, extension table: an escape and a septet, which stay in one part."""


class Encoding(StrEnum):
    """The alphabet of a whole message: one character outside GSM-7 turns all of it into UCS-2."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


@record(frozen=True, slots=True)
class Segments:
    """The size of a text. `units` are septets or UTF-16 units; `remaining` fit before one more part is needed."""

    encoding: Encoding
    units: int
    count: int
    remaining: int


SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}
"""Units in one part of several: the header that joins them takes six octets."""

_PLAIN = "".join(sorted(filter(str.isascii, GSM7_BASIC))).encode()
_IS_GSM7 = re.compile(f"[{re.escape(''.join(sorted(GSM7_BASIC | GSM7_EXTENSION)))}]*").fullmatch
_IN_EXTENSION = re.compile(f"[{re.escape(''.join(sorted(GSM7_EXTENSION)))}]")
_BEYOND_BMP = re.compile(r"[\U00010000-\U0010ffff]")

_LOOK_ALIKES = str.maketrans(
    dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    )
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2026": "...", "\u2028": "\n", "\u2029": "\n"}
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff", "")
)
_HAS_LOOK_ALIKE = re.compile(f"[{''.join(map(chr, _LOOK_ALIKES))}]").search
"""Translating looks at each character in turn; most texts have none of these."""


def measure(text: str) -> Segments:
    """Count the segments of `text` exactly as a phone and a carrier would.

    An extension character of GSM-7 takes two septets, a character beyond the BMP two UTF-16 units; neither is ever
    split over two parts, so a part may end one unit early. An empty text is one empty segment.
    """
    encoding, double = _alphabet(text)
    units = len(text) + len(double)
    if units <= SINGLE[encoding]:
        return Segments(encoding, units, 1, SINGLE[encoding] - units)
    count, used = _parts(len(text), double, PART[encoding])
    return Segments(encoding, units, count, PART[encoding] - used)


def plain_for_sms(text: str) -> str:
    """Replace spaces, quotes, dashes and dots that only look different, and drop what cannot be seen.

    One narrow space in a time would turn a whole message into UCS-2. Letters are never touched: an accent is part
    of a name. Zero-width joiners and marks of direction stay: Arabic, Persian and emoji are written with them.
    """
    return text.translate(_LOOK_ALIKES) if _HAS_LOOK_ALIKE(text) else text


def _alphabet(text: str) -> tuple[Encoding, list[int]]:
    """Return what a text is written in, and where its characters of two units are.

    That most texts have none is seen without looking at each character.
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return Encoding.GSM7, []
    if _IS_GSM7(text):
        return Encoding.GSM7, [found.start() for found in _IN_EXTENSION.finditer(text)]
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return Encoding.UCS2, []
    return Encoding.UCS2, [found.start() for found in _BEYOND_BMP.finditer(text)]


def _parts(length: int, double: list[int], size: int) -> tuple[int, int]:
    """Return how many parts `length` characters take and the units used in the last; those at `double` take two."""
    count, used, at = 1, 0, 0
    for place in double:
        count, used = _add_single(count, used, place - at, size)
        if used + 2 > size:
            count, used = count + 1, 0
        used += 2
        at = place + 1
    return _add_single(count, used, length - at, size)


def _add_single(count: int, used: int, units: int, size: int) -> tuple[int, int]:
    """Append `units` one-unit characters; a part that is full stays the last until something follows it."""
    if units <= size - used:
        return count, used + units
    more, rest = divmod(units - (size - used), size)
    return (count + more, size) if rest == 0 else (count + more + 1, rest)
