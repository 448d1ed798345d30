"""The cases and hearings that messages are about, read for all messages of a turn at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from handlers.facts import Facts
from storage import cases
from storage.cases import CaseHearing, StoredCase


class Docket:
    """What the calendar says now. Nothing that people write changes it, so what was read stays true for the turn.

    Args:
        connection: Of the unit of work.
        court_ids: The courts that may be asked.
        numbers: Returns the folded numbers that will probably be asked for.
        hearing_ids: Returns the hearings that will probably be asked for.
        now: The instant of the turn.
    """

    def __init__(
        self,
        connection: Connection,
        court_ids: Collection[int],
        *,
        numbers: Callable[[], Collection[str]],
        hearing_ids: Callable[[], Collection[int]],
        now: datetime,
    ) -> None:
        self._connection = connection
        self._court_ids = court_ids
        self._by_number = Facts(self._read_numbers, numbers)
        self._hearings = Facts(partial(cases.hearings_now, connection), hearing_ids)
        self._cases = Facts(partial(cases.by_id, connection), self._cases_met)
        self._coming = Facts(partial(cases.coming, connection, now=now), self._cases_met)
        self._feeds = Facts(partial(cases.feeds_seen_at, connection), lambda: court_ids)

    def numbered(self, folded: Sequence[str], *, court_ids: Collection[int]) -> list[StoredCase]:
        """Return the cases with one of these folded numbers in these courts, whether or not they answer."""
        found = [case for number in dict.fromkeys(folded) for case in self._by_number.of(number)]
        return sorted((case for case in found if case.court_id in court_ids), key=lambda case: case.id)

    def case(self, case_id: int) -> StoredCase:
        """Return a case of a known id."""
        return self._cases.of(case_id)

    def coming(self, case_id: int) -> list[CaseHearing]:
        """Return the hearings of a case that are on and still to come, in order of time."""
        return self._coming.of(case_id)

    def hearing(self, hearing_id: int) -> CaseHearing:
        """Return a hearing as it stands."""
        return self._hearings.of(hearing_id)

    def hearing_at(self, hearing_id: int, revision: int) -> CaseHearing:
        """Return a hearing as it stood at a revision."""
        return cases.hearing_at(self._connection, hearing_id, revision)

    def feed_seen_at(self, court_id: int) -> datetime | None:
        """Return when a court's calendar was last imported."""
        return self._feeds.of(court_id)

    def _read_numbers(self, folded: Collection[str]) -> dict[str, list[StoredCase]]:
        found: dict[str, list[StoredCase]] = {number: [] for number in folded}
        for case in cases.by_folded(self._connection, folded, court_ids=self._court_ids):
            found[case.folded].append(case)
            self._cases.note({case.id: case})
        return found

    def _cases_met(self) -> set[int]:
        asked_about = {case.id for found in self._by_number.known() for case in found}
        return asked_about | {hearing.case_id for hearing in self._hearings.known()}
