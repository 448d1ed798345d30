"""Compares the languages for facts: a text that says 11:00 in one and 11:30 in another sends somebody home too late."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir

from domain.sms import Encoding, measure
from locales import catalogs
from locales.languages import KNOWN
from locales.lint_rules import Rule, compare, placeholders
from locales.lint_words import WORDS
from locales.patterns import PATTERNS

REVIEW = re.compile(
    r"draft; awaits review by a certified translator|approved by .+ on \d{4}-\d{2}-\d{2}(?:; .+)?",
)
"""What a catalog may state of its review: nothing between a draft and a signature with its date."""

ENGLISH_SEGMENTS, OTHER_SEGMENTS = 2, 5
"""What one sentence may cost by itself; a whole text is held to its budget by the unit tests of `locales.letters`."""

COUNTS: Final = (*range(1001), 10**6)
_ORDER = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to put right. `sentence` is the English one, empty where the whole catalog is meant."""

    language: str
    rule: Rule
    sentence: str
    detail: str

    def __str__(self) -> str:
        where = f' in "{self.sentence}"' if self.sentence else ""
        return f"{self.language}: {self.rule}{where}: {self.detail}"


def check(folder: Path = catalogs.FOLDER, texts: Path = catalogs.TEXTS) -> list[Finding]:
    """Check the English sentences and every catalog in a folder against each other; nothing found is an empty list.

    `folder` holds `usher.pot` and `<language>/LC_MESSAGES/usher.po`; `texts` is the package the sentences stand in.
    """
    english = extracted(texts)
    found = list(check_english(english, catalogs.read(folder / "usher.pot")))
    for path in sorted(folder.glob("*/LC_MESSAGES/usher.po")):
        language = path.parent.parent.name
        found += check_catalog(language, catalogs.read(path, language), english)
    return sorted(set(found))


def extracted(texts: Path) -> dict[str, str | None]:
    """Read the sentences out of the code: the English (singular), and its plural or None."""
    found: dict[str, str | None] = {}
    for _, _, message, _, _ in extract_from_dir(texts):
        match message:
            case (str() as one, str() as many, *_):
                found[one] = many
            case str() as sentence:
                found[sentence] = None
            case _:
                continue
    return found


def check_english(english: Mapping[str, str | None], template: Catalog) -> Iterator[Finding]:
    """Check the sentences as they stand in the code, and that the template was extracted from them."""
    for one, many in english.items():
        for sentence in filter(None, (one, many)):
            size = measure(sentence)
            if size.encoding is not Encoding.GSM7:
                yield Finding("en", Rule.ALPHABET, sentence, "it would cost more than twice as much")
            if size.count > ENGLISH_SEGMENTS:
                yield Finding("en", Rule.LENGTH, sentence, f"{size.count}, and {ENGLISH_SEGMENTS} is the most")
            for rule, detail in compare("en", sentence, sentence):
                if rule is not Rule.COPIED:
                    yield Finding("en", rule, sentence, detail)
    for sentence in set(english) ^ set(catalogs.sentences(template)):
        yield Finding("en", Rule.TEMPLATE, sentence, "in the code" if sentence in english else "in the template")


def check_catalog(language: str, catalog: Catalog, english: Mapping[str, str | None]) -> Iterator[Finding]:
    """Check one language: its header, that all is said and nothing else, and every sentence fact by fact."""
    yield from _check_header(language, catalog)
    messages = {_english(message): message for message in catalog if message.id}
    for sentence in messages.keys() - english.keys():
        yield Finding(language, Rule.UNUSED, sentence, "run pybabel update")
    for sentence, plural in english.items():
        message = messages.get(sentence)
        if message is None:
            yield Finding(language, Rule.MISSING, sentence, "not in the catalog: run pybabel update")
            continue
        yield from (
            Finding(language, rule, sentence, detail)
            for rule, detail in _check_message(language, catalog, message, plural or sentence)
        )


def _check_header(language: str, catalog: Catalog) -> Iterator[Finding]:
    if not REVIEW.fullmatch(catalogs.review_of(catalog)):
        yield Finding(language, Rule.REVIEW, "", f"it says {catalogs.review_of(catalog)!r}")
    for table, name in ((KNOWN, "languages"), (PATTERNS, "patterns"), (WORDS, "lint_words")):
        if language not in table:
            yield Finding(language, Rule.TABLES, "", f"locales/{name}.py")
    wanted = _plural_tags(language)
    if catalog.num_plurals != len(wanted):
        yield Finding(
            language, Rule.PLURALS, "", f"{catalog.num_plurals} forms, not {len(wanted)}: {', '.join(wanted)}"
        )
        return
    chosen, rule = c2py(catalog.plural_expr), Locale.parse(language).plural_form
    if wrong := [n for n in COUNTS if wanted[chosen(n)] != rule(n)]:
        yield Finding(language, Rule.PLURALS, "", f"{wrong[0]} is {rule(wrong[0])}, not {wanted[chosen(wrong[0])]}")


def _check_message(language: str, catalog: Catalog, message: Message, english: str) -> Iterator[tuple[Rule, str]]:
    if message.fuzzy:
        yield Rule.FUZZY, str(message.string)
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not forms or not all(forms) or (message.pluralizable and len(forms) != catalog.num_plurals):
        yield Rule.MISSING, f"{sum(map(bool, forms))} of {catalog.num_plurals if message.pluralizable else 1} forms"
        return
    if (longest := max(measure(said).count for said in forms)) > OTHER_SEGMENTS:
        yield Rule.LENGTH, f"{longest}, and {OTHER_SEGMENTS} is the most"
    for index, said in enumerate(forms):
        exact = message.pluralizable and index in _exact_forms(catalog.plural_expr)
        yield from compare(language, english, said, may_omit_count=exact and "count" in placeholders(english))


@cache
def _plural_tags(language: str) -> tuple[str, ...]:
    """Name the plural categories of a language in the order of CLDR, which is the order of the forms in a catalog."""
    tags = {*Locale.parse(language).plural_form.tags, "other"}
    return tuple(tag for tag in _ORDER if tag in tags)


@cache
def _exact_forms(expression: str) -> frozenset[int]:
    """Return the forms that stand for one number only."""
    chosen = [c2py(expression)(n) for n in COUNTS]
    return frozenset(form for form in set(chosen) if chosen.count(form) == 1)


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
