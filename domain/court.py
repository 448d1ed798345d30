"""A court as its TOML file states it: face, zone, languages, quiet hours, reminder policy, how people join."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.delivery import ChannelName
from domain.notice import Purpose
from domain.retention import Retention
from domain.roles import Role


class Enrolment(StrEnum):
    """How parties with a phone in the feed begin to get texts."""

    OPT_OUT = "opt_out"  # enrolled at once; the first text says who writes and how to stop
    OPT_IN = "opt_in"  # a neutral first text asks; nothing about a case before a yes
    NONE = "none"  # only people who write first


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No ordinary text from `start` to `end`, on the court's wall clock; usually over midnight.

    `jitter` spreads what quiet hours held back over the first minutes after they end.
    """

    start: time = time(20, 0)
    end: time = time(8, 0)
    jitter: timedelta = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRule:
    """One touch: so many days before the hearing, at a wall-clock time of the court; or hours before its start.

    Exactly one of `days_before` (with `at`) and `hours_before` is set. `key` names it in dedupe keys and in
    `usher why`: it must never be given to another rule. `roles` is who gets it.
    """

    key: str
    purpose: Purpose
    days_before: int | None = None
    at: time = time(10, 0)
    hours_before: timedelta | None = None
    roles: frozenset[Role] = frozenset(Role)
    asks_attendance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSpec:
    """A lane of the court: which sender identity, and how fast it may go.

    `key` is "twilio:" + a messaging service (MG…) or number, "telegram:" + the bot; None in `sender` means the
    installation's own. `rate` is per second: SMS segments, or Telegram messages. `per_endpoint` are the seconds
    between two texts to one endpoint; None is the channel's own (`endpoint_pace`).
    """

    channel: ChannelName
    sender: str | None = None
    rate: float = 1.0
    burst: int = 1
    per_endpoint: float | None = None

    @property
    def endpoint_pace(self) -> float:
        """The seconds between two texts to one endpoint: Telegram takes one a second in a chat, SMS has no rule."""
        if self.per_endpoint is not None:
            return self.per_endpoint
        return 1.0 if self.channel is ChannelName.TELEGRAM else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """When a notice no longer waits for a sender that is down, but goes to the person's other endpoint.

    `after`: that long past its time. `near`: when its hearing begins so soon, it does not wait even that long.
    """

    after: timedelta = timedelta(minutes=30)
    near: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """When an import must wait for a human.

    `moved_share` of the coming hearings moved or cancelled, or a file smaller than `shrunk_share` of the last one.
    """

    moved_share: float = 0.20
    shrunk_share: float = 0.50
    at_least: int = 5  # below so many hearings a share says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """One courthouse or division. `key` is its short name in files and commands: lower-case letters, digits, -.

    `case_pattern` and `ticket_patterns` are regular expressions over folded numbers (see `case_number.fold`): what
    a well-formed number looks like here. `lead_language` is what people get who never said.
    """

    key: str
    name: str
    short_name: str
    address: str
    phone: str
    zone: ZoneInfo
    languages: tuple[str, ...] = ("en",)
    quiet: QuietHours = QuietHours()
    rules: tuple[ReminderRule, ...] = ()
    enrolment: Enrolment = Enrolment.OPT_OUT
    senders: tuple[SenderSpec, ...] = ()
    number_patterns: tuple[str, ...] = ()
    watch_days: int = 16
    brake: Brake = Brake()
    failover: Failover = Failover()
    allow_drafts: bool = False
    region: str = "US"  # how national phone numbers of the feed are read (ISO 3166-1 alpha-2)
    local_area_codes: tuple[str, ...] = ()  # of the court's zone: other phones are told the zone; none: nobody is
    stale_after: timedelta = timedelta(hours=36)
    example_number: str = ""
    mappings: dict[str, dict[str, object]] = field(default_factory=dict, hash=False)
    set_notice: bool = True
    recovery: bool = True
    retention: Retention = Retention()  # noqa: RUF009 - frozen

    @property
    def lead_language(self) -> str:
        """The language of people who never chose one."""
        return self.languages[0]
