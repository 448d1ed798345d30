"""Consent as an append-only tale: who may be written to, for what, folded from what people said and in what order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from domain.record import record

TOO_CLOSE = timedelta(seconds=1)
"""A yes that came so soon after a stop may have been said before it: carriers deliver what has waited in any order."""


class Standing(StrEnum):
    """Where an endpoint stands for one purpose and case."""

    GRANTED = "granted"
    PENDING = "pending"  # nobody said yes or no yet: nothing but an invitation
    REVOKED = "revoked"


class ConsentPurpose(StrEnum):
    """What people may say yes or no to."""

    HEARINGS = "hearings"
    BROADCASTS = "broadcasts"
    SERVICES = "services"


class ConsentAction(StrEnum):
    """What an event did. ASKED changes nothing: it records that the question was put."""

    ASKED = "asked"
    GRANTED = "granted"
    REVOKED = "revoked"


class Evidence(StrEnum):
    """On what an event rests."""

    FEED = "feed"  # the court enrolled the party; nobody was asked
    TEXT = "text"  # the person's own message
    CLERK = "clerk"  # told to a clerk, who wrote it down
    WEB = "web"
    CARRIER = "carrier"  # the provider says that they opted out

    @property
    def is_own_word(self) -> bool:
        """Whether the person said it: only that lifts a stop, an enrolment by the feed never does."""
        return self is not Evidence.FEED


@record(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One thing said about one endpoint. None means "all": every purpose, every court, every case.

    `at` is when it was said, as far as we can know: when it came in, however late it was read.
    """

    at: datetime
    action: ConsentAction
    evidence: Evidence
    purpose: ConsentPurpose | None = None
    court_id: int | None = None
    case_id: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of the endpoint as a whole: STOP and START."""
        return self.purpose is None and self.court_id is None and self.case_id is None

    def covers(self, *, purpose: ConsentPurpose, case_id: int | None, court_id: int | None) -> bool:
        """Return whether it says anything about this purpose in this case of this court."""
        return self.purpose in (None, purpose) and self.court_id in (None, court_id) and self.case_id in (None, case_id)


def standing(
    events: Iterable[ConsentEvent], *, purpose: ConsentPurpose, case_id: int | None, court_id: int | None
) -> Standing:
    """Fold an endpoint's events, in the order in which they were said, into where it stands.

    The later word wins, with four exceptions. A yes within TOO_CLOSE after a no does not lift it. A whole STOP beats
    every narrower yes until a whole START. An enrolment by the feed never lifts a stop. And START undoes what is in
    force, not all history: after a whole STOP it lifts that and leaves cases that were stopped one by one before it;
    with no whole STOP in force it can only mean those, so it lifts them.
    """
    stopped: datetime | None = None
    stopped_here: datetime | None = None
    granted = False
    for event in events:
        if not event.covers(purpose=purpose, case_id=case_id, court_id=court_id):
            continue
        match event.action:
            case ConsentAction.ASKED:
                pass
            case ConsentAction.REVOKED if event.is_whole:
                stopped = event.at
            case ConsentAction.REVOKED:
                stopped_here = event.at
            case ConsentAction.GRANTED:
                granted = True
                if not event.evidence.is_own_word:
                    continue
                if event.is_whole and stopped is not None:
                    stopped = _still(stopped, event)
                else:
                    stopped_here = _still(stopped_here, event)
    if stopped is not None or stopped_here is not None:
        return Standing.REVOKED
    return Standing.GRANTED if granted else Standing.PENDING


def _still(stopped: datetime | None, yes: ConsentEvent) -> datetime | None:
    """Return the instant of a stop that a yes does not lift, None when there is none any more."""
    return None if stopped is None or yes.at - stopped >= TOO_CLOSE else stopped
