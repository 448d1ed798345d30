"""How people begin to get texts: first contact, invitation, subscription, watches, Telegram links."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

from domain.letter import CourtFace
from locales.reader import Reader


def first_contact(reader: Reader) -> str:
    # TRANSLATORS: in the first text that a number ever gets. WRONG is a word that people send back; keep it
    return reader.gettext("We text about court dates. Save this number. Not you? Reply WRONG.")


def how_to_stop(reader: Reader) -> str:
    # TRANSLATORS: STOP and HELP are words that people send back; keep them. Always the last line
    return reader.gettext("Reply STOP to end texts, HELP for help.")


def invitation(reader: Reader, *, court: CourtFace) -> str:
    """Ask, without a word of any case, whether texts are wanted."""
    return reader.gettext(
        "%(court)s can send you texts about court dates. Reply 1 if you want them. If not, you need not do anything."
        " Msg & data rates may apply. Reply STOP to get no more texts, HELP for help.",
        court=court.name,
    )


def opt_in_question(reader: Reader, *, court: CourtFace) -> str:
    """Ask once, clearly, when a carrier has let a stopped number in again but the person has not asked for texts."""
    return reader.gettext(
        "%(court)s: Your texts are stopped. Do you want texts about your court dates again? Reply 1 for yes."
        " If not, you need not do anything.",
        court=court.short_name,
    )


def opted_in(reader: Reader, *, court: CourtFace) -> str:
    """Confirm a yes to texts."""
    return reader.gettext(
        "Thank you. %(court)s will text you about your court dates, a few texts for each. Msg & data rates may apply."
        " Reply STOP to end texts, HELP for help.",
        court=court.name,
    )


def offer_reminders(reader: Reader) -> str:
    """Close an answer about hearings with the offer of reminders."""
    return reader.gettext("Do you want reminders by text? Reply 1 for yes.")


def subscribed(reader: Reader, *, court: CourtFace, case_number: str) -> str:
    """Confirm that reminders of a case will come."""
    return reader.gettext(
        "%(court)s: We will remind you of hearings in case %(case)s and tell you of changes. Please save this number."
        " Msg & data rates may apply. Reply STOP to end texts, HELP for help.",
        court=court.short_name,
        case=case_number,
    )


def already_subscribed(reader: Reader, *, court: CourtFace, case_number: str) -> str:
    """Say that reminders of a case are on already, and how to leave."""
    return reader.gettext(
        "%(court)s: You already get reminders for case %(case)s. Reply STOP to end texts.",
        court=court.short_name,
        case=case_number,
    )


def watch_kept(reader: Reader, *, court: CourtFace, number: str, days: int) -> str:
    """Confirm that we look for a number, and for how long."""
    return reader.ngettext(
        "%(court)s: We will look for %(number)s for %(count)s day and text you either way. Your court date stands"
        " even if we do not find it: check your papers. Reply STOP to end texts, HELP for help.",
        "%(court)s: We will look for %(number)s for %(count)s days and text you either way. Your court date stands"
        " even if we do not find it: check your papers. Reply STOP to end texts, HELP for help.",
        days,
        court=court.short_name,
        number=number,
    )


def watch_found(reader: Reader, *, court: str, number: str) -> str:
    return reader.gettext("%(court)s: We found %(number)s in the court calendar:", court=court, number=number)


def how_to_follow(reader: Reader, *, number: str) -> str:
    return reader.gettext("For reminders, text us this number: %(number)s", number=number)


def watch_ended(reader: Reader, *, court: str, number: str, phone: str) -> str:
    return reader.gettext(
        "%(court)s: We did not find %(number)s in the court calendar, and have stopped looking."
        " You may still have a court date: check your papers or call %(phone)s. You can text us the number again.",
        court=court,
        number=number,
        phone=phone,
    )


def link_done(reader: Reader, *, court: CourtFace) -> str:
    """Confirm that a Telegram chat is connected."""
    return reader.gettext(
        "%(court)s: This chat is connected. We will write here about your court dates. Send STOP to end messages,"
        " HELP for help.",
        court=court.name,
    )


def link_expired(reader: Reader, *, court: CourtFace) -> str:
    """Say that a link was used already or is too old; the same words for both, and for a link that never was."""
    return reader.gettext(
        "%(court)s: This link does not work any more. For a new one, call %(phone)s. Or send us your case number.",
        court=court.name,
        phone=court.phone,
    )


def welcome(reader: Reader, *, court: CourtFace, example: str) -> str:
    """Greet who opened the chat without a link."""
    return reader.gettext(
        "Hello! This is %(court)s. Send us your case or ticket number, like %(example)s, and we will tell you your"
        " court dates. Send STOP to end messages, HELP for help.",
        court=court.name,
        example=example,
    )
