"""The languages of the people Usher writes to: their tags, what they call themselves, and a line about interpreters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language.

    `locale` is the Babel locale whose names of days, months and zones are used. `interpreter` is one line, with
    `{phone}` in it, that goes below an English text when this language has no catalog yet: "Call … for a free
    interpreter." Like the catalogs, these lines are drafts until a certified translator has signed them.
    """

    tag: str
    locale: str
    self_name: str
    interpreter: str = ""


KNOWN: dict[str, Language] = {
    language.tag: language
    for language in (
        Language(tag="en", locale="en_US", self_name="English"),
        Language(
            tag="es",
            locale="es_US",
            self_name="Español",
            interpreter="¿Necesita un intérprete gratis? Llame al {phone}.",
        ),
        Language(
            tag="ar",
            locale="ar",
            self_name="العربية",
            interpreter="هل تحتاج إلى مترجم شفوي مجانًا؟ اتصل بالرقم {phone}.",
        ),
        Language(
            tag="ru",
            locale="ru",
            self_name="Русский",
            interpreter="Нужен бесплатный устный переводчик? Позвоните: {phone}.",
        ),
        Language(
            tag="zh_Hans",
            locale="zh_Hans",
            self_name="简体中文",
            interpreter="需要免费口译员吗？请致电 {phone}。",  # noqa: RUF001 - Chinese writes its marks full width
        ),
        Language(
            tag="vi",
            locale="vi",
            self_name="Tiếng Việt",
            interpreter="Quý vị cần thông dịch viên miễn phí? Xin gọi {phone}.",
        ),
        Language(
            tag="uk",
            locale="uk",
            self_name="Українська",
            interpreter="Потрібен безкоштовний усний перекладач? Телефонуйте: {phone}.",
        ),
        Language(
            tag="ht",
            locale="ht",
            self_name="Kreyòl ayisyen",
            interpreter="Ou bezwen yon entèprèt gratis? Rele {phone}.",
        ),
        Language(
            tag="pt_BR",
            locale="pt_BR",
            self_name="Português (Brasil)",
            interpreter="Precisa de um intérprete gratuito? Ligue para {phone}.",
        ),
        Language(
            tag="ko",
            locale="ko",
            self_name="한국어",
            interpreter="무료 통역이 필요하십니까? {phone}(으)로 전화하십시오.",
        ),
        Language(
            tag="fil",
            locale="fil",
            self_name="Filipino",
            interpreter="Kailangan mo ba ng libreng interpreter? Tumawag sa {phone}.",
        ),
        Language(
            tag="fr",
            locale="fr",
            self_name="Français",
            interpreter="Besoin d'un interprète gratuit ? Appelez le {phone}.",
        ),
    )
}

_OTHER_NAMES = {
    "zh": "zh_Hans",
    "zh_cn": "zh_Hans",
    "zh_sg": "zh_Hans",
    "zh_my": "zh_Hans",
    "cmn": "zh_Hans",
    "tl": "fil",
    "pt": "pt_BR",
}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def negotiate(tag: str) -> str | None:
    """Find the language of KNOWN that a tag asks for: "es-MX" is es, "ar_EG" is ar; None where we have none.

    Letter case and the separator do not matter. Chinese in traditional letters is not ours: giving simplified
    letters for it would be a guess, so it is None.
    """
    parts = tag.strip().replace("-", "_").lower().split("_")
    if parts[0] in {"zh", "cmn"} and _TRADITIONAL & set(parts):
        return None
    for length in range(len(parts), 0, -1):
        asked = "_".join(parts[:length])
        found = _OTHER_NAMES.get(asked) or _BY_LOWER.get(asked)
        if found is not None:
            return found
    return None


_BY_LOWER = {tag.lower(): tag for tag in KNOWN}
