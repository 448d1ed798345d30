"""The answers to the carriers' words: STOP and its family, START, HELP."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from collections.abc import Sequence

from domain.letter import CourtFace
from locales.reader import Reader
from locales.texts.conversation import numbered


def stopped_all(reader: Reader, *, court: CourtFace) -> str:
    """Confirm, once, that all texts have ended; it also says that the court dates have not."""
    return reader.gettext(
        "%(court)s: Texts are stopped. You will get no more texts from us. Your court dates do not change."
        " To get texts again, reply START. Questions? Call %(phone)s.",
        court=court.name,
        phone=court.phone,
    )


def stopped_one(reader: Reader, *, court: CourtFace, case_number: str | None, remaining: Sequence[str]) -> str:
    """Confirm that the texts of one case have ended; `remaining` are the numbers of the cases that go on.

    `case_number` is None where it may not be said any more: then only what goes on is told.
    """
    ended = [] if case_number is None else [stopped_case(reader, court=court.short_name, case=case_number)]
    if not remaining:
        return " ".join([*ended, nothing_remains(reader)])
    kept = [reader.fact("case", number) for number in remaining]
    return "\n".join([*ended, goes_on(reader, len(kept)), *(f"- {number}" for number in kept), stop_all(reader)])


def which_to_stop(reader: Reader, *, court: CourtFace, cases: Sequence[str]) -> str:
    """List the cases that texts come for, numbered for "STOP 2"."""
    asked = reader.gettext(
        "%(court)s: To stop texts for one case, reply STOP and its digit, like STOP 1. To stop all, reply STOP.",
        court=court.short_name,
    )
    return asked + "\n" + numbered([reader.fact("case", number) for number in cases])


def no_such_case_to_stop(reader: Reader, *, court: CourtFace) -> str:
    """Answer STOP with a number or digit that fits no case; nothing was stopped."""
    return reader.gettext(
        "%(court)s: We did not find that case in your texts, so nothing is stopped. To stop all texts, reply STOP.",
        court=court.short_name,
    )


def started(reader: Reader, *, court: CourtFace, cases: int) -> str:
    """Confirm START, and say how many cases texts come back for."""
    if not cases:
        return reader.gettext(
            "%(court)s: Texts are on again, but no case is saved for this phone. Send us your case number."
            " Reply STOP to end texts, HELP for help.",
            court=court.name,
        )
    return reader.ngettext(
        "%(court)s: Texts are on again. You will get reminders for %(count)s case. Reply STOP to end texts, HELP for"
        " help.",
        "%(court)s: Texts are on again. You will get reminders for %(count)s cases. Reply STOP to end texts, HELP for"
        " help.",
        cases,
        court=court.name,
    )


def help_text(reader: Reader, *, court: CourtFace, example: str) -> str:
    """Answer HELP as carriers require: who, what, how often, what it costs, how to stop, whom to call."""
    return reader.gettext(
        "%(court)s court date texts. Send a case or ticket number, like %(example)s, to see its dates. A few texts for"
        " each court date. Msg & data rates may apply. Send LANG to change the language."
        " Call %(phone)s for a person. Reply STOP to end texts.",
        court=court.name,
        example=example,
        phone=court.phone,
    )


def stopped_case(reader: Reader, *, court: str, case: str) -> str:
    return reader.gettext(
        "%(court)s: Texts for case %(case)s are stopped. The court date does not change.", court=court, case=case
    )


def nothing_remains(reader: Reader) -> str:
    return reader.gettext("You get no more texts. To get texts again, reply START.")


def goes_on(reader: Reader, count: int) -> str:
    return reader.ngettext("You still get texts for %(count)s case:", "You still get texts for %(count)s cases:", count)


def stop_all(reader: Reader) -> str:
    return reader.gettext("To stop all texts, reply STOP.")
