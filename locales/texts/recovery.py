"""After a missed hearing: how to put it right. Never a threat."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from locales.reader import Reader


def missed(reader: Reader, *, court: str, case: str, old: str) -> str:
    # TRANSLATORS: kind, without blame or threat; old is like "Monday, May 4, 9:30 a.m."
    return reader.gettext(
        "%(court)s: We missed you in court (%(old)s, case %(case)s). You can still put this right.",
        court=court,
        case=case,
        old=old,
    )


def discreet_missed(reader: Reader, *, court: str, old: str) -> str:
    # TRANSLATORS: to a victim or a witness; kind. Neutral: no word of the case
    return reader.gettext("%(court)s: We missed you at court (%(old)s). We hope all is well.", court=court, old=old)


def ask_for_new_date(reader: Reader, *, phone: str) -> str:
    return reader.gettext(
        "Call %(phone)s soon and ask for a new date. The sooner you call, the easier it is.", phone=phone
    )


def come_in(reader: Reader, *, address: str) -> str:
    return reader.gettext("Or come to the court office: %(address)s.", address=address)


def please_call(reader: Reader, *, phone: str) -> str:
    return reader.gettext("Please call %(phone)s so that we can help.", phone=phone)
