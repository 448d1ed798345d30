"""Names, roles, languages and the types of phones as feeds write them."""

import pytest

from domain import names
from domain.calendar_words import LANGUAGES, MODES, ROLES, STATUSES, TAGS, language_tag, takes_texts
from domain.hearing import HearingStatus, Mode
from domain.names import Split
from domain.roles import Role
from locales.languages import KNOWN


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        ("DOE, JANE", Split("JANE", "DOE")),
        ("Doe, Jane Ann", Split("Jane Ann", "Doe")),
        ("Jane Doe", Split("Jane", "Doe")),
        ("Jane  Ann   Doe", Split("Jane Ann", "Doe")),
        ("Doe", Split("", "Doe")),
        ("FNU, LNU", Split("", "")),
        ("LNU, Maria", Split("Maria", "")),
        ("", Split("", "")),
    ],
)
def test_a_name_in_one_column_is_taken_apart(whole: str, expected: Split) -> None:
    assert names.split(whole) == expected


@pytest.mark.parametrize("placeholder", ["FNU", "lnu", "UNKNOWN", " n/a ", "?", ""])
def test_a_placeholder_is_no_name(placeholder: str) -> None:
    assert names.tidy(placeholder) == ""


@pytest.mark.parametrize(
    ("damaged", "mended"),
    [("JosÃ©", "José"), ("MuÃ±oz", "Muñoz"), ("BjÃ¶rn", "Björn"), ("Jos�", None), ("ÐÐ²Ð°Ð½", None)],
)
def test_a_damaged_name_is_noticed_and_mended_where_it_can_be(damaged: str, mended: str | None) -> None:
    assert names.is_damaged(damaged)
    assert names.repaired(damaged) == mended


@pytest.mark.parametrize("name", ["José", "Muñoz", "Ñandú", "Åsa", "Đặng", "Иван", "O'Brien", "Ana-María", "Ñuñez"])
def test_a_name_with_marks_is_not_damaged(name: str) -> None:
    assert not names.is_damaged(name)


@pytest.mark.parametrize(
    ("feeds", "tag"),
    [
        ("Spanish", "es"),
        ("es-MX", "es"),
        ("es_US", "es"),
        ("SPA", "es"),
        ("en-US", "en"),
        ("zh-CN", "zh_Hans"),
        ("zh_Hans", "zh_Hans"),
        ("Mandarin", "zh_Hans"),
        ("zh-TW", None),
        ("pt-BR", "pt_BR"),
        ("Tagalog", "fil"),
        ("Haitian Creole", "ht"),
        ("Yup'ik", None),
        ("", None),
    ],
)
def test_a_language_of_a_feed_is_one_of_ours_or_none(feeds: str, tag: str | None) -> None:
    assert language_tag(feeds) == tag


def test_every_language_that_a_feed_can_mean_is_one_that_usher_knows() -> None:
    assert set(KNOWN) >= TAGS
    assert {language_tag(tag) for tag in KNOWN} == set(KNOWN) == set(LANGUAGES.values())


@pytest.mark.parametrize("phone_type", ["Cell", "CELL PHONE", "MOBILE", "mobile phone", "", "Home", "text"])
def test_a_cell_phone_is_usable_however_it_is_called(phone_type: str) -> None:
    assert takes_texts(phone_type)


@pytest.mark.parametrize("phone_type", ["Fax", "LANDLINE", "Work", "office phone", "Pager"])
def test_a_phone_that_others_read_or_that_takes_no_text_is_not(phone_type: str) -> None:
    assert not takes_texts(phone_type)


@pytest.mark.parametrize(
    ("words", "said", "meant"),
    [
        (ROLES, "def", Role.DEFENDANT),
        (ROLES, "defendant", Role.DEFENDANT),
        (ROLES, "plaintiff", Role.PETITIONER),
        (ROLES, "atty", Role.ATTORNEY),
        (MODES, "zoom", Mode.VIDEO),
        (MODES, "telephonic", Mode.PHONE),
        (STATUSES, "canceled", HearingStatus.CANCELLED),
        (STATUSES, "vacated", HearingStatus.CANCELLED),
    ],
)
def test_the_words_of_feeds_mean_ours(words: dict[str, object], said: str, meant: object) -> None:
    assert words[said] is meant


def test_every_word_is_kept_as_it_is_looked_up() -> None:
    assert all(word == word.casefold() for words in (ROLES, MODES, STATUSES, LANGUAGES) for word in words)
