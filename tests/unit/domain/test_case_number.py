"""Case numbers as people type them: one folded form, found inside a sentence."""

# ruff: noqa: RUF001 -- look-alike letters and digits are the point

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case_number import candidates, fold

ALASKA = (r"\d[A-Z]{2}\d{7}[A-Z]{2}", r"[A-Z]{5}\d{8,12}")
ATLANTA = (r"\d{6}",)
IDAHO = (r"CR\d{8}", r"CVDR\d{9}")


@pytest.mark.parametrize(
    "typed",
    [
        "CR-2026-000101",
        "cr-2026 000101 ",
        "CR2026000101",
        "cr_2026_000101",
        "CR.2026/000101",
        "СR-2026-000101",
        "сr2026000101",
        "ＣＲ２０２６０００１０１",
        "CR-٢٠٢٦-٠٠٠١٠١",
        "📄 CR-2026-000101 👍",
        "CR\u20142026\u2014000101",
    ],
)
def test_every_spelling_of_a_number_folds_to_the_same(typed: str) -> None:
    assert fold(typed) == "CR2026000101"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_folded_text_is_latin_capitals_and_ascii_digits(text: str) -> None:
    assert all(character in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" for character in fold(text))


@given(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True), st.sampled_from(["-", " ", ".", "/", "_", "🙂", "\u00a0"]))
def test_folding_does_not_see_separators_or_case(number: str, separator: str) -> None:
    assert fold(separator.join(number)) == number.upper()


@pytest.mark.parametrize(
    ("sentence", "patterns", "expected"),
    [
        ("1AG-17-00006CR", ALASKA, ["1AG1700006CR"]),
        ("1AG 17 00006 CR", ALASKA, ["1AG1700006CR"]),
        ("hi, my case is 1ag-17-00006cr. when do i come?", ALASKA, ["1AG1700006CR"]),
        ("tickets BETZP00411628 and JUNZE000002850050", ALASKA, ["BETZP00411628", "JUNZE000002850050"]),
        ("595096", ATLANTA, ["595096"]),
        ("is 595096 still on for 10/15/2017?", ATLANTA, ["595096"]),
        ("call me at 907 555 0134", ATLANTA, []),
        ("Oct 15, 2026", ATLANTA, []),
        ("(907) 555-0134", ATLANTA, []),
        ("CR-2006-0011 or CV-DR-2007-00020", IDAHO, ["CR20060011", "CVDR200700020"]),
        ("case CR 2006 0011 please", IDAHO, ["CR20060011"]),
        ("1AG-17-00006CR", IDAHO, []),
        ("моя справа CR-2006-0011", IDAHO, ["CR20060011"]),
    ],
)
def test_numbers_of_a_court_are_found_in_a_sentence(
    sentence: str, patterns: tuple[str, ...], expected: list[str]
) -> None:
    assert candidates(sentence, patterns) == expected


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        ("my case is CR-2026-000101 pls", "CR2026000101"),
        ("cr-2026 000101 ", "CR2026000101"),
        ("CR2026000101", "CR2026000101"),
        ("case cr 2026 000101", "CR2026000101"),
        ("1AG 17 00006 CR", "1AG1700006CR"),
        ("BETZP00411628", "BETZP00411628"),
        ("2018-CR-00001", "2018CR00001"),
        ("595096", "595096"),
        ("A01234567", "A01234567"),
        ("моё дело 2018-CR-00001", "2018CR00001"),
        ("رقم القضية CR-2026-000101", "CR2026000101"),
    ],
)
def test_without_patterns_the_likeliest_number_comes_first(sentence: str, first: str) -> None:
    assert candidates(sentence, ())[0] == first


@pytest.mark.parametrize(
    "sentence",
    [
        "yes",
        "2 yes",
        "I will be 10 minutes late",
        "see you at 9:30",
        "on 12/25/2026",
        "on 2026-12-25",
        "15 Oct 2026",
        "Oct 15, 2026",
        "907-555-0134",
        "(907) 555-0134",
        "+1 907 555 0134",
        "5 2026",
        "",
        "🙂",
    ],
)
def test_dates_times_and_phones_are_no_case_numbers(sentence: str) -> None:
    assert candidates(sentence, ()) == []


@given(st.text(max_size=300))
def test_candidates_are_folded_and_never_raise(sentence: str) -> None:
    for number in [*candidates(sentence, ()), *candidates(sentence, ALASKA)]:
        assert fold(number) == number


@given(st.from_regex(r"[0-9][A-Z]{2}-[0-9]{2}-[0-9]{5}[A-Z]{2}", fullmatch=True))
def test_a_well_formed_number_is_found_however_it_is_wrapped(number: str) -> None:
    for sentence in (number, number.lower(), f"my case is {number}, thanks", f"#{number}!", number.replace("-", " ")):
        assert candidates(sentence, ALASKA) == [fold(number)]
