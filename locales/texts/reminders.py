"""The sentences of reminders: who has court when, what missing means, how to plan, what to bring."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from locales.reader import Reader


def you_have_court(reader: Reader, *, court: str, case: str, when: str) -> str:
    # TRANSLATORS: when is a phrase like "on Monday, May 4, at 9:30 a.m."
    return reader.gettext("%(court)s: You have court %(when)s. Case %(case)s.", court=court, case=case, when=when)


def you_have_hearings(reader: Reader, count: int, *, court: str) -> str:
    return reader.ngettext(
        "%(court)s: You have %(count)s court hearing:",
        "%(court)s: You have %(count)s court hearings:",
        count,
        court=court,
    )


def you_are_asked(reader: Reader, *, court: str, when: str) -> str:
    # TRANSLATORS: to a witness. Neutral: no word of the case
    return reader.gettext("%(court)s: You are asked to be at court %(when)s.", court=court, when=when)


def next_court_date(reader: Reader, *, court: str, when: str) -> str:
    # TRANSLATORS: to a victim. Neutral: no word of the case
    return reader.gettext("%(court)s: The next court date is %(when)s.", court=court, when=when)


def court_dates(reader: Reader, count: int, *, court: str) -> str:
    # TRANSLATORS: to a victim or a witness. Neutral: no word of the case
    return reader.ngettext(
        "%(court)s: There is %(count)s court date for you:",
        "%(court)s: There are %(count)s court dates for you:",
        count,
        court=court,
    )


def hearing_in_case(reader: Reader, *, court: str, case: str, when: str) -> str:
    # TRANSLATORS: to someone who follows a case; they need not come
    return reader.gettext("%(court)s: A hearing in case %(case)s is %(when)s.", court=court, case=case, when=when)


def hearings_followed(reader: Reader, count: int, *, court: str) -> str:
    # TRANSLATORS: to someone who follows cases; they need not come
    return reader.ngettext(
        "%(court)s: %(count)s coming hearing:", "%(court)s: %(count)s coming hearings:", count, court=court
    )


def case_named(reader: Reader, *, case: str) -> str:
    return reader.gettext("Case %(case)s.", case=case)


def save_the_date(reader: Reader) -> str:
    return reader.gettext("Please save this date.")


def warrant(reader: Reader) -> str:
    # TRANSLATORS: a consequence, said once and plainly; not a threat
    return reader.gettext("Missing court can lead to a warrant for your arrest.")


def decided_without_you(reader: Reader) -> str:
    return reader.gettext("If you do not come, the judge may decide without you.")


def plan_now(reader: Reader) -> str:
    return reader.gettext("Plan now: your ride, time off work, child care.")


def plan_to_leave(reader: Reader, *, clock: str) -> str:
    return reader.gettext(
        "What time will you leave to be there by %(clock)s? Plan your ride, time off work and child care.", clock=clock
    )


def plan_remote(reader: Reader) -> str:
    return reader.gettext("Find a quiet place with a good signal. Plan time off work and child care.")


def bring(reader: Reader) -> str:
    return reader.gettext("Come 15 minutes early. Bring photo ID and your court papers.")


def bring_identity(reader: Reader) -> str:
    return reader.gettext("Come 15 minutes early. Bring photo ID.")


def be_ready(reader: Reader) -> str:
    return reader.gettext("Charge your phone and be ready 10 minutes early.")


def leave_early(reader: Reader, *, phone: str) -> str:
    return reader.gettext("Leave early. Running late? Still come, and call %(phone)s.", phone=phone)


def short_notice(reader: Reader) -> str:
    return reader.gettext("We are sorry that this is short notice.")


def if_you_cannot_come(reader: Reader, *, phone: str) -> str:
    return reader.gettext("If you cannot come, call %(phone)s before court.", phone=phone)


def support(reader: Reader, *, phone: str) -> str:
    # TRANSLATORS: to a victim
    return reader.gettext("For questions or support, call %(phone)s.", phone=phone)


def questions(reader: Reader, *, phone: str) -> str:
    return reader.gettext("Questions? Call %(phone)s.", phone=phone)


def dates_can_change(reader: Reader) -> str:
    return reader.gettext("Dates can change.")


def will_you_come(reader: Reader) -> str:
    # TRANSLATORS: the digits are what people send back; keep them
    return reader.gettext("Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question.")
