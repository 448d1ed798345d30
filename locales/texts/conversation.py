"""What we answer people who write: choices, confirmations, and how to be understood."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from collections.abc import Sequence
from datetime import datetime

from domain.letter import CourtFace, HearingFacts
from locales import dates
from locales.reader import Reader, clean


def numbered(options: Sequence[str]) -> str:
    """Lay out options as people can pick them: "1 …", a line each."""
    return "\n".join(f"{number} {option}" for number, option in enumerate(options, start=1))


def which_court(reader: Reader, *, number: str, courts: Sequence[str]) -> str:
    """Ask which court is meant, when more than one may have the number. It does not say that any of them has."""
    options = numbered([reader.fact("court", court) for court in courts])
    return reader.gettext("Which court is %(number)s in? Reply with one digit:", number=number) + "\n" + options


def which_hearing(reader: Reader, *, court: CourtFace, hearings: Sequence[HearingFacts], now: datetime) -> str:
    """Ask which hearing an answer is about; the options are numbered in the order given."""
    options = [
        option(reader, when=dates.listed(reader, hearing.starts_at, court.zone, now=now), case=hearing.case_number)
        for hearing in hearings
    ]
    asked = reader.gettext("%(court)s: Which hearing do you mean? Reply with one digit:", court=court.short_name)
    return asked + "\n" + numbered(options)


def which_question(reader: Reader, *, court: CourtFace, options: Sequence[str]) -> str:
    """Ask which of several open questions an answer is about; nothing is recorded yet.

    `options` are from the `about_…` functions below.
    """
    asked = reader.gettext(
        "%(court)s: We asked you more than one thing. Which one do you answer? Reply with one digit:",
        court=court.short_name,
    )
    return asked + "\n" + numbered(options)


def option(reader: Reader, *, when: str, case: str) -> str:
    # TRANSLATORS: one option of a list
    return reader.gettext("%(when)s, case %(case)s", when=when, case=case)


def about_attendance(reader: Reader, *, court: CourtFace, hearing: HearingFacts, now: datetime) -> str:
    """Name the question "will you come?" in a list of open questions."""
    when = dates.listed(reader, hearing.starts_at, court.zone, now=now)
    return reader.gettext("Will you come? %(when)s", when=when)


def about_reminders(reader: Reader, *, case_number: str) -> str:
    """Name the offer of reminders in a list of open questions."""
    return reader.gettext("Reminders for case %(case)s", case=case_number)


def about_watch(reader: Reader, *, number: str) -> str:
    """Name the offer to look for a number in a list of open questions."""
    return reader.gettext("Look for number %(number)s", number=number)


def about_texts(reader: Reader) -> str:
    """Name the question whether texts are wanted in a list of open questions."""
    return reader.gettext("Get texts about court dates")


def about_edit(reader: Reader) -> str:
    """Name the question whether an edited message is meant in a list of open questions."""
    return reader.gettext("The message you changed")


def _when_all(reader: Reader, hearings: Sequence[HearingFacts], court: CourtFace, *, now: datetime) -> str:
    """Say when, of one hearing or of several: "on Monday, May 4, at 9:30 a.m. and on Monday, May 4, at 2 p.m."."""
    instants = sorted(hearing.starts_at for hearing in hearings)
    return reader.enumerated([dates.when(reader, one, court.zone, now=now) for one in instants])


def confirmed(reader: Reader, *, court: CourtFace, hearings: Sequence[HearingFacts], now: datetime) -> str:
    """Answer "I will come"."""
    return reader.gettext(
        "%(court)s: Thank you. We noted that you will come %(when)s.",
        court=court.short_name,
        when=_when_all(reader, hearings, court, now=now),
    )


def cannot_come(reader: Reader, *, court: CourtFace, hearings: Sequence[HearingFacts], now: datetime) -> str:
    """Answer "I cannot come" of a person who must: the desk is told, the date stands."""
    return reader.gettext(
        "%(court)s: We told the court staff that you cannot come %(when)s. This does NOT change your court date:"
        " you must still come unless the court tells you otherwise. Please call %(phone)s now.",
        court=court.short_name,
        when=_when_all(reader, hearings, court, now=now),
        phone=court.phone,
    )


def discreet_cannot_come(reader: Reader, *, court: CourtFace, hearings: Sequence[HearingFacts], now: datetime) -> str:
    """Answer "I cannot come" of a victim or a witness."""
    return reader.gettext(
        "%(court)s: Thank you for telling us that you cannot come %(when)s. We told the court staff."
        " Please also call %(phone)s so that we can help.",
        court=court.short_name,
        when=_when_all(reader, hearings, court, now=now),
        phone=court.phone,
    )


def question_noted(reader: Reader, *, court: CourtFace) -> str:
    """Answer "I have a question": a human will read what comes next."""
    return reader.gettext(
        "%(court)s: Write your question in one text and the court staff will read it. We cannot give legal advice."
        " For a faster answer, call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def question_passed_on(reader: Reader, *, court: CourtFace) -> str:
    """Answer the question itself: the desk has it."""
    return reader.gettext(
        "%(court)s: Thank you. The court staff will read your question. If it cannot wait, call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def already_answered(reader: Reader, *, court: CourtFace) -> str:
    """Answer a second answer to a question that has one; the first stands."""
    return reader.gettext(
        "%(court)s: You answered this before, and your first answer stands. To change it, call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def question_expired(reader: Reader, *, court: CourtFace) -> str:
    """Answer an answer that came too late."""
    return reader.gettext(
        "%(court)s: That question is closed, so we did not record your answer. If you need help, call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def question_superseded(
    reader: Reader, *, court: CourtFace, old: HearingFacts, new: HearingFacts | None, now: datetime
) -> str:
    """Answer an answer about a date that has changed since; None for `new` when the hearing is off."""
    was = dates.listed(reader, old.starts_at, court.zone, now=now)
    if new is None:
        return reader.gettext(
            "%(court)s: Our question was about the hearing of %(old)s. It is canceled. Do NOT come for it.",
            court=court.short_name,
            old=was,
        )
    return reader.gettext(
        "%(court)s: Our question was about the old date, %(old)s. The new date is %(new)s. We did not record your"
        " answer. Will you come on the new date? Reply 1 for yes, 2 if you cannot, 3 for a question.",
        court=court.short_name,
        old=was,
        new=dates.listed(reader, new.starts_at, court.zone, now=now),
    )


def not_an_option(reader: Reader, *, court: CourtFace, highest: int) -> str:
    """Answer a number that is not in the list of options."""
    return reader.gettext(
        "%(court)s: Please reply with a digit from 1 to %(count)s.", court=court.short_name, count=str(highest)
    )


def not_understood(reader: Reader, *, court: CourtFace, example: str) -> str:
    """Teach what can be sent; `example` is the court's own example of a number."""
    return reader.gettext(
        "%(court)s: Sorry, we did not understand. Send your case or ticket number, like %(example)s."
        " Send HELP for help. To talk to a person, call %(phone)s.",
        court=court.short_name,
        example=example,
        phone=court.phone,
    )


def slow_down(reader: Reader, *, court: CourtFace) -> str:
    """Answer too many different numbers in a short time."""
    return reader.gettext(
        "%(court)s: You sent many numbers. Please wait an hour and try again, or call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def no_more_guesses(reader: Reader, *, court: CourtFace) -> str:
    """Say, once, that numbers from this phone are not answered any more; reminders it gets go on."""
    return reader.gettext(
        "%(court)s: We cannot look up more numbers for this phone. Please call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def wrong_number(reader: Reader, *, court: CourtFace) -> str:
    """Answer WRONG: we stop, and say nothing of who was meant."""
    return reader.gettext(
        "%(court)s: Thank you for telling us, and sorry. We will not text this number again.", court=court.name
    )


def confirm_edit(reader: Reader, *, court: CourtFace, text: str) -> str:
    """Ask about an edited message (Telegram): the first answer stands until it is sent anew. `text` is the edit."""
    return reader.gettext(
        "%(court)s: You changed a message you had sent. Your first answer stands. If you mean it, send it again as a"
        " new message: %(text)s",
        court=court.short_name,
        text=clean(text)[:60],
    )


def thanks(reader: Reader) -> str:
    """Answer a thank-you, where an answer is wanted at all."""
    return reader.gettext("You are welcome.")
