"""The words that the lint looks for in each language: negations, and days named from the day of reading."""

import re
from dataclasses import dataclass

from babel import Locale


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns of one language. `negations` say "not"; `relative` say today, tomorrow, tonight, yesterday."""

    negations: re.Pattern[str]
    relative: re.Pattern[str]


def _words(negations: str, relative: str) -> Words:
    return Words(
        re.compile(rf"(?<!\w)(?:{negations})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{relative})(?!\w)", re.IGNORECASE),
    )


WORDS: dict[str, Words] = {
    "en": _words(
        "not|no|never|cannot|can't|don't|without|nothing|unless|neither|nor",
        "today|tomorrow|tonight|yesterday",
    ),
    "es": _words(
        "no|nunca|jamás|sin|nada|ni|ningún|ninguna|ninguno|tampoco",
        "hoy|mañana|esta noche|ayer",
    ),
    "ar": _words(
        "[وف]?(?:لا|لن|لم|ليس|ليست|لست|دون|بدون|عدم|غير|ما لم)",
        "[وف]?(?:اليوم|غدًا|غداً|غدا|الليلة|أمس)",
    ),
    "ru": _words(
        "не|нет|ни|нельзя|без|никогда|ничего",
        "сегодня|завтра|вчера|послезавтра",
    ),
}


def calendar_words(language: str) -> re.Pattern[str]:
    """Match the names of months and weekdays in a language, which no sentence may spell: dates come from outside it."""
    locale = Locale.parse(language)
    names = {
        str(name)
        for table in (locale.months, locale.days)
        for context in ("format", "stand-alone")
        for name in table[context]["wide"].values()
    }
    # "mayo" and "март" are words of the language only as months; English "May" and "March" are told by their capital
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?!\w)")
