"""How much of the machine's own time things may take in one process: the wire, and what lies between two looks."""

from dataclasses import dataclass
from datetime import timedelta

from bot.channels.routes import Limits
from scheduler.dispatcher import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """The periods of a process, in real time; everything else goes by its clock.

    `wire` bounds one request, `sending.wire_time` a whole batch. On a clock that runs faster than the machine's they
    must be shorter, for the lease goes by the clock: `wire.total` < `wire_time` < `dispatch.LEASE` is what keeps a
    batch that is being sent from being taken for lost.
    """

    wire: Limits = Limits()  # noqa: RUF009 - frozen
    sending: Timing = Timing()  # noqa: RUF009 - frozen
    reconcile_every: timedelta = timedelta(seconds=15)
    tidy_every: timedelta = timedelta(minutes=1)


USUAL = Tempo()
