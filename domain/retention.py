"""How long a court keeps what: the days of its file's `[retention]` table, and from when they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kept(StrEnum):
    """What is kept for a while; each has its days in the court's file under this name."""

    INBOUND = "inbound"
    TEXTS = "texts"
    REPLIES = "replies"
    QUARANTINE = "quarantine"
    NOTES = "notes"
    PEOPLE = "people"
    VERDICTS = "verdicts"
    RECEIPTS = "receipts"


LEAST: Mapping[Kept, timedelta] = {kept: timedelta(days=7) for kept in Kept} | {Kept.PEOPLE: timedelta(days=90)}
"""Less is refused: for a week receipts, second tries and the desk look at words; a case may rest for months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a court keeps each of `Kept`. The defaults' reasons are in docs/how-to/keep-and-forget.md.

    `inbound`: what people wrote, after it came. `texts`: the words of deliveries, after they left and after every
    hearing they speak of. `replies`: the outbox's copy of our answers, after their window closed. `quarantine`: rows
    that could not be read, after the import. `notes`: the desk's, after the task was closed. `people`: names, birth
    dates and addresses, after the last hearing, text and message. `verdicts`: what the gate looked at, after it
    ruled. `receipts`: what providers said step by step, after they said it.
    """

    inbound: timedelta = timedelta(days=90)
    texts: timedelta = timedelta(days=365)
    replies: timedelta = timedelta(days=30)
    quarantine: timedelta = timedelta(days=90)
    notes: timedelta = timedelta(days=365)
    people: timedelta = timedelta(days=730)
    verdicts: timedelta = timedelta(days=365)
    receipts: timedelta = timedelta(days=365)

    def cutoff(self, kept: Kept, *, now: datetime) -> datetime:
        """Return the instant before which it is forgotten."""
        span: timedelta = getattr(self, kept.value)
        return now - span
