"""Case numbers among other words, at every bound: how many pieces, how many letters, how few digits still count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case_number import (
    FEWEST_DIGITS,
    LONGEST_LETTERS,
    LONGEST_TEXT,
    MOST_PIECES,
    candidates,
    fold,
)

DIGITS = (r"\d{4,20}",)
LETTERED = (r"CR\d{8}",)


@pytest.mark.parametrize(("pieces", "found"), [(MOST_PIECES, True), (MOST_PIECES + 1, False)])
def test_a_number_may_be_split_into_so_many_pieces(pieces: int, found: bool) -> None:  # noqa: FBT001
    sentence = "it is CR " + " ".join("1" * (pieces - 1)) + " thanks"

    assert (candidates(sentence, (rf"CR1{{{pieces - 1}}}",)) != []) is found


@pytest.mark.parametrize(("digits", "found"), [(FEWEST_DIGITS, True), (FEWEST_DIGITS - 1, False)])
def test_groups_of_digits_alone_are_one_number_from_so_many_digits_on(digits: int, found: bool) -> None:  # noqa: FBT001
    number = "12" + "3" * (digits - 2)

    assert (number in candidates(f"it is {number[:2]} {number[2:]}", ())) is found


@pytest.mark.parametrize(
    ("letters", "is_part"), [("C", True), ("CRM", True), ("C" * LONGEST_LETTERS, True), ("CRIM", False)]
)
def test_letters_beside_the_digits_are_part_of_a_number_up_to_so_many(letters: str, is_part: bool) -> None:  # noqa: FBT001
    first = candidates(f"{letters} 2026 000101", ())[0]

    assert first == (f"{letters}2026000101" if is_part else "2026000101")


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        ("is 2026 000101 CR ok", "2026000101CR"),
        ("my CR 2026 000101 please", "CR2026000101"),
        ("CR 2026 000101 MI please", "CR2026000101"),
        ("the 2026000101 is", "2026000101"),
        ("AB 2026 000101 CD", "AB2026000101CD"),
    ],
)
def test_short_words_of_a_sentence_are_no_part_of_it(sentence: str, first: str) -> None:
    assert candidates(sentence, ())[0] == first


@pytest.mark.parametrize(
    ("sentence", "patterns", "found"),
    [
        ("CR 2026 0001 or CR 2026 0002", LETTERED, ["CR20260001", "CR20260002"]),
        ("CR20260001 CR20260001", LETTERED, ["CR20260001"]),
        ("CR 2026 0001 CR 2026", LETTERED, ["CR20260001"]),
        ("2026 0001", DIGITS, ["20260001"]),
        ("2026 0001 and 55", DIGITS, ["20260001"]),
        ("call 907 555 0134 about 2026 0001", DIGITS, ["20260001"]),
        ("on 2026-06-10 about 123456", DIGITS, ["123456"]),
        ("on June 10, 2026 about 123456", DIGITS, ["123456"]),
        ("CR - 2026 - 0001", LETTERED, ["CR20260001"]),
        ("case CR \u2013 2026 / 0001, thanks", LETTERED, ["CR20260001"]),
        ("CR20260001 - CR20260002", LETTERED, ["CR20260001", "CR20260002"]),
        ("1 - CR20260001", LETTERED, ["CR20260001"]),
        ("дело 2026 0001 спасибо", DIGITS, ["20260001"]),
        ("2026 дело 0001", DIGITS, ["2026", "0001"]),
    ],
)
def test_what_a_courts_pattern_finds_comes_first(sentence: str, patterns: tuple[str, ...], found: list[str]) -> None:
    assert candidates(sentence, patterns)[: len(found)] == found


def test_a_pattern_is_believed_over_what_looks_like_a_telephone_number_only_if_it_is_all_there_is() -> None:
    assert candidates("907 555 0134", (r"\d{10}",)) == ["9075550134"]
    assert candidates("call me at 907 555 0134 please", (r"\d{10}",)) == []


def test_of_two_numbers_that_share_a_piece_the_longer_is_meant() -> None:
    assert candidates("11 2222 33", (r"\d{6}", r"\d{8}")) == ["11222233"]


def test_a_text_is_read_up_to_a_bound() -> None:
    padding = "x" * (LONGEST_TEXT - len(" 123456"))

    assert candidates(f"{padding} 123456", (r"\d{6}",)) == ["123456"]
    assert candidates(f"{padding}x 123456", (r"\d{6}",)) == []


@given(
    st.from_regex(r"CR[0-9]{8}", fullmatch=True),
    st.sampled_from([" ", "-", ".", "/", "_", " - "]),
    st.integers(2, 9),
    st.sampled_from(["", "hello ", "is it ", "№ ", "(", "please: "]),
    st.sampled_from(["", " thanks", "?", ")", " и спасибо"]),
)
def test_a_number_is_found_wherever_it_stands_and_is_parted(
    number: str, between: str, place: int, before: str, after: str
) -> None:
    parted = f"{number[:place]}{between}{number[place:]}"

    assert number in candidates(f"{before}{parted}{after}", LETTERED)


@given(st.text(alphabet="abcCR0123456789 -.,#", max_size=60))
def test_with_a_pattern_whatever_is_found_fits_it_and_is_found_once(sentence: str) -> None:
    found = candidates(sentence, LETTERED)

    assert all(len(number) == 10 and number.startswith("CR") for number in found)
    assert len(set(found)) == len(found)
    assert all(number in fold(sentence) for number in found)
