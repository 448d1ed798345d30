"""The language of a conversation: what was chosen, what the letters tell, the menu and the choice."""

import unicodedata
from datetime import timedelta

from domain.questions import QuestionKind
from handlers import asking
from handlers.talk import Taken, Talk
from locales.languages import KNOWN
from locales.texts import languages as texts

MENU_LASTS = timedelta(days=1)
ENOUGH_LETTERS = 2
SCRIPTS = {"ar": "ARABIC", "ru": "CYRILLIC", "uk": "CYRILLIC", "zh_Hans": "CJK", "ko": "HANGUL"}
"""The letters that a language is written in, where they are not Latin; by the first word of their Unicode names."""


def by_letters(text: str, offered: tuple[str, ...]) -> str | None:
    """Return the one offered language that is written in the letters of a text; None if that is not certain."""
    letters = [unicodedata.name(character, "").split(" ")[0] for character in text if character.isalpha()]
    if len(letters) < ENOUGH_LETTERS or len(set(letters)) != 1:
        return None
    fitting = [tag for tag in offered if SCRIPTS.get(tag) == letters[0]]
    return fitting[0] if len(fitting) == 1 else None


def are_written_alike(tag: str, known: str | None) -> bool:
    """Return whether two languages share letters that are not Latin."""
    return known is not None and SCRIPTS.get(known) == SCRIPTS[tag]


def offered(talk: Talk) -> tuple[str, ...]:
    """Return the languages of the courts that write from here, the speaking court's first."""
    courts = [talk.court, *(talk.world.courts[court_id] for court_id in talk.court_ids)]
    return tuple(dict.fromkeys(tag for court in courts for tag in court.languages if tag in KNOWN))


def ask(talk: Talk) -> Taken:
    """Show the menu of languages."""
    tags = offered(talk)
    talk.ask(QuestionKind.LANGUAGE, tags, lasts=MENU_LASTS)
    talk.say(lambda reader: texts.menu(reader, court=talk.face, languages=tags))
    return Taken.LANGUAGE


def choose(talk: Talk, tag: str) -> Taken:
    """Write in another language from now on; what we had asked is asked again in it, as the same question."""
    talk.dossier.withdraw([QuestionKind.LANGUAGE])
    if tag not in offered(talk):
        talk.language = tag
        talk.say(lambda reader: texts.unavailable(reader, court=talk.face))
        return Taken.LANGUAGE
    talk.dossier.change(language=tag)
    talk.language = tag
    asking.take_back_untold(talk)
    standing = [asked for asked in asking.live(talk) if asked.question.kind is not QuestionKind.LANGUAGE]
    again = asking.wording(talk, standing[-1]) if standing else None
    if again is None:
        talk.say(lambda reader: texts.changed(reader, court=talk.face))
    else:
        talk.say(lambda reader: f"{texts.changed(reader, court=talk.face)}\n{again(reader)}")
    return Taken.LANGUAGE
