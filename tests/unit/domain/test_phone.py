"""Phone fields of real-looking feeds: read into one form, or refused with the reason."""

# ruff: noqa: RUF001 -- full-width and Arabic digits are the point

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.phone import NoPhone, Phone, Unreachable, is_local, parse_phone


def read(raw: str, region: str = "US", *, allow_fictional: bool = True) -> Phone | Unreachable:
    return parse_phone(raw, region=region, allow_fictional=allow_fictional)


@pytest.mark.parametrize(
    "raw",
    [
        "(404) 555-0108",
        "404-555-0108",
        "404.555.0108",
        "4045550108",
        "1 404 555 0108",
        "+1 404 555 0108",
        "+14045550108",
        " 404 555 0108 ",
        "１-404-555-0108",
        "４０４５５５０１０８",
        "٤٠٤٥٥٥٠١٠٨",
        "404-555-0108 (cell)",
        "Cell: 404-555-0108",
        "tel: +1 404 555 0108",
    ],
)
def test_one_number_in_many_spellings_is_one_endpoint(raw: str) -> None:
    assert read(raw) == Phone("+14045550108", "US", is_foreign=False)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", NoPhone.EMPTY),
        ("   ", NoPhone.EMPTY),
        ("UNKNOWN", NoPhone.NOT_A_NUMBER),
        ("none", NoPhone.NOT_A_NUMBER),
        ("404-555-HELP", NoPhone.NOT_A_NUMBER),
        ("call his mother, 404 555 0108, after six please", NoPhone.NOT_A_NUMBER),
        ("404-555-0108 ext. 12", NoPhone.EXTENSION),
        ("404-555-0108x12", NoPhone.EXTENSION),
        ("404-555-0108;ext=12", NoPhone.EXTENSION),
        ("5550134", NoPhone.NO_AREA_CODE),
        ("555-0134", NoPhone.NO_AREA_CODE),
        ("911", NoPhone.SHORT_CODE),
        ("+911", NoPhone.SHORT_CODE),
        ("88888", NoPhone.SHORT_CODE),
        ("000-000-0000", NoPhone.INVALID),
        ("1234567890", NoPhone.INVALID),
        ("404-555-01080", NoPhone.INVALID),
        ("1-900-555-0134", NoPhone.PREMIUM),
        ("800-555-0134", NoPhone.NOT_PERSONAL),
        ("907 555 0134 / 907 555 0135", NoPhone.NOT_A_NUMBER),
    ],
)
def test_a_field_that_reaches_nobody_is_refused_with_its_reason(raw: str, reason: NoPhone) -> None:
    assert read(raw) == Unreachable(reason)


@pytest.mark.parametrize("raw", ["907 555 0100", "+1 907 555 0199", "(212) 555-0150"])
def test_fictional_numbers_are_for_demonstrations_only(raw: str) -> None:
    assert isinstance(read(raw, allow_fictional=True), Phone)
    assert read(raw, allow_fictional=False) == Unreachable(NoPhone.FICTIONAL)


@pytest.mark.parametrize("raw", ["907 555 0200", "907 555 1100", "907 550 1000"])
def test_numbers_beside_the_fictional_block_are_ordinary(raw: str) -> None:
    assert isinstance(read(raw, allow_fictional=False), Phone)


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("+380 50 123 4567", "US", Phone("+380501234567", "UA", is_foreign=True)),
        ("050 123 4567", "UA", Phone("+380501234567", "UA", is_foreign=False)),
        ("+1 242 357 1234", "US", Phone("+12423571234", "BS", is_foreign=True)),
        ("416-867-5309", "US", Phone("+14168675309", "CA", is_foreign=True)),
        ("+1 907 555 0134", "UA", Phone("+19075550134", "US", is_foreign=True)),
        ("416-867-5309", "CA", Phone("+14168675309", "CA", is_foreign=False)),
    ],
)
def test_a_number_of_another_region_is_flagged(raw: str, region: str, expected: Phone) -> None:
    assert read(raw, region) == expected


@pytest.mark.parametrize("raw", ["+52 1 55 1234 5678", "+5215512345678", "+52-1-55-1234-5678", "+52 55 1234 5678"])
def test_the_obsolete_mexican_mobile_form_is_rewritten(raw: str) -> None:
    assert read(raw) == Phone("+525512345678", "MX", is_foreign=True)


def test_a_phone_never_shows_its_number_in_a_traceback() -> None:
    assert "404" not in repr(read("404-555-0108"))


def by_the_library(raw: str) -> str | None:
    """Return E.164 when the library holds the number for a valid ordinary one."""
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return None
    kinds = (
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    )
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


SPELLINGS = st.sampled_from(
    [
        "{0}{1}{2}",
        "({0}) {1}-{2}",
        "{0}-{1}-{2}",
        "{0}.{1}.{2}",
        "1{0}{1}{2}",
        "+1 {0} {1} {2}",
        "1-{0}-{1}-{2}",
        " {0} {1}-{2} ",
    ]
)
DIGITS = st.text("0123456789", min_size=3, max_size=3)


@given(SPELLINGS, DIGITS, DIGITS, st.text("0123456789", min_size=4, max_size=4))
def test_the_fast_path_agrees_with_the_library(spelling: str, area: str, exchange: str, line: str) -> None:
    raw = spelling.format(area, exchange, line)
    found = read(raw)
    assert (found.e164 if isinstance(found, Phone) else None) == by_the_library(raw)


def test_the_fast_path_knows_every_area_code_that_the_library_knows() -> None:
    for area in range(200, 1000):
        raw = f"{area}-234-5678"
        found = read(raw)
        assert (found.e164 if isinstance(found, Phone) else None) == by_the_library(raw), area


@given(st.text(max_size=60))
def test_no_field_whatever_raises(raw: str) -> None:
    assert isinstance(read(raw), Phone | Unreachable)


@given(st.text("0123456789+-() x.", max_size=20), st.sampled_from(["US", "MX", "UA", "GB"]))
def test_what_is_accepted_is_e164_and_reads_as_itself(raw: str, region: str) -> None:
    found = read(raw, region)
    if isinstance(found, Phone):
        assert found.e164.startswith("+")
        assert found.e164[1:].isdecimal()
        assert found.e164.isascii()
        again = read(found.e164, region)
        assert isinstance(again, Phone)
        assert again.e164 == found.e164


@pytest.mark.parametrize(
    ("number", "region", "area_codes", "expected"),
    [
        ("+19075550101", "US", ("907",), True),
        ("+12125550101", "US", ("907",), False),
        ("+12125550101", "US", ("907", "212"), True),
        ("+380445550101", "UA", ("44",), True),
        ("+380675550101", "UA", ("44",), False),
        ("+449075550101", "US", ("907",), False),
        ("+19075550101", "US", (), False),
    ],
)
def test_a_number_is_local_by_country_and_area_code(
    number: str, region: str, area_codes: tuple[str, ...], *, expected: bool
) -> None:
    assert is_local(number, region=region, area_codes=area_codes) is expected
