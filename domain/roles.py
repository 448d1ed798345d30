"""Who people are in a case, and which of them stand on opposing sides."""

from enum import StrEnum


class Role(StrEnum):
    """A person's part in one case. FOLLOWER is anyone who asked for reminders of a public case by its number."""

    DEFENDANT = "defendant"
    VICTIM = "victim"
    WITNESS = "witness"
    PETITIONER = "petitioner"
    RESPONDENT = "respondent"
    ATTORNEY = "attorney"
    GUARDIAN = "guardian"
    OFFICER = "officer"
    FOLLOWER = "follower"


class Side(StrEnum):
    """Whose side a role stands on; a message meant for one side must never reach the other."""

    ACCUSED = "accused"
    HARMED = "harmed"
    NEITHER = "neither"


SIDES = {
    Role.DEFENDANT: Side.ACCUSED,
    Role.RESPONDENT: Side.ACCUSED,
    Role.VICTIM: Side.HARMED,
    Role.PETITIONER: Side.HARMED,
    Role.WITNESS: Side.HARMED,
}


def side_of(role: Role) -> Side:
    """Return the side of a role; witnesses are protected like the harmed side until the court says otherwise."""
    return SIDES.get(role, Side.NEITHER)


def are_opposed(one: Role, other: Role) -> bool:
    """Return whether the two roles in one case may not share an endpoint."""
    return other in _OPPONENTS[one]


def opponents_of(role: Role) -> frozenset[Role]:
    """Return the roles in one case that may not share an endpoint with this one."""
    return _OPPONENTS[role]


_OPPONENTS = {
    one: frozenset(other for other in Role if {side_of(one), side_of(other)} == {Side.ACCUSED, Side.HARMED})
    for one in Role
}
