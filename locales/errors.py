"""What goes wrong when a text cannot be said: nothing leaves half-made. No personal data is in the messages."""

from domain.errors import UsherError


class UnspeakableError(UsherError):
    """A text cannot be put into words: a fact is missing, a placeholder is left, or a value cannot be formatted."""


class UntranslatedError(UnspeakableError):
    """A language's catalog lacks a sentence; the whole text must be said in English instead."""
