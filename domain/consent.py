"""Consent as an append-only tale: who may be written to, for what, folded from what people said and in what order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

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
    events: Iterable[ConsentEvent],
    *,
    purpose: ConsentPurpose,
    case_id: int | None,
    court_id: int | None,
    since: datetime | None = None,
) -> Standing:
    """Fold an endpoint's events, in the order in which they were said, into where it stands.

    The later word wins, with four exceptions. A yes within TOO_CLOSE after a no does not lift it. A whole STOP beats
    every narrower yes until a whole START. An enrolment by the feed never lifts a stop. And START undoes what is in
    force, not all history: after a whole STOP it lifts that and leaves cases that were stopped one by one before it;
    with no whole STOP in force it can only mean those, so it lifts them.

    `since` is when the endpoint came to somebody from another holder: what that one said yes to is no yes of theirs,
    what that one stopped stays stopped.
    """
    tale = _fold(events, purpose=purpose, case_id=case_id, court_id=court_id, since=since)
    if tale.stops or tale.stops_here:
        return Standing.REVOKED
    return Standing.GRANTED if tale.is_granted else Standing.PENDING


def is_own_no(
    events: Iterable[ConsentEvent],
    *,
    purpose: ConsentPurpose,
    case_id: int | None,
    court_id: int | None,
    since: datetime,
) -> bool:
    """Return whether a no that is in force is that of the person who has been reached here `since` an instant.

    A person's own no is not to be got round by writing elsewhere. What is not theirs: a bot that was blocked, which
    only the provider tells; and what was said here before they came, by whoever it was, and came with a yes.
    """
    said = list(events)
    tale = _fold(said, purpose=purpose, case_id=case_id, court_id=court_id, since=None)
    comings = [event.at for event in said if _is_coming(event, purpose=purpose, court_id=court_id)]
    return any(
        stop.evidence is not Evidence.CARRIER
        and (stop.at >= since or not any(coming - stop.at >= TOO_CLOSE for coming in comings))
        for stop in (*tale.stops, *tale.stops_here)
    )


class _Tale(NamedTuple):
    """What is in force: stops of everything, narrower ones, and whether anybody ever said yes."""

    stops: list[ConsentEvent]
    stops_here: list[ConsentEvent]
    is_granted: bool


def _fold(
    events: Iterable[ConsentEvent],
    *,
    purpose: ConsentPurpose,
    case_id: int | None,
    court_id: int | None,
    since: datetime | None,
) -> _Tale:
    stops: list[ConsentEvent] = []
    stops_here: list[ConsentEvent] = []
    granted = False
    for event in events:
        if not event.covers(purpose=purpose, case_id=case_id, court_id=court_id):
            continue
        match event.action:
            case ConsentAction.ASKED:
                pass
            case ConsentAction.REVOKED:
                (stops if event.is_whole else stops_here).append(event)
            case ConsentAction.GRANTED:
                granted = granted or since is None or event.at > since or not event.evidence.is_own_word
                if event.evidence.is_own_word:
                    _lift(stops if event.is_whole and stops else stops_here, event)
    return _Tale(stops, stops_here, granted)


def _lift(stops: list[ConsentEvent], yes: ConsentEvent) -> None:
    """Take away the stops that a yes undoes: all, or none where it came too soon after the last of them."""
    if stops and yes.at - stops[-1].at >= TOO_CLOSE:
        stops.clear()


def _is_coming(event: ConsentEvent, *, purpose: ConsentPurpose, court_id: int | None) -> bool:
    """Whether it is the yes of somebody who has just been connected here: to all texts of the court."""
    if event.action is not ConsentAction.GRANTED or not event.evidence.is_own_word or event.is_whole:
        return False
    return event.covers(purpose=purpose, case_id=None, court_id=court_id) and event.case_id is None
