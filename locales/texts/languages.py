"""The choice of a language, and the line about interpreters below an English text."""

from collections.abc import Sequence

from domain.letter import CourtFace
from locales.errors import UnspeakableError
from locales.languages import KNOWN
from locales.reader import Reader, clean
from locales.texts.conversation import numbered


def menu(reader: Reader, *, court: CourtFace, languages: Sequence[str]) -> str:
    """Offer languages, each by its own name, numbered in the order given.

    Raises:
        UnspeakableError: If a tag is not in KNOWN.
    """
    if not set(languages) <= set(KNOWN):
        raise UnspeakableError("a language without a name")
    asked = reader.gettext("%(court)s: Language? Reply with one digit:", court=court.short_name)
    return asked + "\n" + numbered([KNOWN[tag].self_name for tag in languages])


def changed(reader: Reader, *, court: CourtFace) -> str:
    """Confirm, in the new language, that it is the language from now on."""
    # TRANSLATORS: say the name of your own language instead of "English"
    return reader.gettext("%(court)s: We will write to you in English from now on.", court=court.short_name)


def unavailable(reader: Reader, *, court: CourtFace) -> str:
    """Say that a language is not offered by text; a person who speaks it is a call away."""
    return with_interpreter(
        reader,
        reader.gettext(
            "%(court)s: We cannot text in that language yet. For a free interpreter, call %(phone)s.",
            court=court.short_name,
            phone=court.phone,
        ),
        phone=court.phone,
    )


def with_interpreter(reader: Reader, text: str, *, phone: str) -> str:
    """Add the line that offers an interpreter in the person's own language, where the text is in English for want."""
    return f"{text}\n{reader.interpreter.format(phone=clean(phone))}" if reader.interpreter else text
