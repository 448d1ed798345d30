"""A reader: the one who gets a text, as far as its language goes. Every sentence is made for one of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from gettext import NullTranslations

from babel import Locale
from babel.lists import format_list

from locales import catalogs
from locales.errors import UnspeakableError
from locales.languages import KNOWN
from locales.patterns import PATTERNS, DatePatterns

LANGUAGES: tuple[str, ...] = catalogs.languages()
"""The languages that have a catalog of texts; English first."""


class Direction(StrEnum):
    """Which way a script runs."""

    LTR = "ltr"
    RTL = "rtl"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reader:
    """One language's words, dates and manners; made by `reader()` and shared.

    `language` is what the person reads; `speaks` is the language of the texts, which is English while `language` has
    no catalog. `names_zone` adds the court's time zone to every time, for people who live in another one. `review` is
    the catalog's own statement, and `is_approved` whether a certified translator has signed it.
    """

    language: str
    speaks: str
    locale: Locale
    translations: NullTranslations
    direction: Direction
    patterns: DatePatterns
    review: str
    interpreter: str
    names_zone: bool

    @property
    def is_approved(self) -> bool:
        """Whether legal notices may leave in this language without the court's leave to send drafts."""
        return self.review.startswith("approved")

    def gettext(self, message: str, /, **facts: str) -> str:
        """Say a sentence with its facts.

        Facts named in MADE were put together here and go in as they are; every other one is cleaned and, in a text
        that runs from right to left, isolated.

        Raises:
            UnspeakableError: If a fact is missing or empty, or a placeholder would be left over.
        """
        if "case" in facts or "number" in facts:
            return self._put(_translated(self, message), facts)
        return _said(self, message, tuple(facts.items()))

    def ngettext(self, one: str, many: str, count: int, /, **facts: str) -> str:
        """Say a sentence in the plural form that `count` asks for; `count` is one of its facts.

        Raises:
            UnspeakableError: As `gettext` does.
        """
        return self._put(self.translations.ngettext(one, many, count), {**facts, "count": str(count)})

    def isolate(self, text: str) -> str:
        """Wrap a number, code or time so that a right-to-left text keeps its parts in order (U+2066 … U+2069)."""
        return f"\u2066{text}\u2069" if self.direction is Direction.RTL else text

    def fact(self, name: str, value: str | None) -> str:
        """Make a fact from outside fit to stand in a sentence.

        Raises:
            UnspeakableError: If there is nothing in it.
        """
        return _fact(self, name, value or "")

    def enumerated(self, things: Sequence[str]) -> str:
        """Put things that are worded already into one part of a sentence: "this, that, and the other"."""
        return format_list(things, locale=self.locale)

    def _put(self, sentence: str, facts: dict[str, str]) -> str:
        for name, value in facts.items():
            if not value or name not in MADE:
                facts[name] = _fact(self, name, value or "")
        try:
            said = sentence % facts
        except (KeyError, TypeError, ValueError) as error:
            raise UnspeakableError(f"a sentence and its facts do not fit: {sentence}") from error
        refuse_leftovers(said)
        return said.replace("..", ".") if ".." in said else said  # "at 9:30 a.m." at the end of a sentence


MADE = frozenset({"when", "new", "old", "place", "count", "as_of", "options", "clock"})
"""Names of facts that `locales` itself has put together, so they must not be cleaned or isolated again."""

_NUMBERS = frozenset({"case", "number", "phone", "example"})
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
_TYPOGRAPHY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Make one line of plain characters: no controls, no bidirectional marks, no typographic quotes, dashes or spaces.

    Any of those would turn an English text into UCS-2, or let a value from outside reorder the text around it.
    Letters are never touched.
    """
    return " ".join(_INVISIBLE.sub("", text).translate(_TYPOGRAPHY).split())


@lru_cache(maxsize=4096)
def _fact(reader: Reader, name: str, value: str) -> str:
    said = clean(value)
    if not said:
        raise UnspeakableError(f"{name} is missing")
    if reader.direction is Direction.LTR:
        return said
    return reader.isolate(said) if name in _NUMBERS else f"\u2068{said}\u2069"


@lru_cache(maxsize=4096)  # more than there are sentences in all languages
def _translated(reader: Reader, message: str) -> str:
    return reader.translations.gettext(message)


@lru_cache(maxsize=4096)
def _said(reader: Reader, message: str, facts: tuple[tuple[str, str], ...]) -> str:
    """Say a sentence that names no case: many people get the same one, with a court's phone or a courtroom in it."""
    return reader._put(_translated(reader, message), dict(facts))  # noqa: SLF001 - a cached method of its own


def refuse_leftovers(text: str) -> None:
    """Raise `UnspeakableError` if a placeholder is left in a text."""
    if "%(" in text or "{" in text or "}" in text:
        raise UnspeakableError("a placeholder is left in the text")


@cache
def reader(language: str, *, names_zone: bool = False) -> Reader:
    """Return the reader of a language tag of KNOWN, the same object each time.

    A language without a catalog, or one we do not know, is spoken to in English; `interpreter` then holds the line
    that offers an interpreter in the person's language, where we have one.
    """
    speaks = language if language in LANGUAGES else catalogs.SOURCE_LANGUAGE
    locale = Locale.parse(KNOWN[speaks].locale)
    return Reader(
        language=language,
        speaks=speaks,
        locale=locale,
        translations=catalogs.translations(speaks),
        direction=Direction(locale.text_direction),
        patterns=PATTERNS[speaks],
        review=catalogs.review(speaks),
        interpreter=KNOWN[language].interpreter if language in KNOWN and speaks != language else "",
        names_zone=names_zone,
    )


def load_all() -> None:
    """Load every language's catalog and patterns: whoever is the first to read one would wait for that."""
    for language in LANGUAGES:
        for names_zone in (False, True):
            strict(reader(language, names_zone=names_zone))


@cache
def strict(reader: Reader) -> Reader:
    """Return the same reader, but one whose gaps raise `UntranslatedError` where `reader` would say it in English."""
    return replace(reader, translations=catalogs.strict_translations(reader.speaks))


@cache
def in_english(reader: Reader) -> Reader:
    """Return who gets an English text with a line in their own language below it, because a sentence is missing."""
    english = reader_of_source(names_zone=reader.names_zone)
    known = KNOWN.get(reader.language)
    return replace(english, language=reader.language, interpreter=known.interpreter if known else "")


def reader_of_source(*, names_zone: bool) -> Reader:
    """Return the reader of English."""
    return reader(catalogs.SOURCE_LANGUAGE, names_zone=names_zone)
