"""Telephone numbers as feeds and people write them, read into E.164 or refused with the reason."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    country_code_for_region,
    format_number,
    is_valid_number,
    number_type,
    parse,
    region_code_for_number,
)


class NoPhone(StrEnum):
    """Why a phone field reaches nobody."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    EXTENSION = "extension"  # a switchboard takes no texts for one of its lines
    SHORT_CODE = "short_code"
    NO_AREA_CODE = "no_area_code"
    INVALID = "invalid"
    PREMIUM = "premium"
    NOT_PERSONAL = "not_personal"  # toll-free, shared-cost and service numbers
    FICTIONAL = "fictional"  # 555-0100 to 555-0199, kept for films and demos


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that a text can be sent to. `is_foreign`: not of the court's own region, so the desk releases it."""

    e164: str = field(repr=False)
    region: str
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A phone field that reaches nobody, and why."""

    reason: NoPhone


LOCAL_LENGTH = 7
LONGEST = 40
"""Characters; a longer field is a remark, not a number."""

_REFUSED_TYPES = {
    PhoneNumberType.PREMIUM_RATE: NoPhone.PREMIUM,
    PhoneNumberType.SHARED_COST: NoPhone.PREMIUM,
    PhoneNumberType.TOLL_FREE: NoPhone.NOT_PERSONAL,
    PhoneNumberType.UAN: NoPhone.NOT_PERSONAL,
    PhoneNumberType.PAGER: NoPhone.NOT_PERSONAL,
    PhoneNumberType.VOICEMAIL: NoPhone.NOT_PERSONAL,
}
_FICTIONAL = re.compile(r"\+1\d{3}55501\d\d").fullmatch
_OBSOLETE_MEXICAN = re.compile(r"^(\s*\+\s*52)[\s.-]*1(?=(?:\D*\d){10}\D*$)")
_LETTER = re.compile(r"[^\W\d_]")
_EXTENSION = re.compile(r"(?i)(?:ext|extension|доб|x|#)\.?\s*:?\s*\d{1,6}\s*$|;ext=\d+")
_LABEL = re.compile(
    r"(?i)^(?:tel|phone|cell|mobile|home|work)(?: phone)?\b[.:]?\s*"
    r"|\s*(?:\((?:cell|mobile|home|work|c|m|h)\)|\b(?:cell|mobile|home|work))$"
)
"""What clerks write beside a number."""
_USUAL_AMERICAN = re.compile(
    r" *(?:\+?1[ .-]?)?(?:\(([2-9][0-9]{2})\)|([2-9][0-9]{2}))[ .-]?([0-9]{3})[ .-]?([0-9]{4}) *"
)


def parse_phone(raw: str, *, region: str, allow_fictional: bool = False) -> Phone | Unreachable:
    """Read a phone field; `region` (ISO 3166-1 alpha-2) says how numbers without a country code are meant.

    `allow_fictional` lets 555-01xx through: a demonstration needs numbers that nobody has, a court must not keep
    them. Full-width and Arabic digits are read; the Mexican mobile form +52 1 loses its obsolete 1.
    """
    usual = _USUAL_AMERICAN.fullmatch(raw) if region == "US" or raw.lstrip(" ").startswith("+1") else None
    if usual is not None:
        national = "".join(filter(None, usual.groups()))
        if _is_american(national):
            return _allowed(Phone(f"+1{national}", "US", region != "US"), allow_fictional=allow_fictional)
    read = _read(raw, region)
    return _allowed(read, allow_fictional=allow_fictional) if isinstance(read, Phone) else read


def _allowed(phone: Phone, *, allow_fictional: bool) -> Phone | Unreachable:
    if not allow_fictional and _FICTIONAL(phone.e164):
        return Unreachable(NoPhone.FICTIONAL)
    return phone


def is_local(e164: str, *, region: str, area_codes: Sequence[str]) -> bool:
    """Return whether a number is of one of a region's area codes, written without the leading zero."""
    return e164.startswith(tuple(f"+{country_code_for_region(region)}{code}" for code in area_codes))


def _is_american(national: str) -> bool:
    """Whether ten digits are a valid ordinary number of the US, as the library's own table of it says.

    The library tries that table first for +1 and takes 80 µs to get there; an import has 15. A test holds the two
    against each other.
    """
    return _american_pattern().fullmatch(national) is not None


@lru_cache(maxsize=1)
def _american_pattern() -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region("US")
    if metadata is None or metadata.fixed_line is None or not metadata.same_mobile_and_fixed_line_pattern:
        return re.compile(r"(?!)")  # the library has changed: leave everything to it
    return re.compile(metadata.fixed_line.national_number_pattern or r"(?!)")


@lru_cache(maxsize=4096)
def _read(raw: str, region: str) -> Phone | Unreachable:
    text = "".join(map(_ascii_digit, unicodedata.normalize("NFKC", raw))).strip()
    text = _LABEL.sub("", text)
    refusal = _refusal(text)
    if refusal is not None:
        return Unreachable(refusal)
    try:
        number = parse(_OBSOLETE_MEXICAN.sub(r"\1", text), region)
    except NumberParseException:
        return Unreachable(NoPhone.NOT_A_NUMBER)
    if number.extension:
        return Unreachable(NoPhone.EXTENSION)
    refusal = _refused_number(number)
    if refusal is not None:
        return Unreachable(refusal)
    home = region_code_for_number(number) or "001"
    return Phone(format_number(number, PhoneNumberFormat.E164), home, home != region)


def _refusal(text: str) -> NoPhone | None:
    """Return what is wrong with the field before it is even a number."""
    digits = sum(character.isdigit() for character in text)
    if not text:
        return NoPhone.EMPTY
    if digits == 0 or len(text) > LONGEST:
        return NoPhone.NOT_A_NUMBER
    if _EXTENSION.search(text):
        return NoPhone.EXTENSION if digits > LOCAL_LENGTH else NoPhone.NOT_A_NUMBER
    if _LETTER.search(text):  # the library would read FLOWERS by the keypad
        return NoPhone.NOT_A_NUMBER
    if digits < LOCAL_LENGTH:
        return NoPhone.SHORT_CODE
    return None


def _refused_number(number: PhoneNumber) -> NoPhone | None:
    if not is_valid_number(number):
        is_local = number.country_code == 1 and len(str(number.national_number)) == LOCAL_LENGTH
        return NoPhone.NO_AREA_CODE if is_local else NoPhone.INVALID
    return _REFUSED_TYPES.get(number_type(number))


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
