"""Invented letters of every kind, role and way to take part, and the pages that show them in each language.

`python -m tests.unit.locales.samples` writes the golden pages anew; read their diff as the people who get the texts.
"""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.hearing import ChangeKind, Mode
from domain.letter import CourtFace, HearingFacts, Letter
from domain.notice import NoticeKind, Purpose
from domain.roles import Role
from locales.letters import compose
from locales.reader import LANGUAGES, reader

GOLDEN = Path(__file__).parent / "golden"
ALASKA = ZoneInfo("America/Anchorage")
NOW = datetime(2026, 9, 23, 18, 0, tzinfo=UTC)  # Wednesday, 10:00 in Alaska
EVE = datetime(2026, 9, 29, 18, 0, tzinfo=UTC)  # the day before most of the hearings
STARTS = datetime(2026, 9, 30, 18, 0, tzinfo=UTC)  # Wednesday, 10:00 in Alaska

COURT = CourtFace(
    name="Riverbend Trial Court",
    short_name="Riverbend Court",
    address="120 Harbor Street, Riverbend",
    phone="907-555-0100",
    zone=ALASKA,
)
HEARING = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, courtroom="Courtroom D, Riverbend Courthouse")
ROOM_4B = HearingFacts(case_number="3RB-26-00142CR", starts_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC), courtroom="4B")
OTHER_CASE = HearingFacts(case_number="3RB-26-00177MO", starts_at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
VIDEO = HearingFacts(
    case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.VIDEO, join_url="https://video.example.gov/r/77"
)
VIDEO_NO_LINK = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.VIDEO)
PHONE = HearingFacts(case_number="3RB-26-00142CR", starts_at=STARTS, mode=Mode.PHONE, join_url="907-555-0142")


def letter(kind: NoticeKind, role: Role = Role.DEFENDANT, **facts: object) -> Letter:
    """Make a letter about HEARING, unless told otherwise."""
    given: dict[str, object] = {"court": COURT, "hearings": (HEARING,), **facts}
    return Letter(kind=kind, role=role, **given)  # type: ignore[arg-type]  # a builder of test data takes what it sets


def change(
    new: HearingFacts, *kinds: ChangeKind, before: HearingFacts = HEARING, role: Role = Role.DEFENDANT
) -> Letter:
    """Make a change letter from `before` to `new`."""
    return letter(NoticeKind.CHANGE, role, hearings=(new,), before=before, changed=frozenset(kinds))


def _by_role(role: Role) -> dict[str, Letter]:
    first = {"set": letter(NoticeKind.HEARING_SET, role, first_contact=True)}
    reminders = {
        purpose.value: letter(NoticeKind.REMINDER, role, purpose=purpose, asks_attendance=purpose is Purpose.LOGISTICS)
        for purpose in (Purpose.CONSEQUENCE, Purpose.PLAN, Purpose.LOGISTICS, Purpose.TODAY)
    }
    rest = {
        "short notice": letter(NoticeKind.SHORT_NOTICE, role),
        "later, other room": change(ROOM_4B, ChangeKind.LATER, ChangeKind.ROOM, role=role),
        "cancelled": letter(NoticeKind.CANCELLATION, role, hearings=(), before=HEARING),
        "corrected": letter(NoticeKind.CORRECTION, role, hearings=(ROOM_4B,), before=HEARING),
        "corrected to off": letter(NoticeKind.CORRECTION, role, hearings=(), before=HEARING),
    }
    missed = {} if role is Role.FOLLOWER else {"missed": letter(NoticeKind.RECOVERY, role)}
    return {f"{role} - {name}": made for name, made in {**first, **reminders, **rest, **missed}.items()}


VOICES = (Role.DEFENDANT, Role.RESPONDENT, Role.WITNESS, Role.VICTIM, Role.FOLLOWER)
LETTERS: dict[str, Letter] = {
    **{name: made for role in VOICES for name, made in _by_role(role).items()},
    "two on a day": letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS, hearings=(ROOM_4B, OTHER_CASE)),
    "two on a day, witness": letter(
        NoticeKind.REMINDER, Role.WITNESS, purpose=Purpose.PLAN, hearings=(HEARING, OTHER_CASE)
    ),
    "two on a day, follower": letter(NoticeKind.HEARING_SET, Role.FOLLOWER, hearings=(VIDEO, OTHER_CASE)),
    "by video": letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS, hearings=(VIDEO,)),
    "by video, no link": letter(NoticeKind.REMINDER, purpose=Purpose.PLAN, hearings=(VIDEO_NO_LINK,)),
    "by phone": letter(NoticeKind.REMINDER, purpose=Purpose.TODAY, hearings=(PHONE,)),
    "moved earlier": change(HEARING, ChangeKind.EARLIER, before=ROOM_4B),
    "other room": change(
        ROOM_4B,
        ChangeKind.ROOM,
        before=HearingFacts(case_number="3RB-26-00142CR", starts_at=ROOM_4B.starts_at, courtroom="2A"),
    ),
    "now by video": change(VIDEO, ChangeKind.MODE),
    "now in person": change(HEARING, ChangeKind.MODE, before=PHONE),
    "new link": change(VIDEO, ChangeKind.MODE, before=VIDEO_NO_LINK),
    "on again, later": change(ROOM_4B, ChangeKind.REINSTATED, ChangeKind.LATER),
    "invited": letter(NoticeKind.INVITATION, hearings=()),
    "watch found": letter(NoticeKind.WATCH_FOUND, Role.FOLLOWER, subject_number="3RB-26-00142CR"),
    "watch ended": letter(NoticeKind.WATCH_ENDED, Role.FOLLOWER, hearings=(), subject_number="3RB-26-00142CR"),
}


def page(language: str) -> str:
    """Show every letter in one language, as it reads the week before; isolates are shown as brackets."""
    parts = [f"== {name}\n{compose(made, reader(language), now=NOW)}\n" for name, made in LETTERS.items()]
    return "\n".join(parts).translate({0x2066: "<", 0x2068: "[", 0x2069: ">"})


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for tag in LANGUAGES:
        (GOLDEN / f"letters.{tag}.txt").write_text(page(tag), encoding="utf-8")
