"""What a short text means: carrier words first, then natural wording, in the languages people write to courts in."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from domain import opt_out, vocabulary
from domain.case_number import candidates, fold
from domain.phrases import any_phrase


@dataclass(frozen=True, slots=True)
class Stop:
    """They want no more texts; certain. Comes before any state of the conversation."""


@dataclass(frozen=True, slots=True)
class StopOne:
    """They want no more texts about one case: `subject` is its number in our list ("2") or a case number."""

    subject: str


@dataclass(frozen=True, slots=True)
class MaybeStop:
    """It may be an opt-out: ask once, take silence as no."""


@dataclass(frozen=True, slots=True)
class Start:
    """They want texts again."""


@dataclass(frozen=True, slots=True)
class Help:
    """They ask who we are and what we can do."""


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """We write to somebody else than we think."""


@dataclass(frozen=True, slots=True)
class Language:
    """They want another language: `tag` is ours ("es", "zh_Hans"), None when they only ask to choose."""

    tag: str | None


@dataclass(frozen=True, slots=True)
class Yes:
    """Agreement; `hedged` when a "but" or an obstacle follows: "yes but I can't get a ride"."""

    hedged: bool = False


@dataclass(frozen=True, slots=True)
class No:
    """Refusal."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A number from a list, bare ("2") or with words after it ("2 yes"); `meaning` is what the words say, if clear."""

    number: int
    remainder: str = ""
    meaning: Yes | No | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """They ask whether a message is really ours."""


@dataclass(frozen=True, slots=True)
class Thanks:
    """Courtesy that needs no answer: "ok thanks". `agrees`: a bare "ok", which may take up an offer of ours."""

    agrees: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """None of the above: a case number, a question, a story."""


Intent: TypeAlias = (
    Stop | StopOne | MaybeStop | Start | Help | WrongNumber | Language | Yes | No | Choice | Check | Thanks | Nothing
)

LONGEST_TEXT = 2000
LONGEST_REQUEST = 6
"""Words in a request for a language."""
LONGEST_ANSWER = 25
"""Words: more is a letter, whatever it begins with."""
PLAIN_ANSWER = 6
CODE_AFTER_LANG = 2

_APOSTROPHES = re.compile(r"['\u2019\u2018\u02bc`\u00b4\u200b-\u200f\u2060-\u2069\ufe0f\u20e3]")
_NOT_A_WORD = re.compile(r"[^\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]+")
_ABOUT = re.compile(
    r"^(?:(?:texts?|messages?|reminders?|for|about|the|my|case|cases|number|no|nr|ticket|caso|el|numero|дело|справу|справа|"
    r"по|про|de|pour|le|dossier|قضية|رقم) )*"
)
_INDEX = re.compile(r"[1-9][0-9]?")
_NUMBERED = re.compile(r"(?:(?:option|opcion|number|choice|no|вариант|варіант) )?(?P<number>[0-9]{1,2})(?P<rest>| .*)")
_NUMBER_LAST = re.compile(r"(?P<rest>\D{1,20}?) (?:(?:to|for|a|number|no) )?(?P<number>[0-9]{1,2})")
_GLUED = re.compile(r"[0-9]")
_WRONG_NUMBER = any_phrase(vocabulary.WRONG_NUMBER_PHRASES)
_YES_NO_EMOJI = vocabulary.YES_EMOJI | vocabulary.NO_EMOJI


def classify(text: str, *, language: str) -> Intent:
    """Say what a text means to us. `language` is the writer's tag: it settles words that two languages share.

    Carrier words and certain opt-outs win over everything, in any language; then START, HELP, a wrong number.
    A number is a Choice, "1" as well: what it stands for is the question's business.
    """
    said = _Said.of(text)
    for reading in (_stop_one, _stop, _other_commands, _language, _choice, _yes_or_no, _maybe_stop, _courtesy):
        intent = reading(said, language)
        if intent is not None:
            return intent
    return Nothing()


class _Said(NamedTuple):
    """A text in the forms that vocabularies are compared with.

    `marked` is in lower case, without punctuation and emoji; `plain` the same without accents; `core` is `plain`
    without courtesy, `marked_core` is `marked` without it.
    """

    raw: str
    marked: str
    plain: str
    core: str
    marked_core: str

    @classmethod
    def of(cls, text: str) -> "_Said":
        """Prepare a text for reading."""
        marked = _marked(text[:LONGEST_TEXT])
        plain = _without_accents(marked)
        core = _without_courtesy(plain)
        return cls(text, marked, plain, core, core if plain == marked else _without_courtesy(marked))

    def is_in(self, words: Collection[str]) -> bool:
        """Return whether all that was said, bar courtesy, is one of `words`."""
        return self.core in words or self.marked_core in words or self.plain in words or self.marked in words


def _stop(said: _Said, _language: str) -> Intent | None:
    is_one = said.is_in(vocabulary.STOP) or opt_out.is_certain(said.plain, said.marked, said.raw)
    return Stop() if is_one else None


def _stop_one(said: _Said, _language: str) -> Intent | None:
    """Read "STOP 2" and "stop reminders for CR-2026-000101": all after the word must be one number."""
    first, _, rest = said.marked_core.partition(" ")
    if not rest or (first not in vocabulary.STOP_ONE and _without_accents(first) not in vocabulary.STOP_ONE):
        return None
    subject = _ABOUT.sub("", rest)
    if _INDEX.fullmatch(subject):
        return StopOne(str(int(subject)))
    folded = fold(subject)
    return StopOne(folded) if folded and folded in candidates(subject, ())[:1] else None


def _other_commands(said: _Said, _language: str) -> Intent | None:
    if said.is_in(vocabulary.START):
        return Start()
    if said.is_in(vocabulary.HELP) or said.raw.strip() in {"?", "??", "؟"}:
        return Help()
    if said.is_in(vocabulary.WRONG_NUMBER) or _is_wrong_number(said):
        return WrongNumber()
    if said.is_in(vocabulary.CHECK) or said.plain.startswith("check "):
        return Check()
    return None


def _language(said: _Said, _language: str) -> Intent | None:
    if said.is_in(vocabulary.LANGUAGE_WORDS):
        return Language(None)
    words = said.marked_core.split()
    if words[:1] == ["lang"] and len(words) == CODE_AFTER_LANG and words[1] in vocabulary.LANGUAGE_CODES:
        return Language(vocabulary.LANGUAGE_CODES[words[1]])
    if len(words) > LONGEST_REQUEST:
        return None
    name = " ".join(word for word in words if word not in vocabulary.AROUND_LANGUAGE)
    tag = vocabulary.LANGUAGES.get(name) or vocabulary.LANGUAGES.get(_without_accents(name))
    return Language(tag) if tag else None


def _choice(said: _Said, language: str) -> Intent | None:
    """Read a bare number, or a number before or after words: "2", "2 yes", "yes to 2", "3 where do I park"."""
    if said.core in vocabulary.NUMBER_WORDS:
        return Choice(vocabulary.NUMBER_WORDS[said.core])
    found = _NUMBERED.fullmatch(said.marked)
    if found is not None and int(found["number"]):
        return _numbered(int(found["number"]), found["rest"].strip(), language)
    found = _NUMBER_LAST.fullmatch(said.marked)
    if found is None or not int(found["number"]):
        return None
    meaning = _bare_yes_or_no(_Said.of(found["rest"]), language)
    return Choice(int(found["number"]), found["rest"], meaning) if meaning else None


def _numbered(number: int, rest: str, language: str) -> Intent | None:
    if not rest or not _without_courtesy(rest):
        return Choice(number)
    if _GLUED.match(rest) or rest.split(maxsplit=1)[0] in vocabulary.AFTER_A_NUMBER:
        return None
    answer = _yes_or_no(_Said.of(rest), language)
    return Choice(number, rest, answer if isinstance(answer, Yes | No) else None)


def _bare_yes_or_no(said: _Said, language: str) -> Yes | No | None:
    if said.core in vocabulary.FALSE_FRIENDS.get(language, ()):
        return None
    if said.is_in(vocabulary.YES) or said.is_in(vocabulary.YES_IN.get(language, ())):
        return Yes()
    return No() if said.is_in(vocabulary.NO) or said.is_in(vocabulary.NO_IN.get(language, ())) else None


def _yes_or_no(said: _Said, language: str) -> Intent | None:
    symbols = set() if said.marked else {character for character in said.raw if character in _YES_NO_EMOJI}
    if symbols:
        return Yes() if symbols <= vocabulary.YES_EMOJI else No() if symbols <= vocabulary.NO_EMOJI else None
    bare = _bare_yes_or_no(said, language)
    if bare is not None:
        return bare
    head, _, tail = said.marked_core.partition(" ")
    if not tail:
        return None
    meaning = _bare_yes_or_no(_Said.of(head), language)
    if meaning is None or len(tail.split()) > LONGEST_ANSWER:
        return None
    return _hedged(tail, said) if isinstance(meaning, Yes) else _refused(tail, said)


def _hedged(tail: str, said: _Said) -> Yes:
    """Weigh what follows a yes: a "but", a question or a story makes it no bare yes."""
    words = set(_without_accents(tail).split()) | set(tail.split())
    doubts = not words.isdisjoint(vocabulary.BUT) or any(sign in tail for sign in vocabulary.BUT_INSIDE)
    return Yes(hedged=doubts or "?" in said.raw or len(tail.split()) > PLAIN_ANSWER)


def _refused(tail: str, said: _Said) -> No | None:
    """Weigh what follows a no: only more of the same is one. "No problem" and "no entiendo" are none."""
    more_of_it = set(_without_accents(tail).split()) <= vocabulary.AFTER_NO
    return No() if more_of_it and "?" not in said.raw else None


def _maybe_stop(said: _Said, _language: str) -> Intent | None:
    if not said.marked:
        return MaybeStop() if any(sign in vocabulary.STOP_EMOJI for sign in said.raw) else None
    is_one = said.is_in(vocabulary.MAYBE_STOP) or opt_out.is_likely(said.plain, said.marked)
    return MaybeStop() if is_one else None


def _courtesy(said: _Said, _language: str) -> Intent | None:
    if not said.marked:
        return Thanks() if any(sign in vocabulary.THANKS_EMOJI for sign in said.raw) else None
    if said.marked in vocabulary.AGREES or said.plain in vocabulary.AGREES:
        return Thanks(agrees=True)
    left = _without_words(said.core, vocabulary.AGREES)
    return Thanks() if not left or not _without_words(said.marked_core, vocabulary.AGREES) else None


def _is_wrong_number(said: _Said) -> bool:
    return len(said.plain.split()) <= LONGEST_ANSWER and _WRONG_NUMBER(said.plain)


def _without_courtesy(text: str) -> str:
    return _without_words(text, vocabulary.COURTESY)


def _without_words(text: str, words: Collection[str]) -> str:
    """Cut phrases of up to three words off both ends for as long as there are any."""
    parts = text.split()
    start, end = 0, len(parts)
    cut = True
    while cut and start < end:
        cut = False
        for size in (3, 2, 1):
            if end - start >= size and " ".join(parts[start : start + size]) in words:
                start, cut = start + size, True
                break
            if end - start >= size and " ".join(parts[end - size : end]) in words:
                end, cut = end - size, True
                break
    return " ".join(parts[start:end])


def _marked(text: str) -> str:
    """Return the text in lower case, words and digits only, parted by single spaces; apostrophes join."""
    lower = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    if not lower.isascii():
        lower = unicodedata.normalize("NFC", "".join(map(_ascii_digit, lower)))
    return " ".join(_NOT_A_WORD.sub(" ", lower).replace("_", " ").split())


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("ى", "ي"))
    return unicodedata.normalize("NFC", "".join(part for part in parts if unicodedata.category(part) != "Mn"))


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None) if not character.isascii() else None
    return character if digit is None else str(digit)
