"""A notice: something one person is to be told, about one subject at one revision, within a window."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from domain.hearing import ChangeKind
from domain.record import record


class NoticeKind(StrEnum):
    """What a notice tells."""

    HEARING_SET = "hearing_set"  # a hearing is set; on first contact: who writes and how to stop
    REMINDER = "reminder"  # one touch of the court's policy; its Purpose says which
    SHORT_NOTICE = "short_notice"  # the hearing is nearer than every offset: one text with all that matters
    CHANGE = "change"  # moved, room, mode or re-instated, naming old and new
    CANCELLATION = "cancellation"  # do not come
    CORRECTION = "correction"  # a change that overtook a message at the carrier; always the last on the phone
    RECOVERY = "recovery"  # after a miss: how to put it right, without threat
    INVITATION = "invitation"  # opt-in courts: a neutral first text that asks for consent
    WATCH_FOUND = "watch_found"  # the number somebody watches for has come into the calendar
    WATCH_ENDED = "watch_ended"  # it has not come, and the watch is over
    REPLY = "reply"  # our answer in a conversation; its text is made when it is asked


class Purpose(StrEnum):
    """What one reminder is for: each touch of the policy has its own."""

    SET = "set"
    CONSEQUENCE = "consequence"  # what missing means, and make a plan
    PLAN = "plan"  # leave time, work, childcare
    LOGISTICS = "logistics"  # room, what to bring, whom to call
    TODAY = "today"


OWED = ":owed"
"""So the key of the answer to STOP or HELP ends: carriers demand that one, whatever else."""


class Priority(IntEnum):
    """Who goes first on a lane."""

    REPLY = 0
    URGENT = 1
    REMINDER = 2
    BROADCAST = 3
    OTHER = 4


class NoticeState(StrEnum):
    """The fate of a notice. It moves along ALLOWED only."""

    PLANNED = "planned"
    HELD = "held"  # waiting for a reason the gate gave; `due_at` says until when
    CLAIMED = "claimed"  # a worker has it, nothing has left
    SENDING = "sending"  # recorded before the wire: from here on it may have left
    UNKNOWN = "unknown"  # it may have left; a receipt, the provider or the kind's policy settles it
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"  # the gate said no, with a reason
    SUPERSEDED = "superseded"  # a newer revision speaks instead
    EXPIRED = "expired"  # its window closed before it could leave

    @property
    def is_waiting(self) -> bool:
        """Whether the dispatcher may still claim it."""
        return self in WAITING

    @property
    def may_have_left(self) -> bool:
        """Whether the person may have read it."""
        return self in MAY_HAVE_LEFT

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to it any more but a late receipt."""
        return self in FINAL

    def may_become(self, other: "NoticeState") -> bool:
        """Return whether the state machine has a step from here to `other`."""
        return other in ALLOWED[self]


_S = NoticeState
WAITING = frozenset({_S.PLANNED, _S.HELD})
MAY_HAVE_LEFT = frozenset({_S.SENDING, _S.UNKNOWN, _S.SENT, _S.DELIVERED})
FINAL = frozenset({_S.DELIVERED, _S.FAILED, _S.DROPPED, _S.SUPERSEDED, _S.EXPIRED})
_ENDS = {_S.DROPPED, _S.SUPERSEDED, _S.EXPIRED, _S.FAILED}
ALLOWED: dict[NoticeState, frozenset[NoticeState]] = {
    # A notice that waits for another attempt ends DELIVERED when the first one's receipt comes after all.
    _S.PLANNED: frozenset({_S.CLAIMED, _S.SENDING, _S.HELD, _S.DELIVERED} | _ENDS),
    _S.HELD: frozenset({_S.CLAIMED, _S.SENDING, _S.PLANNED, _S.DELIVERED} | _ENDS),
    _S.CLAIMED: frozenset({_S.PLANNED, _S.HELD, _S.SENDING} | _ENDS),
    _S.SENDING: frozenset({_S.SENT, _S.PLANNED, _S.UNKNOWN, _S.DELIVERED} | _ENDS),
    _S.UNKNOWN: frozenset({_S.SENT, _S.DELIVERED, _S.PLANNED} | _ENDS),
    # Back to PLANNED only to climb down to another endpoint; to UNKNOWN when the text proves to be another attempt's.
    _S.SENT: frozenset({_S.DELIVERED, _S.FAILED, _S.PLANNED, _S.UNKNOWN}),
    _S.FAILED: frozenset({_S.DELIVERED, _S.PLANNED}),  # a late receipt; or they can be reached now
    _S.DELIVERED: frozenset(),
    _S.DROPPED: frozenset({_S.PLANNED}),  # it never left, and the facts want it again: START after STOP
    _S.SUPERSEDED: frozenset({_S.PLANNED}),  # it never left: a hearing put back on
    _S.EXPIRED: frozenset(),
}


@record(frozen=True, slots=True, kw_only=True)
class NoticePlan:
    """A notice that should exist. All instants are aware and in UTC.

    `dedupe_key` is unique for ever: the same plan made twice is one notice. Notices of one person that share a
    `bundle_key` and are due together leave as one text. `changed` and `told_revision` matter to CHANGE,
    CANCELLATION and CORRECTION: what is different from the revision that the person was last told.
    """

    dedupe_key: str
    kind: NoticeKind
    priority: Priority
    due_at: datetime
    expires_at: datetime
    purpose: Purpose | None = None
    asks_attendance: bool = False
    bundle_key: str | None = None
    changed: frozenset[ChangeKind] = frozenset()
    told_revision: int | None = None


class Whose(NamedTuple):
    """Which hearing and whom the keys of a notice name: ids, or blanks where many get the same but for the ids."""

    hearing: str
    participation: str
    person: str


ANYBODY = Whose("{hearing}", "{participation}", "{person}")
