"""The policy of reminders where a court's file states none."""

from domain.court import ReminderRule
from domain.notice import Purpose
from domain.roles import Role

CALLED_UPON = frozenset({Role.DEFENDANT, Role.RESPONDENT})
"""Who is in trouble for not coming, and so gets the recovery text."""

DEFAULT_RULES: tuple[ReminderRule, ...] = (
    ReminderRule(key="called-7d", purpose=Purpose.CONSEQUENCE, days_before=7, roles=CALLED_UPON),
    ReminderRule(key="called-3d", purpose=Purpose.PLAN, days_before=3, roles=CALLED_UPON, asks_attendance=True),
    ReminderRule(key="called-1d", purpose=Purpose.LOGISTICS, days_before=1, roles=CALLED_UPON),
    # A bare nudge does nothing for witnesses: ask early enough that a human can follow up silence.
    ReminderRule(
        key="witness-7d", purpose=Purpose.PLAN, days_before=7, roles=frozenset({Role.WITNESS}), asks_attendance=True
    ),
    ReminderRule(key="witness-1d", purpose=Purpose.LOGISTICS, days_before=1, roles=frozenset({Role.WITNESS})),
    ReminderRule(
        key="harmed-3d",
        purpose=Purpose.PLAN,
        days_before=3,
        roles=frozenset({Role.VICTIM, Role.PETITIONER, Role.GUARDIAN}),
    ),
    ReminderRule(
        key="harmed-1d",
        purpose=Purpose.LOGISTICS,
        days_before=1,
        roles=frozenset({Role.VICTIM, Role.PETITIONER, Role.GUARDIAN}),
    ),
    ReminderRule(key="follower-7d", purpose=Purpose.PLAN, days_before=7, roles=frozenset({Role.FOLLOWER})),
    ReminderRule(key="follower-1d", purpose=Purpose.LOGISTICS, days_before=1, roles=frozenset({Role.FOLLOWER})),
    ReminderRule(
        key="counsel-1d", purpose=Purpose.LOGISTICS, days_before=1, roles=frozenset({Role.ATTORNEY, Role.OFFICER})
    ),
)
"""The policy of a court whose file states none: 7, 3 and 1 days for who must come, each touch with its purpose."""
