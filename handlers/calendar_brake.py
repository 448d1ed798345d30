"""The brake: an import that would move too much, or has shrunk too far, waits for a human."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.calendar_report import Finding
from domain.court import Brake
from handlers.calendar_case import CaseWork
from storage.courts import Courts
from storage.staging import StagedCase

BRAKED = frozenset({Finding.CANCELLED, Finding.EARLIER, Finding.LATER})
PER_CENT = 100


@dataclass(slots=True)
class Tally:
    """What a whole file would do, before any of it is done. `upset` counts hearings moved or cancelled by court."""

    findings: Counter[Finding] = field(default_factory=Counter)
    upset: Counter[int] = field(default_factory=Counter)
    parties: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    unclear: int = 0

    def count_same(self, case: StagedCase) -> bool:
        """Add a case whose rows say just what they said; return False for any other."""
        if case.same_hearings is None:
            return False
        self.repeated += case.repeated
        self.findings[Finding.UNCHANGED] += case.same_hearings
        return True

    def count(self, work: CaseWork) -> None:
        """Add one case."""
        self.repeated += work.case.repeated
        self.unclear += len(work.diff.unclear)
        for change in work.diff.changes:
            self.findings[change.finding] += 1
            was_on = change.known is not None and change.known.fields.status.is_on
            if was_on and change.finding in BRAKED:
                self.upset[work.case.key[0]] += 1


def why_held(
    tally: Tally, *, coming: Mapping[int, int], rows: int, last_rows: int | None, brake: Brake, courts: Courts
) -> Iterator[str]:
    """Say, in a sentence for staff each, what stops this import; nothing where nothing does.

    Args:
        tally: What the file would do.
        coming: How many hearings of this feed are still to come in each court, by its id.
        rows: How many rows of the file could be read.
        last_rows: How many the last import of the feed had that was applied; None for the first one.
        brake: The shares at which the court's file sets it, and below how many it sets none.
        courts: All courts, for their keys.
    """
    for court_id, upset in sorted(tally.upset.items()):
        there = coming.get(court_id, 0)
        if there >= brake.at_least and upset > brake.moved_share * there:
            yield (
                f"{upset} of the {there} coming hearings of {courts[court_id].key} would be moved or cancelled: "
                f"{_share(upset, there)}, more than the {brake.moved_share:.0%} that may be without a human's word."
            )
    if last_rows is not None and last_rows >= brake.at_least and rows < brake.shrunk_share * last_rows:
        yield (
            f"The file has {rows} readable rows, the last one had {last_rows}: {_share(rows, last_rows)}, "
            f"less than {brake.shrunk_share:.0%}."
        )


def _share(part: int, whole: int) -> str:
    return f"{PER_CENT * part / whole:.0f} %"
