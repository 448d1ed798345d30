"""What an import found, did and planned: counts and ids only, so that it can be shown, logged and kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class RunState(StrEnum):
    """How an import ended."""

    APPLIED = "applied"
    HELD = "held"  # the brake: nothing applied, nothing sent, a human decides
    REFUSED = "refused"  # nothing in it could be used
    DRY_RUN = "dry_run"  # looked at only; never stored


class Finding(StrEnum):
    """What an import says of one hearing, against what was known. The first that fits is counted."""

    NEW = "new"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    EARLIER = "moved_earlier"
    LATER = "moved_later"
    ROOM = "room"
    MODE = "mode"
    DETAILS = "details"  # judge, kind or another column that changes nothing for people
    RETURNED = "returned"  # it had gone from the feed and is back, unchanged
    GONE = "gone"  # the feed no longer shows it; that is no cancellation
    KEPT = "kept"  # staff changed it and the feed disagrees: theirs stands, the desk is asked
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row in quarantine: where it stands in the file, which column was wrong and why. `line` counts from 1."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of one import.

    `rows` were read, quarantined ones not among them. `hearings` counts by Finding, `parties` what became of people
    (new, changed, unreachable, …), `notices` what was planned (in a dry run: would be) by NoticeKind. `why` says in
    sentences what held or refused it; `bad_rows` has the first of the quarantine.
    """

    court: str
    mapping: str
    state: RunState
    run_id: int | None = None
    rows: int = 0
    repeated: int = 0
    skipped: int = 0
    quarantined: int = 0
    ambiguous: int = 0
    coming: int = 0
    hearings: Mapping[str, int] = field(default_factory=dict)
    parties: Mapping[str, int] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)
    superseded: int = 0
    tasks: int = 0
    why: tuple[str, ...] = ()
    bad_rows: tuple[BadRow, ...] = ()

    @property
    def is_in(self) -> bool:
        """Whether the calendar is in the database."""
        return self.state is RunState.APPLIED

    def counts(self) -> dict[str, object]:
        """Return what is kept of a run: numbers only."""
        return {
            "quarantined": self.quarantined,
            "repeated": self.repeated,
            "skipped": self.skipped,
            "ambiguous": self.ambiguous,
            "superseded": self.superseded,
            "tasks": self.tasks,
            "hearings": dict(self.hearings),
            "parties": dict(self.parties),
            "notices": dict(self.notices),
        }

    def facts(self) -> dict[str, object]:
        """Return it as plain JSON: counts, codes and sentences without personal data."""
        return asdict(self)
