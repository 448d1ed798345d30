"""How a text speaks to whom: five voices for the roles people have in a case."""

from enum import Enum

from domain.letter import HearingFacts, Letter
from domain.roles import Role
from locales.errors import UnspeakableError


class Voice(Enum):
    """Who is spoken to."""

    ACCUSED = "accused"  # must come; missing court can lead to arrest
    PARTY = "party"  # should come; the judge may decide without them
    WITNESS = "witness"  # is asked to come; not a word of the case
    VICTIM = "victim"  # is told; not a word of the case
    FOLLOWER = "follower"  # wants to know; never "you must"

    @property
    def is_discreet(self) -> bool:
        """Whether the text may not even name the case: somebody else may read this phone."""
        return self in {Voice.WITNESS, Voice.VICTIM}


_VOICES = {
    Role.DEFENDANT: Voice.ACCUSED,
    Role.RESPONDENT: Voice.PARTY,
    Role.PETITIONER: Voice.PARTY,
    Role.WITNESS: Voice.WITNESS,
    Role.VICTIM: Voice.VICTIM,
    Role.ATTORNEY: Voice.FOLLOWER,
    Role.GUARDIAN: Voice.FOLLOWER,
    Role.OFFICER: Voice.FOLLOWER,
    Role.FOLLOWER: Voice.FOLLOWER,
}


def voice_of(role: Role) -> Voice:
    """Return how a role is spoken to."""
    return _VOICES[role]


def court_named(letter: Letter) -> str:
    """Return the court's name as the text should print it: in full where it is the first one."""
    return letter.court.name if letter.first_contact else letter.court.short_name


def only_hearing(letter: Letter) -> HearingFacts:
    """Return the one hearing of a letter.

    Raises:
        UnspeakableError: If there is none, or more than one.
    """
    if len(letter.hearings) != 1:
        raise UnspeakableError(f"{letter.kind} needs exactly one hearing, not {len(letter.hearings)}")
    return letter.hearings[0]
