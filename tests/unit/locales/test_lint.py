"""The lint of languages: it passes what is here, and finds each classic defect when it is put in."""

# ruff: noqa: RUF001 - the defects are spelled in the letters in which they were made

from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from locales import catalogs, lint
from locales.lint import Finding, check, check_catalog, check_english
from locales.lint_rules import Rule, compare, placeholders

ENGLISH = lint.extracted(catalogs.TEXTS)
PO = {tag: catalogs.path_of(tag).read_text(encoding="utf-8") for tag in ("es", "ar", "ru")}


def spoiled(language: str, old: str, new: str) -> list[Finding]:
    """Check a language in whose catalog `old` was replaced by `new`, once."""
    assert old in PO[language], "the test must really spoil something"
    catalog = read_po(BytesIO(PO[language].replace(old, new, 1).encode()), locale=language)
    return list(check_catalog(language, catalog, ENGLISH))


def test_what_is_here_says_the_same_in_every_language() -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("language", "old", "new", "rule"),
    [
        ("ru", 'msgstr "Место: %(place)s."', 'msgstr "Место: %(room)s."', Rule.PLACEHOLDERS),
        ("ru", 'msgstr "Место: %(place)s."', 'msgstr "Место: %(place)s, 50% "', Rule.PERCENT),
        ("es", "10 minutos antes:", "15 minutos antes:", Rule.NUMBERS),
        ("es", "Abra este enlace 10 minutos", "Abra este enlace diez minutos", Rule.NUMBERS),
        ("ar", "قبل 15 دقيقة", "قبل ١٥ دقيقة", Rule.DIGITS),
        ("ru", "НЕ приходите на него.", "Приходите на него.", Rule.POLARITY),
        ("es", "Tiene corte %(when)s.", "No tiene corte %(when)s.", Rule.POLARITY),
        ("es", "Tiene corte %(when)s.", "Tiene corte mañana, %(when)s.", Rule.RELATIVE),
        ("ru", "Даты могут измениться.", "Даты в May могут измениться.", Rule.CALENDAR),
        ("es", "Las fechas pueden cambiar.", "Las fechas del lunes pueden cambiar.", Rule.CALENDAR),
        ("es", "Responda STOP para", "Responda ALTO para", Rule.KEYWORDS),
        ("es", "¿Preguntas? Llame al %(phone)s.", "¿Preguntas?\u202fLlame al %(phone)s.", Rule.INVISIBLE),
        ("ru", 'msgstr "Даты могут измениться."', 'msgstr "Dates can change."', Rule.COPIED),
        ("ru", 'msgstr "Даты могут измениться."', 'msgstr ""', Rule.MISSING),
        ("ru", 'msgid "Dates can change."', '#, fuzzy\nmsgid "Dates can change."', Rule.FUZZY),
        ("ru", 'msgid "Dates can change."', 'msgid "Dates may change."', Rule.UNUSED),
        ("ru", 'msgid "Dates can change."', 'msgid "Dates may change."', Rule.MISSING),
        ("ru", 'msgstr "Даты могут измениться."', 'msgstr "Даты могут измениться. "', Rule.LINES),
        ("ar", "# X-Review: draft; awaits review by a certified translator\n", "", Rule.REVIEW),
        ("ar", "draft; awaits review", "draft, maybe", Rule.REVIEW),
        ("ru", "Даты могут измениться.", "Даты могут измениться. " * 20 + "Да.", Rule.LENGTH),
        ("ru", "nplurals=4;", "nplurals=3;", Rule.PLURALS),
        ("es", "(n == 1 ? 0 : n != 0", "(n <= 1 ? 0 : n != 0", Rule.PLURALS),
        ("ru", "впереди %(count)s заседаний.", "впереди много заседаний.", Rule.PLACEHOLDERS),
        ("ru", "впереди %(count)s заседание.", "впереди одно заседание.", Rule.PLACEHOLDERS),  # 21 is this form too
    ],
)  # fmt: skip
def test_a_defect_that_is_put_in_is_found(language: str, old: str, new: str, rule: Rule) -> None:
    assert rule in {finding.rule for finding in spoiled(language, old, new)}


CLASSICS = [
    # the faults of the field: what was said in English, what a translation made of it
    ("es", "Court is at 11:00.", "La corte es a las 11:30.", Rule.NUMBERS),
    ("ru", "Court is at 11:00.", "Суд в 11:30.", Rule.NUMBERS),
    ("ru", "Court is on %(when)s.", "Суд: Monday, %(when)s.", Rule.CALENDAR),
    ("es", "See https://court.example.gov/help", "Vea https//court.example.gov/help", Rule.BROKEN_LINK),
    ("es", "See https://court.example.gov/help", "Vea https:/court.example.gov/help", Rule.BROKEN_LINK),
    ("es", "See https://court.example.gov/help", "Vea http://court.example.gov/help", Rule.LINKS),
    ("es", "Call 907-555-0100.", "Llame al 907-555-0101.", Rule.PHONES),
    ("ar", "You do not have to come.", "عليك الحضور.", Rule.POLARITY),
    ("ar", "You have to come.", "لا يجب عليك الحضور.", Rule.POLARITY),
    ("ru", "Court is tomorrow.", "Суд скоро.", Rule.RELATIVE),
    ("es", "Reply STOP.", "Responda STOP o START.", Rule.KEYWORDS),
    ("es", "It is %(count)s days.", "Son %(count) s días.", Rule.PLACEHOLDERS),
    ("es", "Come.\nBring ID.", "Venga. Traiga su ID.", Rule.LINES),
    ("es", "Room 4", "Sala 4\u200b", Rule.INVISIBLE),
    ("xx", "Room %(room)s", "Zimmer %(room)s", Rule.TABLES),
]


@pytest.mark.parametrize(("language", "english", "said", "rule"), CLASSICS)
def test_a_classic_fault_is_found(language: str, english: str, said: str, rule: Rule) -> None:
    assert rule in dict(compare(language, english, said))


@pytest.mark.parametrize(
    ("language", "english", "said"),
    [
        ("es", "Call 907-555-0100 at 9:30.", "Llame al 907-555-0100 a las 9:30."),
        ("es", "Phone +1 907 555 0100", "Teléfono +1 907-555-0100"),  # the same number, written the local way
        ("ru", "Do NOT come on %(when)s.", "НЕ приходите %(when)s."),
        ("ar", "If you cannot come, call.", "إن لم تستطع الحضور، فاتصل."),
        ("es", "See https://court.example.gov/help", "Vea https://court.example.gov/help"),
        ("ru", "Court is tomorrow.", "Суд завтра."),
        ("es", "%(when)s - %(place)s", "%(when)s - %(place)s"),  # nothing in it to translate
    ],
)
def test_a_right_translation_passes(language: str, english: str, said: str) -> None:
    assert list(compare(language, english, said)) == []


def test_a_form_for_one_number_only_may_spell_it() -> None:
    assert list(compare("ar", "%(count)s days.", "يومان.", may_omit_count=True)) == []
    assert dict(compare("ar", "%(count)s days.", "يومان.")) == {Rule.PLACEHOLDERS: "count"}
    assert Rule.PLACEHOLDERS in dict(compare("ar", "%(count)s days.", "%(case)s", may_omit_count=True))


def test_a_template_that_was_not_extracted_again_is_found(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text('def new(r): return r.gettext("A new sentence.")\n', encoding="utf-8")
    found = {(one.language, one.rule) for one in check(texts=tmp_path) if "new sentence" in one.sentence}
    assert found == {("en", Rule.TEMPLATE), ("es", Rule.MISSING), ("ar", Rule.MISSING), ("ru", Rule.MISSING)}


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Don\u2019t be late.", Rule.ALPHABET),
        ("Wait \u2013 there is more.", Rule.ALPHABET),
        ("It is at 9:30\u202fa.m.", Rule.INVISIBLE),
        ("Pay 50% of it.", Rule.PERCENT),
        ("See https//court.example.gov", Rule.BROKEN_LINK),
        ("Come, and come, and come again. " * 10 + "Come.", Rule.LENGTH),
    ],
)
def test_english_is_checked_too(sentence: str, rule: Rule) -> None:
    assert (sentence, rule) in {(found.sentence, found.rule) for found in check_english({sentence: None}, Catalog())}


@pytest.mark.parametrize("language", ["es", "ar", "ru"])
def test_the_forms_of_a_catalog_are_the_plural_rules_of_the_language(language: str) -> None:
    catalog = catalogs.read(catalogs.path_of(language), language)
    assert catalog.num_plurals == len(Locale.parse(language).plural_form.tags | {"other"})
    assert {"es": 3, "ar": 6, "ru": 4}[language] == catalog.num_plurals


def test_placeholders_are_read_in_any_order() -> None:
    assert placeholders("%(when)s: case %(case)s") == ["case", "when"] == placeholders("%(case)s, %(when)s")


def test_a_finding_says_where_it_is() -> None:
    [finding] = spoiled("ru", 'msgstr "Даты могут измениться."', 'msgstr ""')
    assert str(finding) == 'ru: no translation in "Dates can change.": 0 of 1 forms'
    assert str(Finding("ru", Rule.REVIEW, "", "x")) == f"ru: {Rule.REVIEW}: x"


@pytest.mark.parametrize(
    ("statement", "is_valid"),
    [
        ("draft; awaits review by a certified translator", True),
        ("approved by N. Example, certified translator, on 2026-12-01", True),
        ("approved", False),
        ("looks good to me", False),
    ],
)
def test_a_catalog_is_a_draft_or_signed_with_a_date(statement: str, is_valid: bool) -> None:  # noqa: FBT001 - a table
    assert bool(lint.REVIEW.fullmatch(statement)) is is_valid
