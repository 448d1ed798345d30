"""The mistakes people can make, each with a sentence for whoever made it. Bugs are not in here."""


class UsherError(Exception):
    """Something a person asked for cannot be done; the message says what and where, without personal data."""


class InvalidInputError(UsherError):
    """What came in cannot be read: `field` names the place, `why` the reason."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class NotFoundError(UsherError):
    """What was asked for does not exist, or may not be seen by who asked: never say which."""


class ConflictError(UsherError):
    """It is readable and it exists, but doing it now would break something; a human decides."""
