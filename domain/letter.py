"""What a letter may say: the facts that disclosure let through, for `locales.letters` to put into words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.hearing import ChangeKind, Mode
from domain.notice import NoticeKind, Purpose
from domain.record import record
from domain.roles import Role


@record(frozen=True, slots=True, kw_only=True)
class CourtFace:
    """How a court shows itself in a text; the phone is a number people can call, as it should be printed."""

    name: str
    short_name: str
    address: str
    phone: str
    zone: ZoneInfo


@record(frozen=True, slots=True, kw_only=True)
class HearingFacts:
    """One hearing as it may be told: no names. `starts_at` is aware and in UTC."""

    case_number: str
    starts_at: datetime
    courtroom: str | None = None
    place: str | None = None
    mode: Mode = Mode.IN_PERSON
    join_url: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything one notice may say to one reader.

    `hearings` are in order of time; several only in HEARING_SET, REMINDER and SHORT_NOTICE. `before` is the hearing
    as the reader was last told, for CHANGE, CANCELLATION and CORRECTION. `first_contact`: nothing was ever sent to
    this endpoint by this court, so the text must say who writes, why, and (at the end) how to stop.
    `discreet`: victims and witnesses; no word of the case's matter or the other side.
    """

    kind: NoticeKind
    court: CourtFace
    role: Role
    hearings: tuple[HearingFacts, ...] = ()
    purpose: Purpose | None = None
    before: HearingFacts | None = None
    changed: frozenset[ChangeKind] = frozenset()
    first_contact: bool = False
    asks_attendance: bool = False
    subject_number: str | None = None
