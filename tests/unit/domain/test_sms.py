"""The size of a text, held against a slow oracle that fills parts one character at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sms import GSM7_BASIC, GSM7_EXTENSION, Encoding, Segments, measure, plain_for_sms

GSM7 = st.text(st.sampled_from(sorted(GSM7_BASIC | GSM7_EXTENSION)), max_size=700)
MOSTLY_EXTENSION = st.text(st.sampled_from("a€[]^"), max_size=500)
ANYTHING = st.text(st.sampled_from("aя中é😀👍🏽\u202f€ "), max_size=400)


def slowly(text: str) -> Segments:
    """Count the parts of a text by filling them one after another."""
    is_gsm7 = all(character in GSM7_BASIC or character in GSM7_EXTENSION for character in text)
    sizes = [
        (2 if character in GSM7_EXTENSION else 1) if is_gsm7 else len(character.encode("utf-16-le")) // 2
        for character in text
    ]
    encoding, single, part = (Encoding.GSM7, 160, 153) if is_gsm7 else (Encoding.UCS2, 70, 67)
    if sum(sizes) <= single:
        return Segments(encoding, sum(sizes), 1, single - sum(sizes))
    parts = [0]
    for size in sizes:
        if parts[-1] + size > part:
            parts.append(0)
        parts[-1] += size
    return Segments(encoding, sum(sizes), len(parts), part - parts[-1])


@given(GSM7)
def test_gsm7_texts_measure_as_the_oracle_says(text: str) -> None:
    assert measure(text) == slowly(text)


@given(MOSTLY_EXTENSION)
def test_extension_characters_are_never_split_over_parts(text: str) -> None:
    assert measure(text) == slowly(text)


@given(ANYTHING)
def test_ucs2_texts_measure_as_the_oracle_says(text: str) -> None:
    assert measure(text) == slowly(text)


@given(st.text(max_size=300))
def test_any_text_measures_as_the_oracle_says(text: str) -> None:
    assert measure(text) == slowly(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(Encoding.GSM7, 0, 1, 160)),
        ("a" * 160, Segments(Encoding.GSM7, 160, 1, 0)),
        ("a" * 161, Segments(Encoding.GSM7, 161, 2, 145)),
        ("a" * 306, Segments(Encoding.GSM7, 306, 2, 0)),
        ("a" * 307, Segments(Encoding.GSM7, 307, 3, 152)),
        ("€" * 80, Segments(Encoding.GSM7, 160, 1, 0)),
        ("€" * 81, Segments(Encoding.GSM7, 162, 2, 143)),
        ("a" * 152 + "€" + "a" * 10, Segments(Encoding.GSM7, 164, 2, 141)),
        ("я" * 70, Segments(Encoding.UCS2, 70, 1, 0)),
        ("я" * 71, Segments(Encoding.UCS2, 71, 2, 63)),
        ("я" * 66 + "😀" + "я" * 3, Segments(Encoding.UCS2, 71, 2, 62)),
        ("9:30\u202fAM", Segments(Encoding.UCS2, 7, 1, 63)),
    ],
)
def test_known_texts_measure_as_a_carrier_bills_them(text: str, expected: Segments) -> None:
    assert measure(text) == expected


@pytest.mark.parametrize("letter", "àéùìòñÑüäöåÇÉ¿¡ßÆØ")
def test_letters_of_the_gsm_alphabet_do_not_make_a_text_ucs2(letter: str) -> None:
    assert measure(letter).encoding is Encoding.GSM7


@pytest.mark.parametrize("letter", "áíóúâêçãõ")
def test_letters_outside_the_gsm_alphabet_make_the_whole_text_ucs2(letter: str) -> None:
    assert measure("plain words and " + letter).encoding is Encoding.UCS2


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("9:30\u202fAM", "9:30 AM"),
        ("a\u00a0b", "a b"),
        ("\u201cCourt\u201d and \u2018case\u2019", "\"Court\" and 'case'"),
        ("9\u201310 \u2014 now\u2026", "9-10 - now..."),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("José Peña está aquí", "José Peña está aquí"),
        ("\u2067عربي\u2069", "\u2067عربي\u2069"),
    ],
)
def test_only_look_alikes_are_made_plain(typed: str, plain: str) -> None:
    assert plain_for_sms(typed) == plain


@given(st.text(max_size=200))
def test_making_plain_keeps_every_letter_and_digit(text: str) -> None:
    def letters(of: str) -> list[str]:
        return [character for character in of if character.isalnum()]

    # U+02BC is a letter to Unicode and an apostrophe to everybody who types it.
    assert letters(plain_for_sms(text)) == letters(text.replace("\u02bc", "'"))


@given(st.text(max_size=200))
def test_making_plain_twice_changes_nothing(text: str) -> None:
    assert plain_for_sms(plain_for_sms(text)) == plain_for_sms(text)
