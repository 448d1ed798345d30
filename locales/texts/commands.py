"""What Telegram shows beside each command of the bot: a few words, in the menu of its commands."""

from locales.reader import Reader


def help_command(reader: Reader) -> str:
    """Name what /help does."""
    return reader.gettext("What this is, and whom to call")


def language_command(reader: Reader) -> str:
    """Name what /language does."""
    return reader.gettext("Choose a language")


def stop_command(reader: Reader) -> str:
    """Name what /stop does."""
    return reader.gettext("End messages")
