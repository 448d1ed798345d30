"""What can go wrong between a provider and a phone, as scripts: refusals, mishaps of the answer, fates, receipts."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Answer(StrEnum):
    """What becomes of the provider's HTTP answer."""

    PROMPT = "prompt"
    HANG = "hang"  # it never comes
    ERROR = "error"  # 500
    DROP = "drop"  # the connection breaks instead


class Fate(StrEnum):
    """What becomes of an accepted message."""

    DELIVERED = "delivered"
    LOST = "lost"  # sent, and never heard of again
    UNDELIVERED = "undelivered"  # the carrier says no, with `error_code`


class Receipts(StrEnum):
    """How the receipts of a message come in."""

    ONCE = "once"
    DOUBLED = "doubled"
    REORDERED = "reordered"  # the last first
    BEFORE_ANSWER = "before_answer"  # all of them before the sender has its answer
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A provider's no: nothing was accepted. `retry_after` is in seconds."""

    status: int
    code: int
    message: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The course of one message; whatever is not said goes well.

    With `accepts` false a HANG, ERROR or DROP happens to a message that was never taken. `answer_after` delays the
    answer, `lands_after` the message in the provider's queue: both before scaling by the sandbox's pace.
    """

    refusal: Refusal | None = None
    accepts: bool = True
    answer: Answer = Answer.PROMPT
    answer_after: timedelta = timedelta(0)
    fate: Fate = Fate.DELIVERED
    error_code: int | None = None
    lands_after: timedelta = timedelta(0)
    receipts: Receipts = Receipts.ONCE

    def __post_init__(self) -> None:
        """Refuse a course that no provider takes.

        Raises:
            ValueError: If a message that was never taken is to be answered as if it were.
        """
        if not self.accepts and self.answer is Answer.PROMPT:
            raise ValueError("a message that is not accepted needs a refusal or a mishap of the answer")


NO_FAULT = Fault()
LOSS = Fault(fate=Fate.LOST)
DOUBLED_RECEIPTS = Fault(receipts=Receipts.DOUBLED)
REORDERED_RECEIPTS = Fault(receipts=Receipts.REORDERED)
RECEIPTS_FIRST = Fault(receipts=Receipts.BEFORE_ANSWER)
NO_RECEIPTS = Fault(receipts=Receipts.NONE)
HANG_AFTER_ACCEPT = Fault(answer=Answer.HANG)
ERROR_AFTER_ACCEPT = Fault(answer=Answer.ERROR)
DROP_AFTER_ACCEPT = Fault(answer=Answer.DROP)
HANG_BEFORE_ACCEPT = Fault(answer=Answer.HANG, accepts=False)
ERROR_BEFORE_ACCEPT = Fault(answer=Answer.ERROR, accepts=False)
DROP_BEFORE_ACCEPT = Fault(answer=Answer.DROP, accepts=False)
# https://www.twilio.com/docs/api/errors
UNREACHABLE = Fault(fate=Fate.UNDELIVERED, error_code=30003)
BLOCKED_BY_CARRIER = Fault(fate=Fate.UNDELIVERED, error_code=30004)
LANDLINE = Fault(fate=Fate.UNDELIVERED, error_code=30006)
FILTERED = Fault(fate=Fate.UNDELIVERED, error_code=30007)
# https://github.com/tdlib/telegram-bot-api, Client.cpp
TELEGRAM_BLOCKED = Fault(refusal=Refusal(403, 403, "Forbidden: bot was blocked by the user"))
TELEGRAM_DEACTIVATED = Fault(refusal=Refusal(403, 403, "Forbidden: user is deactivated"))
CHAT_NOT_FOUND = Fault(refusal=Refusal(400, 400, "Bad Request: chat not found"))


def too_many_requests(retry_after: int = 30) -> Fault:
    """Refuse as Twilio does when its limit is passed: nothing was taken, try again after so many seconds."""
    return Fault(refusal=Refusal(429, 20429, "Too Many Requests", retry_after))


def flood(retry_after: int = 30) -> Fault:
    """Refuse as Telegram does when a bot writes too fast."""
    return Fault(refusal=Refusal(429, 429, f"Too Many Requests: retry after {retry_after}", retry_after))


def late(by: timedelta) -> Fault:
    """Keep the message in the provider's queue for so long (its validity period may end first)."""
    return Fault(lands_after=by)


def slow_answer(by: timedelta) -> Fault:
    """Answer only after so long; the message is on its way meanwhile."""
    return Fault(answer_after=by)


@dataclass(slots=True)
class Script:
    """Which faults are still to come, for one number or for whoever is written to next."""

    _lines: dict[str | None, deque["_Line"]] = field(default_factory=dict)

    def add(self, fault: Fault, *, to: str | None = None, times: int | None = 1) -> None:
        """Let `fault` happen to the next `times` messages (None: to all), to one number or (None) to any."""
        self._lines.setdefault(to, deque()).append(_Line(fault, times))

    def clear(self) -> None:
        """Let everything go well again."""
        self._lines.clear()

    def take(self, to: str) -> Fault:
        """Return what happens to this message: its number's own script goes before the common one."""
        for key in (to, None):
            lines = self._lines.get(key)
            if lines:
                return _played(lines)
        return NO_FAULT


@dataclass(slots=True)
class _Line:
    fault: Fault
    times: int | None


def _played(lines: deque[_Line]) -> Fault:
    line = lines[0]
    if line.times is not None:
        line.times -= 1
        if line.times <= 0:
            lines.popleft()
    return line.fault
