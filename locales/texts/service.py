"""What we say when the service itself is in the way: trouble, pictures, groups, too long a text."""

from domain.letter import CourtFace
from locales.reader import Reader


def trouble(reader: Reader, *, court: CourtFace) -> str:
    """Say that we could not do what was asked; nothing has been changed."""
    return reader.gettext(
        "%(court)s: Something went wrong on our side, and nothing was changed. Please try again later or call"
        " %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def only_words(reader: Reader, *, court: CourtFace) -> str:
    """Answer a picture, a voice message, a file."""
    return reader.gettext(
        "%(court)s: We can only read written words here. Please write to us or call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def too_long(reader: Reader, *, court: CourtFace) -> str:
    """Answer a text that is too long to be read by us; a human may still read it."""
    return reader.gettext(
        "%(court)s: Your text is too long for us to read. Please send only your case number, or call %(phone)s.",
        court=court.short_name,
        phone=court.phone,
    )


def only_in_private(reader: Reader, *, court: CourtFace) -> str:
    """Answer in a group chat (Telegram): nothing about a case is said where others read."""
    return reader.gettext("%(court)s: Please write to us in a private chat, not in a group.", court=court.short_name)
