"""How many parts an SMS takes, as the carrier counts them: 3GPP TS 23.038 for the alphabet, 23.040 for the parts."""

from itertools import accumulate

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà",
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def segments_of(text: str) -> int:
    """Count the parts the carrier bills for `text`; a character never straddles two parts."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return _parts([2 if c in _EXTENDED else 1 for c in text], single=_GSM_SINGLE, part=_GSM_PART)
    return _parts([len(c.encode("utf-16-le")) // 2 for c in text], single=_UCS_SINGLE, part=_UCS_PART)


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1

    def placed(last: tuple[int, int], width: int) -> tuple[int, int]:
        parts, used = last
        return (parts, used + width) if used + width <= part else (parts + 1, width)

    return max(parts for parts, _ in accumulate(widths, placed, initial=(1, 0)))
