"""The words that feeds use for roles, modes, statuses, languages and yes or no, and what each means to us."""

from functools import lru_cache

from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.roles import Role

ROLES: dict[str, Role] = {role.value: role for role in Role} | {
    "def": Role.DEFENDANT,
    "deft": Role.DEFENDANT,
    "dft": Role.DEFENDANT,
    "accused": Role.DEFENDANT,
    "juvenile": Role.DEFENDANT,
    "vic": Role.VICTIM,
    "vict": Role.VICTIM,
    "complaining witness": Role.VICTIM,
    "wit": Role.WITNESS,
    "wtn": Role.WITNESS,
    "pet": Role.PETITIONER,
    "plaintiff": Role.PETITIONER,
    "plt": Role.PETITIONER,
    "pla": Role.PETITIONER,
    "res": Role.RESPONDENT,
    "resp": Role.RESPONDENT,
    "att": Role.ATTORNEY,
    "atty": Role.ATTORNEY,
    "lawyer": Role.ATTORNEY,
    "counsel": Role.ATTORNEY,
    "public defender": Role.ATTORNEY,
    "prosecutor": Role.ATTORNEY,
    "parent": Role.GUARDIAN,
    "gdn": Role.GUARDIAN,
    "police officer": Role.OFFICER,
    "ofc": Role.OFFICER,
}
MODES: dict[str, Mode] = {mode.value: mode for mode in Mode} | {
    "in person": Mode.IN_PERSON,
    "in-person": Mode.IN_PERSON,
    "video conference": Mode.VIDEO,
    "remote": Mode.VIDEO,
    "virtual": Mode.VIDEO,
    "zoom": Mode.VIDEO,
    "webex": Mode.VIDEO,
    "teams": Mode.VIDEO,
    "telephonic": Mode.PHONE,
    "telephone": Mode.PHONE,
}
STATUSES: dict[str, HearingStatus] = {status.value: status for status in HearingStatus} | {
    "set": HearingStatus.SCHEDULED,
    "active": HearingStatus.SCHEDULED,
    "canceled": HearingStatus.CANCELLED,
    "vacated": HearingStatus.CANCELLED,
    "postponed": HearingStatus.CONTINUED,
    "heard": HearingStatus.HELD,
    "completed": HearingStatus.HELD,
}
SECRECY: dict[str, Confidentiality] = {one.value: one for one in Confidentiality} | {
    "confidential": Confidentiality.RESTRICTED,
}
YES_OR_NO: dict[str, bool] = dict.fromkeys(("", "0", "n", "no", "false", "f"), False) | dict.fromkeys(
    ("1", "y", "yes", "true", "t"), True
)
LANGUAGES: dict[str, str] = {
    "english": "en",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "castellano": "es",
    "chinese": "zh_Hans",
    "mandarin": "zh_Hans",
    "zh": "zh_Hans",
    "vietnamese": "vi",
    "arabic": "ar",
    "russian": "ru",
    "ukrainian": "uk",
    "haitian": "ht",
    "haitian creole": "ht",
    "creole": "ht",
    "portuguese": "pt_BR",
    "pt": "pt_BR",
    "korean": "ko",
    "tagalog": "fil",
    "filipino": "fil",
    "tl": "fil",
    "french": "fr",
    "eng": "en",
    "spa": "es",
    "vie": "vi",
    "ara": "ar",
    "rus": "ru",
    "ukr": "uk",
    "hat": "ht",
    "por": "pt_BR",
    "kor": "ko",
    "zho": "zh_Hans",
    "fra": "fr",
    "cmn": "zh_Hans",
}
TAGS = frozenset(LANGUAGES.values())
NO_TEXTS = ("fax", "land", "work", "office", "business", "pager")
"""How the types of phones begin that take no private text: Cell, CELL PHONE, MOBILE and the rest are tried."""


@lru_cache(maxsize=1024)
def language_tag(feeds: str) -> str | None:
    """Return our tag for a feed's language: "Spanish", "es-MX", "SPA"; None for one that Usher does not write."""
    text = feeds.strip().casefold().replace("_", "-")
    if text in LANGUAGES:
        return LANGUAGES[text]
    if text.startswith(("zh-hant", "zh-tw", "zh-hk")):
        return None  # the other script: a reader of it is not served by ours
    base = text.partition("-")[0]
    return LANGUAGES.get(base, base if base in TAGS else None)


def takes_texts(phone_type: str) -> bool:
    """Return whether a phone of this type is worth a text."""
    return not phone_type.strip().casefold().startswith(NO_TEXTS)
