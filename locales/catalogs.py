"""The translations on disk: gettext PO files, the only form that is kept.

They are read straight from the `.po` and turned into look-up tables in memory, once per process and language, so
there is no second, compiled form that could be stale or missing in a fresh clone.
"""

import re
from collections.abc import Iterator
from copy import copy
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from locales.errors import UntranslatedError

ROOT = Path(__file__).parent
FOLDER = ROOT / "catalogs"
TEMPLATE = FOLDER / "usher.pot"
TEXTS = ROOT / "texts"
SOURCE_LANGUAGE = "en"
_REVIEW = re.compile(r"^#? ?X-Review: (.+)$", re.MULTILINE)


def languages() -> tuple[str, ...]:
    """Name the languages that have texts: English, in which they are written, then every catalog by its tag."""
    return (SOURCE_LANGUAGE, *sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/usher.po")))


def path_of(language: str) -> Path:
    """Say where a language's catalog is."""
    return FOLDER / language / "LC_MESSAGES" / "usher.po"


def read(path: Path, language: str | None = None) -> Catalog:
    """Read a PO or POT file.

    Raises:
        FileNotFoundError: If there is none.
    """
    with path.open("rb") as file:
        return read_po(file, locale=language)


def review_of(catalog: Catalog) -> str:
    """Return what a catalog's first comment states of its review, empty if it is silent.

    It is a line "# X-Review: …" of the comment, because Babel drops headers that it does not know.
    """
    said = _REVIEW.search(catalog.header_comment)
    return said.group(1) if said else ""


@cache
def review(language: str) -> str:
    """Return the review state of a language's texts; English, in which they are written, is approved with the code."""
    if language == SOURCE_LANGUAGE:
        return "approved with the code"
    return review_of(_catalog(language))


@cache
def translations(language: str) -> NullTranslations:
    """Return the look-up table of a language; what is missing or fuzzy in it comes back as the English sentence."""
    return NullTranslations() if language == SOURCE_LANGUAGE else table_of(_catalog(language))


@cache
def strict_translations(language: str) -> NullTranslations:
    """Return the same table, but what is missing or fuzzy raises `UntranslatedError`: never half a text in English."""
    if language == SOURCE_LANGUAGE:
        return translations(language)
    table = copy(translations(language))
    table.add_fallback(_Untranslated())
    return table


def table_of(catalog: Catalog) -> NullTranslations:
    """Compile a catalog in memory; fuzzy and empty translations are left out."""
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _catalog(language: str) -> Catalog:
    return read(path_of(language), language)


class _Untranslated(NullTranslations):
    """The end of the line for a sentence without a translation."""

    def gettext(self, message: str) -> str:
        raise UntranslatedError(f"no translation of: {message}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise UntranslatedError(f"no translation of: {msgid1} ({msgid2}, {n})")


def sentences(catalog: Catalog) -> Iterator[str]:
    """Go through the English sentences of a catalog (the singular where there are two)."""
    for message in catalog:
        if message.id:
            yield message.id if isinstance(message.id, str) else message.id[0]
