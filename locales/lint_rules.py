"""What must be the same in two languages, rule by rule: an English sentence beside what stands for it."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache

from locales.lint_words import WORDS, calendar_words


class Rule(StrEnum):
    """What a finding is about."""

    PLACEHOLDERS = "placeholders differ"
    PERCENT = "a stray percent sign"
    NUMBERS = "numbers or times differ"
    DIGITS = "digits must be 0 to 9"
    PHONES = "phone numbers differ"
    LINKS = "links differ"
    BROKEN_LINK = "a link is broken"
    KEYWORDS = "words that people send back differ"
    POLARITY = "one says not, the other does not"
    RELATIVE = "today or tomorrow is said in one only"
    CALENDAR = "a month or weekday is spelled out"
    INVISIBLE = "an invisible or typographic character"
    COPIED = "still in English"
    LINES = "lines or outer spaces differ"
    MISSING = "no translation"
    FUZZY = "fuzzy: the English changed, the translation must be read again"
    UNUSED = "no such English sentence any more"
    PLURALS = "plural forms are not those of the language"
    REVIEW = "the catalog does not state its review (X-Review)"
    TABLES = "the language lacks a table in locales"
    TEMPLATE = "usher.pot is stale: extract it again"
    LENGTH = "too many SMS segments for one sentence"
    ALPHABET = "English that does not fit the SMS alphabet GSM-7"


_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"\d+(?:[:.,]\d+)*")
_PHONE = re.compile(r"\+?\d[\d ().-]{5,}\d")
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s%,;]+")
_BROKEN_LINK = re.compile(
    r"\b(?:https?(?!://)[:/ ]+\S|https?://(?:[\s/]|$)|(?:ttps?|htp|htps|hhtps?)://)", re.IGNORECASE
)
_KEYWORD = re.compile(r"(?<![A-Za-z])(?:STOP|START|HELP|WRONG|LANG)(?![A-Za-z])")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_UNSEEN = re.compile(
    r"[\u00a0\u00ad\u2007\u202f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u2018-\u201f\u2013\u2014\u2026]"
)


def placeholders(text: str) -> list[str]:
    """List the names of the facts that a sentence takes, in alphabetical order."""
    return sorted(_PLACEHOLDER.findall(text))


def compare(language: str, english: str, said: str, *, may_omit_count: bool = False) -> Iterator[tuple[Rule, str]]:
    """Go through what differs in fact between an English sentence and its translation.

    `may_omit_count`: the plural form stands for one number only, so it may spell that number ("one day", "two days").
    """
    missing = set(placeholders(english)) ^ set(placeholders(said))
    if missing - ({"count"} if may_omit_count and "count" not in placeholders(said) else set()):
        yield Rule.PLACEHOLDERS, ", ".join(sorted(missing))
    bare_english, bare = _PLACEHOLDER.sub("", english), _PLACEHOLDER.sub("", said)
    for rule, facts in _SAME.items():
        if facts(bare_english) != facts(bare):
            yield rule, f"{facts(bare_english)} became {facts(bare)}"
    for rule, pattern in _FORBIDDEN.items():
        if found := pattern.search(bare):
            yield rule, repr(found.group())
    if _shape(english) != _shape(said):
        yield Rule.LINES, f"{_shape(english)} became {_shape(said)}"
    yield from _words(language, bare_english, bare)
    if said == english and re.search(r"[^\W\d_]", bare_english):
        yield Rule.COPIED, said


def _words(language: str, english: str, said: str) -> Iterator[tuple[Rule, str]]:
    ours = WORDS.get(language)
    if ours is None:
        yield Rule.TABLES, "locales/lint_words.py"
        return
    for rule, source, target in (
        (Rule.POLARITY, WORDS["en"].negations, ours.negations),
        (Rule.RELATIVE, WORDS["en"].relative, ours.relative),
    ):
        here, there = source.findall(english), target.findall(said)
        if bool(here) != bool(there):
            yield rule, f"{here} became {there}"
    for names in (_calendar("en"), _calendar(language)):
        if found := names.search(said):
            yield Rule.CALENDAR, found.group()
            return


_calendar = cache(calendar_words)


def _shape(text: str) -> list[str]:
    """Keep only line ends and outer spaces."""
    return ["\n"] * text.count("\n") + [str(text[:1].isspace()), str(text[-1:].isspace())]


def _phones(text: str) -> list[str]:
    return sorted(re.sub(r"\D", "", phone) for phone in _PHONE.findall(text))


_SAME: dict[Rule, Callable[[str], list[str]]] = {
    Rule.NUMBERS: lambda text: sorted(_NUMBER.findall(_PHONE.sub("", _LINK.sub("", text)))),
    Rule.PHONES: lambda text: _phones(_LINK.sub("", text)),
    Rule.LINKS: lambda text: sorted(_LINK.findall(text)),
    Rule.KEYWORDS: lambda text: sorted(_KEYWORD.findall(text)),
}
_FORBIDDEN: dict[Rule, re.Pattern[str]] = {
    Rule.PERCENT: re.compile("%"),
    Rule.DIGITS: _FOREIGN_DIGIT,
    Rule.BROKEN_LINK: _BROKEN_LINK,
    Rule.INVISIBLE: _UNSEEN,
}
