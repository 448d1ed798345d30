"""Readers: whose language is asked for, what is done to facts from outside, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sms import Encoding, measure
from locales import catalogs
from locales.errors import UnspeakableError, UntranslatedError
from locales.languages import KNOWN, negotiate
from locales.patterns import PATTERNS
from locales.reader import LANGUAGES, Direction, clean, in_english, load_all, reader, refuse_leftovers, strict


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("es", "es"), ("es-MX", "es"), ("es_US", "es"), ("ES-419", "es"), ("ar_EG", "ar"), ("ar-001", "ar"),
        ("ru-RU", "ru"), ("en-GB", "en"), (" en ", "en"), ("zh", "zh_Hans"), ("zh-CN", "zh_Hans"),
        ("zh-Hans-SG", "zh_Hans"), ("zh-TW", None), ("zh-Hant", None), ("zh_HK", None), ("cmn-Hans", "zh_Hans"),
        ("pt", "pt_BR"), ("pt-PT", "pt_BR"), ("tl", "fil"), ("tl-PH", "fil"), ("fil", "fil"), ("uk-UA", "uk"),
        ("ht", "ht"), ("ko-KR", "ko"), ("vi", "vi"), ("fr-CA", "fr"), ("tlh", None), ("", None), ("x", None),
        ("english", None), ("e", None),
    ],
)  # fmt: skip
def test_a_tag_finds_its_language(tag: str, expected: str | None) -> None:
    assert negotiate(tag) == expected


def test_four_languages_have_texts_and_twelve_have_a_line() -> None:
    assert LANGUAGES == ("en", "ar", "es", "ru")
    assert set(KNOWN) == {"en", "es", "ar", "ru", "zh_Hans", "vi", "uk", "ht", "pt_BR", "ko", "fil", "fr"}
    assert all("{phone}" in known.interpreter for tag, known in KNOWN.items() if tag != "en")
    assert set(PATTERNS) == set(LANGUAGES)
    assert len({known.self_name for known in KNOWN.values()}) == len(KNOWN)


def test_a_reader_is_made_once_and_knows_its_manners() -> None:
    assert reader("es") is reader("es")
    assert reader("es") is not reader("es", names_zone=True)
    assert [reader(tag).direction for tag in LANGUAGES] == [Direction.LTR, Direction.RTL, Direction.LTR, Direction.LTR]
    assert str(reader("es").locale) == "es_US"


def test_every_translation_is_a_draft_until_somebody_signs_it() -> None:
    assert reader("en").is_approved
    assert [reader(tag).is_approved for tag in ("es", "ar", "ru")] == [False, False, False]
    assert reader("ru").review == "draft; awaits review by a certified translator"


@pytest.mark.parametrize("tag", ["vi", "zh_Hans", "ht", "tlh"])
def test_a_language_without_texts_is_spoken_to_in_english(tag: str) -> None:
    asked = reader(tag)
    assert (asked.language, asked.speaks) == (tag, "en")
    assert asked.gettext("Dates can change.") == "Dates can change."
    assert bool(asked.interpreter) == (tag in KNOWN)


def test_a_sentence_takes_its_facts() -> None:
    assert reader("ru").gettext("Case %(case)s.", case="3RB-26-00142CR") == "Дело 3RB-26-00142CR."
    assert reader("ar").gettext("Case %(case)s.", case="3RB-26-00142CR") == "القضية \u20663RB-26-00142CR\u2069."


@pytest.mark.parametrize("facts", [{}, {"case": ""}, {"case": "  "}, {"case": "\u200b"}, {"number": "1"}])
def test_a_missing_or_empty_fact_is_refused(facts: dict[str, str]) -> None:
    with pytest.raises(UnspeakableError):
        reader("en").gettext("Case %(case)s.", **facts)


@pytest.mark.parametrize("leak", ["{name}", "%(name)s", "a } b", "{{ name }}"])
def test_a_placeholder_that_is_left_over_is_refused(leak: str) -> None:
    with pytest.raises(UnspeakableError):
        reader("en").gettext("Case %(case)s.", case=leak)
    with pytest.raises(UnspeakableError):
        refuse_leftovers(f"You have court {leak}.")


def test_a_refusal_names_no_fact() -> None:
    with pytest.raises(UnspeakableError) as refused:
        reader("en").gettext("Case %(case)s. %(phone)s", case="3RB-26-00142CR {leak}")
    assert "3RB" not in str(refused.value)


def test_a_time_at_the_end_of_a_sentence_has_one_full_stop() -> None:
    assert reader("en").gettext("The time is the same: %(when)s.", when="9:30 a.m.").endswith("9:30 a.m.")
    assert reader("es").gettext("The time is the same: %(when)s.", when="9:30 a. m.").endswith("9:30 a. m.")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Courtroom\u00a0D", "Courtroom D"),
        ("  Courtroom \n D  ", "Courtroom D"),
        ("Judge\u2019s room", "Judge's room"),
        ("Room 4 \u2013 \u201cAnnex\u201d", 'Room 4 - "Annex"'),
        ("A\u202eB\u2069C\u200f", "ABC"),
        ("Sala Peña", "Sala Peña"),
        ("Зал 4", "Зал 4"),
        ("\x07Room\u00ad 4\ufeff", "Room 4"),
    ],
)
def test_facts_from_outside_become_plain_characters(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.text())
def test_a_fact_cannot_break_out_of_its_isolate(raw: str) -> None:
    asked = reader("ar")
    if not clean(raw) or set("{}") & set(clean(raw)) or "%(" in clean(raw):
        with pytest.raises(UnspeakableError):
            asked.gettext("Case %(case)s.", case=raw)
        return
    said = asked.gettext("Case %(case)s.", case=raw)
    assert [character for character in said if "\u2066" <= character <= "\u2069"] == ["\u2066", "\u2069"]
    assert "\n" not in said


@given(st.text())
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


def test_only_texts_from_right_to_left_are_isolated() -> None:
    assert [reader(tag).isolate("9:30") for tag in LANGUAGES] == ["9:30", "\u20669:30\u2069", "9:30", "9:30"]
    assert reader("ar").fact("court", "Riverbend Court") == "\u2068Riverbend Court\u2069"
    assert reader("ar").fact("phone", "907-555-0100") == "\u2066907-555-0100\u2069"
    assert reader("ru").fact("court", "Riverbend Court") == "Riverbend Court"


def test_a_strict_reader_refuses_what_is_not_translated() -> None:
    assert reader("es").gettext("There is no such sentence.") == "There is no such sentence."
    with pytest.raises(UntranslatedError):
        strict(reader("es")).gettext("There is no such sentence.")
    with pytest.raises(UntranslatedError):
        strict(reader("es")).ngettext("There is no such thing.", "There are no such things.", 2)
    assert strict(reader("es")).gettext("Dates can change.") == "Las fechas pueden cambiar."
    assert strict(reader("en")).gettext("Anything English.") == "Anything English."


def test_who_is_spoken_to_in_english_for_want_of_a_sentence_is_offered_an_interpreter() -> None:
    asked = in_english(reader("ru", names_zone=True))
    assert (asked.speaks, asked.language, asked.names_zone) == ("en", "ru", True)
    assert asked.interpreter == KNOWN["ru"].interpreter


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("en", {1: "1 more hearing", 2: "2 more hearings", 5: "5 more hearings"}),
        ("es", {1: "1 audiencia más", 2: "2 audiencias más", 1_000_000: "1000000 de audiencias más"}),
        ("ru", {1: "1 заседание", 2: "2 заседания", 5: "5 заседаний", 11: "11 заседаний", 21: "21 заседание"}),
        (
            "ar",
            {
                1: "وجلسة أخرى",
                2: "وجلستان أخريان",
                3: "و3 جلسات",
                11: "و11 جلسة",
                100: "و100 جلسة",
                103: "و103 جلسات",
            },
        ),
    ],
)
def test_each_language_counts_in_its_own_forms(language: str, counted: dict[int, str]) -> None:
    for count, expected in counted.items():
        said = reader(language).ngettext(
            "And %(count)s more hearing later.", "And %(count)s more hearings later.", count
        )
        assert expected in said


def test_every_english_sentence_fits_the_sms_alphabet() -> None:
    sentences = list(catalogs.sentences(catalogs.read(catalogs.TEMPLATE)))
    assert len(sentences) > 100
    assert [sentence for sentence in sentences if measure(sentence).encoding is not Encoding.GSM7] == []


def test_after_all_catalogs_were_loaded_no_reader_waits_for_one() -> None:
    load_all()
    before = (reader.cache_info().misses, strict.cache_info().misses)

    for language in LANGUAGES:
        for names_zone in (False, True):
            strict(reader(language, names_zone=names_zone))

    assert (reader.cache_info().misses, strict.cache_info().misses) == before
